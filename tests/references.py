"""Networks in float64, written from the equations: what the simulation in float32 is compared with, spike by spike.

Nothing of the package is called here. A neuron is what happens in one step, on arrays (n_samples,
n_neurons): ``charge(z, x)``, ``margin(z)`` and ``reset(z, s)``, where z is a tuple of state
variables, the membrane first, and s is 0 or 1.
"""

from typing import NamedTuple

import numpy as np


class Model(NamedTuple):
    n_states: int
    charge: object
    margin: object
    reset: object


def flow(y, rate, slope, h):
    """Return y after a step of dy/dt = rate by exponential Euler; a growth beyond e**8 in a step is cut off."""
    growth = np.minimum(h * slope, 8.0)
    return y + h * rate * np.where(
        growth == 0, 1.0, np.expm1(growth) / np.where(growth == 0, 1.0, growth))


def over(q):
    """Return the margin of a membrane over a threshold that stays: in units of it."""
    return lambda z: (z[0] - q["threshold"]) / q["threshold"]


def lif(neuron, q, dt):
    """Tell v <- a v + x, or through a current u <- b u + x, v <- a v + u; then to v_reset, or down by threshold - v_reset."""

    def charge(z, x):
        u = np.exp(-dt / q["tau_syn"]) * z[1] + x if neuron.tau_syn is not None else x
        return np.exp(-dt / q["tau_mem"]) * z[0] + u, u

    def reset(z, s):
        fall = z[0] - q["v_reset"] if neuron.reset == "value" else q["threshold"] - q["v_reset"]
        return z[0] - s * fall, z[1]

    return Model(2, charge, over(q), reset)


def adaptive_lif(neuron, q, dt):
    """Tell the LIF whose threshold (1 + w) threshold rises by beta with each spike, which takes the threshold off the membrane."""

    def charge(z, x):
        i = np.exp(-dt / q["tau_syn"]) * z[2] + x if neuron.tau_syn is not None else x
        return np.exp(-dt / q["tau_mem"]) * z[0] + i, np.exp(-dt / q["tau_w"]) * z[1], i

    def reset(z, s):
        return z[0] - s * q["threshold"] * (1 + z[1]), z[1] + s * q["beta"], z[2]

    return Model(3, charge, lambda z: z[0] / q["threshold"] - (1 + z[1]), reset)


def exponential_slope(v, q):
    """Return the current of the upstroke, delta exp((v - v_t) / delta), and its derivative; the exponent is held within 10."""
    u = (v - q["v_t"]) / q["delta"]
    e = np.exp(np.clip(u, -10, 10))
    return q["delta"] * e, e * (np.abs(u) < 10)


def exponential(neuron, q, dt):
    """Tell tau dv/dt = -v + delta exp((v - v_t) / delta), and the membrane is held within 3."""

    def charge(z, x):
        up, slope = exponential_slope(z[0], q)
        v = flow(z[0], (up - z[0]) / q["tau_mem"], (slope - 1) / q["tau_mem"], dt) + x
        return (np.clip(v, -3, 3),)

    return Model(1, charge, over(q), lambda z, s: (np.where(s, q["v_reset"], z[0]),))


def adex(neuron, q, dt):
    """Tell tau dv/dt = -v + delta exp((v - v_t) / delta) - w and tau_w dw/dt = a v - w; a spike adds b to w."""

    def charge(z, x):
        (v, w), (up, slope) = z, exponential_slope(z[0], q)
        after = flow(v, (up - v - w) / q["tau_mem"], (slope - 1) / q["tau_mem"], dt) + x
        return np.clip(after, -3, 3), flow(w, (q["a"] * v - w) / q["tau_w"], -1 / q["tau_w"], dt)

    return Model(
        2, charge, over(q), lambda z, s: (np.where(s, q["v_reset"], z[0]), z[1] + s * q["b"]))


def quadratic(neuron, q, dt):
    """Tell tau dv/dt = v**2 / v_c - v, and the membrane is held within 3."""

    def charge(z, x):
        v = z[0]
        v = flow(
            v, (v**2 / q["v_c"] - v) / q["tau_mem"], (2 * v / q["v_c"] - 1) / q["tau_mem"], dt) + x
        return (np.clip(v, -3, 3),)

    return Model(1, charge, over(q), lambda z, s: (np.where(s, q["v_reset"], z[0]),))


def izhikevich(neuron, q, dt):
    """Tell dv/dt = (v**2 / 0.15 - v) / tau - u and du/dt = a (b v - u); a spike sets v to c and adds d to u."""

    def charge(z, x):
        v, u = z
        after = flow(
            v, (v**2 / 0.15 - v) / q["tau_mem"] - u, (2 * v / 0.15 - 1) / q["tau_mem"], dt) + x
        return np.clip(after, -3, 3), flow(u, q["a"] * (q["b"] * v - u), -q["a"], dt)

    return Model(2, charge, over(q), lambda z, s: (np.where(s, q["c"], z[0]), z[1] + s * q["d"]))


def resonator(neuron, q, dt):
    """Tell z <- z exp(-dt / tau + 2 pi i f dt) + x as one complex number, whose real part is the membrane."""

    def charge(z, x):
        turned = (z[0] + 1j * z[1]) * np.exp(
            -dt / q["tau_mem"] + 2j * np.pi * q["frequency"] * dt / 1000) + x
        return turned.real, turned.imag

    return Model(
        2, charge, over(q), lambda z, s: (np.where(s, q["v_reset"], z[0]), np.where(s, 0.0, z[1])))


def meta(neuron, q, dt):
    """Tell tau dv/dt = v**2 - v - u and tau du/dt = theta_v v - theta_u u by steps of 1 - exp(-dt / tau), both held within 3."""
    e = 1 - np.exp(-dt / q["tau_mem"])

    def charge(z, x):
        v, u = z
        return np.clip(v + e * (v**2 - v - u) + x, -3, 3), np.clip(
            u + e * (q["theta_v"] * v - q["theta_u"] * u), -3, 3)

    return Model(
        2, charge, over(q), lambda z, s: (np.where(s, q["theta_r"], z[0]), z[1] + s * q["theta_s"]))


def hodgkin_huxley(neuron, q, dt):
    """Tell the equations of Wang and Buzsaki in mV, with rates as published, in two substeps; v is (V + 65) / 30."""

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
}


class Course(NamedTuple):
    """What a layer does: spikes (n_samples, n_neurons, n_steps), margins of the same shape, and where rounding may decide."""

    spikes: np.ndarray
    margins: np.ndarray
    near: np.ndarray


def run(model, drive, given, tolerance, recurrent=None, hold=0, compete=None, spiking=True):
    """Run a layer of neurons in float64 and return its `Course`.

    `drive` is the summed input, (n_samples, n_neurons, n_steps); `recurrent` weights bring spikes
    back one step later; `hold` is the number of steps for which a neuron waits after a spike,
    standing still. Where rounding may decide, the spikes are those of `given`, so that what follows
    can be compared. `compete(margins, tolerance)` returns who spikes and who is near, and
    ``compete.inhibit(v, n)`` what `n` spikes of others make of a membrane. Without `spiking`
    membranes are free.
    """
    n_samples, n_neurons, n_steps = drive.shape
    nothing = np.zeros((n_samples, n_neurons))
    z, before, wait = (nothing,) * model.n_states, nothing, nothing
    course = Course(
        np.zeros(drive.shape, np.uint8), np.zeros(drive.shape), np.zeros(drive.shape, bool))
    for t in range(n_steps):
        x = drive[:, :, t] if recurrent is None else drive[:, :, t] + before @ recurrent
        go, moved = wait == 0, model.charge(z, x)
        z = (np.where(go, moved[0], z[0]), *moved[1:])
        margins = np.where(go, model.margin(z), -1.0)
        s, near = compete(margins, tolerance) if compete else (
            margins > 0, np.abs(margins) <= tolerance)
        s = np.where(near, given[:, :, t] > 0, s) if spiking else np.zeros_like(go)
        course.spikes[:, :, t], course.margins[:, :, t], course.near[:, :, t] = s, margins, near
        z = model.reset(z, s)
        if compete:
            z = (np.where(s, z[0], compete.inhibit(z[0], s.sum(axis=1, keepdims=True))), *z[1:])
        before, wait = s.astype(float), np.where(s, hold, np.maximum(wait - 1, 0))
    return course


class Compete(NamedTuple):
    """At most `winners` neurons spike in a step, those furthest above threshold; each spike acts on the others by `inhibit(v, n)`."""

    winners: int
    inhibit: object

    def __call__(self, margins, tolerance):
        """Return who spikes, and who is within rounding of doing otherwise: near the threshold, or where winners and losers meet."""
        k = self.winners
        ranked = np.pad(-np.sort(-margins, axis=1), ((0, 0), (0, 1)), constant_values=-np.inf)
        last, first = ranked[:, k - 1 : k], np.maximum(ranked[:, k : k + 1], 0)
        close = (last > 0) & (last - first <= tolerance)
        near = (np.abs(margins) <= tolerance) & (margins >= first - tolerance)
        near |= close & (margins <= last + tolerance) & (margins >= first - tolerance)
        return (margins > 0) & (margins >= last), near
