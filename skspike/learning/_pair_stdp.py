"""Pair-based spike-timing-dependent plasticity: competing neurons learn without labels.

With decaying traces r of the input and q of the output spikes:

    input spike     w -= a_minus q   (depression: the output came first)
    output spike    w += a_plus r    (potentiation: the input came first, or in the same step)

An output spike also lowers the other membranes by `inhibition`, and raises the threshold of its
neuron by `theta_plus`.
"""

from typing import Any, NamedTuple

import numpy as np

from .._base import LARGEST, SIZE_LIMITS, Array, check_option, convert, scalar
from ..simulation import Layer, Network, groups
from ._competing_layers import (
    DECODERS, HIGH, CompetingRule, Competition, LayerInput, subthreshold_scale)
from ._task import Task

ZERO, ONE = np.float32(0), np.float32(1)
TAU_IN_INTERVALS = 8.0  # membrane time constant, in mean intervals between spikes of the layer


class Pairs(NamedTuple):
    """Traces and constants of the kernels below. A `decay` is the factor of one time step."""

    pre: np.ndarray
    post: np.ndarray
    decay_pre: np.float32
    decay_post: np.float32
    a_plus: np.float32
    a_minus: np.float32
    w_min: np.float32
    w_max: np.float32
    multiplicative: bool
    inhibition: np.float32
    theta_plus: np.float32
    decay_theta: np.float32


@scalar
def inhibit(v: Any, n_fired: Any, rule: Any) -> Any:
    return v - np.float32(n_fired) * rule.inhibition


@scalar
def rest(rule: Any) -> Any:
    rule.pre[:] = ZERO
    rule.post[:] = ZERO


@scalar
def adapt(
        b: Any, steps: Any, inputs: Any, weights: Any, offsets: Any, fired: Any,
        rule: Any) -> Any:
    # decay traces and raised thresholds
    ptr, idx, val = inputs
    pre, post = rule.pre, rule.post
    pre *= rule.decay_pre
    post *= rule.decay_post
    offsets *= rule.decay_theta
    # input spikes: depression
    for k in steps:
        for e in range(ptr[k], ptr[k + 1]):
            c = idx[e]
            size = val[e] if len(val) else ONE
            pre[c] += size
            row = weights[c]
            for h in range(len(post)):
                room = row[h] - rule.w_min if rule.multiplicative else ONE
                row[h] = min(
                    max(row[h] - rule.a_minus * room * size * post[h], rule.w_min), rule.w_max)
    # output spikes: potentiation
    for h in fired:
        post[h] += ONE
        offsets[h] += rule.theta_plus
        for c in range(len(pre)):
            room = rule.w_max - weights[c, h] if rule.multiplicative else ONE
            weights[c, h] = min(
                max(weights[c, h] + rule.a_plus * room * pre[c], rule.w_min), rule.w_max)


@scalar
def settle(n_spikes: Any, offsets: Any, gain: Any, rule: Any) -> Any:
    pass


class PairCompetition(Competition):
    """A layer under pair-based STDP. `scale` is the unit of the bounds of its weights."""

    kernels = {"inhibit": inhibit, "rest": rest, "adapt": adapt, "settle": settle}

    def __init__(self, rule: Any, network: Network, scale: float = 1.0):
        super().__init__(rule, network, rule.k_winners)
        self.scale = scale

    def record(self, y: Array | None = None) -> Pairs:
        """Return the arrays and constants of the kernels."""
        rule, network = self.rule, self.network
        f = network.dtype.type
        multiplicative = rule.bounds == "multiplicative"
        unit = 1.0 if multiplicative else self.scale * (rule.w_max - rule.w_min)
        decay_pre, decay_post, decay_theta = (
            f(np.exp(-network.dt / tau)) for tau in (rule.tau_pre, rule.tau_post, rule.tau_theta))
        return Pairs(
            pre=np.empty(len(self.weights), network.dtype), post=np.empty_like(self.offsets),
            decay_pre=decay_pre, decay_post=decay_post, a_plus=f(rule.a_plus * unit),
            a_minus=f(rule.a_minus * unit), w_min=f(rule.w_min * self.scale),
            w_max=f(rule.w_max * self.scale), multiplicative=multiplicative,
            inhibition=f(rule.inhibition), theta_plus=f(rule.theta_plus), decay_theta=decay_theta)

    @classmethod
    def train(
            cls, rule: Any, task: Task, source: LayerInput, size: int, layer: Layer | None,
            memory: Any) -> tuple[Layer, float]:
        """Train one layer, and return it with the scale of its weights, which is its memory."""
        scale = memory
        if layer is None:
            intrinsics = task.settings.neuron.initial(size, task.rng)
            weights = task.rng.uniform(rule.w_min, rule.w_max, (source.n_channels, size))
            scale = subthreshold_scale(
                task, source, Layer(weights.astype(np.float32), intrinsics))
            layer = Layer(weights * scale, intrinsics)
        elif scale is None:  # weights of another rule: the largest becomes the bound
            bound = max(abs(rule.w_min), abs(rule.w_max))
            scale = float(np.abs(layer.weights).max() / bound) or 1.0
        # without the bias of another rule
        start = Layer(layer.weights.astype(np.float32), layer.intrinsics)
        competition = cls(rule, task.network([start]), scale)
        total = np.abs(competition.weights).sum(axis=0)
        for _, events in source.batches():
            raster = competition.run(events, learning=True)
            if rule.normalize_weights:
                competition.normalise(total)
            if rule.intrinsics == "homeostasis":
                competition.homeostasis(task, raster)
            competition.clip_offsets()
        competition.apply_offsets()
        if rule.intrinsics == "fisher" and task.settings.learn_intrinsic:
            competition.maximise_fisher_scores(task, source)
        return competition.layer, scale

    def normalise(self, total: Array) -> None:
        """Scale the weights of each neuron so that their absolute values sum to `total`."""
        now = np.abs(self.weights).sum(axis=0)
        self.weights *= np.divide(total, now, out=np.ones_like(now), where=now > 0)

    def clip_offsets(self) -> None:
        """Clip the offsets so that thresholds stay inside their bounds."""
        own = self.offsets[: self.network.size]
        own[:] = np.clip(own, *self.offset_bounds())

    def apply_offsets(self) -> None:
        """Add the offsets to the thresholds, and set them to zero."""
        self.intrinsics = self.with_offsets()
        self.offsets[:] = 0

    def homeostasis(self, task: Task, raster: Array) -> None:
        """Raise thresholds of neurons above the target rate, lower others, match intervals."""
        settings = task.settings
        neuron, name = settings.neuron, settings.neuron.named("threshold")
        if name in settings.learn_intrinsic:
            rate = raster.mean(axis=(0, 2)) * 1000 / settings.dt
            excess = np.clip(rate / self.rule.target_rate - 1, -1, 1)
            unconstrained = neuron.to_free(self.intrinsics)
            unconstrained[name] += settings.intrinsic_learning_rate * excess
            self.intrinsics = neuron.updated(
                self.intrinsics, unconstrained, settings.learn_intrinsic)
        self.match_intervals(task, raster, TAU_IN_INTERVALS)

    def maximise_fisher_scores(self, task: Task, source: LayerInput) -> None:
        """Try random steps of the learned positive intrinsics.

        Each neuron keeps the steps that raise its Fisher score.
        """
        neuron, learned = task.settings.neuron, task.settings.learn_intrinsic
        names = [
            item.name for item in neuron.active() if item.name in learned and item.scale == "log"]
        start, best = self.intrinsics, neuron.to_free(self.intrinsics)
        best_score = self._fisher_scores(task, source)
        for size in np.linspace(1.5, 0.1, self.rule.n_trials):
            tried = dict(best)
            for name in names:
                tried[name] = best[name] + size * task.rng.normal(size=self.network.size)
            self.intrinsics = neuron.updated(start, tried, names)
            score = self._fisher_scores(task, source)
            better = score > best_score
            best_score = np.where(better, score, best_score)
            best = {name: np.where(better, tried[name], best[name]) for name in best}
        self.intrinsics = neuron.updated(start, best, names)

    def _fisher_scores(self, task: Task, source: LayerInput) -> Array:
        """Return the variance of counts between classes over variance within, per neuron."""
        parts = groups(self.network, np.arange(len(task.inputs)), task.inputs.n_steps)
        counts = np.concatenate(
            [self.run(source.batch(part)).sum(axis=2) for part in parts]).astype(float)
        classes = [counts[task.target.y == k] for k in np.unique(task.target.y)]
        between = np.var([c.mean(axis=0) for c in classes], axis=0)
        within = np.mean([c.var(axis=0) for c in classes], axis=0)
        return np.asarray(between / (within + 1e-3))


class PairSTDP(CompetingRule):
    """Pair-based spike-timing-dependent plasticity with lateral inhibition.

    An output spike raises the weights of inputs that spiked before it or in the same step, ``dw =
    a_plus exp(-(t_post - t_pre) / tau_pre)`` summed over all pairs. An input spike lowers the
    weights to outputs that spiked before it, ``dw = -a_minus exp(-(t_pre - t_post) / tau_post)``.
    The neurons of a layer compete: at most `k_winners` spike in a step, and each spike lowers the
    membranes of the others. Layers learn one after the other. Prediction runs the same competition
    with fixed weights.

    Learning uses labels only with ``intrinsics="fisher"``. Otherwise `skspike.SNNClassifier` uses
    them only to map neurons to classes.

    The rule suits patterns in time: order, latencies, the rate at which firing rates change. If
    spike counts are enough, as for images, `STDP` preserves much more information.

    Parameters
    ----------
    tau_pre : float, default=20.0
        Time constant of the traces of input spikes in ms.
    tau_post : float, default=20.0
        Time constant of the traces of output spikes in ms.
    a_plus : float, default=0.005
        Size of potentiation, as a fraction of the range of the weights.
    a_minus : float, default=0.001
        Size of depression, as a fraction of the same range.
    bounds : {"additive", "multiplicative"}, default="multiplicative"
        Additive updates stop at the bounds. Multiplicative updates shrink with the distance to the
        bound.
    w_min : float, default=0.0
        Lower bound of the weights, in units of a scale that is set on the data: with uniformly
        random weights, membranes come close to threshold without spikes.
    w_max : float, default=1.0
        Upper bound of the weights in each update, in the same units. ``normalize_weights=True`` may
        raise weights above it, because clipping would lower their sum.
    inhibition : float, default=0.2
        Decrease of the membranes of the layer's other neurons per spike.
    k_winners : int or None, default=1
        Maximum number of neurons of a layer that spike in a step. The neurons furthest above
        threshold spike. None means no maximum.
    theta_plus : float, default=0.02
        Increase of a neuron's threshold per spike, as a fraction of the threshold (adaptive
        threshold). The final thresholds are kept in ``intrinsics_["threshold"]``.
    tau_theta : float, default=100000.0
        Time constant of the decay of a raised threshold, in ms.
    normalize_weights : bool, default=True
        Whether to scale the summed input weights of each neuron back to their initial value after
        every mini-batch.
    intrinsics : {"homeostasis", "fisher"}, default="homeostasis"
        How intrinsics are learned if the estimator learns them. "homeostasis" needs no labels. It
        moves thresholds towards the target rate, and membrane time constants towards eight times
        the mean interval between the layer's previous spike and the neuron's own. "fisher" needs y.
        After the weights it tries random steps of the positive intrinsics, and each neuron keeps
        the steps that raise its Fisher score, the variance of its mean counts between classes over
        the variance within classes.
    target_rate : float, default=20.0
        Target rate of each neuron for "homeostasis" in Hz, at least 1e-6.
    n_trials : int, default=60
        Number of steps that "fisher" tries.
    decoder : {"shared", "assigned"}, default="shared"
        How `skspike.SNNClassifier` predicts. "shared": each spike adds the logarithms of the
        classes' shares in the spikes of its neuron. "assigned": a class gets the spikes of the
        neurons that respond most to it.
    augment : Augmentation or None, default=None
        Changes training samples at random, anew in every epoch (see `SurrogateGradient`).
    intrinsic_learning_rate : float, default=0.02
        Rate at which "homeostasis" moves the intrinsics. "fisher" does not use it.

    See Also
    --------
    STDP : Neurons that race, and restart at each spike.

    References
    ----------
    .. [1] G. Bi, M. Poo, "Synaptic modifications in cultured hippocampal neurons", Journal of
        Neuroscience 18, 1998.
    .. [2] P. U. Diehl, M. Cook, "Unsupervised learning of digit recognition using
        spike-timing-dependent plasticity", Frontiers in Computational Neuroscience 9, 2015.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_order
    >>> X, _ = make_order(20, random_state=0)
    >>> SNNTransformer(8, rule="pair_stdp", max_iter=1, random_state=0).fit_transform(X).shape
    (20, 8, 250)
    """

    name = "pair_stdp"
    default_learning_rate = None  # `a_plus` and `a_minus` are its rates
    poor_score = True
    times, rates = ("tau_pre", "tau_post", "tau_theta"), ("target_rate",)
    competition, memory_type = PairCompetition, float

    def __init__(
            self, tau_pre: float = 20.0, tau_post: float = 20.0, a_plus: float = 0.005,
            a_minus: float = 0.001, bounds: str = "multiplicative", w_min: float = 0.0,
            w_max: float = 1.0, inhibition: float = 0.2, k_winners: int | None = 1,
            theta_plus: float = 0.02, tau_theta: float = 100000.0, normalize_weights: bool = True,
            intrinsics: str = "homeostasis", target_rate: float = 20.0, n_trials: int = 60,
            decoder: str = "shared", *, augment: Any = None,
            intrinsic_learning_rate: float = 0.02):
        self.tau_pre = tau_pre
        self.tau_post = tau_post
        self.a_plus = a_plus
        self.a_minus = a_minus
        self.bounds = bounds
        self.w_min = w_min
        self.w_max = w_max
        self.inhibition = inhibition
        self.k_winners = k_winners
        self.theta_plus = theta_plus
        self.tau_theta = tau_theta
        self.normalize_weights = normalize_weights
        self.intrinsics = intrinsics
        self.target_rate = target_rate
        self.n_trials = n_trials
        self.decoder = decoder
        self.augment = augment
        self.intrinsic_learning_rate = intrinsic_learning_rate

    @property
    def requires_y(self) -> bool:  # type: ignore[override]
        """Whether learning needs labels: only for the Fisher scores."""
        return self.intrinsics == "fisher"

    def check(self) -> None:
        """Raise if a parameter is out of range."""
        convert(self, "tau_pre", "tau_post", "tau_theta", low=1 / LARGEST, high=LARGEST)
        convert(self, "target_rate", low=1e-6, high=LARGEST)
        convert(self, "a_plus", "a_minus", "inhibition", "theta_plus", low=0, high=HIGH)
        convert(self, "w_min", low=-HIGH, high=HIGH)
        convert(self, "w_max", above=self.w_min, high=HIGH)
        convert(self, "k_winners", low=1, integer=True, none=True)
        convert(self, "n_trials", **SIZE_LIMITS)
        check_option(self.bounds, "bounds", ("additive", "multiplicative"))
        check_option(self.intrinsics, "intrinsics", ("homeostasis", "fisher"))
        check_option(self.decoder, "decoder", tuple(DECODERS))
        check_option(self.normalize_weights, "normalize_weights", (True, False))
