"""Missing values of series."""

from typing import Any

import numpy as np

from .._checks import Ragged, check_input
from .._utils import Array


def check_filled(estimator: Any, X: Any, y: Any = "no_validation", **options: Any) -> Any:
    """Return checked input as `check_input` does, with missing values interpolated."""
    found = check_input(estimator, X, y, ensure_all_finite="allow-nan", **options)
    X, *target = found if isinstance(found, tuple) else (found,)
    name = type(estimator).__name__
    if isinstance(X, Ragged):
        filled = [
            _interpolated(series[np.newaxis], name, sample)[0] for sample, series in enumerate(X)]
        X = X.with_values(np.concatenate(filled, axis=1)[np.newaxis])
    else:
        X = _interpolated(X, name)
    return (X, *target) if target else X


def _interpolated(X: Array, name: str, first: int = 0) -> Array:
    """Return series with missing values replaced by linear interpolation in time.

    `first` is the number of the first series, for messages.
    """
    missing = np.isnan(X) if X.dtype.kind == "f" else np.zeros(X.shape, bool)
    if not missing.any():
        return X
    if X.ndim == 2:
        raise ValueError(
            f"{name} interpolates missing values of series only (3-D input), got features with nan."
            " Put a SimpleImputer before it.")
    empty = np.argwhere(missing.all(axis=2))
    if len(empty):
        sample, channel = empty[0]
        raise ValueError(
            f"{name} needs at least one value in each series. All values of sample "
            f"{first + sample}, channel {channel} are missing.")
    X, steps = X.copy(), np.arange(X.shape[2])
    for sample, channel in np.argwhere(missing.any(axis=2)):
        series, gaps = X[sample, channel], missing[sample, channel]
        series[gaps] = np.interp(steps[gaps], steps[~gaps], series[~gaps])
    return X
