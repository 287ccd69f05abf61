"""Layers of pair-based STDP, with decaying traces r of the input and q of the output spikes.

    input spike     w -= a_minus q   (depression: the output came first)
    output spike    w += a_plus r    (potentiation: the input came first, or in the same step)

An output spike also lowers the other membranes by `inhibition`, and raises the threshold of its
neuron by `theta_plus`.
"""

from typing import Any, NamedTuple

import numpy as np

from .._compile import scalar
from .._utils import Array
from ..simulation import Layer, Network, groups
from ._competing import Competition, LayerInput, subthreshold_scale
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
