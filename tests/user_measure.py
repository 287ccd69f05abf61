"""A measure outside the package: the uncertainty of the interval between spikes.

    H = - sum_k p(k) log2 p(k),    p(k) = share of the interspike intervals that lie in bin k
"""

import numpy as np
from scipy.special import entr

from skspike.complexity import Measure


class IntervalEntropy(Measure):
    """Entropy of the interspike intervals.

    Intervals of channels that are measured together are pooled.

    Parameters
    ----------
    width : int, default=1
        Width of the bins of intervals in steps, at least 1.

    See Also
    --------
    skspike.complexity.BlockEntropy : Entropy of the spikes in consecutive steps.

    Examples
    --------
    >>> import numpy as np
    >>> regular = [0, 1, 0, 1, 0, 1, 0, 1]
    >>> IntervalEntropy().each([regular, [1, 1, 0, 1, 0, 0, 0, 1]]).round(2)
    array([0.  , 1.58])
    """

    name = "interval_entropy"
    units = {True: "share of the largest", False: "bits per interval"}
    unchanged_by = ("channel_order", "channel_copies")

    def __init__(self, width: int = 1):
        self.width = width

    def check(self) -> None:
        """Raise if the width is out of range."""
        if not (isinstance(self.width, int) and self.width > 0):
            raise ValueError(f"width must be an integer > 0, got {self.width!r}.")

    @property
    def min_steps(self) -> int:
        """Smallest number of steps with intervals in two bins, such as 1101 for a width of 1."""
        return self.width + 3

    def values(self, rasters: np.ndarray) -> np.ndarray:
        """Return the entropy of the intervals of each raster in bits."""
        return np.array([self._bits(raster) for raster in rasters])

    def scale(self, n_channels: int, n_steps: int) -> float:
        """Return 1 / log2(n_steps)."""
        return 1 / np.log2(max(n_steps, 2))

    def _bits(self, raster):
        intervals = np.concatenate([np.diff(np.flatnonzero(train)) for train in raster])
        counts = np.bincount((intervals - 1) // self.width)
        return entr(counts / max(intervals.size, 1)).sum() / np.log(2)
