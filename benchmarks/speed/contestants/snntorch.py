"""snntorch: its leaky neurons, stepped as in its tutorials, and its rate encoder."""

from functools import partial

import snntorch
import torch
from snntorch import spikegen
from snntorch.surrogate import fast_sigmoid
from torch import nn

from ..cases import DECAY
from . import _torch

PACKAGES = ("snntorch", "torch")


def _settings(size, learn):
    start = {"beta": torch.full((size,), DECAY), "threshold": torch.ones(size)}
    return {
        **start, "learn_beta": learn, "learn_threshold": learn, "spike_grad": fast_sigmoid(slope=5)}


class Layer(nn.Module):
    """Leaky neurons with reset to zero. Decays and thresholds can be learned."""

    def __init__(self, size, learn):
        super().__init__()
        self.leaky = snntorch.Leaky(**_settings(size, learn), reset_mechanism="zero")

    def forward(self, currents):
        """Return the spikes."""
        membrane, spikes = self.leaky.init_leaky(), []
        for current in currents.unbind():
            spike, membrane = self.leaky(current, membrane)
            spikes.append(spike)
        return torch.stack(spikes)


class Recurrent(nn.Module):
    """Recurrent leaky neurons with reset by subtraction. Recurrent spikes arrive one step later.

    Reset to zero would need two products with the weights in this class.
    """

    def __init__(self, size, learn, recurrent):
        super().__init__()
        self.leaky = snntorch.RLeaky(**_settings(size, learn), linear_features=size)
        with torch.no_grad():
            self.leaky.recurrent.weight.copy_(torch.as_tensor(recurrent.T))
            self.leaky.recurrent.bias.zero_()

    def forward(self, currents):
        """Return the spikes."""
        (spike, membrane), spikes = self.leaky.reset_mem(), []
        for current in currents.unbind():
            spike, membrane = self.leaky(current, spike, membrane)
            spikes.append(spike)
        return torch.stack(spikes)


forward, training = _torch.topics(Layer)


def temporal(data):
    """Return a call that trains for one epoch."""
    return _torch.temporal(
        partial(Recurrent, recurrent=data["recurrent"]) if "recurrent" in data else Layer, data)


def memory(data):
    """Return a call that takes one training step on a long batch."""
    n, channels, steps, rate = data["sizes"]
    network = _torch.Network(Layer(data["weights"].shape[1], learn=True), data["weights"])
    spikes = torch.empty(int(steps), int(n), int(channels)).bernoulli_(rate)
    labels = torch.arange(int(n)) % 2

    def call():
        nn.functional.cross_entropy(network(spikes), labels).backward()

    return call


def encoding(data):
    """Return a call that draws spikes, time first."""
    x = torch.as_tensor(data["x"])
    return torch.inference_mode()(lambda: spikegen.rate(x, num_steps=int(data["steps"])))
