"""The forward and the backward pass of one layer: choose a loop, bind it, and call it."""

import dataclasses
import functools
from typing import NamedTuple

import numpy as np

from .._compile import complete
from .._utils import Array
from . import _loops, _recurrence
from ._events import Events, from_graded, from_raster
from ._layout import WIDTH, aligned_empty, from_panels, scratch, to_panels, with_patterns


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
        Between two layers with shared weights, a sample is a block.
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
        steps = np.arange(self.bounds[-1])
        return steps if n_grads == len(steps) else self.bounds.searchsorted(steps, "right") - 1


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
    last panel. `by_step` adds the gradients of the weights in the order of the steps.
    """

    weights: Array
    coefficients: Array
    recurrent: Array | None
    by_step: bool = False

    @functools.cached_property
    def pattern_weights(self):
        """The weights of the channels and the sums of their patterns, which dense steps add."""
        n, n_channels, _ = self.weights.shape
        table = aligned_empty((n, with_patterns(n_channels), WIDTH), self.weights.dtype)
        table[:, :n_channels] = self.weights
        complete(_loops.sum_weight_patterns, ZERO=table.dtype.type(0))(table, n_channels)
        return table

    @functools.cached_property
    def transposed(self):
        """The transposed recurrent weights, (n_panels, n_panels * WIDTH, WIDTH)."""
        return to_panels(from_panels(self.recurrent, len(self.recurrent) * WIDTH).T)


def pad_recurrent(recurrent):
    """Pad recurrent weights with zeros to whole panels."""
    missing = -len(recurrent) % WIDTH
    return np.pad(recurrent, ((0, missing), (0, missing)))


def forward(network, panels, events, tape, spikes, counts, bounds):
    """Run events through one layer and fill its arrays. Return the events that the loop read."""
    bindings = {"spike": network.spikes.spike}
    spike_arg = network.dtype.type(network.spikes.spike_arg)
    if panels.recurrent is None:
        loop = network.complete(_loops.forward, WEIGHTED=events.weighted, **bindings)
        tables = ()
    else:
        graded = network.spikes.graded
        events = events.with_values() if graded else events  # graded spikes have values too
        loop = network.complete(
            _recurrence.forward, WEIGHTED=graded or events.weighted, GRADED=graded, **bindings)
        tables = (panels.recurrent,)
    weights = panels.pattern_weights if events.dense else panels.weights
    loop(
        events.rows, events.n_steps, tuple(events.by_step), weights, *tables, panels.coefficients,
        spike_arg, tape, spikes, counts, bounds)
    return events


def backward(network, panels, trace, dspikes, total, pass_on):
    """Add the gradients of one layer to `total`. Return the gradients of its input currents.

    These are (n_samples, n_steps, n_neurons or more), and empty unless `pass_on`.
    """
    s, number = network.spikes, network.dtype.type
    bindings = {"spike": s.spike, "spike_vjp": s.spike_vjp, "DETACH": s.detach}
    numbers = number(s.spike_arg), number(s.slope)
    if panels.recurrent is not None:
        return _backward_recurrent(network, panels, trace, dspikes, total, bindings, numbers)
    by_step = panels.by_step
    events = trace.inputs if by_step else trace.inputs.with_channels()
    n_samples, n_steps = len(events.rows), events.n_steps
    dinputs = scratch(
        (n_samples if pass_on else 0, n_steps, len(panels.weights), WIDTH), network.dtype)
    loop = network.complete(
        _loops.backward, WEIGHTED=events.weighted, BY_STEP=by_step, **bindings)
    loop(
        events.rows, n_steps, tuple(events.by_step if by_step else events.by_channel),
        panels.coefficients, *numbers, trace.tape,
        dspikes, trace.grad_index(dspikes.shape[1]), dinputs, _step_grads(events, network.dtype),
        total.weights, total.coefficients)
    return dinputs.reshape(len(dinputs), n_steps, len(panels.weights) * WIDTH)


def _step_grads(events, dtype):
    """Return working memory for the gradients of the input currents in each step."""
    n_steps = events.n_steps
    return scratch((1 + (with_patterns(n_steps) if events.busy else n_steps), WIDTH), dtype)


def _backward_recurrent(network, panels, trace, dspikes, total, bindings, numbers):
    # carry the gradients back in time
    n_steps = trace.inputs.n_steps
    dinputs = scratch(
        (n_steps + 1, trace.tape.shape[1], len(panels.recurrent) * WIDTH), network.dtype)
    dinputs[n_steps] = 0
    loop = network.complete(_recurrence.backward, **bindings)
    loop(
        panels.transposed, panels.coefficients, *numbers, trace.tape, dspikes,
        trace.grad_index(dspikes.shape[1]), dinputs, total.coefficients)
    # accumulate the gradients of the input weights and of the recurrent weights
    spikes = from_graded(trace.spikes) if network.spikes.graded else from_raster(
        trace.spikes, network.dtype, dense_share=1.0)
    for events, grads, dweights in (
            (trace.inputs, dinputs[:-1], total.weights), (spikes, dinputs[1:], total.recurrent)):
        events = events.with_channels()
        loop = network.complete(_recurrence.accumulate_weight_grads, WEIGHTED=events.weighted)
        loop(
            events.rows, events.n_channels, tuple(events.by_channel), grads,
            _step_grads(events, network.dtype), dweights)
    return dinputs[:-1].swapaxes(0, 1)
