"""Spike counts."""

import numpy as np

from .._utils import Array
from ._base import Readout


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
    >>> from skspike.readouts import Count
    >>> Count().filters(n_steps=4, dt=1.0)
    array([[1., 1., 1., 1.]])
    """

    name = "count"

    def filters(self, n_steps: int, dt: float) -> Array:
        """Return one filter of ones."""
        return np.ones((1, n_steps))
