"""Central differences of many functions at many points, with steps scaled to what is varied."""

import numpy as np

STEP, SMALLEST = 1e-5, 1e-3  # relative to a value, which counts as no smaller than so many times the largest one
RTOL, NOISE = 1e-6, 1e-14
KINK = 1e-3  # relative difference of the slopes to the left and to the right that tells a kink


def steps(values):
    """Return a step for each value."""
    size = np.abs(values)
    return STEP * np.maximum(size, SMALLEST * size.max() or 1.0)


def compare(function, values, found):
    """Compare derivatives, (n_functions, n_points), with central differences of functions that are varied at each point by itself.

    `function` turns values (n_points,) into numbers of the same shape as `found`, and the sizes of the terms that each is a sum of.
    Return where the two differ by more than rounding, where there is a kink (or no number) and so nothing to compare, and the differences.
    """
    h = steps(values)
    with np.errstate(all="ignore"):
        (high, _), (low, _), (middle, sizes) = function(values + h), function(values - h), function(values)
        expected, left, right, noise = (high - low) / (2 * h), (middle - low) / h, (high - middle) / h, NOISE * sizes / h
        kinks = ~(np.abs(right - left) <= KINK * (np.abs(right) + np.abs(left)) + 10 * noise)
        typical = np.sqrt(np.mean(np.where(kinks, 0, expected) ** 2, axis=-1, keepdims=True))
        wrong = ~(np.abs(found - expected) <= RTOL * (np.abs(expected) + typical) + noise)
    return wrong & ~kinks, kinks, expected


def central(function, array):
    """Return the central differences of a number, with respect to an array that it depends on."""
    differences, h = np.empty_like(array), steps(array)
    for k in np.ndindex(array.shape):
        kept, sides = array[k], []
        for array[k] in (kept + h[k], kept - h[k]):
            sides.append(function())
        array[k] = kept
        differences[k] = (sides[0] - sides[1]) / (2 * h[k])
    return differences
