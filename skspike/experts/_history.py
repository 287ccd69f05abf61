"""Expert of the last steps of a channel."""

import numpy as np

from .._compile import kernel
from .._utils import Array
from ._tree import TreeExpert

N_STEPS = 8  # steps before the current one that form a context


@kernel
def symbols_of_history(raster, memory, symbols):
    """Fill in symbols: the spikes of the last 8 steps, the latest first, and of this step."""
    n_samples, n_channels, n_steps = raster.shape
    row = np.empty(N_STEPS + n_steps, np.uint16)
    for i in range(n_samples):
        for c in range(n_channels):
            row[:N_STEPS] = memory[i, c]
            row[N_STEPS:] = raster[i, c]
            for t in range(n_steps):
                symbols[i, c, t] = (
                    row[t + 8] | row[t + 7] << 8 | row[t + 6] << 7 | row[t + 5] << 6
                    | row[t + 4] << 5 | row[t + 3] << 4 | row[t + 2] << 3 | row[t + 1] << 2
                    | row[t] << 1)
            memory[i, c] = row[n_steps:]


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
        return np.zeros((n_samples, n_channels, N_STEPS), np.uint8)

    def symbols(self, raster: Array, memory: Array, n_symbols: int) -> Array:
        """Return the last 8 steps and this one as a number."""
        symbols = np.empty(raster.shape, np.uint16)
        symbols_of_history(raster, memory, symbols)
        return symbols
