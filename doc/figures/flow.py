"""Figure of the home page and the README: a network classifies a signal while it arrives."""

import matplotlib.pyplot as plt
import numpy as np
from look import GREY
from sklearn.pipeline import make_pipeline

from skspike import EarlyClassifier, SNNClassifier, SpikeEncoder, stream_of
from skspike.inspection import palette

BLUE, ORANGE, RED, _, PURPLE = palette(5)
SHAPES = "plateau", "ramp up", "ramp down"
N_STEPS, N_TRAIN = 128, 300


def signals(n, rng):
    """Return noisy signals (n, 1, 128) that contain one of three shapes, and their classes."""
    y, t = rng.integers(3, size=n), np.arange(N_STEPS)
    begin = rng.integers(16, 33, (n, 1))
    part = (t - begin) / rng.integers(64, 97, (n, 1))
    shapes = np.stack([np.ones_like(part), part, 1 - part])[y, np.arange(n)]
    X = 6 * shapes * ((part >= 0) & (part <= 1)) + rng.standard_normal(part.shape)
    return X[:, np.newaxis], y


def draw(axes, direction, gap, aspect):
    """Draw a new signal, its spikes and the decision, with arrows between them."""
    X, y = signals(N_TRAIN + 1, np.random.default_rng(0))
    network = SNNClassifier(64, streaming=True, random_state=0)
    model = EarlyClassifier(make_pipeline(SpikeEncoder(), network)).fit(X[:-1], y[:-1])
    encoder, _ = model.estimator_
    time, label = model.decision_times(X[-1:])[0], model.predict(X[-1:])[0]
    stream, raster, course = stream_of(model.estimator_), [], []
    for values in X[-1].T:
        raster.append(stream.step(values))
        course.append(stream.predict_proba())

    signal, spikes, neurons, classes = axes
    signal.plot(X[-1, 0], color=PURPLE)
    signal.set(title="signal", xlabel="one channel (ms)", yticks=[])
    show_spikes(spikes, encoder.transform(X[-1:])[0], BLUE, "spikes", "SpikeEncoder (ms)")
    show_spikes(neurons, np.transpose(raster), ORANGE, "network", "64 neurons (ms)")
    for k, values in enumerate(np.transpose(course)):
        classes.plot(values, color=RED if k == label else GREY, linewidth=2.5 if k == label else 1)
    classes.set(
        title=f"{SHAPES[label]}, after {time:.0f} ms", xlabel="probability of each class (ms)",
        ylim=(-0.03, 1.03), yticks=[0, 1])
    classes.yaxis.tick_right()
    for ax in axes:
        ax.set(xlim=(0, N_STEPS), xticks=[0, 40, 80, 120])
        ax.axvline(time, color=GREY, linestyle="--")
    for ax in axes[:-1]:
        tail, head = (0.5 + reach * direction for reach in gap)
        ax.annotate(
            "", head, tail, "axes fraction",
            arrowprops={"arrowstyle": "-|>", "color": GREY, "linewidth": 2})
    finish(axes, aspect)


def show_spikes(ax, trains, colour, title, label):
    """Draw a raster of one sample."""
    ax.eventplot(
        [np.flatnonzero(train) for train in trains], colors=colour, linelengths=0.9, linewidths=1.2)
    ax.set(title=title, xlabel=label, ylim=(len(trains) - 0.5, -0.5), yticks=[])


def finish(axes, aspect):
    """Set the aspect of all axes, and colours that suit the light and the dark theme."""
    for ax in axes:
        ax.set(box_aspect=aspect, facecolor="none")
        ax.tick_params(colors=GREY, labelsize=10)
        ax.title.set(color=GREY, fontsize=15, fontweight="bold")
        ax.xaxis.label.set(color=GREY, fontsize=12)
        ax.spines[:].set_color(GREY)
    axes[0].figure.set_facecolor("none")


def wide():
    """Draw the picture from left to right."""
    figure, axes = plt.subplots(1, 4, figsize=(12, 3.4))
    figure.subplots_adjust(0.005, 0.14, 0.97, 0.93, wspace=0.26)
    draw(axes, np.array([1, 0]), (0.54, 0.72), aspect=0.85)


def narrow():
    """Draw the picture from top to bottom, for telephones."""
    figure, axes = plt.subplots(4, 1, figsize=(3.4, 10.4))
    figure.subplots_adjust(0.05, 0.05, 0.9, 0.97, hspace=0.72)
    draw(axes, np.array([0, -1]), (0.84, 1.05), aspect=0.6)
