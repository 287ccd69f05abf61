"""Expert of the activity of all channels."""

import math

import numpy as np

from .._base import Array, kernel
from ._tree import TreeExpert

TAU_FAST, TAU_SLOW = 2.0, 16.0  # time constants of the traces in steps
# upper limits of the values of traces, per channel
FAST = 0.0125 * 2.0 ** np.arange(7)
SLOW = 0.04 * 2.0 ** (np.arange(15) / 2)


def population_limits(n_channels: int) -> tuple[Array, Array, Array]:
    """Return the factors by which the traces decay, and the upper limits of their codes."""
    decay = np.array([math.exp(-1 / TAU_FAST), math.exp(-1 / TAU_SLOW)])
    return decay, n_channels * FAST, n_channels * SLOW


@kernel
def symbols_of_population(raster, memory, decay, fast_limits, slow_limits, symbols):
    """Fill in symbols: spikes of earlier channels in this step, and two traces of all channels."""
    n_samples, n_channels, n_steps = raster.shape
    for i in range(n_samples):
        fast, slow = memory[i, 0], memory[i, 1]
        for t in range(n_steps):
            code = np.searchsorted(fast_limits, fast) << 4 | np.searchsorted(slow_limits, slow)
            n_spikes = 0
            for c in range(n_channels):
                spike = np.int64(raster[i, c, t])  # bytes would overflow without compilation
                symbols[i, c, t] = (min(n_spikes, 3) << 8) | (code << 1) | spike
                n_spikes += spike
            fast = fast * decay[0] + n_spikes
            slow = slow * decay[1] + n_spikes
        memory[i, 0], memory[i, 1] = fast, slow


class Population(TreeExpert):
    """Probability of a spike given the activity of all channels.

    The context is the number of spikes of earlier channels in the same step (0, 1, 2 or more), and
    two traces of the spikes of all channels, with time constants of 2 and 16 steps. It is the best
    expert for channels that fire together, and for rates that change at unknown times.

    See Also
    --------
    Pairs : Which channel follows which.
    skspike.SpikeTrainClassifier : Takes it in `experts`.

    Examples
    --------
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_telegraph
    >>> X, y = make_telegraph(400, random_state=0)
    >>> model = SpikeTrainClassifier("population").fit(X[::2], y[::2])
    >>> round(model.score(X[1::2], y[1::2]), 2)
    1.0
    """

    name = "population"
    n_bits = 9
    channels_at_once = False

    def memory(self, n_samples: int, n_channels: int) -> Array:
        """Return the traces at the start, which are 0."""
        return np.zeros((n_samples, 2))

    def symbols(self, raster: Array, memory: Array, n_symbols: int) -> Array:
        """Return the codes of the population, and the spike, as a number."""
        symbols = np.empty(raster.shape, np.uint16)
        symbols_of_population(raster, memory, *population_limits(raster.shape[1]), symbols)
        return symbols
