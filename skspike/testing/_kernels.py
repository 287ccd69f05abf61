"""Kernels of a neuron at many points, random intrinsics, and central differences.

Differences are of fourth order,

    f' = (8 (f(x + h) - f(x - h)) - (f(x + 2 h) - f(x - 2 h))) / 12 h

so that a step may be so long that rounding does not matter. Differences from one side,

    +-(4 f(x +- h) - 3 f(x) - f(x +- 2 h)) / 2 h

are not equal at a kink.
"""

from typing import NamedTuple

import numpy as np

# relative to a value, which counts as no smaller than so many times the largest one
STEP = 1e-4
MIN_CHANGE = 1e-3
RTOL, NOISE = 1e-6, 1e-14
KINK = 1e-4  # relative difference of the slopes to the left and to the right of a kink
FINITE = 3.0, 7.0  # range of an infinite time constant, in ms, or of its logarithm


class Points(NamedTuple):
    """Arguments of kernels: states, inputs, spikes and coefficients, each with n_points columns."""

    z: np.ndarray
    x: np.ndarray
    s: np.ndarray
    p: np.ndarray


class Gradients(NamedTuple):
    """Vector-Jacobian product of a kernel: for the state, for x or s, and for the coefficients."""

    z: np.ndarray
    x: np.ndarray
    p: np.ndarray


class Kernels:
    """The roles of a neuron as functions of points."""

    def __init__(self, kernels, dtype=np.float64):
        self.kernels, self.dtype = kernels, dtype

    def _called(self, name, *arguments):
        """Return the results of a kernel at each point. Rows of an array are a tuple."""
        given = [np.asarray(array, self.dtype) for array in arguments]
        columns = [zip(*array, strict=True) if array.ndim == 2 else array for array in given]
        with np.errstate(all="ignore"):  # without compilation, numpy would warn
            return [self.kernels[name](*one) for one in zip(*columns, strict=True)]

    def values(self, points):
        """Return the results of each role, a dict of arrays (n_results, n_points) in float64."""
        z, x, s, p = points
        found = {
            "charge": self._called("charge", z, x, p), "margin": self._called("margin", z, p),
            "reset": self._called("reset", z, s, p)}
        return {
            name: np.reshape(np.array(rows, float), (len(rows), -1)).T
            for name, rows in found.items()}

    def gradients(self, points, dz, dm):
        """Return the vector-Jacobian product of each role, a dict of Gradients in float64."""
        z, x, s, p = points
        charged = self.values(points)["charge"]
        charge = zip(*self._called("charge_vjp", dz, z, charged, p), strict=True)
        margin_z, margin_p = zip(*self._called("margin_vjp", dm, z, p), strict=True)
        reset = zip(*self._called("reset_vjp", dz, z, s, p), strict=True)
        found = {
            "charge": charge, "margin": (margin_z, np.zeros(len(x)), margin_p), "reset": reset}
        return {
            name: Gradients(*(np.array(rows, float).T for rows in parts))
            for name, parts in found.items()}


def course(kernels, z, p, inputs):
    """Yield the points of a course from a state: before the reset, and after it."""
    points = Points(z, None, np.zeros(p.shape[1]), p)
    for x in inputs:
        points = points._replace(x=x)
        yield points
        points = points._replace(z=kernels.values(points)["charge"])
        points = points._replace(s=(kernels.values(points)["margin"][0] > 0).astype(float))
        yield points
        points = points._replace(z=kernels.values(points)["reset"])


def random_values(neuron, n, rng, corners=False):
    """Return random intrinsics within their bounds, or every other value at a bound.

    An infinite time constant is replaced by finite ones, and is one of the bounds.
    """
    free, start = {}, neuron.to_free(neuron.initial(size_of(neuron), rng))
    for item in neuron.active():
        low, high = limits(neuron, item.name, start[item.name])
        free[item.name] = rng.uniform(low, high, n)
        if corners:
            high = max(high, start[item.name].max())
            free[item.name] = np.where(
                rng.random(n) < 0.5, free[item.name], rng.choice([low, high], n))
    return neuron.from_free(free)


def first_values(neuron, n):
    """Return the first initial value of each intrinsic, for n neurons."""
    start = neuron.initial(size_of(neuron), np.random.RandomState(0))
    return {name: np.full(n, value[0]) for name, value in start.items()}


def size_of(neuron):
    """Return the size of the layers that a neuron is for."""
    values = (getattr(neuron, item.name) for item in neuron.active())
    return next((len(value) for value in values if isinstance(value, list | np.ndarray)), 5)


def limits(neuron, name, start):
    """Return finite bounds of an intrinsic as it is learned, by default 0.1 beyond `start`."""
    fixed = name not in neuron.learnable()
    low, high = (-np.inf, np.inf) if fixed else neuron.free_bounds(name)
    if np.isinf(start).any():  # a membrane without leak
        start = np.append(start[np.isfinite(start)], FINITE)
    return low if np.isfinite(low) else start.min() - 0.1, high if np.isfinite(
        high) else start.max() + 0.1


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
