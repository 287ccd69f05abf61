"""One layer of competing neurons: how it runs, and how STDP and its intrinsics train it."""

import numpy as np

from .._validation import LARGEST
from ..simulation import FREE, Network, from_raster
from ._initialise import N_SAMPLES, groups
from ._stdp_loop import Plasticity, compete


class Layer:
    """A network of one layer under a rule's competition; `scale` is the unit of its weights' bounds.

    Learning changes the network's weights and the `offsets` in place: how far, in units of its threshold, each neuron must get
    above it to spike.
    """

    def __init__(self, rule, network, scale=1.0):
        self.rule, self.network, self.scale = rule, network, scale
        self.offsets = np.zeros(network.weights[0].shape[1], network.dtype)

    def run(self, events, learning=False):
        """Return the raster of some events."""
        network, events = self.network, events.listed()
        raster = np.zeros((len(events.rows), network.sizes[0], events.n_steps), np.uint8)
        (weights,), (coefficients,) = network.weights, network.coefficients
        loop, numbers = network.complete(compete), self._plasticity(learning)
        loop(events.rows, tuple(events.by_step), weights, coefficients, self.offsets, numbers, raster)
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
            winners=min(rule.k_winners or network.sizes[0], network.sizes[0]),
            theta_plus=f(rule.theta_plus),
            decay_theta=decay(rule.tau_theta),
            hold=f(network.hold),
        )

    @property
    def values(self):
        """The intrinsics of the layer."""
        return self.network.intrinsics[0]

    @values.setter
    def values(self, values):
        self.network.update([self.network.weights[0][:, : self.network.sizes[0]]], [values])

    def bound_offsets(self):
        """Clip the offsets so that thresholds stay inside their bounds."""
        if "threshold" in self.network.neuron.learnable():
            low, high = np.exp(self.network.neuron.free_bounds("threshold"))
            theta = self.values["threshold"]
            self.offsets[: len(theta)] = np.clip(self.offsets[: len(theta)], low / theta - 1, high / theta - 1)

    def keep_offsets(self):
        """Make the offsets part of the thresholds."""
        theta = self.values["threshold"] * (1 + self.offsets[: self.network.sizes[0]])
        self.values = {**self.values, "threshold": theta}
        self.offsets[:] = 0

    def restore_sums(self, total):
        """Scale the summed weights of each neuron back to `total`."""
        now = np.abs(self.network.weights[0]).sum(axis=0)
        self.network.weights[0] *= np.divide(total, now, out=np.ones_like(now), where=now > 0)

    def homeostasis(self, task, raster):
        """Move thresholds up and time constants down where the rate is above the target."""
        rate = raster.mean(axis=(0, 2)) * 1000 / task.dt
        excess = np.clip(rate / self.rule.target_rate - 1, -1, 1)
        free = task.neuron.to_free(self.values)
        for name, sign in (("threshold", 1), ("tau_mem", -1)):
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
                step = size * task.rng.normal(size=self.network.sizes[0])
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
        weights, intrinsics = [layer[0] for layer in below], [layer[1] for layer in below]
        self.below = Network(task.neuron, weights, intrinsics, task.dt) if below else None
        self.n_channels = weights[-1].shape[1] if below else task.inputs.n_channels

    def batch(self, rows, epoch=None):
        """Return the events of some rows."""
        events = self.task.inputs.batch(rows, epoch)
        return from_raster(self.rule.run(self.below, events)) if self.below else events


def train(rule, task, below, size, weights, values, scale):
    """Train one layer on what the layers below it emit; return its weights, intrinsics and scale.

    `weights`, `values` and `scale` are those to go on from, or None.
    """
    source = Source(rule, task, below)
    if weights is None:
        values = task.neuron.initial(size, task.rng)
        weights = task.rng.uniform(rule.w_min, rule.w_max, (source.n_channels, size))
        scale = _scale(task, source, weights, values)
        weights = weights * scale
    elif scale is None:  # another rule's weights: take the largest as the bound
        scale = float(np.abs(weights).max() / max(abs(rule.w_min), abs(rule.w_max))) or 1.0
    layer = Layer(rule, Network(task.neuron, [np.array(weights, np.float32)], [values], task.dt), scale)
    total = np.abs(layer.network.weights[0]).sum(axis=0)
    for epoch in range(task.max_iter):
        order = task.rng.permutation(len(task.inputs))
        for k in range(0, len(order), task.batch_size):
            raster = layer.run(source.batch(order[k : k + task.batch_size], epoch), learning=True)
            if rule.normalize_weights:
                layer.restore_sums(total)
            layer.bound_offsets()
            if rule.intrinsics == "homeostasis":
                layer.homeostasis(task, raster)
    layer.keep_offsets()
    if rule.intrinsics == "fisher" and task.learned:
        layer.climb(task, source)
    return layer.network.weights[0][:, :size], layer.values, scale


def _scale(task, source, weights, values):
    """Return the factor on random weights under which the free membrane comes close to its threshold, on average."""
    network = Network(task.neuron, [weights.astype(np.float32)], [values], task.dt, FREE)
    rows = np.sort(task.rng.permutation(len(task.inputs))[:N_SAMPLES])
    high = []
    for part in groups(network, rows, task.inputs.n_steps):
        v = network.membrane(network.forward(source.batch(part))[0].tape, network.sizes[0]).astype(float)
        high.append((v.mean(axis=1) + v.std(axis=1)) / values["threshold"])
    level = np.concatenate(high).mean()
    return 1.0 / level if level > 1 / LARGEST else 1.0


def _fisher(counts, y):
    """Return each neuron's variance of mean counts between classes, over the variance within them."""
    classes = [counts[y == k] for k in np.unique(y)]
    between = np.var([c.mean(axis=0) for c in classes], axis=0)
    within = np.mean([c.var(axis=0) for c in classes], axis=0)
    return between / (within + 1e-3)
