"""Gradient of a network of one layer in small batches, whose preparation takes longest.

All arrays but the gradients are made once. Loss and gradients have the bits of `Objective`.
"""

from typing import Any

import numpy as np

from .._compile import kernel
from .._utils import Array
from ..simulation import WIDTH, OneLayer, aligned_empty, chunks, groups
from ._decoder import Work


class ShortUpdate:
    """Gradient of a `DecoderObjective`, and the change of its network.

    Parameters
    ----------
    objective : DecoderObjective
        The objective, which `suits`.
    """

    def __init__(self, objective: Any):
        self.objective, network, inputs = objective, objective.network, objective.task.inputs
        reading = network.reading(inputs.n_steps)
        self.layer = OneLayer(network, inputs.n_steps, reading.bounds)
        self.n_segments = len(reading.bounds) - 1
        self.no_bias = np.empty(0, network.dtype)
        self.works: dict[int, Work] = {}
        self.is_short: dict[int, bool] = {}
        # the coefficients of the decoder in the order of `coef`
        lanes, coef = objective.decoding.coef, objective.decoder.coef
        self.lanes = lanes[..., : network.size].transpose(2, 1, 0)
        self.coef = coef.reshape(self.lanes.shape)
        self.table = np.empty_like(objective.learned[0].move()[1])
        # where the gradients of the intrinsics lie
        keys = list(objective.intrinsics)
        self.place = objective.parameters.place(keys) if keys else None

    @staticmethod
    def suits(objective: Any) -> bool:
        """Return whether the network is one layer, and the loss has no terms in other layers."""
        return (
            OneLayer.suits(objective.network) and objective.feedback is None
            and not objective.centring and not objective.spike_cost
            and objective.task.inputs.is_equal)

    def applies(self, n_rows: int) -> bool:
        """Return whether a batch is so small that it is neither split nor shared by threads."""
        if n_rows not in self.is_short:
            network, rows = self.layer.network, np.arange(n_rows)
            n_steps = self.layer.n_steps
            self.is_short[n_rows] = all(
                len(split(network, rows, n_steps)) == 1 for split in (chunks, groups))
        return self.is_short[n_rows]

    def work(self, n_rows: int) -> Work:
        """Return the arrays of the decoder for a number of samples."""
        if n_rows not in self.works:
            self.works[n_rows] = self.objective.decoding.work(
                n_rows, self.n_segments, self.layer.network.dtype, aligned_empty)
        return self.works[n_rows]

    def gradient(self, rows: Array, epoch: int | None) -> tuple[float, Any]:
        """Return the mean loss and its gradients, as `Objective.gradient`."""
        objective, n = self.objective, len(rows)
        task, work, (learned,) = objective.task, self.work(n), objective.learned
        target, events = task.target, task.inputs.batch(rows, epoch)
        loss = objective.decoding.write_gradient(
            work, target.loss, self.layer.forward(events), target.y[rows],
            target.sample_weight[rows])
        total = self.layer.backward(events, work.dspikes)
        grads = objective.parameters.zeros(np.empty)
        _collect(
            total.weights, total.coefficients, work.dcoef, work.dintercept, n, grads[0, "weights"],
            self.table, grads.get((0, "bias"), self.no_bias), grads["coef"], grads["intercept"])
        if self.place:
            dtype, part = self.place
            np.divide(learned.gradients(self.table).ravel(), n, grads.buffers[dtype][part])
        return loss / n, grads

    def moved(self) -> None:
        """Pass the parameters to the network, after a change."""
        objective = self.objective
        (layer,), (learned,) = objective.layers, objective.learned
        values, table = learned.move()
        objective.layers = [layer._replace(intrinsics=values)]
        self.layer.update(objective.layers[0], table)
        self.lanes[...] = self.coef


@kernel
def _collect(
        dweights: Any, dcoefficients: Any, dcoef: Any, dintercept: Any, n: Any, weights: Any,
        table: Any, bias: Any, coef: Any, intercept: Any) -> None:
    """Write the mean gradients of n samples, and the sum of those of the neurons' coefficients."""
    n_inputs, size = weights.shape
    for i in range(len(dweights)):
        first = i * WIDTH
        n_neurons = min(WIDTH, size - first)
        for c in range(n_inputs):
            for h in range(n_neurons):
                weights[c, first + h] = dweights[i, c, h] / n
        for j in range(len(table)):
            for h in range(n_neurons):
                table[j, first + h] = dcoefficients[i, j * WIDTH + h]
        if len(bias):
            for h in range(n_neurons):
                bias[first + h] = dcoefficients[i, len(table) * WIDTH + h] / n
    n_outputs, n_filters, _ = dcoef.shape
    for j in range(n_outputs):
        intercept[j] = dintercept[j] / n
        for f in range(n_filters):
            for h in range(size):
                coef[h * n_filters + f, j] = dcoef[j, f, h] / n
