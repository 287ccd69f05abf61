"""A neuron with handwritten kernels and derivatives: its leak grows with the potential.

    charge   v <- v - gain v |v| + x      clipped to [-2, 2]
    fire     s = 1 if v > threshold
    reset    v <- 0
"""

import numpy as np

from skspike.neurons import Intrinsic, Neuron, scalar

ZERO, ONE, TWO = np.float32(0), np.float32(1), np.float32(2)


@scalar
def charge(z, x, p):
    (v,) = z
    gain, theta = p
    return (min(max(v - gain * v * abs(v) + x, -TWO), TWO),)


@scalar
def charge_vjp(dz, z0, z1, p):
    gain, theta = p
    (v,) = z0
    dv = dz[0] if abs(z1[0]) < TWO else ZERO
    return (dv * (ONE - TWO * gain * abs(v)),), dv, (-dv * v * abs(v), ZERO)


@scalar
def margin(z, p):
    gain, theta = p
    return (z[0] - theta) / theta


@scalar
def margin_vjp(dm, z, p):
    gain, theta = p
    return (dm / theta,), (ZERO, -dm * z[0] / (theta * theta))


@scalar
def reset(z, s, p):
    return ((ONE - s) * z[0],)


@scalar
def reset_vjp(dz, z, s, p):
    return ((ONE - s) * dz[0],), -dz[0] * z[0], (ZERO, ZERO)


class HandNeuron(Neuron):
    """A neuron with a quadratic leak and two intrinsics."""

    name = "hand"
    states = ("v",)
    intrinsics = (Intrinsic("gain", "log"), Intrinsic("threshold", "log", role="threshold"))

    def __init__(
            self, gain=0.1, threshold=0.5, gain_bounds=(0.001, 0.4), threshold_bounds=(0.1, 1.5)):
        self.gain = gain
        self.threshold = threshold
        self.gain_bounds = gain_bounds
        self.threshold_bounds = threshold_bounds

    def kernels(self, smooth=False):
        names = ("charge", "charge_vjp", "margin", "margin_vjp", "reset", "reset_vjp")
        return dict(
            zip(names, (charge, charge_vjp, margin, margin_vjp, reset, reset_vjp), strict=True))

    def coefficients(self, values, dt):
        return values["gain"] * dt, values["threshold"]

    def coefficients_vjp(self, values, dt, grads):
        return {"gain": grads[0] * dt, "threshold": grads[1]}
