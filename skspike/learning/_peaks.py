"""Objective of the tempotron: the largest margin of each neuron, on the correct side."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .._compile import scalar
from .._utils import Array
from ..simulation import Events, Network, SpikeFunction, Stepper, margin_of
from ._objective import Objective
from ._task import State, Task

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
