"""Axes, legends and colours, shared by all displays."""

import numpy as np

from .._checks import check_number
from .._utils import optional

# M. A. Petroff, "Accessible color sequences for data visualization", arXiv:2107.02270, 2021:
# optimised for contrast under simulated colour blindness, for contrast with white, and for
# appearance, above all of the first few.
COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70",
    "#717581", "#92dadd")


def pyplot():
    """Import and return matplotlib.pyplot, which ``import skspike`` does not load."""
    with optional("matplotlib", "plot", "skspike.plotting"):
        from matplotlib import pyplot as plt
    return plt


def get_axes(ax):
    """Return the given axes, or the axes of a new figure."""
    return pyplot().subplots(layout="constrained")[1] if ax is None else ax


def place_legend(ax, **options):
    """Place the legend to the right of the axes, where it covers no data."""
    ax.legend(
        loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0, frameon=False, **options)


def palette(n: int = len(COLOURS)) -> list[str]:
    """Return the colours of the displays, for use in other figures.

    There are ten colours [1]_ in a fixed order, which people with colour blindness can distinguish
    too. The first of two colours is also the first of ten. The displays draw classes in these
    colours, and everything else, such as a boundary or the value before learning, in black or grey.

    Parameters
    ----------
    n : int, default=10
        Number of colours, at least 0. More than ten are evenly spaced colours of the map viridis,
        which is perceptually uniform. Neighbours are then similar, so only their order is visible.

    Returns
    -------
    colours : list of str
        Colours as ``"#rrggbb"``.

    See Also
    --------
    RasterDisplay : Draw spike trains in these colours.

    References
    ----------
    .. [1] M. A. Petroff, "Accessible color sequences for data visualization", arXiv:2107.02270,
        2021.

    Examples
    --------
    >>> from skspike.plotting import palette
    >>> palette(2)
    ['#3f90da', '#ffa90e']

    Use the colours for all lines of an Axes:

    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> ax.set_prop_cycle(color=palette())
    """
    check_number(n, "n", low=0, integer=True)
    if n <= len(COLOURS):
        return list(COLOURS[:n])
    return [
        "#{:02x}{:02x}{:02x}".format(*rgba)
        for rgba in pyplot().get_cmap("viridis")(np.linspace(0, 0.95, n), bytes=True)]
