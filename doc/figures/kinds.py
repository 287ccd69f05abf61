"""Home page and page "Choose": a small picture of each kind of data."""

import matplotlib.pyplot as plt
import numpy as np
from look import GREY, LOOK
from matplotlib.colors import to_rgba
from matplotlib.patches import FancyBboxPatch
from sklearn.datasets import load_digits, load_iris

from skspike.datasets import load_exercises, make_gestures, make_markov, make_saccades
from skspike.inspection import RasterDisplay, palette

BLUE, ORANGE, RED = palette(3)


def axes():
    """Return the axes of a small picture, in colours of both themes."""
    plt.rcParams.update(LOOK)
    _, ax = plt.subplots(figsize=(3, 1.5), layout="constrained")
    ax.spines[:].set_visible(False)
    return ax


def table():
    """Draw the numbers of a few rows, shaded by their size in the column."""
    X, ax = load_iris().data[::30], axes()
    shades = np.full((*X.shape, 4), to_rgba(BLUE))
    shades[..., 3] = 0.05 + 0.3 * (X - X.min(axis=0)) / np.ptp(X, axis=0)
    ax.imshow(shades, aspect="auto")
    for (row, column), value in np.ndenumerate(X):
        ax.text(column, row, value, ha="center", va="center", color=GREY, fontweight="bold")
    ax.set(xticks=[], yticks=[])


def series():
    """Draw the acceleration of a wrist along two axes, in an exercise."""
    X, y, _ = load_exercises()
    ax, (one, other) = axes(), X[y == "upright row"][0, 1:3]
    ax.set(xticks=[], yticks=[])
    ax.plot(one - one.mean() + 0.5, color=BLUE)
    ax.plot(other - other.mean() - 0.5, color=ORANGE)


def endless():
    """Draw half a minute of motion with gestures."""
    (X,), (events,) = make_gestures(1, 1, 2000, distractors=0.0, random_state=0)
    ax = axes()
    ax.plot(np.arange(2000) * 20, X[0], color=BLUE, linewidth=1)
    for onset, offset, _ in events:
        ax.axvspan(onset - 400, offset + 400, color=ORANGE, alpha=0.4, linewidth=0)
    ax.set(xticks=[], yticks=[], xlim=(0, 40000))


def device():
    """Draw a chip."""
    ax = axes()
    ax.add_patch(FancyBboxPatch((0, 0), 2, 1, "round,pad=0.1", fill=False, color=BLUE, linewidth=3))
    for x in np.linspace(0.1, 1.9, 8):
        for low, high in ((-0.35, -0.1), (1.1, 1.35)):
            ax.plot([x, x], [low, high], color=ORANGE, linewidth=3)
    ax.text(1, 0.5, "watch.c", ha="center", va="center", color=GREY, fontsize=17, weight="bold")
    ax.set(xticks=[], yticks=[], xlim=(-0.9, 2.9), ylim=(-0.45, 1.45))


def neuron():
    """Draw the membrane potential of a leaky neuron with a constant current."""
    t, ax = np.arange(34), axes()
    for k in range(3):
        ax.plot(t + 35 * k, 1 - np.exp(-t / 15), color=BLUE, linewidth=2)
        ax.plot([34 + 35 * k] * 2, [0, 1.5], color=ORANGE, linewidth=2)
    ax.axhline(0.9, color=GREY, linestyle="--", linewidth=1)
    ax.set(xticks=[], yticks=[])


def image():
    """Draw a handwritten digit."""
    ax, pixels = axes(), load_digits().images[0]
    ink = np.full((*pixels.shape, 4), to_rgba(BLUE))
    ink[..., 3] = pixels / pixels.max()
    ax.imshow(ink)
    ax.set(xticks=[], yticks=[])


def trains():
    """Draw spike trains of eight neurons."""
    X, _ = make_markov(1, 8, 120, random_state=0)
    display = RasterDisplay.from_raster(X[0], ax=axes(), color=BLUE)
    display.ax_.spines[:].set_visible(False)
    display.ax_.set(xlabel="", ylabel="", xticks=[], yticks=[])


def events():
    """Draw the events of a camera that moves over a digit, lighter and darker pixels in 30 ms."""
    digit = np.kron(load_digits().images[0] / 16, np.ones((3, 3)))
    X = make_saccades(digit[np.newaxis], background=0.0, random_state=0)[0]
    ax, size = axes(), int(np.sqrt(len(X) / 2))
    counts = X[:, 20:50].sum(axis=1).reshape(2, size, size)
    for polarity, colour in ((1, BLUE), (0, ORANGE)):
        row, column = np.nonzero(counts[polarity])
        ax.scatter(column, row, s=6, marker="s", color=colour)
    ax.set(aspect="equal", xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), xticks=[], yticks=[])
