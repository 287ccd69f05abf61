"""Sample entropy, the unpredictability of the next step after equal patterns.

    SampEn = -ln(A / B)

    B    number of pairs of blocks that are equal over `order` steps
    A    number of pairs of blocks that are equal over one more step
"""

import math

import numpy as np

from .._checks import check_number
from .._utils import Array
from ._base import OF_SYMBOLS, Measure
from ._blocks import as_series, equal_pairs


class SampleEntropy(Measure):
    """Sample entropy of a spike train, ``measure="sample_entropy"``.

    B is the number of pairs of places in the train at which the next `order` steps are equal. A is
    the number of these pairs at which one more step is equal. The sample entropy is -ln(A / B),
    which is 0 if equal patterns always have the same next step. There is no tolerance, because
    trains contain only 0 and 1. With several channels, all must be equal.

    ``normalize=True`` gives bits instead of nats, per step (and channel): 1 for fair coin flips.

    Parameters
    ----------
    order : int, default=2
        Number of steps of the patterns, m in the paper, at least 1.

    See Also
    --------
    BlockEntropy : Counts blocks instead of pairs, and is bounded by the entropy of the rate.

    Notes
    -----
    If A is 0, the value is the largest that the series can otherwise have, ln((n-m)(n-m-1) / 2) for
    n steps, as in the paper. It is 0 for n - m < 3. For independent random spikes with probability
    p it is -ln(p**2 + (1-p)**2) for every order. This is a Rényi entropy and less than the entropy
    of the rate, so that ``normalize="entropy"`` does not apply.

    References
    ----------
    Richman, J. S. and Moorman, J. R. (2000). Physiological time-series analysis using approximate
    entropy and sample entropy. American Journal of Physiology: Heart and Circulatory Physiology
    278, H2039-H2049.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.complexity import SampleEntropy
    >>> regular = np.tile([0, 0, 0, 1], 16)
    >>> irregular = np.random.default_rng(0).permutation(regular)
    >>> SampleEntropy(order=3).each([regular, irregular]).round(2)
    array([0.  , 0.51])
    """

    name = "sample_entropy"
    units = {True: "bits per step", False: "nats per step"}
    limits = dict.fromkeys(units, (0, math.inf))
    unchanged_by = OF_SYMBOLS

    def __init__(self, order: int = 2):
        self.order = order

    @property
    def min_steps(self):
        """Smallest number of steps that contain three blocks. Two blocks are only one pair."""
        return int(self.order) + 3

    def check(self) -> None:
        """Check that the order is in its range."""
        check_number(self.order, "order", low=1, integer=True)

    # hashes wrap around, and numpy warns about it if kernels are not compiled
    @np.errstate(over="ignore")
    def values(self, rasters: Array) -> Array:
        """Return the sample entropy of each raster in nats."""
        series, n_symbols = as_series(rasters)
        order = min(int(self.order), series.shape[1] - 1)
        shorter, longer = equal_pairs(series, n_symbols, order).T
        n_pairs = math.comb(series.shape[1] - order, 2)
        return np.log(np.where(longer > 0, shorter, max(n_pairs, 1)) / np.maximum(longer, 1))

    def scale(self, n_channels: int, n_steps: int) -> float:
        """Return 1 / (C ln 2)."""
        return 1 / (math.log(2) * n_channels)
