"""Figure of the home page: a handwritten digit passes through the pipeline of the README."""

import matplotlib.pyplot as plt
import numpy as np
from look import GREY
from matplotlib.colors import to_rgba
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skspike import LZCClassifier, LZCTransformer, SNNTransformer, SpikeEncoder
from skspike.plotting import palette

BLUE, ORANGE, RED, _, PURPLE = palette(5)


def draw(axes, direction, gap, aspect):
    """Draw the five steps of one digit of the test part, with arrows between them."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
    pipeline = make_pipeline(
        SpikeEncoder(coding="poisson", n_steps=100, random_state=0),
        SNNTransformer(64, learn_intrinsic=True, random_state=0),
        LZCClassifier(with_counts=True),
    ).fit(X_train, y_train)
    encoder, network, classifier = pipeline
    trains = encoder.transform(X_test[:1])
    raster = network.transform(trains)
    complexity = LZCTransformer().fit_transform(raster)[0]
    chances = classifier.predict_proba(raster)[0]

    pixels, spikes, neurons, words, classes = axes
    ink = np.full((8, 8, 4), to_rgba(PURPLE))
    ink[..., 3] = X_test[0].reshape(8, 8) / X.max()  # transparent, for light and dark pages
    pixels.imshow(ink)
    pixels.set(title="features", xlabel="8 × 8 pixels", xticks=[], yticks=[])
    show_spikes(spikes, trains[0], BLUE, "spikes", "SpikeEncoder (ms)")
    show_spikes(neurons, raster[0], ORANGE, "network", "SNNTransformer (ms)")
    words.barh(np.arange(64), complexity, height=0.8, color=RED)
    words.set(title="complexity", xlabel="Lempel-Ziv, by neuron", ylim=(63.5, -0.5), yticks=[])
    best = chances.argmax()
    classes.barh(
        classifier.classes_, chances, color=[BLUE if k == best else GREY for k in range(10)])
    classes.set(
        title=f"class: {classifier.classes_[best]}", xlabel="LZCClassifier", xlim=(0, 1),
        yticks=range(10))
    classes.invert_yaxis()
    classes.yaxis.tick_right()
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
    ax.set(title=title, xlabel=label, xlim=(0, 100), ylim=(63.5, -0.5), yticks=[])


def finish(axes, aspect):
    """Set the aspect of all axes, and colours that suit the light and the dark theme."""
    for ax in axes:
        ax.set(box_aspect=1 if ax.images else aspect, facecolor="none")
        ax.tick_params(colors=GREY, labelsize=10)
        ax.title.set(color=GREY, fontsize=16, fontweight="bold")
        ax.xaxis.label.set(color=GREY, fontsize=12)
        ax.spines[:].set_color(GREY)
    axes[0].figure.set_facecolor("none")


def wide():
    """Draw the picture from left to right."""
    figure, axes = plt.subplots(1, 5, figsize=(12, 3))
    figure.subplots_adjust(0.005, 0.14, 0.97, 0.93, wspace=0.26)
    draw(axes, np.array([1, 0]), (0.54, 0.72), aspect=1)


def narrow():
    """Draw the picture from top to bottom, for telephones."""
    figure, axes = plt.subplots(5, 1, figsize=(3.4, 13))
    figure.subplots_adjust(0.05, 0.04, 0.9, 0.975, hspace=0.72)
    draw(axes, np.array([0, -1]), (0.84, 1.05), aspect=0.6)
