"""A neuron as a user would write it, outside the package: a membrane whose leak grows with its potential.

    charge   v <- v - gain v |v| + x      held within [-2, 2]
    fire     s = 1 where v > threshold
    reset    v <- 0
"""

import numpy as np

from skspike.neurons import Intrinsic, Neuron, scalar

ZERO, ONE, TWO = np.float32(0), np.float32(1), np.float32(2)


@scalar
def charge(v, u, x, p):
    gain, theta = p
    return min(max(v - gain * v * abs(v) + x, -TWO), TWO), u


@scalar
def charge_vjp(dv, du, v0, u0, v1, u1, p):
    gain, theta = p
    dv = dv if abs(v1) < TWO else ZERO
    return dv * (ONE - TWO * gain * abs(v0)), du, dv, (-dv * v0 * abs(v0), ZERO)


@scalar
def margin(v, u, p):
    gain, theta = p
    return (v - theta) / theta


@scalar
def margin_vjp(dm, v, u, p):
    gain, theta = p
    return dm / theta, ZERO, (ZERO, -dm * v / (theta * theta))


@scalar
def reset(v, u, s, p):
    return (ONE - s) * v, u


@scalar
def reset_vjp(dv, du, v, u, s, p):
    return (ONE - s) * dv, du, -dv * v, (ZERO, ZERO)


class QuadraticNeuron(Neuron):
    """A neuron with a quadratic leak and two intrinsics."""

    name = "quadratic"
    intrinsics = (Intrinsic("gain", "log"), Intrinsic("threshold", "log"))

    def __init__(self, gain=0.1, threshold=0.5, gain_bounds=(0.001, 0.4), threshold_bounds=(0.1, 1.5)):
        self.gain = gain
        self.threshold = threshold
        self.gain_bounds = gain_bounds
        self.threshold_bounds = threshold_bounds

    def kernels(self, smooth=False):
        names = ("charge", "charge_vjp", "margin", "margin_vjp", "reset", "reset_vjp")
        return dict(zip(names, (charge, charge_vjp, margin, margin_vjp, reset, reset_vjp), strict=True))

    def coefficients(self, values, dt):
        return values["gain"] * dt, values["threshold"]

    def coefficients_vjp(self, values, dt, grads):
        return {"gain": grads[0] * dt, "threshold": grads[1]}
