"""Initial weights, scaled on the data, and initial readouts."""

import numpy as np

from .._threads import map_threads
from .._validation import LARGEST
from ..simulation import FREE, HARD, Network
from ._base import Rule, State
from ._readout import Readout

N_SAMPLES = 128  # enough to estimate a standard deviation to a few percent
N_COUNTED = 256  # and the mean and deviation of counts to a few percent of a spike
BUDGET = 4 * 2**20  # bytes of simulation at a time: it stays in the cache, and memory stays flat in samples and steps
CHUNK, MAX_CHUNKS = 5 * 2**19, 8  # bytes of simulation that are worth handing to another thread


def groups(network, rows, n_steps, record=True):
    """Split rows into groups whose simulation fits the budget; it depends on shapes alone, and so do sums over groups."""
    size = max(1, BUDGET // network.bytes_per_sample(n_steps, record))
    return [rows[k : k + size] for k in range(0, len(rows), size)]


def chunks(network, rows, n_steps):
    """Split rows into at most MAX_CHUNKS parts, each worth a thread and gradients of its own; it depends on shapes alone."""
    smallest = max(CHUNK, 8 * sum(w.nbytes for w in network.weights))
    n = min(max(len(rows) * network.bytes_per_sample(n_steps) // smallest, 1), MAX_CHUNKS, len(rows))
    return [rows[k * len(rows) // n : (k + 1) * len(rows) // n] for k in range(n)]


def initial_state(task):
    """Return random weights under which the free membrane of each neuron varies by about its threshold, and the intrinsics.

    The free membrane is that of a neuron which never spikes; its standard deviation is taken over steps and samples.
    """
    n_inputs = task.inputs.n_channels
    rows = np.sort(task.rng.permutation(len(task.inputs))[:N_SAMPLES])
    weights, intrinsics = [], []
    for size in task.sizes:
        w = task.rng.normal(0, 1 / np.sqrt(n_inputs), (n_inputs, size)).astype(np.float32)
        q = task.neuron.initial(size, task.rng)
        sd = _free_deviation(task, rows, [*weights, w], [*intrinsics, q])
        heard = sd > q["threshold"] / LARGEST
        weights.append(np.where(heard, w * q["threshold"] / np.where(heard, sd, 1), w).astype(np.float32))
        intrinsics.append(q)
        n_inputs = size
    return State(weights, intrinsics)


def _free_deviation(task, rows, weights, intrinsics):
    below = Network(task.neuron, weights[:-1], intrinsics[:-1], task.dt) if len(weights) > 1 else None
    last = Network(task.neuron, weights[-1:], intrinsics[-1:], task.dt, FREE)

    def moments(group):
        events = task.inputs.batch(group)
        if below:
            events = below.spike_events(events)
        v = last.membrane(last.forward(events)[0].tape, last.sizes[0]).astype(float)
        return v.shape[0] * v.shape[1], v.sum((0, 1)), (v * v).sum((0, 1))

    parts = map_threads(moments, groups(below or last, rows, task.inputs.n_steps), task.n_jobs)
    n, total, squares = (sum(terms) for terms in zip(*parts, strict=True))
    return np.sqrt(np.maximum(squares / n - (total / n) ** 2, 0))


def responses(rule, network, inputs, rows, n_jobs=None):
    """Return what the readout of a rule reads for some rows, (n_rows, n_neurons), in float64."""

    def one(group):
        return rule.respond(network, inputs.batch(group))

    return np.concatenate(map_threads(one, groups(network, rows, inputs.n_steps), n_jobs))


def with_readout(task, state, spikes=HARD):
    """Return the state with a readout standardised on training counts under its weights."""
    network = Network(task.neuron, state.weights, state.intrinsics, task.dt, spikes)
    rows = np.sort(task.rng.permutation(len(task.inputs))[:N_COUNTED])
    counts = responses(Rule(), network, task.inputs, rows, task.n_jobs)
    return state._replace(readout=Readout.initial(counts.mean(0), counts.std(0), task.n_classes, task.rng))
