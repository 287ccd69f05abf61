"""Base class of the readouts."""

from abc import ABC, abstractmethod

from sklearn.base import BaseEstimator

from .._base import REQUIRED, Array


class Readout(ABC, BaseEstimator):
    """Base of the readouts: features computed from the spike trains of a layer.

    The features of a neuron are weighted sums of its spikes s, ``sum_t f_k(t) s(t)``, with the same
    filters f_k for all neurons. The gradient of a feature with respect to the spike at time t is
    ``f_k(t)``. Training uses these gradients. A readout defines ``name`` and `filters`. Filters
    that change rarely are fast, because spikes are first counted in segments of time with constant
    filters.

    See Also
    --------
    skspike.SNNClassifier : Takes it as `readout`.
    skspike.testing.check_part : Check the contract of a part.

    Examples
    --------
    The spikes of the second half of a train:

    >>> import numpy as np
    >>> from skspike import SNNClassifier
    >>> from skspike.simulation import Readout
    >>> class Late(Readout):
    ...     name = "late"
    ...     def filters(self, n_steps, dt):
    ...         return (np.arange(n_steps) >= n_steps // 2).astype(float)[None]
    >>> Late().filters(n_steps=4, dt=1.0)
    array([[0., 0., 1., 1.]])
    >>> SNNClassifier(readout=Late()).readout
    Late()
    """

    name: str | None = REQUIRED
    # Whether filters depend on dt. None: only if a parameter is a float (a time).
    uses_dt: bool | None = None
    times: tuple[str, ...] = ()  # parameters in ms, in steps if the readout is given by name
    rates: tuple[str, ...] = ()  # parameters in Hz
    redundant = False  # whether a filter may be a sum of others

    def check(self) -> None:
        """Raise if a parameter is out of range, and convert numbers to Python's types."""

    @abstractmethod
    def filters(self, n_steps: int, dt: float) -> Array:
        """Return the filters.

        Parameters
        ----------
        n_steps : int
            Length of the trains.
        dt : float
            Length of a time step in ms.

        Returns
        -------
        filters : ndarray of shape (n_filters, n_steps)
            One filter for each feature of a neuron. The number of filters must not depend on
            `n_steps` or `dt`.
        """
