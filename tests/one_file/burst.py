"""Burst coding.

    A value x gives round(x n_spikes) spikes, one every `interval` ms from the first step on.
"""

import numpy as np

from .._checks import LARGEST, convert
from .._utils import Array
from ._base import Coding


class Burst(Coding):
    """Burst coding: the number of spikes at the start of the train grows with the value.

    It takes features only, because the value of a series changes within a burst.

    Parameters
    ----------
    n_spikes : int, default=5
        Number of spikes of the largest value. Spikes beyond the end of the train are lost.
    interval : float, default=2.0
        Time between the spikes of a burst in ms, at least one step.

    See Also
    --------
    Latency : One spike, whose time depends on the value.

    References
    ----------
    .. [1] E. M. Izhikevich, N. S. Desai, E. C. Walcott, F. C. Hoppensteadt, "Bursts as a unit of
        neural information", Trends in Neurosciences 26, 2003.

    Examples
    --------
    >>> from skspike import SpikeEncoder
    >>> from skspike.coding import Burst
    >>> encoder = SpikeEncoder(Burst(n_spikes=2), n_steps=4)
    >>> encoder.fit_transform([[0.0], [1.0], [2.0]])[:, 0].tolist()
    [[0, 0, 0, 0], [1, 0, 0, 0], [1, 0, 1, 0]]
    """

    name = "burst"
    refuses = {3: "the value of a series changes within a burst"}

    def __init__(self, n_spikes: int = 5, interval: float = 2.0):
        self.n_spikes = n_spikes
        self.interval = interval

    def check(self, dt: float) -> None:
        """Raise if a parameter is out of range."""
        convert(self, "n_spikes", low=1, high=10**6, integer=True)
        convert(self, "interval", low=dt, high=LARGEST)

    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int,
            stream: tuple[int, Array] | None = None) -> Array:
        """Return a raster of bursts."""
        period = round(min(self.interval / dt, n_steps))
        index, rest = np.divmod(np.arange(n_steps), period)
        n_spikes = np.rint(x * self.n_spikes)[..., None]
        return np.ascontiguousarray((index < n_spikes) & (rest == 0), dtype=np.uint8)
