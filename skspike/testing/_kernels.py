"""Kernels of a neuron at many points, random intrinsics, and central differences.

Kernels are compiled as networks compile them. Differences are of fourth order,

    f' = (8 (f(x + h) - f(x - h)) - (f(x + 2 h) - f(x - 2 h))) / 12 h

so that a step may be so long that rounding does not matter. Differences from one side,

    +-(4 f(x +- h) - 3 f(x) - f(x +- 2 h)) / 2 h

are not equal at a kink.
"""

from typing import NamedTuple

import numpy as np

from .._base import scalar
from ..simulation import HARD, WIDTH, Layer, Network, SpikeFunction, add, put, take, to_lanes

# relative to a value, which counts as no smaller than so many times the largest one
STEP = 1e-4
MIN_CHANGE = 1e-3
RTOL, NOISE = 1e-6, 1e-14
KINK = 1e-4  # relative difference of the slopes to the left and to the right of a kink
N = 512  # points at which derivatives are compared, a multiple of the lanes of a panel
FINITE = 3.0, 7.0  # range of an infinite time constant, in ms, or of its logarithm

# Placeholders, which `Network.complete` binds
charge = charge_vjp = margin = margin_vjp = reset = reset_vjp = None
STATE, COEFFICIENTS = 1, 1


@scalar
def logistic(m, k):
    """Spike smoothly."""
    return 1 / (1 + np.exp(-k * m))


@scalar
def logistic_vjp(m, k):
    """Return the derivative of the smooth spike."""
    s = 1 / (1 + np.exp(-k * m))
    return k * s * (1 - s)


LOGISTIC = SpikeFunction(logistic, logistic_vjp, 3.0, 3.0, smooth=True, detach=False)


def run(z, x, s, p, charged, margins, after):
    """Evaluate the three roles in every lane of every panel."""
    for i in range(len(z)):
        for h in range(WIDTH):
            state, q = take(z[i], h, STATE), take(p[i], h, COEFFICIENTS)
            put(charged[i], h, charge(state, x[i, h], q))
            margins[i, h] = margin(state, q)
            put(after[i], h, reset(state, s[i, h], q))


def pull(z, x, s, p, dz, dm, of_charge, of_margin, of_reset):
    """Evaluate vector-Jacobian products for state, input or spike, and coefficients."""
    for i in range(len(z)):
        for h in range(WIDTH):
            q = take(p[i], h, COEFFICIENTS)
            state, d = take(z[i], h, STATE), take(dz[i], h, STATE)
            d0, dx, dp = charge_vjp(d, state, charge(state, x[i, h], q), q)
            put(of_charge[0][i], h, d0)
            of_charge[1][i, h] = dx
            add(of_charge[2][i], h, dp)
            d0, dp = margin_vjp(dm[i, h], state, q)
            put(of_margin[0][i], h, d0)
            add(of_margin[2][i], h, dp)
            d0, ds, dp = reset_vjp(d, state, s[i, h], q)
            put(of_reset[0][i], h, d0)
            of_reset[1][i, h] = ds
            add(of_reset[2][i], h, dp)


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
    """The roles of a neuron as functions of points, a multiple of WIDTH of them."""

    def __init__(self, neuron, size, dtype, smooth):
        values = neuron.initial(size, np.random.RandomState(0))
        network = Network(
            neuron, [Layer(np.zeros((1, size), dtype), values)], 1.0, LOGISTIC if smooth else HARD)
        self.dtype, self.loops = dtype, (network.complete(run), network.complete(pull))

    def _panels(self, rows):
        """Turn (n_quantities, n_points) into (n_panels, n_quantities * WIDTH)."""
        panels = to_lanes(np.asarray(np.atleast_2d(rows), self.dtype)).swapaxes(0, 1)
        return np.ascontiguousarray(panels.reshape(len(panels), -1))

    def _rows(self, panels):
        return panels.reshape(len(panels), -1, WIDTH).swapaxes(0, 1).reshape(
            panels.shape[1] // WIDTH, -1).astype(float)

    def values(self, points):
        """Return the results of each role, a dict of arrays (n_results, n_points) in float64."""
        given = [self._panels(array) for array in points]
        results = np.empty_like(given[0]), np.empty_like(given[1]), np.empty_like(given[0])
        self.loops[0](*given, *results)
        return dict(zip(("charge", "margin", "reset"), map(self._rows, results), strict=True))

    def gradients(self, points, dz, dm):
        """Return the vector-Jacobian product of each role, a dict of Gradients in float64."""
        given = [self._panels(array) for array in (*points, dz, dm)]
        results = [tuple(np.zeros_like(given[k]) for k in (0, 1, 3)) for _ in range(3)]
        self.loops[1](*given, *results)
        return {
            role: Gradients(*map(self._rows, arrays))
            for role, arrays in zip(("charge", "margin", "reset"), results, strict=True)}


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
