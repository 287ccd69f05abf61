"""One layer forward and backward: which loop runs, in which roles, and on which arrays."""

from typing import NamedTuple

import numpy as np

from . import _loops, _recurrence
from ._events import Events, from_graded, from_raster
from ._layout import WIDTH, empty, to_panels


class Trace(NamedTuple):
    """What one layer leaves behind: its inputs, the tape (see `_loops`), its spikes if they are wanted, and its counts.

    Spikes are (n_samples, n_neurons, n_steps), counts (n_samples, n_segments, n_neurons), a segment
    from each of the `bounds` to the next.
    """

    inputs: Events
    tape: np.ndarray
    spikes: np.ndarray
    counts: np.ndarray
    bounds: np.ndarray

    def segment(self, n_given):
        """Return for each step which of so many gradients is its own: that of its segment, or one of its own."""
        n_steps, lengths = self.bounds[-1], np.diff(self.bounds)
        return np.arange(n_steps) if n_given == n_steps else np.repeat(
            np.arange(len(lengths)), lengths)


class Gradient(NamedTuple):
    """Gradients of one layer, summed over samples: of its weights, of its coefficients and of its recurrent weights, panel first."""

    weights: np.ndarray
    coefficients: np.ndarray
    recurrent: np.ndarray | None


class Panels(NamedTuple):
    """A layer as the loops read it: weights (n_panels, n_channels, WIDTH) and coefficients (n_panels, n * WIDTH).

    Recurrent weights, (n_panels, n_panels * WIDTH, WIDTH), have rows of zeros for the neurons that
    fill the last panel.
    """

    weights: np.ndarray
    coefficients: np.ndarray
    recurrent: np.ndarray | None


def filled_up(recurrent):
    """Return recurrent weights with zeros for the neurons that fill the last panel."""
    missing = -len(recurrent) % WIDTH
    return np.pad(recurrent, ((0, missing), (0, missing)))


def forward(network, panels, events, record, tape, spikes, counts, bounds):
    """Run events through one layer, and fill its arrays; return the events in the form in which they were taken."""
    roles = {"spike": network.spikes.spike, "RECORD": record}
    k = network.dtype.type(network.spikes.k)
    if panels.recurrent is None:
        loop = network.complete(_loops.forward, WEIGHTED=events.weighted, **roles)
        tables = (panels.weights,)
    else:
        graded = network.spikes.graded
        events = events.with_values() if graded else events  # as the layer's own spikes have them
        loop = network.complete(
            _recurrence.forward, WEIGHTED=graded or events.weighted, GRADED=graded, **roles)
        tables = panels.weights, panels.recurrent
    loop(
        events.rows, events.n_steps, tuple(events.by_step), events.full, *tables,
        panels.coefficients, k, tape, spikes, counts, bounds)
    return events


def backward(network, panels, layer, trace, ds, total, pass_on):
    """Add the gradients of one layer to `total`; return those of its input currents, (n_samples, n_steps, n_neurons or more), if asked."""
    s, number = network.spikes, network.dtype.type
    roles = {"spike": s.spike, "spike_vjp": s.spike_vjp, "DETACH": s.detach}
    numbers = (number(s.k), number(s.slope))
    if panels.recurrent is not None:
        return _backward_recurrent(network, panels, layer, trace, ds, total, roles, numbers)
    events = trace.inputs.with_channels()
    n_samples, n_steps = len(events.rows), events.n_steps
    dx = empty((n_samples if pass_on else 0, n_steps, len(panels.weights), WIDTH), network.dtype)
    scratch = empty((n_steps + 1, WIDTH), network.dtype)
    loop = network.complete(_loops.backward, WEIGHTED=events.weighted, **roles)
    lists = events.rows, n_steps, tuple(events.by_channel), events.full
    errors = ds, trace.segment(ds.shape[1])
    loop(
        *lists, panels.coefficients, *numbers, trace.tape, *errors, dx, scratch, total.weights,
        total.coefficients)
    return dx.reshape(len(dx), n_steps, len(panels.weights) * WIDTH)


def _backward_recurrent(network, panels, layer, trace, ds, total, roles, numbers):
    n_steps, across = trace.inputs.n_steps, to_panels(filled_up(layer.recurrent).T)
    dx = empty((n_steps + 1, trace.tape.shape[1], len(across) * WIDTH), network.dtype)
    dx[n_steps] = 0
    loop = network.complete(_recurrence.backward, **roles)
    loop(
        across, panels.coefficients, *numbers, trace.tape, ds, trace.segment(ds.shape[1]), dx,
        total.coefficients)
    scratch = empty((n_steps + 1, WIDTH), network.dtype)
    own = from_graded(trace.spikes) if network.spikes.graded else from_raster(
        trace.spikes, network.dtype, most=1.0)
    for events, gradients, dweights in (
            (trace.inputs, dx[:-1], total.weights), (own, dx[1:], total.recurrent)):
        events = events.with_channels()
        loop = network.complete(_recurrence.learn, WEIGHTED=events.weighted)
        loop(
            events.rows, events.n_channels, tuple(events.by_channel), events.full, gradients,
            scratch, dweights)
    return dx[:-1].swapaxes(0, 1)
