"""Poisson coding: numbers become firing rates.

    rate = min_rate + x (max_rate - min_rate),    P(spike in a step) = rate dt / 1000
"""

import numpy as np

from .._checks import convert
from .._compile import row_keys
from .._utils import Array
from ._base import Coding
from ._noise import ONE_IN, content_keys, steady, varying


class Poisson(Coding):
    """Poisson coding: each value becomes the rate of a train with at most one spike per step.

    Parameters
    ----------
    min_rate : float, default=0.0
        Rate in Hz of a feature's lowest value.
    max_rate : float, default=500.0
        Rate in Hz of a feature's highest value. A rate above one spike a step, ``1000 / dt``, is an
        error; at exactly that rate the coding is the plain Bernoulli coding with probability x.

    See Also
    --------
    Population : Several channels for each feature, with the same noise.
    IntegrateAndFire : Rates without noise.
    Latency : One spike, whose time tells the value.

    Notes
    -----
    Probabilities are rounded to multiples of 2**-16. The noise is a function of the seed and of a
    sample's rounded probabilities: equal rows get equal trains, and neither the batch nor the order
    of rows matters. For fresh trains of equal rows change the encoder's `random_state`, or give the
    encoder to an SNN estimator as ``encoder=``, which trains on new noise in every epoch.

    References
    ----------
    .. [1] P. Dayan, L. F. Abbott, "Theoretical Neuroscience", MIT Press, 2001, section 1.4.

    Examples
    --------
    >>> from skspike import SpikeEncoder
    >>> from skspike.coding import Poisson
    >>> encoder = SpikeEncoder(coding=Poisson(max_rate=1000.0), n_steps=5, random_state=0)
    >>> encoder.fit_transform([[0.0], [1.0]])[:, 0]
    array([[0, 0, 0, 0, 0],
           [1, 1, 1, 1, 1]], dtype=uint8)
    """

    name = "poisson"

    def __init__(self, min_rate: float = 0.0, max_rate: float = 500.0):
        self.min_rate = min_rate
        self.max_rate = max_rate

    def check(self, dt: float) -> None:
        """Raise if a rate is outside its range; the message names it."""
        convert(self, "min_rate", low=0)
        convert(self, "max_rate", low=self.min_rate)
        # rounded: 1000 / dt * dt may be just above 1000
        if np.rint(self.max_rate * dt / 1000 * ONE_IN) > ONE_IN:
            raise ValueError(
                f"max_rate={self.max_rate} Hz is more than one spike per step of dt={dt} ms; "
                f"lower max_rate to {1000 / dt:g} Hz or dt to {1000 / self.max_rate:g} ms."
            )

    # counters wrap around, which numba does silently and numpy without numba does not
    @np.errstate(over="ignore")
    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int,
            stream: tuple[int, Array] | None = None) -> Array:
        """Return a uint8 raster (n_samples, n_channels, n_steps); see `Coding.encode`."""
        rates = self.min_rate + x * (self.max_rate - self.min_rate)
        levels = np.rint(rates * (dt / 1000 * ONE_IN)).astype(np.uint32)
        levels = np.ascontiguousarray(levels)
        keys = np.empty(len(x), np.uint64)
        if stream is None:
            content_keys(np.uint64(seed), levels, keys)
        else:
            epoch, rows = stream
            row_keys(np.uint64(seed), np.uint64(epoch), np.asarray(rows, np.int64), keys)
        raster = np.zeros((*levels.shape[:2], n_steps), np.uint8)
        (steady if levels.ndim == 2 else varying)(keys, levels, raster)
        return raster
