"""Peak of the response of a membrane to one weak spike, and its derivatives.

    z(0) = B,  z(t + 1) = A z(t)        A, B: derivatives of charge at rest, by state and by input
    peak = max_t z_0(t)
"""

from typing import Any

import numpy as np

from .._base import Array

STEP, MIN_STEP = 1e-5, 1e-8  # of a central difference, relative and absolute
LONGEST = 2**14  # steps in which the peak is looked for
FALLEN = 0.5  # share of the peak at which a response has passed it


def of_exponentials(
        neuron: Any, values: dict[str, Array], dt: float) -> tuple[Array, dict[str, Array]]:
    """Return the logarithm of the peak of a difference of exponentials, and its slopes.

    It is the peak in continuous time, for the time constants of membrane and synapse.
    """
    membrane, synapse = neuron.named("membrane"), neuron.named("synapse")
    if synapse not in values:
        return np.zeros_like(values[neuron.named("threshold")]), {}
    tau_mem, tau_syn = values[membrane], values[synapse]
    # 1 - b / a, although a and b may be tiny or nearly equal
    lost = -np.expm1(dt / tau_mem - dt / tau_syn)
    eta = tau_mem / tau_syn
    # V0 (e^(-t/tau_mem) - e^(-t/tau_syn)) peaks at 1
    log_v0 = eta / (eta - 1) * np.log(eta) - np.log(eta - 1)
    slope = -np.log(eta) / (eta - 1) ** 2
    dtau_mem = slope / tau_syn + dt / tau_mem**2 / lost
    dtau_syn = -slope * eta / tau_syn - (1 - lost) * dt / tau_syn**2 / lost
    return -log_v0 + dt / tau_mem - np.log(lost), {membrane: -dtau_mem, synapse: -dtau_syn}


def of_kernels(neuron, values, dt):
    """Return the logarithm of the peak that follows from ``charge``, and its slopes.

    The slopes are central differences of the response at the step of the peak.
    """
    peak, step = _peak(*_derivatives(neuron, values, dt))
    slopes = {}
    for name, value in values.items():
        h = np.maximum(STEP * np.abs(value), MIN_STEP)
        low, high = (
            _response(*_derivatives(neuron, {**values, name: value + side}, dt), step)
            for side in (-h, h))
        slopes[name] = (high - low) / (2 * h * peak)
    return np.log(peak), slopes


def _derivatives(neuron, values, dt):
    """Return the derivatives of charge at rest: (n_neurons, n, n) by n states, and by the input."""
    vjp, units = neuron.kernels()["charge_vjp"], np.eye(len(neuron.states))
    rest = tuple(0 * units[0])
    rows = [
        [vjp(tuple(unit), rest, rest, tuple(p))[:2] for unit in units]
        for p in np.transpose(neuron.coefficients(values, dt))]
    return tuple(np.array([[row[k] for row in of_one] for of_one in rows]) for k in (0, 1))


def _peak(by_state, z):
    """Return the largest potential of each neuron, and the step that reaches it."""
    peak, step, t = z[:, 0].copy(), np.zeros(len(z), int), 0
    while t < LONGEST and (z[:, 0] >= FALLEN * peak).any():
        z, t = (by_state @ z[..., None])[..., 0], t + 1
        step[z[:, 0] > peak] = t
        np.maximum(peak, z[:, 0], out=peak)
    return peak, step


def _response(by_state, z, step):
    """Return the potential of each neuron at a step."""
    power = np.linalg.matrix_power
    return np.array([(power(*one) @ start)[0] for *one, start in zip(by_state, step, z)])
