"""Layers of STDP: neurons race to spike first, and all restart at each spike."""

from typing import Any, NamedTuple, Self

import numpy as np

from .._checks import FittedArray, check_arrays
from .._utils import Array
from ..simulation import Events, Layer, Network
from ._competing import Competition, LayerInput, raised, subthreshold_scale
from ._instar import KERNELS, Instar
from ._task import Task

WEIGHT_RANGE = 0.3, 1.0  # of the initial weights, before normalisation
TAU_IN_INTERVALS = 2.0  # membrane time constant, in mean intervals between spikes of the layer
# search of the initial gain: number of rounds, largest factor of a round, smallest spike count
N_ROUNDS = 5
FACTOR = 4.0
MIN_COUNT = 1e-3


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

    kernels = KERNELS

    def __init__(
            self, rule: Any, network: Network, memory: RaceMemory | None = None, rate: float = 0.0,
            weight: Any = ()):
        super().__init__(rule, network, winners=1)
        size, f = network.size, network.dtype.type
        memory = memory or RaceMemory.initial(size)
        self.gain[0], self.offsets[:size] = memory.gain, memory.offsets
        low, high = self.offset_bounds()
        self.kept = Instar(
            trace=np.empty(len(self.weights), network.dtype), spikes=memory.spikes.copy(), low=low,
            high=high, labels=np.empty(0, np.int64), weight=np.array(weight, float),
            tallies=np.zeros((size, len(weight))), decay=f(np.exp(-network.dt / rule.tau_pre)),
            rate=f(rate), theta_plus=rule.theta_plus, gain_rate=rule.gain_rate,
            n_wanted=rule.n_spikes)

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
            self.gain *= np.clip(self.kept.n_wanted / max(n, MIN_COUNT), 1 / FACTOR, FACTOR)

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
