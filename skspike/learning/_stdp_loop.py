"""The time loop of spike-timing-dependent plasticity, in which neurons compete and weights change as they are used.

In each step, with decaying traces r of input and q of output spikes,

    v, u = charge(v, u, x);  of the neurons above threshold at most `winners` spike, and lower the others' v by `inhibition`
    input spike     w -= a_minus q   (depression: the output came first)
    output spike    w += a_plus r    (potentiation: the input came first, or at the same step)
"""

from typing import NamedTuple

import numpy as np

from .._jit import scalar
from ..simulation import LANES, add_rows
from ..simulation._roles import charge, gather, margin, reset

ZERO, ONE = np.float32(0), np.float32(1)
V, U, WAIT = 0, LANES, 2 * LANES


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
    hold: np.float32


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


def compete(rows, inputs, weights, coefficients, offsets, rule, raster):
    """Run samples through one layer of competing neurons and fill their raster; adapt weights and offsets on the way.

    `offsets` says how far, in units of its threshold, each neuron must get above it to spike.
    """
    n_neurons, n_steps = raster.shape[1:]
    x, post, excess, spiked = np.empty_like(offsets), np.empty_like(offsets), np.empty_like(offsets), np.empty_like(offsets)
    pre = np.empty(len(weights), offsets.dtype)
    work = np.empty((len(coefficients), 3 * LANES), offsets.dtype)
    fired = np.empty(n_neurons, np.int64)
    for b in range(len(rows)):
        start = rows[b] * (n_steps + 1)
        pre[:] = ZERO
        post[:] = ZERO
        work[:] = ZERO
        for t in range(n_steps):
            x[:] = ZERO
            add_rows(x, weights, *inputs, start + n_steps)
            add_rows(x, weights, *inputs, start + t)
            for i in range(len(work)):
                w, q, drive, over, offset = work[i], coefficients[i], x[i * LANES :], excess[i * LANES :], offsets[i * LANES :]
                for lane in range(LANES):
                    p = gather(q, lane)
                    v0 = w[lane + V]
                    free = np.float32(w[lane + WAIT] <= ZERO)
                    v, u = charge(v0, w[lane + U], drive[lane], p)
                    v = free * v + (ONE - free) * v0
                    w[lane + V], w[lane + U] = v, u
                    over[lane] = free * (margin(v, u, p) - offset[lane])
            n_fired = choose(excess[:n_neurons], rule.winners, spiked, fired)
            for i in range(len(work)):
                w, q, spikes = work[i], coefficients[i], spiked[i * LANES :]
                for lane in range(LANES):
                    s = spikes[lane]
                    v, u = reset(w[lane + V], w[lane + U], s, gather(q, lane))
                    w[lane + V], w[lane + U] = v - (ONE - s) * n_fired * rule.inhibition, u
                    w[lane + WAIT] = s * rule.hold + (ONE - s) * max(w[lane + WAIT] - ONE, ZERO)
            for k in range(n_fired):
                raster[b, fired[k], t] = 1
            if rule.learning:
                adapt(start + t, start + n_steps, inputs, weights, offsets, pre, post, fired[:n_fired], rule)
