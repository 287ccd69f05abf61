"""Home page: a small picture of each kind of data."""

import matplotlib.pyplot as plt
import numpy as np
from look import GREY, LOOK
from matplotlib.colors import to_rgba
from matplotlib.patches import FancyBboxPatch
from sklearn.datasets import load_digits

from skspike.datasets import load_exercises, make_gestures, make_markov
from skspike.inspection import RasterDisplay, palette

BLUE, ORANGE = palette(2)


def axes():
    """Return the axes of a small picture, in colours of both themes."""
    plt.rcParams.update(LOOK)
    _, ax = plt.subplots(figsize=(3, 1.5), layout="constrained")
    ax.spines[:].set_visible(False)
    return ax


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
