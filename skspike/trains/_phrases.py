"""Experts of the phrases of a class: Lempel-Ziv dictionaries with counts.

Phrases are the nodes of a tree, the latest step first. They have up to 8 steps. Longer phrases are
runs of steps without a spike, which have the lengths in `LENGTHS`. The numbers of nodes are

    1 to 511            phrases of up to 8 steps, in the order of a heap. The last 256 have 8 steps
    512 + r             runs of at least ``LENGTHS[r]`` steps
    512 + R + 2 r + s   the same, less than ``LENGTHS[r + 1]`` steps, after a spike (s=1) or after
                        the start of the train (s=0), if there are R lengths
"""

import math

import numpy as np

from .._base import Array, check_number, kernel
from ._expert import Arrays
from ._tree import MIN_P, TreeExpert, leaves_of, node_counts

N_STEPS = 8  # steps of a phrase
N_PHRASES = 1 << N_STEPS
# lengths of runs of steps without a spike, four for each doubling
LENGTHS = np.array([step << octave for octave in range(6) for step in (8, 10, 12, 14)][:-3])
N_RUNS = len(LENGTHS)
RUNS = np.searchsorted(LENGTHS, np.arange(LENGTHS[-1] + 1), side="right") - 1  # of each length
RUNS[:N_STEPS] = 0
RUNS = RUNS.astype(np.uint8)
# node of the next shorter phrase of each node
SHORTER = np.concatenate([
    np.arange(2 * N_PHRASES) // 2, [N_PHRASES], 2 * N_PHRASES + np.arange(N_RUNS - 1),
    2 * N_PHRASES + np.arange(2 * N_RUNS) // 2])
LOG_PI = math.log(math.pi)
# columns of the memory: the last 8 steps, the latest first, the number of steps since the last
# spike, and whether there was a spike
WINDOW, SILENCE, SPIKED = 0, 1, 2


def phrase_text(node: int) -> str:
    """Return the phrase of a node as a regular expression, with 0 and 1 for each step.

    A run of steps without a spike has the range of its length, and ^ is the start of the train.
    """
    if node < 2 * N_PHRASES:
        return f"{node:b}"[:0:-1]  # the latest step last
    if node < 2 * N_PHRASES + N_RUNS:
        return f"0{{{LENGTHS[node - 2 * N_PHRASES]},}}"
    run, spiked = divmod(node - 2 * N_PHRASES - N_RUNS, 2)
    before = 0 if spiked else N_STEPS  # a train begins after steps without a spike
    last = LENGTHS[run + 1] - 1 - before if run + 1 < N_RUNS else ""
    return f"{'1' if spiked else '^'}0{{{LENGTHS[run] - before},{last}}}"


@kernel
def learn_phrases(counts, shorter, min_count, pays, p, known):
    """Fill in the probability of a spike after each phrase, and whether the phrase is known.

    ``shorter`` has the node of the next shorter phrase, which has a lower number.
    """
    for i in range(counts.shape[0]):
        for node in range(1, counts.shape[1]):
            silent, spikes = counts[i, node, 0], counts[i, node, 1]
            n, before = silent + spikes, p[i, shorter[node]]
            p[i, node] = before
            if n >= min_count:
                known[i, node] = True
                if pays:
                    # code by Krichevsky and Trofimov, and by the shorter phrase
                    own = math.lgamma(spikes + 0.5) + math.lgamma(silent + 0.5) - (
                        math.lgamma(n + 1) + LOG_PI)
                    known[i, node] = own > spikes * math.log(before) + silent * math.log1p(-before)
                if known[i, node]:
                    p[i, node] = min(max((spikes + 0.5) / (n + 1), MIN_P), 1 - MIN_P)


@kernel
def symbols_of_phrases(raster, memory, runs, symbols):
    """Fill in symbols: the last 8 steps, or the run without a spike, and the spike."""
    n_samples, n_channels, n_steps = raster.shape
    longest = len(runs) - 1
    for i in range(n_samples):
        for c in range(n_channels):
            # restored states may hold any numbers
            window, spiked = memory[i, c, WINDOW] & 255, memory[i, c, SPIKED] & 1
            silence = min(max(memory[i, c, SILENCE], 0), longest)
            for t in range(n_steps):
                spike = np.int64(raster[i, c, t])  # bytes would overflow without compilation
                run = 256 + 2 * np.int64(runs[silence]) + spiked
                symbols[i, c, t] = 2 * (window if window else run) + spike
                window = window >> 1 | spike << 7
                silence = min(silence + 1, longest) & (spike - 1)  # 0 after a spike
                spiked |= spike
            memory[i, c, WINDOW], memory[i, c, SPIKED] = window, spiked
            memory[i, c, SILENCE] = silence


@kernel
def symbols_of_population_phrases(raster, memory, symbols):
    """Fill in symbols: numbers of spikes of earlier channels and in the last three steps."""
    n_samples, n_channels, n_steps = raster.shape
    for i in range(n_samples):
        window = memory[i, 0] & 63
        for t in range(n_steps):
            n_spikes = 0
            for c in range(n_channels):
                spike = np.int64(raster[i, c, t])  # bytes would overflow without compilation
                symbols[i, c, t] = min(n_spikes, 3) << 7 | window << 1 | spike
                n_spikes += spike
            window = window >> 2 | min(n_spikes, 3) << 4
        memory[i, 0] = window


def phrase_dictionary(leaves: Array, min_count: int, pays: bool) -> tuple[Array, Array, Array]:
    """Return the counts, probabilities and known phrases of nodes, (..., n_nodes).

    ``leaves`` are counts of the longest phrases, without and with a spike after them.
    """
    leaves, runs = leaves[..., :N_PHRASES, :].copy(), leaves[..., N_PHRASES:, :]
    # counts of runs of each length, and of runs that are at least so long
    each = runs.reshape(*runs.shape[:-2], -1, 2, 2).sum(axis=-2)
    longer = each[..., ::-1, :].cumsum(axis=-2)[..., ::-1, :]
    leaves[..., 0, :] += longer[..., :1, :].sum(axis=-2)
    counts = np.concatenate([node_counts(leaves), longer, runs], axis=-2)
    p, known = np.full(counts.shape[:-1], 0.5), np.zeros(counts.shape[:-1], bool)
    rows = -1, counts.shape[-2]
    learn_phrases(
        counts.reshape(*rows, 2), SHORTER, float(min_count), pays, p.reshape(rows),
        known.reshape(rows))
    return counts, p, known


def _table(p):
    """Return the log probabilities of symbols, (..., n_symbols), given p of all phrases."""
    longest = p[..., N_PHRASES : 2 * N_PHRASES], p[..., 2 * N_PHRASES + N_RUNS :]
    p = np.concatenate(longest, axis=-1)
    return np.stack([np.log1p(-p), np.log(p)], axis=-1).reshape(*p.shape[:-1], -1)


class Phrases(TreeExpert):
    """Code length of a train in the Lempel-Ziv dictionary of each class, for each channel.

    Each step is coded after the longest phrase before it that is known in the class: its log
    probability is that of a spike after this phrase. The sum over steps is the *relative
    complexity* of the train, in nats: a train is simple for the class whose phrases it has.

    The model "shared" has one dictionary for all channels of a class, with the phrases that pay for
    themselves. The model "each" has one for each channel, with all frequent phrases. It is better
    for spikes with a fixed latency.

    It is not part of ``experts="auto"``, because `History` and `Age` see the same phrases.

    Parameters
    ----------
    min_count : int, default=8
        How often a phrase must occur in the training trains of a class to be known, from 1 to 1e9.
        Raise it if there are few trains whose statistics do not change in time.

    See Also
    --------
    PopulationPhrases : Phrases of the number of spikes of all channels.
    History : Averages over phrases instead of taking the longest one.
    skspike.LZCClassifier : Classifies by relative complexity and the complexity of a train itself.
    skspike.SpikeTrainClassifier : Takes it in `experts`.

    Notes
    -----
    Lempel and Ziv [1]_ parse a text into phrases, each a known phrase and one more symbol. As a
    predictor [2]_, the tree of phrases codes a symbol by how often it followed the phrase before
    it. Three changes make it accurate for short trains. As in LZ-MS [3]_, phrases start at every
    step, instead of the end of the last phrase, and are used only if they are reliable: a phrase is
    *known* if it occurred `min_count` times. A spike that followed a phrase k times of n has the
    probability ``(k + 1/2) / (n + 1)`` of Krichevsky and Trofimov [4]_. In the model "shared", a
    known phrase also pays for itself: the code of Krichevsky and Trofimov for the n steps after it
    is shorter than the code by the next shorter known phrase. A dictionary is a sum of counts,
    which does not depend on the order of the trains.

    A phrase has up to 8 steps. If these have no spike, it is a run of 8 to 256 steps without a
    spike, rounded down to one of four lengths per doubling, and the spike or the start of the train
    before it. A train begins after 8 steps without a spike.

    References
    ----------
    .. [1] J. Ziv, A. Lempel, "Compression of individual sequences via variable-rate coding", IEEE
           Transactions on Information Theory 24 (1978) 530-536.
    .. [2] M. Feder, N. Merhav, M. Gutman, "Universal prediction of individual sequences", IEEE
           Transactions on Information Theory 38 (1992) 1258-1270.
    .. [3] M. Nisenson, I. Yariv, R. El-Yaniv, R. Meir, "Towards behaviometric security systems",
           PKDD 2003, 363-374.
    .. [4] R. Krichevsky, V. Trofimov, "The performance of universal encoding", IEEE Transactions on
           Information Theory 27 (1981) 199-207.

    Examples
    --------
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_gamma
    >>> X, y = make_gamma(200, random_state=0)
    >>> SpikeTrainClassifier("phrases").fit(X[::2], y[::2]).score(X[1::2], y[1::2])
    1.0
    """

    name = "phrases"
    is_default = False
    n_runs = N_RUNS

    def __init__(self, min_count: int = 8):
        self.min_count = min_count

    def check(self) -> None:
        """Raise if the smallest count is out of range."""
        self.min_count = check_number(
            self.min_count, "min_count", low=1, high=10**9, integer=True)

    @property
    def n_symbols(self) -> int:  # type: ignore[override]
        """Number of symbols: phrases, each without and with a spike after it."""
        return 2 * (N_PHRASES + 2 * self.n_runs)

    def memory(self, n_samples: int, n_channels: int) -> Array:
        """Return the state after 8 steps without a spike."""
        memory = np.zeros((n_samples, n_channels, 3), np.int64)
        memory[:, :, SILENCE] = N_STEPS
        return memory

    def symbols(self, raster: Array, memory: Array, n_symbols: int) -> Array:
        """Return the phrase before each step, and the spike, as a number."""
        symbols = np.empty(raster.shape, np.uint16)
        symbols_of_phrases(raster, memory, RUNS, symbols)
        return symbols

    def settings(self, counts: Arrays) -> Array | None:
        """Return None, because the dictionary of each channel has no prior."""
        return None

    def models(self, n_channels: int) -> tuple[str, ...]:
        """Return the names of the models: "shared" and "each"."""
        return "shared", "each"

    def tables(self, counts: Arrays, settings: Array | None = None) -> Arrays:
        """Return the log probabilities of symbols after the longest known phrase."""
        leaves = leaves_of(counts)
        _, p, _ = phrase_dictionary(leaves.sum(axis=1), self.min_count, pays=True)
        tables = {"shared": _table(p)[np.newaxis]}
        if "each" in self.models(leaves.shape[1]):
            _, p, _ = phrase_dictionary(leaves, self.min_count, pays=False)
            tables["each"] = np.ascontiguousarray(_table(p).swapaxes(0, 1))
        return tables


class PopulationPhrases(Phrases):
    """Code length of a raster in the Lempel-Ziv dictionary of each class, for all channels.

    A phrase before a spike consists of numbers of spikes, each 0, 1, 2 or more: that of the earlier
    channels in the same step, and those of all channels in the last three steps. Else it is like
    `Phrases`. It sees channels that fire together, and rates that all channels share.

    It is not part of ``experts="auto"``, because `Population` sees more.

    Parameters
    ----------
    min_count : int, default=8
        How often a phrase must occur in the training trains of a class to be known, from 1 to 1e9.

    See Also
    --------
    Phrases : Phrases of each channel.
    Population : The number of spikes of all channels over a longer time.
    skspike.SpikeTrainClassifier : Takes it in `experts`.

    Examples
    --------
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_sync
    >>> X, y = make_sync(400, random_state=0)
    >>> model = SpikeTrainClassifier("population_phrases").fit(X[::2], y[::2])
    >>> model.score(X[1::2], y[1::2])
    0.905
    """

    name = "population_phrases"
    n_runs = 0
    channels_at_once = False

    def models(self, n_channels: int) -> tuple[str, ...]:
        """Return the name of the model, or none for a single channel."""
        return ("shared",) if n_channels > 1 else ()

    def memory(self, n_samples: int, n_channels: int) -> Array:
        """Return the numbers of spikes in the last three steps, which are 0."""
        return np.zeros((n_samples, 1), np.int64)

    def symbols(self, raster: Array, memory: Array, n_symbols: int) -> Array:
        """Return the numbers of spikes before each spike, and the spike, as a number."""
        symbols = np.empty(raster.shape, np.uint16)
        symbols_of_population_phrases(raster, memory, symbols)
        return symbols
