"""Layers of competing neurons, which learn one after the other, and decoders by votes.

Each neuron votes for the classes of the samples that made it spike. The class of a sample gets the
votes of all its spikes. Such decoders need no training.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from .._base import LARGEST, Array
from ..neurons import Neuron
from ..simulation import NO_SPIKES, Events, Layer, Network, compete, from_raster, groups, to_lanes
from ._decoder import LinearDecoder
from ._initialise import N_SAMPLES
from ._rule import Rule
from ._task import Result, State, Task

HIGH = 1e9  # upper limit of values that are summed over spikes and channels, in float32
NO_PRIOR = np.exp(-100.0)  # prior of a class of weight 0, which no number of spikes can outweigh


class Competition:
    """One layer of competing neurons. At most `winners` spike in a step (None means all).

    Learning changes `weights`, `offsets` and `gain` in place. An offset raises a threshold by a
    fraction, and the gain multiplies the weights. Weights and offsets are padded to panels. A
    subclass defines the kernels of its rule, `record` and `train`.
    """

    kernels: dict[str, Any]  # inhibit, rest, adapt and settle

    def __init__(self, rule: Any, network: Network, winners: int | None = None):
        self.rule, self.network = rule, network
        self.winners = min(winners or network.size, network.size)
        weights = to_lanes(network.layers[0].weights)
        self.weights = weights.reshape(len(weights), -1)
        self.offsets = np.zeros(self.weights.shape[1], network.dtype)
        self.gain = np.ones(1, network.dtype)

    def record(self, y: Array | None = None) -> Any:
        """Return the arrays and constants of the kernels. `y` are labels, for rewarded rules."""
        raise NotImplementedError

    @classmethod
    def train(
            cls, rule: Any, task: Task, source: "LayerInput", size: int, layer: Layer | None,
            memory: Any) -> tuple[Layer, Any]:
        """Train one layer, and return it with its memory.

        `layer` and `memory` are the layer to continue from and its memory, or None.
        """
        raise NotImplementedError

    def run(
            self, events: Events, learning: bool = False, out: Array | None = None,
            y: Array | None = None) -> Array:
        """Return the raster of some events, in `out` if given."""
        network, (rows, lists) = self.network, events.unpacked()
        raster = np.empty(
            (len(rows), network.size, events.n_steps), np.uint8) if out is None else out
        raster[...] = 0
        loop = network.complete(compete, **self.kernels)
        state = self.weights, network.panels[0].coefficients, self.offsets, self.gain
        loop(rows, tuple(lists), *state, self.winners, learning, self.record(y), raster)
        return raster

    @property
    def layer(self) -> Layer:
        """The layer in its present state."""
        return Layer(self.weights[:, : self.network.size], self.intrinsics)

    @property
    def intrinsics(self) -> dict[str, Array]:
        """The intrinsic values of the layer."""
        return self.network.layers[0].intrinsics

    @intrinsics.setter
    def intrinsics(self, values: dict[str, Array]) -> None:
        self.network.update([Layer(self.weights[:, : self.network.size], values)])

    def offset_bounds(self) -> Array:
        """Return the offsets at which thresholds reach their bounds, (2, n_neurons)."""
        neuron = self.network.neuron
        name = neuron.named("threshold")
        low, high = neuron.bounds(name) if name in neuron.learnable() else (0.0, np.inf)
        return np.array([low / self.intrinsics[name] - 1, high / self.intrinsics[name] - 1])

    def with_offsets(self) -> dict[str, Array]:
        """Return the intrinsic values, with the offsets applied to the thresholds."""
        return raised(self.network.neuron, self.intrinsics, 1 + self.offsets[: self.network.size])

    def match_intervals(self, task: Task, raster: Array, ratio: float) -> None:
        """Move learned membrane time constants towards `ratio` times the intervals of the layer.

        The interval of a neuron is the mean time from the layer's previous spike to its own spikes.
        """
        settings, values = task.settings, self.intrinsics
        neuron, name = settings.neuron, settings.neuron.named("membrane")
        if name not in settings.learn_intrinsic:
            return
        n_spikes, n_steps = intervals(raster)
        interval = np.divide(
            n_steps * settings.dt, n_spikes, out=np.ones(len(n_spikes)), where=n_spikes > 0)
        unconstrained = neuron.to_free(values)
        goal = neuron.to_free({**values, name: ratio * interval})[name]
        unconstrained[name] += min(settings.intrinsic_learning_rate, 1.0) * np.where(
            n_spikes > 0, goal - unconstrained[name], 0.0)
        self.intrinsics = neuron.updated(values, unconstrained, (name,))


def intervals(raster: Array) -> tuple[Array, Array]:
    """Return the spike counts of the neurons, and the summed intervals before their spikes.

    An interval is the number of steps since the layer's previous spike, or since the start.
    """
    n_samples, size, n_steps = raster.shape
    sample, neuron, step = np.nonzero(raster.view(bool))
    spiked = np.zeros((n_samples, n_steps), bool)
    spiked[sample, step] = True
    last = np.maximum.accumulate(np.where(spiked, np.arange(n_steps), -1), axis=1)
    previous = np.concatenate([np.full((n_samples, 1), -1), last[:, :-1]], axis=1)
    summed = np.bincount(neuron, step - previous[sample, step], minlength=size)
    return np.bincount(neuron, minlength=size), summed


def raised(neuron: Neuron, values: dict[str, Array], factor: Array) -> dict[str, Array]:
    """Return intrinsic values with thresholds multiplied by `factor`."""
    name = neuron.named("threshold")
    return {**values, name: values[name] * factor}


class LayerInput:
    """Training input of a layer: the input of the network, run through the previous layers."""

    def __init__(self, rule: Rule, task: Task, previous: list[Layer]):
        self.rule, self.task = rule, task
        self.network = task.network(previous) if previous else None
        self.n_channels = previous[-1].size if previous else task.inputs.n_channels
        self.n_epochs = 0

    def batch(self, rows: Array, epoch: int | None = None) -> Events:
        """Return the events of some rows."""
        events = self.task.inputs.batch(rows, epoch)
        return from_raster(self.rule.run(self.network, events)) if self.network else events

    def batches(self) -> Iterator[tuple[Array, Events]]:
        """Yield the mini-batches of all epochs: rows in random order, and their events."""
        task, size = self.task, self.task.settings.batch_size
        for epoch in range(task.settings.max_iter):
            task.progress.begin()
            order = task.rng.permutation(len(task.inputs))
            for k in range(0, len(order), size):
                rows = order[k : k + size]
                yield rows, self.batch(rows, epoch)
            self.n_epochs = epoch + 1
            if task.progress.end():
                break

    def sample(self, network: Network) -> list[Events]:
        """Return the events of a few random rows, in groups."""
        rows = np.sort(self.task.rng.permutation(len(self.task.inputs))[:N_SAMPLES])
        return [self.batch(part) for part in groups(network, rows, self.task.inputs.n_steps)]


def subthreshold_scale(task: Task, source: LayerInput, layer: Layer) -> float:
    """Return the factor of the weights that brings membranes close to threshold without spikes.

    The mean plus the standard deviation of the membrane potential then equals the threshold, on
    average over neurons and samples. A membrane at k thresholds from rest has the margin k - 1.
    """
    network = task.network([layer], NO_SPIKES)
    levels = []
    for events in source.sample(network):
        v = 1 + network.margins(events).astype(float)
        levels.append(v.mean(axis=1) + v.std(axis=1))
    level = np.concatenate(levels).mean()
    return 1.0 / level if level > 1 / LARGEST else 1.0


class CompetingRule(Rule):
    """Base of the rules whose neurons compete. Layers learn one after the other.

    Neurons compete during learning and whenever the network runs. A rule defines ``competition``, a
    class of layers, ``memory_type``, the type of a layer's memory, and the parameter ``decoder``, a
    key of ``DECODERS``.

    Weights change with each spike of a neuron, and cannot be shared. Each spike of a sample is
    learned once per epoch, at a constant rate. There is no loss to validate or to add penalties to:
    rules bound weights and control rates themselves.
    """

    learns_chunks = uses_dt = repeats = True
    least_score = 0.55  # a race is poor at rates
    moves = ("threshold",)  # thresholds adapt
    competition: type[Competition]
    memory_type: type
    decoder: str

    def runs(self, sizes: Sequence[int]) -> int:
        """Return the number of layers, because each is trained separately."""
        return len(sizes)

    def learn(self, task: Task) -> Result:
        """Learn weights and intrinsics layer by layer and return a ``Result``."""
        settings = task.settings
        if (task.inputs.lengths != task.inputs.n_steps).any():
            raise ValueError(
                f"{type(self).__name__} learns from samples of equal length. Use rule='surrogate', "
                "or interpolate series to one length with SpikeEncoder(n_steps=...).")
        nothing = [None] * len(settings.hidden_layer_sizes)
        start = task.start or State(nothing)
        layers: list[Layer] = []
        memories, n_epochs = [], []
        for size, layer, memory in zip(
                settings.hidden_layer_sizes, start.layers, start.memory or nothing, strict=True):
            if not isinstance(memory, self.memory_type):  # of another rule
                memory = None
            source = LayerInput(self, task, layers)
            layer, memory = self.competition.train(self, task, source, size, layer, memory)
            layers.append(layer)
            memories.append(memory)
            n_epochs.append(source.n_epochs)
        state = State(layers, memory=memories)
        if task.target.y is not None:
            rows = np.arange(len(task.inputs))
            counts = self.responses(task.network(layers), task.inputs, rows, settings.n_jobs)
            state = state._replace(decoder=DECODERS[self.decoder](task, counts))
        return Result(state, settings.neuron, {"n_iter_": max(n_epochs)})

    def run(self, network: Network, events: Events, out: Array | None = None) -> Array:
        """Return the spikes of the last layer, under the same competition as in learning."""
        *lower, last = network.singles()
        for single in lower:
            events = from_raster(self.competition(self, single).run(events))
        return self.competition(self, last).run(events, out=out)

    def respond(self, network: Network, events: Events) -> Array:
        """Return the spike counts of the last layer."""
        return np.asarray(self.run(network, events).sum(axis=2), float)


def assigned(task: Task, counts: Array) -> LinearDecoder:
    """Return a decoder that averages the neurons assigned to each class.

    A neuron is assigned to the class with its highest mean standardised count.
    """
    decoder = LinearDecoder.initial(counts, task.target.n_classes, task.rng)
    n, sums = _class_sums(task, decoder.standardise(counts))
    excluded = _class_weights(task) == 0
    mean = np.where(excluded[:, None], -np.inf, sums / np.maximum(n, 1)[:, None])
    coef = (mean.argmax(axis=0)[:, None] == np.arange(len(mean))).astype(float)
    coef /= np.maximum(coef.sum(axis=0), 1)
    lowest = decoder.standardise(np.zeros_like(decoder.mean)).min() - 1  # below all outputs
    return decoder._replace(coef=coef, intercept=np.where(excluded, lowest, 0.0))


def shared(task: Task, counts: Array) -> LinearDecoder:
    """Return a decoder that adds up, over spikes, the log of the classes' shares in the neuron.

    With the expected spikes of each class subtracted, this is naive Bayes for Poisson counts. The
    spikes of a sample are not independent, so all scores are multiplied by one factor, which
    maximises the likelihood of the labels.
    """
    y = task.target.y
    n, sums = _class_sums(task, counts)
    mean, weight = _smoothed(sums, np.maximum(n, 1)[:, None]), _class_weights(task)
    # all weights of a chunk may be 0
    prior = np.log(np.maximum(weight / (weight.sum() or 1.0), NO_PRIOR))
    expected = mean.sum(axis=1)
    coef = np.log(mean / mean.sum(axis=0))
    coef[weight == 0] = coef.min(axis=0)
    # score each sample by means that leave it out
    scores = counts @ np.log(mean).T - expected
    without = _smoothed(sums[y] - counts, np.maximum(n[y] - 1, 1)[:, None])
    scores[np.arange(len(counts)), y] = (counts * np.log(without) - without).sum(axis=1)
    factor, zeros = _likeliest_factor(task, scores, prior), np.zeros(coef.shape[1])
    return LinearDecoder(factor * coef.T, prior - factor * expected, zeros, zeros + 1)


def _class_sums(task: Task, counts: Array) -> tuple[Array, Array]:
    """Return the number of samples of each class, and the summed counts, (n_classes, n_neurons)."""
    y, n_classes = task.target.y, task.target.n_classes
    sums = np.array([counts[y == k].sum(axis=0) for k in range(n_classes)])
    return np.bincount(y, minlength=n_classes), sums


def _class_weights(task: Task) -> Array:
    """Return the summed sample weights of each class."""
    target = task.target
    return np.bincount(target.y, target.sample_weight, target.n_classes)


def _smoothed(sums: Array, n: Array) -> Array:
    """Return mean counts with one spike added, so that no mean is 0."""
    return (sums + 1) / n


def _likeliest_factor(task: Task, scores: Array, prior: Array) -> float:
    """Return the factor of the scores, from 0 to 1, that maximises the likelihood of the labels."""
    y, weight = task.target.y, task.target.sample_weight
    if not weight.any():
        return 0.0

    def loss(factor: float) -> float:
        log_p = log_softmax(factor * scores + prior, axis=1)
        return float(-(weight * log_p[np.arange(len(y)), y]).sum())

    return float(minimize_scalar(loss, bounds=(0, 1), method="bounded").x)


DECODERS = {"shared": shared, "assigned": assigned}
