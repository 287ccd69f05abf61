"""Kernels of pair-based STDP, with decaying traces r of the input and q of the output spikes.

    input spike     w -= a_minus q   (depression: the output came first)
    output spike    w += a_plus r    (potentiation: the input came first, or in the same step)

An output spike also lowers the other membranes by `inhibition`, and raises the threshold of its
neuron by `theta_plus`.
"""

from typing import NamedTuple

import numpy as np

from .._compile import scalar

ZERO, ONE = np.float32(0), np.float32(1)


class Pairs(NamedTuple):
    """Traces and constants of the kernels below. A `decay` is the factor of one time step."""

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
    # decay traces and raised thresholds
    ptr, idx, val = inputs
    pre, post = rule.pre, rule.post
    pre *= rule.decay_pre
    post *= rule.decay_post
    offsets *= rule.decay_theta
    # input spikes: depression
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
    # output spikes: potentiation
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


KERNELS = {"inhibit": inhibit, "rest": rest, "adapt": adapt, "settle": settle}
