"""The objective of gradient learning: the loss of a readout, with penalties of weights and spikes."""

import numpy as np

from .._compile import map_threads
from ..simulation import Network, aligned, groups
from ._base import in_groups
from ._objective import Objective
from ._task import State


class ReadoutObjective(Objective):
    """Loss of a linear readout, with its penalties, as a function of weights, learned intrinsics and readout.

    To the mean loss over samples comes half of `alpha` times the squares of all weights and
    coefficients, over the number of samples, and `spike_penalty` times the mean number of spikes of
    a neuron, over all layers.

    Parameters are named ``(k, "weights")``, ``(k, "recurrent")`` and ``(k, intrinsic)`` in layer k,
    the last in the space in which they are learned, and "coef" and "intercept".
    """

    def __init__(self, task, state, spikes, dtype=np.float32):
        # copies in C order: solvers work in place, and a warm start must not touch the fit that it
        # starts from
        coef, intercept = (np.array(array, order="C") for array in state.readout[:2])
        self.task, self.readout = task, state.readout._replace(coef=coef, intercept=intercept)
        self.layers = [_in_type(layer, dtype) for layer in state.layers]
        self.network = task.network(self.layers, spikes, state.reads)
        self.free = [task.settings.neuron.to_free(layer.intrinsics) for layer in self.layers]
        self.learned = {
            (k, name): free[name] for k, free in enumerate(self.free) for name in task.settings.learn_intrinsic}
        weights = {(k, "weights"): layer.weights for k, layer in enumerate(self.layers)}
        recurrent = {
            (k, "recurrent"): layer.recurrent
            for k, layer in enumerate(self.layers) if layer.recurrent is not None}
        self.parameters = {
            **weights, **recurrent, **self.learned, "coef": coef, "intercept": intercept}
        self.decayed = {
            key: p
            for key, p in self.parameters.items()
            if key == "coef" or key[-1] in ("weights", "recurrent")}
        self.n_samples = len(task.inputs)
        self.price = task.settings.spike_penalty / sum(layer.size for layer in self.layers)
        self.rates = {
            key: task.settings.intrinsic_learning_rate if key in self.learned else task.settings.learning_rate
            for key in self.parameters}

    def state(self):
        """Return the present state."""
        return State(
            [_in_type(layer, np.float32) for layer in self.layers], self.readout,
            self.network.readout)

    def moved(self):
        """Clip the intrinsics to their bounds and hand the new values to the network."""
        neuron = self.task.settings.neuron
        for (_, name), values in self.learned.items():
            np.clip(values, *neuron.free_bounds(name), out=values)
        self.layers = [
            layer._replace(intrinsics=neuron.updated(layer.intrinsics, free, self.task.settings.learn_intrinsic))
            for layer, free in zip(self.layers, self.free, strict=True)
        ]
        self.network.update(self.layers)

    def outputs(self, rows):
        """Return the outputs of some samples."""
        return self.readout.outputs(
            in_groups(Network.features, self.network, self.task.inputs, rows, self.task.settings.n_jobs))

    def loss(self, rows):
        """Return the mean loss over some samples, with the penalties."""
        inputs = self.task.inputs

        def one(group):
            return self._forward(inputs.batch(group), group, record=False)[0]

        parts = map_threads(
            one, groups(self.network, rows, inputs.n_steps, record=False), self.task.settings.n_jobs)
        return sum(parts) / len(rows) + self._penalty()

    def _penalty(self):
        return 0.5 * self.task.settings.alpha / self.n_samples * sum(
            (p.astype(float) ** 2).sum() for p in self.decayed.values())

    def _forward(self, events, rows, record=True):
        """Run some samples; return their summed loss, traces, features, and the gradient with respect to the outputs."""
        reading, weight = self.network.reading(events.n_steps), self.task.target.sample_weight[rows]
        traces = self.network.forward(events, record, bounds=reading.bounds)
        features = reading.features(traces[-1].counts)
        loss, doutputs = self.task.target.loss.gradient(
            self.readout.outputs(features), self.task.target.y[rows], weight)
        spikes = sum(trace.counts.sum(axis=(1, 2), dtype=float) for trace in traces)
        return loss + self.price * (weight @ spikes), traces, features, doutputs

    def add(self, total, events, rows):
        """Add the gradients of some samples to `total`; return their summed loss and the readout's gradients."""
        loss, traces, features, doutputs = self._forward(events, rows)
        dcoef, dintercept, dfeatures = self.readout.vjp(features, doutputs)
        ds = self.network.reading(events.n_steps).vjp(dfeatures)
        self.network.accumulate(traces, ds, total, self.price * self.task.target.sample_weight[rows])
        return loss, dcoef, dintercept

    def gradient(self, rows, epoch):
        """Return the mean loss over some samples, with the penalties, and the gradients."""
        loss, grads = super().gradient(rows, epoch)
        for key, p in self.decayed.items():
            grads[key] = grads[key] + self.task.settings.alpha / self.n_samples * p
        return loss + self._penalty(), grads

    def collect(self, totals, extras):
        """Return the gradients of the parameters."""
        grads = dict(zip(("coef", "intercept"), extras, strict=True))
        for k, (layer, d) in enumerate(zip(self.layers, self.network.collect(totals), strict=True)):
            dfree = self.task.settings.neuron.free_vjp(layer.intrinsics, d.intrinsics)
            grads[k, "weights"] = d.weights
            if d.recurrent is not None:
                grads[k, "recurrent"] = d.recurrent
            grads.update({(k, name): dfree[name] for name in self.task.settings.learn_intrinsic})
        return grads


def _in_type(layer, dtype):
    """Return a layer with copies of its weights, of a dtype."""
    weights, recurrent = (
        None if array is None else aligned(array.shape, dtype, array)
        for array in (layer.weights, layer.recurrent))
    return layer._replace(weights=weights, recurrent=recurrent)
