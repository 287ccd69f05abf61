"""The kernels of a neuron at many points at a time, compiled as networks compile them."""

from typing import NamedTuple

import numpy as np

from .._compile import scalar
from ..simulation import HARD, WIDTH, Layer, Network, SpikeFunction, add, put, take, to_lanes

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
