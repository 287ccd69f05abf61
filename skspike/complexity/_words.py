"""Base class of the measures that count the words of a parsing rule."""

import math
from abc import abstractmethod

import numpy as np

from .._utils import Array
from ._base import ENTROPY, OF_SYMBOLS, Measure
from ._symbols import symbols


class WordMeasure(Measure):
    """Base class of the measures that count words.

    A subclass is one parsing rule and defines the three static methods. ``normalize=True`` turns
    the number of words c into c log2(n) / (C n) for n steps and C channels, in bits per step and
    channel. For a single step, log2(n) is replaced by 1, so that the value is not 0.

    See Also
    --------
    LZ76 : Each word is a text that did not occur before.
    LZ78 : Each word is a text that is not yet a word.
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
    unchanged_by = OF_SYMBOLS

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
            Number of words of each train.
        """

    @staticmethod
    @abstractmethod
    def count_symbols(symbols: Array) -> Array:
        """Count the words of series over a larger alphabet.

        Parameters
        ----------
        symbols : ndarray of shape (n_series, n_steps), C-contiguous int32
            Series of symbols, which are numbered from 0 without gaps in each series.

        Returns
        -------
        counts : ndarray of shape (n_series,), int64
            Number of words of each series.
        """

    @staticmethod
    @abstractmethod
    def words(text: str) -> list[str]:
        """List the words of a single series, as an explanation of the counts.

        Parameters
        ----------
        text : str
            The series, with one character per symbol.

        Returns
        -------
        words : list of str
            The words in order, which form the text if joined. Their number is the count.
        """

    # hashes wrap around, and numpy warns about it if kernels are not compiled
    @np.errstate(over="ignore")
    def values(self, rasters: Array) -> Array:
        """Return the number of words of each raster."""
        if rasters.shape[1] == 1:
            return self.count_trains(rasters[:, 0])
        return self.count_symbols(symbols(rasters))

    def scale(self, n_channels: int, n_steps: int) -> float:
        """Return log2(n) / (C n)."""
        return max(math.log2(n_steps), 1.0) / n_steps / n_channels
