"""The objective of the tempotron: each neuron's largest margin, on the right side for every sample."""

import numpy as np

from .._jit import scalar
from ..simulation import Network, SpikeFunction, silent
from ._base import State
from ._initialise import responses
from ._training import Objective

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

    def __init__(self, rule, task, state, classes, dtype=np.float32):
        self.rule, self.task, self.classes = rule, task, classes
        self.free = task.neuron.to_free(state.intrinsics[0])
        self.network = Network(task.neuron, state.weights, state.intrinsics, task.dt, PEAKS)
        log_peak, _ = task.neuron.log_peak(state.intrinsics[0], task.dt)
        self.weights = (state.weights[0] * np.exp(log_peak)).astype(dtype)
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
        self.per_peak = np.exp(-log_peak).astype(self.weights.dtype)
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

    def add(self, total, events, rows):
        """Add the gradients of some samples to `total`; return their summed loss."""
        traces = self.network.forward(events)
        margins, at = peaks(self.network, traces)
        loss, dmargins = self._errors(margins, rows)
        ds = np.zeros((len(rows), events.n_steps, len(self.classes)))
        np.put_along_axis(ds, at[:, None], dmargins[:, None], axis=1)
        self.network.accumulate(traces, ds, total)
        return (loss,)

    def collect(self, totals, extras):
        """Return the gradients of the parameters."""
        (dweights,), (dvalues,) = self.network.collect(totals)
        # the network's weights are self.weights / peak(values)
        along = (dweights * self.network.weights[0][:, : len(self.classes)]).sum(axis=0)
        dvalues = {name: grad - along * self.dlog_peak.get(name, 0.0) for name, grad in dvalues.items()}
        dfree = self.task.neuron.free_vjp(self.network.intrinsics[0], dvalues)
        return [dweights * self.per_peak, *(dfree[name] for name in self.task.learned)]
