"""Expert of the time since the last spike of a channel."""

import numpy as np

from .._base import Array, kernel
from ._tree import TreeExpert

# longest time in steps of each of 16 codes, about logarithmic. The last code is for longer times.
LONGEST = np.array([1, 2, 3, 4, 6, 8, 11, 15, 21, 30, 42, 60, 85, 120, 170])
CODES = np.searchsorted(LONGEST, np.arange(LONGEST[-1] + 2)).astype(np.uint8)
NONE = len(LONGEST)  # code of the interval before the first spike, which is unknown
# columns of the memory: steps since the last spike, and the interval before it, which is 0 before
# the first spike, 1 after it, and 2 + its code after the second one
AGE, INTERVAL = 0, 1


@kernel
def symbols_of_age(raster, memory, codes, symbols):
    """Fill in symbols: codes of the time since the last spike and of the interval before it."""
    n_samples, n_channels, n_steps = raster.shape
    longest = len(codes) - 1
    for i in range(n_samples):
        for c in range(n_channels):
            # restored states may hold any numbers
            age, interval = max(memory[i, c, AGE], 0), min(memory[i, c, INTERVAL], NONE + 2)
            for t in range(n_steps):
                # bytes would overflow without compilation
                code = np.int64(codes[min(age + 1, longest)])
                known = interval - 2 if interval >= 2 else NONE
                symbols[i, c, t] = (code << 5) | (known << 1) | raster[i, c, t]
                age += 1
                if raster[i, c, t]:
                    # the time before the first spike is no interval
                    interval = code + 2 if interval else 1
                    age = 0
            memory[i, c, AGE], memory[i, c, INTERVAL] = age, interval


class Age(TreeExpert):
    """Probability of a spike given the time since the last spike and the interval before it.

    Times are on a logarithmic scale of 16 values up to 170 steps. It is the best expert for trains
    with irregular or regular intervals, such as renewal processes.

    See Also
    --------
    History : The exact spikes of the last 8 steps.
    skspike.SpikeTrainClassifier : Takes it in `experts`.

    Examples
    --------
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_gamma
    >>> X, y = make_gamma(200, random_state=0)
    >>> SpikeTrainClassifier("age").fit(X[::2], y[::2]).score(X[1::2], y[1::2])
    1.0
    """

    name = "age"
    n_bits = 8

    def memory(self, n_samples: int, n_channels: int) -> Array:
        """Return ages and intervals at the start, when there was no spike."""
        return np.zeros((n_samples, n_channels, 2), np.int64)

    def symbols(self, raster: Array, memory: Array, n_symbols: int) -> Array:
        """Return the codes of age and interval, and the spike, as a number."""
        symbols = np.empty(raster.shape, np.uint16)
        symbols_of_age(raster, memory, CODES, symbols)
        return symbols
