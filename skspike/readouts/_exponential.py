"""Traces of spikes that decay exponentially, as they stand at the end."""

from collections.abc import Sequence

import numpy as np

from .._checks import LARGEST, check_numbers
from .._utils import Array
from ._base import Readout


class Exponential(Readout):
    """Exponentially decaying traces of the spikes, as they stand at the end of the train.

    A spike at time t adds ``exp(-(T - t) / tau)`` for each time constant, T being the time of the
    last step: the last spikes count most. In a stream too T ends a train as long as those in `fit`:
    what has not come yet counts as silence.

    Parameters
    ----------
    taus : tuple of float, default=(20.0, 100.0, 500.0)
        Time constants in ms, one feature of each neuron for each, from 1e-18 to 1e18.

    See Also
    --------
    Windows : Spikes of one window count alike.
    skspike.streams.ClassifierStream : Decides while a stream runs.

    Examples
    --------
    >>> from skspike.readouts import Exponential
    >>> Exponential(taus=(1.0,)).filters(n_steps=3, dt=1.0).round(3)
    array([[0.135, 0.368, 1.   ]])
    """

    name = "exponential"

    def __init__(self, taus: Sequence[float] = (20.0, 100.0, 500.0)):
        self.taus = taus

    def check(self) -> None:
        """Raise if `taus` holds anything but such numbers; the message names it."""
        self.taus = check_numbers(self.taus, "taus", low=1 / LARGEST, high=LARGEST)

    def filters(self, n_steps: int, dt: float) -> Array:
        """Return one filter a time constant, which ends with 1."""
        return np.exp((np.arange(n_steps) - n_steps + 1) * dt / np.array(self.taus)[:, None])
