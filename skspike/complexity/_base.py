"""What a complexity measure is: ways to count and to list words, and what the count is divided by."""

import math
from abc import ABC, abstractmethod

import numpy as np
from scipy.special import entr
from sklearn.base import BaseEstimator

from .._arrays import as_numbers
from .._validation import check_option, check_raster
from ._symbols import column_symbols

NORMALIZATIONS = (True, False, "entropy")


class Measure(ABC, BaseEstimator):
    """A complexity measure: the number of words that a parsing rule cuts a series into.

    A subclass is one parsing rule. It has a `name` and the three static methods, and becomes known by being exported from
    ``skspike.complexity``. `each` and `joint` handle leading axes and normalisation, so the static methods need not.
    """

    name = None

    @staticmethod
    @abstractmethod
    def count_trains(trains):
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
    def count_symbols(symbols):
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
    def words(text):
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

    def each(self, raster, normalize=False):
        """Return the complexity of every train of a checked raster: (..., n_steps) gives (...)."""
        counts = self.count_trains(_rows(raster, 1)).reshape(raster.shape[:-1])
        return _scaled(counts, raster[..., np.newaxis, :], normalize)

    def joint(self, raster, normalize=False):
        """Return the complexity of all channels of a checked raster together: (..., n_channels, n_steps) gives (...)."""
        counts = self.count_symbols(column_symbols(_rows(raster, 2))).reshape(raster.shape[:-2])
        return _scaled(counts, raster, normalize)


def as_spikes(x, name, *axes):
    """Return x as C-contiguous uint8 of 0 and 1 whose last axes are the named ones, none of them empty."""
    x = as_numbers(x, name)
    if x.ndim < len(axes) or 0 in x.shape[x.ndim - len(axes) :]:
        wanted = f"(..., {', '.join(axes)}) with at least one entry on each of these axes"
        raise ValueError(f"{name} expects an array of shape {wanted}, got shape {x.shape}.")
    return check_raster(x, name)


def as_text(x, name):
    """Return a single train (n_steps,) as text."""
    train = as_spikes(x, name, "n_steps")
    if train.ndim > 1:
        raise ValueError(f"{name} expects a single train (n_steps,), got an array of shape {train.shape}; take one, as in x[0].")
    return (train + ord("0")).tobytes().decode()


def _rows(x, n_axes):
    """Merge the leading axes. The view is read-only whatever x is, since to numba that is part of the type."""
    lead = x.ndim - n_axes
    rows = x.reshape(math.prod(x.shape[:lead]), *x.shape[lead:])
    rows.flags.writeable = False
    return rows


def _scaled(counts, raster, normalize):
    """Return counts c, or c log2(n) / b for rasters (..., n_channels, n_steps) of b bits at most: C n, or n times the entropies' sum.

    A single step has log2(1) = 0, which would hide its word: there log2(n) is taken as 1.
    """
    check_option(normalize, "normalize", NORMALIZATIONS)
    if not normalize:
        return counts[()]
    n_channels, n_steps = raster.shape[-2:]
    scale = max(math.log2(n_steps), 1.0) / n_steps
    if normalize != "entropy":
        return counts[()] * (scale / n_channels)
    entropy = np.asarray(_entropy(raster.mean(axis=-1)).sum(axis=-1))
    return np.divide(counts * scale, entropy, out=np.zeros(counts.shape), where=entropy > 0)[()]


def _entropy(p):
    """Return the entropy H(p) of a coin in bits, exactly 0 at p = 0 and 1."""
    return (entr(p) + entr(1 - p)) / math.log(2)
