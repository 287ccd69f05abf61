"""Random neurons with delayed synapses, in groups that share their delays.

    x_t    = sum_k w_k z[channel_k, t - delay_k] delays = dilation * (0, 1, ..., n_synapses - 1) on
    each of some channels w      ~ Gaussian, of sum 0 on each channel; scaled so that the threshold
    is what the free membrane is at a random moment
"""

from typing import NamedTuple

import numpy as np

from ..simulation import NO_SPIKES, Layer, Network, delayed_events, membrane_after

SIZE_OF_GROUP = 64  # as many as the loops run at a time
MOST_CHANNELS = 9
N_ROWS = 8  # series on which the membranes of a group are watched
# deviations of the membrane below which no threshold lies: the weights would grow without bound
LEAST = 0.05


class Group(NamedTuple):
    """Neurons that hear the same channels at the same delays.

    Parameters
    ----------
    channels, delays : ndarray of int, of shape (n_inputs,)
        What each input hears: a channel, and how many steps ago.
    weights : ndarray of float32, of shape (n_inputs, n_neurons)
        Synaptic weights.
    intrinsics : dict of str to ndarray of shape (n_neurons,)
        Intrinsic parameters.
    """

    channels: np.ndarray
    delays: np.ndarray
    weights: np.ndarray
    intrinsics: dict

    def hears(self, series):
        """Return the inputs of the group as events: half of the longest delay late, it hears the end of a series as its beginning."""
        return delayed_events(series, self.channels, self.delays, self.delays.max() // 2)

    def network(self, neuron, **spikes):
        """Return the group as a network."""
        return Network(neuron, [Layer(self.weights, self.intrinsics)], 1.0, **spikes)


def draw(intrinsics, channels, n_steps, n_synapses, rng):
    """Draw a group of neurons of given intrinsics: some of the `channels`, how far delays reach, and weights that see no constant."""
    n_heard = int(2 ** rng.uniform(0, np.log2(min(len(channels), MOST_CHANNELS) + 1)))
    heard = rng.choice(channels, n_heard, replace=False)
    dilation = int(max((n_steps - 1) / (n_synapses - 1), 1) ** rng.random())
    n_neurons = len(next(iter(intrinsics.values())))
    weights = rng.normal(size=(n_heard, n_synapses, n_neurons))
    weights -= weights.mean(axis=1, keepdims=True)
    delays = np.tile(dilation * np.arange(n_synapses), n_heard)
    return Group(
        np.repeat(heard, n_synapses), delays, weights.reshape(-1, n_neurons).astype(np.float32),
        intrinsics)


def scaled(group, series, neuron, rng):
    """Scale the weights of a group so that each threshold is what the membrane, if it never spiked, is at a random moment of `series`.

    Where it is negative then, the weights change their signs: thresholds are positive.
    """
    rows = series[rng.integers(len(series), size=min(len(series), N_ROWS))]
    network = group.network(neuron, spikes=NO_SPIKES)
    membranes = network.observe(network.forward(group.hears(rows)), membrane_after)
    n_rows, n_steps, size = membranes.shape
    # some grow without bound where no spike stops them
    membranes = np.where(np.isfinite(membranes), membranes, 0)
    found = membranes[
        rng.integers(n_rows, size=size), rng.integers(n_steps, size=size), np.arange(size)]
    least = LEAST * membranes.std(axis=(0, 1), dtype=float)
    divisor = np.copysign(np.maximum(np.abs(found), least), found)
    scale = group.intrinsics[neuron.named("threshold")] / np.where(divisor == 0, 1, divisor)
    return group._replace(weights=(group.weights * scale).astype(np.float32))
