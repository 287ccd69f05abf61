"""What every readout shares."""

from sklearn.base import BaseEstimator

from .._typing import Array


class Readout(BaseEstimator):
    """Base of the readouts: which numbers of each neuron's spike train a decision sees.

    A readout is linear in the spikes s, and the same for all neurons: the features of a neuron are ``sum_t f_k(t) s(t)`` for some filters f
    of time. So it is trained through: the gradient of a feature reaches the spike at t by ``f_k(t)``. A readout defines ``name`` and
    `filters`. What costs is how often filters change, for spikes are counted first where all of them stand still.
    """

    required = ("name", "filters")

    def check(self) -> None:
        """Raise if a parameter is outside its range, by its name, and make its numbers Python's own."""

    def filters(self, n_steps: int, dt: float) -> Array:
        """Return the filters, (n_filters, n_steps), for trains of so many steps of `dt` ms; their number must not depend on either."""
        raise NotImplementedError
