"""Bias and absolute refractory time for any neuron, as wrappers of its kernels.

A bias is a constant current, which is the last coefficient. A refractory time adds a state
variable, the remaining refractory steps, and a coefficient, the refractory steps after a spike.

    charge   v is constant while wait > 0, other variables change as usual
    fire     no spike while wait > 0
    reset    wait <- hold after a spike, else max(wait - 1, 0)
"""

import functools

import numpy as np

from .._base import scalar
from ._math import NONE
from ._neuron import KERNELS

ZERO, ONE = np.float32(0), np.float32(1)


@functools.lru_cache(maxsize=None)
def biased(*, charge, charge_vjp, margin, margin_vjp, reset, reset_vjp):
    """Wrap the kernels of a neuron without bias."""

    @scalar
    def biased_charge(z, x, p):
        return charge(z, x + p[-1], p[:-1])

    @scalar
    def biased_charge_vjp(dz, z0, z1, p):
        inner, dx, dp = charge_vjp(dz, z0, z1, p[:-1])
        return inner, dx, (*dp, dx)

    @scalar
    def biased_margin(z, p):
        return margin(z, p[:-1])

    @scalar
    def biased_margin_vjp(dm, z, p):
        dz, dp = margin_vjp(dm, z, p[:-1])
        return dz, (*dp, NONE)

    @scalar
    def biased_reset(z, s, p):
        return reset(z, s, p[:-1])

    @scalar
    def biased_reset_vjp(dz, z, s, p):
        inner, ds, dp = reset_vjp(dz, z, s, p[:-1])
        return inner, ds, (*dp, NONE)

    return dict(zip(KERNELS, (
        biased_charge, biased_charge_vjp, biased_margin, biased_margin_vjp, biased_reset,
        biased_reset_vjp), strict=True))


@functools.lru_cache(maxsize=None)
def refractory(*, smooth, charge, charge_vjp, margin, margin_vjp, reset, reset_vjp):
    """Wrap the kernels of a neuron without refractory time."""
    if smooth:
        raise ValueError(
            "Smooth spikes need refractory=0, because a refractory time has no smooth form.")

    @scalar
    def is_ready(z):
        return ONE if z[-1] <= ZERO else ZERO

    @scalar
    def waiting_charge(z, x, p):
        ready, charged = is_ready(z), charge(z[:-1], x, p[:-1])
        return (ready * charged[0] + (ONE - ready) * z[0], *charged[1:], z[-1])

    @scalar
    def waiting_charge_vjp(dz, z0, z1, p):
        ready = is_ready(z0)
        inner, dx, dp = charge_vjp((ready * dz[0], *dz[1:-1]), z0[:-1], z1[:-1], p[:-1])
        return (inner[0] + (ONE - ready) * dz[0], *inner[1:], NONE), dx, (*dp, NONE)

    @scalar
    def waiting_margin(z, p):
        ready = is_ready(z)
        return ready * margin(z[:-1], p[:-1]) - (ONE - ready)

    @scalar
    def waiting_margin_vjp(dm, z, p):
        dz, dp = margin_vjp(is_ready(z) * dm, z[:-1], p[:-1])
        return (*dz, NONE), (*dp, NONE)

    @scalar
    def waiting_reset(z, s, p):
        return (*reset(z[:-1], s, p[:-1]), s * p[-1] + (ONE - s) * max(z[-1] - ONE, ZERO))

    @scalar
    def waiting_reset_vjp(dz, z, s, p):
        inner, ds, dp = reset_vjp(dz[:-1], z[:-1], s, p[:-1])
        return (*inner, NONE), ds, (*dp, NONE)

    return dict(zip(KERNELS, (
        waiting_charge, waiting_charge_vjp, waiting_margin, waiting_margin_vjp, waiting_reset,
        waiting_reset_vjp), strict=True))
