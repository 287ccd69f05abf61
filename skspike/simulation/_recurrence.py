"""Time loops of recurrent layers, whose neurons receive all spikes of the previous step.

    x = input current as in `_loops`
        + sum of the recurrent weight rows of the neurons that spiked in the previous step

All panels must finish a step before the next step begins. So the loop over steps is outside and the
loop over panels inside, and panels keep their state in memory between steps. Symbols are as in
`_loops`.
"""

import numpy as np

from .._base import (
    clear_lowest, copy, fragment, multiply_add, no_arrays, pack_bits, set_zero, stack_array,
    trailing_zeros)
from ._loops import (
    NOTHING, SPAN, accumulate_weight_grad, add_rows, backward_step, count_spikes, forward_step,
    write_raster)
from ._neuron_kernels import COEFFICIENTS, ONE, SMOOTH, STATE, ZERO, margin, spike, take
from ._panels import WIDTH

# Samples that share one pass over the recurrent weights. Measured with 256 neurons: four take about
# as long as two, because the weights come from the second-level cache.
N_SHARED = 4
SHARED = N_SHARED * WIDTH


@fragment
def append_positions(word, offset, idx, n):
    """Append the positions of the bits that are set in a word to a list. Return its new length."""
    while word != np.uint64(0):
        idx[n] = offset + np.int64(trailing_zeros(word))
        word = clear_lowest(word)
        n += 1
    return n


@fragment
def list_fired(words, bit, tape, b, t, coefficients, spike_arg, idx, val):
    """List the neurons that spike in step t, which have a bit in their word. Return their number.

    If spikes are smooth, all neurons are listed, with their spikes as values.
    """
    n = 0
    for i in range(len(words)):
        if SMOOTH:
            for h in range(WIDTH):
                q = take(coefficients[i], h, COEFFICIENTS)
                m = margin(take(tape[i, b, t], h, STATE), q)
                idx[n], val[n] = n, spike(m, spike_arg)
                n += 1
        else:
            n = append_positions(pack_bits(words[i], np.uint64(0), bit), i * WIDTH, idx, n)
    return n


def forward(
        rows, n_steps, inputs, weights, recurrent, coefficients, spike_arg, tape, raster, counts,
        bounds):
    """Run samples through one recurrent layer.

    Arguments are as in `_loops.forward`, and `recurrent` is (n_panels, n_panels * WIDTH, WIDTH).
    The spikes of the previous step form a list like the lists of inputs.
    """
    z, p, x = stack_array(STATE, ZERO), stack_array(COEFFICIENTS, ZERO), stack_array(WIDTH, ZERO)
    fired = stack_array(WIDTH, NOTHING)
    n_panels, dtype = len(weights), weights.dtype
    states = np.empty((n_panels, STATE), dtype)
    constant = np.empty((n_panels, WIDTH), dtype)
    words, previous = np.empty((n_panels, WIDTH), np.uint32), np.empty((n_panels, WIDTH), np.uint32)
    ptr, idx = np.zeros(2, np.int64), np.empty(n_panels * WIDTH, np.int32)
    val = np.ones(n_panels * WIDTH, dtype)
    for b in range(len(rows)):
        start = rows[b] * (n_steps + 1)
        states[:], ptr[1] = ZERO, 0
        # compute the constant currents
        for i in range(n_panels):
            set_zero(constant[i], WIDTH)
            add_rows(constant[i], weights[i], inputs, start + n_steps)
        for first in range(0, n_steps, SPAN):
            stop = min(first + SPAN, n_steps)
            words[:] = NOTHING
            for t in range(first, stop):
                bit = np.uint32(np.uint32(1) << np.uint32(t - first))
                for i in range(n_panels):
                    copy(p, coefficients[i], COEFFICIENTS)
                    copy(z, states[i], STATE)
                    copy(fired, words[i], WIDTH)
                    # compute the synaptic current and add the recurrent current
                    copy(x, constant[i], WIDTH)
                    add_rows(x, weights[i], inputs, start + t)
                    add_rows(x, recurrent[i], (ptr, idx, val), 0)
                    # charge, spike and reset
                    forward_step(z, x, p, spike_arg, bit, fired, tape[i, b, t])
                    copy(states[i], z, STATE)
                    copy(words[i], fired, WIDTH)
                # list the spikes for the next step
                ptr[1] = list_fired(words, bit, tape, b, t, coefficients, spike_arg, idx, val)
            # store the spikes
            for i in range(n_panels):
                count_spikes(counts[b], i, words[i], first, stop, bounds)
                if len(raster):
                    write_raster(raster[b], i * WIDTH, words[i], previous[i], first, stop)
            previous[:] = words


@fragment
def recurrent_vjp(dspikes, transposed, dinputs, b):
    """Compute the spike gradients of N_SHARED samples from the input gradients a step later.

    This multiplies ``dinputs[b]`` and the samples after it by the columns of the transposed
    recurrent weights that belong to one panel. The last sample is repeated if fewer are left.
    """
    last = len(dinputs) - 1
    x0, x1 = dinputs[b], dinputs[min(b + 1, last)]
    x2, x3 = dinputs[min(b + 2, last)], dinputs[min(b + 3, last)]
    sums = stack_array(SHARED, ZERO)  # in registers
    set_zero(sums, SHARED)
    for j in range(len(transposed)):
        a0, a1, a2, a3 = x0[j], x1[j], x2[j], x3[j]
        for h in range(WIDTH):
            w = transposed[j, h]
            sums[h] = multiply_add(a0, w, sums[h])
            sums[WIDTH + h] = multiply_add(a1, w, sums[WIDTH + h])
            sums[2 * WIDTH + h] = multiply_add(a2, w, sums[2 * WIDTH + h])
            sums[3 * WIDTH + h] = multiply_add(a3, w, sums[3 * WIDTH + h])
    copy(dspikes, sums, SHARED)


def backward(
        transposed, coefficients, spike_arg, slope, tape, dspikes, grad_index, dinputs,
        dcoefficients):
    """Carry the gradients of a recurrent layer back in time, to `dinputs` and `dcoefficients`.

    `transposed`, (n_panels, n_panels * WIDTH, WIDTH), are the transposed recurrent weights.
    `dspikes` and `grad_index` are as in `_loops.backward`. `dinputs`, (n_steps + 1, n_samples,
    n_panels * WIDTH), holds zeros after the last step.
    """
    z, dz, z_previous = stack_array(STATE, ZERO), stack_array(STATE, ZERO), stack_array(STATE, ZERO)
    p, dp = stack_array(COEFFICIENTS, ZERO), stack_array(COEFFICIENTS, ZERO)
    shared = stack_array(SHARED, ZERO)
    m, ds, dx = stack_array(WIDTH, ZERO), stack_array(WIDTH, ZERO), stack_array(WIDTH, ZERO)
    n_panels, n_samples, n_steps, _ = tape.shape
    dstates = np.zeros((n_panels, n_samples, STATE), dinputs.dtype)
    for t in range(n_steps - 1, -1, -1):
        has_previous = ONE if t > 0 else ZERO  # before the first step the state is zero
        for i in range(n_panels):
            copy(p, coefficients[i], COEFFICIENTS)
            set_zero(dp, COEFFICIENTS)
            for b in range(n_samples):
                # gradient of the spikes: through the next step, and of the loss
                if b % N_SHARED == 0:
                    recurrent_vjp(shared, transposed[i], dinputs[t + 1], b)
                copy(z, tape[i, b, t], STATE)
                copy(z_previous, tape[i, b, max(t - 1, 0)], STATE)
                copy(dz, dstates[i, b], STATE)
                copy(ds, dspikes[b, grad_index[t], i], WIDTH)
                for h in range(WIDTH):
                    ds[h] += shared[b % N_SHARED * WIDTH + h]
                    m[h] = margin(take(z, h, STATE), take(p, h, COEFFICIENTS))
                # reset, spike and charge, backward
                backward_step(z, z_previous, m, p, dz, dp, ds, dx, spike_arg, slope, has_previous)
                copy(dstates[i, b], dz, STATE)
                copy(dinputs[t, b, i * WIDTH : (i + 1) * WIDTH], dx, WIDTH)
            for h in range(COEFFICIENTS):
                dcoefficients[i, h] += dp[h]


@no_arrays
def accumulate_weight_grads(rows, n_channels, inputs, dinputs, step_grads, dweights):
    """Add the weight gradients of a layer to `dweights`.

    `dinputs`, (n_steps, n_samples, n_panels * WIDTH), are the gradients of the input currents.
    """
    for i in range(len(dweights)):
        for b in range(len(rows)):
            for t in range(len(dinputs)):
                copy(step_grads[t], dinputs[t, b, i * WIDTH : (i + 1) * WIDTH], WIDTH)
            accumulate_weight_grad(
                dweights[i], n_channels, len(dinputs), step_grads, inputs, rows[b])
