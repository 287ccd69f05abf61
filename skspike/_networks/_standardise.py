"""Standardisation of input currents, so that results do not depend on offsets and units.

    z = (x - mean) / sd,   clipped to [-5, 5]

A clipped value limits the current of a rare category, whose standard deviation is small. A channel
that is constant in training has the deviation 0 and gives no current.
"""

import warnings
from typing import Any, NamedTuple, Self

import numpy as np

from .._checks import Ragged
from .._utils import Array

MAX_DEVIATIONS = 5.0
GRID = 1024  # values of a deviation that training tells apart
BLOCK = 2**18  # values that are converted to float64 at a time
# Mean and deviation are rounded to these bits. The graph of `to_nir` holds -mean / sd and 1 / sd in
# float64, from which they are recovered exactly.
BITS = 44
RESOLUTION = 2.0**-40  # smaller deviations, in units of the mean, are rounding errors
SMALLEST = 1e-300  # smaller deviations have no reciprocal
LARGE_RATIO = 1.0  # of amplitudes, as log10. With a smaller ratio, samples are scaled alike


class Moments(NamedTuple):
    """Mean and standard deviation of each channel over all samples and steps.

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
        """Return the moments of currents with weights, and of the samples `before` them."""
        if isinstance(X, Ragged):  # each step is a row
            X, weight = X.values[0].T, np.repeat(weight, X.lengths)
        size, axis = _rows_per_block(X), (0,) if X.ndim == 2 else (0, 2)
        for start in range(0, len(X), size):
            block = X[start : start + size].astype(float)
            total = weight[start : start + size].sum()
            share = weight[start : start + size] / total
            # scaled by a power of two to values near 1, whose squares neither overflow nor vanish
            _, power = np.frexp(np.abs(block).max(axis=axis))
            unit = np.ldexp(block, -_to_shape(power, X.ndim))
            mean = _mean(unit, share) if centred else np.zeros(X.shape[1])
            unit -= _to_shape(mean, X.ndim)
            sd = np.sqrt(_mean(unit * unit, share))
            found = cls(float(total) * block[0, 0].size, np.ldexp(mean, power), np.ldexp(sd, power))
            before = found if before is None else before.joined(found)
        assert before is not None  # input has at least one sample
        return before

    def joined(self, other: Self) -> Self:
        """Return the moments of two sets of samples together."""
        n = self.weight + other.weight
        one, two = self.weight / n, other.weight / n
        # halved, because the difference of the largest floats overflows
        half = other.mean / 2 - self.mean / 2
        within = np.hypot(np.sqrt(one) * self.sd, np.sqrt(two) * other.sd)
        return type(self)(
            n, one * self.mean + two * other.mean,
            np.hypot(within, 2 * np.sqrt(one * two) * half))

    def about_zero(self) -> Self:
        """Return the moments without centring: a mean of 0, and the root mean square."""
        return self._replace(mean=np.zeros_like(self.mean), sd=np.hypot(self.mean, self.sd))

    def rounded(self) -> Self:
        """Return the moments as they are used. A deviation that is a rounding error becomes 0."""
        varies = self.sd > np.maximum(RESOLUTION * np.abs(self.mean), SMALLEST)
        return self._replace(mean=to_bits(self.mean), sd=to_bits(np.where(varies, self.sd, 0)))

    def standardise(self, X: Array) -> Array:
        """Return standardised currents in float32."""
        mean, sd = _to_shape(self.mean, X.ndim), _to_shape(self.sd, X.ndim)
        with np.errstate(over="ignore"):
            low, high = mean - MAX_DEVIATIONS * sd, mean + MAX_DEVIATIONS * sd
        # halved, because the difference of the largest floats overflows
        mean, divisor = mean / 2, np.where(sd > 0, sd, 1.0) / 2
        currents, size = np.empty(X.shape, np.float32), _rows_per_block(X)
        for start in range(0, len(X), size):
            block = np.clip(X[start : start + size].astype(float), low, high)
            currents[start : start + size] = (block / 2 - mean) / divisor
        return currents


def at_equal_amplitude(X: Any) -> Any:
    """Return 3-D input in which each sample has channels with mean 0 and a root mean square of 1.

    The root mean square is over all channels and steps of a sample. Constant samples become 0, and
    missing values (NaN) remain.
    """
    if isinstance(X, Ragged):
        return X.with_values(np.concatenate([_scaled(x[None])[0] for x in X], axis=1)[None])
    return _scaled(X)


def amplitudes_differ(X: Any) -> bool:
    """Return whether 3-D input has samples that are more than ten times as strong as others.

    The strongest and the weakest 5 % do not count, nor constant samples.
    """
    parts = [x[None] for x in X] if isinstance(X, Ragged) else [X]
    powers = []
    for part in parts:
        _, largest, amplitude = _centred(part)
        varies = amplitude > RESOLUTION
        powers.append(np.log10(largest[varies]) + np.log10(amplitude[varies]))
    found = np.concatenate(powers)
    return len(found) > 1 and bool(np.ptp(np.quantile(found, (0.05, 0.95))) > LARGE_RATIO)


def _centred(X: Array) -> tuple[Array, Array, Array]:
    """Return series without their means, in units of the largest value of a sample.

    Also return this value, and the root mean square of a sample in its units.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of channels without any value
        # relative to the largest value, whose square neither overflows nor vanishes
        largest = np.nanmax(np.abs(X.astype(float)), axis=(1, 2), keepdims=True)
        unit = X / np.where(largest > 0, largest, 1.0)
        unit -= np.nanmean(unit, axis=2, keepdims=True)
        return unit, largest, np.sqrt(np.nanmean(unit * unit, axis=(1, 2), keepdims=True))


def _scaled(X: Array) -> Array:
    unit, _, amplitude = _centred(X)
    scaled: Array = np.where(amplitude > RESOLUTION, unit / np.maximum(amplitude, RESOLUTION), 0.0)
    return np.where(np.isnan(unit), np.nan, scaled)


def without_rounding_errors(currents: Array) -> Array:
    """Return standardised currents for training, as multiples of 1/1024 of a deviation.

    An offset changes the last bits of a value, and training would amplify the difference. So the
    same table in other units gives the same network.
    """
    rounded: Array = np.round(currents * np.float32(GRID)) / np.float32(GRID)
    return rounded


def _mean(values: Array, share: Array) -> Array:
    """Return the weighted mean of each channel. The shares of the samples sum to 1."""
    mean: Array = share @ (values if values.ndim == 2 else values.mean(axis=2))
    return mean


def to_bits(values: Array) -> Array:
    """Return float64 values rounded to BITS significant bits."""
    fraction, power = np.frexp(values)
    rounded: Array = np.ldexp(np.round(np.ldexp(fraction, BITS)), power - BITS)
    return rounded


def _to_shape(values: Array, ndim: int) -> Array:
    """Return one value per channel in a shape that fits input of 2 or 3 dimensions."""
    return values.reshape((1, -1, 1)[:ndim])


def _rows_per_block(X: Array) -> int:
    return max(BLOCK * len(X) // X.size, 1)
