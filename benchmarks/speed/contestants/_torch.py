"""Shared code of the contestants on torch: network around a layer, forward pass, training.

A layer maps currents (steps, batch, hidden) to spikes of the same shape. The currents of all steps
are one matrix product. A layer splits them with `unbind`, because indexing step by step would make
the backward pass quadratic in the number of steps.
"""

import os

import numpy as np
import torch
from torch import nn

BATCH_SIZE = 128
# of the network for tasks in time, as in skspike
N_WINDOWS, DROPOUT, ALPHA, SD_FLOOR = 10, 0.2, 30.0, 0.7

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def time_first(raster):
    """Return a raster (batch, channels, steps) as floats (steps, batch, channels)."""
    return torch.as_tensor(np.ascontiguousarray(raster.transpose(2, 0, 1), np.float32))


class Network(nn.Module):
    """Weights, a spiking layer, and a linear decoder of its spike counts."""

    def __init__(self, layer, weights):
        super().__init__()
        self.weights = nn.Parameter(torch.as_tensor(weights) * getattr(layer, "input_scale", 1.0))
        self.layer, self.readout = layer, nn.Linear(weights.shape[1], 2)

    def forward(self, spikes):
        """Return the logits of the classes."""
        counts = self.layer(spikes @ self.weights).sum(0)
        return self.readout(counts / 5)  # of order one


class Temporal(nn.Module):
    """Network for tasks in time, with standardised counts in windows as the readout.

    Its stages are dropout of spikes, delays, weights, a spiking layer, and the readout. The number
    of steps is a multiple of the number of windows.
    """

    def __init__(self, layer, weights, delays, n_classes):
        super().__init__()
        self.weights = nn.Parameter(torch.as_tensor(weights))
        self.layer = layer
        self.delays = delays
        self.readout = nn.Linear(N_WINDOWS * weights.shape[1], n_classes)
        self.mean, self.scale = torch.tensor(0.0), torch.tensor(1.0)

    def currents(self, spikes):
        """Return the currents of all steps."""
        return delayed(spikes, self.delays) @ self.weights

    def counts(self, spikes):
        """Return the spikes of each neuron in each window, (batch, windows * hidden)."""
        windows = self.layer(self.currents(spikes)).unflatten(0, (N_WINDOWS, -1))
        return windows.sum(1, dtype=torch.float32).transpose(0, 1).flatten(1)

    @torch.no_grad()
    def standardise(self, spikes):
        """Compute mean and deviation of the counts with the present weights."""
        counts = self.counts(spikes)
        self.mean, self.scale = counts.mean(0), counts.std(0).clamp(min=SD_FLOOR)

    def forward(self, spikes):
        """Return the logits of the classes."""
        counts = self.counts(nn.functional.dropout(spikes, DROPOUT, self.training))
        return self.readout((counts - self.mean) / self.scale)

    def adam(self, n_samples):
        """Return an optimiser with weight decay.

        Biases, and the decays and thresholds of neurons, are not penalised.
        """
        groups = {True: [], False: []}
        for parameter in self.parameters():
            groups[parameter.ndim == 2].append(parameter)
        return torch.optim.Adam(
            [
                {"params": groups[True], "weight_decay": ALPHA / n_samples},
                {"params": groups[False]}], lr=3e-3)


def delayed(spikes, delays):
    """Return the spikes at some delays in steps, as (steps, batch, delays * channels)."""
    if delays == [0]:
        return spikes
    return torch.cat(
        [nn.functional.pad(spikes, (0, 0, 0, 0, delay, 0))[: len(spikes)] for delay in delays], -1)


def forward(make_layer, data):
    """Return a call that computes the spikes of a layer."""
    spikes = time_first(data["raster"])
    network = Network(make_layer(data["weights"].shape[1], learn=False), data["weights"])

    @torch.inference_mode()
    def call():
        return network.layer(spikes @ network.weights)

    return call


def training(make_layer, data):
    """Return a call that trains for one epoch on prepared mini-batches."""
    torch.manual_seed(0)
    network = Network(make_layer(data["weights"].shape[1], learn=True), data["weights"])
    adam = torch.optim.Adam(network.parameters(), lr=3e-3)
    starts = range(0, len(data["raster"]), BATCH_SIZE)
    batches = [
        (
            time_first(data["raster"][k : k + BATCH_SIZE]),
            torch.as_tensor(data["labels"][k : k + BATCH_SIZE]))
        for k in starts]

    return lambda: epoch(network, adam, batches)


def temporal(make_layer, data):
    """Return a call that trains the network for tasks in time for one epoch.

    The mini-batches are prepared before.
    """
    torch.manual_seed(0)
    labels, delays = torch.as_tensor(data["labels"]), data["delays"].tolist()
    network = Temporal(
        make_layer(data["weights"].shape[1], learn=True), data["weights"], delays,
        int(labels.max()) + 1)
    spikes = time_first(data["raster"]).split(BATCH_SIZE, 1)
    batches = [
        (part.contiguous(), some)
        for part, some in zip(spikes, labels.split(BATCH_SIZE), strict=True)]
    network.standardise(batches[0][0])
    adam = network.adam(len(labels))
    return lambda: epoch(network, adam, batches)


def image_training(network, data):
    """Return a call that trains a network for one epoch on mini-batches of images."""
    torch.manual_seed(0)
    size = int(data["batch"])
    adam = torch.optim.Adam(network.parameters(), lr=3e-3)
    batches = list(zip(
        torch.as_tensor(data["images"]).split(size), torch.as_tensor(data["labels"]).split(size),
        strict=True))
    return lambda: epoch(network, adam, batches)


def epoch(network, adam, batches):
    """Train on some batches of spikes and labels, and return their mean loss."""
    total = 0.0
    for spikes, labels in batches:
        loss = nn.functional.cross_entropy(network(spikes), labels)
        adam.zero_grad()
        loss.backward()
        adam.step()
        total += loss.detach()
    return total / len(batches)


def topics(make_layer):
    """Return the functions `forward` and `training` of a contestant with this layer."""
    return (lambda data: forward(make_layer, data)), (lambda data: training(make_layer, data))
