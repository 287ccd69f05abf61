"""The forward and the backward pass of one layer: choose a loop, complete it, and call it.

`OneLayer` does so for small batches, whose preparation takes longer than the simulation.
"""

import dataclasses
import functools
import itertools
import math
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np

from .._base import Array, complete, kernel, no_arrays
from ..neurons import Neuron, biased
from . import _loops, _recurrence
from ._events import Events, from_raster, from_series
from ._layers import Dense, Layer, Layout
from ._neuron_kernels import SpikeFunction
from ._panels import WIDTH, aligned_empty, from_panels, repeat_last, to_panels, with_patterns


class Trace(NamedTuple):
    """Activity of one layer in a forward pass, as input of the backward pass.

    Parameters
    ----------
    inputs : Events
        Input of the layer.
    tape : ndarray of shape (n_panels, n_samples, n_steps, n_states * panel_width)
        States before the reset, in the memory layout of the time loops. `Network.observe` reads it.
        Without recording, it holds no states.
    spikes : ndarray of shape (n_samples, n_neurons, n_steps)
        Raster of the layer, if a later layer or the backward pass needs it. Else it has no samples.
        Of hard spikes of a layer with shared weights, a sample is a block.
    counts : ndarray of shape (n_samples, n_segments, n_neurons)
        Spike counts in each segment of time.
    bounds : ndarray of shape (n_segments + 1,)
        Steps at which the segments begin, and the number of steps.

    See Also
    --------
    Network : Its method `forward` returns one trace for each layer.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.neurons import LIF
    >>> from skspike.simulation import Layer, Network, from_raster
    >>> layer = Layer(np.full((1, 1), 0.6, np.float32), LIF().initial(1, None))
    >>> network = Network(LIF(), [layer], dt=1.0)
    >>> (trace,) = network.forward(from_raster(np.ones((1, 1, 8), np.uint8)))
    >>> trace.counts.tolist(), trace.bounds.tolist()
    ([[[4]]], [0, 8])
    """

    inputs: Events
    tape: Array
    spikes: Array
    counts: Array
    bounds: Array

    def grad_index(self, n_grads: int) -> Array:
        """Return the index of the gradient of each step.

        Parameters
        ----------
        n_grads : int
            Number of gradients of a neuron: one for each step or for each segment.

        Returns
        -------
        index : ndarray of shape (n_steps,)
            Step or segment.
        """
        n_steps = int(self.bounds[-1])
        if n_grads == n_steps:
            return np.arange(n_steps)
        return np.searchsorted(self.bounds, np.arange(n_steps), "right") - 1


class Gradient(NamedTuple):
    """Gradients of one layer, summed over samples, in the memory layout of the time loops."""

    weights: Array
    coefficients: Array
    recurrent: Array | None


@dataclasses.dataclass(frozen=True)
class Panels:
    """A layer in the memory layout of the time loops.

    Weights are (n_panels, n_channels, WIDTH), coefficients (n_panels, n_coefficients * WIDTH) and
    recurrent weights (n_panels, n_panels * WIDTH, WIDTH), with zeros for the neurons that pad the
    last panel.
    """

    layout: Layout
    weights: Array
    coefficients: Array
    recurrent: Array | None

    @classmethod
    def of(cls, layer: Layer, table: Array, has_bias: bool, dtype: np.dtype[Any]) -> Self:
        """Return the panels of a layer, from the table of its coefficients."""
        coefficients = np.empty((len(table) + has_bias, table.shape[1]), dtype)
        coefficients[: len(table)] = table
        if has_bias:
            coefficients[-1] = 0 if layer.bias is None else layer.bias
        layout, recurrent = layer.layout, None
        panels = to_panels(repeat_last(layout.repeat(coefficients)))
        if layer.recurrent is not None:
            missing = -layer.size % WIDTH
            recurrent = to_panels(np.pad(layer.recurrent, ((0, missing), (0, missing))))
        weights = to_panels(layout.table(layer.weights))
        return cls(layout, weights, panels.reshape(len(panels), -1), recurrent)

    @functools.cached_property
    def pattern_weights(self) -> Array:
        """The weights of the channels and the sums of their patterns, which dense steps add."""
        n, n_channels, _ = self.weights.shape
        table = aligned_empty((n, with_patterns(n_channels), WIDTH), self.weights.dtype)
        table[:, :n_channels] = self.weights
        complete(_loops.sum_weight_patterns, ZERO=table.dtype.type(0))(table, n_channels)
        return table

    def forget_patterns(self) -> None:
        """Forget the sums of patterns, after a change of the weights in place."""
        self.__dict__.pop("pattern_weights", None)

    def lists_of(self, events: Events) -> tuple[bool, Events, tuple[Array, ...]]:
        """Return the lists that the backward loop reads, their events, and whether by step.

        Lists of channels take longer to make than to use, unless spikes can be counted in words.
        """
        events = events if self.layout.by_step else events.with_channels()
        if self.layout.by_step or events.by_channel is None:
            return True, events, tuple(events.by_step)
        return False, events, tuple(events.by_channel)

    @functools.cached_property
    def transposed(self) -> Array:
        """The transposed recurrent weights, (n_panels, n_panels * WIDTH, WIDTH)."""
        recurrent: Any = self.recurrent
        return to_panels(from_panels(recurrent, len(recurrent) * WIDTH).T)


_memory = threading.local()
MOST_KEPT = 2**23  # bytes of working memory that a thread keeps


def _working(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return an array for one backward pass, in the memory of the previous one of this thread.

    Getting megabytes from the system for each batch takes longer than the loops of small layers.
    """
    size = math.prod(shape) * dtype.itemsize
    memory = getattr(_memory, "array", np.empty(0, np.uint8))
    if len(memory) < size:
        memory = aligned_empty((size,), np.uint8)
        if size <= MOST_KEPT:
            _memory.array = memory
    return np.asarray(memory[:size].view(dtype).reshape(shape))


@dataclasses.dataclass(frozen=True)
class Passes:
    """Passes of one layer for a neuron model, a spike function and a dtype.

    `n_coefficients` is the number of coefficients of a panel. `completed` keeps the loops.
    """

    neuron: Neuron
    spikes: SpikeFunction
    dtype: np.dtype[Any]
    has_bias: bool
    n_coefficients: int
    completed: dict[Any, Any]

    def complete(self, function: Callable[..., Any], **bindings: Any) -> Any:
        """Return a loop that is compiled for the neuron model (see `Network.complete`)."""
        key = function, self.spikes.smooth, self.dtype, self.has_bias, *bindings.values()
        if key not in self.completed:
            kernels = self.neuron.kernels(smooth=self.spikes.smooth)
            own = {
                **(biased(**kernels) if self.has_bias else kernels),
                "STATE": len(self.neuron.states) * WIDTH, "COEFFICIENTS": self.n_coefficients,
                "ZERO": self.dtype.type(0), "ONE": self.dtype.type(1)}
            self.completed[key] = complete(function, **own, **bindings)
        return self.completed[key]

    @functools.cached_property
    def spike_arg(self) -> Any:
        """The second argument of the spike function, in the dtype of the simulation."""
        return self.dtype.type(self.spikes.spike_arg)

    def forward(
            self, panels: Panels, events: Events, record: bool, bounds: Array, stores: bool = True,
            raster: Array | None = None) -> Trace:
        """Run events through one layer. Return its trace, with its spikes if it `stores` them."""
        n_samples, n_panels, layout = len(events.rows), len(panels.weights), panels.layout
        # allocate the outputs
        spikes = layout.empty_spikes(n_samples * stores, events.n_steps, raster)
        shape = n_panels, n_samples, events.n_steps, len(self.neuron.states) * WIDTH * record
        tape = (aligned_empty if record else np.empty)(shape, self.dtype)
        counts = np.zeros((n_samples, len(bounds) - 1, n_panels, WIDTH), np.uint32)
        # run the layer
        loop = self.forward_loop if panels.recurrent is None else self.recurrent_loop
        weights = panels.pattern_weights if events.dense else panels.weights
        recurrent = () if panels.recurrent is None else (panels.recurrent,)
        loop(
            events.rows, events.n_steps, tuple(events.by_step), weights, *recurrent,
            panels.coefficients, self.spike_arg, tape, spikes, counts, bounds)
        # put the outputs in the order of the neurons
        if raster is not None:
            layout.raster(spikes, raster)
        if self.spikes.smooth:
            spikes = self.observe(panels, tape, _loops.spike_of).transpose(0, 2, 1)
            counts = np.stack([
                spikes[:, :, start:stop].sum(axis=2)
                for start, stop in itertools.pairwise(bounds)], axis=1)
        else:
            counts = layout.from_lanes(counts.reshape(n_samples, len(bounds) - 1, -1))
        return Trace(events, tape, spikes, counts, bounds)

    @functools.cached_property
    def forward_loop(self) -> Any:
        """The loop of a layer without recurrence forward in time."""
        return self.complete(_loops.forward, spike=self.spikes.spike)

    @functools.cached_property
    def recurrent_loop(self) -> Any:
        """The loop of a recurrent layer forward in time."""
        return self.complete(
            _recurrence.forward, SMOOTH=self.spikes.smooth, spike=self.spikes.spike)

    def backward_loop(self, weighted: bool, by_step: bool) -> Any:
        """Return the loop of a layer without recurrence back in time."""
        return self.complete(
            _loops.backward, WEIGHTED=weighted, BY_STEP=by_step, **self.spike_bindings)

    @property
    def spike_bindings(self) -> dict[str, Any]:
        """What the backward loops need of the spike function."""
        spikes = self.spikes
        return {"spike": spikes.spike, "spike_vjp": spikes.spike_vjp, "DETACH": spikes.detach}

    def observe(self, panels: Panels, tape: Array, view: Callable[..., Any]) -> Array:
        """Return ``view(z, p, spike_arg)`` of each state, (n_samples, n_steps, n_neurons)."""
        values = aligned_empty((tape.shape[1], tape.shape[2], len(tape), WIDTH), self.dtype)
        loop = self.complete(_loops.observe, spike=self.spikes.spike, view=view)
        loop(tape, panels.coefficients, self.spike_arg, values)
        return panels.layout.from_lanes(values.reshape(*values.shape[:2], -1))

    def backward(
            self, panels: Panels, trace: Trace, dspikes: Array, total: Gradient,
            pass_on: bool) -> Array:
        """Add the gradients of one layer to `total`. Return the gradients of its input currents.

        These are (n_samples, n_steps, n_neurons or more), and empty unless `pass_on`. The next call
        in the same thread may overwrite them.
        """
        numbers = self.spike_arg, self.dtype.type(self.spikes.slope)
        if panels.recurrent is not None:
            return self._backward_recurrent(panels, trace, dspikes, total, numbers)
        by_step, events, lists = panels.lists_of(trace.inputs)
        n_panels, n_samples, n_steps, _ = trace.tape.shape
        dinputs = aligned_empty((n_samples * pass_on, n_steps, n_panels, WIDTH), self.dtype)
        self.backward_loop(events.weighted, by_step)(
            events.rows, n_steps, lists, panels.coefficients, *numbers, trace.tape,
            dspikes, trace.grad_index(dspikes.shape[1]), dinputs, self._step_grads(events),
            total.weights, total.coefficients)
        return dinputs.reshape(len(dinputs), n_steps, n_panels * WIDTH)

    def _step_grads(self, events: Events) -> Array:
        """Return working memory for the gradients of the input currents in each step."""
        n_steps = events.n_steps
        n_rows = with_patterns(n_steps) if events.busy else n_steps
        return aligned_empty((1 + n_rows, WIDTH), self.dtype)

    def _backward_recurrent(
            self, panels: Panels, trace: Trace, dspikes: Array, total: Gradient,
            numbers: tuple[Any, Any]) -> Array:
        # carry the gradients back in time
        n_panels, n_samples, n_steps, _ = trace.tape.shape
        dinputs = _working((n_steps + 1, n_samples, n_panels * WIDTH), self.dtype)
        dinputs[n_steps] = 0
        loop = self.complete(_recurrence.backward, **self.spike_bindings)
        loop(
            panels.transposed, panels.coefficients, *numbers, trace.tape, dspikes,
            trace.grad_index(dspikes.shape[1]), dinputs, total.coefficients)
        # accumulate the gradients of the input weights and of the recurrent weights
        spikes = from_series(trace.spikes, dense_share=1.0) if self.spikes.smooth else from_raster(
            trace.spikes, self.dtype, dense_share=1.0)
        for events, grads, dweights in (
                (trace.inputs, dinputs[:-1], total.weights),
                (spikes, dinputs[1:], total.recurrent)):
            by_step, events, lists = panels.lists_of(events)
            loop = self.complete(
                _recurrence.accumulate_weight_grads, WEIGHTED=events.weighted, BY_STEP=by_step)
            loop(
                events.rows, events.n_channels, lists, grads, self._step_grads(events), dweights)
        return dinputs[:-1].swapaxes(0, 1)


class OneLayer:
    """A network of one dense layer with arrays for small batches, one batch after the other.

    Their preparation would take longer than the simulation. Results have the bits of `Network`.

    Parameters
    ----------
    network : Network
        The network, which `suits`.
    n_steps : int
        Number of time steps of all batches.
    bounds : ndarray of shape (n_segments + 1,)
        Steps between which spikes are counted.
    """

    def __init__(self, network: Any, n_steps: int, bounds: Array):
        self.network, self.n_steps, self.bounds = network, n_steps, bounds
        (panels,), passes, dtype = network.panels, network.passes, network.dtype
        self.spike_arg, self.slope = passes.spike_arg, dtype.type(network.spikes.slope)
        self.total: Gradient = network.zero_gradient()[0]
        self.grad_index = np.searchsorted(bounds, np.arange(n_steps), "right") - 1
        self.step_grads = {
            is_busy: aligned_empty((1 + n_rows, WIDTH), dtype)
            for is_busy, n_rows in ((False, n_steps), (True, with_patterns(n_steps)))}
        self.no_inputs = aligned_empty((0, n_steps, len(panels.weights), WIDTH), dtype)
        self.no_spikes = np.empty((0, network.size, n_steps), np.uint8)
        self.forward_loop = passes.forward_loop
        self.backward_loop = functools.cache(passes.backward_loop)
        self.arrays: dict[int, tuple[Array, Array]] = {}  # tape and counts, by number of samples

    @staticmethod
    def suits(network: Any) -> bool:
        """Return whether the network is one dense layer with hard spikes and no recurrence."""
        layer, *others = network.layers
        return (
            not others and layer.recurrent is None and type(layer.layout) is Dense
            and not network.spikes.smooth)

    @staticmethod
    def update(network: Any, layer: Layer, table: Array) -> None:
        """Set new weights and coefficients in the panels of the network, in place."""
        (panels,) = network.panels
        bias = np.empty(0, network.dtype) if layer.bias is None else layer.bias
        fill_panels(layer.weights, table, bias, panels.weights, panels.coefficients)
        network.layers = [layer]
        panels.forget_patterns()

    def forward(self, events: Events) -> Array:
        """Run a batch. Return spike counts, (n_samples, n_segments, n_lanes), until the next."""
        (panels,), n_samples = self.network.panels, len(events.rows)
        if n_samples not in self.arrays:
            n_panels, n_states = len(panels.weights), len(self.network.neuron.states) * WIDTH
            self.arrays[n_samples] = (
                aligned_empty((n_panels, n_samples, self.n_steps, n_states), self.network.dtype),
                np.empty((n_samples, len(self.bounds) - 1, n_panels, WIDTH), np.uint32))
        tape, counts = self.arrays[n_samples]
        counts.fill(0)
        weights = panels.pattern_weights if events.dense else panels.weights
        self.forward_loop(
            events.rows, self.n_steps, tuple(events.by_step), weights, panels.coefficients,
            self.spike_arg, tape, self.no_spikes, counts, self.bounds)
        return counts.reshape(n_samples, len(self.bounds) - 1, -1)

    def clear(self) -> None:
        """Set the sum of the gradients, `total`, to zero."""
        self.total.weights.fill(0)
        self.total.coefficients.fill(0)

    def backward(self, events: Events, dlanes: Array) -> None:
        """Add the gradients of the layer to `total`, from those of the counts."""
        (panels,), (tape, counts) = self.network.panels, self.arrays[len(dlanes)]
        by_step, events, lists = panels.lists_of(events)
        self.backward_loop(events.weighted, by_step)(
            events.rows, self.n_steps, lists, panels.coefficients, self.spike_arg, self.slope,
            tape, dlanes.reshape(counts.shape), self.grad_index, self.no_inputs,
            self.step_grads[events.busy], self.total.weights, self.total.coefficients)


@kernel
@no_arrays
def fill_panels(weights: Any, table: Any, bias: Any, panels: Any, coefficients: Any) -> None:
    """Write weights, coefficients and biases of neurons to their panels.

    The neurons that pad the last panel get weights of 0 and the coefficients of the last neuron.
    """
    n_inputs, size = weights.shape
    for i in range(len(panels)):
        for h in range(WIDTH):
            k = min(i * WIDTH + h, size - 1)
            for j in range(len(table)):
                coefficients[i, j * WIDTH + h] = table[j, k]
            if len(bias):
                coefficients[i, len(table) * WIDTH + h] = bias[k]
        n = min(WIDTH, size - i * WIDTH)
        for c in range(n_inputs):
            source, target = weights[c, i * WIDTH : i * WIDTH + n], panels[i, c]
            for h in range(n):
                target[h] = source[h]
            for h in range(n, WIDTH):
                target[h] = 0
