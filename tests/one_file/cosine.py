"""Cosine transform of spike trains.

    f_k(t) = cos(pi k (t + 1/2) / T)
"""

import numpy as np

from .._checks import convert
from .._utils import Array
from ._base import Readout


class Cosine(Readout):
    """Lowest coefficients of the cosine transform of each spike train.

    The first coefficient is the spike count. Higher ones describe slow changes of the rate over
    the train.

    Parameters
    ----------
    n_coefficients : int, default=4
        Number of coefficients, at most 100, and of features of each neuron.

    See Also
    --------
    Windows : Spike counts in windows of time.

    Examples
    --------
    >>> from skspike.readouts import Cosine
    >>> Cosine(2).filters(n_steps=4, dt=1.0).round(2)
    array([[ 1.  ,  1.  ,  1.  ,  1.  ],
           [ 0.92,  0.38, -0.38, -0.92]])
    """

    name = "cosine"

    def __init__(self, n_coefficients: int = 4):
        self.n_coefficients = n_coefficients

    def check(self) -> None:
        """Raise if `n_coefficients` is out of range."""
        convert(self, "n_coefficients", low=1, high=100, integer=True)

    def filters(self, n_steps: int, dt: float) -> Array:
        """Return one cosine per coefficient."""
        phases = np.pi * (np.arange(n_steps) + 0.5) / n_steps
        return np.cos(np.arange(self.n_coefficients)[:, None] * phases)
