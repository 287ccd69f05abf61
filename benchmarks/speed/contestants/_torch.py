"""What the contestants on torch share: the network around a spiking layer, its forward pass and an epoch of training.

A layer turns currents (steps, batch, hidden) into spikes of the same shape. The currents of all steps are one matrix product, and
a layer takes them apart by `unbind`: indexing step by step would make the backward pass quadratic in the number of steps.
"""

import numpy as np
import torch
from torch import nn

BATCH_SIZE = 128

torch.set_num_threads(1)


def time_first(raster):
    """Return a raster (batch, channels, steps) as floats (steps, batch, channels)."""
    return torch.as_tensor(np.ascontiguousarray(raster.transpose(2, 0, 1), np.float32))


class Network(nn.Module):
    """Weights, a spiking layer, and a linear readout of its spike counts."""

    def __init__(self, layer, weights):
        super().__init__()
        self.weights = nn.Parameter(torch.as_tensor(weights) * getattr(layer, "input_scale", 1.0))
        self.layer, self.readout = layer, nn.Linear(weights.shape[1], 2)

    def forward(self, spikes):
        """Return the logits of the classes."""
        counts = self.layer(spikes @ self.weights).sum(0)
        return self.readout(counts / 5)  # of order one


def forward(make_layer, data):
    """Return a call that gives the spikes of a layer."""
    spikes, network = time_first(data["raster"]), Network(make_layer(data["weights"].shape[1], learn=False), data["weights"])

    @torch.inference_mode()
    def call():
        return network.layer(spikes @ network.weights)

    return call


def training(make_layer, data):
    """Return a call that trains for an epoch, on mini-batches that were cut beforehand."""
    torch.manual_seed(0)
    network = Network(make_layer(data["weights"].shape[1], learn=True), data["weights"])
    adam = torch.optim.Adam(network.parameters(), lr=3e-3)
    starts = range(0, len(data["raster"]), BATCH_SIZE)
    batches = [(time_first(data["raster"][k : k + BATCH_SIZE]), torch.as_tensor(data["labels"][k : k + BATCH_SIZE])) for k in starts]

    def call():
        for spikes, labels in batches:
            loss = nn.functional.cross_entropy(network(spikes), labels)
            adam.zero_grad()
            loss.backward()
            adam.step()
        return loss.detach()

    return call


def topics(make_layer):
    """Return the functions `forward` and `training` of a contestant that has such a layer."""
    return (lambda data: forward(make_layer, data)), (lambda data: training(make_layer, data))
