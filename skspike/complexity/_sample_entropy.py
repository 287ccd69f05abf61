"""Sample entropy: how often trains that read the same for some steps differ in the next.

    SampEn = -ln(A / B)

    B    pairs of blocks that are equal over `order` steps
    A    pairs of blocks that are equal over one step more
"""

import math

import numpy as np

from .._checks import check_number
from .._utils import Array
from ._base import Measure
from ._blocks import as_series, equal_pairs


class SampleEntropy(Measure):
    """Sample entropy of a spike train: what ``measure="sample_entropy"`` stands for.

    Of all pairs of different steps from which the train reads the same for `order` steps, B in
    number, take those from which it also reads the same in the step after, A. The sample entropy is
    -ln(A / B): 0 if the next step is always as it was before. As trains hold 0 and 1 only, to read
    the same means to be equal, and there is no tolerance to choose. Several channels read the same
    where all do.

    ``normalize=True`` gives the same in bits instead of nats, per step (and channel): 1 for a fair
    coin.

    Parameters
    ----------
    order : int, default=2
        Steps that are compared before the next, at least 1; m in the paper.

    See Also
    --------
    BlockEntropy : Counts blocks, not pairs, and is bounded by the entropy of the rate.

    Notes
    -----
    If no pair is equal in the step after (A = 0), the value is the largest that the series can have
    otherwise, ln((n-m)(n-m-1) / 2) for n steps, as in the paper; it is 0 for n - m < 3. For spikes
    at random steps, in a share p of them, it is -ln(p**2 + (1-p)**2) for every order, an entropy of
    Rényi's kind and less than that of the rate; so ``normalize="entropy"`` does not apply.

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

    def __init__(self, order: int = 2):
        self.order = order

    @property
    def min_steps(self):
        """Three steps to compare from: of two there is one pair only."""
        return int(self.order) + 3

    def check(self) -> None:
        """Raise if the order is outside its range."""
        check_number(self.order, "order", low=1, integer=True)

    # hashes wrap around, which numba does silently and numpy without numba does not
    @np.errstate(over="ignore")
    def values(self, rasters: Array) -> Array:
        """Return the sample entropy of each raster in nats; see `Measure.values`."""
        series, n_symbols = as_series(rasters)
        order = min(int(self.order), series.shape[1] - 1)
        shorter, longer = equal_pairs(series, n_symbols, order).T
        n_pairs = math.comb(series.shape[1] - order, 2)
        return np.log(np.where(longer > 0, shorter, max(n_pairs, 1)) / np.maximum(longer, 1))

    def scale(self, n_channels: int, n_steps: int) -> float:
        """Return 1 / (C ln 2)."""
        return 1 / (math.log(2) * n_channels)
