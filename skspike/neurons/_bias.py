"""Bias of any neuron: a constant current, which is the last coefficient."""

import functools

from .._compile import scalar
from ._base import KERNELS
from ._elementary import NONE


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
