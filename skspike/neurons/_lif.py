"""Leaky integrate-and-fire neuron.

    charge   v <- a v + x                     without synaptic current, a = exp(-dt / tau_mem)
             u <- b u + x,  v <- a v + u      with synaptic current, b = exp(-dt / tau_syn)
    fire     s = 1 if v > threshold
    reset    v <- v_reset                     by value
             v <- v - (threshold - v_reset)   by subtraction

Symbols:

    z = (v,) or (v, u)                       state: membrane potential and synaptic current
    x                                        input: summed weights of the spikes of the step
    s                                        spike: 1 or 0
    p = (a, b, theta, per_theta, v_reset)    coefficients: theta = threshold, per_theta = 1 / theta
    dz, dx, ds, dp                           gradients with respect to z, x, s and p
"""

from typing import Any

import numpy as np

from .._base import scalar
from ._intrinsics import Intrinsic, with_constructor
from ._math import NONE
from ._neuron import KERNELS, WAIT, Neuron
from ._response_peak import of_exponentials
from ._wrappers import refractory

ONE, ZERO = np.float32(1), np.float64(0)
N_COEFFICIENTS = 5  # without the refractory time


# charge without synaptic current, and its vector-Jacobian product
@scalar
def charge(z, x, p):
    (v,) = z
    a, b, theta, per_theta, v_reset = p
    return (a * v + x,)


@scalar
def charge_vjp(dz, z0, z1, p):
    (dv,), (v0,) = dz, z0
    a, b, theta, per_theta, v_reset = p
    return (a * dv,), dv, (dv * v0, NONE, NONE, NONE, NONE)


# charge with synaptic current
@scalar
def charge_synapse(z, x, p):
    v, u = z
    a, b, theta, per_theta, v_reset = p
    u = b * u + x
    return a * v + u, u


@scalar
def charge_synapse_vjp(dz, z0, z1, p):
    (dv, du), (v0, u0) = dz, z0
    a, b, theta, per_theta, v_reset = p
    dx = du + dv
    return (a * dv, b * dx), dx, (dv * v0, dx * u0, NONE, NONE, NONE)


# fire: the neuron spikes if the margin is positive
@scalar
def margin(z, p):
    a, b, theta, per_theta, v_reset = p
    return (z[0] - theta) * per_theta


@scalar
def margin_vjp(dm, z, p):
    a, b, theta, per_theta, v_reset = p
    dv = dm * per_theta
    return (dv,), (NONE, NONE, -dv * (z[0] * per_theta), NONE, NONE)


@scalar
def margin_synapse_vjp(dm, z, p):
    (dv,), dp = margin_vjp(dm, z, p)
    return (dv, NONE), dp


# reset by value
@scalar
def reset_value(z, s, p):
    a, b, theta, per_theta, v_reset = p
    return ((ONE - s) * z[0] + s * v_reset, *z[1:])


@scalar
def reset_value_vjp(dz, z, s, p):
    a, b, theta, per_theta, v_reset = p
    return ((ONE - s) * dz[0], *dz[1:]), dz[0] * (v_reset - z[0]), (
        NONE, NONE, NONE, NONE, dz[0] * s)


# the same for spikes of 0 and 1, without multiplications
@scalar
def reset_hard(z, s, p):
    a, b, theta, per_theta, v_reset = p
    return (v_reset if s > NONE else z[0], *z[1:])


@scalar
def reset_hard_vjp(dz, z, s, p):
    a, b, theta, per_theta, v_reset = p
    return (NONE if s > NONE else dz[0], *dz[1:]), dz[0] * (v_reset - z[0]), (
        NONE, NONE, NONE, NONE, dz[0] if s > NONE else NONE)


# reset by subtraction
@scalar
def reset_subtract(z, s, p):
    a, b, theta, per_theta, v_reset = p
    return (z[0] - s * (theta - v_reset), *z[1:])


@scalar
def reset_subtract_vjp(dz, z, s, p):
    a, b, theta, per_theta, v_reset = p
    return dz, dz[0] * (v_reset - theta), (NONE, NONE, -dz[0] * s, NONE, dz[0] * s)


_SUBTRACT = reset_subtract, reset_subtract_vjp
_RESETS = {"value": (reset_hard, reset_hard_vjp), "subtract": _SUBTRACT}
_SMOOTH_RESETS = {"value": (reset_value, reset_value_vjp), "subtract": _SUBTRACT}


# coefficients, and the gradients of the intrinsics
@scalar
def coefficients(values, dt):
    tau, theta, v_reset = values
    return np.exp(-dt / tau), ZERO, theta, 1 / theta, v_reset


@scalar
def coefficients_vjp(values, dt, dp):
    tau, theta, v_reset = values
    da, db, dtheta, dper_theta, dv_reset = dp
    per_theta = 1 / theta
    return (
        da * np.exp(-dt / tau) * dt / tau / tau, dtheta - dper_theta * (per_theta * per_theta),
        dv_reset)


# the same with synaptic current
@scalar
def coefficients_synapse(values, dt):
    tau, tau_syn, theta, v_reset = values
    return np.exp(-dt / tau), np.exp(-dt / tau_syn), theta, 1 / theta, v_reset


@scalar
def coefficients_synapse_vjp(values, dt, dp):
    tau, tau_syn, theta, v_reset = values
    da, db, dtheta, dper_theta, dv_reset = dp
    per_theta = 1 / theta
    return (
        da * np.exp(-dt / tau) * dt / tau / tau,
        db * np.exp(-dt / tau_syn) * dt / tau_syn / tau_syn,
        dtheta - dper_theta * (per_theta * per_theta), dv_reset)


@with_constructor
class LIF(Neuron):
    """Leaky integrate-and-fire neuron, with or without a synaptic current.

    In each step of length `dt` the membrane potential decays by the factor ``exp(-dt / tau_mem)``.
    Then the weights of the input spikes are added to it: a spike of weight w changes it by w,
    independent of the time constants. With `tau_syn`, the weights are added to a synaptic current,
    which decays by ``exp(-dt / tau_syn)`` and is added to the membrane potential in each step.
    Above the threshold the neuron spikes and is reset [1]_.

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=20.0
        Membrane time constant in ms. A tuple draws one per neuron, log-uniformly. ``np.inf``, with
        ``tau_mem_bounds="fixed"``, is a membrane without leak.
    tau_syn : float, (low, high), array or None, default=None
        Time constant of the synaptic current in ms. None: no synaptic current.
    threshold : float, (low, high) or array, default=1.0
        The neuron spikes if its membrane potential exceeds this value.
    v_reset : float, (low, high) or array, default=0.0
        Membrane potential after a spike. It is learned as a multiple of the threshold.
    refractory : float, default=0.0
        Absolute refractory time in ms, rounded to whole steps (2**24 at most). During this time the
        membrane potential is constant and ignores input.
    reset : {"value", "subtract"}, default="value"
        A spike sets the membrane potential to `v_reset` ("value"), or lowers it by
        ``threshold - v_reset`` ("subtract"), which keeps the excess over the threshold.
    tau_mem_bounds, tau_syn_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range of the time constants in learning, in ms. "fixed" excludes them from learning.
    threshold_bounds : (low, high) or "fixed", default=(0.1, 10.0)
        Range of the threshold.
    v_reset_bounds : (low, high) or "fixed", default=(-5.0, 0.95)
        Range of ``v_reset / threshold``.

    See Also
    --------
    AdaptiveLIF : With an adaptive threshold.
    ExponentialIF : With an exponential upstroke.
    EquationNeuron : Base class for your own neurons.
    skspike.SNNTransformer : Takes a neuron as `neuron`.

    References
    ----------
    .. [1] W. Gerstner, W. M. Kistler, R. Naud, L. Paninski, "Neuronal Dynamics", Cambridge
        University Press, 2014, chapter 1.

    Examples
    --------
    >>> from skspike.neurons import LIF
    >>> LIF(tau_mem=(5.0, 100.0)).set_params(reset="subtract")
    LIF(reset='subtract', tau_mem=(5.0, 100.0))
    """

    name = "lif"
    counters = (WAIT,)
    intrinsics = (
        Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0)),
        Intrinsic("tau_syn", "log", optional=True, role="synapse", bounds=(1.5, 2000.0)),
        Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 10.0)),
        Intrinsic("v_reset", "threshold", default=0.0, bounds=(-5.0, 0.95)),
    )
    options = {"refractory": 0.0, "reset": tuple(_RESETS)}
    log_peak = of_exponentials

    @property
    def states(self):
        """Names of the state variables: membrane, synaptic current, remaining refractory steps."""
        return ("v", *("u",) * (self.tau_syn is not None), *(WAIT,) * (self.refractory > 0))

    def kernels(self, smooth: bool = False) -> dict[str, Any]:
        """Return the scalar functions. A refractory time has no smooth form."""
        if self.tau_syn is None:
            charging, firing = (charge, charge_vjp), (margin, margin_vjp)
        else:
            charging, firing = (charge_synapse, charge_synapse_vjp), (margin, margin_synapse_vjp)
        resetting = (_SMOOTH_RESETS if smooth else _RESETS)[self.reset]
        kernels = dict(zip(KERNELS, (*charging, *firing, *resetting), strict=True))
        return refractory(smooth=smooth, **kernels) if self.refractory > 0 else kernels

    def coefficient_kernels(self) -> tuple[Any, Any, int]:
        """Return the scalar functions of a, b, theta, per_theta and v_reset."""
        if self.tau_syn is None:
            return coefficients, coefficients_vjp, N_COEFFICIENTS
        return coefficients_synapse, coefficients_synapse_vjp, N_COEFFICIENTS
