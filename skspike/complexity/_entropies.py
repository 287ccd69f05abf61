"""Entropies of the overlapping blocks of a series, which are a fixed number of consecutive symbols.

    block entropy     H = - sum_w p(w) log2 p(w),    p(w) = fraction of blocks with pattern w
    sample entropy    S = - ln(A / B),               of A pairs of equal blocks of m + 1 steps and
                                                     B of m steps

A block is converted to one integer in several passes. Each pass shifts the integer of the previous
pass to the left, fills up to 32 bits with symbols, and renumbers the results in order of
appearance. Equal integers mean equal blocks, for any length and alphabet.
"""

import math

import numpy as np

from .._base import Array, check_number, kernel, scalar
from ._measure import ENTROPY, OF_SYMBOLS, Measure
from ._symbols import as_series, bit_width, rename, table_size

PASS_BITS = 32  # bits of symbols per pass


@scalar
def count_blocks(series, order, width, keys, table, counts):
    """Count the blocks of `order` steps that start at each of the first `keys.size` steps.

    Return the number of different blocks, k. The first k entries of `counts` are set to the count
    of each block, in order of appearance.
    """
    keys[:] = 0
    n_different = 1
    for first in range(0, order, PASS_BITS // width):
        # append the symbols of one pass to the keys
        for step in range(first, min(order, first + PASS_BITS // width)):
            for t in range(keys.size):
                keys[t] = (keys[t] << width) | np.int64(series[t + step])
        n_different = rename(keys, table)
    counts[:n_different] = 0
    for t in range(keys.size):
        counts[keys[t]] += 1
    return n_different


@kernel
def entropies(series, n_symbols, order):
    """Return the block entropy of each series in bits. `order` is at most n_steps."""
    n_series, n_steps = series.shape
    width = bit_width(n_symbols)
    out = np.empty(n_series)
    keys = np.empty(n_steps - order + 1, np.int64)
    table = np.empty((table_size(keys.size), 2), np.int64)
    counts = np.empty(keys.size, np.int64)
    for i in range(n_series):
        bits = 0.0
        for block in range(count_blocks(series[i], order, width, keys, table, counts)):
            bits += counts[block] * np.log2(keys.size / counts[block])
        out[i] = bits / keys.size
    return out


@kernel
def equal_pairs(series, n_symbols, order):
    """Return the numbers of pairs of blocks that are equal over `order` and over one more step.

    The shape is (n_series, 2). `order` is less than n_steps, and blocks start at all but the last
    `order` steps.
    """
    n_series, n_steps = series.shape
    width = bit_width(n_symbols)
    out = np.zeros((n_series, 2), np.int64)
    keys = np.empty(n_steps - order, np.int64)
    table = np.empty((table_size(keys.size), 2), np.int64)
    counts = np.empty(keys.size, np.int64)
    for i in range(n_series):
        for longer in range(2):
            for block in range(
                    count_blocks(series[i], order + longer, width, keys, table, counts)):
                out[i, longer] += counts[block] * (counts[block] - 1) // 2
    return out


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
