"""A readout outside the package: moments of the spike times, by Legendre polynomials.

    f_k(t) = P_k(2 t / (T - 1) - 1)

k = 0 counts the spikes, k = 1 weights them by their time, and so on.
"""

import numpy as np
from numpy.polynomial.legendre import legvander

from skspike.simulation import Readout


class Legendre(Readout):
    """Projections of each spike train on the Legendre polynomials.

    Parameters
    ----------
    degree : int, default=2
        Highest degree, from 0 to 50. A neuron has one feature more.

    See Also
    --------
    skspike.simulation.Windows : Spike counts in windows of time.

    Examples
    --------
    >>> Legendre(degree=1).filters(n_steps=3, dt=1.0)
    array([[ 1.,  1.,  1.],
           [-1.,  0.,  1.]])
    """

    name = "legendre"

    def __init__(self, degree: int = 2):
        self.degree = degree

    def check(self) -> None:
        """Raise if the degree is out of range."""
        if isinstance(self.degree, bool) or not (
                isinstance(self.degree, (int, np.integer)) and 0 <= self.degree <= 50):
            raise ValueError(f"degree must be an integer from 0 to 50, got {self.degree!r}.")

    def filters(self, n_steps: int, dt: float) -> np.ndarray:
        """Return one polynomial per degree."""
        return legvander(np.linspace(-1, 1, n_steps), self.degree).T
