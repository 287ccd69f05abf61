"""Layers of competing neurons, one after the other: what the rules that are learned by competition share."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._checks import LARGEST
from .._utils import Array
from ..simulation import NO_SPIKES, Events, Layer, Network, compete, from_raster, groups, to_lanes
from ._base import Rule
from ._initialise import N_SAMPLES
from ._task import Result, State, Task


class Competition:
    """A network of one layer whose neurons compete, as it is now; at most `winners` spike in a step, None means all.

    Learning changes `weights` and `offsets`, both filled up to whole panels, and `gain` in place.
    An offset says by what part of it a threshold is raised; `gain` is what the weights are
    multiplied by.
    """

    kernels: dict[str, Any]  # the functions of the loop that a subclass defines

    def __init__(self, network, winners=None):
        self.network, self.winners = network, min(winners or network.size, network.size)
        weights = to_lanes(network.layers[0].weights)
        self.weights = weights.reshape(len(weights), -1)
        self.offsets = np.zeros(self.weights.shape[1], network.dtype)
        self.gain = np.ones(1, network.dtype)

    def record(self, y=None):
        """Return what the roles read and write; `y` are the labels of the samples, where they are used."""
        raise NotImplementedError

    def run(self, events, learning=False, out=None, y=None):
        """Return the raster of some events, in `out` if given."""
        network, events = self.network, events.spikes_only()
        raster = np.empty(
            (len(events.rows), network.size, events.n_steps), np.uint8) if out is None else out
        raster[...] = 0
        loop = network.complete(compete, **self.kernels)
        inputs = tuple(events.by_step)
        coefficients = network.panels[0].coefficients
        state = self.weights, coefficients, self.offsets, self.gain
        loop(events.rows, inputs, *state, self.winners, learning, self.record(y), raster)
        return raster

    @property
    def layer(self):
        """The layer as it is now."""
        return Layer(self.weights[:, : self.network.size], self.values)

    @property
    def values(self):
        """The intrinsics of the layer."""
        return self.network.layers[0].intrinsics

    @values.setter
    def values(self, values):
        self.network.update([Layer(self.weights[:, : self.network.size], values)])

    def offset_bounds(self):
        """Return the offsets at which the thresholds meet their bounds, (2, n_neurons)."""
        neuron = self.network.neuron
        name = neuron.named("threshold")
        low, high = neuron.bounds(name) if name in neuron.learnable() else (0.0, np.inf)
        return np.array([low / self.values[name] - 1, high / self.values[name] - 1])

    def with_offsets(self):
        """Return the intrinsics with the offsets made part of the thresholds."""
        return raised(self.network.neuron, self.values, 1 + self.offsets[: self.network.size])

    def match_memory(self, task, raster, memory):
        """Move the membranes' time constants, if they are to be learned, towards `memory` times what their neurons' spikes have waited."""
        neuron, values = task.settings.neuron, self.values
        name = neuron.named("membrane")
        if name not in task.settings.learn_intrinsic:
            return
        n_spikes, n_steps = waits(raster)
        waited = np.divide(
            n_steps * task.settings.dt, n_spikes, out=np.ones(len(n_spikes)), where=n_spikes > 0)
        free = neuron.to_free(values)
        goal = neuron.to_free({**values, name: memory * waited})[name]
        step = min(task.settings.intrinsic_learning_rate, 1.0) * np.where(
            n_spikes > 0, goal - free[name], 0.0)
        free[name] = np.clip(free[name] + step, *neuron.free_bounds(name))
        self.values = neuron.updated(values, free, (name,))


def waits(raster):
    """Return the spikes of each neuron, and for how many steps they have waited in all, since the layer's spike before or the start."""
    n_samples, size, n_steps = raster.shape
    sample, neuron, step = np.nonzero(raster.view(bool))
    spiked = np.zeros((n_samples, n_steps), bool)
    spiked[sample, step] = True
    last = np.maximum.accumulate(np.where(spiked, np.arange(n_steps), -1), axis=1)
    before = np.concatenate([np.full((n_samples, 1), -1), last[:, :-1]], axis=1)
    return np.bincount(neuron, minlength=size), np.bincount(
        neuron, step - before[sample, step], minlength=size)


def raised(neuron, values, factor):
    """Return intrinsics with thresholds that are `factor` times as high."""
    name = neuron.named("threshold")
    return {**values, name: values[name] * factor}


class Source:
    """The input of a layer: that of the network, sent through the layers below."""

    def __init__(self, rule, task, below):
        self.rule, self.task = rule, task
        self.below = task.network(below) if below else None
        self.n_epochs = 0
        self.n_channels = below[-1].size if below else task.inputs.n_channels

    def batch(self, rows, epoch=None):
        """Return the events of some rows."""
        events = self.task.inputs.batch(rows, epoch)
        return from_raster(self.rule.run(self.below, events)) if self.below else events

    def batches(self):
        """Yield the mini-batches of all epochs: rows in random order, and their events."""
        for epoch in range(self.task.settings.max_iter):
            self.task.progress.begin()
            order = self.task.rng.permutation(len(self.task.inputs))
            for k in range(0, len(order), self.task.settings.batch_size):
                rows = order[k : k + self.task.settings.batch_size]
                yield rows, self.batch(rows, epoch)
            self.n_epochs = epoch + 1
            if self.task.progress.end():
                break

    def sample(self, network):
        """Return the events of a few rows, drawn at random, in groups."""
        rows = np.sort(self.task.rng.permutation(len(self.task.inputs))[:N_SAMPLES])
        return [self.batch(part) for part in groups(network, rows, self.task.inputs.n_steps)]


def free_scale(task, source, layer):
    """Return the factor on random weights under which the free membrane comes close to its threshold, on average.

    Membrane and margin are linear in each other: a membrane that lies k thresholds from its resting
    value has the margin k - 1.
    """
    network = task.network([layer], NO_SPIKES)
    high = []
    for events in source.sample(network):
        v = 1 + network.margins(events).astype(float)
        high.append(v.mean(axis=1) + v.std(axis=1))
    level = np.concatenate(high).mean()
    return 1.0 / level if level > 1 / LARGEST else 1.0


class CompetingRule(Rule):
    """Base of the rules whose neurons compete, in learning and whenever the network runs; layers learn one after the other.

    A rule defines how a layer runs, `_competition`; how it is trained, `_train`; what it has to
    remember to go on, the type ``remembers``; and its readout, `_vote`.
    """

    streams = True
    moves = ("threshold",)  # it adapts
    refuses = (
        {
            "recurrent": "the neurons of its layers are connected already, by the inhibition through which they compete",
            "readout": "its neurons stand for classes, and are read by their counts",
            "dropout": "each sample is learned once a pass, by the spikes that it has",
            "alpha": "it minimises no loss, and holds its weights by rules of its own",
            "spike_penalty": "it minimises no loss, and holds its rates by rules of its own",
            "early_stopping": "it minimises no loss, and so has none that could stop to fall on "
            "what is held out"})

    def runs(self, sizes: Sequence[int]) -> int:
        """Each layer learns by itself."""
        return len(sizes)

    def learn(self, task: Task) -> Result:
        """Learn weights and intrinsics layer by layer and return a ``Result``."""
        nothing = [None] * len(task.settings.hidden_layer_sizes)
        start = task.start or State(nothing)
        layers: list[Layer] = []
        memories, n_epochs = [], []
        for size, layer, memory in zip(
                task.settings.hidden_layer_sizes, start.layers, start.memory or nothing, strict=True):
            memory = memory if isinstance(memory, self.remembers) else None  # that of another rule
            source = Source(self, task, layers)
            layer, memory = self._train(task, source, size, layer, memory)
            layers.append(layer)
            memories.append(memory)
            n_epochs.append(source.n_epochs)
        state = State(layers, memory=memories)
        if task.target.y is not None:
            counts = self.responses(
                task.network(layers), task.inputs, np.arange(len(task.inputs)), task.settings.n_jobs)
            state = state._replace(readout=self._vote(task, counts))
        return Result(state, task.settings.neuron, {"n_iter_": max(n_epochs)})

    def run(self, network: Network, events: Events, out: Array | None = None) -> Array:
        """Return the raster of the last layer, under the same competition as in learning."""
        *lower, last = network.singles()
        for single in lower:
            events = from_raster(self._competition(single).run(events))
        return self._competition(last).run(events, out=out)

    def respond(self, network: Network, events: Events) -> Array:
        """Return the spike counts of the last layer."""
        return self.run(network, events).sum(axis=2).astype(float)
