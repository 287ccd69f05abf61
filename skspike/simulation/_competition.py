"""The time loop of competing neurons, whose weights may change with the timing of spikes as they are used.

In each step

    z = charge(z, gain x);   of the neurons above threshold at most `winners` spike, those furthest
    above it first; z = reset(z) of those that spike, and v = inhibit(v) of the others

Where the layer learns, its rule follows: `adapt` after each step, `settle` after each sample. What
a rule does is left open (`_roles`).
"""

import numpy as np

from .._compile import part, scalar
from ._layout import WIDTH
from ._roles import STATE, adapt, charge, inhibit, margin, put, reset, rest, settle, take, take_p

ZERO, ONE = np.float32(0), np.float32(1)


@scalar
def add_rows(total, table, inputs, k):
    """Add the rows that the k-th list names, each times its value, in the order of the list."""
    ptr, idx, val = inputs
    first, stop = ptr[k], ptr[k + 1]
    n_fours = 0 if len(val) else (stop - first) // 4
    # four at a time: a quarter of the traffic to `total`, the same order of additions
    for i in range(n_fours):
        e = first + 4 * i
        a, b, c, d = table[idx[e]], table[idx[e + 1]], table[idx[e + 2]], table[idx[e + 3]]
        for h in range(len(total)):
            total[h] = (((total[h] + a[h]) + b[h]) + c[h]) + d[h]
    for e in range(first + 4 * n_fours, stop):
        row, factor = table[idx[e]], val[e] if len(val) else ONE
        for h in range(len(total)):
            total[h] += factor * row[h]


@scalar
def choose(excess, winners, spiked, fired):
    """Mark the neurons that spike, those of largest excess first, list them in `fired`, and return how many they are."""
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


@part
def charge_all(states, x, gain, coefficients, offsets, excess):
    """Charge all neurons, and write how far each is above its threshold, in units of it, raised as it is."""
    for i in range(len(states)):
        state, q = states[i], coefficients[i]
        drive, over, offset = x[i * WIDTH :], excess[i * WIDTH :], offsets[i * WIDTH :]
        for h in range(WIDTH):
            p = take_p(q, h)
            z = charge(take(state, h), gain * drive[h], p)
            put(state, h, z)
            over[h] = (margin(z, p) - offset[h]) / (ONE + offset[h])


@part
def reset_all(states, spiked, coefficients, n_fired, rule):
    """Reset the neurons that spiked, and inhibit the others."""
    for i in range(len(states)):
        state, q, spikes = states[i], coefficients[i], spiked[i * WIDTH :]
        for h in range(WIDTH):
            s = spikes[h]
            z = reset(take(state, h), s, take_p(q, h))
            put(state, h, (s * z[0] + (ONE - s) * inhibit(z[0], n_fired, rule), *z[1:]))


def compete(rows, inputs, weights, coefficients, offsets, gain, winners, learning, rule, raster):
    """Run samples through one layer of competing neurons and fill their raster; where it is learning, change what the rule changes.

    `offsets` says by what part of it the threshold of each neuron is raised; `gain`, of length 1,
    what weights are multiplied by; `rule` is whatever the roles of the rule read and write.
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
            x[:] = ZERO
            add_rows(x, weights, inputs, start + n_steps)
            add_rows(x, weights, inputs, start + t)
            charge_all(states, x, gain[0], coefficients, offsets, excess)
            n_fired = choose(excess[:n_neurons], winners, spiked, fired)
            reset_all(states, spiked, coefficients, n_fired, rule)
            for k in range(n_fired):
                raster[b, fired[k], t] = 1
            n_spikes += n_fired
            if learning:
                adapt(
                    b, (start + t, start + n_steps), inputs, weights, offsets, fired[:n_fired],
                    rule)
        if learning:
            settle(n_spikes, offsets, gain, rule)
