"""What the estimators share that make numbers of rasters: rows of 2-D input as trains, windows of time, and names of features.

    window k of n_windows    steps from n_steps k // n_windows up to n_steps (k + 1) // n_windows
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .._checks import SIZE, check_input, check_number, check_raster
from .._utils import Array, consistent, part_bounds


def counts(raster, n_windows):
    """Return the spikes in each window, (n_samples, n_channels, n_windows)."""
    starts = part_bounds(raster.shape[-1], n_windows)[:-1]
    return np.add.reduceat(raster, starts, axis=-1, dtype=np.int32)


def check_windows(n_windows, shape):
    """Return a number of windows; raise unless each has one step at least in input of this shape."""
    n_windows = check_number(n_windows, "n_windows", **SIZE)
    if n_windows > shape[-1]:
        length = f"n_features={shape[1]} steps (2-D input)" if len(
            shape) == 2 else f"{shape[2]} steps"
        raise ValueError(
            f"n_windows={n_windows} is too many for series of {length}: take {shape[-1]} or fewer, "
            "for none may be empty.")
    return n_windows


def as_raster(X, name):
    """Return X as a raster; each row of 2-D input becomes a sample of one channel."""
    return check_raster(X, name) if X.ndim == 3 else _binarize(X)[:, np.newaxis]


def _binarize(X):
    """Return where each row is above its median, as uint8.

    A median that is the row's maximum counts as above, or such rows would be empty. So a 0/1 row
    stays as it is; the row of zeros, whose maximum is its median too, does so by exception.
    """
    if X.dtype.kind == "f":  # the sum of two of the largest floats overflows
        X = np.where(np.abs(X).max(axis=1, keepdims=True) > np.finfo(X.dtype).max / 2, X / 2, X)
    middle = np.median(X, axis=1, keepdims=True)
    at_top = (middle == X.max(axis=1, keepdims=True)) & X.any(axis=1, keepdims=True)
    return ((X > middle) | (at_top & (X == middle))).astype(np.uint8)


def series_of(fitted, X):
    """Check X against what an estimator was fitted on, the length among it."""
    check_is_fitted(fitted)
    X = check_input(fitted, X, reset=False)
    if X.shape[-1] != fitted.n_steps_in_:
        raise ValueError(
            f"{type(fitted).__name__} was fitted on series of {fitted.n_steps_in_} steps and got "
            f"{X.shape[-1]}: "
            "what it computes depends on the length. Cut or pad all series to the same length.")
    return X


def raster_of(fitted, X):
    """Check X against what an estimator was fitted on, and return the raster."""
    return as_raster(series_of(fitted, X), type(fitted).__name__)


def window_names(names, n_windows):
    """Return the names of features that are there once for each window, ``<name>_w0``, ``<name>_w1``, ...; one window has no number."""
    return list(names) if n_windows == 1 else [
        f"{name}_w{k}" for name in names for k in range(n_windows)]


class RasterFeaturesMixin:
    """Names of what is computed of the channels; an estimator has ``_feature_names``, which makes them of those of the channels."""

    n_features_in_: int
    _feature_names: Callable[..., list[str]]

    @consistent
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> Array:
        """Name the features by what they are and their channel.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,), default=None
            Names of the channels, ``x0``, ``x1``, ... if None. For 2-D input they are only checked.

        Returns
        -------
        names : ndarray of str objects
            Names of the columns that `transform` returns.
        """
        check_is_fitted(self)
        n = self.n_features_in_
        names = np.asarray(
            [f"x{i}" for i in range(n)] if input_features is None else input_features, dtype=object)
        if input_features is not None and hasattr(self, "feature_names_in_") and not np.array_equal(
                names, self.feature_names_in_):
            raise ValueError("input_features is not equal to feature_names_in_")
        if names.shape != (n,):
            raise ValueError(
                f"input_features should have length equal to number of features ({n}), got "
                f"{names.size}")
        return np.asarray(self._feature_names(names), dtype=object)
