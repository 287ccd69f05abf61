"""Tempotron: a neuron learns to fire, or not to fire, in response to a whole pattern.

    V(t) = sum_i w_i sum_k K(t - t_ik),   K(t) = V0 (exp(-t / tau_mem) - exp(-t / tau_syn)),   max K
    = 1 on error   dw_i = +-rate sum_k K(t_max - t_ik),   dtau = +-rate dV(t_max)/dtau,   t_max =
    argmax_t V(t) held fixed
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import clone

from .._checks import LARGEST, check_numbers, convert
from .._utils import Array
from ..neurons import Neuron
from ..simulation import Events, Network, list_spikes
from ._base import Rule
from ._initialise import initial_state
from ._peaks import PEAKS, PeakObjective, PeakStepper, peaks
from ._readout import LinearReadout
from ._solvers import SGD
from ._task import Result, Task
from ._training import minimise, split

# of a margin, in units of the threshold, which may be tiny beside what drives a membrane; longer
# ones are hard to fit
LONG = 100.0
TAU_SYN = 5.0  # ms, where the neuron has a synaptic time constant and leaves it open


class Tempotron(Rule):
    """Tempotron learning of weights and intrinsics.

    Each output neuron belongs to a class, and shall exceed its threshold at least once for samples
    of that class and never for others. While it learns it is not reset. On an error the weights
    move along the kernel sum at the time of the largest potential, and the intrinsics along the
    derivative of that potential, with its time held fixed (envelope theorem). The kernel is the
    neuron's own: for an LIF a difference of exponentials with `tau_mem` > `tau_syn` and peak 1
    (``tau_syn=None`` means 5 ms here).

    A single layer: ``hidden_layer_sizes=(n,)`` shares n neurons out evenly over the classes; one
    neuron is enough for two classes. It suits patterns in time. It reads a maximum and not a count,
    and so is poor at telling rates apart.

    Parameters
    ----------
    margin : float, default=0.1
        How far, in units of the threshold, the largest potential must be on its side.
    momentum : float, default=0.9
        Momentum of the updates.
    tau_starts : tuple of float or None, default=(5.0, 20.0, 60.0, 200.0)
        Initial membrane time constants in ms, each tried where `tau_mem` is learned, for the error
        has local minima in it. The one of lowest loss on the validation part is kept. None starts
        from the neuron's own.

    See Also
    --------
    SurrogateGradient : Through several layers, and for values too.
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
    >>> bool((classifier.intrinsics_["tau_mem"][0] > classifier.intrinsics_["tau_syn"][0]).all())
    True
    """

    name = "tempotron"
    default_learning_rate = 0.03
    refuses = {
        "recurrent": "it teaches one spike at the largest potential of a neuron that is not reset, and so has no spikes to feed back",
        "readout": "it reads the largest potential of each neuron, and no spikes",
        "alpha": "its neurons look at whether a potential reaches the threshold, which large weights do not make easier to tell",
        "spike_penalty": "it teaches its neurons not to spike for the other classes, and once for "
            "their own"}

    def __init__(
            self, margin: float = 0.1, momentum: float = 0.9,
            tau_starts: Sequence[float] | None = (5.0, 20.0, 60.0, 200.0)):
        self.margin = margin
        self.momentum = momentum
        self.tau_starts = tau_starts

    def check(self) -> None:
        """Raise if a parameter is outside its range; the message names it."""
        convert(self, "margin", low=0, high=LARGEST)
        convert(self, "momentum", low=0, high=0.999)
        if self.tau_starts is not None:
            self.tau_starts = check_numbers(self.tau_starts, "tau_starts", above=0)

    def prepare(self, neuron: Neuron) -> Neuron:
        """Return the neuron, its synaptic time constant set where it has one and leaves it open."""
        synapse = neuron.named("synapse")
        return neuron.set_params(
            **{synapse: TAU_SYN}) if synapse and getattr(neuron, synapse) is None else neuron

    def runs(self, sizes: Sequence[int]) -> int:
        """From each start it learns anew."""
        return len(self.tau_starts or (None,))

    def learn(self, task: Task) -> Result:
        """Learn weights and intrinsics and return a ``Result``."""
        classes = self._classes(task)
        learns_tau = task.settings.neuron.named(
            "membrane") in task.settings.learn_intrinsic and self.tau_starts and task.start is None
        parts = split(task, task.settings.early_stopping or bool(learns_tau and self._can_hold_out(task)))
        trained = [
            self._train(task, tau, classes, parts)
            for tau in (self.tau_starts if learns_tau and self.tau_starts else (None,))]
        losses = [
            objective.loss(parts[0] if parts[1] is None else parts[1]) for objective, _ in trained]
        objective, attributes = trained[int(np.argmin(losses))]
        return Result(self._whole(task, objective, classes), task.settings.neuron, attributes)

    def _can_hold_out(self, task):
        """Tell whether there is data enough for a validation part; else starts compare by their training loss."""
        held = np.ceil(task.settings.validation_fraction * len(task.target.y))
        return np.bincount(task.target.y).min() >= 2 and held >= task.target.n_classes

    def _classes(self, task):
        """Return the class of each neuron, for a single neuron the second of two."""
        if len(task.settings.hidden_layer_sizes) != 1:
            raise ValueError(
                f"Tempotron learns one layer, got hidden_layer_sizes={task.settings.hidden_layer_sizes}; use "
                "SurrogateGradient for more.")
        (n,) = task.settings.hidden_layer_sizes
        if n == 1 and task.target.n_classes == 2:
            return np.array([1])
        if n < task.target.n_classes:
            raise ValueError(
                f"Tempotron needs a neuron for each of the {task.target.n_classes} classes, got "
                f"hidden_layer_sizes={task.settings.hidden_layer_sizes}.")
        return np.arange(n) % task.target.n_classes

    def _train(self, task, tau, classes, parts):
        state = task.start
        if state is None:
            if tau is not None:
                neuron = clone(task.settings.neuron)
                neuron.set_params(**{neuron.named("membrane"): _inside(neuron, tau)})
                task = replace(task, settings=replace(task.settings, neuron=neuron))
            state = initial_state(task)
        _check_kernel(task.settings.neuron, state.layers[0].intrinsics, task.settings.dt)
        objective = PeakObjective(self, task, state, classes)
        solver = SGD(objective.parameters, objective.rates, self.momentum)

        def so_far():
            return self._whole(task, objective, classes)

        return objective, minimise(objective, solver, task, parts, so_far)

    def _whole(self, task, objective, classes):
        """Return the state of an objective, with a readout of its network."""
        return objective.state()._replace(readout=self._readout(task, objective.network, classes))

    def _readout(self, task, network, classes):
        """Return a readout of the mean margins of the classes' neurons: the labels set only a gain and an offset for each class."""
        mean = (classes[:, None] == np.unique(classes)).astype(float)
        mean /= mean.sum(axis=0)
        margins = self.responses(network, task.inputs, np.arange(len(task.inputs)), task.settings.n_jobs)
        unit = max(1.0, np.abs(margins).max() / LONG)
        coef, intercept = task.target.loss.fit(
            margins @ mean / unit, task.target.y, task.target.sample_weight, task.target.n_classes)
        return LinearReadout(
            mean @ coef, intercept, np.zeros(len(classes)), np.full(len(classes), unit))

    def respond(self, network: Network, events: Events) -> Array:
        """Return the largest margin of each neuron's free membrane, (n_samples, n_neurons)."""
        return peaks(network.with_spikes(PEAKS).margins(events))[0]

    def stepper(self, network: Network, listing: Callable[..., Any] = list_spikes, n_steps: int = 1) -> Any:
        """Return the network step by step, with the largest margins so far."""
        return PeakStepper(network, listing)


def _inside(neuron, tau):
    """Return a starting time constant that bounds and kernel allow."""
    low, high = neuron.bounds(neuron.named("membrane"))
    synapse = neuron.named("synapse")
    fastest = np.max(getattr(neuron, synapse)) * 1.2 if synapse else low
    return float(np.clip(max(tau, fastest), low, high))


def _check_kernel(neuron, values, dt):
    membrane, synapse = neuron.named("membrane"), neuron.named("synapse")
    if synapse in values and np.any(values[membrane] <= values[synapse]):
        slow, fast = values[membrane].min(), values[synapse].max()
        raise ValueError(
            f"The tempotron's kernel needs {membrane} > {synapse}, got {slow} and {fast} ms.")
    if np.abs(neuron.log_peak(values, dt)[0]).max() > np.log(LARGEST):
        constants = ", ".join(
            f"{name}={values[name].min():g}" for name in (membrane, synapse) if name in values)
        raise ValueError(
            f"Steps of dt={dt} are too coarse or too fine for the tempotron's kernel of "
            f"{constants} ms; bring them together.")
