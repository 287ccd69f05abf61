"""Placeholders: names that the time loops leave undefined, with the contract of each.

`Network.complete` copies a loop, binds these names to constants and to the kernels of one neuron
model, spike function or learning rule, and compiles the copy. Kernels are pure functions of numbers
for ONE neuron:

    z    state: a tuple of any length, the membrane potential first
    x    input current of the step
    p    coefficients: a tuple
    m    margin: distance of the neuron from its threshold, in units of the threshold
    s    spike: 1 or 0, or a number between if spikes are smooth

A kernel ``f_vjp`` is the vector-Jacobian product of the kernel ``f`` above it. It takes gradients
with respect to the results of ``f`` and returns gradients with respect to its arguments: ``dz`` and
``dp`` are tuples like ``z`` and ``p``.
"""

import numpy as np


def charge(z, x, p):
    """Return the state after one step with input x."""


def charge_vjp(dz, z0, z1, p):
    """Return dz0, dx, dp from the states before (z0) and after (z1) the step. x is not given."""


def margin(z, p):
    """Return the distance above the threshold, in units of the threshold. Positive: a spike."""


def margin_vjp(dm, z, p):
    """Return dz, dp."""


def reset(z, s, p):
    """Return the state after the spike s. With smooth spikes, the state must be linear in s."""


def reset_vjp(dz, z, s, p):
    """Return dz, ds, dp."""


def spike(m, spike_arg):
    """Return the spike s for the margin m (see `SpikeFunction`)."""


def spike_vjp(m, slope):
    """Return ds/dm or a surrogate of it."""


def view(z, p, spike_arg):
    """Return a number computed from the state before the reset."""


def list_inputs(x, max_listed, idx, val):
    """List the inputs of one step. Return the length of the list and whether the step is dense."""


def coefficients(values, dt):
    """Return the coefficients of a neuron from the values of its intrinsics."""


def coefficients_vjp(values, dt, dp):
    """Return the gradients of the values from those of the coefficients."""


def inhibit(v, n_fired, rule):
    """Return the potential of a silent neuron after `n_fired` other neurons spiked."""


def rest(rule):
    """Set the traces of a rule to their values before the first step of a sample."""


def adapt(b, steps, inputs, weights, offsets, fired, rule):
    """Learn from one step of sample b.

    `steps` are the numbers of the two input lists that act in it, `fired` the neurons that spiked.
    """


def settle(n_spikes, offsets, gain, rule):
    """Learn from the number of spikes of the layer in a whole sample."""


STATE, COEFFICIENTS = 1, 1  # numbers in the state and in the coefficients of a panel
VALUES, OUTPUTS = 1, 1  # numbers in the values and the computed coefficients of a panel, in float64
ZERO, ONE = np.float32(0), np.float32(1)  # in the dtype of the simulation
SPIKE_ARG = np.float32(0)  # second argument of `spike` in streams
WEIGHTED = True  # whether events have values: a test inside the loop would slow down the sums
BY_STEP = True  # whether weight gradients are added step by step, and not channel by channel
DETACH = True  # whether the backward pass treats the spike in the reset as a constant
SMOOTH = True  # whether spikes are real numbers
