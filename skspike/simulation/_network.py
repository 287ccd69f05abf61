"""Networks of spiking layers: forward passes for rasters and counts, backward for gradients."""

import copy
import dataclasses
import itertools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .._base import Array, part_bounds, rows_by_length
from ..neurons import Neuron
from . import _loops
from ._events import Events, from_raster, from_series
from ._layers import Layer, Reading, read_by
from ._neuron_kernels import HARD, SpikeFunction
from ._panels import WIDTH, aligned, from_panels
from ._passes import Gradient, Panels, Passes, Trace

# bytes simulated at a time: they fit into the cache, and memory does not grow with the samples
BUDGET = 2 * 2**20
DOUBLE = np.dtype(np.float64)
CHUNK, MAX_CHUNKS = 2**20, 16  # bytes of simulation that are worth a thread


class Network:
    """Layers of one neuron model, run forward in time and backward for gradients.

    Rules get a network from ``task.network(layers)``.

    Parameters
    ----------
    neuron : Neuron
        Model of all neurons.
    layers : list of Layer
        Weights and intrinsics. The dtype of the weights is the dtype of the simulation: float32, or
        float64 for checks of gradients.
    dt : float
        Length of a time step in ms.
    spikes : SpikeFunction
        Spikes and their derivative. The default is ``SpikeFunction()``: hard spikes without
        a gradient.
    readout : Readout or None, default=None
        Filters of `features`. None counts spikes.
    feedback : list of ndarray of shape (n_inputs, n_neurons) or None, default=None
        One matrix for each layer but the first: the weights that carry the gradient from the layer
        to the layer before. None uses the forward weights, which gives the true gradient. Random
        matrices give feedback alignment. Recurrent weights always carry their own gradient.

    See Also
    --------
    Stepper : Runs a network step by step.
    skspike.learning.Task : Makes networks for a rule.

    Examples
    --------
    The gradient of the number of spikes with respect to the weights:

    >>> import numpy as np
    >>> from skspike.neurons import LIF, scalar
    >>> from skspike.simulation import Layer, Network, SpikeFunction, from_raster
    >>> @scalar
    ... def triangle(m, slope):
    ...     return max(np.float32(0), np.float32(1) - slope * abs(m))
    >>> layer = Layer(np.full((2, 1), 0.4, np.float32), LIF().initial(1, None))
    >>> network = Network(LIF(), [layer], dt=1.0, spikes=SpikeFunction(spike_vjp=triangle))
    >>> raster = np.array([[[1, 1, 1, 1], [0, 0, 1, 1]]], np.uint8)
    >>> traces = network.forward(from_raster(raster))
    >>> traces[-1].counts.tolist()
    [[[1]]]
    >>> (gradient,) = network.backward(traces, np.ones((1, 4, 1)))
    >>> gradient.weights.shape, sorted(gradient.intrinsics)
    ((2, 1), ['tau_mem', 'threshold', 'v_reset'])
    """

    def __init__(
            self, neuron: Neuron, layers: list[Layer], dt: float, spikes: SpikeFunction = HARD,
            readout: Any = None, feedback: list[Array] | None = None):
        self.neuron, self.dt, self.spikes, self.readout = neuron, dt, spikes, readout
        self.feedback = feedback
        self._completed: dict[Any, Any] = {}
        self._readings: dict[int, Reading] = {}
        self.update(layers)

    def update(self, layers: list[Layer], tables: Iterable[Array] | None = None) -> None:
        """Set new weights and intrinsics.

        Parameters
        ----------
        layers : list of Layer
            As many as before. Later changes of their arrays have no effect.
        tables : list of ndarray of shape (n_coefficients, n_neurons) or None, default=None
            Coefficients of each layer, as ``neuron.coefficient_table`` returns them. None computes
            them.
        """
        self.layers, self.dtype = list(layers), layers[0].weights.dtype
        self.has_bias = any(layer.bias is not None for layer in layers)
        if tables is None:
            tables = [
                self.neuron.coefficient_table(layer.intrinsics, self.dt) for layer in layers]
        self.panels = [
            Panels.of(layer, table, self.has_bias, self.dtype)
            for layer, table in zip(layers, tables, strict=True)]
        self.passes = Passes(
            self.neuron, self.spikes, self.dtype, self.has_bias,
            self.panels[0].coefficients.shape[1], self._completed)

    def with_spikes(self, spikes: SpikeFunction) -> "Network":
        """Return the same network with another spike function.

        Parameters
        ----------
        spikes : SpikeFunction
            Spikes and their derivative.

        Returns
        -------
        network : Network
            Shares the arrays of this one.
        """
        other = copy.copy(self)
        other.spikes, other.passes = spikes, dataclasses.replace(self.passes, spikes=spikes)
        return other

    def singles(self) -> list["Network"]:
        """Return each layer as a network of one layer.

        Returns
        -------
        networks : list of Network
            They share the arrays of this one.
        """
        networks = [copy.copy(self) for _ in self.layers]
        for number, network in enumerate(networks):
            network.layers = self.layers[number : number + 1]
            network.panels = self.panels[number : number + 1]
        return networks

    @property
    def size(self) -> int:
        """The number of neurons in the last layer."""
        return self.layers[-1].size

    def complete(self, function: Callable[..., Any], **bindings: Any) -> Any:
        """Compile a loop for the neuron of this network.

        Parameters
        ----------
        function : callable
            A loop over arrays that uses placeholders: the neuron's kernels (``charge``, ``margin``,
            ``reset`` and their ``_vjp``), and constants.
        **bindings : callable or number
            More placeholders of the loop.

        Returns
        -------
        loop : callable
            The compiled loop. It is compiled once in a process and cached on disk.
        """
        return self.passes.complete(function, **bindings)

    def bytes_per_sample(self, n_steps: int, record: bool = True) -> int:
        """Return the memory that the simulation of one sample takes.

        Parameters
        ----------
        n_steps : int
            Number of time steps.
        record : bool, default=True
            Whether states are stored for the backward pass.

        Returns
        -------
        n_bytes : int
            Bytes of stored spikes and states, over all layers.
        """
        # a byte for a spike, and the numbers of a state
        per_place = 1 + record * len(self.neuron.states) * self.dtype.itemsize
        n_bytes = 0
        for layer in self.layers:
            # lists of a quarter of the channels, in 4 bytes each
            n_bytes += per_place * layer.layout.n_simulated + layer.layout.n_links
        # with recorded states, the last layer stores its spikes only if it is recurrent
        if record and layer.recurrent is None:
            n_bytes -= layer.layout.n_simulated
        return n_steps * n_bytes

    def forward(
            self, events: Events, record: bool = True, raster: Array | None = None,
            bounds: Array | None = None) -> list[Trace]:
        """Run a batch through all layers.

        Parameters
        ----------
        events : Events
            Input of the batch.
        record : bool, default=True
            Whether to store states for `backward` and `observe`.
        raster : ndarray of shape (n_samples, n_neurons, n_steps), uint8, or None, default=None
            Where to write the spikes of the last layer.
        bounds : ndarray of shape (n_segments + 1,) or None, default=None
            Steps from 0 to n_steps between which spikes of the last layer are counted. None counts
            them over the whole time.

        Returns
        -------
        traces : list of Trace
            One for each layer.
        """
        record = record or self.spikes.smooth
        events = self.layers[0].layout.inputs_of(events)
        whole = np.array([0, events.n_steps])
        traces: list[Trace] = []
        for panels, after in zip(self.panels[:-1], self.layers[1:], strict=True):
            traces.append(self.passes.forward(panels, events, record, whole))
            # list the spikes for the next layer
            spikes = traces[-1].spikes
            events = after.layout.inputs_of(
                from_series(spikes, dense_share=1.0) if self.spikes.smooth else
                from_raster(panels.layout.raster(spikes), self.dtype, after.layout.dense_share))
        stores = raster is not None or (record and self.layers[-1].recurrent is not None)
        bounds = whole if bounds is None else bounds
        traces.append(
            self.passes.forward(self.panels[-1], events, record, bounds, stores, raster))
        return traces

    def observe(self, traces: list[Trace], view: Callable[..., Any]) -> Array:
        """Compute a number from each state of the last layer before the reset.

        Parameters
        ----------
        traces : list of Trace
            Result of `forward` with ``record=True``.
        view : callable
            Function ``view(z, p, spike_arg)`` of the state and the coefficients of a neuron.

        Returns
        -------
        values : ndarray of shape (n_samples, n_steps, n_neurons)
            The numbers.
        """
        return self.passes.observe(self.panels[-1], traces[-1].tape, view)

    def margins(self, events: Events) -> Array:
        """Run a batch and return the margins of the last layer before the reset.

        Parameters
        ----------
        events : Events
            Input of the batch.

        Returns
        -------
        margins : ndarray of shape (n_samples, n_steps, n_neurons)
            Distance above the threshold, in units of the threshold.
        """
        return self.observe(self.forward(events), _loops.margin_of)

    def counts(self, events: Events) -> Array:
        """Run a batch and return the spike counts of the last layer.

        Parameters
        ----------
        events : Events
            Input of the batch.

        Returns
        -------
        counts : ndarray of shape (n_samples, n_neurons), float64
            Spikes over the whole time.
        """
        return self.forward(events, record=False)[-1].counts[:, 0].astype(float)

    def features(self, events: Events) -> Array:
        """Run a batch and return the features of the readout.

        Parameters
        ----------
        events : Events
            Input of the batch.

        Returns
        -------
        features : ndarray of shape (n_samples, n_neurons * n_filters), float64
            Neuron by neuron, one for each filter.
        """
        reading = self.reading(events.n_steps)
        return reading.features(
            self.forward(events, record=False, bounds=reading.bounds)[-1].counts)

    def reading(self, n_steps: int) -> Reading:
        """Return how the readout computes features from spike counts in segments of time.

        Parameters
        ----------
        n_steps : int
            Number of time steps.

        Returns
        -------
        reading : object
            An object with ``bounds``, the segments for `forward`, and two methods.
            ``features(counts)`` returns features. ``vjp(dfeatures)`` returns the gradients of the
            spikes in each segment.
        """
        if n_steps not in self._readings:
            self._readings[n_steps] = read_by(self.readout, n_steps, self.dt)
        return self._readings[n_steps]

    def rasters(self, events: Events, out: Array | None = None) -> Array:
        """Run a batch and return the raster of the last layer.

        Parameters
        ----------
        events : Events
            Input of the batch.
        out : ndarray of shape (n_samples, n_neurons, n_steps), uint8, or None, default=None
            Where to write it.

        Returns
        -------
        raster : ndarray of shape (n_samples, n_neurons, n_steps), uint8
            1 for a spike, else 0.
        """
        raster = np.empty(
            (len(events.rows), self.size, events.n_steps), np.uint8) if out is None else out
        self.forward(events, record=False, raster=raster)
        return raster

    def spike_events(self, events: Events) -> Events:
        """Run a batch and return the spikes of the last layer as events.

        Parameters
        ----------
        events : Events
            Input of the batch.

        Returns
        -------
        events : Events
            Input for a next layer.
        """
        return from_raster(self.rasters(events), self.dtype)

    def zero_gradient(self) -> list[Gradient]:
        """Return gradients of zero.

        Returns
        -------
        total : list of object
            One for each layer, for `accumulate` to add to.
        """
        return [
            Gradient(
                aligned(panels.weights.shape, self.dtype, 0),
                aligned(panels.coefficients.shape, DOUBLE, 0),
                None if panels.recurrent is None else
                aligned(panels.recurrent.shape, self.dtype, 0))
            for panels in self.panels]

    def accumulate(
            self, traces: list[Trace], dspikes: Array, total: list[Gradient],
            cost: Array | None = None) -> None:
        """Run the backward pass and add the gradients of some samples to a sum.

        Parameters
        ----------
        traces : list of Trace
            Result of `forward`.
        dspikes : ndarray of shape (n_samples, n_steps or n_segments, n_neurons)
            Gradients of the loss with respect to the spikes of the last layer in each step, or in
            each segment of time between the `bounds` given to `forward`.
        total : list of object
            Result of `zero_gradient`, changed in place.
        cost : ndarray of shape (n_samples,) or None, default=None
            Cost of each spike in any layer, added to the gradients.
        """
        lanes = self.layers[-1].layout.to_lanes(dspikes, self.dtype, cost)
        for number in reversed(range(len(traces))):
            dinputs = self.passes.backward(
                self.panels[number], traces[number], lanes, total[number], number > 0)
            if number:
                layer, previous = self.layers[number], self.layers[number - 1]
                weights = self.feedback[number - 1] if self.feedback else layer.weights
                lanes = layer.layout.input_gradient(dinputs, weights, previous.layout, cost)

    def merge(self, total: list[Gradient], other: list[Gradient]) -> None:
        """Add the gradients of other samples to a sum.

        Parameters
        ----------
        total : list of object
            Result of `zero_gradient`, changed in place.
        other : list of object
            Another one, with the gradients of other samples.
        """
        for sums, terms in zip(total, other, strict=True):
            for array, term in zip(sums, terms, strict=True):
                if array is not None:
                    array += term

    def collect(self, total: list[Gradient]) -> list[Layer]:
        """Return the gradients of each layer.

        Parameters
        ----------
        total : list of object
            Result of `zero_gradient`, with the gradients that `accumulate` has added.

        Returns
        -------
        gradients : list of Layer
            Gradients of weights, intrinsics, recurrent weights and biases, in their shapes.
        """
        found = []
        for layer, (weights, dtable, recurrent, bias) in zip(
                self.layers, map(self.gradients_of, self.layers, total), strict=True):
            intrinsics = self.neuron.coefficients_vjp(layer.intrinsics, self.dt, tuple(dtable))
            found.append(Layer(weights, intrinsics, recurrent, bias, layer.layout))
        return found

    def gradients_of(self, layer: Layer, total: Gradient) -> tuple[Any, ...]:
        """Return the gradients of one layer, of its coefficients instead of its intrinsics.

        Parameters
        ----------
        layer : Layer
            The layer.
        total : object
            Its element of the result of `zero_gradient`.

        Returns
        -------
        weights, table, recurrent, bias : ndarray or None
            In the shapes of the weights, of ``neuron.coefficient_table``, of the recurrent weights
            and of the bias.
        """
        layout, (weights, coefficients, recurrent) = layer.layout, total
        weights = layout.fold(from_panels(weights, layout.n_lanes))
        table = layout.add_copies(from_panels(
            coefficients.reshape(len(coefficients), -1, WIDTH), layout.n_lanes))
        bias = None
        if self.has_bias:
            table, bias = table[:-1], table[-1]
        if recurrent is not None:
            recurrent = from_panels(recurrent, layer.size)[: layer.size]
        return weights, table, recurrent, None if layer.bias is None else bias

    def backward(self, traces: list[Trace], dspikes: Array) -> list[Layer]:
        """Run the backward pass of one batch.

        Parameters
        ----------
        traces : list of Trace
            Result of `forward`.
        dspikes : ndarray of shape (n_samples, n_steps or n_segments, n_neurons)
            Gradients with respect to the spikes of the last layer, as in `accumulate`.

        Returns
        -------
        gradients : list of Layer
            Gradients of weights, intrinsics and recurrent weights, in their shapes.
        """
        total = self.zero_gradient()
        self.accumulate(traces, dspikes, total)
        return self.collect(total)


def groups(network: Any, rows: Any, n_steps: Any, record: bool = True) -> list[Any]:
    """Split rows into an even number of groups of equal size, whose simulation fits into the cache.

    The split and the order of sums over groups depend only on shapes. If `n_steps` is an array,
    with the length of each row, the rows of a group have the same length.
    """
    if isinstance(n_steps, np.ndarray) and not (n_steps == n_steps[0]).all():
        return [
            group for same in rows_by_length(n_steps)
            for group in groups(network, rows[same], int(n_steps[same[0]]), record)]
    if len(rows) == 1:
        return [rows]
    if isinstance(n_steps, np.ndarray):
        n_steps = int(n_steps[0])
    size = max(1, BUDGET // network.bytes_per_sample(n_steps, record))
    n = -(-len(rows) // size)
    return _split(rows, n if n == 1 else min(n + n % 2, len(rows)))


def chunks(network: Network, rows: Array, n_steps: Any) -> list[Array]:
    """Split rows into chunks of equal size, each large enough for a separate thread.

    Their number is a power of two, so that they are shared evenly by 2, 4, 8 or 16 threads.
    The split and the order of sums over chunks depend only on shapes. `n_steps` may be an array, as
    in `groups`.
    """
    if isinstance(n_steps, np.ndarray):
        if not (n_steps == n_steps[0]).all():
            rows = rows[np.argsort(n_steps, kind="stable")]
        n_steps = int(n_steps.max())
    smallest = max(CHUNK, 2 * sum(layer.weights.nbytes for layer in network.layers))
    n = min(
        max(len(rows) * network.bytes_per_sample(n_steps) // smallest, 1), MAX_CHUNKS, len(rows))
    return _split(rows, 2 ** (int(n).bit_length() - 1))


def _split(rows: Array, n: int) -> list[Array]:
    """Split rows into n pieces of equal size."""
    if n == 1:
        return [rows]
    return [rows[start:stop] for start, stop in itertools.pairwise(part_bounds(len(rows), n))]
