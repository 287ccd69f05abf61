"""Mean and standard deviation of channels, with which all parts standardise their input.

Values of each channel of a series and the differences from step to step are standardised as

    z[t] = (x[t] - mean) / sd
    d[t] = (x[t] - x[t - lag]) / scale of the differences,    d[t] = 0 if t < lag
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from ._arrays import Ragged
from ._typing import Array

VALUES_AT_A_TIME = 2**18  # values that are converted to float64 at a time
RESOLUTION = 2.0**-40  # smaller deviations, in units of the values, are rounding errors
MIN_SCALE = 1e-150  # squares of smaller deviations are not exact
STEP = (1,)  # the lag of differences from step to step


class Moments(NamedTuple):
    """Mean and standard deviation of each channel over all samples and steps.

    Input has no values above 1e150, so squares do not overflow.

    Parameters
    ----------
    weight : float
        Summed weights of the steps, each of which has the weight of its sample.
    mean, sd : ndarray of shape (n_channels,)
        Mean and standard deviation. Without centring the mean is 0, and the deviation is the root
        mean square.
    """

    weight: float
    mean: Array
    sd: Array

    @classmethod
    def of(
            cls, X: Any, weight: Array, centred: bool = True,
            before: Self | None = None) -> Self:
        """Return the moments of values with weights, and of the samples `before` them."""
        if isinstance(X, Ragged):  # each step is a row
            X, weight = X.values[0].T, np.repeat(weight, X.lengths)
        size = rows_per_block(X)
        for start in range(0, len(X), size):
            block = X[start : start + size].astype(float)
            total = weight[start : start + size].sum()
            share = weight[start : start + size] / total
            mean = _exact_mean(block, share) if centred else np.zeros(X.shape[1])
            block -= to_shape(mean, X.ndim)
            sd = np.sqrt(_mean(block * block, share))
            found = cls(float(total) * block[0, 0].size, mean, sd)
            before = found if before is None else before.joined(found)
        assert before is not None  # input has at least one sample
        return before

    def joined(self, other: Self) -> Self:
        """Return the moments of two sets of samples together."""
        n = self.weight + other.weight
        one, two = self.weight / n, other.weight / n
        within = np.hypot(np.sqrt(one) * self.sd, np.sqrt(two) * other.sd)
        between = np.sqrt(one * two) * (other.mean - self.mean)
        mean = np.where(between == 0, self.mean, one * self.mean + two * other.mean)
        return type(self)(n, mean, np.hypot(within, between))

    def about_zero(self) -> Self:
        """Return the moments without centring: a mean of 0, and the root mean square."""
        return self._replace(mean=np.zeros_like(self.mean), sd=np.hypot(self.mean, self.sd))

    def scale(self, of_constant: float, values: Self | None = None) -> Array:
        """Return the deviations, with another scale for channels that are constant.

        Deviations are rounding errors if they are small next to the `values`, by default their own.
        """
        mean, sd = (values or self)[1:]
        size = np.maximum(np.abs(mean), sd)
        varies = self.sd > np.maximum(RESOLUTION * size, MIN_SCALE)
        return np.where(varies, self.sd, of_constant)


def _mean(values: Array, share: Array) -> Array:
    """Return the weighted mean of each channel. The shares of the samples sum to 1."""
    return np.asarray(share @ (values if values.ndim == 2 else values.mean(axis=2)))


def _exact_mean(values: Array, share: Array) -> Array:
    """Return the weighted mean of each channel, without rounding errors if values are equal."""
    axis = (0,) if values.ndim == 2 else (0, 2)
    low = values.min(axis=axis)
    return np.asarray(np.where(low == values.max(axis=axis), low, _mean(values, share)))


def to_shape(values: Array, ndim: int) -> Array:
    """Return one value per channel in a shape that fits input of 2 or 3 dimensions."""
    return values.reshape((1, -1, 1)[:ndim])


def rows_per_block(X: Array) -> int:
    """Return the number of samples that are converted to float64 at a time."""
    return max(VALUES_AT_A_TIME * len(X) // X.size, 1)


def all_moments(
        X: Any, weight: Array, lags: Sequence[int], centred: bool = True) -> list[Moments]:
    """Return the moments of values and, for series, of their differences over each lag.

    X is checked input of 2 or 3 dimensions. The scale of differences is their deviation or, if they
    are not `centred`, their root mean square.
    """
    return [Moments.of(X, weight), *(
        Moments.of(_differences(X, lag), weight, centred)
        for lag in (lags if X.ndim == 3 else ()))]


def scales(found: Sequence[Moments], of_constant: float) -> tuple[Array, Array]:
    """Return the mean of each channel, and its scales: (n_channels,) and (n_scales, n_channels).

    `found` is from `all_moments`. `of_constant` is the scale of a constant channel.
    """
    values = found[0]
    return values.mean, np.array([one.scale(of_constant, values) for one in found])


def standardise(
        series: Array, mean: Array, scale: Sequence[Array] | Array,
        lags: Sequence[int] = STEP) -> Iterator[Array]:
    """Yield the standardised values and, if there are further rows of scales, the differences."""
    yield (series - mean[:, None]) / scale[0][:, None]
    for lag, row in zip(lags, scale[1:], strict=False):
        yield _differences(series, lag) / row[:, None]


def _differences(X: Any, lag: int) -> Any:
    """Return the differences over some steps, 0 in the first of them."""
    if isinstance(X, Ragged):
        parts = [_differences(x, lag) for x in X]
        return X.with_values(np.concatenate(parts, axis=1)[np.newaxis])
    found = np.zeros(X.shape)
    earlier = X[..., : max(X.shape[-1] - lag, 0)]
    found[..., lag:] = X[..., lag:].astype(float, copy=False) - earlier
    return found
