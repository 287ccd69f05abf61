"""Alpha functions of the time since a spike.

    f_k(t) = s / tau_k exp(1 - s / tau_k),    s = time from t to the end of the train
"""

from collections.abc import Sequence

import numpy as np

from .._base import Array, check_numbers
from ._readout import Readout


class AlphaFunction(Readout):
    """Postsynaptic potentials at the end of the train, with the shape of an alpha function.

    A spike counts most if it is `taus` ms old. The spikes just before the end hardly count [1]_.

    Parameters
    ----------
    taus : tuple of float, default=(5.0, 20.0)
        Time constants in ms, from 1e-6 to 1e6. Each gives one feature.

    See Also
    --------
    Exponential : The last spikes count most.

    References
    ----------
    .. [1] W. Rall, "Distinguishing theoretical synaptic potentials computed for different
        soma-dendritic distributions of synaptic input", Journal of Neurophysiology 30, 1967.

    Examples
    --------
    >>> from skspike.simulation import AlphaFunction
    >>> AlphaFunction((2.0,)).filters(n_steps=4, dt=1.0).round(2)
    array([[0.91, 1.  , 0.82, 0.  ]])
    """

    name = "alpha_function"
    times = ("taus",)

    def __init__(self, taus: Sequence[float] = (5.0, 20.0)):
        self.taus = taus

    def check(self) -> None:
        """Raise if `taus` are out of range."""
        self.taus = check_numbers(self.taus, "taus", low=1e-6, high=1e6)

    def filters(self, n_steps: int, dt: float) -> Array:
        """Return one alpha function per time constant."""
        age = dt * np.arange(n_steps)[::-1] / np.array(self.taus)[:, np.newaxis]
        return age * np.exp(1 - age)
