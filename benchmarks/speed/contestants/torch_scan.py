"""A loop over time in plain torch: a lower bound on the work of libraries on torch."""

from functools import partial

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
        self.decay = nn.Parameter(torch.full((size,), DECAY))
        self.threshold = nn.Parameter(torch.ones(size))

    def forward(self, currents):
        """Return the spikes."""
        return self._differentiable(
            currents) if torch.is_grad_enabled() else self._in_place(currents)

    def _differentiable(self, currents):
        v, spikes = torch.zeros_like(currents[0]), []
        for x in currents.unbind():
            v = self.decay * v + x
            spikes.append(Spike.apply(v - self.threshold))
            v = v * (1 - spikes[-1].detach())
        return torch.stack(spikes)

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
