"""exp, log, tanh and their like in plain arithmetic: loops that call them stay vector code, and their bits depend on no library.

    exp(x) = 2**n e**r      n = round(x / ln 2), |r| <= ln(2) / 2      e**r - 1 = 2 O / (E - O)
    log(x) = n ln 2 + log(m)      x = 2**n m, m near 1                   log(m) = 2 artanh((m - 1) /
    (m + 1))

Both series are Pade approximants, whose coefficients are whole numbers: exact in float32 as in
float64. So each function is as accurate as the type of its argument allows, a few 1e-7 in float32
and 1e-11, or much less, in float64, which gradient checks need.
"""

import math

import numpy as np

from .._compile import scalar

NONE = np.float32(-0.0)  # no gradient: the one number whose addition the compiler may drop
HALF, ONE, TWO = np.float32(0.5), np.float32(1), np.float32(2)
# beyond these an exponential, and beyond the next a 1 / x, is no normal float32
LOWEST = np.float32(-87)
HIGHEST = np.float32(88)
TINY, HUGE = np.float32(1.2e-38), np.float32(1e38)
PER_LN2 = np.float32(1 / math.log(2))
# multiples of the first are exact
LN2 = np.float32(355 / 512)
LN2_REST = np.float32(-2.1219444e-4)
LN2_LAST = np.float32(1.646595e-12)
E0, E2, E4, O1, O3 = (np.float32(k) for k in (30240, 3360, 30, 15120, 420))
T0, T2, T4, B0, B2, B4 = (np.float32(k) for k in (945, -735, 64, 945, -1050, 225))
# the last: its mantissa
BIAS = np.int32(127)
SHIFT = np.int32(23)
MANTISSA = np.int32(0x007FFFFF)
SQRT2 = np.int32(0x003504F3)


@scalar
def power_of_two(n):
    """Return 2**n for a whole number from -126 to 127."""
    return np.int32(np.int32(n + BIAS) << SHIFT).view(np.float32)


@scalar
def parts(x):
    """Return 2**n and e**r - 1, where 2**n e**r is e**x; x is held within the normal numbers of float32."""
    x = min(max(x, LOWEST), HIGHEST)
    n = np.floor(x * PER_LN2 + HALF)
    r = x - n * LN2 - n * LN2_REST - n * LN2_LAST
    rr = r * r
    even, odd = E0 + rr * (E2 + rr * E4), r * (O1 + rr * (O3 + rr))
    return power_of_two(np.int32(n)), TWO * odd / (even - odd)


@scalar
def exp(x):
    power, more = parts(x)
    return power + power * more


@scalar
def expm1(x):
    power, more = parts(x)
    return power * more + power - ONE if power != ONE else more  # near 0 nothing is lost


@scalar
def exprel(x):
    """Return (e**x - 1) / x, which is 1 at 0."""
    return expm1(x) / x if abs(x) > TINY else ONE


@scalar
def tanh(x):
    y = expm1(x + x)
    return y / (y + TWO)


@scalar
def saturate(x, limit):
    """Return x, smoothly held within -limit and limit."""
    return limit * tanh(x / limit)


@scalar
def sigmoid(x):
    return ONE / (ONE + exp(-x))


@scalar
def log(x):
    """Return the natural logarithm; what is not positive counts as the smallest number."""
    x = min(max(x, TINY), HUGE)
    bits = np.float32(x).view(np.int32)
    n = np.int32(np.int32(bits >> SHIFT) - BIAS + np.int32(np.int32(bits & MANTISSA) > SQRT2))
    m = x * power_of_two(np.int32(-n))
    top, bottom = m - ONE, m + ONE
    tt, bb = top * top, bottom * bottom
    series = (T0 * bb * bb + tt * (T2 * bb + T4 * tt)) / (B0 * bb * bb + tt * (B2 * bb + B4 * tt))
    n = np.float32(n)
    return n * LN2 + (n * LN2_REST + (n * LN2_LAST + TWO * series * (top / bottom)))
