"""Home page: a small picture of each kind of data."""

import matplotlib.pyplot as plt
import numpy as np
from look import GREY, LOOK
from matplotlib.colors import to_rgba
from sklearn.datasets import load_digits, load_iris

from skspike.datasets import make_markov, make_saccades
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
    """Draw two channels that change in time, such as an acceleration."""
    t, rng, ax = np.arange(200) / 200, np.random.default_rng(0), axes()
    ax.set(xticks=[], yticks=[])
    for colour, frequency, shift in ((BLUE, 4, 1.3), (ORANGE, 7, -1.3)):
        wave = np.sin(2 * np.pi * frequency * t) + 0.4 * np.sin(4 * np.pi * frequency * t)
        ax.plot(t, wave + shift + 0.12 * rng.normal(size=t.size), color=colour)


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
