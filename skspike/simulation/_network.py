"""Networks of spiking layers, recurrent or not: forward for rasters and counts, backward for gradients."""

import copy
import itertools
from typing import NamedTuple

import numpy as np

from .._compile import complete, scalar
from . import _loops
from ._events import from_graded, from_raster
from ._layout import WIDTH, empty, filled, from_panels, lanes, n_panels, repeated, to_panels, tuples
from ._passes import Gradient, Panels, Trace, backward, filled_up, forward
from ._reading import read_by


@scalar
def heaviside(m, level):
    """Spike where the margin is above a level: zero, or infinity for a free membrane."""
    return np.float32(m > level)


@scalar
def silent(m, slope):
    """Pass no gradient on."""
    return np.float32(0)


class SpikeFunction(NamedTuple):
    """How a margin becomes a spike, ``spike(m, k)``, and what stands in for the derivative; `graded` spikes are real numbers."""

    spike: object = heaviside
    spike_vjp: object = silent
    k: float = 0.0
    slope: float = 1.0
    graded: bool = False
    detach: bool = True


HARD = SpikeFunction()
FREE = SpikeFunction(k=np.inf)


class Layer(NamedTuple):
    """One layer of a network: weights (n_inputs, n_neurons), and intrinsics, a dict of arrays (n_neurons,).

    The spikes of a recurrent layer come back one step later, each to all neurons, by `recurrent`
    weights (n_neurons, n_neurons).
    """

    weights: np.ndarray
    intrinsics: dict
    recurrent: np.ndarray | None = None

    @property
    def size(self):
        """The number of neurons."""
        return self.weights.shape[1]


class Network:
    """Layers of one neuron model, with weights and intrinsics as they are now.

    Parameters
    ----------
    neuron : Neuron
        Gives the kernels and turns intrinsic values into coefficients.
    layers : list of Layer
        The dtype of their weights is that of the simulation.
    dt : float
        Step in ms.
    spikes : SpikeFunction
        Forward and backward behaviour at the threshold.
    readout : object, default=None
        Says by ``filters(n_steps, dt)`` what `features` are; None counts spikes.
    feedback : list of ndarray of shape (n_inputs, n_neurons) or None, default=None
        One matrix for each layer but the first: the weights by which the gradient passes from the
        layer back to the one before. None means the forward weights, which gives the true gradient.
        Random matrices give feedback alignment. Recurrent weights are always their own feedback.
    """

    def __init__(self, neuron, layers, dt, spikes=HARD, readout=None, feedback=None):
        self.neuron, self.dt, self.spikes, self.readout = neuron, dt, spikes, readout
        self.feedback = feedback
        self.completed, self._readings = {}, {}
        self.update(layers)

    def update(self, layers):
        """Take new weights and intrinsics."""
        self.layers, self.dtype = list(layers), layers[0].weights.dtype
        self.panels = [self._panels(layer) for layer in self.layers]

    def _panels(self, layer):
        coefficients = self.neuron.coefficient_table(layer.intrinsics, self.dt).astype(self.dtype)
        panels = to_panels(repeated(coefficients))
        recurrent = None if layer.recurrent is None else to_panels(filled_up(layer.recurrent))
        return Panels(to_panels(layer.weights), panels.reshape(len(panels), -1), recurrent)

    def with_spikes(self, spikes):
        """Return the same network with another behaviour at the threshold."""
        other = copy.copy(self)
        other.spikes = spikes
        return other

    def singles(self):
        """Return the layers as networks of one layer each, which share this network's arrays."""
        networks = [copy.copy(self) for _ in self.layers]
        for k, network in enumerate(networks):
            network.layers, network.panels = self.layers[k : k + 1], self.panels[k : k + 1]
        return networks

    @property
    def size(self):
        """The number of neurons in the last layer."""
        return self.layers[-1].size

    def complete(self, function, **roles):
        """Compile a loop for this network's neuron, with `roles` beside the neuron's own."""
        key = (function, self.spikes.graded, *roles.values())
        if key not in self.completed:
            n_states = len(self.neuron.states)
            n_coefficients = self.panels[0].coefficients.shape[1] // WIDTH
            state, coefficients = tuples(n_states), tuples(n_coefficients)
            own = {
                **self.neuron.kernels(smooth=self.spikes.graded),
                **{name: state[name] for name in ("take", "put", "plus", "times")},
                "take_p": coefficients["take"],
                "add_p": coefficients["add"],
                "STATE": n_states * WIDTH,
                "COEFFICIENTS": n_coefficients * WIDTH,
                "ZERO": self.dtype.type(0),
                "ONE": self.dtype.type(1),
            }
            self.completed[key] = complete(function, **own, **roles)
        return self.completed[key]

    def bytes_per_sample(self, n_steps, record=True):
        """Return the memory that one sample takes while it runs, is written and, if recorded, is run back."""
        numbers = len(self.neuron.states) if record else 0
        return sum(
            n_panels(layer.size) * WIDTH * n_steps * (1 + numbers * self.dtype.itemsize)
            for layer in self.layers)

    def forward(self, events, record=True, raster=None, bounds=None):
        """Run a batch through all layers and return one Trace per layer; write the spikes of the last one into a `raster`, if given.

        Its counts are those of the segments of time between `bounds`, without them those of the
        whole time.
        """
        record = record or self.spikes.graded
        n_steps, n_samples = events.n_steps, len(events.rows)
        whole = np.array([0, n_steps])
        shape = (n_steps, len(self.neuron.states) * WIDTH) if record else (1, 0)
        last = len(self.layers) - 1
        traces = []
        for number, (layer, panels) in enumerate(zip(self.layers, self.panels, strict=True)):
            if number:
                events = self._as_events(traces[-1].spikes)
            wanted = number < last or (record and layer.recurrent is not None)
            spikes = raster if raster is not None and number == last else np.empty(
                (n_samples * wanted, layer.size, n_steps), np.uint8)
            tape = (empty if record else np.empty)(
                (len(panels.weights), n_samples, *shape), self.dtype)
            ends = whole if bounds is None or number < last else bounds
            counts = np.zeros((n_samples, len(ends) - 1, len(panels.weights), WIDTH), np.uint32)
            events = forward(self, panels, events, record, tape, spikes, counts, ends)
            trace = Trace(
                events, tape, spikes, counts.reshape(*counts.shape[:2], -1)[..., : layer.size],
                ends)
            traces.append(self._graded(trace, number) if self.spikes.graded else trace)
        return traces

    def _graded(self, trace, number):
        """Return a trace with the smooth spikes that its tape holds."""
        spikes = self.singles()[number].observe([trace], _loops.spike_of).transpose(0, 2, 1)
        counts = [
            spikes[:, :, start:stop].sum(axis=2)
            for start, stop in itertools.pairwise(trace.bounds)]
        return trace._replace(spikes=spikes, counts=np.stack(counts, axis=1))

    def _as_events(self, spikes):
        return from_graded(spikes) if self.spikes.graded else from_raster(spikes, self.dtype)

    def observe(self, traces, view):
        """Return what `view` (see `_loops`) reads of the last layer's states before the reset, (n_samples, n_steps, n_neurons)."""
        tape = traces[-1].tape
        values = empty((tape.shape[1], tape.shape[2], len(tape), WIDTH), self.dtype)
        loop = self.complete(_loops.observe, spike=self.spikes.spike, view=view)
        loop(tape, self.panels[-1].coefficients, self.dtype.type(self.spikes.k), values)
        return values.reshape(*values.shape[:2], -1)[..., : self.size]

    def margins(self, events):
        """Run a batch and return the margins of the last layer's neurons before the reset, (n_samples, n_steps, n_neurons)."""
        return self.observe(self.forward(events), _loops.margin_of)

    def counts(self, events):
        """Run a batch through all layers and return the last layer's spike counts, (n_samples, n_neurons), in float64."""
        return self.forward(events, record=False)[-1].counts[:, 0].astype(float)

    def features(self, events):
        """Run a batch through all layers and return what the readout reads of the last one, (n_samples, n_features), in float64."""
        reading = self.reading(events.n_steps)
        return reading.features(
            self.forward(events, record=False, bounds=reading.bounds)[-1].counts)

    def reading(self, n_steps):
        """Return how the readout reads spikes of so many steps."""
        if n_steps not in self._readings:
            self._readings[n_steps] = read_by(self.readout, n_steps, self.dt)
        return self._readings[n_steps]

    def spike_events(self, events):
        """Run a batch through all layers and return the events of the last layer's spikes."""
        return from_raster(self.rasters(events), self.dtype)

    def rasters(self, events, out=None):
        """Run a batch through all layers and return the last layer's spikes as a raster, in `out` if given."""
        raster = np.empty(
            (len(events.rows), self.size, events.n_steps), np.uint8) if out is None else out
        self.forward(events, record=False, raster=raster)
        return raster

    def no_gradient(self):
        """Return gradients of zero, one per layer, for `accumulate` to add to."""

        def zeros(array, dtype):
            return None if array is None else filled(array.shape, dtype, 0)

        return [
            Gradient(
                zeros(p.weights, self.dtype), zeros(p.coefficients, float),
                zeros(p.recurrent, self.dtype))
            for p in self.panels]

    def accumulate(self, traces, ds, total, cost=None):
        """Add the gradients of some samples to `total`, from that of the last layer's spikes.

        `ds` is (n_samples, n_steps, n_neurons), or (n_samples, n_segments, n_neurons) for the
        segments in which the spikes were counted. `cost`, (n_samples,), is what each spike costs
        besides, in any layer.
        """
        for k in reversed(range(len(traces))):
            ds = lanes(np.asarray(ds if cost is None else ds + cost[:, None, None], self.dtype))
            dx = backward(self, self.panels[k], self.layers[k], traces[k], ds, total[k], k > 0)
            if k:
                weights = self.feedback[k - 1] if self.feedback else self.layers[k].weights
                ds = dx[..., : self.layers[k].size] @ weights.T

    def collect(self, totals):
        """Return the gradients of each layer, a Layer of gradients, summed over `totals` in their order."""
        return [
            self._layer_gradient(layer, parts)
            for layer, parts in zip(self.layers, zip(*totals, strict=True), strict=True)]

    def _layer_gradient(self, layer, parts):
        weights, coefficients, recurrent = zip(*parts, strict=True)
        grads = from_panels(sum(coefficients).reshape(len(coefficients[0]), -1, WIDTH), layer.size)
        recurrent = None if layer.recurrent is None else from_panels(
            sum(recurrent), layer.size)[: layer.size]
        intrinsics = self.neuron.coefficients_vjp(layer.intrinsics, self.dt, tuple(grads))
        return Layer(from_panels(sum(weights), layer.size), intrinsics, recurrent)

    def backward(self, traces, ds):
        """Return the gradients of each layer, a Layer of gradients; see `accumulate`."""
        total = self.no_gradient()
        self.accumulate(traces, ds, total)
        return self.collect([total])
