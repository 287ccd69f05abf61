"""Expert of the number of spikes so far."""

import numpy as np

from .._base import Array
from ._tree import TreeExpert


class SpikesSoFar(TreeExpert):
    """Probability of a spike given the number of spikes of the channel so far.

    The number is on a logarithmic scale: 0, 1, 2 to 3, 4 to 7, 8 to 15, 16 to 31, 32 to 63, more.

    See Also
    --------
    Rate : The rate over time.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.trains import SpikesSoFar
    >>> raster = np.array([[[1, 0, 1, 1, 0]]], dtype=np.uint8)
    >>> expert = SpikesSoFar()
    >>> expert.symbols(raster, expert.memory(1, 1), expert.n_symbols).tolist()
    [[[1, 2, 3, 5, 4]]]
    """

    name = "spikes_so_far"
    n_bits = 3

    def memory(self, n_samples: int, n_channels: int) -> Array:
        """Return the number of spikes at the start."""
        return np.zeros((n_samples, n_channels, 1), np.int64)

    def symbols(self, raster: Array, memory: Array, n_symbols: int) -> Array:
        """Return the code of the number of spikes, and the spike, as a number."""
        after = memory + raster.cumsum(axis=2)
        before = after - raster
        memory[:] = after[:, :, -1:]
        # the bit length of the number
        code = np.minimum(np.frexp(before)[1], 7)
        return (2 * code + raster).astype(np.uint16)
