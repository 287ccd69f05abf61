"""Rank order coding: the order of the spikes is the order of the values.

    spike of feature k at (number of features with a higher value) * interval
"""

import numpy as np

from .._base import LARGEST, Array, convert
from ._coding import Coding, RowKey


class RankOrder(Coding):
    """Rank order coding: the largest value spikes first, the others follow in order.

    Each feature has one spike, whose time depends on the rank of the value among all features of
    the sample and not on the value itself. Equal values spike together.

    Parameters
    ----------
    interval : float, default=2.0
        Time between two ranks in ms, at least one step. Ranks beyond the end of the train have no
        spike.

    See Also
    --------
    Latency : The time of the spike depends on the value itself.

    References
    ----------
    .. [1] S. Thorpe, J. Gautrais, "Rank order coding", in J. M. Bower (editor), Computational
        Neuroscience: Trends in Research, Plenum Press, 1998.

    Examples
    --------
    >>> from skspike import SpikeEncoder
    >>> from skspike.coding import RankOrder
    >>> encoder = SpikeEncoder(RankOrder(interval=1.0), n_steps=3, value_range=(0, 1))
    >>> encoder.fit_transform([[0.2, 0.9, 0.5], [0.3, 0.2, 0.1]])[0].tolist()
    [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    """

    name = "rank_order"
    refuses = {3: "the rank of a value would change in each step of a series"}
    higher_means = "earlier"
    mixes_features = True
    times = ("interval",)

    def __init__(self, interval: float = 2.0):
        self.interval = interval

    def check(self, dt: float) -> None:
        """Raise if `interval` is out of range."""
        convert(self, "interval", low=dt, high=LARGEST)

    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int, noise_key: RowKey = None) -> Array:
        """Return a raster with one spike for each feature."""
        rank = (x[:, np.newaxis, :] > x[:, :, np.newaxis]).sum(axis=2)
        step = np.rint(np.minimum(rank * (self.interval / dt), n_steps))
        return np.ascontiguousarray(np.arange(n_steps) == step[..., np.newaxis], dtype=np.uint8)
