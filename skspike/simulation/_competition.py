"""Time loop of layers whose neurons compete, with weights that change from step to step.

In each step:

    z = charge(z, gain x)
    at most `winners` neurons spike, the furthest above their thresholds first
    z = reset(z)        for neurons that spike
    v = inhibit(v)      for the others

While the layer learns, its rule runs `adapt` after each step and `settle` after each sample. These
kernels are placeholders (`_neuron_kernels`).
"""

import numpy as np

from .._base import fragment, scalar
from ._neuron_kernels import (
    COEFFICIENTS, STATE, adapt, charge, inhibit, margin, put, reset, rest, settle, take)
from ._panels import WIDTH

ZERO, ONE = np.float32(0), np.float32(1)


@scalar
def add_layer_rows(sums, table, lists, number):
    """Add the rows of one list to `sums`, each times its value, in the order of the list.

    Unlike in `_loops`, a row is as long as the layer. Adding four rows at a time needs a quarter of
    the memory traffic to `sums`. The order of additions is the same.
    """
    ptr, idx, val = lists
    first, stop = ptr[number], ptr[number + 1]
    n_fours = 0 if len(val) else (stop - first) // 4
    for i in range(n_fours):
        e = first + 4 * i
        a, b, c, d = table[idx[e]], table[idx[e + 1]], table[idx[e + 2]], table[idx[e + 3]]
        for h in range(len(sums)):
            sums[h] = (((sums[h] + a[h]) + b[h]) + c[h]) + d[h]
    for e in range(first + 4 * n_fours, stop):
        row, factor = table[idx[e]], val[e] if len(val) else ONE
        for h in range(len(sums)):
            sums[h] += factor * row[h]


@scalar
def select_winners(excess, winners, spiked, fired):
    """Choose the neurons that spike, the largest excess first. Return their number.

    They are marked in `spiked` and listed in `fired`. Their `excess` is set to zero.
    """
    spiked[:] = ZERO
    n_fired = 0
    while n_fired < winners:
        best = np.argmax(excess)
        if not excess[best] > ZERO:
            break
        excess[best] = ZERO
        spiked[best] = ONE
        fired[n_fired] = best
        n_fired += 1
    return n_fired


@fragment
def charge_layer(states, x, gain, coefficients, offsets, excess):
    """Charge all neurons. Write the excess over the raised thresholds, in units of them."""
    for i in range(len(states)):
        state, q = states[i], coefficients[i]
        current, over, offset = x[i * WIDTH :], excess[i * WIDTH :], offsets[i * WIDTH :]
        for h in range(WIDTH):
            p = take(q, h, COEFFICIENTS)
            z = charge(take(state, h, STATE), gain * current[h], p)
            put(state, h, z)
            over[h] = (margin(z, p) - offset[h]) / (ONE + offset[h])


@fragment
def reset_layer(states, spiked, coefficients, n_fired, rule):
    """Reset the neurons that spiked, and inhibit the others."""
    for i in range(len(states)):
        state, q, spikes = states[i], coefficients[i], spiked[i * WIDTH :]
        for h in range(WIDTH):
            s = spikes[h]
            z = reset(take(state, h, STATE), s, take(q, h, COEFFICIENTS))
            put(state, h, (s * z[0] + (ONE - s) * inhibit(z[0], n_fired, rule), *z[1:]))


def compete(
        rows, inputs, weights, coefficients, offsets, gain, winners, learning, rule, raster):
    """Run samples through one layer of competing neurons, fill the raster, and learn if asked.

    `offsets`, (n_neurons,) padded, are relative increases of the thresholds. `gain`, (1,), scales
    the weights. `rule` holds the parameters and traces that the kernels of the rule use. Learning
    changes `weights`, `offsets`, `gain` and `rule` in place.
    """
    n_neurons, n_steps = raster.shape[1:]
    x, excess, spiked = np.empty_like(offsets), np.empty_like(offsets), np.empty_like(offsets)
    states = np.empty((len(coefficients), STATE), offsets.dtype)
    fired = np.empty(n_neurons, np.int64)
    for b in range(len(rows)):
        start, n_spikes = rows[b] * (n_steps + 1), 0
        states[:] = ZERO
        rest(rule)
        for t in range(n_steps):
            # compute the synaptic currents
            x[:] = ZERO
            add_layer_rows(x, weights, inputs, start + n_steps)
            add_layer_rows(x, weights, inputs, start + t)
            # charge, choose the neurons that spike, and reset
            charge_layer(states, x, gain[0], coefficients, offsets, excess)
            n_fired = select_winners(excess[:n_neurons], winners, spiked, fired)
            reset_layer(states, spiked, coefficients, n_fired, rule)
            # store the spikes
            for k in range(n_fired):
                raster[b, fired[k], t] = 1
            n_spikes += n_fired
            # learn from the step
            if learning:
                adapt(
                    b, (start + t, start + n_steps), inputs, weights, offsets, fired[:n_fired],
                    rule)
        # learn from the sample
        if learning:
            settle(n_spikes, offsets, gain, rule)
