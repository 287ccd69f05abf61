"""Passes of one dense layer for small batches, whose preparation takes longer than the simulation.

The arrays of the layer and of its batches are made once and used again, and so are the compiled
loops. Results have the bits of `Network`.
"""

import functools
from typing import Any, NamedTuple

import numpy as np

from .._compile import kernel
from .._utils import Array
from ._events import Events
from ._layers import Dense, Layer
from ._layout import WIDTH, aligned, aligned_empty, with_patterns
from ._network import Network
from ._passes import Gradient


class Batch(NamedTuple):
    """Arrays for batches of one shape. `lanes` are the counts, (n_samples, n_segments, n_lanes)."""

    tape: Array
    spikes: Array
    counts: Array
    lanes: Array


class OneLayer:
    """A network of one dense layer with arrays for batches, one after the other.

    Parameters
    ----------
    network : Network
        The network, which `suits`.
    n_steps : int
        Number of time steps of all batches.
    bounds : ndarray of shape (n_segments + 1,)
        Steps between which spikes are counted.
    """

    def __init__(self, network: Network, n_steps: int, bounds: Array):
        self.network, self.n_steps, self.bounds = network, n_steps, bounds
        (panels,), passes = network.panels, network.passes
        self.spike_arg, self.slope = passes.spike_arg, network.dtype.type(network.spikes.slope)
        self.total = Gradient(
            aligned_empty(panels.weights.shape, network.dtype),
            aligned(panels.coefficients.shape, float, 0.0), None)
        self.grad_index = np.searchsorted(bounds, np.arange(n_steps), "right") - 1
        self.step_grads = {
            is_busy: aligned_empty((1 + n_rows, WIDTH), network.dtype)
            for is_busy, n_rows in ((False, n_steps), (True, with_patterns(n_steps)))}
        self.no_inputs = aligned_empty((0, n_steps, len(panels.weights), WIDTH), network.dtype)
        self.batches: dict[int, Batch] = {}
        self.forward_loop = functools.cache(passes.forward_loop)
        self.backward_loop = functools.cache(passes.backward_loop)

    @staticmethod
    def suits(network: Network) -> bool:
        """Return whether the network is one dense layer with hard spikes and no recurrence."""
        layer, *others = network.layers
        return (
            type(network) is Network and not others and layer.recurrent is None
            and type(layer.layout) is Dense and not network.spikes.smooth)

    def batch(self, n_samples: int) -> Batch:
        """Return the arrays for a number of samples."""
        if n_samples not in self.batches:
            network, n_segments = self.network, len(self.bounds) - 1
            n_panels, dtype = len(network.panels[0].weights), network.dtype
            n_states = len(network.neuron.states) * WIDTH
            counts = np.empty((n_samples, n_segments, n_panels, WIDTH), np.uint32)
            self.batches[n_samples] = Batch(
                aligned_empty((n_panels, n_samples, self.n_steps, n_states), dtype),
                np.empty((0, network.size, self.n_steps), np.uint8), counts,
                counts.reshape(n_samples, n_segments, -1))
        return self.batches[n_samples]

    @staticmethod
    def update(network: Network, layer: Layer, table: Array) -> None:
        """Set new weights and coefficients in the panels of the network, in place."""
        (panels,) = network.panels
        bias = np.empty(0, network.dtype) if layer.bias is None else layer.bias
        fill_panels(layer.weights, table, bias, panels.weights, panels.coefficients)
        network.layers = [layer]
        panels.forget_patterns()

    def forward(self, events: Events) -> Array:
        """Run a batch. Return spike counts, (n_samples, n_segments, n_lanes), until the next."""
        (panels,), batch = self.network.panels, self.batch(len(events.rows))
        batch.counts.fill(0)
        weights = panels.pattern_weights if events.dense else panels.weights
        self.forward_loop(events.weighted)(
            events.rows, self.n_steps, tuple(events.by_step), weights, panels.coefficients,
            self.spike_arg, batch.tape, batch.spikes, batch.counts, self.bounds)
        return batch.lanes

    def clear(self) -> None:
        """Set the sum of the gradients, `total`, to zero."""
        self.total.weights.fill(0)
        self.total.coefficients.fill(0)

    def backward(self, events: Events, dlanes: Array) -> None:
        """Add the gradients of the layer to `total`, from those of the counts."""
        (panels,), batch = self.network.panels, self.batch(len(dlanes))
        by_step, events, lists = panels.lists_of(events)
        self.backward_loop(events.weighted, by_step)(
            events.rows, self.n_steps, lists, panels.coefficients, self.spike_arg, self.slope,
            batch.tape, dlanes.reshape(batch.counts.shape), self.grad_index, self.no_inputs,
            self.step_grads[events.busy], self.total.weights, self.total.coefficients)


@kernel
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
