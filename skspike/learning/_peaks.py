"""The objective of the tempotron: each neuron's largest margin, on the right side for every sample."""

import numpy as np

from .._compile import scalar
from ..simulation import SpikeFunction, Stepper, margin_of
from ._objective import Objective
from ._task import State

# how many times the synapse's time constant the membrane's is at least: at equality the kernel
# vanishes
SPREAD = 1.05


@scalar
def one(m, slope):
    """Pass the error at a step on to the membrane."""
    return np.float32(1)


# The membrane is free while learning: it is not reset. The error enters where it would for a spike.
PEAKS = SpikeFunction(spike_vjp=one, spike_arg=np.inf)


def peaks(margins):
    """Return each neuron's largest margin and the step at which it is reached, both (n_samples, n_neurons)."""
    at = margins.argmax(axis=1)
    return np.take_along_axis(margins, at[:, None], axis=1)[:, 0].astype(float), at


class PeakStepper:
    """A network step by step, and each neuron's largest free margin so far."""

    def __init__(self, network, listing):
        self.spiking = Stepper(network, listing)
        self.free = Stepper(network.with_spikes(PEAKS), listing, record=True)
        # above the threshold of 0 a first step may stay: it counts as the largest
        self.largest = np.zeros(network.size)
        self.begun = np.zeros(1, bool)
        self.kept = [*self.spiking.kept, *self.free.kept, self.largest, self.begun]

    def step(self, x):
        """Take the input of one step; return the spikes, or None."""
        if self.free.step(x) is None:
            return None
        margins = self.free.margins()
        np.copyto(self.largest, np.maximum(self.largest, margins) if self.begun[0] else margins)
        self.begun[0] = True
        return self.spiking.step(x)

    def features(self):
        """Return the largest margins so far; those of a membrane at rest before the first step."""
        return self.largest if self.begun[0] else np.full_like(self.largest, -1.0)


class PeakObjective(Objective):
    """Hinge loss on the largest margin, summed over neurons, as a function of weights (for a kernel of peak 1) and intrinsics.

    Parameters are named "weights", and as the intrinsics.
    """

    def __init__(self, rule, task, state, classes, dtype=np.float32):
        self.rule, self.task, self.classes = rule, task, classes
        (self.layer,) = state.layers
        self.free = task.settings.neuron.to_free(self.layer.intrinsics)
        self.learned = {name: self.free[name] for name in task.settings.learn_intrinsic}
        log_peak, _ = task.settings.neuron.log_peak(self.layer.intrinsics, task.settings.dt)
        self.weights = (self.layer.weights * np.exp(log_peak)).astype(dtype)
        self.parameters = {"weights": self.weights, **self.learned}
        self.rates = {
            "weights": task.settings.learning_rate,
            **dict.fromkeys(self.learned, task.settings.intrinsic_learning_rate)}
        self.network = task.network([self.layer._replace(weights=self.weights)], PEAKS)
        self.moved()

    def state(self):
        """Return the present state; its weights are those of the neuron's own kernel."""
        return State([self.layer])

    def moved(self):
        """Bring the intrinsics back inside their bounds and hand the new values to the network."""
        neuron = self.task.settings.neuron
        for name, free in self.learned.items():
            np.clip(free, *neuron.free_bounds(name), out=free)
        if neuron.named("synapse") in self.free:
            self._keep_apart(neuron.named("membrane"), neuron.named("synapse"))
        values = neuron.updated(self.layer.intrinsics, self.free, self.task.settings.learn_intrinsic)
        log_peak, self.dlog_peak = neuron.log_peak(values, self.task.settings.dt)
        self.per_peak = np.exp(-log_peak).astype(self.weights.dtype)
        self.layer = self.layer._replace(weights=self.weights * self.per_peak, intrinsics=values)
        self.network.update([self.layer])

    def _keep_apart(self, membrane, synapse):
        """Keep the logarithm of the membrane's time constant above that of the synapse's."""
        slow, fast, gap = self.free[membrane], self.free[synapse], np.log(SPREAD)
        if membrane in self.learned:
            lowest = self.task.settings.neuron.free_bounds(synapse)[0] if synapse in self.learned else fast
            np.maximum(slow, lowest + gap, out=slow)
        if synapse in self.learned:
            np.minimum(fast, slow - gap, out=fast)

    def _errors(self, margins, rows):
        """Return the loss and its derivative with respect to the largest margins."""
        wanted = np.where(self.task.target.y[rows][:, None] == self.classes, 1.0, -1.0)
        short = self.rule.margin - wanted * margins
        weight = self.task.target.sample_weight[rows][:, None]
        return (weight * np.maximum(short, 0)).sum(), np.where(short > 0, -wanted * weight, 0.0)

    def loss(self, rows):
        """Return the mean loss over some samples."""
        margins = self.rule.responses(self.network, self.task.inputs, rows, self.task.settings.n_jobs)
        return self._errors(margins, rows)[0] / len(rows)

    def add(self, total, events, rows):
        """Add the gradients of some samples to `total`; return their summed loss."""
        traces = self.network.forward(events)
        margins, at = peaks(self.network.observe(traces, margin_of))
        loss, dmargins = self._errors(margins, rows)
        ds = np.zeros((len(rows), events.n_steps, len(self.classes)))
        np.put_along_axis(ds, at[:, None], dmargins[:, None], axis=1)
        self.network.accumulate(traces, ds, total)
        return (loss,)

    def collect(self, totals, extras):
        """Return the gradients of the parameters."""
        (d,) = self.network.collect(totals)
        # the network's weights are self.weights / peak(values)
        along = (d.weights * self.layer.weights).sum(axis=0)
        dvalues = {
            name: grad - along * self.dlog_peak.get(name, 0.0)
            for name, grad in d.intrinsics.items()}
        dfree = self.task.settings.neuron.free_vjp(self.layer.intrinsics, dvalues)
        return {
            "weights": d.weights * self.per_peak, **{name: dfree[name] for name in self.learned}}
