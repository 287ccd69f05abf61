"""snntorch: its leaky neuron, stepped as in its tutorials; and its rate encoder."""

import snntorch
import torch
from snntorch import spikegen
from snntorch.surrogate import fast_sigmoid
from torch import nn

from ..cases import DECAY
from . import _torch

PACKAGES = ("snntorch", "torch")


class Layer(nn.Module):
    """Leaky neurons, reset to zero; decay and threshold of each neuron can be learned."""

    def __init__(self, size, learn):
        super().__init__()
        start = {"beta": torch.full((size,), DECAY), "threshold": torch.ones(size)}
        surrogate = fast_sigmoid(slope=5)
        self.leaky = snntorch.Leaky(**start, learn_beta=learn, learn_threshold=learn, spike_grad=surrogate, reset_mechanism="zero")

    def forward(self, currents):
        """Return the spikes."""
        membrane, spikes = self.leaky.init_leaky(), []
        for current in currents.unbind():
            spike, membrane = self.leaky(current, membrane)
            spikes.append(spike)
        return torch.stack(spikes)


forward, training = _torch.topics(Layer)


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
