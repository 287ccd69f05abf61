"""README, home page and quickstart: exercises that are recognised before the signal ends."""

import matplotlib.pyplot as plt
import numpy as np
from look import GREY, LOOK, subplots
from matplotlib.patches import Circle, FancyArrowPatch

from skspike import EarlyClassifier, stream_of
from skspike.datasets import load_exercises
from skspike.export import CompiledModel
from skspike.inspection import palette

BLUE, *_, VIVID, _, _, _ = palette()
NEW = 10  # a person whom the model has not seen
SHOWN = 4  # a signal of this person
DT = 40.0  # ms


def learned():
    """Return a model of nine people, and the signals and exercises of the tenth."""
    X, y, person = load_exercises()
    model = EarlyClassifier(dt=DT, random_state=0).fit(X[person != NEW], y[person != NEW])
    return model, X[person == NEW], y[person == NEW]


def course(model, signal):
    """Return the probabilities of the classes at each check until the decision, and its time."""
    stream, found = model.stream(), []
    for values in np.split(signal, len(model.times_), axis=1):
        is_decided = stream.step(values)
        found.append(stream.predict_proba())
        if is_decided:
            break
    return np.array(found), model.times_[: len(found)] / 1000


def draw_person(ax):
    """Draw a person who lifts an arm with a watch sideways."""
    bone = {"color": GREY, "linewidth": 6, "solid_capstyle": "round"}
    ax.add_patch(Circle((0, 1.45), 0.22, color=GREY))
    for foot in (-0.3, 0.3):
        ax.plot([0, foot], [0, -1], **bone)
    ax.plot([0, 0, -0.35], [0, 1, 0.2], **bone)  # back and resting arm
    for angle, alpha in ((-66, 0.25), (-33, 0.5), (0, 1)):
        reach = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        ax.plot([0, 0.95 * reach[0]], [1, 1 + 0.95 * reach[1]], **bone, alpha=alpha)
        ax.plot(0.8 * reach[0], 1 + 0.8 * reach[1], "s", color=BLUE, markersize=12, alpha=alpha)
    ax.add_patch(FancyArrowPatch(
        (0.55, -0.05), (1.15, 0.9), connectionstyle="arc3,rad=0.3", color=BLUE, linewidth=2,
        arrowstyle="-|>", mutation_scale=16))
    ax.set(xlim=(-0.7, 1.35), ylim=(-1.1, 1.75), aspect="equal")
    ax.set_axis_off()


def draw(figure, person, signal, spikes, classes, size):
    """Draw an exercise, its signal, spikes and probabilities until the decision."""
    model, X, _ = learned()
    found, times = course(model, X[SHOWN])
    end, name = times[-1], model.predict(X[SHOWN : SHOWN + 1])[0]
    draw_person(person)
    t = np.arange(X.shape[2]) * DT / 1000
    for k, values in enumerate(X[SHOWN] / X[SHOWN].std(axis=1, keepdims=True)):
        for part, colour in ((t <= end, BLUE), (t >= end, GREY)):
            signal.plot(
                t[part], values[part] - 5 * k, color=colour, linewidth=1.4,
                alpha=1 if part[0] else 0.5)
    neurons = stream_of(model.estimator_)
    raster = np.transpose([neurons.step(values) for values in X[SHOWN, :, t < end]])
    some = np.argsort(raster.sum(axis=1))[-400::10]  # forty that spike often
    spikes.eventplot(
        [t[np.flatnonzero(raster[k])] for k in np.sort(some)], colors=BLUE, linelengths=0.8,
        linewidths=1.6)
    best = list(model.classes_).index(name)
    for k, values in enumerate(found.T):
        classes.plot(
            times, values, color=VIVID if k == best else GREY, linewidth=3 if k == best else 1.2)
    classes.plot(end, found[-1, best], "o", color=VIVID, markersize=9)
    classes.set(ylim=(-0.05, 1.08), yticks=[0, 1], xlabel="time (s)")
    signal.text(
        (end + t[-1]) / 2, 0.5, "not needed", color=GREY, fontsize=size + 4, fontweight="bold",
        ha="center", va="center", transform=signal.get_xaxis_transform())
    classes.text(
        end + 0.1, 0.62, f"{name},\nafter {end:.1f} s", color=VIVID, fontsize=size + 4,
        fontweight="bold", va="center")
    titles = "a watch measures", "neurons send spikes", "the exercise becomes certain"
    for ax, title in zip((signal, spikes, classes), titles, strict=True):
        ax.set_title(title, color=GREY, fontsize=size, loc="left")
        ax.axvspan(end, 4, color=GREY, alpha=0.13, linewidth=0)
        ax.axvline(end, color=VIVID, linewidth=2)
        ax.set(xlim=(0, 4), xticks=range(5))
        ax.tick_params(colors=GREY, labelsize=size, labelbottom=ax is classes)
        ax.spines[:].set_visible(False)
        ax.xaxis.label.set(color=GREY, fontsize=size)
    signal.set(yticks=[])
    spikes.set(yticks=[])
    figure.set_facecolor("none")


def wide():
    """Draw the story from left to right."""
    plt.rcParams.update(LOOK)
    figure, axes = plt.subplot_mosaic(
        "ab;ac;ad", figsize=(10, 5), width_ratios=(1, 2.6), height_ratios=(1.2, 1, 1),
        layout="constrained")
    draw(figure, *axes.values(), size=13)


def narrow():
    """Draw the story from top to bottom, for telephones."""
    plt.rcParams.update(LOOK)
    figure, axes = plt.subplot_mosaic(
        "a;b;c;d", figsize=(3.8, 7), height_ratios=(1.3, 1.3, 1, 1), layout="constrained")
    draw(figure, *axes.values(), size=11)


def signals():
    """Draw a signal of each exercise."""
    X, y, _ = load_exercises()
    _, axes = subplots(4, 2, height=4.4, sharex=True, sharey=True)
    for ax, name in zip(axes.flat, np.unique(y), strict=False):
        for values, axis, colour in zip(X[y == name][0, :3], "xyz", palette(3), strict=True):
            ax.plot(np.arange(100) * DT / 1000, values, color=colour, label=axis)
        ax.set_title(name)
    axes[-1, 0].set(xlabel="time (s)", yticks=[-1, 0, 1], ylim=(-1.8, 1.8))
    axes[1, 0].set_ylabel("acceleration (g)")
    axes[-1, 1].set_axis_off()
    axes[-1, 1].legend(*axes[0, 0].get_legend_handles_labels(), ncols=3, loc="center")


def decisions():
    """Draw when each signal of the tenth person is recognised, by exercise."""
    model, X, y = learned()
    _, ax = subplots(height=2.9)
    times, right = model.decision_times(X) / 1000, model.predict(X) == y
    names = sorted(set(y), key=lambda name: times[y == name].mean(), reverse=True)
    rows = np.array([names.index(name) for name in y])
    rows = rows + np.tile(np.linspace(-0.3, 0.3, 6), len(y) // 6)  # apart if times are equal
    ax.plot(times[right], rows[right], "o", color=BLUE, label="right")
    ax.plot(times[~right], rows[~right], "x", color=VIVID, markeredgewidth=3, label="wrong")
    ax.set(xlabel="time of the decision (s)", xlim=(0, 4.1), yticks=range(len(names)))
    ax.set_yticklabels(names)
    ax.legend(loc="lower left")


def compiled():
    """Draw the times of decisions of the compiled C code against those in Python."""
    model, X, _ = learned()
    _, ax = subplots(height=2.9)
    times = model.decision_times(X) / 1000
    found = CompiledModel(model).decisions(X)[1] * DT / 1000
    ax.plot([0, 4], [0, 4], color=GREY, linewidth=1)
    ax.plot(times, found, "o", color=VIVID, alpha=0.5, markersize=9)
    ax.set(
        xlabel="time of the decision in Python (s)", ylabel="in C (s)", aspect="equal",
        xticks=range(5), yticks=range(5))
