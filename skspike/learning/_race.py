"""One layer of neurons that race: whoever is first spikes, and all start again; how it runs, and how it is trained."""

from typing import NamedTuple

import numpy as np

from ..simulation import Layer
from ._competing import Competition, free_scale, raised
from ._instar import KERNELS, Instar

STRENGTH = 0.3, 1.0  # range of the random weights, before they are normalised
MEMORY = 2.0  # of a membrane, in times of a race: what is forgotten before it ends decides nothing
# to set the gain before anything is learned: so often, by so much, for so few spikes
N_ROUNDS = 5
FACTOR = 4.0
RARELY = 1e-3


class Progress(NamedTuple):
    """What a layer has to remember: its gain, the spikes of each neuron so far, and how far they have raised its threshold."""

    gain: float
    spikes: np.ndarray
    offsets: np.ndarray

    @classmethod
    def none(cls, size, gain=1.0):
        """Return that of a layer that has not spiked yet."""
        return cls(gain, np.zeros(size), np.zeros(size))


class Race(Competition):
    """A layer that starts again at every spike; the weights of its network are normalised, and its thresholds not raised yet."""

    kernels = KERNELS

    def __init__(self, rule, network, progress=None, rate=0.0, weight=()):
        super().__init__(network, winners=1)
        size, f = network.size, network.dtype.type
        progress = progress or Progress.none(size)
        self.gain[0], self.offsets[:size] = progress.gain, progress.offsets
        low, high = self.offset_bounds()
        self.kept = Instar(
            trace=np.empty(len(self.weights), network.dtype),
            spikes=progress.spikes.copy(),
            low=low,
            high=high,
            labels=np.empty(0, np.int64),
            weight=np.array(weight, float),
            tallies=np.zeros((size, len(weight))),
            decay=f(np.exp(-network.dt / rule.tau_pre)),
            rate=f(rate),
            theta_plus=rule.theta_plus,
            gain_rate=rule.gain_rate,
            n_wanted=rule.n_spikes,
        )

    def record(self, y=None):
        """Return what the loop reads and writes."""
        return self.kept if y is None else self.kept._replace(labels=y)

    @property
    def progress(self):
        """What is to be remembered."""
        return Progress(
            float(self.gain[0]), self.kept.spikes, self.offsets[: self.network.size].astype(float))

    @property
    def layer(self):
        """The layer as it is now, gain and thresholds included."""
        return Layer(self.weights[:, : self.network.size] * self.gain[0], self.with_offsets())

    def set_gain(self, sample):
        """Look for the gain under which the layer spikes as often as is wanted, while nothing else changes."""
        for _ in range(N_ROUNDS):
            n = np.concatenate([self.run(events).sum(axis=(1, 2)) for events in sample]).mean()
            self.gain *= np.clip(self.kept.n_wanted / max(n, RARELY), 1 / FACTOR, FACTOR)


def train(rule, task, source, size, layer, progress):
    """Train one layer; return it and its progress. `layer` and `progress` are those to go on from, or None."""
    if layer is None:
        layer, progress = _start(rule, task, source, size)
    else:
        layer, progress = _resumed(task, layer, progress)
    weight = np.bincount(task.target.y, task.target.sample_weight) / np.bincount(task.target.y) if rule.rewarded else ()
    race = Race(rule, task.network([layer]), progress, task.settings.learning_rate, weight)
    for rows, events in source.batches():
        raster = race.run(events, learning=True, y=task.target.y[rows] if rule.rewarded else None)
        race.match_memory(task, raster, MEMORY)
    return race.layer, race.progress


def _start(rule, task, source, size):
    """Return a layer of random weights, normalised, and its progress: only the gain is set, on a few samples."""
    weights = task.rng.uniform(*STRENGTH, (source.n_channels, size))
    layer = Layer(
        (weights / weights.sum(axis=0)).astype(np.float32), task.settings.neuron.initial(size, task.rng))
    race = Race(rule, task.network([layer]), Progress.none(size, free_scale(task, source, layer)))
    race.set_gain(source.sample(race.network))
    return layer, race.progress


def _resumed(task, layer, progress):
    """Return a fitted layer with its weights normalised and its thresholds not raised, and its progress, the gain at least."""
    progress = progress or Progress.none(
        layer.size, float(np.abs(layer.weights).sum(axis=0).mean()) or 1.0)
    weights = (layer.weights / progress.gain).astype(np.float32)
    return Layer(
        weights, raised(task.settings.neuron, layer.intrinsics, 1 / (1 + progress.offsets))), progress
