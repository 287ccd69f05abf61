"""Thermometer coding, with one channel for each of several levels.

    channel k of n spikes if x >= (k + 1) / (n + 1)
"""

from collections.abc import Iterable

import numpy as np

from .._base import Array, convert
from ._coding import Coding, RowKey, rounded


class Thermometer(Coding):
    """Thermometer coding: a channel spikes while the value is at or above its level.

    Each feature has `n_levels` channels, whose levels divide the scaled range into equal parts. The
    higher the value, the more channels spike. The channels of features spike in all steps or not at
    all.

    Parameters
    ----------
    n_levels : int, default=8
        Number of levels, and of channels, of each feature, from 1 to 65536.

    See Also
    --------
    Population : Channels for ranges of values, with noise.
    Delta : Spikes if a series moves from one level to another.

    Notes
    -----
    The coding has no noise: `random_state` changes nothing, and training sees the same spikes in
    every epoch. The highest value is above all levels and the lowest value below all. Rasters are
    dense: half of all entries are spikes if values are uniformly distributed.

    References
    ----------
    .. [1] J. Buckman, A. Roy, C. Raffel, I. Goodfellow, "Thermometer encoding: one hot way to
        resist adversarial examples", International Conference on Learning Representations, 2018.

    Examples
    --------
    >>> from skspike import SpikeEncoder
    >>> from skspike.coding import Thermometer
    >>> encoder = SpikeEncoder(coding=Thermometer(n_levels=3))
    >>> encoder.fit_transform([[[0.0, 1.0, 2.0, 3.0, 4.0, 2.0]]])[0]
    array([[0, 1, 1, 1, 1, 1],
           [0, 0, 1, 1, 1, 1],
           [0, 0, 0, 1, 1, 0]], dtype=uint8)
    >>> encoder.get_feature_names_out().tolist()
    ['x0_l0', 'x0_l1', 'x0_l2']
    """

    name = "thermometer"
    noisy = False

    memory = 0

    def __init__(self, n_levels: int = 8):
        self.n_levels = n_levels

    @property
    def channels_per_feature(self):
        """One channel for each level."""
        return self.n_levels

    def check(self, dt: float) -> None:
        """Check that the number of levels is in its range."""
        convert(self, "n_levels", low=1, high=2**16, integer=True)

    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int, noise_key: RowKey = None) -> Array:
        """Return a uint8 raster (n_samples, n_features * n_levels, n_steps)."""
        levels = np.arange(1, self.n_levels + 1)[:, None] / (self.n_levels + 1)
        above = rounded(x.reshape(*x.shape[:2], 1, -1)) >= rounded(levels)
        raster = np.empty((len(x), x.shape[1], self.n_levels, n_steps), np.uint8)
        raster[...] = above
        return raster.reshape(len(x), -1, n_steps)

    def channel_names(self, names: Iterable[str]) -> list[str]:
        """Return ``<feature>_l0``, ``<feature>_l1``, ... for each feature."""
        return [f"{name}_l{level}" for name in names for level in range(self.n_levels)]
