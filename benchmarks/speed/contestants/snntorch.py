"""snntorch: its leaky neurons, stepped as in its tutorials, and its rate encoder."""

from functools import partial

import numpy as np
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


class Filters(nn.Module):
    """Convolution and leaky neurons, stepped as in the tutorials."""

    def __init__(self, n_channels, n_filters, size, stride, weights=None):
        super().__init__()
        self.convolution = nn.Conv2d(n_channels, n_filters, size, stride, bias=False)
        if weights is not None:
            self.convolution.weight = nn.Parameter(
                torch.as_tensor(weights.transpose(3, 2, 0, 1).copy()))
        settings = _settings(n_filters, True)
        start = {name: settings[name].reshape(-1, 1, 1) for name in ("beta", "threshold")}
        self.leaky = snntorch.Leaky(**{**settings, **start}, reset_mechanism="zero")

    def spikes(self, images):
        """Yield the spikes of each step."""
        membrane = self.leaky.init_leaky()
        for image in images:
            spike, membrane = self.leaky(self.convolution(image), membrane)
            yield spike


def _filters(data):
    """Return the layer and its input, (steps, batch, channels, height, width)."""
    raster, (size, _, n_channels, n_filters) = data["raster"], data["weights"].shape
    images = raster.reshape(len(raster), *data["shape"], -1).transpose(4, 0, 1, 2, 3)
    layer = Filters(n_channels, n_filters, size, int(data["stride"]), data["weights"])
    return layer, torch.as_tensor(np.ascontiguousarray(images, np.float32))


def convolution_forward(data):
    """Return a call that computes the spikes of a convolutional layer."""
    layer, images = _filters(data)
    return torch.inference_mode()(lambda: torch.stack(list(layer.spikes(images))))


def convolution_gradient(data):
    """Return a call that computes the gradients of a weighted sum of the spike counts."""
    layer, images = _filters(data)
    images.requires_grad_(bool(data["second"]))
    weights = torch.as_tensor(data["gradient"])

    def call():
        layer.zero_grad()
        images.grad = None
        (sum(layer.spikes(images.unbind())) * weights).sum().backward()
        return layer.convolution.weight.grad.abs()

    return call


class Images(nn.Module):
    """Two convolutional layers and a linear decoder of spike counts, for constant images."""

    def __init__(self, data):
        super().__init__()
        stride, (first, second), sizes = (
            int(data["stride"]), data["filters"].tolist(), data["sizes"].tolist())
        self.n_steps = int(data["steps"])
        self.layers = nn.Sequential(
            Filters(1, first, sizes[0], stride), Filters(first, second, sizes[1], stride))
        self.readout = nn.LazyLinear(10)

    def forward(self, images):
        """Return the logits of the classes."""
        spikes = [images.reshape(-1, 1, 28, 28)] * self.n_steps
        for layer in self.layers:
            spikes = layer.spikes(spikes)
        return self.readout(sum(spikes).flatten(1) / 5)


def convolution_training(data):
    """Return a call that trains the network of convolutions for one epoch."""
    network = Images(data)
    network(torch.as_tensor(data["images"][:1]))  # to know the size of the readout
    return _torch.image_training(network, data)
