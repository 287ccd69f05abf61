"""Expert of the last steps of a channel."""

import numpy as np

from .._base import Array, kernel
from ._tree import TreeExpert

N_STEPS = 8  # steps before the current one that form a context


@kernel
def symbols_of_history(raster, memory, symbols):
    """Fill in symbols: the last steps, the latest one as the highest bit, and the spike."""
    n_samples, n_channels, n_steps = raster.shape
    for i in range(n_samples):
        for c in range(n_channels):
            context = memory[i, c, 0] & (2**N_STEPS - 1)  # restored states may hold any numbers
            for t in range(n_steps):
                spike = np.int64(raster[i, c, t])  # bytes would overflow without compilation
                symbols[i, c, t] = context << 1 | spike
                context = context >> 1 | spike << (N_STEPS - 1)
            memory[i, c, 0] = context


class History(TreeExpert):
    """Probability of a spike given the last 8 steps of the channel.

    It is the best expert for bursts, refractory periods and other structure within a few steps.

    See Also
    --------
    Age : Reaches further back, with less detail.
    skspike.SpikeTrainClassifier : Takes it in `experts`.

    Examples
    --------
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_markov
    >>> X, y = make_markov(400, random_state=0)
    >>> model = SpikeTrainClassifier("history").fit(X[::2], y[::2])
    >>> model.score(X[1::2], y[1::2])
    1.0
    """

    name = "history"
    n_bits = N_STEPS

    def memory(self, n_samples: int, n_channels: int) -> Array:
        """Return the last steps, which have no spikes."""
        return np.zeros((n_samples, n_channels, 1), np.int64)

    def symbols(self, raster: Array, memory: Array, n_symbols: int) -> Array:
        """Return the last 8 steps, the latest first, and this one as a number."""
        symbols = np.empty(raster.shape, np.uint16)
        symbols_of_history(raster, memory, symbols)
        return symbols
