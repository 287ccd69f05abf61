"""Layers of pair-based STDP: how they run and learn."""

from typing import Any

import numpy as np

from .._utils import Array
from ..simulation import Layer, Network, groups
from ._competing import Competition, LayerInput, subthreshold_scale
from ._pairs import KERNELS, Pairs
from ._task import Task

TAU_IN_INTERVALS = 8.0  # membrane time constant, in mean intervals between spikes of the layer


class PairCompetition(Competition):
    """A layer under pair-based STDP. `scale` is the unit of the bounds of its weights."""

    kernels = KERNELS

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
        competition = cls(
            rule, task.network([layer._replace(weights=layer.weights.astype(np.float32))]), scale)
        total = np.abs(competition.weights).sum(axis=0)
        for _, events in source.batches():
            raster = competition.run(events, learning=True)
            if rule.normalize_weights:
                competition.normalise(total)
            competition.clip_offsets()
            if rule.intrinsics == "homeostasis":
                competition.homeostasis(task, raster)
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
