"""Tempotron: a neuron learns whether to spike in response to a whole pattern.

    V(t) = sum_i w_i sum_k K(t - t_ik)
    K(t) = V0 (exp(-t / tau_mem) - exp(-t / tau_syn)),   max K = 1

On an error, with t_max = argmax_t V(t) held fixed:

    dw_i = +-rate sum_k K(t_max - t_ik),   dtau = +-rate dV(t_max)/dtau
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from sklearn.base import clone

from .._base import LARGEST, Array, check_numbers, convert, scalar
from ..neurons import Neuron
from ..simulation import Events, Network, SpikeFunction, Stepper, list_spikes, margin_of
from ._decoder import LinearDecoder
from ._initialise import initial_state
from ._rule import Rule
from ._solvers import SGD
from ._task import Result, State, Task
from ._training import Objective, can_hold_out, minimise, split

# Largest margin that the decoder sees, in thresholds. A threshold may be tiny compared to the
# input, and a logistic regression of larger margins may not converge.
MAX_MARGIN = 100.0
TAU_SYN = 5.0  # ms, for neurons with a synaptic time constant of None
MIN_TAU_RATIO = 1.05  # of membrane to synapse: the kernel vanishes for equal time constants


@scalar
def one(m: Any, slope: Any) -> Any:
    """Pass the error of a step on to the membrane."""
    return np.float32(1)


# During learning the membrane neither spikes nor resets. The error replaces the spike's gradient.
PEAKS = SpikeFunction(spike_vjp=one, spike_arg=np.inf)


def peaks(margins: Array) -> tuple[Array, Array]:
    """Return each neuron's largest margin, and the step that reaches it, (n_samples, n_neurons)."""
    at = margins.argmax(axis=1)
    return np.take_along_axis(margins, at[:, None], axis=1)[:, 0].astype(float), at


class PeakStepper:
    """A network step by step, with the largest margin of each non-spiking neuron so far."""

    def __init__(self, network: Network, listing: Callable[..., Any]):
        self.spiking = Stepper(network, listing)
        self.nonspiking = Stepper(network.with_spikes(PEAKS), listing, record=True)
        # a first margin below 0 counts too, so the first step sets the largest margins
        self.largest = np.zeros(network.size)
        self.begun = np.zeros(1, bool)
        self.kept = [*self.spiking.kept, *self.nonspiking.kept, self.largest, self.begun]

    def step(self, x: Array) -> Array | None:
        """Run one step of input. Return the spikes, or None if the input is invalid."""
        if self.nonspiking.step(x) is None:
            return None
        margins = self.nonspiking.margins()
        np.copyto(self.largest, np.maximum(self.largest, margins) if self.begun[0] else margins)
        self.begun[0] = True
        return self.spiking.step(x)

    def features(self) -> Array:
        """Return the largest margins so far, or before the first step the margin at rest."""
        return self.largest if self.begun[0] else np.full_like(self.largest, -1.0)


class PeakObjective(Objective):
    """Hinge loss of the largest margin, summed over neurons, for weights and intrinsics.

    The parameters are named "weights" and by the intrinsics. The weights are in units of the peak
    of the kernel: `moved` divides them by that peak.
    """

    def __init__(
            self, rule: Any, task: Task, state: State, classes: Array,
            dtype: DTypeLike = np.float32):
        self.rule, self.task, self.classes = rule, task, classes
        settings, (self.layer,) = task.settings, state.layers
        self.unconstrained = settings.neuron.to_free(self.layer.intrinsics)
        self.intrinsics = {name: self.unconstrained[name] for name in settings.learn_intrinsic}
        log_peak, _ = settings.neuron.log_peak(self.layer.intrinsics, settings.dt)
        self.weights = (self.layer.weights * np.exp(log_peak)).astype(dtype)
        self.parameters = {"weights": self.weights, **self.intrinsics}
        self.rates = {
            "weights": settings.learning_rate,
            **dict.fromkeys(self.intrinsics, settings.intrinsic_learning_rate)}
        self.network = task.network([self.layer._replace(weights=self.weights)], PEAKS)
        self.moved()

    def state(self) -> State:
        """Return the learned network, with weights for the neuron's own kernel."""
        return State([self.layer])

    def moved(self) -> None:
        """Clip the intrinsics to their bounds, and pass the parameters to the network."""
        settings = self.task.settings
        neuron = settings.neuron
        membrane, synapse = neuron.named("membrane"), neuron.named("synapse")
        update = self.layer.intrinsics, self.unconstrained, settings.learn_intrinsic
        values = neuron.updated(*update)
        if synapse in self.unconstrained:
            self._separate(membrane, synapse)
            values = neuron.updated(*update)
        log_peak, self.dlog_peak = neuron.log_peak(values, settings.dt)
        self.per_peak = np.exp(-log_peak).astype(self.weights.dtype)
        self.layer = self.layer._replace(weights=self.weights * self.per_peak, intrinsics=values)
        self.network.update([self.layer])

    def _separate(self, membrane: str, synapse: str) -> None:
        """Keep the time constant of the membrane above the time constant of the synapse."""
        slow, fast = self.unconstrained[membrane], self.unconstrained[synapse]
        gap, is_learned = np.log(MIN_TAU_RATIO), synapse in self.intrinsics
        if membrane in self.intrinsics:
            lowest = self.task.settings.neuron.free_bounds(synapse)[0] if is_learned else fast
            np.maximum(slow, lowest + gap, out=slow)
        if is_learned:
            np.minimum(fast, slow - gap, out=fast)

    def loss(self, rows: Array) -> float:
        """Return the mean loss over some samples."""
        task = self.task
        margins = self.rule.responses(self.network, task.inputs, rows, task.settings.n_jobs)
        return self._errors(margins, rows)[0] / len(rows)

    def _errors(self, margins: Array, rows: Array) -> tuple[float, Array]:
        """Return the summed loss, and its derivatives with respect to the largest margins."""
        target = self.task.target
        wanted = np.where(target.y[rows][:, None] == self.classes, 1.0, -1.0)
        missing = self.rule.margin - wanted * margins
        weight = target.sample_weight[rows][:, None]
        return (weight * np.maximum(missing, 0)).sum(), np.where(missing > 0, -wanted * weight, 0.0)

    def add(self, sums: Any, events: Events, rows: Array) -> None:
        """Add the loss and the gradients of some samples to sums."""
        traces = self.network.forward(events)
        margins, at = peaks(self.network.observe(traces, margin_of))
        loss, dmargins = self._errors(margins, rows)
        sums.loss += loss
        # the error enters at the step of the largest margin
        ds = np.zeros((len(rows), events.n_steps, len(self.classes)))
        np.put_along_axis(ds, at[:, None], dmargins[:, None], axis=1)
        self.network.accumulate(traces, ds, sums.layers)

    def collect(self, sums: Any, n_samples: int) -> dict[Any, Array]:
        """Return the gradients of the mean loss with respect to the parameters."""
        (d,) = self.network.collect(sums.layers)
        # the network's weights are self.weights / peak(intrinsics)
        along = (d.weights * self.layer.weights).sum(axis=0)
        dvalues = {
            name: grad - along * self.dlog_peak.get(name, 0.0)
            for name, grad in d.intrinsics.items()}
        dintrinsics = self.task.settings.neuron.free_vjp(self.layer.intrinsics, dvalues)
        grads = {name: dintrinsics[name] / n_samples for name in self.intrinsics}
        return {"weights": d.weights * self.per_peak / n_samples, **grads}


class Tempotron(Rule):
    """Tempotron learning of weights and intrinsics.

    Each output neuron belongs to a class. It should exceed its threshold at least once in samples
    of that class, and never in others. During learning it is not reset. On an error, the weights
    move along the kernel sum at the time of the largest potential, and the intrinsics along the
    derivative of that potential, with the time held fixed (envelope theorem). The kernel is the
    kernel of the neuron: for a LIF neuron a difference of exponentials with `tau_mem` > `tau_syn`
    and peak 1 (``tau_syn=None`` means 5 ms here).

    The network has a single layer: ``hidden_layer_sizes=(n,)`` distributes n neurons evenly over
    the classes. One neuron is enough for two classes. The rule suits patterns in time. It uses the
    maximum of the potential and no counts, so it is poor at separating rates.

    The rule has its own readout. It does not support recurrence, because its neurons do not spike
    during learning, nor a `skspike.Convolution`, whose neurons would stand for positions and not
    for classes. `alpha` would lower all potentials relative to the threshold. There is no
    ``spike_penalty``, because the loss already allows spikes only in samples of the own class.

    Parameters
    ----------
    margin : float, default=0.1
        Smallest distance of the largest potential from the threshold, in units of the threshold, at
        least 0. A sample closer to the threshold counts as an error.
    momentum : float, default=0.9
        Momentum of the updates, from 0 to 0.999.
    tau_starts : tuple of float or None, default=(5.0, 20.0, 60.0, 200.0)
        Initial membrane time constants in ms, above 0, if `tau_mem` is learned. The rule learns
        once from each start, because the loss has local minima, and keeps the network with the
        lowest loss on the validation part. None starts from the value of the neuron only.
    augment : Augmentation or None, default=None
        Changes training samples at random, anew in every epoch (see `SurrogateGradient`).
    dropout : float, default=0.0
        Share of the input events that training leaves out, from 0 to 0.95 (see
        `SurrogateGradient`).
    intrinsic_learning_rate : float, default=0.02
        Learning rate of the intrinsic parameters, in the space in which they are learned (for time
        constants, their logarithm).
    learning_rate_schedule : {"cosine", "constant", "one_cycle"}, default="cosine"
        Factor of the learning rates in each epoch (see `SurrogateGradient`).

    See Also
    --------
    SurrogateGradient : For several layers, and for regression.
    skspike.SNNClassifier : Takes it as `rule`.

    References
    ----------
    .. [1] R. Gütig, H. Sompolinsky, "The tempotron: a neuron that learns spike timing-based
        decisions", Nature Neuroscience 9, 2006.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_order
    >>> X, y = make_order(100, random_state=0)
    >>> classifier = SNNClassifier(4, rule="tempotron", max_iter=5, random_state=0).fit(X, y)
    >>> intrinsics = classifier.intrinsics_
    >>> bool((intrinsics["tau_mem"][0] > intrinsics["tau_syn"][0]).all())
    True
    """

    name = "tempotron"
    default_learning_rate = 0.03
    least_score = 0.55  # a maximum is poor at rates
    supports = "early_stopping",
    times = ("tau_starts",)

    def __init__(
            self, margin: float = 0.1, momentum: float = 0.9,
            tau_starts: Sequence[float] | None = (5.0, 20.0, 60.0, 200.0), *,
            augment: Any = None, dropout: float = 0.0,
            intrinsic_learning_rate: float = 0.02, learning_rate_schedule: str = "cosine"):
        self.margin = margin
        self.momentum = momentum
        self.tau_starts = tau_starts
        self.augment = augment
        self.dropout = dropout
        self.intrinsic_learning_rate = intrinsic_learning_rate
        self.learning_rate_schedule = learning_rate_schedule

    def check(self) -> None:
        """Raise if a parameter is out of range."""
        convert(self, "margin", low=0, high=LARGEST)
        convert(self, "momentum", low=0, high=0.999)
        if self.tau_starts is not None:
            self.tau_starts = check_numbers(self.tau_starts, "tau_starts", above=0)

    def prepare(self, neuron: Neuron) -> Neuron:
        """Return the neuron, with a synaptic time constant if it supports one."""
        membrane, synapse = neuron.named("membrane"), neuron.named("synapse")
        if membrane and np.isinf(getattr(neuron, membrane)).any():
            raise ValueError(
                f"Tempotron needs a membrane with a leak, got {membrane}=inf: its kernel is the "
                "difference of two decays.")
        if synapse and getattr(neuron, synapse) is None:
            neuron.set_params(**{synapse: TAU_SYN})
        return neuron

    def runs(self, sizes: Sequence[int]) -> int:
        """Return the number of starts, because each is trained."""
        return len(self.tau_starts or (None,))

    def learn(self, task: Task) -> Result:
        """Learn weights and intrinsics and return a ``Result``."""
        settings, classes = task.settings, self._classes(task)
        starts: Sequence[float | None] = (None,)
        hold_out = settings.early_stopping
        learns_tau = settings.neuron.named("membrane") in settings.learn_intrinsic
        if learns_tau and self.tau_starts and task.start is None:
            starts = self.tau_starts
            hold_out = hold_out or can_hold_out(task, settings.validation_fraction)
        train, valid = split(task, hold_out)
        fits = [self._train(task, tau, classes, (train, valid)) for tau in starts]
        # keep the network of lowest loss, or of highest score
        if task.score is None:
            losses = [objective.loss(train if valid is None else valid) for objective, _ in fits]
        else:
            losses = [-max(attributes["validation_scores_"]) for _, attributes in fits]
        objective, attributes = fits[int(np.argmin(losses))]
        return Result(self._state(task, objective, classes), settings.neuron, attributes)

    def _classes(self, task: Task) -> Array:
        """Return the class of each neuron. A single neuron represents the second of two classes."""
        sizes, n_classes = task.settings.hidden_layer_sizes, task.target.n_classes
        if len(sizes) != 1:
            raise ValueError(
                f"Tempotron supports one layer, got hidden_layer_sizes={sizes}. Use "
                "SurrogateGradient for more layers.")
        (n,) = sizes
        if n == 1 and n_classes == 2:
            return np.array([1])
        if n < n_classes:
            raise ValueError(
                f"Tempotron needs at least one neuron for each of the {n_classes} classes, got "
                f"hidden_layer_sizes={sizes}.")
        return np.arange(n) % n_classes

    def _train(
            self, task: Task, tau: float | None, classes: Array,
            parts: tuple[Array, Array | None]) -> tuple[PeakObjective, dict[str, Any]]:
        """Train from one start. Return the objective and the attributes of the estimator."""
        if tau is not None:
            neuron = clone(task.settings.neuron)
            neuron.set_params(**{neuron.named("membrane"): _inside(neuron, tau)})
            task = replace(task, settings=replace(task.settings, neuron=neuron))
        state = task.start or initial_state(task)
        _check_kernel(task.settings.neuron, state.layers[0].intrinsics, task.settings.dt)
        objective = PeakObjective(self, task, state, classes)
        solver = SGD(objective.parameters, objective.rates, self.momentum)

        def so_far(rows: Array) -> State:
            return self._state(task, objective, classes, rows)

        return objective, minimise(objective, solver, task, parts, so_far)

    def _state(
            self, task: Task, objective: PeakObjective, classes: Array,
            rows: Array | None = None) -> State:
        """Return the state of an objective, with a decoder fitted to some rows, by default all.

        The decoder averages the margins over the neurons of each class, so the labels determine
        only a gain and an offset for each class.
        """
        mean = (classes[:, None] == np.unique(classes)).astype(float)
        mean /= mean.sum(axis=0)
        rows, target = np.arange(len(task.inputs)) if rows is None else rows, task.target
        margins = self.responses(objective.network, task.inputs, rows, task.settings.n_jobs)
        unit = max(1.0, np.abs(margins).max() / MAX_MARGIN)
        coef, intercept = target.loss.fit(
            margins @ mean / unit, target.y[rows], target.sample_weight[rows])
        n = len(classes)
        decoder = LinearDecoder(mean @ coef, intercept, np.zeros(n), np.full(n, unit))
        return objective.state()._replace(decoder=decoder)

    def respond(self, network: Network, events: Events) -> Array:
        """Return the largest margin of each neuron without spikes, (n_samples, n_neurons)."""
        return peaks(network.with_spikes(PEAKS).margins(events))[0]

    def outputs_after(
            self, network: Network, events: Events, decoder: Any, steps: Array,
            n_steps: int) -> Array:
        """Return the outputs for the largest margins so far."""
        margins = network.with_spikes(PEAKS).margins(events)
        largest = np.maximum.accumulate(margins, axis=1)[:, steps - 1].astype(float)
        outputs = decoder.outputs(largest.reshape(-1, network.size))
        return np.asarray(outputs.reshape(*largest.shape[:2], -1))

    def stepper(
            self, network: Network, listing: Callable[..., Any] = list_spikes,
            n_steps: int = 1) -> Any:
        """Return the network step by step, with the largest margins so far."""
        return PeakStepper(network, listing)


def _inside(neuron: Neuron, tau: float) -> float:
    """Return an initial membrane time constant within its bounds and above the synapse's."""
    low, high = neuron.bounds(neuron.named("membrane"))
    synapse = neuron.named("synapse")
    lowest = np.max(getattr(neuron, synapse)) * 1.2 if synapse else low
    return float(np.clip(max(tau, lowest), low, high))


def _check_kernel(neuron: Neuron, values: dict[str, Array], dt: float) -> None:
    """Raise if the kernel of the neuron is not defined, or too small or large."""
    membrane, synapse = neuron.named("membrane"), neuron.named("synapse")
    if synapse in values and np.any(values[membrane] <= values[synapse]):
        slow, fast = values[membrane].min(), values[synapse].max()
        raise ValueError(
            f"The kernel of the Tempotron needs {membrane} > {synapse}, got {slow} and {fast} ms.")
    if np.abs(neuron.log_peak(values, dt)[0]).max() > np.log(LARGEST):
        constants = ", ".join(
            f"{name}={values[name].min():g}" for name in (membrane, synapse) if name in values)
        raise ValueError(
            f"The kernel of the Tempotron cannot be computed with {constants} ms and dt={dt}. "
            "Choose dt closer to the time constants.")
