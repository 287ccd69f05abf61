"""Spike counts in windows of time."""

import numpy as np

from .._checks import SIZE, convert
from .._utils import Array
from ._base import Readout


def windows(n_windows, n_steps):
    """Return filters, (n_windows, n_steps), that cut the time into parts as equal as steps allow."""
    bounds, t = n_steps * np.arange(n_windows + 1)[:, None] // n_windows, np.arange(n_steps)
    return ((bounds[:-1] <= t) & (t < bounds[1:])).astype(float)


class Windows(Readout):
    """Spike counts in windows of equal length, one after the other.

    The windows span the whole train, whatever its length; where there are more windows than steps,
    some hold no step and count nothing.

    Parameters
    ----------
    n_windows : int, default=10
        Number of windows, and of features of each neuron.

    See Also
    --------
    Pyramid : Windows of several lengths at once.
    skspike.SpikeCounter : The same counts as a transformer, before any estimator.

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
        """Raise if `n_windows` is outside its range; the message names it."""
        convert(self, "n_windows", **SIZE)

    def filters(self, n_steps: int, dt: float) -> Array:
        """Return one filter a window, 1 inside it."""
        return windows(self.n_windows, n_steps)


class Pyramid(Readout):
    """Spike counts in 1, 2, 4, ... windows at once: of the whole time, of its halves, quarters and so on.

    What is told by totals need not be put together out of many windows, and what is told by the
    time of spikes is there as well.

    Parameters
    ----------
    n_scales : int, default=4
        Number of scales, at most 16; each neuron has ``2**n_scales - 1`` features.

    See Also
    --------
    Windows : One length of windows.

    Examples
    --------
    >>> from skspike.readouts import Pyramid
    >>> Pyramid(2).filters(n_steps=4, dt=1.0)
    array([[1., 1., 1., 1.],
           [1., 1., 0., 0.],
           [0., 0., 1., 1.]])
    """

    name = "pyramid"

    def __init__(self, n_scales: int = 4):
        self.n_scales = n_scales

    def check(self) -> None:
        """Raise if `n_scales` is outside its range; the message names it."""
        convert(self, "n_scales", low=1, high=16, integer=True)

    def filters(self, n_steps: int, dt: float) -> Array:
        """Return one filter a window, those of the longest first."""
        return np.concatenate([windows(2**k, n_steps) for k in range(self.n_scales)])
