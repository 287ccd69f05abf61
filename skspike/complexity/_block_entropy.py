"""Block entropy: how many bits a block of the train holds.

    H = - sum_w p(w) log2 p(w),    p(w) = share of the overlapping blocks of `order` steps that read
    w
"""

import numpy as np

from .._checks import check_number
from .._utils import Array
from ._base import ENTROPY, Measure
from ._blocks import as_series, entropies


class BlockEntropy(Measure):
    """Entropy of the blocks of a spike train: what ``measure="block_entropy"`` stands for.

    A block is a piece of `order` steps; there is one from each step on. If p(w) is the share of
    them that read w, the entropy is H = -sum p(w) log2 p(w) bits, at least 0 and at most `order`
    (times the number of channels that are measured together). It is 0 for a train that is all of
    one kind, and for one of no more than `order` steps, which holds a single block at most.

    ``normalize=True`` gives H / order, in bits per step (and channel), which falls to the entropy
    rate as the order grows; "entropy" divides that by the entropy of the train's own rate: about 1
    if spikes fall at random, less if there is order in blocks of this size.

    Parameters
    ----------
    order : int, default=4
        Steps in a block, at least 1.

    See Also
    --------
    LZ76 : Needs no block size, and sees repetition at any distance.

    Notes
    -----
    The entropy is biased downwards where blocks are too few to show all that can occur, and can be
    log2(n) at most for n blocks: choose `order` so that 2**order is well below the number of steps
    (for channels together: 2**(channels * order)). In the paper the blocks do not overlap; as here
    they do, more of them are counted, and the first and last steps less often than others.

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

    def __init__(self, order: int = 4):
        self.order = order

    @property
    def min_steps(self):
        """Two blocks."""
        return int(self.order) + 1

    def check(self) -> None:
        """Raise if the order is outside its range."""
        check_number(self.order, "order", low=1, integer=True)

    # hashes wrap around, which numba does silently and numpy without numba does not
    @np.errstate(over="ignore")
    def values(self, rasters: Array) -> Array:
        """Return the entropy of each raster's blocks in bits; see `Measure.values`."""
        series, n_symbols = as_series(rasters)
        return entropies(series, n_symbols, min(int(self.order), series.shape[1]))

    def scale(self, n_channels: int, n_steps: int) -> float:
        """Return 1 / (C order)."""
        return 1 / (int(self.order) * n_channels)
