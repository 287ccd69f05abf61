"""Standardisation of input currents, so that results do not depend on offsets and units.

    z = (x - mean) / sd,   clipped to [-5, 5]

A clipped value limits the current of a rare category, whose standard deviation is small. A channel
that is constant in training has the deviation 0 and gives no current.
"""

import warnings
from typing import Any

import numpy as np

from .._checks import Ragged, to_bits
from .._utils import MIN_SCALE, RESOLUTION, Array, Moments, rows_per_block, to_shape

MAX_DEVIATIONS = 5.0
GRID = 1024  # values of a deviation that training tells apart
LARGE_RATIO = 1.0  # of amplitudes, as log10. With a smaller ratio, samples are scaled alike


def rounded(moments: Moments) -> Moments:
    """Return moments as they are used. A deviation that is a rounding error becomes 0.

    The graph of `to_nir` holds -mean / sd and 1 / sd in float64. Mean and deviation have fewer
    bits, so that they are recovered exactly.
    """
    return moments._replace(mean=to_bits(moments.mean), sd=to_bits(moments.scale(0)))


def standardised(X: Array, moments: Moments) -> Array:
    """Return standardised currents in float32."""
    mean, sd = to_shape(moments.mean, X.ndim), to_shape(moments.sd, X.ndim)
    low, high, divisor = mean - MAX_DEVIATIONS * sd, mean + MAX_DEVIATIONS * sd, np.where(
        sd > 0, sd, 1.0)
    currents, size = np.empty(X.shape, np.float32), rows_per_block(X)
    for start in range(0, len(X), size):
        block = np.clip(X[start : start + size].astype(float), low, high)
        currents[start : start + size] = (block - mean) / divisor
    return currents


def at_equal_amplitude(X: Any) -> Any:
    """Return 3-D input in which each sample has channels with mean 0 and a root mean square of 1.

    The root mean square is over all channels and steps of a sample. Constant samples become 0, and
    missing values (NaN) remain.
    """
    if isinstance(X, Ragged):
        samples = [at_equal_amplitude(x[None])[0] for x in X]
        return X.with_values(np.concatenate(samples, axis=1)[None])
    series, amplitude = _centred(X)
    return series / amplitude


def amplitudes_differ(X: Any) -> bool:
    """Return whether 3-D input has samples that are more than ten times as strong as others.

    The strongest and the weakest 5 % do not count, nor constant samples.
    """
    parts = [x[None] for x in X] if isinstance(X, Ragged) else [X]
    amplitudes = np.concatenate([_centred(part)[1].ravel() for part in parts])
    found = np.log10(amplitudes[np.isfinite(amplitudes)])
    return len(found) > 1 and bool(np.ptp(np.quantile(found, (0.05, 0.95))) > LARGE_RATIO)


def _centred(X: Array) -> tuple[Array, Array]:
    """Return series without their means, and the root mean square of each sample.

    The root mean square of a constant sample is infinite.
    """
    series = X.astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of channels without any value
        largest = np.nanmax(np.abs(series), axis=(1, 2), keepdims=True)
        series -= np.nanmean(series, axis=2, keepdims=True)
        amplitude = np.sqrt(np.nanmean(series * series, axis=(1, 2), keepdims=True))
    varies = amplitude > np.maximum(RESOLUTION * largest, MIN_SCALE)
    return series, np.where(varies, amplitude, np.inf)


def without_rounding_errors(currents: Array) -> Array:
    """Return standardised currents for training, as multiples of 1/1024 of a deviation.

    An offset changes the last bits of a value, and training would amplify the difference. So the
    same table in other units gives the same network.
    """
    return np.asarray(np.round(currents * np.float32(GRID)) / np.float32(GRID))
