"""What a complexity measure is: two ways to count words, and what the count is divided by."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator

from .._validation import check_raster
from ._symbols import column_symbols


class Measure(ABC, BaseEstimator):
    """A complexity measure: the number of words that a parsing rule cuts a series into.

    A subclass is one parsing rule. It has a `name` and the two static methods, and becomes known by being exported from
    ``skspike.complexity``. `each` and `joint` take any leading shape and any 0/1 dtype, so the static methods need not.
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

    def each(self, x, normalize=False):
        """Return the complexity of every train: x of shape (..., n_steps) gives an array of shape (...)."""
        x = _spikes(x, self.name, 1)
        counts = self.count_trains(_rows(x, 1))
        return _shaped(_normalized(counts, x.shape[-1]) if normalize else counts, x.shape[:-1])

    def joint(self, x, normalize=False):
        """Return the complexity of all channels together: x of shape (..., n_channels, n_steps) gives an array of shape (...)."""
        x = _spikes(x, f"{self.name}_joint", 2)
        n_channels, n_steps = x.shape[-2:]
        counts = self.count_symbols(column_symbols(_rows(x, 2)))
        return _shaped(_normalized(counts, n_steps, n_channels) if normalize else counts, x.shape[:-2])


def _spikes(x, name, n_axes):
    """Return x as C-contiguous uint8 of 0 and 1 with at least `n_axes` axes, the last of which are not empty."""
    x = np.asarray(x)
    if x.ndim < n_axes or 0 in x.shape[x.ndim - n_axes :]:
        axes = ("n_channels, " if n_axes == 2 else "") + "n_steps"
        raise ValueError(f"{name} expects an array of shape (..., {axes}) with at least one entry on each of these axes, got shape {x.shape}.")
    return check_raster(x, name)


def _rows(x, n_axes):
    """Merge the leading axes. The view is read-only whatever x is, since to numba that is part of the type."""
    rows = x.reshape(int(np.prod(x.shape[: x.ndim - n_axes])), *x.shape[x.ndim - n_axes :])
    rows.flags.writeable = False
    return rows


def _shaped(values, shape):
    """Give the leading axes back; a single series gives a scalar."""
    return values.reshape(shape)[()]


def _normalized(counts, n_steps, n_channels=1):
    """Return c log2(n) / (C n). A single step has log2(1) = 0, which would hide its word: it counts as one bit."""
    return counts * (max(np.log2(n_steps), 1.0) / (n_channels * n_steps))
