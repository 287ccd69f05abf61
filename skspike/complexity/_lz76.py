"""Lempel-Ziv complexity of 1976, the number of words of the exhaustive history.

    word    shortest text after the previous word that does not also start at an earlier step. The
            earlier occurrence may overlap the word. The last word may be incomplete.
"""

import numpy as np

from .._base import Array
from ._lz76_kernels import IN_REGISTERS, count_series, count_short, count_trains
from ._measure import WordMeasure
from ._symbols import as_series


class LZ76(WordMeasure):
    """Lempel-Ziv complexity, the words in the exhaustive history of a train, ``measure="lz76"``.

    The train is cut into words from left to right. Each word is the shortest text that does not
    also start at an earlier step. The earlier occurrence may overlap the word, and the last word
    counts even if it is incomplete. ``0001101001000101`` is cut into ``0.001.10.100.1000.101``,
    which is 6 words. Of several channels together, the spikes of a step are one symbol.

    ``normalize=True`` gives c log2(n) / (C n) for c words, n steps and C channels, which converges
    to the entropy rate in bits per step and channel for a stationary ergodic source. "entropy"
    divides it by the mean over channels of the entropy H(p) = -p log2(p) - (1-p) log2(1-p) of the
    firing rate p, the spike count divided by n. For a single train it converges to 1, the maximum,
    for independent random spikes of any rate. Trains with no spike or a spike in every step get 0.

    See Also
    --------
    LZ78 : The parsing of 1978, which compares with previous words only.
    skspike.LZCTransformer : Takes it as `measure`.

    Notes
    -----
    Compare trains of equal length only, because the normalised value is biased upwards at small n:
    1.12 at n = 256 for fair coin flips, whose entropy rate is 1. It also depends on the spike
    count, so that trains with different firing rates have different complexity. "entropy" removes
    most of the effect of the rate, unless there are few spikes. Random spikes in 5 % of the steps
    give 0.96 at n = 5000 (fair coin flips: 1.03) and 1.09 at n = 500 (random spikes in 1 % of the
    steps: 1.6). For a single step, log2(n) is replaced by 1, so that its one word gives 1.

    With many channels together, nearly all symbols are unique. Then nearly every step is a word,
    and the count is not informative.

    Trains of up to 128 steps are matched in two registers. In longer ones, the first steps of each
    word are looked up in a table. If this takes too long, the words are counted by a suffix
    automaton, so that time grows at most linearly with the steps.

    References
    ----------
    Lempel, A. and Ziv, J. (1976). On the complexity of finite sequences. IEEE Transactions on
    Information Theory 22, 75-81.

    Kaspar, F. and Schuster, H. G. (1987). Easily calculable measure for the complexity of
    spatiotemporal patterns. Physical Review A 36, 842-848.

    Examples
    --------
    >>> from skspike.complexity import LZ76
    >>> irregular = [0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1]
    >>> regular = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    >>> LZ76().each([irregular, regular])
    array([6, 3])
    >>> int(LZ76().joint([irregular, regular]))
    7
    >>> LZ76.words("0001101001000101")
    ['0', '001', '10', '100', '1000', '101']
    """

    name = "lz76"

    # hashes wrap around, and numpy warns about it if kernels are not compiled
    @np.errstate(over="ignore")
    def values(self, rasters: Array) -> Array:
        """Return the number of words of each raster."""
        series, n_symbols = as_series(rasters)
        if rasters.shape[1] > 1:
            return count_series(series, n_symbols)
        return count_short(series) if series.shape[1] <= IN_REGISTERS else count_trains(series)

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
        words, start = [], 0
        while start < len(text):
            stop = start + 1
            place = 0  # a longer text cannot occur before its prefix
            while stop < len(text) and (place := text.find(text[start:stop], place, stop - 1)) >= 0:
                stop += 1
            words.append(text[start:stop])
            start = stop
        return words
