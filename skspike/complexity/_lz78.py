"""Lempel-Ziv complexity of 1978, the number of words of the incremental parsing.

    word    shortest text after the previous word that is not yet a word. The last word may be
            incomplete.

Words are the nodes of a trie, numbered in order. The root, 0, is the empty text. No arc leads to
it, so that 0 also means that there is no arc.
"""

import numpy as np

from .._base import Array, kernel
from ._measure import WordMeasure
from ._symbols import EMPTY, KEY, as_series, slot_of, table_size

_TARGET = 1  # column of the hash table of arcs, after KEY


@kernel
def count_binary(trains):
    """Return the number of words of each row, a binary train."""
    n_trains, n_steps = trains.shape
    counts = np.empty(n_trains, np.int64)
    arcs = np.empty((n_steps + 1, 2), np.int32)
    for i in range(n_trains):
        arcs[0] = 0
        words = here = 0
        for t in range(n_steps):
            # follow the arc, or end the word with a new node
            target = np.int64(arcs[here, trains[i, t]])
            if target == 0:
                words += 1
                arcs[here, trains[i, t]] = words
                arcs[words] = 0
            here = target
        counts[i] = words + (here > 0)
    return counts


@kernel
def count_series(series, n_symbols):
    """Return the number of words of each row, a series of symbols from 0 to n_symbols - 1."""
    n_series, n_steps = series.shape
    counts = np.empty(n_series, np.int64)
    arcs = np.empty((table_size(n_steps), 2), np.int64)
    for i in range(n_series):
        arcs[:, KEY] = EMPTY
        words = here = 0
        for t in range(n_steps):
            key = here * n_symbols + np.int64(series[i, t])
            slot = slot_of(arcs, key)
            # follow the arc, or end the word with a new node
            if arcs[slot, KEY] == EMPTY:
                words += 1
                arcs[slot, KEY] = key
                arcs[slot, _TARGET] = words
                here = 0
            else:
                here = arcs[slot, _TARGET]
        counts[i] = words + (here > 0)
    return counts


class LZ78(WordMeasure):
    """Lempel-Ziv complexity of 1978, the words in the incremental parsing, ``measure="lz78"``.

    The train is cut into words from left to right. Each word is the shortest text that is not yet a
    word. The last word counts even if it is incomplete. ``1001111011000010`` is cut into
    ``1.0.01.11.10.110.00.010``, which is 8 words. Of several channels together, the spikes of a
    step are one symbol. Values are normalised as those of `LZ76`.

    See Also
    --------
    LZ76 : Compares with all previous text instead of words, and detects repetition earlier.
    skspike.LZCTransformer : Takes it as `measure`.

    Notes
    -----
    Compare trains of equal length only, because the normalised value is biased upwards, far more
    than that of `LZ76`: 1.6 at n = 5000 for fair coin flips, whose entropy rate is 1. The bias is
    larger with fewer spikes. Therefore "entropy" does not remove the effect of the rate: random
    spikes in 5 % of the steps give 2.3 at n = 5000. Use `LZ76` for this purpose. The time is
    proportional to the number of steps.

    References
    ----------
    Ziv, J. and Lempel, A. (1978). Compression of individual sequences via variable-rate coding.
    IEEE Transactions on Information Theory 24, 530-536.

    Examples
    --------
    >>> from skspike.complexity import LZ78
    >>> irregular = [1, 0, 0, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0]
    >>> regular = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    >>> LZ78().each([irregular, regular])
    array([8, 7])
    >>> int(LZ78().joint([irregular, regular]))
    10
    >>> LZ78.words("1001111011000010")
    ['1', '0', '01', '11', '10', '110', '00', '010']
    """

    name = "lz78"

    # hashes wrap around, and numpy warns about it if kernels are not compiled
    @np.errstate(over="ignore")
    def values(self, rasters: Array) -> Array:
        """Return the number of words of each raster."""
        series, n_symbols = as_series(rasters)
        return count_series(series, n_symbols) if rasters.shape[1] > 1 else count_binary(series)

    @staticmethod
    def words(text: str) -> list[str]:
        """List the words of a train in order, as an explanation of the count.

        Parameters
        ----------
        text : str
            A train, with one character per step, such as ``"".join(map(str, train))``.

        Returns
        -------
        words : list of str
            The words, which form the text if joined. The last one may be incomplete.
        """
        words, start = {}, 0  # a dict as an ordered set
        for stop in range(1, len(text) + 1):
            if text[start:stop] not in words:
                words[text[start:stop]] = None
                start = stop
        return [*words, text[start:]] if start < len(text) else list(words)
