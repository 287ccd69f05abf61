"""The names that the time loops leave open, with their contracts.

Every role is a pure function of numbers for ONE neuron. `v` is its membrane potential, `u` its second state variable, `p` the
tuple of its coefficients. A ``_vjp`` is the vector-Jacobian product of the role above it: gradients with respect to
its results go in, gradients with respect to its arguments come out, `dp` as a tuple like `p`.
"""


def charge(v, u, x, p):
    """Advance the state by one step under the input x: return v, u."""


def charge_vjp(dv, du, v0, u0, v1, u1, p):
    """Return dv0, du0, dx, dp; (v0, u0) is the state before the step and (v1, u1) after it. x enters as found in v1, u1."""


def margin(v, u, p):
    """Return how far the neuron is above its threshold, in units of the threshold: it spikes where this is positive."""


def margin_vjp(dm, v, u, p):
    """Return dv, du, dp."""


def reset(v, u, s, p):
    """Return the state v, u after a spike (s = 1) or none (s = 0); linear in s, so that smoothed spikes work too."""


def reset_vjp(dv, du, v, u, s, p):
    """Return dv, du, ds, dp."""


def spike(m, slope):
    """Return the spike s for the margin m."""


def spike_vjp(m, slope):
    """Return ds/dm, or what stands in for it."""


def gather(p, lane):
    """Return the coefficients of one neuron as a tuple, from those of its tile."""


def scatter(total, lane, dp):
    """Add the gradients of one neuron's coefficients to the totals of its tile."""


HAS_U = True  # whether the neuron uses its second state variable
HAS_HOLD = True  # whether a spike is followed by a refractory time, in which v stands still
RECORD = True  # whether the state is kept for a backward pass
DETACH = True  # whether the backward pass ignores that the reset depends on the spike
