"""Weights of samples, without their unit."""

from typing import Any

import numpy as np

from ._arrays import as_numbers, to_bits
from ._typing import Array

N_PRESENTED = 1_000  # presentations of an epoch that few samples of large weights may have
LARGEST_FACTOR = 10_000  # of the smallest weight relative to the unit of whole weights
TOLERANCE = 2.0**-46  # relative error of weights that count as multiples of a number
BITS = 24  # significant bits of other ratios
MIN_WEIGHT = 2.0**-60  # smaller weights, relative to the largest, have no effect


def weighted(X: Any, y: Any, sample_weight: Any) -> tuple[Any, Any, Array, Array]:
    """Return the samples of positive weight, their weights, and their rows.

    Parameters
    ----------
    X : ndarray or Ragged
        Checked input.
    y : ndarray or None
        Labels or values.
    sample_weight : array-like of shape (n_samples,) or None
        Weights. None means 1 for each sample.

    Returns
    -------
    X, y, weight, rows : ndarray
        The samples. `weight` is float64.

    Raises
    ------
    ValueError
        If `sample_weight` is not one finite number >= 0 for each sample, or all are 0.
    """
    if sample_weight is None:
        return X, y, np.ones(len(X)), np.arange(len(X))
    weight = as_numbers(sample_weight, "sample_weight").astype(float)
    if weight.shape != (len(X),):
        raise ValueError(
            f"sample_weight must have one number for each of the {len(X)} samples, got shape "
            f"{weight.shape}.")
    if not (np.isfinite(weight) & (weight >= 0)).all():
        worst = weight[~(weight >= 0)] if (~(weight >= 0)).any() else weight[~np.isfinite(weight)]
        raise ValueError(f"sample_weight must be finite and >= 0, got {worst[0]}.")
    rows = np.flatnonzero(weight > 0)
    if len(rows) == len(X):
        return X, y, weight, rows
    if not len(rows):
        raise ValueError(
            "sample_weight must give at least one sample a weight above 0, got only zeros.")
    return X[rows], None if y is None else y[rows], weight[rows], rows


def scaled(weight: Array) -> Array:
    """Return weights divided by a power of two, so that sums neither overflow nor vanish.

    A power of two adds no rounding error.
    """
    return np.asarray(np.ldexp(weight, -np.frexp(weight.max())[1]))


def without_unit(weight: Array) -> Array:
    """Return weights with mean 1, because step sizes depend on the mean."""
    relative: Array = weight / weight.max()  # first, because sums of large weights overflow
    relative /= relative.mean()
    return relative


def in_common_unit(weight: Array) -> tuple[Array, Array]:
    """Return weights in a unit that depends on their ratios alone, and numbers of presentations.

    If all weights are multiples of one number, this number is the unit, so that whole weights are
    repetitions. The mean of other weights is 1. The same weights times any factor give the same
    result, bit for bit, although products such as ``0.1 * weight`` are rounded: the tolerance of
    multiples is larger than these errors, and other ratios are rounded to fewer bits. Only a ratio
    in the middle between two rounded numbers, about one in 10 million, may change its last bit.

    Parameters
    ----------
    weight : ndarray of shape (n_samples,)
        Weights >= 0. At least one is positive.

    Returns
    -------
    weight : ndarray of shape (n_samples,), float64
        Weights in the unit, above 0.
    times : ndarray of shape (n_samples,), int
        How often an epoch presents each sample, at least once: the weights as whole numbers. If
        their sum exceeded two for each sample, and N_PRESENTED, they are smaller by a factor.
    """
    relative = np.maximum(weight / weight.max(), MIN_WEIGHT)
    ratio = relative / relative.min()
    # find the smallest factor that makes all ratios whole numbers
    factors = np.arange(1, LARGEST_FACTOR + 1)
    for value in np.unique(ratio):
        products = factors * value
        factors = factors[np.abs(products - np.rint(products)) <= TOLERANCE * products]
    if len(factors):
        in_unit = np.rint(factors[0] * ratio)
    else:
        ratio = to_bits(ratio, BITS)
        in_unit = ratio / ratio.mean()
    share = min(max(2 * len(weight), N_PRESENTED) / in_unit.sum(), 1.0)
    return in_unit, np.maximum(np.rint(share * in_unit), 1).astype(int)
