"""How the figures of the pages look: on any ground, and legible where they fill a telephone."""

import matplotlib.pyplot as plt
import numpy as np

from skspike.plotting import palette

GREY = "#757d87"  # is seen on white and on black
# of what is read; the class "ink" turns the lightness of a figure around in the dark theme
INK = "#2f353d"
WIDTH = 5.6  # inches: letters stay legible where this becomes the width of a telephone
LINES = ["axes.edgecolor", "axes.labelcolor", "text.color", "xtick.color", "ytick.color"]
LOOK = {
    **dict.fromkeys(LINES, INK),
    **dict.fromkeys(["figure.facecolor", "axes.facecolor", "legend.facecolor"], "none"),
    **dict.fromkeys(["axes.spines.top", "axes.spines.right", "legend.frameon"], False),
    "axes.prop_cycle": plt.cycler(color=palette()),
    "axes.titlesize": 12,
    "font.size": 11,
}


def subplots(*shape, height, **options):
    """Return a figure of the width of a page, and its axes."""
    plt.rcParams.update(LOOK)
    return plt.subplots(*shape, figsize=(WIDTH, height), layout="constrained", **options)


def show_spikes(ax, trains, colours=palette(1)[0], **labels):
    """Draw the spikes of trains, (n_channels, n_steps), the first at the bottom."""
    rows = [np.flatnonzero(train) for train in trains]
    ax.eventplot(
        rows, colors=colours, lineoffsets=range(len(rows)), linelengths=0.8, linewidths=1.2)
    ax.set(ylim=(-0.5, len(rows) - 0.5), xlim=(-0.5, np.shape(trains)[-1] - 0.5), **labels)
