"""Helpers for features of rasters: checks of input, windows in time, and feature names.

    window k of n_windows    steps n_steps k // n_windows to n_steps (k + 1) // n_windows - 1
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import OneToOneFeatureMixin

from .._base import (
    SIZE_LIMITS, Array, Ragged, check_input, check_is_fitted, check_jobs, check_number,
    check_raster, consistent, map_rows, part_bounds)

GROUP_SIZE = 2**17  # numbers of series that are binarised at a time, so that they fit in the cache


def counts(raster, n_windows):
    """Return the spike counts of each window, (n_samples, n_channels, n_windows)."""
    starts = part_bounds(raster.shape[-1], n_windows)[:-1]
    return np.add.reduceat(raster, starts, axis=-1, dtype=np.int32)


def shortest_length(X):
    """Return the length of the shortest sample."""
    return int(X.lengths.min()) if isinstance(X, Ragged) else X.shape[-1]


def check_windows(n_windows, X):
    """Return the number of windows, or raise if there are more windows than steps."""
    n_windows, n_steps = check_number(n_windows, "n_windows", **SIZE_LIMITS), shortest_length(X)
    if n_windows > n_steps:
        steps = f"n_features={n_steps} steps (2-D input)" if X.ndim == 2 else f"{n_steps} steps"
        raise ValueError(
            f"n_windows={n_windows} is too many for series of {steps}: use {n_steps} or fewer, "
            "so that each window has a step.")
    return n_windows


def as_raster(X, name, n_jobs=None):
    """Return X as a raster, with one channel for each row of 2-D input."""
    if isinstance(X, Ragged):
        series = [_binarize(sample)[0] for sample in X] if X.flat else None
        values = check_raster(X.values, name) if series is None else np.concatenate(series)
        return X.with_values(values.reshape(X.values.shape))
    if X.ndim == 3:
        return check_raster(X, name)
    return map_rows(
        lambda rows: _binarize(X[rows])[:, np.newaxis], len(X), GROUP_SIZE // X.shape[1], n_jobs)


def _binarize(X):
    """Return uint8 rows that are 1 where a row is above its median.

    If the median of a row is its maximum, values equal to the median are 1 too, unless the row is
    all zeros. Rows of 0 and 1 therefore do not change.
    """
    X = X.astype(float) if X.dtype == np.float32 else X  # in which the sum of two may overflow
    median = np.median(X, axis=1, keepdims=True)
    at_top = (median == X.max(axis=1, keepdims=True)) & X.any(axis=1, keepdims=True)
    return ((X > median) | (at_top & (X == median))).astype(np.uint8)


def series_of(fitted, X):
    """Return X if it has the channels and steps on which the estimator was fitted."""
    check_is_fitted(fitted)
    X = check_input(fitted, X, reset=False)
    if fitted.n_steps_in_ is not None and (
            isinstance(X, Ragged) or X.shape[-1] != fitted.n_steps_in_):
        found = "other lengths" if isinstance(X, Ragged) else X.shape[-1]
        raise ValueError(
            f"{type(fitted).__name__} was fitted on series of {fitted.n_steps_in_} steps and got "
            f"{found}. Features depend on the length: cut or pad all series to equal length, or "
            "fit on samples of unequal length.")
    return X


def raster_of(fitted, X, n_jobs=None):
    """Return the raster of X if it has the channels and steps on which the estimator was fitted."""
    X = series_of(fitted, X)
    check_windows(fitted.n_windows_, X)
    return as_raster(X, type(fitted).__name__, check_jobs(n_jobs))


def window_names(names, n_windows):
    """Return ``<name>_w0``, ``<name>_w1``, ..., or ``<name>`` if there is one window."""
    return list(names) if n_windows == 1 else [
        f"{name}_w{window}" for name in names for window in range(n_windows)]


class RasterFeaturesMixin(OneToOneFeatureMixin):
    """Names of features that are computed from channels.

    The estimator defines ``_feature_names``, which turns the names of channels into names of
    features.
    """

    _feature_names: Callable[..., list[str]]

    @consistent
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> Array:
        """Return the names of the features, which contain the names of the channels.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,), default=None
            Names of the channels. None: ``x0``, ``x1``, ... Checked, but not used for 2-D input.

        Returns
        -------
        names : ndarray of str objects
            Names of the columns of the output of `transform`.
        """
        names = super().get_feature_names_out(input_features)
        return np.asarray(self._feature_names(names), dtype=object)
