"""Tempotron: a neuron learns to fire, or not to fire, in response to a whole pattern.

    V(t) = sum_i w_i sum_k K(t - t_ik),   K(t) = V0 (exp(-t / tau_mem) - exp(-t / tau_syn)),   max K = 1
    on error   dw_i = +-rate sum_k K(t_max - t_ik),   dtau = +-rate dV(t_max)/dtau,   t_max = argmax_t V(t) held fixed
"""

from dataclasses import replace

import numpy as np
from sklearn.base import clone

from .._jit import scalar
from .._threads import map_threads
from .._validation import check_number
from ..simulation import Network, SpikeFunction, silent
from ._base import Result, Rule, State
from ._initialise import groups, initial_state, responses
from ._readout import Readout, fit_logistic
from ._solvers import SGD
from ._training import Objective, minimise, split

TAU_SYN = 5.0  # ms, where the neuron has a synaptic time constant and leaves it open
SPREAD = 1.05  # how many times tau_syn tau_mem is at least: at equality the kernel vanishes


@scalar
def one(m, slope):
    """Pass the error at a step on to the membrane."""
    return np.float32(1)


# The membrane is free while learning: it is not reset. The error enters where it would for a spike.
PEAKS = SpikeFunction(silent, one)


def peaks(network, traces):
    """Return each neuron's largest margin and the step at which it is reached, both (n_samples, n_neurons)."""
    v = network.membrane(traces[-1].tape, network.sizes[-1])
    theta = network.intrinsics[-1]["threshold"]
    at = v.argmax(axis=1)
    return np.take_along_axis(v, at[:, None], axis=1)[:, 0] / theta - 1, at


class PeakObjective(Objective):
    """Hinge loss on the largest margin, summed over neurons, as a function of weights (for a kernel of peak 1) and intrinsics."""

    def __init__(self, rule, task, state, classes):
        self.rule, self.task, self.classes = rule, task, classes
        self.free = task.neuron.to_free(state.intrinsics[0])
        self.network = Network(task.neuron, state.weights, state.intrinsics, task.dt, PEAKS)
        log_peak, _ = task.neuron.log_peak(state.intrinsics[0], task.dt)
        self.weights = (state.weights[0] * np.exp(log_peak)).astype(np.float32)
        self.parameters = [self.weights, *(self.free[name] for name in task.learned)]
        self.rates = [task.learning_rate] + [task.intrinsic_learning_rate] * len(task.learned)
        self.moved()

    def state(self):
        """Return the present state; its weights are those of the neuron's own kernel."""
        return State([self.network.weights[0][:, : self.network.sizes[0]]], self.network.intrinsics)

    def moved(self):
        """Bring the intrinsics back inside their bounds and hand the new values to the network."""
        neuron = self.task.neuron
        for name in self.task.learned:
            np.clip(self.free[name], *neuron.free_bounds(name), out=self.free[name])
        if "tau_syn" in self.free:
            self._keep_apart(self.free["tau_mem"], self.free["tau_syn"])
        values = neuron.from_free(self.free)
        log_peak, self.dlog_peak = neuron.log_peak(values, self.task.dt)
        self.per_peak = np.exp(-log_peak).astype(np.float32)
        self.network.update([self.weights * self.per_peak], [values])

    def _keep_apart(self, tau_mem, tau_syn):
        """Keep the logarithm of tau_mem above that of tau_syn."""
        learned, gap = self.task.learned, np.log(SPREAD)
        if "tau_mem" in learned:
            lowest = self.task.neuron.free_bounds("tau_syn")[0] if "tau_syn" in learned else tau_syn
            np.maximum(tau_mem, lowest + gap, out=tau_mem)
        if "tau_syn" in learned:
            np.minimum(tau_syn, tau_mem - gap, out=tau_syn)

    def _errors(self, margins, rows):
        """Return the loss and its derivative with respect to the largest margins."""
        wanted = np.where(self.task.y[rows][:, None] == self.classes, 1.0, -1.0)
        short = self.rule.margin - wanted * margins
        weight = self.task.sample_weight[rows][:, None]
        return (weight * np.maximum(short, 0)).sum(), np.where(short > 0, -wanted * weight, 0.0)

    def loss(self, rows):
        """Return the mean loss over some samples."""
        return self._errors(responses(self.rule, self.network, self.task.inputs, rows, self.task.n_jobs), rows)[0] / len(rows)

    def gradient(self, rows, epoch):
        """Return the mean loss over some samples and its gradients, summed over groups in a fixed order."""

        def part(group):
            return self._group_gradient(self.task.inputs.batch(group, epoch), group)

        parts = map_threads(part, groups(self.network, rows, self.task.inputs.n_steps), self.task.n_jobs)
        loss, *grads = (sum(terms) / len(rows) for terms in zip(*parts, strict=True))
        return loss, grads

    def _group_gradient(self, events, rows):
        traces = self.network.forward(events)
        margins, at = peaks(self.network, traces)
        loss, dmargins = self._errors(margins, rows)
        ds = np.zeros((len(rows), events.n_steps, len(self.classes)), np.float32)
        np.put_along_axis(ds, at[:, None], dmargins[:, None].astype(np.float32), axis=1)
        (dweights,), (dvalues,) = self.network.backward(traces, ds)
        # the network's weights are self.weights / peak(values)
        along = (dweights * self.network.weights[0][:, : len(self.classes)]).sum(axis=0)
        dvalues = {name: grad - along * self.dlog_peak.get(name, 0.0) for name, grad in dvalues.items()}
        dfree = self.task.neuron.free_vjp(self.network.intrinsics[0], dvalues)
        return loss, dweights * self.per_peak, *(dfree[name] for name in self.task.learned)


class Tempotron(Rule):
    """Tempotron learning of weights and intrinsics.

    Each output neuron belongs to a class, and shall exceed its threshold at least once for samples of that class and never for
    others. While it learns it is not reset. On an error the weights move along the kernel sum at the time of the largest
    potential, and the intrinsics along the derivative of that potential, with its time held fixed (envelope theorem). The kernel is the
    neuron's own: for an LIF a difference of exponentials with `tau_mem` > `tau_syn` and peak 1 (``tau_syn=None`` means 5 ms here).

    A single layer: ``hidden_layer_sizes=(n,)`` shares n neurons out evenly over the classes; one neuron is enough for two classes.
    It suits patterns in time. It reads a maximum and not a count, and so is poor at telling rates apart.

    Parameters
    ----------
    margin : float, default=0.1
        How far, in units of the threshold, the largest potential must be on its side.
    momentum : float, default=0.9
        Momentum of the updates.
    tau_starts : tuple of float or None, default=(5.0, 20.0, 60.0, 200.0)
        Initial membrane time constants in ms, each tried where `tau_mem` is learned, for the error has local minima in it. The one of
        lowest loss on the validation part is kept. None starts from the neuron's own.

    References
    ----------
    .. [1] R. Gütig, H. Sompolinsky, "The tempotron: a neuron that learns spike timing-based decisions", Nature Neuroscience 9, 2006.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_order
    >>> X, y = make_order(100, random_state=0)
    >>> classifier = SNNClassifier(4, rule="tempotron", max_iter=5, random_state=0).fit(X, y)
    >>> bool((classifier.intrinsics_["tau_mem"][0] > classifier.intrinsics_["tau_syn"][0]).all())
    True
    """

    name = "tempotron"
    default_learning_rate = 0.03

    def __init__(self, margin=0.1, momentum=0.9, tau_starts=(5.0, 20.0, 60.0, 200.0)):
        self.margin = margin
        self.momentum = momentum
        self.tau_starts = tau_starts

    def check(self):
        """Raise if a parameter is outside its range; the message names it."""
        check_number(self.margin, "margin", low=0)
        check_number(self.momentum, "momentum", low=0, high=0.999)
        for tau in () if self.tau_starts is None else self.tau_starts:
            check_number(tau, "tau_starts", above=0)

    def prepare(self, neuron):
        """Return the neuron, its synaptic time constant set where it has one and leaves it open."""
        if neuron.get_params().get("tau_syn", TAU_SYN) is None:
            return neuron.set_params(tau_syn=TAU_SYN)
        return neuron

    def learn(self, task):
        """Learn weights and intrinsics and return a `Result`."""
        classes = self._classes(task)
        learns_tau = "tau_mem" in task.learned and self.tau_starts and task.start is None
        parts = split(task, task.early_stopping or bool(learns_tau and self._can_hold_out(task)))
        trained = [self._train(task, tau, classes, parts) for tau in (self.tau_starts if learns_tau else (None,))]
        losses = [objective.loss(parts[0] if parts[1] is None else parts[1]) for objective, _ in trained]
        objective, attributes = trained[int(np.argmin(losses))]
        state = objective.state()
        return Result(state._replace(readout=self._readout(task, objective.network, classes)), task.neuron, attributes)

    def _can_hold_out(self, task):
        """Tell whether there is data enough for a validation part; else starts compare by their training loss."""
        held = np.ceil(task.validation_fraction * len(task.y))
        return np.bincount(task.y).min() >= 2 and held >= task.n_classes

    def _classes(self, task):
        """Return the class of each neuron, for a single neuron the second of two."""
        if len(task.sizes) != 1:
            raise ValueError(f"Tempotron learns one layer, got hidden_layer_sizes={task.sizes}; use SurrogateGradient for more.")
        (n,) = task.sizes
        if n == 1 and task.n_classes == 2:
            return np.array([1])
        if n < task.n_classes:
            raise ValueError(f"Tempotron needs a neuron for each of the {task.n_classes} classes, got hidden_layer_sizes={task.sizes}.")
        return np.arange(n) % task.n_classes

    def _train(self, task, tau, classes, parts):
        state = task.start
        if state is None:
            if tau is not None:
                task = replace(task, neuron=clone(task.neuron).set_params(tau_mem=_inside(task.neuron, tau)))
            state = initial_state(task)
        _check_kernel(state.intrinsics[0])
        objective = PeakObjective(self, task, state, classes)
        solver = SGD(objective.parameters, objective.rates, self.momentum)
        return objective, minimise(objective, solver, task, parts)

    def _readout(self, task, network, classes):
        """Return a readout of the mean margins of the classes' neurons: the labels set only a gain and an offset for each class."""
        mean = (classes[:, None] == np.unique(classes)).astype(float)
        mean /= mean.sum(axis=0)
        margins = responses(self, network, task.inputs, np.arange(len(task.inputs)), task.n_jobs)
        coef, intercept = fit_logistic(margins @ mean, task.y, task.sample_weight, task.n_classes)
        return Readout(mean @ coef, intercept, np.zeros(len(classes)), np.ones(len(classes)))

    def respond(self, network, events):
        """Return the largest margin of each neuron's free membrane, (n_samples, n_neurons)."""
        free = network.with_spikes(PEAKS)
        return peaks(free, free.forward(events))[0].astype(float)


def _inside(neuron, tau):
    """Return a starting time constant that bounds and kernel allow."""
    low, high = neuron.tau_mem_bounds
    fastest = np.max(neuron.tau_syn) * 1.2 if getattr(neuron, "tau_syn", None) is not None else low
    return float(np.clip(max(tau, fastest), low, high))


def _check_kernel(values):
    if "tau_syn" in values and np.any(values["tau_mem"] <= values["tau_syn"]):
        raise ValueError(f"The tempotron's kernel needs tau_mem > tau_syn, got {values['tau_mem'].min()} and {values['tau_syn'].max()} ms.")
