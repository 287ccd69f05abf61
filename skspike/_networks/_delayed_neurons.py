"""Random neurons with delayed synapses, in groups that share their delays.

    input      x[t] = sum_i w_i z[channel_i, t - delay_i]
    delays     dilation * (0, 1, ..., n_synapses - 1) on each of some channels
    weights    Gaussian, with sum 0 on each channel, scaled so that the threshold is the membrane
               potential of the neuron without spikes at a random step of the data
"""

from statistics import mode
from typing import NamedTuple

import numpy as np

from .._base import FittedArray, axis_length, check_arrays, check_fits, check_keys
from ..simulation import NO_SPIKES, Layer, Network, delayed_events, membrane_after

GROUP_SIZE = 64  # the number of neurons that are simulated at a time
MAX_CHANNELS = 9
N_ROWS = 8  # number of series that set the thresholds of a group
# Smallest threshold in standard deviations of the membrane potential. Weights would diverge at 0.
MIN_THRESHOLD = 0.05


class NeuronGroup(NamedTuple):
    """Neurons with the same channels and delays.

    Parameters
    ----------
    channels, delays : ndarray of shape (n_inputs,), int
        Channel and delay in steps of each input.
    weights : ndarray of shape (n_inputs, n_neurons), float32
        Synaptic weights.
    intrinsics : dict of str to ndarray of shape (n_neurons,)
        Intrinsic parameters.
    """

    channels: np.ndarray
    delays: np.ndarray
    weights: np.ndarray
    intrinsics: dict

    def check(self, name, neuron, n_channels, n_steps):
        """Raise unless the arrays belong together, and to series of this size.

        `name` is the name of the group, for messages.
        """
        names = [item.name for item in neuron.active()]
        check_keys(f"intrinsics of {name}", self.intrinsics, names)
        n_inputs = mode([
            axis_length(array, 0) for array in (self.weights, self.channels, self.delays)])
        n_neurons = mode([axis_length(self.weights, 1), *(
            axis_length(values, 0) for values in self.intrinsics.values())])
        check_arrays([
            FittedArray(f"weights of {name}", self.weights, (n_inputs, n_neurons), np.float32),
            *(FittedArray(f"{key} of {name}", getattr(self, key), (n_inputs,), np.integer)
              for key in ("channels", "delays")),
            *(FittedArray(f"{key} of {name}", values, (n_neurons,), finite=False)
              for key, values in self.intrinsics.items())])
        # a short series has delays up to the number of synapses
        highest = {"channels": n_channels - 1, "delays": max(n_steps, n_inputs)}
        for key, high in highest.items():
            values = getattr(self, key)
            low, top = values.min(), values.max()
            check_fits(
                0 <= low and top <= high,
                f"{key} of {name} must be from 0 to {high}, got {low} to {top}.")

    def inputs(self, series, is_causal):
        """Return the inputs of the group as events.

        If they need not be causal, they are advanced by half the longest delay, to treat both ends
        of a series alike.
        """
        advance = 0 if is_causal else self.delays.max() // 2
        return delayed_events(series, self.channels, self.delays, advance)

    def network(self, neuron, **spikes):
        """Return the group as a network."""
        return Network(neuron, [Layer(self.weights, self.intrinsics)], 1.0, **spikes)


def draw(intrinsics, channels, n_steps, n_synapses, rng):
    """Draw channels, delays and weights of a group of neurons with given intrinsics."""
    # log-uniform number of channels
    n_channels = int(2 ** rng.uniform(0, np.log2(min(len(channels), MAX_CHANNELS) + 1)))
    channels = rng.choice(channels, n_channels, replace=False)
    # log-uniform dilation, up to the length of the series
    dilation = int(max((n_steps - 1) / (n_synapses - 1), 1) ** rng.random())
    delays = np.tile(dilation * np.arange(n_synapses), n_channels)
    # weights with sum 0 on each channel, so that constant offsets have no effect
    n_neurons = len(next(iter(intrinsics.values())))
    weights = rng.normal(size=(n_channels, n_synapses, n_neurons))
    weights -= weights.mean(axis=1, keepdims=True)
    return NeuronGroup(
        np.repeat(channels, n_synapses), delays, weights.reshape(-1, n_neurons).astype(np.float32),
        intrinsics)


def scaled(group, parts, neuron, is_causal, rng):
    """Scale weights so that the threshold is the potential at a random step of some series.

    Weights change their sign if the membrane potential is negative, because thresholds are
    positive. `parts` is a list: one array (n_samples, n_channels, n_steps), or an array of one
    sample for each sample. `is_causal` is passed to `inputs`.
    """
    # membrane potential of neurons without spikes on some series
    network = group.network(neuron, spikes=NO_SPIKES)
    lengths = np.array([part.shape[2] for part in parts for _ in part])
    membranes = np.concatenate([
        network.observe(network.forward(group.inputs(part, is_causal)), membrane_after).reshape(
            -1, group.weights.shape[1])
        for part in parts])
    # some potentials diverge without spikes
    membranes = np.where(np.isfinite(membranes), membranes, 0)
    # potential of each neuron at a random step of a random series
    size = membranes.shape[1]
    row = rng.integers(len(lengths), size=size)
    step = (np.cumsum(lengths) - lengths)[row] + rng.integers(lengths[row])
    found = membranes[step, np.arange(size)]
    smallest = MIN_THRESHOLD * membranes.std(axis=0, dtype=float)
    divisor = np.copysign(np.maximum(np.abs(found), smallest), found)
    scale = group.intrinsics[neuron.named("threshold")] / np.where(divisor == 0, 1, divisor)
    return group._replace(weights=(group.weights * scale).astype(np.float32))
