"""A measure outside the package: the uncertainty of the interval between spikes.

    H = - sum_k p(k) log2 p(k),    p(k) = share of the interspike intervals that lie in bin k
"""

import numpy as np
from scipy.special import entr

from skspike.complexity import Measure


class IntervalEntropy(Measure):
    """Entropy of the interspike intervals in bins of `width` steps.

    Intervals of channels that are measured together are pooled.
    """

    name = "interval_entropy"
    units = {True: "share of the largest", False: "bits per interval"}

    def __init__(self, width=1):
        self.width = width

    def check(self):
        if not (isinstance(self.width, int) and self.width > 0):
            raise ValueError(f"width must be an integer > 0, got {self.width!r}.")

    @property
    def min_steps(self):  # with width=1, 1101 has intervals in two bins
        return self.width + 3

    def values(self, rasters):
        return np.array([self._bits(raster) for raster in rasters])

    def scale(self, n_channels, n_steps):
        return 1 / np.log2(max(n_steps, 2))

    def _bits(self, raster):
        intervals = np.concatenate([np.diff(np.flatnonzero(train)) for train in raster])
        counts = np.bincount((intervals - 1) // self.width)
        return entr(counts / max(intervals.size, 1)).sum() / np.log(2)
