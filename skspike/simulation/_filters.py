"""Spike counts, in the whole train or in windows of time, and decaying traces of spikes."""

from collections.abc import Sequence

import numpy as np

from .._base import LARGEST, Array, check_numbers, convert, part_bounds
from ._readout import Readout


class Count(Readout):
    """Spike count of each neuron: one feature, independent of the times of the spikes.

    It has the fewest coefficients to learn. It suits constant input, and series with few training
    samples.

    See Also
    --------
    Windows : Counts in windows of time.
    Exponential : Later spikes have larger weights.

    Examples
    --------
    >>> from skspike.simulation import Count
    >>> Count().filters(n_steps=4, dt=1.0)
    array([[1., 1., 1., 1.]])
    """

    name = "count"

    def filters(self, n_steps: int, dt: float) -> Array:
        """Return one filter of ones."""
        return np.ones((1, n_steps))


class Exponential(Readout):
    """Exponentially decaying traces of the spikes, at the end of the train.

    A spike at time t adds ``exp(-(T - t) / tau)``, where T is the time of the last step. In a
    stream, the train is as long as the trains in `fit`, and steps that have not arrived yet count
    as silent.

    Parameters
    ----------
    taus : tuple of float, default=(20.0, 100.0, 500.0)
        Time constants in ms, from 1e-18 to 1e18. Each neuron has one feature per time constant.

    See Also
    --------
    Windows : Spikes in one window have equal weights.
    skspike.Stream : Predicts while a stream runs.

    Examples
    --------
    >>> from skspike.simulation import Exponential
    >>> Exponential(taus=(1.0,)).filters(n_steps=3, dt=1.0).round(3)
    array([[0.135, 0.368, 1.   ]])
    """

    name = "exponential"
    uses_dt = True
    times = ("taus",)

    def __init__(self, taus: Sequence[float] = (20.0, 100.0, 500.0)):
        self.taus = taus

    def check(self) -> None:
        """Raise if a time constant is out of range."""
        self.taus = check_numbers(self.taus, "taus", low=1 / LARGEST, high=LARGEST)
        if not self.taus:
            raise ValueError("taus must hold at least one time constant, got none.")

    def filters(self, n_steps: int, dt: float) -> Array:
        """Return one filter per time constant. Its last value is 1."""
        return np.exp((np.arange(n_steps) - n_steps + 1) * dt / np.array(self.taus)[:, None])


class Leaky(Exponential):
    """Leaky sums of the spikes, which are decoded at each step.

    A target with a value or a class for each step needs outputs at each step. A spike adds 1 to a
    trace of its neuron, and each trace decays by ``exp(-dt / tau)`` in a step. So the outputs
    depend on the past alone, and the length of a recording does not matter. With one label or value
    for each sample, the traces at the end of the sample are decoded, as by `Exponential`.

    Parameters
    ----------
    taus : tuple of float, default=(20.0, 100.0, 500.0)
        Time constants in ms, from 1e-18 to 1e18. Each neuron has one trace per time constant. They
        should include the shortest and the longest time over which the output changes.

    See Also
    --------
    skspike.SNNRegressor : Takes values for each step.
    skspike.SNNClassifier : Takes classes for each step with this readout.

    Examples
    --------
    >>> from skspike.simulation import Leaky
    >>> Leaky(taus=(1.0,)).filters(n_steps=3, dt=1.0).round(3)
    array([[0.135, 0.368, 1.   ]])
    """

    name = "leaky"


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
    >>> from skspike.simulation import Windows
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
    >>> from skspike.simulation import Pyramid
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
