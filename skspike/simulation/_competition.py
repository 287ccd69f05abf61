"""The time loop of competing neurons, whose weights may change with the timing of spikes as they are used.

In each step, with decaying traces r of input and q of output spikes,

    z = charge(z, x);   of the neurons above threshold at most `winners` spike, and lower the others' membranes by `inhibition`
    input spike     w -= a_minus q   (depression: the output came first)
    output spike    w += a_plus r    (potentiation: the input came first, or at the same step)
"""

from typing import NamedTuple

import numpy as np

from .._jit import part, scalar
from ._layout import WIDTH
from ._roles import STATE, charge, margin, put, reset, take, take_p

ZERO, ONE = np.float32(0), np.float32(1)


class Plasticity(NamedTuple):
    """The numbers that the loop reads; time constants as their decay in a step."""

    learning: bool
    decay_pre: np.float32
    decay_post: np.float32
    a_plus: np.float32
    a_minus: np.float32
    w_min: np.float32
    w_max: np.float32
    multiplicative: bool
    inhibition: np.float32
    winners: int
    theta_plus: np.float32
    decay_theta: np.float32


@scalar
def add_rows(total, table, inputs, k):
    """Add the rows that the k-th list names, each times its value, in the order of the list."""
    ptr, idx, val = inputs
    first, stop = ptr[k], ptr[k + 1]
    n_fours = 0 if len(val) else (stop - first) // 4
    for i in range(n_fours):  # four at a time: a quarter of the traffic to `total`, the same order of additions
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


@scalar
def adapt(now, always, inputs, weights, offsets, pre, post, fired, rule):
    """Move traces, weights and threshold offsets by one step, given the lists of its input spikes and its output spikes."""
    ptr, idx, val = inputs
    pre *= rule.decay_pre
    post *= rule.decay_post
    offsets *= rule.decay_theta
    for k in (now, always):
        for e in range(ptr[k], ptr[k + 1]):
            c = idx[e]
            size = val[e] if len(val) else ONE
            pre[c] += size
            row = weights[c]
            for h in range(len(post)):
                room = row[h] - rule.w_min if rule.multiplicative else ONE
                row[h] = min(max(row[h] - rule.a_minus * room * size * post[h], rule.w_min), rule.w_max)
    for h in fired:
        post[h] += ONE
        offsets[h] += rule.theta_plus
        for c in range(len(pre)):
            room = rule.w_max - weights[c, h] if rule.multiplicative else ONE
            weights[c, h] = min(max(weights[c, h] + rule.a_plus * room * pre[c], rule.w_min), rule.w_max)


@part
def charge_all(states, x, coefficients, offsets, excess):
    """Charge all neurons, and write how far each is above its threshold, in units of it."""
    for i in range(len(states)):
        state, q = states[i], coefficients[i]
        drive, over, offset = x[i * WIDTH :], excess[i * WIDTH :], offsets[i * WIDTH :]
        for h in range(WIDTH):
            p = take_p(q, h)
            z = charge(take(state, h), drive[h], p)
            put(state, h, z)
            over[h] = margin(z, p) - offset[h]


@part
def reset_all(states, spiked, coefficients, push):
    """Reset the neurons that spiked, and lower the membranes of the others."""
    for i in range(len(states)):
        state, q, spikes = states[i], coefficients[i], spiked[i * WIDTH :]
        for h in range(WIDTH):
            z = reset(take(state, h), spikes[h], take_p(q, h))
            put(state, h, (z[0] - (ONE - spikes[h]) * push, *z[1:]))


def compete(rows, inputs, weights, coefficients, offsets, rule, raster):
    """Run samples through one layer of competing neurons and fill their raster; adapt weights and offsets on the way.

    `offsets` says how far, in units of its threshold, each neuron must get above it to spike.
    """
    n_neurons, n_steps = raster.shape[1:]
    x, post, excess, spiked = np.empty_like(offsets), np.empty_like(offsets), np.empty_like(offsets), np.empty_like(offsets)
    pre = np.empty(len(weights), offsets.dtype)
    states = np.empty((len(coefficients), STATE), offsets.dtype)
    fired = np.empty(n_neurons, np.int64)
    for b in range(len(rows)):
        start = rows[b] * (n_steps + 1)
        pre[:] = ZERO
        post[:] = ZERO
        states[:] = ZERO
        for t in range(n_steps):
            x[:] = ZERO
            add_rows(x, weights, inputs, start + n_steps)
            add_rows(x, weights, inputs, start + t)
            charge_all(states, x, coefficients, offsets, excess)
            n_fired = choose(excess[:n_neurons], rule.winners, spiked, fired)
            reset_all(states, spiked, coefficients, np.float32(n_fired) * rule.inhibition)
            for k in range(n_fired):
                raster[b, fired[k], t] = 1
            if rule.learning:
                adapt(start + t, start + n_steps, inputs, weights, offsets, pre, post, fired[:n_fired], rule)
