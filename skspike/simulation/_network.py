"""Networks of spiking layers: forward passes for rasters and counts, backward for gradients."""

import copy
import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .._checks import rows_by_length
from .._compile import complete, scalar
from .._utils import Array, part_bounds
from ..neurons import Neuron, biased
from . import _loops
from ._events import DENSE_SHARE, Events, from_graded, from_raster
from ._layout import (
    WIDTH, aligned, from_panels, n_panels, repeat_last, scratch, to_lanes, to_panels)
from ._passes import Gradient, Panels, Trace, backward, forward, pad_recurrent
from ._reading import Reading, read_by

# bytes simulated at a time: they fit into the cache, and memory does not grow with the samples
BUDGET = 2 * 2**20
CHUNK, MAX_CHUNKS = 2**20, 16  # bytes of simulation that are worth a thread


@scalar
def heaviside(m, level):
    """Return 1 if the margin is above a level, else 0. An infinite level gives no spikes."""
    return np.float32(m > level)


@scalar
def zero_vjp(m, slope):
    """Return no gradient."""
    return np.float32(0)


class SpikeFunction(NamedTuple):
    """Spikes as a function of the margin, and their derivative in the backward pass.

    The margin m is the distance of the membrane potential from the threshold, in units of the
    threshold.

    Parameters
    ----------
    spike : callable
        Function ``spike(m, spike_arg)`` of two numbers, compiled with `skspike.neurons.scalar`. The
        default spikes if ``m > spike_arg``.
    spike_vjp : callable
        Function ``spike_vjp(m, slope)`` of two numbers: the derivative of the spike with respect to
        m, or a surrogate of it. The default is zero.
    spike_arg : float, default=0.0
        Second argument of `spike`. With infinity, the default never spikes.
    slope : float, default=1.0
        Second argument of `spike_vjp`.
    graded : bool, default=False
        Whether spikes are real numbers. The neuron's kernels are then smooth too.
    detach : bool, default=True
        Whether the backward pass treats the spike in the reset as a constant.

    See Also
    --------
    skspike.learning.hard_spikes : Returns hard spikes with a surrogate derivative.
    skspike.learning.smooth_spikes : Returns smooth spikes with their derivative.
    Network : Takes one as `spikes`.

    Examples
    --------
    Hard spikes with a triangular surrogate derivative:

    >>> import numpy as np
    >>> from skspike.neurons import scalar
    >>> from skspike.simulation import SpikeFunction
    >>> @scalar
    ... def triangle(m, slope):
    ...     return max(np.float32(0), np.float32(1) - slope * abs(m))
    >>> SpikeFunction(spike_vjp=triangle, slope=2.0).graded
    False
    """

    spike: Callable[..., Any] = heaviside
    spike_vjp: Callable[..., Any] = zero_vjp
    spike_arg: float = 0.0
    slope: float = 1.0
    graded: bool = False
    detach: bool = True


HARD = SpikeFunction()
NO_SPIKES = SpikeFunction(spike_arg=np.inf)


class Layer(NamedTuple):
    """Weights and intrinsics of one layer.

    The spikes of a recurrent layer reach all its neurons one step later.

    Parameters
    ----------
    weights : ndarray of shape (n_inputs, n_neurons)
        Change of a neuron's input current by one input spike. With `sharing`, the weights of the
        filters, (size, size, n_channels, n_filters).
    intrinsics : dict of str to ndarray of shape (n_neurons,)
        Values of the neuron's active intrinsics, in their own units (ms for time constants). With
        `sharing`, one value for each filter.
    recurrent : ndarray of shape (n_neurons, n_neurons) or None, default=None
        Weights from each neuron (row) to each neuron of the layer. None: no recurrence.
    bias : ndarray of shape (n_neurons,) or None, default=None
        Constant input current of each neuron, or of each filter. None: no current.
    sharing : object or None, default=None
        Connections of a `skspike.Convolution`, whose neurons share weights. None: all neurons have
        weights from all inputs.

    See Also
    --------
    Network : Takes a list of layers.
    skspike.neurons.Neuron.initial : Draws intrinsics.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.neurons import LIF
    >>> from skspike.simulation import Layer
    >>> Layer(np.zeros((10, 4), np.float32), LIF().initial(4, None)).size
    4
    """

    weights: Array
    intrinsics: dict[str, Array]
    recurrent: Array | None = None
    bias: Array | None = None
    sharing: Any = None  # Sharing or None

    @property
    def size(self) -> int:
        """The number of neurons."""
        size: int = self.weights.shape[1] if self.sharing is None else self.sharing.size
        return size

    @property
    def n_inputs(self) -> int:
        """The number of input channels."""
        n: int = self.weights.shape[0] if self.sharing is None else self.sharing.n_inputs
        return n


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

    def update(self, layers: list[Layer]) -> None:
        """Set new weights and intrinsics.

        Parameters
        ----------
        layers : list of Layer
            As many as before. Later changes of their arrays have no effect.
        """
        self.layers, self.dtype = list(layers), layers[0].weights.dtype
        self.has_bias = any(layer.bias is not None for layer in layers)
        self.panels = [self._panels(layer) for layer in self.layers]

    def _panels(self, layer):
        coefficients = self.neuron.coefficient_table(layer.intrinsics, self.dt).astype(self.dtype)
        if self.has_bias:
            bias = np.zeros(coefficients.shape[1]) if layer.bias is None else layer.bias
            coefficients = np.vstack([coefficients, bias.astype(self.dtype)])
        weights = layer.weights
        if layer.sharing is not None:
            weights = layer.sharing.table(weights)
            coefficients = layer.sharing.repeat(coefficients)
        panels = to_panels(repeat_last(coefficients))
        recurrent = None if layer.recurrent is None else to_panels(pad_recurrent(layer.recurrent))
        return Panels(
            to_panels(weights), panels.reshape(len(panels), -1), recurrent,
            by_step=layer.sharing is not None)

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
        other.spikes = spikes
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
        key = (function, self.spikes.graded, self.has_bias, *bindings.values())
        if key not in self._completed:
            kernels = self.neuron.kernels(smooth=self.spikes.graded)
            own = {
                **(biased(**kernels) if self.has_bias else kernels),
                "STATE": len(self.neuron.states) * WIDTH,
                "COEFFICIENTS": self.panels[0].coefficients.shape[1],
                "ZERO": self.dtype.type(0), "ONE": self.dtype.type(1)}
            self._completed[key] = complete(function, **own, **bindings)
        return self._completed[key]

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
        state = len(self.neuron.states) * self.dtype.itemsize if record else 0
        places = [_n_lanes(layer) * n_steps for layer in self.layers]
        # with recorded states, the last layer stores its spikes only if it is recurrent
        spikes = sum(places[:-1] if record and self.layers[-1].recurrent is None else places)
        lists = sum(
            len(layer.sharing.fan[1]) * n_steps for layer in self.layers
            if layer.sharing is not None)  # of a quarter of the channels
        return spikes + state * sum(places) + lists

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
        record = record or self.spikes.graded
        whole, last = np.array([0, events.n_steps]), len(self.layers) - 1
        traces: list[Trace] = []
        for number, layer in enumerate(self.layers):
            if number:
                events = self._as_events(traces[-1].spikes, layer)
            elif layer.sharing is not None:
                events = layer.sharing.events(events)
            wanted = number < last or raster is not None or (record and layer.recurrent is not None)
            edges = whole if bounds is None or number < last else bounds
            trace = self._run_layer(
                number, events, record, edges, raster if number == last else None, wanted)
            traces.append(self._graded(trace, number) if self.spikes.graded else trace)
        return traces

    def _run_layer(self, number, events, record, bounds, raster, wanted):
        """Return the trace of one layer. Write its spikes to `raster` or, if wanted, a new array.

        Blocks of a layer with shared weights run as samples. For a next layer with shared weights,
        its spikes stay in blocks.
        """
        panels, size = self.panels[number], self.layers[number].size
        sharing = self.layers[number].sharing
        spikes, n_rows, width = raster, len(events.rows), size
        if sharing is not None:
            spikes, width = None, sharing.n_lanes
        # allocate the outputs of the layer
        if spikes is None:
            spikes = np.empty((n_rows * wanted, width, events.n_steps), np.uint8)
        shape = events.n_steps, len(self.neuron.states) * WIDTH * record
        tape = (scratch if record else np.empty)(
            (len(panels.weights), n_rows, *shape), self.dtype)
        counts = np.zeros((n_rows, len(bounds) - 1, len(panels.weights), WIDTH), np.uint32)
        # run the layer
        events = forward(self, panels, events, tape, spikes, counts, bounds)
        counts = counts.reshape(*counts.shape[:2], -1)
        if sharing is None:
            return Trace(events, tape, spikes, counts[..., :size], bounds)
        is_last = number + 1 == len(self.layers)
        if wanted and (is_last or self.layers[number + 1].sharing is None):
            spikes = sharing.rasters(spikes, raster)
        return Trace(events, tape, spikes, sharing.from_blocks(counts), bounds)

    def _graded(self, trace, number):
        """Return a trace with the smooth spikes of its tape."""
        spikes = self.singles()[number].observe([trace], _loops.spike_of).transpose(0, 2, 1)
        counts = [
            spikes[:, :, start:stop].sum(axis=2)
            for start, stop in itertools.pairwise(trace.bounds)]
        return trace._replace(spikes=spikes, counts=np.stack(counts, axis=1))

    def _as_events(self, spikes, layer):
        """Return the spikes of the layer before as events. Blocks have no dense steps."""
        if self.spikes.graded:
            events = from_graded(spikes)
            return events if layer.sharing is None else layer.sharing.events(events)
        if layer.sharing is None:
            return from_raster(spikes, self.dtype, DENSE_SHARE)
        return layer.sharing.events_of_blocks(spikes, self.dtype)

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
        return self._observe(traces[-1].tape, view)

    def _observe(self, tape, view):
        values = scratch((tape.shape[1], tape.shape[2], len(tape), WIDTH), self.dtype)
        loop = self.complete(_loops.observe, spike=self.spikes.spike, view=view)
        loop(tape, self.panels[-1].coefficients, self.dtype.type(self.spikes.spike_arg), values)
        values, sharing = values.reshape(*values.shape[:2], -1), self.layers[-1].sharing
        return values[..., : self.size] if sharing is None else sharing.from_blocks(values)

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
        dtypes = self.dtype, float, self.dtype
        return [
            Gradient._make(
                None if array is None else aligned(array.shape, dtype, 0, scratch)
                for array, dtype in zip(
                    (panels.weights, panels.coefficients, panels.recurrent), dtypes, strict=True))
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
        rows = self._to_rows(self.layers[-1], dspikes, cost)
        for number in reversed(range(len(traces))):
            dinputs = backward(
                self, self.panels[number], traces[number], rows, total[number], number > 0)
            if number:
                weights = self.feedback[number - 1] if self.feedback else None
                rows = self._input_gradient(number, dinputs, weights, cost)

    def _to_rows(self, layer, dspikes, cost):
        """Return gradients of the spikes of a layer in the memory layout of the time loops."""
        if cost is not None:
            dspikes = dspikes + cost[:, None, None]
        to_rows = to_lanes if layer.sharing is None else layer.sharing.to_blocks
        return to_rows(np.asarray(dspikes, self.dtype))

    def _input_gradient(self, number, dinputs, weights, cost):
        """Return the gradients of the spikes of the layer before, in that layout."""
        layer, previous = self.layers[number], self.layers[number - 1]
        weights = layer.weights if weights is None else weights
        if layer.sharing is None:
            return self._to_rows(previous, dinputs[..., : layer.size] @ weights.T, cost)
        rows = layer.sharing.input_gradient(dinputs, weights)
        if cost is not None:
            previous.sharing.add_cost(rows, cost)
        return rows

    def merge(self, total: list[Gradient], part: list[Gradient]) -> None:
        """Add the gradients of other samples to a sum.

        Parameters
        ----------
        total : list of object
            Result of `zero_gradient`, changed in place.
        part : list of object
            Another one, with the gradients of other samples.
        """
        for arrays, others in zip(total, part, strict=True):
            for array, other in zip(arrays, others, strict=True):
                if array is not None:
                    array += other

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
        return list(map(self._layer_gradient, self.layers, total))

    def _layer_gradient(self, layer, total):
        weights, coefficients, recurrent = total
        n_lanes = layer.size if layer.sharing is None else layer.sharing.n_lanes
        weights = from_panels(weights, n_lanes)
        grads = from_panels(coefficients.reshape(len(coefficients), -1, WIDTH), n_lanes)
        if layer.sharing is not None:
            weights, grads = layer.sharing.fold(weights), layer.sharing.add_copies(grads)
        bias = None
        if self.has_bias:
            *grads, bias = grads
        if recurrent is not None:
            recurrent = from_panels(recurrent, layer.size)[: layer.size]
        intrinsics = self.neuron.coefficients_vjp(layer.intrinsics, self.dt, tuple(grads))
        return Layer(
            weights, intrinsics, recurrent, None if layer.bias is None else bias, layer.sharing)

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


def _n_lanes(layer):
    """Return the number of simulated neurons of a layer, with padding."""
    if layer.sharing is None:
        return n_panels(layer.size) * WIDTH
    return layer.sharing.neurons.size


def groups(network: Any, rows: Any, n_steps: Any, record: bool = True) -> list[Any]:
    """Split rows into an even number of groups of equal size, whose simulation fits into the cache.

    The split and the order of sums over groups depend only on shapes. If `n_steps` is an array,
    with the length of each row, the rows of a group have the same length.
    """
    if isinstance(n_steps, np.ndarray):
        return [
            part for same in rows_by_length(n_steps)
            for part in groups(network, rows[same], int(n_steps[same[0]]), record)]
    if len(rows) == 1:
        return [rows]
    size = max(1, BUDGET // network.bytes_per_sample(n_steps, record))
    n = -(-len(rows) // size)
    return _split(rows, n if n == 1 else min(n + n % 2, len(rows)))


def chunks(network: Network, rows: Array, n_steps: Any) -> list[Array]:
    """Split rows into parts of equal size, each large enough for a separate thread.

    The number of parts is a power of two, so that they are shared evenly by 2, 4, 8 or 16 threads.
    The split and the order of sums over parts depend only on shapes. `n_steps` may be an array, as
    in `groups`.
    """
    if isinstance(n_steps, np.ndarray):
        rows, n_steps = rows[np.argsort(n_steps, kind="stable")], int(n_steps.max())
    smallest = max(CHUNK, 2 * sum(layer.weights.nbytes for layer in network.layers))
    n = min(
        max(len(rows) * network.bytes_per_sample(n_steps) // smallest, 1), MAX_CHUNKS, len(rows))
    return _split(rows, 2 ** (int(n).bit_length() - 1))


def _split(rows, n_parts):
    return [
        rows[start:stop] for start, stop in itertools.pairwise(part_bounds(len(rows), n_parts))]
