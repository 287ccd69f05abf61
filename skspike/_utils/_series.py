"""Standardised series and parts of series.

Values of each channel and the differences from step to step are standardised as

    z[t] = (x[t] - mean) / sd
    d[t] = (x[t] - x[t - 1]) / scale of the differences,    d[0] = 0
"""

import numpy as np

from .._checks import Ragged
from ._moments import Moments


def part_bounds(length: int, n_parts: int) -> list[int]:
    """Return the starts of all parts and the end, so that lengths differ by at most 1."""
    return [length * part // n_parts for part in range(n_parts + 1)]


def moments(X, weight, of_constant, differences, centred=True):
    """Return the mean of each channel, and the scales of its values and its differences.

    X is checked input of 2 or 3 dimensions. The results are (n_channels,) and (1 or 2, n_channels).
    The scale of the differences is their deviation or, if they are not `centred`, their root mean
    square. `of_constant` is the scale of a constant channel.
    """
    found = Moments.of(X, weight)
    scales = [found.scale(of_constant)]
    if differences and X.ndim == 3:
        changes = Moments.of(_differences(X), weight, centred)
        scales.append(changes.scale(of_constant, found))
    return found.mean, np.array(scales)


def standardise(series, mean, scale):
    """Return a list of the standardised values and, if `scale` has two rows, the differences."""
    parts = series - mean[:, None], _differences(series)
    return [part / row[:, None] for part, row in zip(parts, scale, strict=False)]


def _differences(X):
    """Return the differences from step to step, 0 in the first step."""
    if isinstance(X, Ragged):
        return X.with_values(np.concatenate([*map(_differences, X)], axis=1)[np.newaxis])
    X = X.astype(float, copy=False)  # differences of unsigned integers wrap around
    return np.diff(X, axis=-1, prepend=X[..., :1])
