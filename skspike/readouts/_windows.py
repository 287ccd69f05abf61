"""Spike counts in windows of time."""

import numpy as np

from .._checks import convert
from .._compile import part_bounds
from .._utils import Array
from ._base import Readout


def windows(n_windows, n_steps):
    """Return filters, (n_windows, n_steps), of windows whose lengths differ by at most one step."""
    bounds, t = np.array(part_bounds(n_steps, n_windows))[:, None], np.arange(n_steps)
    return ((bounds[:-1] <= t) & (t < bounds[1:])).astype(float)


class Windows(Readout):
    """Spike counts in consecutive windows of equal length.

    The windows cover the whole train. If there are more windows than steps, some windows are empty
    and their counts are 0.

    Parameters
    ----------
    n_windows : int, default=10
        Number of windows, which is the number of features of each neuron, from 1 to 65536.

    See Also
    --------
    Pyramid : Windows of several lengths.
    skspike.SpikeCounter : The same counts as a transformer.

    Examples
    --------
    >>> from skspike.readouts import Windows
    >>> Windows(2).filters(n_steps=4, dt=1.0)
    array([[1., 1., 0., 0.],
           [0., 0., 1., 1.]])
    """

    name = "windows"

    def __init__(self, n_windows: int = 10):
        self.n_windows = n_windows

    def check(self) -> None:
        """Raise if `n_windows` is out of range."""
        convert(self, "n_windows", low=1, high=2**16, integer=True)

    def filters(self, n_steps: int, dt: float) -> Array:
        """Return one filter per window: 1 inside the window, 0 outside."""
        return windows(self.n_windows, n_steps)


class Pyramid(Readout):
    """Spike counts in windows of several lengths: the whole train, its halves, quarters and so on.

    The decoder can use total counts directly, without summing many windows, and the times of the
    spikes as well.

    Parameters
    ----------
    n_scales : int, default=4
        Number of window lengths, from 1 to 16. Each neuron has ``2**n_scales - 1`` features.

    See Also
    --------
    Windows : Windows of one length.

    Examples
    --------
    >>> from skspike.readouts import Pyramid
    >>> Pyramid(2).filters(n_steps=4, dt=1.0)
    array([[1., 1., 1., 1.],
           [1., 1., 0., 0.],
           [0., 0., 1., 1.]])
    """

    name = "pyramid"
    redundant = True

    def __init__(self, n_scales: int = 4):
        self.n_scales = n_scales

    def check(self) -> None:
        """Raise if `n_scales` is out of range."""
        convert(self, "n_scales", low=1, high=16, integer=True)

    def filters(self, n_steps: int, dt: float) -> Array:
        """Return one filter per window, the longest windows first."""
        return np.concatenate([windows(2**k, n_steps) for k in range(self.n_scales)])
