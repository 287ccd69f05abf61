"""What measures of words share: a parsing rule cuts a series into words, and their number c is the complexity.

    each     c log2(n) / n
    joint    the same over the alphabet of the columns of C channels, c log2(n) / (C n)
"""

import math
from abc import abstractmethod

from .._utils import Array
from ._base import ENTROPY, Measure
from ._symbols import symbols


class WordMeasure(Measure):
    """Base of the measures that count words: a subclass is one parsing rule, with the three static methods.

    With ``normalize=True`` the number of words c becomes c log2(n) / (C n) for n steps and C
    channels, in bits per step and channel. A single step has log2(1) = 0, which would hide its
    word: there log2(n) is taken as 1.

    See Also
    --------
    LZ76 : Words that are not in what came before.
    LZ78 : Words that are no words yet.
    Measure : Base of all measures.

    Examples
    --------
    Runs of equal symbols as words:

    >>> import itertools
    >>> import numpy as np
    >>> from skspike.complexity import WordMeasure
    >>> class Runs(WordMeasure):
    ...     name = "runs"
    ...     @staticmethod
    ...     def count_trains(trains):
    ...         return 1 + (trains[:, 1:] != trains[:, :-1]).sum(axis=1)
    ...     count_symbols = count_trains
    ...     @staticmethod
    ...     def words(text):
    ...         return ["".join(run) for _, run in itertools.groupby(text)]
    >>> int(Runs().each([0, 0, 1, 1, 1, 0])), Runs.words("001110")
    (3, ['00', '111', '0'])
    """

    units = {True: "bits per step", False: "words", ENTROPY: "share of the entropy"}
    min_steps = 3
    limits = {False: (1, math.inf), True: (0, 3)}

    @staticmethod
    @abstractmethod
    def count_trains(trains: Array) -> Array:
        """Count the words of binary trains.

        Parameters
        ----------
        trains : ndarray of shape (n_trains, n_steps), C-contiguous read-only uint8
            Trains of 0 and 1.

        Returns
        -------
        counts : ndarray of shape (n_trains,), int64
            Words of each train.
        """

    @staticmethod
    @abstractmethod
    def count_symbols(symbols: Array) -> Array:
        """Count the words of series over a larger alphabet.

        Parameters
        ----------
        symbols : ndarray of shape (n_series, n_steps), C-contiguous int32
            Series of symbols, numbered from 0 without gaps in each series.

        Returns
        -------
        counts : ndarray of shape (n_series,), int64
            Words of each series.
        """

    @staticmethod
    @abstractmethod
    def words(text: str) -> list[str]:
        """List the words of a single series, for explanation: clear rather than fast.

        Parameters
        ----------
        text : str
            The series, one character a symbol.

        Returns
        -------
        words : list of str
            The words in order, as many as are counted; joined they are the text.
        """

    def values(self, rasters: Array) -> Array:
        """Return the number of words of each raster; see `Measure.values`."""
        return self.count_trains(rasters[:, 0]) if rasters.shape[1] == 1 else self.count_symbols(
            symbols(rasters))

    def scale(self, n_channels: int, n_steps: int) -> float:
        """Return log2(n) / (C n)."""
        return max(math.log2(n_steps), 1.0) / n_steps / n_channels
