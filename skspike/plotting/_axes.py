"""What the displays share: matplotlib, loaded only when something is drawn, and axes, legends and labels."""

import numpy as np

from .._arrays import check_container


def pyplot():
    """Return matplotlib.pyplot; importing skspike must not load it."""
    try:
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise ImportError('skspike.plotting draws with matplotlib, which is not installed: pip install "skspike[plot]"') from error
    return plt


def get_axes(ax):
    """Return the axes to draw on: those given, or those of a new figure."""
    return pyplot().subplots(layout="constrained")[1] if ax is None else ax


def legend_beside(ax, **options):
    """Put the legend to the right of the axes, where it covers no data."""
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0, frameon=False, **options)


def check_labels(y, n_samples, name):
    """Return the class labels of samples as an array, or None if there are none."""
    if y is None:
        return None
    check_container(y, f"y of {name}")
    y = np.asarray(y)
    if y.shape != (n_samples,):
        raise ValueError(f"{name} needs one label for each of the {n_samples} samples, got y of shape {y.shape}.")
    return y
