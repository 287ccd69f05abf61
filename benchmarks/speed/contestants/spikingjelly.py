"""spikingjelly: multi-step leaky nodes, STDP, the tempotron's event solver, encoders.

The nodes learn one time constant per layer.
"""

import torch
from spikingjelly.activation_based import (
    encoding as encoders, functional, learning, neuron, surrogate)
from spikingjelly.timing_based.neuron import Tempotron
from torch import nn

from ..cases import DECAY
from . import _torch

PACKAGES = ("spikingjelly", "torch")
TAU = 1 / (1 - DECAY)  # spikingjelly's decay in a step is 1 - 1 / tau


class Layer(nn.Module):
    """Leaky neurons with reset to zero, in multi-step mode."""

    def __init__(self, size, learn):
        super().__init__()
        shared = {
            "decay_input": False, "surrogate_function": surrogate.Sigmoid(), "detach_reset": True,
            "step_mode": "m"}
        self.node = neuron.ParametricLIFNode(
            init_tau=TAU, **shared) if learn else neuron.LIFNode(tau=TAU, **shared).eval()

    def forward(self, currents):
        """Return the spikes."""
        functional.reset_net(self.node)
        return self.node(currents)


forward, training = _torch.topics(Layer)


def encoding(data):
    """Return a call that draws spikes, time first."""
    encoder = encoders.PoissonEncoder(step_mode="m")
    x = torch.as_tensor(data["x"])
    steps = int(data["steps"])
    return torch.inference_mode()(lambda: encoder(x.expand(steps, *x.shape)))


def stdp(data, batch_size):
    """Return a call that trains on all samples, in parallel within a batch, without inhibition."""
    batches = _torch.time_first(data["raster"]).split(batch_size, dim=1)
    synapse = nn.Linear(batches[0].shape[2], int(data["hidden"]), bias=False)
    node = neuron.LIFNode(tau=TAU, decay_input=False, v_threshold=15.0)
    learner = learning.STDPLearner(
        step_mode="s", synapse=synapse, sn=node, tau_pre=TAU, tau_post=TAU)

    @torch.no_grad()
    def call():
        nn.init.uniform_(synapse.weight)
        for batch in batches:
            functional.reset_net(node)
            learner.reset()
            for x in batch.unbind():
                node(synapse(x))
                synapse.weight.add_(
                    learner.step(on_grad=False), alpha=1e-3 / batch_size).clamp_(0, 1)

    return call


def tempotron(data):
    """Return a call that trains for one epoch of mini-batches.

    The highest potential of a wrong neuron moves towards its threshold.
    """
    raster, labels, size = data["raster"], torch.as_tensor(data["labels"]), 32
    model = Tempotron(raster.shape[1], 2, float(raster.shape[2]), tau=20.0, tau_s=5.0)
    sgd = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9)
    batches = [
        (_events(raster[k : k + size]), labels[k : k + size]) for k in range(0, len(raster), size)]

    def call():
        for events, y in batches:
            highest, _, fired = model(*events)
            wanted = nn.functional.one_hot(y, 2).bool()
            wrong = wanted != fired.isfinite()
            loss = torch.where(
                wrong, torch.where(wanted, 1 - highest, highest - 1), 0).sum() / len(y)
            sgd.zero_grad()
            loss.backward()
            sgd.step()

    nn.init.normal_(model.weight, std=0.3)  # so that neurons fire, as they do in training
    return call


def _events(raster):
    """Return the spikes of some samples as times, channels and start of each sample."""
    sample, channel, step = torch.as_tensor(raster).nonzero(as_tuple=True)
    counts = torch.bincount(sample, minlength=len(raster))
    return step.float(), channel, torch.cat([torch.zeros(1, dtype=torch.int64), counts.cumsum(0)])
