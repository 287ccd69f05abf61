"""How weights move where the whole layer starts again at every spike, with a decaying trace r of the input spikes.

    output spike of j    w_j += rate (r / |r| - w_j),   |r| = sum of |r_c|;   v = 0 for all others
    after a sample       offset_j = (1 + theta_plus n_j) / mean - 1,   n_j: spikes of j so far
                         log gain -= gain_rate min(n / n_wanted - 1, 1),   n: spikes of the layer in
                         the sample

A weight vector moves to what came before the spike, and its norm to 1: nothing has to be normalised
or clipped. With labels, a neuron's weights stay where they are unless the class that it has spiked
for most is that of the sample.
"""

from typing import NamedTuple

import numpy as np

from .._compile import scalar

ZERO, ONE = np.float32(0), np.float32(1)


class Instar(NamedTuple):
    """What the roles below read and write.

    `trace` (n_channels,); `spikes` (n_neurons,), those of each neuron so far; `low` and `high`, the
    bounds of its offset; `labels` of the samples, none without a reward, and `tallies` (n_neurons,
    n_classes), the spikes of each neuron by class, each of the class's `weight`.
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
    ptr, idx, val = inputs
    trace = rule.trace
    trace *= rule.decay
    for k in steps:
        for e in range(ptr[k], ptr[k + 1]):
            trace[idx[e]] += val[e] if len(val) else ONE
    for h in fired:
        rule.spikes[h] += 1
        if is_rewarded(b, h, rule):
            imprint(weights, h, trace, rule.rate)


@scalar
def imprint(weights, h, trace, rate):
    """Move the weights of neuron h towards the trace of their inputs, normalised."""
    total = ZERO
    for c in range(len(trace)):
        total += abs(trace[c])
    if total > ZERO:
        for c in range(len(trace)):
            weights[c, h] += rate * (trace[c] / total - weights[c, h])


@scalar
def is_rewarded(b, h, rule):
    """Count a spike of neuron h for the class of the b-th sample, and tell whether none has more of its spikes; without labels: yes."""
    if len(rule.labels) == 0:
        return True
    tally, label = rule.tallies[h], rule.labels[b]
    tally[label] += rule.weight[label]
    return tally[label] == tally.max()


@scalar
def settle(n_spikes, offsets, gain, rule):
    mean = 1.0 + rule.theta_plus * rule.spikes.mean()
    for h in range(len(rule.spikes)):
        offset = (1.0 + rule.theta_plus * rule.spikes[h]) / mean - 1.0
        offsets[h] = min(max(offset, rule.low[h]), rule.high[h])
    gain[0] *= np.exp(-rule.gain_rate * min(n_spikes / rule.n_wanted - 1.0, 1.0))


ROLES = {"inhibit": inhibit, "rest": rest, "adapt": adapt, "settle": settle}
