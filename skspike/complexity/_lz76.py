"""Lempel-Ziv complexity of 1976, the number of words of the exhaustive history.

    word    shortest text after the previous word that does not also start at an earlier step. The
            earlier occurrence may overlap the word. The last word may be incomplete.
"""

from numpy.typing import ArrayLike

from .._checks import as_spikes
from .._utils import Array, Normalize, Numbers
from ._base import as_text
from ._lz76_kernels import IN_REGISTERS, count_series, count_short, count_trains
from ._words import WordMeasure


class LZ76(WordMeasure):
    """Lempel-Ziv complexity of 1976, ``measure="lz76"``, as defined in `lz76`.

    See Also
    --------
    lz76 : The complexity as a function.
    LZ78 : The parsing of 1978.
    skspike.LZCTransformer : Takes it as `measure`.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.complexity import LZ76
    >>> raster = np.array([[0, 0, 0, 1, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1, 0, 1]], dtype=np.uint8)
    >>> LZ76().each(raster)
    array([4, 3])
    >>> int(LZ76().joint(raster))
    6
    """

    name = "lz76"

    @staticmethod
    def count_trains(trains: Array) -> Array:
        """Count the words of binary trains."""
        return count_short(trains) if trains.shape[1] <= IN_REGISTERS else count_trains(trains)

    @staticmethod
    def count_symbols(symbols: Array) -> Array:
        """Count the words of series over a larger alphabet."""
        return count_series(symbols, int(symbols.max(initial=0)) + 1)

    @staticmethod
    def words(text: str) -> list[str]:
        """List the words of a text."""
        words, start = [], 0
        while start < len(text):
            stop = start + 1
            place = 0  # a longer text cannot occur before its prefix
            while stop < len(text) and (place := text.find(text[start:stop], place, stop - 1)) >= 0:
                stop += 1
            words.append(text[start:stop])
            start = stop
        return words


def lz76(x: ArrayLike, normalize: Normalize = False) -> Numbers:
    """Count the words in the exhaustive history of each spike train (Lempel and Ziv 1976).

    The train is cut into words from left to right. Each word is the shortest text that does not
    also start at an earlier step. The earlier occurrence may overlap the word, and the last word
    counts even if it is incomplete. ``0001101001000101`` is cut into ``0.001.10.100.1000.101``,
    which is 6 words.

    Parameters
    ----------
    x : array-like of shape (..., n_steps)
        Trains of 0 and 1 of any dtype. The last axis is time.
    normalize : bool or "entropy", default=False
        False: the count c. True: c log2(n) / n for n steps, which converges to the entropy rate in
        bits per step for a stationary ergodic source. "entropy": c log2(n) / n divided by the
        entropy H(p) = -p log2(p) - (1-p) log2(1-p) of the firing rate p, the spike count divided by
        n. It converges to 1, the maximum, for independent random spikes of any rate. Trains with no
        spike or a spike in every step get 0.

    Returns
    -------
    complexity : ndarray of shape (...), or a scalar for a single train
        Counts as int64, or normalised values as float64.

    Raises
    ------
    TypeError
        If `x` is not an array or a sequence of real numbers.
    ValueError
        If a value is neither 0 nor 1, there are no steps, or `normalize` is unknown.

    See Also
    --------
    lz76_words : The words.
    lz78 : The parsing of 1978, which compares with previous words only.

    Notes
    -----
    Compare trains of equal length only, because the normalised value is biased upwards at small n:
    1.12 at n = 256 for fair coin flips, whose entropy rate is 1. It also depends on the spike
    count, so that trains with different firing rates have different complexity. "entropy" removes
    most of the effect of the rate, unless there are few spikes. Random spikes in 5 % of the steps
    give 0.96 at n = 5000 (fair coin flips: 1.03) and 1.09 at n = 500 (random spikes in 1 % of the
    steps: 1.6). For a single step, log2(n) is replaced by 1, so that its one word gives 1.

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
    >>> from skspike.complexity import lz76
    >>> irregular = [0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1]
    >>> regular = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    >>> lz76([irregular, regular])
    array([6, 3])
    """
    return LZ76().each(x, normalize)


def lz76_joint(x: ArrayLike, normalize: Normalize = False) -> Numbers:
    """Count the LZ76 words of all channels together, with the spikes of a step as one symbol.

    Parameters
    ----------
    x : array-like of shape (..., n_channels, n_steps)
        Rasters of 0 and 1 of any dtype.
    normalize : bool or "entropy", default=False
        False: the count c. True: c log2(n) / (C n) for n steps and C channels. "entropy": c log2(n)
        / (C n) divided by the mean over channels of the entropy of the firing rate, or 0 if all
        channels have no spike or a spike in every step.

    Returns
    -------
    complexity : ndarray of shape (...), or a scalar for a single raster
        Counts as int64, or normalised values as float64.

    Raises
    ------
    TypeError
        If `x` is not an array or a sequence of real numbers.
    ValueError
        If a value is neither 0 nor 1, there are no channels or steps, or `normalize` is unknown.

    See Also
    --------
    lz76 : The complexity of each channel.
    column_symbols : The symbols.

    Notes
    -----
    With many channels, nearly all symbols are unique. Then nearly every step is a word, and the
    count is not informative.

    References
    ----------
    Lempel, A. and Ziv, J. (1976). On the complexity of finite sequences. IEEE Transactions on
    Information Theory 22, 75-81.

    Examples
    --------
    >>> from skspike.complexity import lz76_joint
    >>> int(lz76_joint([[0, 1, 0, 1, 0, 1], [0, 0, 1, 0, 0, 1]]))
    5
    """
    return LZ76().joint(as_spikes(x, "lz76_joint", "n_channels", "n_steps"), normalize)


def lz76_words(x: ArrayLike) -> list[str]:
    """List the words that `lz76` counts in one train, in order.

    Parameters
    ----------
    x : array-like of shape (n_steps,)
        One train of 0 and 1.

    Returns
    -------
    words : list of str
        The words, which form the train if joined. The last one may be incomplete.

    See Also
    --------
    lz76 : The number of words, faster.

    Examples
    --------
    >>> from skspike.complexity import lz76_words
    >>> lz76_words([0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1])
    ['0', '001', '10', '100', '1000', '101']
    """
    return LZ76.words(as_text(x, "lz76_words"))
