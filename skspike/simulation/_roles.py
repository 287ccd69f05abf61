"""The names that the time loops leave open, with their contracts.

Every role is a pure function of numbers for ONE neuron. `z` is its state, a tuple of any length
whose first entry is the membrane potential, `p` the tuple of its coefficients. A ``_vjp`` is the
vector-Jacobian product of the role above it: gradients with respect to its results go in, gradients
with respect to its arguments come out, `dz` as a tuple like `z` and `dp` as one like `p`.
"""

import numpy as np


def charge(z, x, p):
    """Return the state after one step under the input x."""


def charge_vjp(dz, z0, z1, p):
    """Return dz0, dx, dp; z0 is the state before the step and z1 after it. x enters as found in z1."""


def margin(z, p):
    """Return how far the neuron is above its threshold, in units of the threshold: it spikes where this is positive."""


def margin_vjp(dm, z, p):
    """Return dz, dp."""


def reset(z, s, p):
    """Return the state after a spike (s = 1) or none (s = 0); linear in s, so that smoothed spikes work too."""


def reset_vjp(dz, z, s, p):
    """Return dz, ds, dp."""


def spike(m, k):
    """Return the spike s for the margin m; k is the level of a hard spike or the slope of a smooth one."""


def spike_vjp(m, slope):
    """Return ds/dm, or what stands in for it."""


def view(z, p, k):
    """Return what is to be read of the state before the reset."""


def take(array, h):
    """Return the state of one neuron as a tuple, from that of its panel; with `put`, `plus` and `times` see `_layout.tuples`."""


def put(array, h, z):
    """Write the state of one neuron into that of its panel."""


def plus(y, z):
    """Return the sum of two states."""


def times(factor, z):
    """Return a number times a state."""


def take_p(array, h):
    """Return the coefficients of one neuron as a tuple, from those of its panel."""


def add_p(array, h, dp):
    """Add the gradients of one neuron's coefficients to the sums of its panel."""


def list_inputs(x, most, idx, val):
    """List the inputs of one step; return how many there are, and whether the list is of the silent ones."""


def inhibit(v, n_fired, rule):
    """Return the membrane potential of a neuron that did not spike in a step in which `n_fired` others did."""


def rest(rule):
    """Set the traces of a rule to those before the first step of a sample."""


def adapt(b, steps, inputs, weights, offsets, fired, rule):
    """Learn from one step of the b-th sample, given the `steps` whose lists of the `inputs` act now, and the neurons that `fired`."""


def settle(n_spikes, offsets, gain, rule):
    """Learn from how often the layer has spiked in a whole sample."""


STATE, COEFFICIENTS = 1, 1  # how many numbers the state and the coefficients of a panel are
ZERO, ONE = np.float32(0), np.float32(1)  # in the type of the simulation
# whether events have values; a choice made in the loop would drive the sums out of the registers
WEIGHTED = True
RECORD = True  # whether the state is kept for a backward pass
DETACH = True  # whether the backward pass ignores that the reset depends on the spike
GRADED = True  # whether spikes are real numbers
