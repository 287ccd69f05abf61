"""Expert of the last steps of a channel."""

import numpy as np

from .._base import Array, kernel, scalar
from ._expert import Arrays, State
from ._tree import TreeExpert

N_STEPS = 8  # steps before the current one that form a context


LAST = (2 << N_STEPS) - 1  # mask of the last 8 steps and this one


def _symbol(window):
    """Return the symbol of a window: its context has the latest step first."""
    context = sum((window >> k & 1) << (N_STEPS - k) for k in range(1, N_STEPS + 1))
    return 2 * context + window % 2


# symbol of each window: the last 8 steps and this one as bits, in the order of time. The function
# is its own inverse, so these are also the windows of the symbols.
SYMBOLS = np.array([_symbol(window) for window in range(LAST + 1)])


@scalar
def moved(window, spike):
    """Return the window of the next step."""
    # bytes would overflow without compilation
    return (window << 1 | np.int64(spike)) & LAST


@scalar
def others(i, n_samples):
    """Return the three samples after sample i, or the last sample in their place."""
    return min(i + 1, n_samples - 1), min(i + 2, n_samples - 1), min(i + 3, n_samples - 1)


@kernel
def fill_windows(raster, memory, windows):
    """Fill in the window of each step, and keep the last one in `memory`."""
    n_samples, n_channels, n_steps = raster.shape
    for i in range(n_samples):
        for c in range(n_channels):
            window = memory[i, c, 0]
            for t in range(n_steps):
                window = moved(window, raster[i, c, t])
                windows[i, c, t] = window
            memory[i, c, 0] = window


@kernel
def move_windows(raster, memory):
    """Update the windows in `memory` to the end of a raster."""
    n_samples, n_channels, n_steps = raster.shape
    for i in range(n_samples):
        for c in range(n_channels):
            for t in range(max(n_steps - N_STEPS - 1, 0), n_steps):
                memory[i, c, 0] = moved(memory[i, c, 0], raster[i, c, t])


@kernel
def count_windows(raster, y, weights, counts):
    """Add the weights of samples to the counts of windows, (4, n_classes, n_channels, n).

    Four samples are counted at a time, in counts of their own, because each addition to a count
    waits for the previous one. Their sum is the result.
    """
    n_samples, n_channels, n_steps = raster.shape
    for c in range(n_channels):
        for i in range(0, n_samples, 4):
            # the last samples are repeated with weights of 0
            i1, i2, i3 = others(i, n_samples)
            w0, w1 = weights[i], weights[i1] * (i1 > i)
            w2, w3 = weights[i2] * (i2 > i1), weights[i3] * (i3 > i2)
            n0, n1 = counts[0, y[i], c], counts[1, y[i1], c]
            n2, n3 = counts[2, y[i2], c], counts[3, y[i3], c]
            a, b, d, e = 0, 0, 0, 0
            for t in range(n_steps):
                a, b = moved(a, raster[i, c, t]), moved(b, raster[i1, c, t])
                d, e = moved(d, raster[i2, c, t]), moved(e, raster[i3, c, t])
                n0[a] += w0
                n1[b] += w1
                n2[d] += w2
                n3[e] += w3


@kernel
def add_windows(raster, first, table, sums):
    """Add the entries of windows in a table to sums over steps, as `add_evidence` does.

    `first` has the windows before the first step. Four samples and two classes are read at a time.
    The last ones are repeated, which gives the same sums again.
    """
    n_samples, n_channels, n_steps = raster.shape
    n_classes = table.shape[1]
    for c in range(n_channels):
        for k in range(0, n_classes, 2):
            j = min(k + 1, n_classes - 1)
            one, two = table[c % table.shape[0], k], table[c % table.shape[0], j]
            for i in range(0, n_samples, 4):
                i1, i2, i3 = others(i, n_samples)
                a, b, d, e = first[i, c, 0], first[i1, c, 0], first[i2, c, 0], first[i3, c, 0]
                s0, s1, s2, s3 = sums[i, c, k], sums[i1, c, k], sums[i2, c, k], sums[i3, c, k]
                r0, r1, r2, r3 = sums[i, c, j], sums[i1, c, j], sums[i2, c, j], sums[i3, c, j]
                for t in range(n_steps):
                    a, b = moved(a, raster[i, c, t]), moved(b, raster[i1, c, t])
                    d, e = moved(d, raster[i2, c, t]), moved(e, raster[i3, c, t])
                    s0, s1, s2, s3 = s0 + one[a], s1 + one[b], s2 + one[d], s3 + one[e]
                    r0, r1, r2, r3 = r0 + two[a], r1 + two[b], r2 + two[d], r3 + two[e]
                sums[i, c, k], sums[i1, c, k], sums[i2, c, k], sums[i3, c, k] = s0, s1, s2, s3
                sums[i, c, j], sums[i1, c, j], sums[i2, c, j], sums[i3, c, j] = r0, r1, r2, r3


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
        """Return the window of the last steps, which have no spikes."""
        return np.zeros((n_samples, n_channels, 1), np.int64)

    def symbols(self, raster: Array, memory: Array, n_symbols: int) -> Array:
        """Return the last 8 steps, the latest first, and this one as a number."""
        windows = np.empty(raster.shape, np.uint16)
        fill_windows(raster, memory, windows)
        return SYMBOLS[windows]

    def _counts(self, raster, y, weights, n_classes):
        """Return the counts of symbols."""
        counts = np.zeros((4, n_classes, raster.shape[1], self.n_symbols), weights.dtype)
        count_windows(raster, y, weights, counts)
        return counts.sum(axis=0)[..., SYMBOLS]

    def advance(self, tables: Arrays, raster: Array, state: State) -> None:
        """Add the evidence of the next steps."""
        memory, sums = state
        for k, model in enumerate(self.models(raster.shape[1])):
            table = np.ascontiguousarray(tables[model][..., SYMBOLS])
            add_windows(raster, memory, table, sums[:, k])
        move_windows(raster, memory)
