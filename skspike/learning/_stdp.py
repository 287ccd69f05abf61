"""Spike-timing-dependent plasticity: neurons race to spike first, and learn without labels.

All neurons restart at each spike. With a decaying trace r of the input spikes:

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

from .._base import (
    LARGEST, Array, FittedArray, check_arrays, check_option, convert, scalar, sections,
    with_sections)
from ..simulation import Events, Layer, Network
from ._competing_layers import (
    DECODERS, HIGH, CompetingRule, Competition, LayerInput, raised, subthreshold_scale)
from ._task import Result, Task

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


class STDP(CompetingRule):
    """Spike-timing-dependent plasticity with a race between neurons.

    The membranes of a layer rise together. The first neuron above its threshold spikes, and all
    membranes return to zero. The winner moves its weights, by the `learning_rate` of the estimator
    (default 0.015), towards the trace of the input before its spike, normalised to a sum of 1. So
    weights need no bounds, and neurons specialise on different patterns. Each spike raises the
    threshold of its neuron a little, and one gain for the whole layer keeps it at `n_spikes` spikes
    per sample. The same settings suit any number of channels, rates and layer sizes. ``transform``
    and ``predict`` run the same race with fixed values: the gain is part of ``weights_``, and the
    raised thresholds are part of ``intrinsics_["threshold"]``.

    Learning does not use labels. `skspike.SNNClassifier` uses them only to map neurons to classes.

    All membranes restart at each spike, so neurons carry little information about the order of
    events in a sample. For patterns of single latencies, `PairSTDP` is better.

    Parameters
    ----------
    tau_pre : float, default=20.0
        Time constant in ms of the traces of input spikes, from 1e-18 to 1e18. Larger values learn
        from earlier spikes.
    n_spikes : float, default=8.0
        Wanted mean number of spikes of the whole layer in a sample, from 1e-9 to 1e9. A sample with
        fewer steps with input should cause one spike in each of these steps.
    theta_plus : float, default=0.1
        Increase of a neuron's threshold per spike, relative to the other neurons, from 0 to 1e9.
        Larger values balance the spikes of the neurons. 0 lets the neurons that win first win all
        races.
    gain_rate : float, default=0.05
        Rate at which the gain of the layer adapts, from 0 to 1: the change of its logarithm after a
        sample with input and without a spike.
    decoder : {"shared", "assigned"}, default="shared"
        How `skspike.SNNClassifier` predicts. "shared": each spike adds the logarithms of the
        classes' shares in the spikes of its neuron. "assigned": a class gets the spikes of the
        neurons that respond most to it.
    augment : Augmentation or None, default=None
        Changes training samples at random, anew in every epoch (see `SurrogateGradient`).
    intrinsic_learning_rate : float, default=0.02
        Rate at which membrane time constants move to the intervals between spikes. Values above 1
        act as 1.

    See Also
    --------
    RSTDP : The same, with labels.
    PairSTDP : Pairs of spikes, bounded weights, and inhibition of any strength.
    skspike.SNNTransformer : Takes it as `rule`.

    References
    ----------
    .. [1] P. U. Diehl, M. Cook, "Unsupervised learning of digit recognition using
       spike-timing-dependent plasticity", Frontiers in Computational Neuroscience 9, 2015.
    .. [2] B. Nessler, M. Pfeiffer, L. Buesing, W. Maass, "Bayesian computation emerges in generic
       cortical microcircuits through spike-timing-dependent plasticity", PLoS Computational
       Biology 9, 2013.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skspike import SNNClassifier, SpikeEncoder
    >>> X, y = load_digits(return_X_y=True)
    >>> network = SNNClassifier(
    ...     100, rule="stdp", encoder=SpikeEncoder(), max_iter=2, random_state=0)
    >>> round(network.fit(X[:1200], y[:1200]).score(X[1200:], y[1200:]), 2)
    0.89
    """

    name = "stdp"
    requires_y = False
    rewarded = False
    default_learning_rate = 0.015
    times = ("tau_pre",)
    competition, memory_type = Race, RaceMemory

    def __init__(
            self, tau_pre: float = 20.0, n_spikes: float = 8.0, theta_plus: float = 0.1,
            gain_rate: float = 0.05, decoder: str = "shared", *,
            augment: Any = None, intrinsic_learning_rate: float = 0.02):
        self.tau_pre = tau_pre
        self.n_spikes = n_spikes
        self.theta_plus = theta_plus
        self.gain_rate = gain_rate
        self.decoder = decoder
        self.augment = augment
        self.intrinsic_learning_rate = intrinsic_learning_rate

    def check(self) -> None:
        """Raise if a parameter is out of range."""
        convert(self, "tau_pre", low=1 / LARGEST, high=LARGEST)
        convert(self, "n_spikes", low=1 / HIGH, high=HIGH)
        convert(self, "theta_plus", low=0, high=HIGH)
        convert(self, "gain_rate", low=0, high=1)
        check_option(self.decoder, "decoder", tuple(DECODERS))

    def learn(self, task: Task) -> Result:
        """Learn weights and thresholds layer by layer and return a ``Result``."""
        rate = task.settings.learning_rate
        if rate > 1:
            raise ValueError(
                f"learning_rate of {type(self).__name__} must be at most 1, got {rate}: at 1 the "
                "weights move all the way to the trace.")
        return super().learn(task)


@with_sections(**sections(STDP))
class RSTDP(STDP):
    """Reward-modulated spike-timing-dependent plasticity: `STDP` that learns from correct spikes.

    A neuron represents the class with most of its spikes so far. If it wins in a sample of this
    class, it learns as in `STDP`. In samples of other classes its weights do not change, and only
    its threshold rises. The rule uses whether the winner was correct, and not which neuron should
    have won.

    Parameters
    ----------
    <parameters>

    See Also
    --------
    STDP : The same, without labels.

    References
    ----------
    <references>
    .. [3] N. Frémaux, W. Gerstner, "Neuromodulated spike-timing-dependent plasticity, and theory of
        three-factor learning rules", Frontiers in Neural Circuits 9, 2016.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skspike import SNNClassifier, SpikeEncoder
    >>> X, y = load_digits(return_X_y=True)
    >>> network = SNNClassifier(
    ...     100, rule="rstdp", encoder=SpikeEncoder(), max_iter=2, random_state=0)
    >>> round(network.fit(X[:1200], y[:1200]).score(X[1200:], y[1200:]), 2)
    0.91
    """

    name = "rstdp"
    requires_y = True
    rewarded = True
    learns_chunks = False  # a later chunk may change the class of a neuron
