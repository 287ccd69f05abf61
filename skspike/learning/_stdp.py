"""Spike-timing-dependent plasticity: competing neurons learn without labels, from the timing of spikes alone."""

import numpy as np

from .._validation import check_number, check_option
from ..simulation import FREE, Network, from_raster
from ._base import Result, Rule, State
from ._initialise import N_SAMPLES, groups, responses
from ._readout import Readout
from ._stdp_loop import Plasticity, compete


class STDP(Rule):
    """Pair-based spike-timing-dependent plasticity with lateral inhibition.

    An output spike raises the weights of inputs that spiked before it or with it, ``dw = a_plus exp(-(t_post - t_pre) / tau_pre)``
    summed over all pairs; an input spike lowers the weights to outputs that spiked before it, ``dw = -a_minus exp(-(t_pre - t_post) /
    tau_post)``. The neurons of a layer compete: at most `k_winners` spike in a step, and each spike lowers the membranes
    of the others. Layers learn one after the other. The same competition holds when the network runs.

    Learning needs no labels. The labels in `SNNClassifier` only assign each neuron to the class that it responds to most.

    Parameters
    ----------
    tau_pre : float, default=20.0
        Time constant of the traces of input spikes in ms.
    tau_post : float, default=20.0
        Time constant of the traces of output spikes in ms.
    a_plus : float, default=0.005
        Size of potentiation, as a part of the range of the weights.
    a_minus : float, default=0.006
        Size of depression.
    bounds : {"additive", "multiplicative"}, default="additive"
        Additive updates stop at the bounds; multiplicative ones shrink with the distance that is left to the bound.
    w_min : float, default=0.0
        Lower bound of the weights, in units of a scale that is set on the data: under uniformly random weights the free membrane
        shall come close to its threshold.
    w_max : float, default=1.0
        Upper bound of the weights, in the same units.
    inhibition : float, default=0.5
        How far a spike lowers the membranes of the layer's other neurons.
    k_winners : int or None, default=1
        How many neurons of a layer may spike in a step, those furthest above threshold first; None means all.
    theta_plus : float, default=0.02
        How far each spike raises the neuron's own threshold, as a part of it (adaptive threshold); the state reached is kept
        in ``intrinsics_["threshold"]``.
    tau_theta : float, default=100000.0
        Time constant in ms with which the raised threshold falls back.
    normalize_weights : bool, default=False
        Scale the summed input weights of each neuron back to their initial value after every mini-batch.
    intrinsics : {"homeostasis", "fisher"}, default="homeostasis"
        How intrinsics are learned where the estimator asks for it. "homeostasis" moves threshold and membrane time constant towards
        the target rate, without labels. "fisher" needs y: after the weights, it tries random steps of them and keeps, neuron by neuron,
        those that raise the neuron's Fisher score, the variance of its mean counts between classes over that within them.
    target_rate : float, default=20.0
        Rate in Hz towards which homeostasis moves each neuron.
    n_trials : int, default=60
        Number of steps that "fisher" tries.

    References
    ----------
    .. [1] G. Bi, M. Poo, "Synaptic modifications in cultured hippocampal neurons", Journal of Neuroscience 18, 1998.
    .. [2] P. U. Diehl, M. Cook, "Unsupervised learning of digit recognition using spike-timing-dependent plasticity", Frontiers
       in Computational Neuroscience 9, 2015.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_order
    >>> X, _ = make_order(20, random_state=0)
    >>> SNNTransformer(8, rule="stdp", max_iter=1, random_state=0).fit_transform(X).shape
    (20, 8, 250)
    """

    name = "stdp"
    streams = True
    poor_score = True

    def __init__(
        self,
        tau_pre=20.0,
        tau_post=20.0,
        a_plus=0.005,
        a_minus=0.006,
        bounds="additive",
        w_min=0.0,
        w_max=1.0,
        inhibition=0.5,
        k_winners=1,
        theta_plus=0.02,
        tau_theta=100000.0,
        normalize_weights=False,
        intrinsics="homeostasis",
        target_rate=20.0,
        n_trials=60,
    ):
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

    @property
    def requires_y(self):
        """Only the climb on Fisher scores reads labels."""
        return self.intrinsics == "fisher"

    def check(self):
        """Raise if a parameter is outside its range; the message names it."""
        for name in ("tau_pre", "tau_post", "tau_theta", "target_rate"):
            check_number(getattr(self, name), name, above=0)
        for name in ("a_plus", "a_minus", "inhibition", "theta_plus"):
            check_number(getattr(self, name), name, low=0)
        check_number(self.w_min, "w_min")
        check_number(self.w_max, "w_max", above=self.w_min)
        check_number(self.k_winners, "k_winners", low=1, integer=True, none=True)
        check_number(self.n_trials, "n_trials", low=1, integer=True)
        check_option(self.bounds, "bounds", ("additive", "multiplicative"))
        check_option(self.intrinsics, "intrinsics", ("homeostasis", "fisher"))
        check_option(self.normalize_weights, "normalize_weights", (True, False))

    def learn(self, task):
        """Learn weights and intrinsics layer by layer and return a `Result`."""
        start = task.start or State([None] * len(task.sizes), [None] * len(task.sizes), memory=[None] * len(task.sizes))
        done = []
        for size, weights, values, scale in zip(task.sizes, start.weights, start.intrinsics, start.memory, strict=True):
            done.append(self._learn_layer(task, done, size, weights, values, scale))
        weights, intrinsics, scales = (list(column) for column in zip(*done, strict=True))
        state = State(weights, intrinsics, None, scales)
        if task.y is not None:
            state = state._replace(readout=self._assign(task, state))
        return Result(state, task.neuron, {"n_iter_": task.max_iter})

    def _learn_layer(self, task, below, size, weights, values, scale):
        """Train one layer on what the layers below it emit; return its weights, intrinsics and scale."""
        source = _Source(self, task, below)
        if weights is None:
            values = task.neuron.initial(size, task.rng)
            weights = task.rng.uniform(self.w_min, self.w_max, (source.n_channels, size))
            scale = _scale(task, source, weights, values)
            weights = weights * scale
        network = Network(task.neuron, [np.array(weights, np.float32)], [values], task.dt)
        offsets = np.zeros(network.weights[0].shape[1], np.float32)
        total = np.abs(network.weights[0]).sum(axis=0)
        for epoch in range(task.max_iter):
            order = task.rng.permutation(len(task.inputs))
            for k in range(0, len(order), task.batch_size):
                raster = self._compete(network, source.batch(order[k : k + task.batch_size], epoch), offsets, scale, learning=True)
                if self.normalize_weights:
                    now = np.abs(network.weights[0]).sum(axis=0)
                    network.weights[0] *= np.divide(total, now, out=np.ones_like(now), where=now > 0)
                offsets = self._bound(network, offsets)
                if self.intrinsics == "homeostasis":
                    self._homeostasis(task, network, raster)
        self._keep(network, offsets)
        if self.intrinsics == "fisher" and task.learned:
            self._climb(task, source, network)
        return network.weights[0][:, :size], network.intrinsics[0], scale

    def _bound(self, network, offsets):
        """Clip the offsets so that thresholds stay inside their bounds."""
        if "threshold" in network.neuron.learnable():
            low, high = np.exp(network.neuron.free_bounds("threshold"))
            theta = network.intrinsics[0]["threshold"]
            offsets[: len(theta)] = np.clip(offsets[: len(theta)], low / theta - 1, high / theta - 1)
        return offsets

    def _keep(self, network, offsets):
        """Make the offsets part of the thresholds."""
        (values,) = network.intrinsics
        theta = values["threshold"] * (1 + offsets[: network.sizes[0]])
        self._set(network, {**values, "threshold": theta})

    def _set(self, network, values):
        network.update([network.weights[0][:, : network.sizes[0]]], [values])

    def _homeostasis(self, task, network, raster):
        """Move thresholds up and time constants down where the rate is above the target."""
        rate = raster.mean(axis=(0, 2)) * 1000 / task.dt
        excess = np.clip(rate / self.target_rate - 1, -1, 1)
        free = task.neuron.to_free(network.intrinsics[0])
        for name, sign in (("threshold", 1), ("tau_mem", -1)):
            if name in task.learned:
                step = sign * task.intrinsic_learning_rate * excess
                free[name] = np.clip(free[name] + step, *task.neuron.free_bounds(name))
        self._set(network, task.neuron.from_free(free))

    def _climb(self, task, source, network):
        """Try random steps of the learned positive intrinsics, and keep those that raise a neuron's Fisher score."""
        names = [item.name for item in task.neuron.active() if item.name in task.learned and item.scale == "log"]
        free = task.neuron.to_free(network.intrinsics[0])
        best = _fisher(self._counts(source, network), task.y)
        for size in np.linspace(1.5, 0.1, self.n_trials):
            tried = dict(free)
            for name in names:
                step = size * task.rng.normal(size=network.sizes[0])
                tried[name] = np.clip(free[name] + step, *task.neuron.free_bounds(name))
            self._set(network, task.neuron.from_free(tried))
            score = _fisher(self._counts(source, network), task.y)
            better = score > best
            best = np.where(better, score, best)
            free = {name: np.where(better, tried[name], free[name]) for name in free}
        self._set(network, task.neuron.from_free(free))

    def _counts(self, source, network):
        rows = np.arange(len(source.task.inputs))
        parts = groups(network, rows, source.task.inputs.n_steps)
        return np.concatenate([self._compete(network, source.batch(part)).sum(axis=2) for part in parts]).astype(float)

    def _assign(self, task, state):
        """Return a readout that counts the spikes of the neurons that respond most to each class."""
        network = Network(task.neuron, state.weights, state.intrinsics, task.dt)
        rows = np.arange(len(task.inputs))
        counts = responses(self, network, task.inputs, rows, task.n_jobs)
        readout = Readout.initial(counts.mean(0), counts.std(0), task.n_classes, task.rng)
        z = readout.standardise(counts)
        mean = np.array([np.average(z[task.y == k], axis=0, weights=task.sample_weight[task.y == k]) for k in range(task.n_classes)])
        coef = (mean.argmax(axis=0)[:, None] == np.arange(task.n_classes)).astype(float)
        return readout._replace(coef=coef / np.maximum(coef.sum(axis=0), 1))

    def run(self, network, events):
        """Return the raster of the last layer, under the same competition as in learning."""
        for layer in network.layers():
            raster = self._compete(layer, events)
            events = from_raster(raster)
        return raster

    def respond(self, network, events):
        """Return the spike counts of the last layer."""
        return self.run(network, events).sum(axis=2).astype(float)

    def _plasticity(self, network, scale, learning):
        """Return the numbers that the loop reads; the bounds are `scale` times those of the parameters."""
        f, decay = network.dtype.type, lambda tau: network.dtype.type(np.exp(-network.dt / tau))
        multiplicative = self.bounds == "multiplicative"
        unit = 1.0 if multiplicative else scale * (self.w_max - self.w_min)
        return Plasticity(
            learning=learning,
            decay_pre=decay(self.tau_pre),
            decay_post=decay(self.tau_post),
            a_plus=f(self.a_plus * unit),
            a_minus=f(self.a_minus * unit),
            w_min=f(self.w_min * scale),
            w_max=f(self.w_max * scale),
            multiplicative=multiplicative,
            inhibition=f(self.inhibition),
            winners=min(self.k_winners or network.sizes[0], network.sizes[0]),
            theta_plus=f(self.theta_plus),
            decay_theta=decay(self.tau_theta),
            hold=f(network.hold),
        )

    def _compete(self, network, events, offsets=None, scale=1.0, learning=False):
        """Run one layer and return its raster; learning changes the network's weights and the offsets in place."""
        raster = np.zeros((len(events.rows), network.sizes[0], events.n_steps), np.uint8)
        (weights,), (coefficients,) = network.weights, network.coefficients
        if offsets is None:
            offsets = np.zeros(weights.shape[1], network.dtype)
        loop, rule = network.complete(compete), self._plasticity(network, scale, learning)
        loop(events.rows, tuple(events.by_step), weights, coefficients, offsets, rule, raster)
        return raster


class _Source:
    """The input of a layer: that of the network, sent through the layers below."""

    def __init__(self, rule, task, below):
        self.rule, self.task = rule, task
        weights, intrinsics = [layer[0] for layer in below], [layer[1] for layer in below]
        self.below = Network(task.neuron, weights, intrinsics, task.dt) if below else None
        self.n_channels = weights[-1].shape[1] if below else task.inputs.n_channels

    def batch(self, rows, epoch=None):
        events = self.task.inputs.batch(rows, epoch)
        return from_raster(self.rule.run(self.below, events)) if self.below else events


def _scale(task, source, weights, values):
    """Return the factor on random weights under which the free membrane comes close to its threshold, on average."""
    network = Network(task.neuron, [weights.astype(np.float32)], [values], task.dt, FREE)
    rows = np.sort(task.rng.permutation(len(task.inputs))[:N_SAMPLES])
    high = []
    for part in groups(network, rows, task.inputs.n_steps):
        v = network.membrane(network.forward(source.batch(part))[0].tape, network.sizes[0])
        high.append((v.mean(axis=1) + v.std(axis=1)) / values["threshold"])
    level = np.concatenate(high).mean()
    return 1.0 / level if level > 0 else 1.0


def _fisher(counts, y):
    """Return each neuron's variance of mean counts between classes, over the variance within them."""
    groups_of = [counts[y == k] for k in np.unique(y)]
    between = np.var([g.mean(axis=0) for g in groups_of], axis=0)
    within = np.mean([g.var(axis=0) for g in groups_of], axis=0)
    return between / (within + 1e-3)
