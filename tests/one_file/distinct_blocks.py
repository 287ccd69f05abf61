"""Number of distinct blocks in spike trains."""

import numpy as np

from .._checks import convert
from .._utils import Array
from ._base import Measure


class DistinctBlocks(Measure):
    """Number of distinct blocks of consecutive steps.

    It is the subword complexity of the train. Blocks of all channels are pooled.

    Parameters
    ----------
    length : int, default=4
        Steps in a block, at most 16. Trains that are shorter count as one block.

    See Also
    --------
    BlockEntropy : The entropy of the blocks.

    References
    ----------
    .. [1] M. Morse, G. A. Hedlund, "Symbolic dynamics", American Journal of Mathematics 60, 1938.

    Examples
    --------
    >>> from skspike.complexity import DistinctBlocks
    >>> DistinctBlocks(length=2).each([[0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 0, 1]]).tolist()
    [2, 4]
    """

    name = "distinct_blocks"
    units = {True: "share of the possible blocks", False: "blocks"}
    min_steps = 5

    def __init__(self, length: int = 4):
        self.length = length

    def check(self) -> None:
        """Raise if `length` is out of range."""
        convert(self, "length", low=1, high=16, integer=True)

    def values(self, rasters: Array) -> Array:
        """Return the number of distinct blocks of each raster."""
        length = min(self.length, rasters.shape[2])
        blocks = np.lib.stride_tricks.sliding_window_view(rasters, length, axis=2)
        words = blocks @ (1 << np.arange(length))
        return np.array([len(np.unique(of_raster)) for of_raster in words], dtype=int)

    def scale(self, n_channels: int, n_steps: int) -> float:
        """Return 1 / the largest number of distinct blocks."""
        length = min(self.length, n_steps)
        return 1 / min(2**length, n_channels * (n_steps - length + 1))
