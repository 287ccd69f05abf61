"""Spike counts."""

import numpy as np

from .._utils import Array
from ._base import Readout


class Count(Readout):
    """The number of spikes of each neuron: one feature, which tells nothing of when they came.

    It has the fewest coefficients to learn, and suits what stands still, and series with few
    training rows.

    See Also
    --------
    Windows : Counts in parts of the time.
    Exponential : The last spikes count most.

    Examples
    --------
    >>> from skspike.readouts import Count
    >>> Count().filters(n_steps=4, dt=1.0)
    array([[1., 1., 1., 1.]])
    """

    name = "count"

    def filters(self, n_steps: int, dt: float) -> Array:
        """Return one filter, which is 1 all the time."""
        return np.ones((1, n_steps))
