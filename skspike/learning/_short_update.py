"""Gradient of a network of one layer in small batches, whose preparation takes longest.

Large arrays are made once and used again. Loss and gradients have the bits of `Objective`.
"""

from typing import Any

import numpy as np

from .._compile import kernel, sum_threads
from .._utils import Array
from ..simulation import BUDGET, WIDTH, Layer, OneLayer, aligned_empty, chunks
from ._decoder import Work


class ShortUpdate:
    """Gradient of a `DecoderObjective`, and the change of its network.

    It does not refer to the objective, so that the data are freed as soon as a fit ends.

    Parameters
    ----------
    objective : DecoderObjective
        The objective, which `suits`.
    """

    def __init__(self, objective: Any):
        network, inputs, parameters = objective.network, objective.task.inputs, objective.parameters
        self.reading = network.reading(inputs.n_steps)
        # of each chunk, because threads share the chunks
        self.layers: list[OneLayer] = []
        self.works: dict[tuple[int, int], Work] = {}
        self.n_chunks: dict[int, int] = {}
        # the coefficients of the decoder in the order of `coef`
        lanes = objective.decoding.coef[..., : network.size].transpose(2, 1, 0)
        self.lanes, self.coef = lanes, parameters["coef"].reshape(lanes.shape)
        # gradients of coefficients of neurons
        self.table = np.empty_like(objective.learned[0].move()[1])
        # gradients of all parameters, and parts of them
        self.grads = parameters.zeros(np.empty)
        self.weights = self.grads[0, "weights"]
        self.bias = self.grads.get((0, "bias"), np.empty(0, network.dtype))
        self.of_intrinsics = self.grads.rows(list(objective.intrinsics))

    @staticmethod
    def suits(objective: Any) -> bool:
        """Return whether the network is one layer, and the loss has no terms in other layers."""
        return (
            OneLayer.suits(objective.network) and objective.feedback is None
            and not objective.spike_cost and objective.task.inputs.is_equal)

    def applies(self, objective: Any, n_rows: int) -> bool:
        """Return whether each chunk of a batch fits into the cache, so that its arrays are kept."""
        if n_rows not in self.n_chunks:
            network, n_steps = objective.network, objective.task.inputs.n_steps
            parts = chunks(network, np.arange(n_rows), n_steps)
            is_small = max(map(len, parts)) * network.bytes_per_sample(n_steps) <= BUDGET
            self.n_chunks[n_rows] = len(parts) * is_small
            while is_small and len(self.layers) < len(parts):
                self.layers.append(OneLayer(network, n_steps, self.reading.bounds))
        return self.n_chunks[n_rows] > 0

    def work(self, objective: Any, number: int, n_rows: int) -> Work:
        """Return the arrays of the decoder for a chunk of some samples."""
        key = number, n_rows
        if key not in self.works:
            self.works[key] = objective.decoding.work(
                n_rows, len(self.reading.bounds) - 1, objective.network.dtype, aligned_empty)
        return self.works[key]

    def gradient(self, objective: Any, rows: Array, epoch: int | None) -> tuple[float, Any]:
        """Return the mean loss and its gradients, which the next call overwrites."""
        n, n_chunks = len(rows), self.n_chunks[len(rows)]
        task, (learned,), centring = objective.task, objective.learned, objective.centring

        def summed(number: int) -> Any:
            part = rows if n_chunks == 1 else parts[number]
            layer, work = self.layers[number], self.work(objective, number, len(part))
            target, events = task.target, task.inputs.batch(part, epoch)
            loss = objective.decoding.write_gradient(
                work, target.loss, layer.forward(events), target.y[part],
                target.sample_weight[part])
            return [loss, layer.backward(events, work.dspikes), work]

        def add(sums: Any, others: Any) -> None:
            sums[0] += others[0]
            objective.network.merge([sums[1]], [others[1]])
            for array, term in zip(sums[2][-2:], others[2][-2:], strict=True):
                array += term

        parts = chunks(objective.network, rows, task.inputs.n_steps) if n_chunks > 1 else []
        loss, total, work = sum_threads(summed, range(n_chunks), add, task.settings.n_jobs)
        grads, weights, bias = self.grads, self.weights, self.bias
        _collect(
            total.weights, total.coefficients, work.dcoef, work.dintercept, n,
            1 if centring else n, weights, self.table, bias, grads["coef"], grads["intercept"])
        if centring:
            for array, centred in zip(
                    (weights, bias), centring.gradients(weights, bias), strict=True):
                np.divide(centred, n, array)
        if len(self.of_intrinsics):
            np.divide(learned.gradients(self.table), n, self.of_intrinsics)
        return loss / n, grads

    def moved(self, objective: Any) -> list[Layer]:
        """Pass the parameters to the network, after a change. Return the layer with new values."""
        (learned,), (layer,) = objective.learned, objective.layers
        values, table = learned.move()
        if values is not layer.intrinsics:
            layer = layer._replace(intrinsics=values)
        OneLayer.update(objective.network, layer, table)
        self.lanes[...] = self.coef
        return [layer]


@kernel
def _collect(
        dweights: Any, dcoefficients: Any, dcoef: Any, dintercept: Any, n: Any, n_layer: Any,
        weights: Any, table: Any, bias: Any, coef: Any, intercept: Any) -> None:
    """Write the gradients of the decoder divided by n, and those of the layer by another number.

    The gradients of the coefficients of the neurons are not divided.
    """
    n_inputs, size = weights.shape
    for i in range(len(dweights)):
        first = i * WIDTH
        n_neurons = min(WIDTH, size - first)
        for c in range(n_inputs):
            for h in range(n_neurons):
                weights[c, first + h] = dweights[i, c, h] / n_layer
        for j in range(len(table)):
            for h in range(n_neurons):
                table[j, first + h] = dcoefficients[i, j * WIDTH + h]
        if len(bias):
            for h in range(n_neurons):
                bias[first + h] = dcoefficients[i, len(table) * WIDTH + h] / n_layer
    n_outputs, n_filters, _ = dcoef.shape
    for j in range(n_outputs):
        intercept[j] = dintercept[j] / n
        for f in range(n_filters):
            for h in range(size):
                coef[h * n_filters + f, j] = dcoef[j, f, h] / n
