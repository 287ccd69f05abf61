"""Block entropy, the entropy of the distribution of short patterns.

    H = - sum_w p(w) log2 p(w),    p(w) = fraction of blocks of `order` steps with pattern w
"""

import numpy as np

from .._checks import check_number
from .._utils import Array
from ._base import ENTROPY, OF_SYMBOLS, Measure
from ._blocks import as_series, entropies


class BlockEntropy(Measure):
    """Entropy of the overlapping blocks of a spike train, ``measure="block_entropy"``.

    A block is a pattern of `order` consecutive steps, and a block starts at each step. If p(w) is
    the fraction of blocks with pattern w, the entropy is H = -sum p(w) log2 p(w) bits, from 0 to
    `order` (times the number of channels that are measured together). It is 0 if a train is
    constant or has at most `order` steps.

    ``normalize=True`` gives H / order, in bits per step (and channel). It decreases to the entropy
    rate as the order grows. "entropy" divides it by the entropy of the firing rate: about 1 for
    independent random spikes, less if there is structure in blocks of this size.

    Parameters
    ----------
    order : int, default=4
        Number of steps of a block, at least 1. Choose it so that 2**order (2**(channels * order)
        for channels together) is well below the number of steps.

    See Also
    --------
    LZ76 : Has no block size, and detects repetition at any distance.

    Notes
    -----
    The entropy is biased downwards if there are too few blocks to observe all patterns. It is at
    most log2(n) for n blocks. Blocks do not overlap in the paper. Overlapping blocks are more
    numerous, but count the first and last steps less often than others.

    References
    ----------
    Strong, S. P., Koberle, R., de Ruyter van Steveninck, R. R. and Bialek, W. (1998). Entropy and
    information in neural spike trains. Physical Review Letters 80, 197-200.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.complexity import BlockEntropy
    >>> regular = np.tile([0, 0, 0, 1], 16)
    >>> irregular = np.random.default_rng(0).permutation(regular)
    >>> BlockEntropy(order=3).each([regular, irregular]).round(2)
    array([2.  , 2.39])
    """

    name = "block_entropy"
    units = {True: "bits per step", False: "bits per block", ENTROPY: "share of the entropy"}
    unchanged_by = OF_SYMBOLS

    def __init__(self, order: int = 4):
        self.order = order

    @property
    def min_steps(self):
        """Smallest number of steps that contain two blocks."""
        return int(self.order) + 1

    def check(self) -> None:
        """Check that the order is in its range."""
        check_number(self.order, "order", low=1, integer=True)

    # hashes wrap around, and numpy warns about it if kernels are not compiled
    @np.errstate(over="ignore")
    def values(self, rasters: Array) -> Array:
        """Return the block entropy of each raster in bits."""
        series, n_symbols = as_series(rasters)
        return entropies(series, n_symbols, min(int(self.order), series.shape[1]))

    def scale(self, n_channels: int, n_steps: int) -> float:
        """Return 1 / (C order)."""
        return 1 / (int(self.order) * n_channels)
