"""One layer of neurons that learn by pairs of spikes: how it runs, and how its weights and intrinsics are trained."""

import numpy as np

from ..simulation import Layer, groups
from ._competing import Competition, free_scale
from ._pairs import KERNELS, Pairs

MEMORY = 8.0  # of a membrane, in waits for the layer's next spike, which takes little of it away


class PairCompetition(Competition):
    """A layer under the competition of pair-based STDP; `scale` is the unit of its weights' bounds."""

    kernels = KERNELS

    def __init__(self, rule, network, scale=1.0):
        super().__init__(network, rule.k_winners)
        self.rule, self.scale = rule, scale

    def record(self, y=None):
        """Return the numbers and traces that the loop needs."""
        rule, network = self.rule, self.network
        f, decay = network.dtype.type, lambda tau: network.dtype.type(np.exp(-network.dt / tau))
        multiplicative = rule.bounds == "multiplicative"
        unit = 1.0 if multiplicative else self.scale * (rule.w_max - rule.w_min)
        return Pairs(
            pre=np.empty(len(self.weights), network.dtype),
            post=np.empty_like(self.offsets),
            decay_pre=decay(rule.tau_pre),
            decay_post=decay(rule.tau_post),
            a_plus=f(rule.a_plus * unit),
            a_minus=f(rule.a_minus * unit),
            w_min=f(rule.w_min * self.scale),
            w_max=f(rule.w_max * self.scale),
            multiplicative=multiplicative,
            inhibition=f(rule.inhibition),
            theta_plus=f(rule.theta_plus),
            decay_theta=decay(rule.tau_theta),
        )

    def bound_offsets(self):
        """Clip the offsets so that thresholds stay inside their bounds."""
        own = self.offsets[: self.network.size]
        own[:] = np.clip(own, *self.offset_bounds())

    def keep_offsets(self):
        """Make the offsets part of the thresholds."""
        self.values = self.with_offsets()
        self.offsets[:] = 0

    def restore_sums(self, total):
        """Scale the summed weights of each neuron back to `total`."""
        now = np.abs(self.weights).sum(axis=0)
        self.weights *= np.divide(total, now, out=np.ones_like(now), where=now > 0)

    def homeostasis(self, task, raster):
        """Move thresholds up where the rate is above the target, and time constants to where they match the layer's spikes."""
        rate, name = raster.mean(axis=(0, 2)) * 1000 / task.settings.dt, task.settings.neuron.named("threshold")
        if name in task.settings.learn_intrinsic:
            excess = np.clip(rate / self.rule.target_rate - 1, -1, 1)
            free = task.settings.neuron.to_free(self.values)
            free[name] = np.clip(
                free[name] + task.settings.intrinsic_learning_rate * excess, *task.settings.neuron.free_bounds(name))
            self.values = task.settings.neuron.updated(self.values, free, task.settings.learn_intrinsic)
        self.match_memory(task, raster, MEMORY)

    def climb(self, task, source):
        """Try random steps of the learned positive intrinsics, and keep those that raise a neuron's Fisher score."""
        names = [
            item.name
            for item in task.settings.neuron.active() if item.name in task.settings.learn_intrinsic and item.scale == "log"]
        start, free = self.values, task.settings.neuron.to_free(self.values)
        best = _fisher(self._counts(source), task.target.y)
        for size in np.linspace(1.5, 0.1, self.rule.n_trials):
            tried = dict(free)
            for name in names:
                step = size * task.rng.normal(size=self.network.size)
                tried[name] = np.clip(free[name] + step, *task.settings.neuron.free_bounds(name))
            self.values = task.settings.neuron.updated(start, tried, names)
            score = _fisher(self._counts(source), task.target.y)
            better = score > best
            best = np.where(better, score, best)
            free = {name: np.where(better, tried[name], free[name]) for name in free}
        self.values = task.settings.neuron.updated(start, free, names)

    def _counts(self, source):
        rows = np.arange(len(source.task.inputs))
        parts = groups(self.network, rows, source.task.inputs.n_steps)
        return np.concatenate(
            [self.run(source.batch(part)).sum(axis=2) for part in parts]).astype(float)


def train(rule, task, source, size, layer, scale):
    """Train one layer; return it, and the scale of its weights. `layer` and `scale` are those to go on from, or None."""
    if layer is None:
        values = task.settings.neuron.initial(size, task.rng)
        weights = task.rng.uniform(rule.w_min, rule.w_max, (source.n_channels, size))
        scale = free_scale(task, source, Layer(weights.astype(np.float32), values))
        layer = Layer(weights * scale, values)
    elif scale is None:  # another rule's weights: take the largest as the bound
        scale = float(np.abs(layer.weights).max() / max(abs(rule.w_min), abs(rule.w_max))) or 1.0
    competition = PairCompetition(
        rule, task.network([layer._replace(weights=layer.weights.astype(np.float32))]), scale)
    total = np.abs(competition.weights).sum(axis=0)
    for _, events in source.batches():
        raster = competition.run(events, learning=True)
        if rule.normalize_weights:
            competition.restore_sums(total)
        competition.bound_offsets()
        if rule.intrinsics == "homeostasis":
            competition.homeostasis(task, raster)
    competition.keep_offsets()
    if rule.intrinsics == "fisher" and task.settings.learn_intrinsic:
        competition.climb(task, source)
    return competition.layer, scale


def _fisher(counts, y):
    """Return each neuron's variance of mean counts between classes, over the variance within them."""
    classes = [counts[y == k] for k in np.unique(y)]
    between = np.var([c.mean(axis=0) for c in classes], axis=0)
    within = np.mean([c.var(axis=0) for c in classes], axis=0)
    return between / (within + 1e-3)
