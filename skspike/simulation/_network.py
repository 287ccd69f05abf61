"""Feed-forward networks of spiking layers: forward for rasters and counts, backward for gradients."""

import copy
from typing import NamedTuple

import numpy as np

from .._jit import complete, kernel, scalar
from . import _loops
from ._events import Events, from_graded, from_raster
from ._loops import V
from ._layout import LANES, empty, filled, from_tiles, n_tiles, pad, to_tiles, tuple_access


GATHER = np.uint64(0x0102040810204080)  # a product with it brings the lowest bits of a word's bytes together in its highest byte


@scalar
def heaviside(m, slope):
    """Spike where the margin is positive."""
    return np.float32(m > np.float32(0))


@scalar
def silent(m, slope):
    """Never spike: what remains is the free membrane."""
    return np.float32(0)


class SpikeFunction(NamedTuple):
    """How a margin becomes a spike, and what stands in for the derivative; `graded` spikes are real numbers."""

    spike: object
    spike_vjp: object
    slope: float = 1.0
    graded: bool = False
    detach: bool = True


HARD = SpikeFunction(heaviside, silent)
FREE = SpikeFunction(silent, silent)


class Trace(NamedTuple):
    """What one layer leaves behind: its spikes as (n_samples, n_steps, n_tiles, LANES), the tape, and (n_samples, n_neurons) counts."""

    inputs: Events
    spikes: np.ndarray
    tape: np.ndarray
    counts: np.ndarray


class Gradient(NamedTuple):
    """Gradients summed over samples, one array per layer: of the weights, and of the coefficients in tiles."""

    weights: list
    coefficients: list


@kernel
def _to_raster(words, raster):
    """Write a raster, (n_samples, n_neurons, n_steps), from the bytes of eight neurons in a word, (n_samples, n_steps, n_words)."""
    n_samples, n_neurons, n_steps = raster.shape
    octets = np.empty(n_steps, np.uint8)
    for b in range(n_samples):
        for k in range((n_neurons + 7) // 8):
            for t in range(n_steps):
                octets[t] = (words[b, t, k] * GATHER) >> np.uint64(56)
            for n in range(8 * k, min(8 * k + 8, n_neurons)):
                row = raster[b, n]
                for t in range(n_steps):
                    row[t] = (octets[t] >> (n - 8 * k)) & 1


class Network:
    """Layers of one neuron model, with weights and intrinsics as they are now.

    Parameters
    ----------
    neuron : Neuron
        Gives the kernels and turns intrinsic values into coefficients.
    weights : list of arrays (n_inputs, n_neurons)
        One per layer; their dtype is that of the simulation.
    intrinsics : list of dicts name -> (n_neurons,)
        One per layer.
    dt : float
        Step in ms.
    spikes : SpikeFunction
        Forward and backward behaviour at the threshold.
    """

    def __init__(self, neuron, weights, intrinsics, dt, spikes=HARD):
        self.neuron, self.dt, self.spikes = neuron, dt, spikes
        self.hold = round(getattr(neuron, "refractory", 0.0) / dt)
        self.update(weights, intrinsics)

    def update(self, weights, intrinsics):
        """Take new weights and intrinsics."""
        self.dtype = weights[0].dtype
        self.sizes = [w.shape[1] for w in weights]
        self.weights = [pad(w) for w in weights]
        self.intrinsics = intrinsics
        self.coefficients = [to_tiles(self.neuron.coefficient_table(q, self.dt).astype(self.dtype)) for q in intrinsics]

    def with_spikes(self, spikes):
        """Return the same network with another behaviour at the threshold."""
        other = copy.copy(self)
        other.spikes = spikes
        return other

    def layers(self):
        """Return the layers as networks of one layer each, which share this network's arrays."""
        singles = [copy.copy(self) for _ in self.sizes]
        for k, single in enumerate(singles):
            for name in ("sizes", "weights", "intrinsics", "coefficients"):
                setattr(single, name, [getattr(self, name)[k]])
        return singles

    def complete(self, function, record=False):
        """Compile a loop for this network's neuron."""
        n = self.coefficients[0].shape[1] // LANES
        gather, scatter = tuple_access(n)
        s = self.spikes
        options = {"HAS_U": self.neuron.has_u, "HAS_HOLD": self.hold > 0, "RECORD": record, "DETACH": s.detach}
        ends = {"gather": gather, "scatter": scatter, "spike": s.spike, "spike_vjp": s.spike_vjp}
        return complete(function, **self.neuron.kernels(smooth=s.graded), **ends, **options)

    def tape_width(self, record):
        """Return how many numbers the tape holds per step and tile."""
        return LANES * (0 if not record else 3 if self.hold else 2 if self.neuron.has_u else 1)

    def bytes_per_sample(self, n_steps, record=True):
        """Return the memory that one sample takes while it runs and its raster is written or, if recorded, its gradient computed."""
        width = LANES + (LANES + self.tape_width(True)) * self.dtype.itemsize if record else 2 * LANES
        return sum(n_tiles(n) * n_steps * width for n in self.sizes)

    def forward(self, events, record=True):
        """Run a batch through all layers and return one Trace per layer."""
        loop = self.complete(_loops.forward, record)
        slope, hold = self.dtype.type(self.spikes.slope), self.dtype.type(self.hold)
        kind = self.dtype if self.spikes.graded else np.uint8
        traces = []
        for k, (weights, coefficients) in enumerate(zip(self.weights, self.coefficients, strict=True)):
            if k:
                events = self._spikes_as_events(traces[-1].spikes, self.sizes[k - 1])
            n = n_tiles(self.sizes[k])
            tape = empty((len(events.rows), events.n_steps, n, self.tape_width(record)), self.dtype)
            spikes = empty((*tape.shape[:3], LANES), kind)
            counts = np.empty((len(events.rows), n * LANES), self.dtype)
            drive, where = self._drive(events, weights)
            loop(events.rows, tuple(events.by_step), drive, where, weights, coefficients, slope, hold, spikes, tape, counts)
            traces.append(Trace(events, spikes, tape, counts))
        return traces

    def _drive(self, events, weights):
        """Return the input currents of the dense samples, step by step, and the row at which each sample's begin (-1: it has none)."""
        at, n_steps = events.dense_rows(), events.n_steps
        drive = empty((len(at) * n_steps + 1, weights.shape[1]), self.dtype)  # the last row is the loop's
        where = np.full(len(events.rows), -1)
        where[at] = np.arange(len(at)) * n_steps
        for some, spikes in events.matrices(at, self.dtype):
            out = drive[where[some[0]] : where[some[-1]] + n_steps].reshape(len(some), n_steps, -1)
            np.matmul(spikes, weights, out=out)  # a product for each sample, so that its result does not depend on the others
        return drive, where

    def _spikes_as_events(self, spikes, size):
        if self.spikes.graded:
            return from_graded(spikes.reshape(*spikes.shape[:2], -1)[..., :size].transpose(0, 2, 1))
        return from_raster(self.raster(spikes, size), self.dtype)

    def spike_events(self, events):
        """Run a batch through all layers and return the events of the last layer's spikes."""
        return self._spikes_as_events(self.forward(events, record=False)[-1].spikes, self.sizes[-1])

    def counts(self, events):
        """Run a batch through all layers and return the last layer's spike counts, (n_samples, n_neurons), in float64."""
        return self.forward(events, record=False)[-1].counts[:, : self.sizes[-1]].astype(float)

    def rasters(self, events):
        """Run a batch through all layers and return the last layer's spikes as a raster."""
        return self.raster(self.forward(events, record=False)[-1].spikes, self.sizes[-1])

    def raster(self, spikes, size):
        """Return the spikes of a trace as uint8 (n_samples, n_neurons, n_steps)."""
        raster = np.empty((len(spikes), size, spikes.shape[1]), np.uint8)
        with np.errstate(over="ignore"):  # see from_raster
            _to_raster(spikes.reshape(*spikes.shape[:2], -1).view(np.uint64), raster)
        return raster

    def membrane(self, tape, size):
        """Return the membrane potential before the reset, (n_samples, n_steps, n_neurons)."""
        return tape[..., V : V + LANES].reshape(*tape.shape[:2], -1)[..., :size]

    def no_gradient(self):
        """Return gradients of zero, for `accumulate` to add to."""
        return Gradient([filled(w.shape, w.dtype, 0) for w in self.weights], [filled(c.shape, float, 0) for c in self.coefficients])

    def accumulate(self, traces, ds, total):
        """Add the gradients of some samples to `total`, from that of the last layer's spikes.

        `ds` is (n_samples, n_steps, n_neurons), or (n_samples, 1, n_neurons) where it is the same at every step.
        """
        loop = self.complete(_loops.backward, True)
        slope = self.dtype.type(self.spikes.slope)
        for k in reversed(range(len(traces))):
            events, tape = traces[k].inputs.with_channels(), traces[k].tape
            dweights, dcoefficients = total.weights[k], total.coefficients[k]
            at = events.dense_rows()
            dx = empty((len(events.rows) if k or len(at) else 1, events.n_steps + 1, dweights.shape[1]), self.dtype)
            ds = pad(np.asarray(ds, self.dtype))
            loop(events.rows, tuple(events.by_channel), self.coefficients[k], slope, tape, ds, dx, dweights, dcoefficients)
            for some, spikes in events.matrices(at, self.dtype):
                for b, s in zip(some, spikes, strict=True):
                    dweights += s.T @ dx[b, :-1]
            if k:
                ds = dx[:, :-1] @ self.weights[k].T

    def collect(self, totals):
        """Return the gradients of the weights and of the intrinsics, a list each, summed over `totals` in their order."""
        dweights, dintrinsics = [], []
        for k, size in enumerate(self.sizes):
            dweights.append(sum(total.weights[k] for total in totals)[:, :size])
            grads = tuple(from_tiles(sum(total.coefficients[k] for total in totals), size))
            dintrinsics.append(self.neuron.coefficients_vjp(self.intrinsics[k], self.dt, grads))
        return dweights, dintrinsics

    def backward(self, traces, ds):
        """Return the gradients of the weights and of the intrinsics, a list each; see `accumulate`."""
        total = self.no_gradient()
        self.accumulate(traces, ds, total)
        return self.collect([total])
