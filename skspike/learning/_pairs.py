"""How weights move by pairs of spikes, with decaying traces r of input and q of output spikes.

    input spike     w -= a_minus q   (depression: the output came first)
    output spike    w += a_plus r    (potentiation: the input came first, or at the same step)

An output spike lowers the other membranes by `inhibition`, and raises the neuron's own threshold by
`theta_plus`.
"""

from typing import NamedTuple

import numpy as np

from .._compile import scalar

ZERO, ONE = np.float32(0), np.float32(1)


class Pairs(NamedTuple):
    """What the roles below read and write: the traces, and numbers, with time constants as their decay in a step."""

    pre: np.ndarray
    post: np.ndarray
    decay_pre: np.float32
    decay_post: np.float32
    a_plus: np.float32
    a_minus: np.float32
    w_min: np.float32
    w_max: np.float32
    multiplicative: bool
    inhibition: np.float32
    theta_plus: np.float32
    decay_theta: np.float32


@scalar
def inhibit(v, n_fired, rule):
    return v - np.float32(n_fired) * rule.inhibition


@scalar
def rest(rule):
    rule.pre[:] = ZERO
    rule.post[:] = ZERO


@scalar
def adapt(b, steps, inputs, weights, offsets, fired, rule):
    ptr, idx, val = inputs
    pre, post = rule.pre, rule.post
    pre *= rule.decay_pre
    post *= rule.decay_post
    offsets *= rule.decay_theta
    for k in steps:
        for e in range(ptr[k], ptr[k + 1]):
            c = idx[e]
            size = val[e] if len(val) else ONE
            pre[c] += size
            row = weights[c]
            for h in range(len(post)):
                room = row[h] - rule.w_min if rule.multiplicative else ONE
                row[h] = min(
                    max(row[h] - rule.a_minus * room * size * post[h], rule.w_min), rule.w_max)
    for h in fired:
        post[h] += ONE
        offsets[h] += rule.theta_plus
        for c in range(len(pre)):
            room = rule.w_max - weights[c, h] if rule.multiplicative else ONE
            weights[c, h] = min(
                max(weights[c, h] + rule.a_plus * room * pre[c], rule.w_min), rule.w_max)


@scalar
def settle(n_spikes, offsets, gain, rule):
    pass


ROLES = {"inhibit": inhibit, "rest": rest, "adapt": adapt, "settle": settle}
