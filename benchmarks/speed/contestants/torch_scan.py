"""A loop over time in plain torch: a lower bound on the work of libraries on torch."""

from functools import partial

import numpy as np
import torch
from torch import nn

from ..cases import DECAY
from . import _torch

PACKAGES = ("torch",)


class Spike(torch.autograd.Function):
    """The step function, with the derivative of a fast sigmoid in the backward pass."""

    @staticmethod
    def forward(ctx, margin):
        """Return 1 if the margin is positive."""
        ctx.save_for_backward(margin)
        return (margin > 0).to(margin.dtype)

    @staticmethod
    def backward(ctx, grad):
        """Return the gradient with respect to the margin."""
        (margin,) = ctx.saved_tensors
        return grad / (1 + 5 * margin.abs()) ** 2


class Layer(nn.Module):
    """Leaky neurons with reset to zero. Decays and thresholds can be learned."""

    def __init__(self, size, learn):
        super().__init__()
        self.decay = nn.Parameter(torch.full(np.atleast_1d(size).tolist(), DECAY))
        self.threshold = nn.Parameter(torch.ones(self.decay.shape))

    def forward(self, currents):
        """Return the spikes."""
        return self._differentiable(
            currents) if torch.is_grad_enabled() else self._in_place(currents)

    def _differentiable(self, currents):
        return torch.stack(list(self.spikes(currents.unbind())))

    def spikes(self, currents):
        """Yield the spikes of each step."""
        v = 0
        for x in currents:
            v = self.decay * v + x
            s = Spike.apply(v - self.threshold)
            v = v * (1 - s.detach())
            yield s

    def counts(self, currents):
        """Return the spike counts."""
        return sum(self.spikes(currents))

    def _in_place(self, currents):
        v, spikes = torch.zeros_like(currents[0]), torch.empty(currents.shape, dtype=torch.bool)
        for x, s in zip(currents.unbind(), spikes.unbind(), strict=True):
            v.mul_(self.decay).add_(x)
            torch.gt(v, self.threshold, out=s)
            v.masked_fill_(s, 0)
        return spikes


class Recurrent(Layer):
    """Recurrent neurons with learned weights. Recurrent spikes arrive one step later."""

    def __init__(self, size, learn, recurrent):
        super().__init__(size, learn)
        self.recurrent = nn.Parameter(torch.as_tensor(recurrent))

    def forward(self, currents):
        """Return the spikes."""
        v, spikes = torch.zeros_like(currents[0]), [torch.zeros_like(currents[0])]
        for x in currents.unbind():
            v = self.decay * v + x + spikes[-1] @ self.recurrent
            spikes.append(Spike.apply(v - self.threshold))
            v = v * (1 - spikes[-1].detach())
        return torch.stack(spikes[1:])


def _layer(data):
    return partial(Recurrent, recurrent=data["recurrent"]) if "recurrent" in data else Layer


def forward(data):
    """Return a call that computes the spikes."""
    return _torch.forward(_layer(data), data)


def training(data):
    """Return a call that trains for one epoch."""
    return _torch.training(_layer(data), data)


def temporal(data):
    """Return a call that trains the network for tasks in time for one epoch."""
    return _torch.temporal(_layer(data), data)


def _images(data):
    """Return a raster of images as floats (steps, batch, channels, height, width)."""
    raster = data["raster"]
    images = raster.reshape(len(raster), *data["shape"], -1).transpose(4, 0, 1, 2, 3)
    return torch.as_tensor(np.ascontiguousarray(images, np.float32))


class Filters(nn.Module):
    """Convolution and leaky neurons. The neurons of a filter share decay and threshold."""

    def __init__(self, weights, stride):
        super().__init__()
        self.weights = nn.Parameter(torch.as_tensor(weights.transpose(3, 2, 0, 1).copy()))
        self.neurons, self.stride = Layer((weights.shape[3], 1, 1), learn=True), stride

    def convolved(self, images):
        """Return the currents of images of any number of leading dimensions."""
        currents = nn.functional.conv2d(
            images.flatten(0, -4), self.weights, stride=self.stride)
        return currents.reshape(*images.shape[:-3], *currents.shape[1:])


def convolution_forward(data, lot=None):
    """Return a call that computes the spikes of a convolutional layer, `lot` samples at a time."""
    images, layer = _images(data), Filters(data["weights"], int(data["stride"]))
    lots = images.split(lot or images.shape[1], 1)
    lots = [part.contiguous() for part in lots]

    @torch.inference_mode()
    def call():
        return torch.cat([layer.neurons(layer.convolved(part)) for part in lots], 1)

    return call


def convolution_gradient(data, lot=None):
    """Return a call that computes the gradients of a weighted sum of the spike counts."""
    images, layer = _images(data), Filters(data["weights"], int(data["stride"]))
    size, weights = lot or images.shape[1], torch.as_tensor(data["gradient"])
    lots = [
        (part.contiguous().requires_grad_(bool(data["second"])), some)
        for part, some in zip(images.split(size, 1), weights.split(size), strict=True)]

    def call():
        layer.zero_grad()
        for part, some in lots:
            part.grad = None
            (layer.neurons.counts(layer.convolved(part).unbind()) * some).sum().backward()
        return layer.weights.grad.abs()

    return call


class Images(nn.Module):
    """Two convolutional layers and a linear decoder of spike counts, for constant images.

    The spikes of the first layer are convolved step by step, or for all steps `at_once`.
    """

    def __init__(self, data, at_once):
        super().__init__()
        rng, n_channels, self.n_steps = np.random.default_rng(1), 1, int(data["steps"])
        self.at_once = at_once
        layers, side, stride = [], 28, int(data["stride"])
        for n, size in zip(data["filters"].tolist(), data["sizes"].tolist(), strict=True):
            scale = 1 / np.sqrt(size * size * n_channels * 0.15)
            weights = rng.normal(0, scale, (size, size, n_channels, n)).astype(np.float32)
            layers.append(Filters(weights, stride))
            n_channels, side = n, (side - size) // stride + 1
        self.layers = nn.ModuleList(layers)
        self.readout = nn.Linear(n_channels * side * side, 10)

    def forward(self, images):
        """Return the logits of the classes."""
        first, second = self.layers
        current = first.convolved(images.reshape(-1, 1, 28, 28))
        spikes = first.neurons.spikes([current] * self.n_steps)
        currents = second.convolved(torch.stack(list(spikes))).unbind() if self.at_once else map(
            second.convolved, spikes)
        return self.readout(second.neurons.counts(currents).flatten(1) / 5)


def convolution_training(data, at_once=False):
    """Return a call that trains the network of convolutions for one epoch."""
    return _torch.image_training(Images(data, at_once), data)
