"""Layers of STDP by the instar rule: neurons race to spike first, and all restart at each spike.

With a decaying trace r of the input spikes:

    output spike of j    w_j += rate (r / |r| - w_j),   |r| = sum of |r_c|;   v = 0 for all others
    after a sample       offset_j = (1 + theta_plus n_j) / mean - 1,   n_j: spikes of j so far
                         log gain -= gain_rate min(n / n_wanted - 1, 1),   n: spikes of the layer in
                         the sample, n_wanted: at most its number of steps with input

A weight vector moves towards the input before the spike, and its norm towards 1, so weights need no
normalisation and no bounds. With labels, a neuron learns only in samples of one class: the class
with most of its spikes so far.
"""

from typing import Any, NamedTuple, Self

import numpy as np

from .._checks import FittedArray, check_arrays
from .._compile import scalar
from .._utils import Array
from ..simulation import Events, Layer, Network
from ._competing import HIGH, Competition, LayerInput, raised, subthreshold_scale
from ._task import Task

ZERO, ONE = np.float32(0), np.float32(1)
WEIGHT_RANGE = 0.3, 1.0  # of the initial weights, before normalisation
TAU_IN_INTERVALS = 2.0  # membrane time constant, in mean intervals between spikes of the layer
# search of the initial gain: number of rounds, largest factor of a round, smallest spike count
N_ROUNDS = 5
FACTOR = 4.0
MIN_COUNT = 1e-3


class Instar(NamedTuple):
    """Arrays and constants of the kernels below.

    `trace` has shape (n_channels,). `n_active`, (1,), counts the steps of the sample with input.
    `spikes`, (n_neurons,), counts the spikes of each neuron so far. `low` and `high` bound the
    offsets. `lowest` and `highest` bound the gain. `labels` are the classes of the samples, empty
    without reward. `weight` is the weight of each class. `tallies`, (n_neurons, n_classes), sums it
    over the spikes of each neuron.
    """

    trace: np.ndarray
    n_active: np.ndarray
    spikes: np.ndarray
    low: np.ndarray
    high: np.ndarray
    labels: np.ndarray
    weight: np.ndarray
    tallies: np.ndarray
    decay: np.float32
    rate: np.float32
    theta_plus: float
    gain_rate: float
    n_wanted: float
    lowest: float
    highest: float


@scalar
def inhibit(v: Any, n_fired: Any, rule: Any) -> Any:
    return v if n_fired == 0 else ZERO


@scalar
def rest(rule: Any) -> Any:
    rule.trace[:] = ZERO
    rule.n_active[:] = 0


@scalar
def adapt(
        b: Any, steps: Any, inputs: Any, weights: Any, offsets: Any, fired: Any,
        rule: Any) -> Any:
    # update the input trace
    ptr, idx, val = inputs
    trace = rule.trace
    trace *= rule.decay
    has_input = False
    for k in steps:
        has_input = has_input or ptr[k] < ptr[k + 1]
        for e in range(ptr[k], ptr[k + 1]):
            trace[idx[e]] += val[e] if len(val) else ONE
    rule.n_active[0] += has_input
    # update the weights of the neurons that spiked
    for h in fired:
        rule.spikes[h] += 1
        if is_rewarded(b, h, rule):
            imprint(weights, h, trace, rule.rate)


@scalar
def imprint(weights: Any, h: Any, trace: Any, rate: Any) -> Any:
    """Move the weights of neuron h towards the normalised trace of their inputs."""
    total = ZERO
    for c in range(len(trace)):
        total += abs(trace[c])
    if total > ZERO:
        for c in range(len(trace)):
            weights[c, h] += rate * (trace[c] / total - weights[c, h])


@scalar
def is_rewarded(b: Any, h: Any, rule: Any) -> Any:
    """Count a spike of neuron h in sample b. Return whether it learns: always without labels."""
    if len(rule.labels) == 0:
        return True
    tally, label = rule.tallies[h], rule.labels[b]
    tally[label] += rule.weight[label]
    return tally[label] == tally.max()


@scalar
def settle(n_spikes: Any, offsets: Any, gain: Any, rule: Any) -> Any:
    # raise thresholds with the spike counts, relative to the mean of the layer
    mean = 1.0 + rule.theta_plus * rule.spikes.mean()
    for h in range(len(rule.spikes)):
        offset = (1.0 + rule.theta_plus * rule.spikes[h]) / mean - 1.0
        offsets[h] = min(max(offset, rule.low[h]), rule.high[h])
    # move the gain towards the wanted number of spikes, at most one in each step with input
    n_wanted = min(rule.n_wanted, float(rule.n_active[0]))
    if n_wanted > 0:
        factor = np.exp(-rule.gain_rate * min(n_spikes / n_wanted - 1.0, 1.0))
        gain[0] = min(max(gain[0] * factor, rule.lowest), rule.highest)


class RaceMemory(NamedTuple):
    """Memory of a layer: its gain, its neurons' spike counts, and their threshold offsets."""

    gain: float
    spikes: np.ndarray
    offsets: np.ndarray

    @classmethod
    def initial(cls, size: int, gain: float = 1.0) -> Self:
        """Return the memory of a layer that has not spiked yet."""
        return cls(gain, np.zeros(size), np.zeros(size))


class Race(Competition):
    """A layer that restarts at every spike.

    The weights of its network are normalised, and its thresholds do not include the offsets.
    """

    kernels = {"inhibit": inhibit, "rest": rest, "adapt": adapt, "settle": settle}

    def __init__(
            self, rule: Any, network: Network, memory: RaceMemory | None = None, rate: float = 0.0,
            weight: Any = ()):
        super().__init__(rule, network, winners=1)
        size, f = network.size, network.dtype.type
        memory = memory or RaceMemory.initial(size)
        self.gain[0], self.offsets[:size] = memory.gain, memory.offsets
        low, high = self.offset_bounds()
        self.kept = Instar(
            trace=np.empty(len(self.weights), network.dtype), n_active=np.zeros(1, np.int64),
            spikes=memory.spikes.copy(), low=low, high=high, labels=np.empty(0, np.int64),
            weight=np.array(weight, float), tallies=np.zeros((size, len(weight))),
            decay=f(np.exp(-network.dt / rule.tau_pre)), rate=f(rate), theta_plus=rule.theta_plus,
            gain_rate=rule.gain_rate, n_wanted=rule.n_spikes,
            # the range of the gain, wider only if the data set a gain outside
            lowest=min(1 / HIGH, memory.gain), highest=max(HIGH, memory.gain))

    def record(self, y: Array | None = None) -> Instar:
        """Return the arrays and constants of the kernels."""
        return self.kept if y is None else self.kept._replace(labels=y)

    @property
    def memory(self) -> RaceMemory:
        """The memory of the layer, for a later fit."""
        offsets = self.offsets[: self.network.size].astype(float)
        return RaceMemory(float(self.gain[0]), self.kept.spikes, offsets)

    @property
    def layer(self) -> Layer:
        """The layer in its present state, with gain and offsets applied."""
        return Layer(self.weights[:, : self.network.size] * self.gain[0], self.with_offsets())

    def set_gain(self, sample: list[Events]) -> None:
        """Search the gain at which the layer emits the wanted number of spikes per sample."""
        for _ in range(N_ROUNDS):
            n = np.concatenate([self.run(events).sum(axis=(1, 2)) for events in sample]).mean()
            factor = np.clip(self.kept.n_wanted / max(n, MIN_COUNT), 1 / FACTOR, FACTOR)
            # in float64, also with numpy 1
            self.gain[0] = float(self.gain[0]) * float(factor)

    @classmethod
    def train(
            cls, rule: Any, task: Task, source: LayerInput, size: int, layer: Layer | None,
            memory: Any) -> tuple[Layer, RaceMemory]:
        """Train one layer, and return it with its memory."""
        y, weight = None, ()
        if rule.rewarded:
            y = task.target.y
            weight = np.bincount(y, task.target.sample_weight) / np.bincount(y)
        layer, memory = cls._resumed(task, layer, memory) if layer else cls._initial(
            rule, task, source, size)
        race = cls(rule, task.network([layer]), memory, task.settings.learning_rate, weight)
        for rows, events in source.batches():
            raster = race.run(events, learning=True, y=None if y is None else y[rows])
            race.match_intervals(task, raster, TAU_IN_INTERVALS)
        return race.layer, race.memory

    @classmethod
    def _initial(
            cls, rule: Any, task: Task, source: LayerInput, size: int) -> tuple[Layer, RaceMemory]:
        """Return a layer of normalised random weights, and its memory, with a gain set on data."""
        weights = task.rng.uniform(*WEIGHT_RANGE, (source.n_channels, size))
        intrinsics = task.settings.neuron.initial(size, task.rng)
        layer = Layer((weights / weights.sum(axis=0)).astype(np.float32), intrinsics)
        memory = RaceMemory.initial(size, subthreshold_scale(task, source, layer))
        race = cls(rule, task.network([layer]), memory)
        race.set_gain(source.sample(race.network))
        return layer, race.memory

    @staticmethod
    def _resumed(
            task: Task, layer: Layer, memory: RaceMemory | None) -> tuple[Layer, RaceMemory]:
        """Return a fitted layer without gain and offsets, and its memory."""
        if memory is None:  # of another rule: the gain is the mean sum of weights
            gain = float(np.abs(layer.weights).sum(axis=0).mean()) or 1.0
            memory = RaceMemory.initial(layer.size, gain)
        check_arrays(
            FittedArray(f"{name} in _memory", getattr(memory, name), (layer.size,))
            for name in ("spikes", "offsets"))
        weights = (layer.weights / memory.gain).astype(np.float32)
        factor = 1 / (1 + memory.offsets)
        return Layer(weights, raised(task.settings.neuron, layer.intrinsics, factor)), memory
