"""One layer of competing neurons: how it runs, and how STDP and its intrinsics train it."""

import numpy as np

from .._validation import LARGEST
from ..simulation import FREE, Layer, Plasticity, compete, from_raster, groups, lanes
from ._initialise import N_SAMPLES


class Competition:
    """A network of one layer under a rule's competition; `scale` is the unit of its weights' bounds.

    Learning changes `weights` and `offsets` in place, both filled up to whole panels: how far, in units of its threshold, each neuron must
    get above it to spike.
    """

    def __init__(self, rule, network, scale=1.0):
        self.rule, self.network, self.scale = rule, network, scale
        weights = lanes(network.layers[0].weights)
        self.weights = weights.reshape(len(weights), -1)
        self.offsets = np.zeros(self.weights.shape[1], network.dtype)

    def run(self, events, learning=False, out=None):
        """Return the raster of some events, in `out` if given."""
        network, events = self.network, events.spikes_only()
        raster = np.empty((len(events.rows), network.size, events.n_steps), np.uint8) if out is None else out
        raster[...] = 0
        loop, inputs = network.complete(compete), tuple(events.by_step)
        loop(events.rows, inputs, self.weights, network.panels[0].coefficients, self.offsets, self._plasticity(learning), raster)
        return raster

    def _plasticity(self, learning):
        """Return the numbers that the loop reads."""
        rule, network = self.rule, self.network
        f, decay = network.dtype.type, lambda tau: network.dtype.type(np.exp(-network.dt / tau))
        multiplicative = rule.bounds == "multiplicative"
        unit = 1.0 if multiplicative else self.scale * (rule.w_max - rule.w_min)
        return Plasticity(
            learning=learning,
            decay_pre=decay(rule.tau_pre),
            decay_post=decay(rule.tau_post),
            a_plus=f(rule.a_plus * unit),
            a_minus=f(rule.a_minus * unit),
            w_min=f(rule.w_min * self.scale),
            w_max=f(rule.w_max * self.scale),
            multiplicative=multiplicative,
            inhibition=f(rule.inhibition),
            winners=min(rule.k_winners or network.size, network.size),
            theta_plus=f(rule.theta_plus),
            decay_theta=decay(rule.tau_theta),
        )

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

    def bound_offsets(self):
        """Clip the offsets so that thresholds stay inside their bounds."""
        neuron = self.network.neuron
        name = neuron.named("threshold")
        if name in neuron.learnable():
            low, high = neuron.bounds(name)
            theta = self.values[name]
            self.offsets[: len(theta)] = np.clip(self.offsets[: len(theta)], low / theta - 1, high / theta - 1)

    def keep_offsets(self):
        """Make the offsets part of the thresholds."""
        name = self.network.neuron.named("threshold")
        self.values = {**self.values, name: self.values[name] * (1 + self.offsets[: self.network.size])}
        self.offsets[:] = 0

    def restore_sums(self, total):
        """Scale the summed weights of each neuron back to `total`."""
        now = np.abs(self.weights).sum(axis=0)
        self.weights *= np.divide(total, now, out=np.ones_like(now), where=now > 0)

    def homeostasis(self, task, raster):
        """Move thresholds up and time constants down where the rate is above the target."""
        rate = raster.mean(axis=(0, 2)) * 1000 / task.dt
        excess = np.clip(rate / self.rule.target_rate - 1, -1, 1)
        free = task.neuron.to_free(self.values)
        for role, sign in (("threshold", 1), ("membrane", -1)):
            name = task.neuron.named(role)
            if name in task.learned:
                step = sign * task.intrinsic_learning_rate * excess
                free[name] = np.clip(free[name] + step, *task.neuron.free_bounds(name))
        self.values = task.neuron.updated(self.values, free, task.learned)

    def climb(self, task, source):
        """Try random steps of the learned positive intrinsics, and keep those that raise a neuron's Fisher score."""
        names = [item.name for item in task.neuron.active() if item.name in task.learned and item.scale == "log"]
        start, free = self.values, task.neuron.to_free(self.values)
        best = _fisher(self._counts(source), task.y)
        for size in np.linspace(1.5, 0.1, self.rule.n_trials):
            tried = dict(free)
            for name in names:
                step = size * task.rng.normal(size=self.network.size)
                tried[name] = np.clip(free[name] + step, *task.neuron.free_bounds(name))
            self.values = task.neuron.updated(start, tried, names)
            score = _fisher(self._counts(source), task.y)
            better = score > best
            best = np.where(better, score, best)
            free = {name: np.where(better, tried[name], free[name]) for name in free}
        self.values = task.neuron.updated(start, free, names)

    def _counts(self, source):
        rows = np.arange(len(source.task.inputs))
        parts = groups(self.network, rows, source.task.inputs.n_steps)
        return np.concatenate([self.run(source.batch(part)).sum(axis=2) for part in parts]).astype(float)


class Source:
    """The input of a layer: that of the network, sent through the layers below."""

    def __init__(self, rule, task, below):
        self.rule, self.task = rule, task
        self.below = task.network(below) if below else None
        self.n_channels = below[-1].size if below else task.inputs.n_channels

    def batch(self, rows, epoch=None):
        """Return the events of some rows."""
        events = self.task.inputs.batch(rows, epoch)
        return from_raster(self.rule.run(self.below, events)) if self.below else events


def train(rule, task, below, size, layer, scale):
    """Train one layer on what the layers below it emit; return the layer and the scale of its weights.

    `layer` and `scale` are those to go on from, or None.
    """
    source = Source(rule, task, below)
    if layer is None:
        values = task.neuron.initial(size, task.rng)
        weights = task.rng.uniform(rule.w_min, rule.w_max, (source.n_channels, size))
        scale = _scale(task, source, Layer(weights.astype(np.float32), values))
        layer = Layer(weights * scale, values)
    elif scale is None:  # another rule's weights: take the largest as the bound
        scale = float(np.abs(layer.weights).max() / max(abs(rule.w_min), abs(rule.w_max))) or 1.0
    competition = Competition(rule, task.network([layer._replace(weights=layer.weights.astype(np.float32))]), scale)
    total = np.abs(competition.weights).sum(axis=0)
    for epoch in range(task.max_iter):
        order = task.rng.permutation(len(task.inputs))
        for k in range(0, len(order), task.batch_size):
            raster = competition.run(source.batch(order[k : k + task.batch_size], epoch), learning=True)
            if rule.normalize_weights:
                competition.restore_sums(total)
            competition.bound_offsets()
            if rule.intrinsics == "homeostasis":
                competition.homeostasis(task, raster)
    competition.keep_offsets()
    if rule.intrinsics == "fisher" and task.learned:
        competition.climb(task, source)
    return competition.layer, scale


def _scale(task, source, layer):
    """Return the factor on random weights under which the free membrane comes close to its threshold, on average.

    Membrane and margin are linear in each other: a membrane that lies k thresholds from its resting value has the margin k - 1.
    """
    network = task.network([layer], FREE)
    rows = np.sort(task.rng.permutation(len(task.inputs))[:N_SAMPLES])
    high = []
    for part in groups(network, rows, task.inputs.n_steps):
        v = 1 + network.margins(source.batch(part)).astype(float)
        high.append(v.mean(axis=1) + v.std(axis=1))
    level = np.concatenate(high).mean()
    return 1.0 / level if level > 1 / LARGEST else 1.0


def _fisher(counts, y):
    """Return each neuron's variance of mean counts between classes, over the variance within them."""
    classes = [counts[y == k] for k in np.unique(y)]
    between = np.var([c.mean(axis=0) for c in classes], axis=0)
    within = np.mean([c.var(axis=0) for c in classes], axis=0)
    return between / (within + 1e-3)
