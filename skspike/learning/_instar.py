"""Kernels of STDP by the instar rule: all membranes restart at every spike of the layer.

With a decaying trace r of the input spikes:

    output spike of j    w_j += rate (r / |r| - w_j),   |r| = sum of |r_c|;   v = 0 for all others
    after a sample       offset_j = (1 + theta_plus n_j) / mean - 1,   n_j: spikes of j so far
                         log gain -= gain_rate min(n / n_wanted - 1, 1),   n: spikes of the layer in
                         the sample

A weight vector moves towards the input before the spike, and its norm towards 1, so weights need no
normalisation and no bounds. With labels, a neuron learns only in samples of one class: the class
with most of its spikes so far.
"""

from typing import NamedTuple

import numpy as np

from .._compile import scalar

ZERO, ONE = np.float32(0), np.float32(1)


class Instar(NamedTuple):
    """Arrays and constants of the kernels below.

    `trace` has shape (n_channels,). `spikes`, (n_neurons,), counts the spikes of each neuron so
    far. `low` and `high` bound the offsets. `labels` are the classes of the samples, empty without
    reward. `weight` is the weight of each class. `tallies`, (n_neurons, n_classes), sums it over
    the spikes of each neuron.
    """

    trace: np.ndarray
    spikes: np.ndarray
    low: np.ndarray
    high: np.ndarray
    labels: np.ndarray
    weight: np.ndarray
    tallies: np.ndarray
    decay: np.float32
    rate: np.float32
    theta_plus: float
    gain_rate: float
    n_wanted: float


@scalar
def inhibit(v, n_fired, rule):
    return v if n_fired == 0 else ZERO


@scalar
def rest(rule):
    rule.trace[:] = ZERO


@scalar
def adapt(b, steps, inputs, weights, offsets, fired, rule):
    # update the input trace
    ptr, idx, val = inputs
    trace = rule.trace
    trace *= rule.decay
    for k in steps:
        for e in range(ptr[k], ptr[k + 1]):
            trace[idx[e]] += val[e] if len(val) else ONE
    # update the weights of the neurons that spiked
    for h in fired:
        rule.spikes[h] += 1
        if is_rewarded(b, h, rule):
            imprint(weights, h, trace, rule.rate)


@scalar
def imprint(weights, h, trace, rate):
    """Move the weights of neuron h towards the normalised trace of their inputs."""
    total = ZERO
    for c in range(len(trace)):
        total += abs(trace[c])
    if total > ZERO:
        for c in range(len(trace)):
            weights[c, h] += rate * (trace[c] / total - weights[c, h])


@scalar
def is_rewarded(b, h, rule):
    """Count a spike of neuron h in sample b. Return whether it learns: always without labels."""
    if len(rule.labels) == 0:
        return True
    tally, label = rule.tallies[h], rule.labels[b]
    tally[label] += rule.weight[label]
    return tally[label] == tally.max()


@scalar
def settle(n_spikes, offsets, gain, rule):
    # raise thresholds with the spike counts, relative to the mean of the layer
    mean = 1.0 + rule.theta_plus * rule.spikes.mean()
    for h in range(len(rule.spikes)):
        offset = (1.0 + rule.theta_plus * rule.spikes[h]) / mean - 1.0
        offsets[h] = min(max(offset, rule.low[h]), rule.high[h])
    # move the gain towards the wanted number of spikes
    gain[0] *= np.exp(-rule.gain_rate * min(n_spikes / rule.n_wanted - 1.0, 1.0))


KERNELS = {"inhibit": inhibit, "rest": rest, "adapt": adapt, "settle": settle}
