"""Meta-neuron: a second-order dynamic neuron.

    charge   v <- v + e (v**2 - v - u) + x           e = 1 - exp(-dt / tau_mem)
             u <- u + e (theta_v v - theta_u u)
             v and u are limited to [-3, 3], because v**2 grows without bound
    fire     s = 1 if v > threshold
    reset    v <- theta_r,   u <- u + theta_s

v is the membrane potential, u the recovery variable.
"""

from typing import Any

import numpy as np

from .._base import scalar
from ._intrinsics import Intrinsic, with_constructor
from ._math import NONE
from ._neuron import KERNELS, Neuron

ONE, TWO, LIMIT, PER_LIMIT = np.float32(1), np.float32(2), np.float32(3), np.float32(1 / 3)
N_COEFFICIENTS = 7


# limit a state, without and with a smooth form
@scalar
def clamp(z):
    return min(max(z, -LIMIT), LIMIT)


@scalar
def clamp_vjp(dy, y):
    return dy if abs(y) < LIMIT else NONE


@scalar
def squash(z):
    return LIMIT * np.tanh(z * PER_LIMIT)


@scalar
def squash_vjp(dy, y):
    return dy * (ONE - y * PER_LIMIT * (y * PER_LIMIT))


# charge: integrate over one step, then limit
@scalar
def flow(z, x, p):
    v, u = z
    e, theta_v, theta_u, theta_r, theta_s, theta, per_theta = p
    return v + e * (v * v - v - u) + x, u + e * (theta_v * v - theta_u * u)


@scalar
def flow_vjp(dv, du, z, p):
    v, u = z
    e, theta_v, theta_u, theta_r, theta_s, theta, per_theta = p
    de = dv * (v * v - v - u) + du * (theta_v * v - theta_u * u)
    dv0 = dv * (ONE + e * (TWO * v - ONE)) + du * e * theta_v
    du0 = du * (ONE - e * theta_u) - dv * e
    return (dv0, du0), dv, (de, du * e * v, -du * e * u, NONE, NONE, NONE, NONE)


@scalar
def charge(z, x, p):
    v, u = flow(z, x, p)
    return clamp(v), clamp(u)


@scalar
def charge_vjp(dz, z0, z1, p):
    return flow_vjp(clamp_vjp(dz[0], z1[0]), clamp_vjp(dz[1], z1[1]), z0, p)


@scalar
def charge_smooth(z, x, p):
    v, u = flow(z, x, p)
    return squash(v), squash(u)


@scalar
def charge_smooth_vjp(dz, z0, z1, p):
    return flow_vjp(squash_vjp(dz[0], z1[0]), squash_vjp(dz[1], z1[1]), z0, p)


# fire
@scalar
def margin(z, p):
    e, theta_v, theta_u, theta_r, theta_s, theta, per_theta = p
    return (z[0] - theta) * per_theta


@scalar
def margin_vjp(dm, z, p):
    e, theta_v, theta_u, theta_r, theta_s, theta, per_theta = p
    return (dm * per_theta, NONE), (
        NONE, NONE, NONE, NONE, NONE, -dm * per_theta, dm * (z[0] - theta))


# reset
@scalar
def reset(z, s, p):
    v, u = z
    e, theta_v, theta_u, theta_r, theta_s, theta, per_theta = p
    return (ONE - s) * v + s * theta_r, u + s * theta_s


@scalar
def reset_vjp(dz, z, s, p):
    dv, du = dz
    e, theta_v, theta_u, theta_r, theta_s, theta, per_theta = p
    return ((ONE - s) * dv, du), dv * (theta_r - z[0]) + du * theta_s, (
        NONE, NONE, NONE, dv * s, du * s, NONE, NONE)


# coefficients, and the gradients of the intrinsics
@scalar
def coefficients(values, dt):
    tau, theta_v, theta_u, theta_r, theta_s, threshold = values
    return -np.expm1(-dt / tau), theta_v, theta_u, theta_r, theta_s, threshold, 1 / threshold


@scalar
def coefficients_vjp(values, dt, dp):
    tau, theta_v, theta_u, theta_r, theta_s, threshold = values
    de, dv, du, dr, ds, dthreshold, dper_threshold = dp
    return (
        -de * np.exp(-dt / tau) * dt / tau / tau, dv, du, dr, ds,
        dthreshold - dper_threshold / (threshold * threshold))


@with_constructor
class MetaNeuron(Neuron):
    """Second-order dynamic neuron: a membrane with a quadratic term and a recovery variable.

    Between spikes ``tau_mem dv/dt = v**2 - v - u`` and ``tau_mem du/dt = theta_v v - theta_u u``,
    integrated by exponential Euler steps. An input spike of weight w changes v by w. A spike of the
    neuron sets v to `theta_r` and changes u by `theta_s`. Because the quadratic term makes large
    potentials grow, both variables are limited to [-3, 3], smoothly if spikes are smooth. The
    default values were found by meta-learning [1]_.

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=20.0
        Time constant in ms. A tuple draws one per neuron, log-uniformly.
    theta_v : float, (low, high) or array, default=-0.172
        Gain from the membrane to the recovery variable.
    theta_u : float, (low, high) or array, default=0.529
        Decay rate of the recovery variable, in units of ``1 / tau_mem``.
    theta_r : float, (low, high) or array, default=0.021
        Membrane potential after a spike.
    theta_s : float, (low, high) or array, default=0.132
        Change of the recovery variable by a spike.
    threshold : float, (low, high) or array, default=0.5
        The neuron spikes if its membrane potential exceeds this value.
    tau_mem_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range of the time constant in learning, in ms. "fixed" excludes it from learning.
    theta_v_bounds : (low, high) or "fixed", default=(-2.0, 2.0)
        Range of `theta_v`.
    theta_u_bounds : (low, high) or "fixed", default=(0.0, 2.0)
        Range of `theta_u`. Below zero the recovery variable would grow without bound.
    theta_r_bounds : (low, high) or "fixed", default=(-1.0, 1.0)
        Range of `theta_r`.
    theta_s_bounds : (low, high) or "fixed", default=(-2.0, 2.0)
        Range of `theta_s`.
    threshold_bounds : (low, high) or "fixed", default=(0.1, 2.0)
        Range of the threshold.

    See Also
    --------
    Izhikevich : The same terms, with constants that give firing patterns.
    QuadraticIF : Without the recovery variable.

    References
    ----------
    .. [1] X. Cheng, T. Zhang, S. Jia, B. Xu, "Meta neurons improve spiking neural networks",
        arXiv:2010.03140, 2020.

    Examples
    --------
    >>> from skspike.neurons import MetaNeuron
    >>> MetaNeuron().learnable()
    ('tau_mem', 'theta_v', 'theta_u', 'theta_r', 'theta_s', 'threshold')
    """

    name = "meta"
    states = ("v", "u")
    recovery = ("u",)
    intrinsics = (
        Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0)),
        Intrinsic("theta_v", default=-0.172, bounds=(-2.0, 2.0)),
        Intrinsic("theta_u", default=0.529, bounds=(0.0, 2.0)),
        Intrinsic("theta_r", default=0.021, bounds=(-1.0, 1.0)),
        Intrinsic("theta_s", default=0.132, bounds=(-2.0, 2.0)),
        Intrinsic("threshold", "log", role="threshold", default=0.5, bounds=(0.1, 2.0)),
    )

    def kernels(self, smooth: bool = False) -> dict[str, Any]:
        """Return the scalar functions. `smooth` replaces the clamp by a smooth saturation."""
        charging = (charge_smooth, charge_smooth_vjp) if smooth else (charge, charge_vjp)
        return dict(zip(KERNELS, (*charging, margin, margin_vjp, reset, reset_vjp), strict=True))

    def coefficient_kernels(self) -> tuple[Any, Any, int]:
        """Return the scalar functions of the coefficients."""
        return coefficients, coefficients_vjp, N_COEFFICIENTS
