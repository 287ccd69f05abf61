"""Poisson coding, with firing rates that follow the values.

    rate = min_rate + x (max_rate - min_rate),    P(spike in a step) = rate dt / 1000
"""

import numpy as np

from .._checks import convert
from .._compile import content_keys, row_keys
from .._utils import Array
from ._base import CHANCE_UNITS, Coding, RowKey
from ._noise import draw_trains


class Poisson(Coding):
    """Poisson coding: random trains with a firing rate that is linear in the value.

    In each step a channel spikes with probability ``rate * dt / 1000``, independent of other steps.

    Parameters
    ----------
    min_rate : float, default=0.0
        Firing rate in Hz of the lowest value, at least 0.
    max_rate : float, default=500.0
        Firing rate in Hz of the highest value, from `min_rate` to one spike per step, ``1000 /
        dt``. At that rate the scaled value is the probability of a spike.

    See Also
    --------
    Population : Several channels for each feature, with the same noise.
    IntegrateAndFire : Firing rates without noise.
    Latency : One spike, whose time depends on the value.

    Notes
    -----
    Probabilities are rounded to multiples of 2**-16. The noise of a sample depends on the seed and
    its rounded probabilities alone: equal rows get equal trains, in any batch and order. To draw
    new trains, change the encoder's `random_state`. To train on new noise in every epoch, pass the
    encoder to a network as ``encoder=``.

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
    uses_dt = True

    def __init__(self, min_rate: float = 0.0, max_rate: float = 500.0):
        self.min_rate = min_rate
        self.max_rate = max_rate

    def check(self, dt: float) -> None:
        """Check that the rates are in their ranges."""
        convert(self, "min_rate", low=0)
        convert(self, "max_rate", low=self.min_rate)
        # rounded: 1000 / dt * dt may be just above 1000
        if np.rint(self.max_rate * dt / 1000 * CHANCE_UNITS) > CHANCE_UNITS:
            raise ValueError(
                f"max_rate={self.max_rate} Hz is more than one spike per step of dt={dt} ms. Lower "
                f"max_rate to {1000 / dt:g} Hz or dt to {1000 / self.max_rate:g} ms.")

    # counters wrap around, and numpy warns about it if kernels are not compiled
    @np.errstate(over="ignore")
    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int, noise_key: RowKey = None) -> Array:
        """Return a uint8 raster (n_samples, n_channels, n_steps)."""
        # spike probability of each step in integer units
        rates = self.min_rate + x * (self.max_rate - self.min_rate)
        levels = np.rint(rates * (dt / 1000 * CHANCE_UNITS)).astype(np.uint32, order="C")
        # key of the noise of each sample
        keys = np.empty(len(x), np.uint64)
        if noise_key is None:
            content_keys(np.uint64(seed), levels, keys)
        else:
            epoch, rows = noise_key
            row_keys(np.uint64(seed), np.uint64(epoch), np.asarray(rows, np.int64), keys)
        raster = np.zeros((*levels.shape[:2], n_steps), np.uint8)
        draw_trains(keys, levels.reshape(*levels.shape[:2], -1), raster)
        return raster
