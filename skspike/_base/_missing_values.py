"""Missing values (NaN) of series and features, which all estimators fill in the same way.

    hold           the latest value of the channel, which streams and exported code know
    interpolate    a line between the values before and after a gap

A channel without a value takes its mean in `fit`: in "hold" before its first value, and in both if
it has no value at all. A table is a set of series of one step, so a missing feature takes its mean.
"""

from typing import Any

import numpy as np

from ._arrays import PAGE, Ragged, entries, to_bits
from ._fitted_arrays import FittedArray, check_arrays
from ._numbers import check_option
from ._sample_weights import scaled, weighted
from ._typing import Array


class FillsMissing:
    """Base of the estimators that can fill missing values before they use their input.

    Parameters
    ----------
    missing : {"hold", "interpolate"} or None, default=None
        Treatment of missing values (NaN). "hold" repeats the latest value of the channel. Streams
        and exported code do the same. "interpolate" draws a line between the values before and
        after a gap, and repeats the first and the last value at the ends. It needs later values, so
        the model can neither stream nor be exported. A channel takes its mean in `fit` before its
        first value ("hold"), or if it has no value at all. None refuses missing values.

    Attributes
    ----------
    missing_ : str or None
        Treatment of missing values.
    missing_mean_ : ndarray of shape (n_channels,) or None
        Mean of each channel over the values in `fit` that are not missing. None if missing values
        are refused.
    """

    missing: str | None
    missing_: str | None = None
    missing_mean_: Array | None = None
    _rows_are_series = False  # whether a row of 2-D input is a series of one channel

    def __sklearn_tags__(self) -> Any:
        """Return the estimator tags: whether missing values are accepted."""
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.allow_nan = any(how is not None for how in self._ways_to_fill())
        return tags

    def _ways_to_fill(self) -> tuple[Any, ...]:
        """Return the values of `missing` here and in parts, which must be equal or None."""
        return (self.missing,)

    def _is_raster(self, X: Any, reset: bool) -> bool:
        """Return whether X, with missing values, is read as spike trains."""
        return False


def filled(
        estimator: Any, X: Any, reset: bool, sample_weight: Any = None, keeps: bool = False) -> Any:
    """Return checked input with its missing values filled, or raise if they are refused.

    With `reset`, as in `fit`, the estimator stores how they are filled. With `keeps`, missing
    values that could be filled are returned, also if a part of the estimator fills or refuses them.
    """
    if reset and isinstance(estimator, FillsMissing):
        _learn(estimator, X, sample_weight)
    values = entries(X)
    if values.dtype.kind != "f" or not np.isnan(values.min()):
        return X
    if keeps and not isinstance(estimator, FillsMissing):
        return X
    _check_fillable(estimator, X, reset)
    if keeps:
        return X
    series = _series(estimator, X)
    found = _filled(series, estimator.missing_, means_of(estimator, series.shape[1]))
    return found if X.ndim == 3 else found.reshape(X.shape)


def _learn(estimator: FillsMissing, X: Any, sample_weight: Any) -> None:
    """Store how missing values are filled, and the means of the channels if they are."""
    ways = estimator._ways_to_fill()
    for way in ways:
        check_option(way, "missing", (*FILL, None))
    given = [way for way in ways if way is not None]
    if len(set(given)) > 1:
        raise ValueError(
            f"missing={given[0]!r} differs from missing={given[1]!r} of the encoder. Set it in one "
            "of them.")
    estimator.missing_, estimator.missing_mean_ = given[0] if given else None, None
    if estimator.missing_ is not None:
        series, name = _series(estimator, X), type(estimator).__name__
        estimator.missing_mean_ = _means(series, sample_weight, name)


def _check_fillable(estimator: Any, X: Any, reset: bool) -> None:
    """Raise if an estimator cannot fill the missing values of X."""
    found = f"Input X of {type(estimator).__name__} contains NaN, a missing value"
    if not isinstance(estimator, FillsMissing):
        raise ValueError(f"{found}. Fill missing values before it. {PAGE}")
    if X.ndim == 3 and estimator._is_raster(X, reset):
        raise ValueError(
            f"{found} of a spike train, which has no value to repeat. Set it to 0 "
            f"(numpy.nan_to_num), or leave the sample out. {PAGE}")
    if estimator.missing_ is None:
        raise ValueError(
            f"{found}. Set missing='hold', which repeats the latest value of a channel (features "
            f"take their mean), or missing='interpolate', which draws lines across gaps. {PAGE}")


def means_of(fitted: Any, n_channels: int) -> Array:
    """Return the means that replace values before the first one, or raise for damaged ones."""
    check_option(fitted.missing_, "missing_", (*FILL, None))
    means: Array = fitted.missing_mean_
    check_arrays([FittedArray("missing_mean_", means, (n_channels,))])
    return means


def check_holds(fitted: Any) -> None:
    """Raise if a fitted estimator fills missing values with the help of later ones."""
    if getattr(fitted, "missing_", None) == "interpolate":
        raise ValueError(
            f"{type(fitted).__name__} with missing='interpolate' can neither stream nor be "
            "exported, because it fills gaps with the help of later values. Fit it with "
            "missing='hold', which repeats the latest value.")


class Latest:
    """The latest value of each channel of a stream, which replaces missing values.

    Parameters
    ----------
    fitted : estimator or None
        A fitted estimator. Values before the first one are its means. None fills nothing.
    n_channels : int
        Number of channels.

    Attributes
    ----------
    kept : list of ndarray
        The values, (n_channels,), or nothing if the estimator refuses missing values.
    """

    def __init__(self, fitted: Any, n_channels: int):
        check_holds(fitted)
        fills = getattr(fitted, "missing_", None) is not None
        self.kept = [means_of(fitted, n_channels).copy()] if fills else []

    def filled(self, x: Array) -> Array:
        """Return the values of one step, (n_channels,), or of several, (n_channels, n_steps)."""
        for values in self.kept:
            x = np.where(np.isnan(x), values, x) if x.ndim == 1 else _held(
                x[np.newaxis].astype(float), values)[0]
        return x

    def keep(self, x: Array) -> None:
        """Store the latest of filled values."""
        for values in self.kept:
            values[:] = x if x.ndim == 1 else x[:, -1]


def _series(estimator: FillsMissing, X: Any) -> Any:
    """Return X as series of three dimensions. A table has series of one step."""
    if X.ndim == 3:
        return X
    return X[:, np.newaxis] if estimator._rows_are_series else X[:, :, np.newaxis]


def _means(series: Any, sample_weight: Any, name: str) -> Array:
    """Return the mean of each channel over the values that are not missing.

    It is rounded, so that it does not depend on the order of the samples.
    """
    series, _, weight, _ = weighted(series, None, sample_weight)
    values = entries(series)
    if isinstance(series, Ragged):  # each step is a sample
        values, weight = values[0].T[:, :, np.newaxis], np.repeat(weight, series.lengths)
    weight = scaled(weight)
    count = weight @ (values == values).sum(axis=2)
    if not count.all():
        raise ValueError(
            f"{name} needs at least one value in each channel. All values of channel "
            f"{np.argmin(count)} are missing.")
    return to_bits(weight @ np.nansum(values, axis=2, dtype=float) / count)


def _filled(series: Any, way: str, means: Array) -> Any:
    """Return series without missing values, in float64."""
    if isinstance(series, Ragged):
        parts = [_filled(x[np.newaxis], way, means)[0] for x in series]
        return series.with_values(np.concatenate(parts, axis=1)[np.newaxis])
    found = series.astype(float)
    rows = np.isnan(found).any(axis=(1, 2))
    found[rows] = FILL[way](found[rows], means)
    return found


def _held(X: Array, start: Array) -> Array:
    """Return series in which missing values repeat the latest value, at first `start`."""
    latest = np.where(np.isnan(X), -1, np.arange(X.shape[2]))
    latest = np.maximum.accumulate(latest, axis=2)
    values = np.take_along_axis(X, np.maximum(latest, 0), axis=2)
    return np.where(latest < 0, start[:, np.newaxis], values)


def _interpolated(X: Array, means: Array) -> Array:
    """Return series in which lines cross the gaps. Empty channels have their means."""
    X, missing, steps = X.copy(), np.isnan(X), np.arange(X.shape[2])
    for sample, channel in np.argwhere(missing.any(axis=2)):
        series, gaps = X[sample, channel], missing[sample, channel]
        series[gaps] = means[channel] if gaps.all() else np.interp(
            steps[gaps], steps[~gaps], series[~gaps])
    return X


FILL = {"hold": _held, "interpolate": _interpolated}
