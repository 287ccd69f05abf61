"""Exponentially decaying traces of the spikes."""

from collections.abc import Sequence

import numpy as np

from .._checks import LARGEST, check_numbers
from .._utils import Array
from ._base import Readout


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
    skspike.streams.Stream : Predicts while a stream runs.

    Examples
    --------
    >>> from skspike.readouts import Exponential
    >>> Exponential(taus=(1.0,)).filters(n_steps=3, dt=1.0).round(3)
    array([[0.135, 0.368, 1.   ]])
    """

    name = "exponential"
    uses_dt = True

    def __init__(self, taus: Sequence[float] = (20.0, 100.0, 500.0)):
        self.taus = taus

    def check(self) -> None:
        """Raise if a time constant is out of range."""
        self.taus = check_numbers(self.taus, "taus", low=1 / LARGEST, high=LARGEST)

    def filters(self, n_steps: int, dt: float) -> Array:
        """Return one filter per time constant. Its last value is 1."""
        return np.exp((np.arange(n_steps) - n_steps + 1) * dt / np.array(self.taus)[:, None])
