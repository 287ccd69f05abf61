"""Elementary functions (exp, log, tanh, ...) in plain arithmetic.

Loops that call them are vectorised, and their bits do not depend on a library.

    exp(x) = 2**n e**r          n = round(x / ln 2), |r| <= ln(2) / 2
                                e**r - 1 = 2 O / (E - O)
    log(x) = n ln 2 + log(m)    x = 2**n m, m near 1
                                log(m) = 2 artanh((m - 1) / (m + 1))

E, O and the series of artanh are Pade approximants with integer coefficients, which are exact in
float32 and float64. The relative error is a few 1e-7 in float32 and at most 1e-11 in float64, as
gradient checks need.
"""

import math

import numpy as np

from .._base import scalar

NONE = np.float32(-0.0)  # no gradient: the compiler removes additions of -0, but not of 0
HALF, ONE, TWO = np.float32(0.5), np.float32(1), np.float32(2)
LOWEST, HIGHEST = np.float32(-87), np.float32(88)  # exp is a normal float32 between them
# between them, 1 / x is a normal float32
MIN_NORMAL, MAX_NORMAL = np.float32(1.2e-38), np.float32(1e38)
PER_LN2 = np.float32(1 / math.log(2))
# ln 2 in three parts: multiples of the first are exact
LN2 = np.float32(355 / 512)
LN2_REST = np.float32(-2.1219444e-4)
LN2_LAST = np.float32(1.646595e-12)
E0, E2, E4, O1, O3 = (np.float32(k) for k in (30240, 3360, 30, 15120, 420))
T0, T2, T4, B0, B2, B4 = (np.float32(k) for k in (945, -735, 64, 945, -1050, 225))
# bits of a float32: bias and position of the exponent, mask of the mantissa, mantissa of sqrt(2)
BIAS, SHIFT = np.int32(127), np.int32(23)
MANTISSA, SQRT2 = np.int32(0x007FFFFF), np.int32(0x003504F3)


@scalar
def power_of_two(n):
    """Return 2**n for an integer from -126 to 127."""
    return np.int32(np.int32(n + BIAS) << SHIFT).view(np.float32)


@scalar
def exp_factors(x):
    """Return 2**n and e**r - 1 with e**x = 2**n e**r. x is clipped, so that both are normal."""
    x = min(max(x, LOWEST), HIGHEST)
    n = np.floor(x * PER_LN2 + HALF)
    r = x - n * LN2 - n * LN2_REST - n * LN2_LAST
    rr = r * r
    even, odd = E0 + rr * (E2 + rr * E4), r * (O1 + rr * (O3 + rr))
    return power_of_two(np.int32(n)), TWO * odd / (even - odd)


@scalar
def exp(x):
    power, rest = exp_factors(x)
    return power + power * rest


@scalar
def expm1(x):
    power, rest = exp_factors(x)
    return power * rest + power - ONE if power != ONE else rest  # exact near 0


@scalar
def exprel(x):
    """Return (e**x - 1) / x, which is 1 at 0."""
    return expm1(x) / x if abs(x) > MIN_NORMAL else ONE


@scalar
def tanh(x):
    y = expm1(x + x)
    return y / (y + TWO)


@scalar
def saturate(x, limit):
    """Return x, smoothly limited to [-limit, limit]."""
    return limit * tanh(x / limit)


@scalar
def sigmoid(x):
    return ONE / (ONE + exp(-x))


# in float64, for coefficients
@scalar
def double_exprel(x):
    return np.expm1(x) / x if x != 0 else 1.0


@scalar
def double_saturate(x, limit):
    return limit * np.tanh(x / limit)


@scalar
def double_sigmoid(x):
    return 1 / (1 + np.exp(-x))


@scalar
def log(x):
    """Return the natural logarithm. x is clipped to positive normal numbers."""
    x = min(max(x, MIN_NORMAL), MAX_NORMAL)
    # split x into 2**n m, with m between sqrt(1/2) and sqrt(2)
    bits = np.float32(x).view(np.int32)
    n = np.int32(np.int32(bits >> SHIFT) - BIAS + np.int32(np.int32(bits & MANTISSA) > SQRT2))
    m = x * power_of_two(np.int32(-n))
    # log(m) = 2 artanh(top / bottom)
    top, bottom = m - ONE, m + ONE
    tt, bb = top * top, bottom * bottom
    series = (T0 * bb * bb + tt * (T2 * bb + T4 * tt)) / (B0 * bb * bb + tt * (B2 * bb + B4 * tt))
    # add n ln 2
    n = np.float32(n)
    return n * LN2 + (n * LN2_REST + (n * LN2_LAST + TWO * series * (top / bottom)))
