"""Lempel-Ziv complexity of 1976: the number of words of the exhaustive history.

    word     the shortest text from where the last word ended that cannot be read from an earlier
    step on
             (the earlier reading may run into the word itself); the last word may be unfinished
"""

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_spikes
from .._utils import Array, Normalize, Numbers
from ._base import as_text
from ._lz76_kernels import IN_REGISTERS, count_series, count_short, count_trains
from ._words import WordMeasure


class LZ76(WordMeasure):
    """Lempel-Ziv complexity of 1976 as a measure: what ``measure="lz76"`` stands for; see `lz76` for the definition.

    See Also
    --------
    lz76 : The number alone, as a function.
    LZ78 : The later parsing.
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
    # bit tricks wrap around, which numba does silently and numpy without numba does not
    @np.errstate(over="ignore")
    def count_trains(trains: Array) -> Array:
        """Count the words of binary trains."""
        return count_short(trains) if trains.shape[1] <= IN_REGISTERS else count_trains(trains)

    @staticmethod
    @np.errstate(over="ignore")
    def count_symbols(symbols: Array) -> Array:
        """Count the words of series over a larger alphabet."""
        n_symbols = int(symbols.max(initial=0)) + 1
        return count_series(symbols, n_symbols)

    @staticmethod
    def words(text: str) -> list[str]:
        """List the words of a text."""
        words, start = [], 0
        while start < len(text):
            stop = start + 1
            place = 0  # longer text cannot be found before where shorter text was
            while stop < len(text) and (place := text.find(text[start:stop], place, stop - 1)) >= 0:
                stop += 1
            words.append(text[start:stop])
            start = stop
        return words


def lz76(x: ArrayLike, normalize: Normalize = False) -> Numbers:
    """Count the words of each spike train's exhaustive history (Lempel and Ziv 1976).

    The train is cut into words from left to right. Each word is the shortest text that cannot be
    read from any earlier step on, where the earlier reading may overlap the word; the last word
    counts even if it is unfinished. ``0001101001000101`` is cut into ``0.001.10.100.1000.101``,
    which is 6 words.

    Parameters
    ----------
    x : array-like of shape (..., n_steps)
        Trains of 0 and 1 of any dtype; the last axis is time.
    normalize : bool or "entropy", default=False
        True: return c log2(n) / n instead of the count c, where n is the number of steps. It tends
        to the entropy rate in bits a step of a stationary ergodic source as n grows. "entropy":
        divide that by the entropy H(p) = -p log2(p) - (1-p) log2(1-p) of the train's own rate p,
        its spike count over n. That is what it tends to for spikes at random steps, the most that a
        train of this rate can have; so the result tends to 1 for them whatever their rate. It is 0
        where H is, with a spike in no or every step.

    Returns
    -------
    complexity : ndarray of shape (...), or a scalar for a single train
        Counts as int64, or normalised as float64.

    Raises
    ------
    TypeError
        If `x` is no array of real numbers, nor sequences of them: a mapping, a set, dates, complex
        numbers.
    ValueError
        If a value is neither 0 nor 1, there are no steps, or `normalize` is unknown.

    See Also
    --------
    lz76_words : The words themselves.
    lz78 : The later parsing, which compares with words only.

    Notes
    -----
    Compare trains of equal length only: the normalised value is biased upwards at small n (1.12 at
    n = 256 for a fair coin, whose entropy rate is 1). It also follows the spike count, so that a
    difference in rate alone gives a difference in complexity. For a single step, log2(n) is taken
    as 1, so that its one word gives 1 and not 0. "entropy" removes most of the difference that a
    rate alone gives, if the spikes are not too few: random spikes in 5 % of the steps give 0.96 at
    n = 5000, where a fair coin gives 1.03, and 1.09 at n = 500, where those in 1 % of the steps
    give 1.6.

    Trains of up to 128 steps are matched in two registers, longer ones by looking up where each
    word's first steps were read before, and those for which that would take too long by a suffix
    automaton: time grows at most linearly with the steps.

    References
    ----------
    Lempel, A. and Ziv, J. (1976). On the complexity of finite sequences. IEEE Transactions on
    Information Theory 22, 75-81.

    Kaspar, F. and Schuster, H. G. (1987). Easily calculable measure for the complexity of
    spatiotemporal patterns. Physical Review A 36, 842-848.

    Examples
    --------
    >>> from skspike.complexity import lz76
    >>> lz76([[0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1], [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]])
    array([6, 3])
    """
    return LZ76().each(x, normalize)


def lz76_joint(x: ArrayLike, normalize: Normalize = False) -> Numbers:
    """Count the words of several channels together: each time step's column of spikes is one symbol.

    Parameters
    ----------
    x : array-like of shape (..., n_channels, n_steps)
        Rasters of 0 and 1 of any dtype.
    normalize : bool or "entropy", default=False
        True: return c log2(n) / (C n) instead of the count c, where n is the number of steps and C
        of channels. "entropy": divide by the mean over channels of the entropy of each channel's
        own rate; 0 where every channel has a spike in no or every step.

    Returns
    -------
    complexity : ndarray of shape (...), or a scalar for a single raster
        Counts as int64, or normalised as float64.

    Raises
    ------
    TypeError
        If `x` is no array of real numbers, nor sequences of them: a mapping, a set, dates, complex
        numbers.
    ValueError
        If a value is neither 0 nor 1, there are no channels or steps, or `normalize` is unknown.

    See Also
    --------
    lz76 : Each channel by itself.
    column_symbols : The symbols.

    Notes
    -----
    With many channels nearly every column is unique. Then nearly every step is a word, and the
    count says nothing any more.

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
        The words; joined they are the train. The last may be unfinished.

    See Also
    --------
    lz76 : Their number, fast.

    Examples
    --------
    >>> from skspike.complexity import lz76_words
    >>> lz76_words([0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1])
    ['0', '001', '10', '100', '1000', '101']
    """
    return LZ76.words(as_text(x, "lz76_words"))
