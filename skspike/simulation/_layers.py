"""Layers of a network, the layout of their neurons, and the reading of the last layer."""

import functools
import math
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import DTypeLike

from .._base import Array
from ._convolution import Convolution, Shared
from ._events import DENSE_SHARE, Events, max_listed
from ._panels import WIDTH, n_panels, plus_cost, to_lanes


class Dense:
    """Layout of a layer in which each pair of an input and a neuron has a weight.

    A *lane* is a place in the panels, and here the number of a neuron. `Shared` has the same
    methods.

    Parameters
    ----------
    n_inputs : int
        Number of input channels.
    size : int
        Number of neurons.
    """

    n_positions = n_blocks = 1  # no neurons have equal weights
    n_links = 0  # inputs are listed once, for all neurons
    by_step = False  # gradients of weights are added channel by channel
    dense_share = DENSE_SHARE
    weight_axes = "input and neuron"
    stream_tables: tuple[Any, ...] = ()

    def __init__(self, n_inputs: int, size: int):
        self.n_inputs, self.size = n_inputs, size
        self.shape = n_inputs, size  # of the weights
        self.entry, self.out_shape = size, (size,)  # of `hidden_layer_sizes`, and of the neurons
        self.n_lanes, self.n_simulated = size, n_panels(size) * WIDTH
        self.max_listed = max_listed(n_inputs)

    def inputs_of(self, events: Events) -> Events:
        """Return the events that the time loops read."""
        return events

    def empty_spikes(self, n_samples: int, n_steps: int, raster: Array | None) -> Array:
        """Return an array for the spikes in the time loops: `raster`, if it has their layout."""
        return np.empty((n_samples, self.size, n_steps), np.uint8) if raster is None else raster

    def raster(self, spikes: Array, out: Array | None = None) -> Array:
        """Return the raster of all neurons. Write it to `out`, unless the spikes are there."""
        return spikes

    def unchanged(self, values: Array) -> Array:
        """Return the argument, because lanes are neurons. `Shared` has a method of each name."""
        return values

    table = fold = repeat = add_copies = of_channels = unchanged

    def synapses(self, weights: Array) -> Array:
        """Return the number of nonzero weights from each input to all neurons, (n_inputs,)."""
        return np.asarray(np.count_nonzero(weights, axis=1))

    def to_lanes(self, values: Array, dtype: DTypeLike, cost: Array | None = None) -> Array:
        """Turn values (n_samples, n, n_neurons), plus a cost of each sample, into panels."""
        return to_lanes(np.asarray(plus_cost(values, cost), dtype))

    def from_lanes(self, values: Array) -> Array:
        """Turn values (n_samples, n, n_lanes or more) into (n_samples, n, n_neurons)."""
        return values[..., : self.size]

    def input_gradient(
            self, dinputs: Array, weights: Array, previous: Any, cost: Array | None) -> Array:
        """Return the gradients of the spikes of the layer before, plus their cost, in panels.

        The gradients of the input currents, `dinputs`, are (n_samples, n_steps, n_lanes or more).
        """
        dspikes = self.from_lanes(dinputs) @ weights.T
        return np.asarray(previous.to_lanes(dspikes, dinputs.dtype, cost))


Layout = Dense | Shared


class _Values(NamedTuple):
    """Fields of `Layer`, without the default of the layout."""

    weights: Array
    intrinsics: dict[str, Array]
    recurrent: Array | None
    bias: Array | None
    layout: Layout


class Layer(_Values):
    """Weights and intrinsics of one layer.

    The spikes of a recurrent layer reach all its neurons one step later.

    Parameters
    ----------
    weights : ndarray of shape (n_inputs, n_neurons)
        Change of a neuron's input current by one input spike. With shared weights, the weights of
        the filters, (size, size, n_channels, n_filters).
    intrinsics : dict of str to ndarray of shape (n_neurons,)
        Values of the neuron's active intrinsics, in their own units (ms for time constants). With
        shared weights, one value for each filter.
    recurrent : ndarray of shape (n_neurons, n_neurons) or None, default=None
        Weights from each neuron (row) to each neuron of the layer. None: no recurrence.
    bias : ndarray of shape (n_neurons,) or None, default=None
        Constant input current of each neuron, or of each filter. None: no current.
    layout : object or None, default=None
        Connections of the neurons, and their places in memory. A `skspike.Convolution` has a
        layout with shared weights. None: all neurons have weights from all inputs.

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

    __slots__ = ()

    def __new__(
            cls, weights: Array, intrinsics: dict[str, Array], recurrent: Array | None = None,
            bias: Array | None = None, layout: Layout | None = None) -> Self:
        """Create a layer, with a dense layout by default."""
        return super().__new__(
            cls, weights, intrinsics, recurrent, bias, layout or Dense(*weights.shape))

    @property
    def size(self) -> int:
        """The number of neurons."""
        return self.layout.size

    @property
    def n_inputs(self) -> int:
        """The number of input channels."""
        return self.layout.n_inputs


@functools.lru_cache(maxsize=64)
def layouts(
        layers: tuple[int | Convolution, ...], input_shape: tuple[int, ...], n_delays: int = 1,
        per_channel: int = 1) -> tuple[Layout, ...]:
    """Return the layout of each layer.

    Parameters
    ----------
    layers : tuple of int or Convolution
        The layers. Convolutions come first.
    input_shape : tuple of int
        Number of channels of the input and, of images, their height and width.
    n_delays : int, default=1
        Number of delays at which each channel is presented.
    per_channel : int, default=1
        Number of inputs into which an encoder turns each channel.

    Returns
    -------
    layouts : tuple of Dense or Shared
        One for each layer. Inputs are numbered by delay, then channel, then row, then column, then
        input of the encoder.
    """
    shape = n_delays, *input_shape, per_channel
    inputs, found = np.arange(math.prod(shape)), list[Layout]()
    if len(input_shape) == 3:
        inputs = inputs.reshape(shape).transpose(2, 3, 0, 1, 4).reshape(*input_shape[1:], -1)
    for layer in layers:
        if isinstance(layer, Convolution):
            shared = Shared(layer, inputs, found[-1] if found else None)
            inputs = shared.numbers
            found.append(shared)
        else:
            found.append(Dense(found[-1].size if found else inputs.size, layer))
    return tuple(found)


class Reading(NamedTuple):
    """Readout filters in time as a matrix from spike counts to features.

    `filters`, (n_filters, n_segments), are constant in each segment of time. The segments lie
    between `bounds`, (n_segments + 1,), in steps.
    """

    bounds: Array
    filters: Array

    def features(self, counts: Array) -> Array:
        """Return features (n_samples, n_neurons * n_filters) of spike counts in each segment.

        The counts are (n_samples, n_segments, n_neurons).
        """
        return (counts.transpose(0, 2, 1) @ self.filters.T).reshape(len(counts), -1)

    def after(self, steps: Array, last: int) -> tuple[Array, Array]:
        """Return bounds that also divide the time after some steps, and the segment of each part.

        The last bound is the length of the samples, `last`. Raise if filters that vary in time are
        too short.
        """
        if len(self.bounds) > 2 and steps[-1] > self.bounds[-1]:
            raise ValueError(
                f"steps must be at most {self.bounds[-1]}, the number of steps in fit, because the "
                f"filters of the readout vary in time, got {steps[-1]}. Use readout='count' for "
                "longer samples.")
        bounds = np.unique([*self.bounds[self.bounds < last], *steps, last])
        return bounds, np.searchsorted(self.bounds[1:-1], bounds[:-1], side="right")

    def vjp(self, dfeatures: Array) -> Array:
        """Return the gradients of the counts, as in `features`, from those of the features."""
        each = dfeatures.reshape(len(dfeatures), -1, len(self.filters))
        return np.asarray((each @ self.filters).transpose(0, 2, 1))

    def deviations(self) -> Array:
        """Return the standard deviation of each feature for independent spikes.

        The unit is the standard deviation of a spike count. The value is 1 for a filter of zeros.
        """
        lengths = np.diff(self.bounds)
        found = np.sqrt(self.filters**2 @ lengths / lengths.sum())
        return np.where(found > 0, found, 1.0)


def read_by(readout: Any, n_steps: int, dt: float) -> Reading:
    """Return the `Reading` of a readout, or of the spike counts if it is None."""
    filters = np.ones((1, n_steps)) if readout is None else np.asarray(
        readout.filters(n_steps, dt), float)
    if filters.ndim != 2 or filters.shape[1] != n_steps or not np.isfinite(filters).all():
        wanted, name = f"finite numbers of shape (n_filters, {n_steps})", type(readout).__name__
        raise ValueError(
            f"{name}.filters must return {wanted}, got an array of shape {filters.shape}.")
    changes = np.flatnonzero((filters[:, 1:] != filters[:, :-1]).any(axis=0)) + 1
    bounds = np.array([0, *changes, n_steps])
    return Reading(bounds, filters[:, bounds[:-1]])
