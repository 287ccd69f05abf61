"""Expert of pairs of channels: the time since the last spike of another channel."""

import numpy as np

from .._base import (
    SIZE_LIMITS, Array, FittedArray, check_arrays, check_keys, convert, kernel, scalar)
from ._expert import Arrays, Expert, State
from ._tree import mixture, node_counts, shrink

# longest time in steps of each code, about logarithmic. 0 is this step, 14 is longer than all.
LONGEST = np.array([0, 1, 2, 3, 4, 6, 8, 11, 15, 21, 30, 42, 60, 90])
CODES = np.searchsorted(LONGEST, np.arange(LONGEST[-1] + 2)).astype(np.uint8)
NONE, N_CODES = 15, 16  # code of a channel without a spike so far, and number of codes
# steps that the mean over classes is worth, as the prior of a pair in a class
STRENGTHS = 4.0, 32.0, 256.0, 2048.0
PARENT_STRENGTH = 4.0  # the same for the prior of the mean over classes
SHARED_STRENGTH = 2.0
N_PAIRS = 2000  # pairs and classes, about, from which the strength is estimated


@scalar
def update_codes(raster, i, t, last, codes, table):
    """Update the last spike of each channel of sample i, plus 1, and their codes, at step t.

    The last entry of `last` is the number of the step since the start.
    """
    n_channels = raster.shape[1]
    last[n_channels] += 1
    for c in range(n_channels):
        if raster[i, c, t]:
            last[c] = last[n_channels]
        # in a restored state, a last spike may be in the future
        age = max(0, min(last[n_channels] - last[c], len(table) - 1))
        codes[c] = table[age] if last[c] else NONE


@kernel
def count_pairs(raster, y, weights, table, steps, spikes):
    """Add the steps at each code of a channel, and the spikes of other channels at its code."""
    n_samples, n_channels, n_steps = raster.shape
    codes = np.empty(n_channels, np.int64)
    for i in range(n_samples):
        last = np.zeros(n_channels + 1, np.int64)
        for t in range(n_steps):
            update_codes(raster, i, t, last, codes, table)
            for c in range(n_channels):
                steps[y[i], c, codes[c]] += weights[i]
                if raster[i, c, t]:
                    for d in range(n_channels):
                        spikes[y[i], c, d, codes[d]] += weights[i]


@kernel
def add_pairs(raster, silent, odds, table, memory, sums):
    """Add the evidence of steps to sums, (n_samples, n_classes), for a model of pairs.

    `silent` is the log probability of no spike, summed over channels c, for each channel d and its
    code. `odds` are the log odds of a spike of c, for each c, d and code of d.
    """
    n_samples, n_channels, n_steps = raster.shape
    codes = np.empty(n_channels, np.int64)
    for i in range(n_samples):
        for t in range(n_steps):
            update_codes(raster, i, t, memory[i], codes, table)
            for k in range(sums.shape[1]):
                total = 0.0
                for d in range(n_channels):
                    total += silent[k, d, codes[d]]
                for c in range(n_channels):
                    if raster[i, c, t]:
                        for d in range(n_channels):
                            total += odds[k, c, d, codes[d]]
                sums[i, k] += total


@kernel
def fill_codes(raster, table, codes):
    """Fill in the code of each channel at each step, (n_samples, n_steps, n_channels)."""
    n_samples, n_channels, n_steps = raster.shape
    for i in range(n_samples):
        last = np.zeros(n_channels + 1, np.int64)
        for t in range(n_steps):
            update_codes(raster, i, t, last, codes[i, t], table)


class Pairs(Expert):
    """Probability of a spike given the time since the last spike of another channel.

    There is a context tree for each ordered pair of channels, over 16 times on a logarithmic scale
    up to 90 steps. The log probability of a channel is the mean over its pairs. It is the best
    expert for the order of channels. It needs two channels. Beyond `max_channels`, neighbouring
    channels are joined into groups, because memory and time grow with the square of their number.

    Parameters
    ----------
    max_channels : int, default=64
        Largest number of channels without groups, at least 2.

    See Also
    --------
    Population : All channels together.
    skspike.SpikeTrainClassifier : Takes it in `experts`.

    Examples
    --------
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_order
    >>> X, y = make_order(400, random_state=0)
    >>> SpikeTrainClassifier("pairs").fit(X[::2], y[::2]).score(X[1::2], y[1::2])
    1.0
    """

    name = "pairs"
    is_likelihood = False  # a mean over pairs, whose probabilities do not add up to 1

    def __init__(self, max_channels: int = 64):
        self.max_channels = max_channels

    def check(self) -> None:
        """Raise if the number of channels is out of range."""
        convert(self, "max_channels", **{**SIZE_LIMITS, "low": 2})

    def models(self, n_channels: int) -> tuple[str, ...]:
        """Return "shared", for all pairs together, and "each", or nothing for one channel."""
        return ("shared", "each") if n_channels > 1 else ()

    def _grouped(self, raster):
        """Return the raster with at most `max_channels` channels."""
        starts = self._starts(raster.shape[1])
        return raster if len(starts) == raster.shape[1] else np.ascontiguousarray(
            np.maximum.reduceat(raster, starts, axis=1))

    def _starts(self, n_channels):
        """Return the first channel of each group."""
        n_groups = min(n_channels, self.max_channels)
        return np.arange(n_groups) * n_channels // n_groups

    def count(self, raster: Array, y: Array, weights: Array, n_classes: int) -> Arrays:
        """Return the steps at each code of a channel, and the spikes of others at its code."""
        raster = self._grouped(raster)
        n_channels = raster.shape[1]
        steps = np.zeros((n_classes, n_channels, N_CODES))
        spikes = np.zeros((n_classes, n_channels, n_channels, N_CODES))
        count_pairs(raster, y, weights, CODES, steps, spikes)
        return {"steps": steps, "spikes": spikes}

    def settings(self, counts: Arrays) -> Array | None:
        """Return the strength of the prior of each pair, by the evidence of some of the pairs."""
        leaves = _leaves(counts)
        stride = max(leaves[..., 0, 0].size // N_PAIRS, 1)
        nodes, mean = node_counts(leaves), _mean_of_all(leaves)
        c, d = (pair[::stride] for pair in np.nonzero(~np.eye(leaves.shape[1], dtype=bool)))
        total = [
            mixture(nodes[:, c, d], mean[c, d], strength)[0].sum() for strength in STRENGTHS]
        return np.array([STRENGTHS[int(np.argmax(total))]])

    def tables(self, counts: Arrays, settings: Array | None = None) -> Arrays:
        """Return the log probabilities of no spike, and the log odds of a spike."""
        leaves, strength = _leaves(counts), STRENGTHS[0] if settings is None else settings[0]
        n_channels = leaves.shape[1]
        other = ~np.eye(n_channels, dtype=bool)
        together = leaves[:, other].sum(axis=1)
        nodes = node_counts(together)
        everything = node_counts(together.sum(axis=0))
        mean = shrink(everything, PARENT_STRENGTH, _probability(everything[1]))
        shared = mixture(nodes, mean, SHARED_STRENGTH)[1]
        each = mixture(node_counts(leaves), _mean_of_all(leaves), strength)[1]
        scale = other[:, :, np.newaxis, np.newaxis] / (n_channels - 1)
        return {
            **_split("shared", shared[:, np.newaxis, np.newaxis], scale),
            **_split("each", each, scale)}

    def check_tables(self, tables: Arrays, n_channels: int, n_classes: int) -> None:
        """Raise unless tables have their dtypes and shapes."""
        n = len(self._starts(n_channels))
        names = [f"{model} {kind}" for model in self.models(n) for kind in ("silent", "odds")]
        check_keys("tables of pairs", tables, names)
        check_arrays(
            FittedArray(f"table {name} of pairs", tables[name], (n_classes, n, n, N_CODES))
            for name in names)

    def start(self, n_samples: int, n_channels: int, n_classes: int) -> State:
        """Return the last spikes, and sums of evidence, before the first step."""
        n = len(self._starts(n_channels))
        return np.zeros((n_samples, n + 1), np.int64), np.zeros(
            (n_samples, len(self.models(n_channels)), n_classes))

    def advance(self, tables: Arrays, raster: Array, state: State) -> None:
        """Add the evidence of the next steps."""
        memory, sums = state
        raster = self._grouped(raster)
        before = memory.copy()
        for k, model in enumerate(self.models(raster.shape[1])):
            memory[:] = before
            silent = tables[f"{model} silent"].sum(axis=1)
            add_pairs(raster, silent, tables[f"{model} odds"], CODES, memory, sums[:, k])

    def terms(self, tables: Arrays, raster: Array) -> Array:
        """Return the evidence of each channel and step. Channels share that of their group."""
        n_samples, n_channels, n_steps = raster.shape
        starts, grouped = self._starts(n_channels), self._grouped(raster)
        codes = np.empty((n_samples, n_steps, len(starts)), np.int64)
        fill_codes(grouped, CODES, codes)
        sizes = np.diff(np.append(starts, n_channels))
        found = [
            _terms(tables[f"{model} silent"], tables[f"{model} odds"], grouped, codes)
            for model in self.models(n_channels)]
        return np.repeat(np.stack(found, axis=1) / sizes[:, np.newaxis], sizes, axis=3)


def _leaves(counts):
    """Return counts without and with a spike of c, for c, d and code of d."""
    spikes, steps = counts["spikes"], counts["steps"][:, np.newaxis]
    return np.stack([steps - spikes, spikes], axis=-1)


def _probability(counts):
    """Return the mean probability of a spike."""
    return (counts[1] + 0.5) / (counts.sum() + 1)


def _mean_of_all(leaves):
    """Return the probability of a spike in each node of each pair, over all classes."""
    everything = leaves.sum(axis=0)
    root = _probability(everything.sum(axis=(0, 1, 2)))
    return shrink(node_counts(everything), PARENT_STRENGTH, root)


def _split(model, table, scale):
    """Return the log probabilities of no spike and the log odds of a spike, scaled."""
    table = table.reshape(*table.shape[:-1], N_CODES, 2)
    silent, odds = table[..., 0], table[..., 1] - table[..., 0]
    return {
        f"{model} silent": silent * scale[..., 0], f"{model} odds": odds * scale[..., 0]}


def _terms(silent, odds, raster, codes):
    """Return the evidence of each channel and step, (n_samples, n_classes, n_channels, n_steps)."""
    channels = np.arange(raster.shape[1])
    by_code = np.zeros((len(raster), silent.shape[0], *raster.shape[1:]))
    for d in channels:
        # (n_classes, n_channels, n_samples, n_steps)
        at = silent[:, :, d][:, :, codes[:, :, d]], odds[:, :, d][:, :, codes[:, :, d]]
        both = at[0] + at[1] * raster.swapaxes(0, 1)
        by_code += both.transpose(2, 0, 1, 3)
    return by_code
