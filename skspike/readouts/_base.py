"""What every readout shares."""

from sklearn.base import BaseEstimator

from .._utils import Array


class Readout(BaseEstimator):
    """Base of the readouts: which numbers of each neuron's spike train a decision sees.

    A readout is linear in the spikes s, and the same for all neurons: the features of a neuron are
    ``sum_t f_k(t) s(t)`` for some filters f of time. So it is trained through: the gradient of a
    feature reaches the spike at t by ``f_k(t)``. A readout defines ``name`` and `filters`. What
    costs is how often filters change, for spikes are counted first where all of them stand still.

    See Also
    --------
    skspike.SNNClassifier : Takes it as `readout`.
    skspike.testing.check_readout : Holds a readout to its contract.

    Examples
    --------
    Spikes of the last half, and none before:

    >>> import numpy as np
    >>> from skspike import SNNClassifier
    >>> from skspike.readouts import Readout
    >>> class Late(Readout):
    ...     name = "late"
    ...     def filters(self, n_steps, dt):
    ...         return (np.arange(n_steps) >= n_steps // 2).astype(float)[None]
    >>> Late().filters(n_steps=4, dt=1.0)
    array([[0., 0., 1., 1.]])
    >>> SNNClassifier(readout=Late()).readout
    Late()
    """

    required = ("name", "filters")

    def check(self) -> None:
        """Raise if a parameter is outside its range, by its name, and make its numbers Python's own."""

    def filters(self, n_steps: int, dt: float) -> Array:
        """Return the filters of time.

        Parameters
        ----------
        n_steps : int
            Length of the trains.
        dt : float
            Length of a step in ms.

        Returns
        -------
        filters : ndarray of shape (n_filters, n_steps)
            One feature of each neuron for each; their number must not depend on `n_steps` or `dt`.
        """
        raise NotImplementedError
