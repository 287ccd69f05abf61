"""The colours of all figures, which everybody can tell apart."""

import numpy as np

from .._checks import check_number
from ._axes import pyplot

# M. A. Petroff, "Accessible color sequences for data visualization", arXiv:2107.02270, 2021:
# optimised for distance under simulated colour blindness, for lightness against white, and for
# looks, the first few most of all.
COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70",
    "#717581", "#92dadd")


def palette(n: int = len(COLOURS)) -> list[str]:
    """Return the colours of the displays, for figures of your own.

    There are ten colours [1]_ that the colour-blind can tell apart too, in a fixed order: the first
    of two is the first of ten. What is no class, such as a boundary or the value before learning,
    is black or grey in the displays.

    Parameters
    ----------
    n : int, default=10
        How many. More than ten are evenly spread along the map viridis, which is uniform to the
        eye: neighbours get close then, so that their order is what tells.

    Returns
    -------
    colours : list of str
        Colours as ``"#rrggbb"``.

    See Also
    --------
    RasterDisplay : Takes its colours from here, as the other displays do.

    References
    ----------
    .. [1] M. A. Petroff, "Accessible color sequences for data visualization", arXiv:2107.02270,
        2021.

    Examples
    --------
    >>> from skspike.plotting import palette
    >>> palette(2)
    ['#3f90da', '#ffa90e']

    For all that is drawn into some axes:

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
