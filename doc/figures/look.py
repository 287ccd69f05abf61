"""Style of the figures: visible on light and dark pages, and legible on a phone."""

import matplotlib.pyplot as plt
import numpy as np

from skspike.inspection import palette

GREY = "#757d87"  # visible on white and on black
# colour of text; the class "ink" inverts the lightness of a figure in the dark theme
INK = "#2f353d"
WIDTH = 5.6  # inches: letters stay legible at the width of a phone
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
    """Draw spike trains, (n_channels, n_steps), with the first channel at the bottom."""
    rows = [np.flatnonzero(train) for train in trains]
    ax.eventplot(
        rows, colors=colours, lineoffsets=range(len(rows)), linelengths=0.8, linewidths=1.2)
    ax.set(ylim=(-0.5, len(rows) - 0.5), xlim=(-0.5, np.shape(trains)[-1] - 0.5), **labels)
