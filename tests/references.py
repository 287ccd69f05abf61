"""Reference simulations in float64, with which the simulation in float32 is compared.

This module does not import the package. A reference describes one step of a neuron on arrays
(n_samples, n_neurons): ``charge(z, x)``, ``margin(z)`` and ``reset(z, s)``. z is a tuple of state
variables, the membrane potential first, and s is 0 or 1.

A neuron that is defined by equations needs no written reference, because `interpreter` carries out
its text. The references written here were transcribed from the papers. They are needed for neurons
with handwritten kernels, and check the texts of the other neurons.
"""

from typing import NamedTuple

import numpy as np
from interpreter import step_of


class Model(NamedTuple):
    n_states: int
    charge: object
    margin: object
    reset: object


def flow(y, rate, slope, h):
    """Return y after a step of dy/dt = rate by exponential Euler, with a growth of at most e**8."""
    growth = np.minimum(h * slope, 8.0)
    return y + h * rate * np.where(
        growth == 0, 1.0, np.expm1(growth) / np.where(growth == 0, 1.0, growth))


def over(q):
    """Return the margin over a constant threshold, in units of the threshold."""
    return lambda z: (z[0] - q["threshold"]) / q["threshold"]


def lif(neuron, q, dt):
    """LIF: v <- a v + x, or with a synaptic current u <- b u + x, v <- a v + u.

    A spike sets v to v_reset, or lowers it by threshold - v_reset.
    """

    def charge(z, x):
        u = np.exp(-dt / q["tau_syn"]) * z[1] + x if neuron.tau_syn is not None else x
        return np.exp(-dt / q["tau_mem"]) * z[0] + u, u

    def reset(z, s):
        fall = z[0] - q["v_reset"] if neuron.reset == "value" else q["threshold"] - q["v_reset"]
        return z[0] - s * fall, z[1]

    return Model(2, charge, over(q), reset)


def adaptive_lif(neuron, q, dt):
    """LIF with threshold (1 + w) threshold. A spike adds beta to w and lowers v by threshold."""

    def charge(z, x):
        i = np.exp(-dt / q["tau_syn"]) * z[2] + x if neuron.tau_syn is not None else x
        return np.exp(-dt / q["tau_mem"]) * z[0] + i, np.exp(-dt / q["tau_w"]) * z[1], i

    def reset(z, s):
        return z[0] - s * q["threshold"] * (1 + z[1]), z[1] + s * q["beta"], z[2]

    return Model(3, charge, lambda z: z[0] / q["threshold"] - (1 + z[1]), reset)


def exponential_slope(v, q):
    """Return delta exp((v - v_t) / delta), the exponent within [-10, 10], and its derivative."""
    u = (v - q["v_t"]) / q["delta"]
    e = np.exp(np.clip(u, -10, 10))
    return q["delta"] * e, e * (np.abs(u) < 10)


def exponential(neuron, q, dt):
    """Exponential neuron: tau dv/dt = -v + delta exp((v - v_t) / delta), with v within [-3, 3]."""

    def charge(z, x):
        up, slope = exponential_slope(z[0], q)
        v = flow(z[0], (up - z[0]) / q["tau_mem"], (slope - 1) / q["tau_mem"], dt) + x
        return (np.clip(v, -3, 3),)

    return Model(1, charge, over(q), lambda z, s: (np.where(s, q["v_reset"], z[0]),))


def adex(neuron, q, dt):
    """AdEx: tau dv/dt = -v + delta exp((v - v_t) / delta) - w and tau_w dw/dt = a v - w.

    A spike adds b to w.
    """

    def charge(z, x):
        (v, w), (up, slope) = z, exponential_slope(z[0], q)
        after = flow(v, (up - v - w) / q["tau_mem"], (slope - 1) / q["tau_mem"], dt) + x
        return np.clip(after, -3, 3), flow(w, (q["a"] * v - w) / q["tau_w"], -1 / q["tau_w"], dt)

    return Model(
        2, charge, over(q), lambda z, s: (np.where(s, q["v_reset"], z[0]), z[1] + s * q["b"]))


def quadratic(neuron, q, dt):
    """Quadratic neuron: tau dv/dt = v**2 / v_c - v, with v within [-3, 3]."""

    def charge(z, x):
        v = z[0]
        v = flow(
            v, (v**2 / q["v_c"] - v) / q["tau_mem"], (2 * v / q["v_c"] - 1) / q["tau_mem"], dt) + x
        return (np.clip(v, -3, 3),)

    return Model(1, charge, over(q), lambda z, s: (np.where(s, q["v_reset"], z[0]),))


def izhikevich(neuron, q, dt):
    """Izhikevich neuron: dv/dt = (v**2 / 0.15 - v) / tau - u and du/dt = a (b v - u).

    A spike sets v to c and adds d to u.
    """

    def charge(z, x):
        v, u = z
        after = flow(
            v, (v**2 / 0.15 - v) / q["tau_mem"] - u, (2 * v / 0.15 - 1) / q["tau_mem"], dt) + x
        return np.clip(after, -3, 3), flow(u, q["a"] * (q["b"] * v - u), -q["a"], dt)

    return Model(2, charge, over(q), lambda z, s: (np.where(s, q["c"], z[0]), z[1] + s * q["d"]))


def resonator(neuron, q, dt):
    """Resonator: z <- z exp(-dt / tau + 2 pi i f dt) + x, whose real part is the membrane."""

    def charge(z, x):
        turned = (z[0] + 1j * z[1]) * np.exp(
            -dt / q["tau_mem"] + 2j * np.pi * q["frequency"] * dt / 1000) + x
        return turned.real, turned.imag

    return Model(
        2, charge, over(q), lambda z, s: (np.where(s, q["v_reset"], z[0]), np.where(s, 0.0, z[1])))


def se_adlif(neuron, q, dt):
    """SE-adLIF: v <- c v - (1 - c) w + x, then w <- d w + k v with the v after the reset.

    A spike adds b to w. The gain k = (1 - d) a is at most (sqrt(c) + sqrt(d))**2 / (1 - c).
    """
    c, d = np.exp(-dt / q["tau_mem"]), np.exp(-dt / q["tau_w"])
    k = np.minimum((1 - d) * q["a"], (np.sqrt(c) + np.sqrt(d)) ** 2 / (1 - c))

    def charge(z, x):
        i = np.exp(-dt / q["tau_syn"]) * z[2] + x if neuron.tau_syn is not None else x
        v = c * z[0] - (1 - c) * z[1] + i
        return v, d * z[1] + k * v, i

    return Model(
        3, charge, over(q),
        lambda z, s: (np.where(s, 0.0, z[0]), z[1] + s * (q["b"] - k * z[0]), z[2]))


def meta(neuron, q, dt):
    """Meta-neuron: tau dv/dt = v**2 - v - u and tau du/dt = theta_v v - theta_u u.

    Steps are 1 - exp(-dt / tau), and both variables stay within [-3, 3].
    """
    e = 1 - np.exp(-dt / q["tau_mem"])

    def charge(z, x):
        v, u = z
        return np.clip(v + e * (v**2 - v - u) + x, -3, 3), np.clip(
            u + e * (q["theta_v"] * v - q["theta_u"] * u), -3, 3)

    return Model(
        2, charge, over(q), lambda z, s: (np.where(s, q["theta_r"], z[0]), z[1] + s * q["theta_s"]))


def hodgkin_huxley(neuron, q, dt):
    """Neuron of Wang and Buzsaki: rates in mV as published, v = (V + 65) / 30, two substeps."""

    def rates(mv):
        with np.errstate(invalid="ignore"):
            a_m = np.where(mv == -35, 1.0, -0.1 * (mv + 35) / np.expm1(-0.1 * (mv + 35)))
            a_n = np.where(mv == -34, 0.1, -0.01 * (mv + 34) / np.expm1(-0.1 * (mv + 34)))
        a_h, b_h = 0.07 * np.exp(-(mv + 58) / 20), 1 / (np.exp(-0.1 * (mv + 28)) + 1)
        return (a_m, 4 * np.exp(-(mv + 60) / 18)), (a_h, b_h), (
            a_n, 0.125 * np.exp(-(mv + 44) / 80))

    def charge(z, x):
        for _ in range(2):
            v, (m, h, n) = np.clip(z[0], -6, 6), (np.clip(gate, 0, 1) for gate in z[1:])
            sodium, potassium = q["g_na"] * m**3 * h, q["g_k"] * n**4
            dv = -v / q["tau_mem"] - sodium * (v - 4) - potassium * (v + 5 / 6)
            gates = [
                flow(y, q["phi"] * (a * (1 - y) - b * y), -q["phi"] * (a + b), dt / 2)
                for y, (a, b) in zip((m, h, n), rates(30 * v - 65), strict=True)
            ]
            z = flow(v, dv, -1 / q["tau_mem"] - sodium - potassium, dt / 2), *gates
        return z[0] + x, *z[1:]

    return Model(
        4, charge, over(q),
        lambda z, s: (z[0], z[1], np.where(s, 0.0, z[2]), np.where(s, 1.0, z[3])))


NEURONS = {
    "adaptive_lif": adaptive_lif,
    "adex": adex,
    "exponential": exponential,
    "hodgkin_huxley": hodgkin_huxley,
    "izhikevich": izhikevich,
    "lif": lif,
    "meta": meta,
    "quadratic": quadratic,
    "resonator": resonator,
    "se_adlif": se_adlif,
}


def from_text(neuron, q, dt):
    """Return the reference of a neuron that is defined by equations: its own text, interpreted."""
    options = {
        "smooth": False,
        **{item.name: item.name in q for item in neuron.intrinsics if item.optional},
        **{name: getattr(neuron, name) for name in neuron.options}}
    equations = neuron.equations
    return Model(len(equations.states), *step_of(equations, options, q, dt))


def has(neuron):
    """Return whether there is a reference of a neuron."""
    return hasattr(neuron, "equations") or neuron.name in NEURONS


def of(neuron, q, dt):
    """Return the reference of a neuron with values `q` of its intrinsics."""
    return (from_text if hasattr(neuron, "equations") else NEURONS[neuron.name])(neuron, q, dt)


class Course(NamedTuple):
    """Activity of a layer: arrays (n_samples, n_neurons, n_steps).

    `error` bounds the change of each margin by rounding in float32. `near` is true if this may
    change a spike.
    """

    spikes: np.ndarray
    margins: np.ndarray
    error: np.ndarray
    near: np.ndarray


def run(model, drive, given, rounding, recurrent=None, hold=0, compete=None, spiking=True):
    """Run a layer of neurons in float64 and return its `Course`.

    Parameters
    ----------
    model : Model
        The neuron.
    drive : array of shape (n_samples, n_neurons, n_steps)
        Summed input.
    given : array of the same shape
        Spikes to use if rounding may change a spike, so that later steps can be compared.
    rounding : float
        Relative error of the states per step. A second run that starts each step with the error so
        far measures how the neuron magnifies it.
    recurrent : array of shape (n_neurons, n_neurons) or None
        Weights that bring spikes back one step later.
    hold : int
        Steps for which the membrane is constant after a spike.
    compete : Compete or None
        Competition within the layer.
    spiking : bool
        Whether neurons spike.
    """
    n_samples, n_neurons, n_steps = drive.shape
    nothing = np.zeros((n_samples, n_neurons))
    z, before, wait = (nothing,) * model.n_states, nothing, nothing
    lost = z
    course = Course(
        np.zeros(drive.shape, np.uint8), np.zeros(drive.shape), np.zeros(drive.shape),
        np.zeros(drive.shape, bool))

    def added(z, lost):
        return tuple(state + part for state, part in zip(z, lost, strict=True))

    def parted(moved, z):
        return tuple(state - part for state, part in zip(moved, z, strict=True))

    for t in range(n_steps):
        x = drive[:, :, t] if recurrent is None else drive[:, :, t] + before @ recurrent
        go, moved, other = wait == 0, model.charge(z, x), model.charge(added(z, lost), x)
        lost = tuple(
            part + np.where(part < 0, -1, 1) * rounding * (1 + np.abs(x) + np.abs(state))
            for part, state in zip(parted(other, moved), moved, strict=True))
        z = (np.where(go, moved[0], z[0]), *moved[1:])
        margins = np.where(go, model.margin(z), -1.0)
        one_by_one = ((*z[:k], z[k] + lost[k], *z[k + 1 :]) for k in range(model.n_states))
        error = np.where(
            go, sum(np.abs(model.margin(other) - margins) for other in one_by_one), 0.0)
        s, near = compete(margins, error) if compete else (margins > 0, np.abs(margins) <= error)
        s = np.where(near, given[:, :, t] > 0, s) if spiking else np.zeros_like(go)
        for array, values in zip(course, (s, margins, error, near), strict=True):
            array[:, :, t] = values
        other, z = model.reset(added(z, lost), s), model.reset(z, s)
        lost = parted(other, z)
        if compete:
            z = (np.where(s, z[0], compete.inhibit(z[0], s.sum(axis=1, keepdims=True))), *z[1:])
        before, wait = s.astype(float), np.where(s, hold, np.maximum(wait - 1, 0))
    return course


class Compete(NamedTuple):
    """Competition of the neurons of a layer.

    At most `winners` neurons spike in a step, the furthest above threshold first. `inhibit(v, n)`
    returns a membrane potential v after n spikes of other neurons.
    """

    winners: int
    inhibit: object

    def __call__(self, margins, tolerance):
        """Return which neurons spike, and for which of them rounding may change this.

        It may do so near the threshold, and between the last winner and the first loser.
        """
        k = self.winners
        ranked = np.pad(-np.sort(-margins, axis=1), ((0, 0), (0, 1)), constant_values=-np.inf)
        last, first = ranked[:, k - 1 : k], np.maximum(ranked[:, k : k + 1], 0)
        close = (last > 0) & (last - first <= tolerance)
        near = (np.abs(margins) <= tolerance) & (margins >= first - tolerance)
        near |= close & (margins <= last + tolerance) & (margins >= first - tolerance)
        return (margins > 0) & (margins >= last), near
