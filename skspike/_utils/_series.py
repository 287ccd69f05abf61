"""Standardised series and parts of series.

Values of each channel and the differences from step to step are standardised as

    z[t] = (x[t] - mean) / sd
    d[t] = (x[t] - x[t - lag]) / scale of the differences,    d[t] = 0 if t < lag
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .._checks import Ragged
from ._moments import Moments
from ._typing import Array

STEP = (1,)  # the lag of differences from step to step


def part_bounds(length: int, n_parts: int) -> list[int]:
    """Return the starts of all parts and the end, so that lengths differ by at most 1."""
    return [length * part // n_parts for part in range(n_parts + 1)]


def moments(
        X: Any, weight: Array, of_constant: float, lags: Sequence[int],
        centred: bool = True) -> tuple[Array, Array]:
    """Return the mean of each channel, and the scales of its values and its differences.

    X is checked input of 2 or 3 dimensions. The results are (n_channels,) and (n_scales,
    n_channels), with a scale for each lag if X is series. The scale of differences is their
    deviation or, if they are not `centred`, their root mean square. `of_constant` is the scale of a
    constant channel.
    """
    found = Moments.of(X, weight)
    scales = [found.scale(of_constant)]
    for lag in lags if X.ndim == 3 else ():
        changes = Moments.of(_differences(X, lag), weight, centred)
        scales.append(changes.scale(of_constant, found))
    return found.mean, np.array(scales)


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
    found[..., lag:] = X[..., lag:].astype(float, copy=False) - X[..., : X.shape[-1] - lag]
    return found
