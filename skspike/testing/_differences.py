"""Central differences of fourth order, for many functions at many points.

    f' = (8 (f(x + h) - f(x - h)) - (f(x + 2 h) - f(x - 2 h))) / 12 h       to h**4: a step may be
    so long that rounding is no matter from one side   +-(4 f(x +- h) - 3 f(x) - f(x +- 2 h)) / 2 h
    to h**2: where the two sides differ there is a kink
"""

import numpy as np

# relative to a value, which counts as no smaller than so many times the largest one
STEP = 1e-4
MIN_CHANGE = 1e-3
RTOL, NOISE = 1e-6, 1e-14
KINK = 1e-4  # relative difference of the slopes to the left and to the right of a kink


def steps(values):
    """Return a step for each value."""
    size = np.abs(values)
    return STEP * np.maximum(size, MIN_CHANGE * size.max() or 1.0)


def slope(lowest, low, high, highest, h):
    """Return the difference of fourth order from function values at -2 h, -h, h and 2 h."""
    return (8 * (high - low) - (highest - lowest)) / (12 * h)


def compare(function, values, found):
    """Compare derivatives, (n_functions, n_points), with central differences at each point.

    `function` turns values (n_points,) into numbers of the same shape as `found`, and the sizes of
    the terms that each is a sum of. Return where the two differ by more than rounding, where there
    is a kink (or no number) and so nothing to compare, and the differences.
    """
    h = steps(values)
    with np.errstate(all="ignore"):
        (lowest, _), (low, _), (middle, sizes), (high, _), (highest, _) = (
            function(values + k * h) for k in range(-2, 3))
        expected, noise = slope(lowest, low, high, highest, h), NOISE * sizes / h
        left = (3 * middle - 4 * low + lowest) / (2 * h)
        right = (4 * high - 3 * middle - highest) / (2 * h)
        kinks = ~(np.abs(right - left) <= KINK * (np.abs(right) + np.abs(left)) + 10 * noise)
        typical = np.sqrt(np.mean(np.where(kinks, 0, expected) ** 2, axis=-1, keepdims=True))
        wrong = ~(np.abs(found - expected) <= RTOL * (np.abs(expected) + typical) + noise)
    return wrong & ~kinks, kinks, expected


def central(function, array):
    """Return the central differences of a number, with respect to an array that it depends on."""
    differences, h = np.empty_like(array), steps(array)
    for k in np.ndindex(array.shape):
        kept, sides = array[k], []
        for n in (-2, -1, 1, 2):
            array[k] = kept + n * h[k]
            sides.append(function())
        array[k] = kept
        differences[k] = slope(*sides, h[k])
    return differences
