"""Layers with shared weights, as samples of a layer that the time loops run.

A *block* is a rectangle of neighbouring positions, so that its neurons, all filters at each of its
positions, fill a panel. All blocks have the same weights and coefficients, so a block is simulated
as a sample: it has its own lists of events, and its own states. Its inputs, the *rows* of the
weights, are the positions that its neurons receive:

    row = (r * columns of the field + q) * n_channels + channel      at (r, q) of the field
    lane = position * n_filters + filter                             of the neurons

The weights of a lane are 0 in the rows that its neuron does not receive. An input channel is
connected to rows of one or several blocks, its *fan*. The fans turn lists of channels into lists of
rows, and gradients of rows into gradients of channels.

Blocks at the edges may have positions outside the image. Their neurons are simulated and ignored.
"""

import functools
import itertools
import math
from typing import Any

import numpy as np

from .._compile import kernel
from .._utils import Array
from ._convolution import Convolution
from ._events import Events, Lists
from ._layout import WIDTH, n_panels, scratch


@kernel
def _list_rows(rows, n_steps, source, fan, place, ptr, idx, val):
    """List the rows of each block in each step, from the lists of the channels in each step.

    Sample b has the lists of its blocks, one block after the other. `place` (n_steps + 1, n_blocks)
    is working memory.
    """
    source_ptr, source_idx, source_val = source
    fan_ptr, fan_block, fan_row = fan
    n, n_blocks, one = np.int64(0), place.shape[1], np.uint64(1)
    for b in range(len(rows)):
        first = np.uint64(rows[b] * (n_steps + 1))
        # count the events of each list
        place[:] = 0
        for t in range(n_steps + 1):
            counts, k = place[t], first + np.uint64(t)
            for e in range(np.uint64(source_ptr[k]), np.uint64(source_ptr[k + one])):
                c = np.uint64(source_idx[e])
                for f in range(np.uint64(fan_ptr[c]), np.uint64(fan_ptr[c + one])):
                    counts[np.uint64(fan_block[f])] += 1
        # compute where each list begins
        k = np.uint64(b * n_blocks * (n_steps + 1))
        for block in range(n_blocks):
            for t in range(n_steps + 1):
                count = place[t, block]
                ptr[k] = place[t, block] = n
                n += count
                k += one
        # write the events
        for t in range(n_steps + 1):
            places, k = place[t], first + np.uint64(t)
            for e in range(np.uint64(source_ptr[k]), np.uint64(source_ptr[k + one])):
                c = np.uint64(source_idx[e])
                for f in range(np.uint64(fan_ptr[c]), np.uint64(fan_ptr[c + one])):
                    block = np.uint64(fan_block[f])
                    i = np.uint64(places[block])
                    places[block] += 1
                    idx[i] = fan_row[f]
                    if len(source_val):
                        val[i] = source_val[e]
    ptr[-1] = n


@kernel
def _sum_fans(drows, fan, dchannels):
    """Add the gradients of rows, (n_rows, n_samples, n_blocks, n_steps), over each channel's fan.

    They are added to `dchannels` (n_samples, n_channels, n_steps).
    """
    fan_ptr, fan_block, fan_row = fan
    for b in range(len(dchannels)):
        for c in range(dchannels.shape[1]):
            sums = dchannels[b, c]
            for f in range(np.uint64(fan_ptr[c]), np.uint64(fan_ptr[c + 1])):
                terms = drows[np.uint64(fan_row[f]), b, np.uint64(fan_block[f])]
                for t in range(len(sums)):
                    sums[t] += terms[t]


@kernel
def _to_blocks(values, neurons, blocks):
    """Copy values (n_samples, n, n_neurons) to blocks (n_samples, n_blocks, n, n_lanes).

    `neurons` (n_blocks, n_lanes) are the neurons, or -1 for lanes without one, which get 0.
    """
    zero = values.dtype.type(0)
    for b in range(len(values)):
        for k in range(len(neurons)):
            for t in range(values.shape[1]):
                source, target = values[b, t], blocks[b, k, t]
                for lane in range(neurons.shape[1]):
                    i = neurons[k, lane]
                    target[lane] = source[np.uint64(i)] if i >= 0 else zero


@kernel
def _from_blocks(blocks, places, values):
    """Undo `_to_blocks`. `places` (n_neurons, 2) are the block and the lane of each neuron."""
    for b in range(len(values)):
        for t in range(values.shape[1]):
            target = values[b, t]
            for i in range(len(places)):
                target[i] = blocks[b, np.uint64(places[i, 0]), t, np.uint64(places[i, 1])]


class Sharing:
    """Connections of the neurons of a convolution, and their places in blocks.

    Parameters
    ----------
    convolution : Convolution
        The layer.
    inputs : ndarray of shape (height, width, n_channels)
        Number of the input channel at each position.
    """

    def __init__(self, convolution: Convolution, inputs: Array):
        self.convolution, self.inputs, self.n_inputs = convolution, inputs, inputs.size
        height, width, n_channels = inputs.shape
        n, size, stride = convolution.n_filters, convolution.size, convolution.stride
        out = convolution.out_shape(height, width)
        self.shape = size, size, n_channels, n  # of the weights
        self.n_filters, self.n_positions, self.size = n, math.prod(out), n * math.prod(out)
        # neurons are numbered by filter, then row, then column
        self.numbers = np.arange(self.size).reshape(n, *out).transpose(1, 2, 0)
        # choose the blocks
        self.block = _block_shape(out, n, stride, size)
        grid = tuple(-(-length // side) for length, side in zip(out, self.block, strict=True))
        self.field = tuple(size + (side - 1) * stride for side in self.block)
        self.n_blocks, self.n_copies = math.prod(grid), math.prod(self.block)
        self.n_lanes = self.n_copies * n
        self.n_rows = math.prod(self.field) * n_channels
        # the neuron of each lane, and the place of each neuron
        padded = np.full((*(g * side for g, side in zip(grid, self.block, strict=True)), n), -1)
        padded[: out[0], : out[1]] = self.numbers
        padded = padded.reshape(grid[0], self.block[0], grid[1], self.block[1], n)
        lanes = padded.transpose(0, 2, 1, 3, 4).reshape(self.n_blocks, self.n_lanes)
        self.neurons = np.full((self.n_blocks, n_panels(self.n_lanes) * WIDTH), -1)
        self.neurons[:, : self.n_lanes] = lanes
        order = np.argsort(lanes, axis=None)
        self.order = order[-self.size :]  # behind the lanes without a neuron
        self.places = np.stack(np.divmod(self.order, self.n_lanes), axis=1)
        self.fan = _fans(convolution, inputs, grid, self.block, self.field)

    def events(self, events: Events) -> Events:
        """Return the events of all blocks, as samples."""
        events = events.spikes_only()
        n_blocks, n_steps, source = self.n_blocks, events.n_steps, events.by_step
        starts, stops = events.ranges()
        in_fan = np.diff(self.fan[0])
        whole = len(starts) and stops[-1] - starts[0] == (stops - starts).sum()
        listed = source.idx[starts[0] : stops[-1]] if whole else np.concatenate(
            [source.idx[start:stop] for start, stop in zip(starts, stops, strict=True)])
        n_listed = int(in_fan[listed].sum())
        ptr = np.empty(len(starts) * n_blocks * (n_steps + 1) + 1, np.int64)
        lists = Lists(
            ptr, np.empty(n_listed, np.int32),
            np.empty(n_listed if len(source.val) else 0, source.val.dtype))
        place = np.empty((n_steps + 1, n_blocks), np.int64)
        _list_rows(events.rows, n_steps, tuple(source), self.fan, place, *lists)
        return Events(np.arange(len(starts) * n_blocks), self.n_rows, n_steps, lists)

    def table(self, weights: Array) -> Array:
        """Return the weights of a block, (n_rows, n_lanes), from weights of the filters."""
        shape = *self.field, weights.shape[2], *self.block, self.n_filters
        table = np.zeros(shape, weights.dtype)
        for part in self._parts(table):
            part[...] = weights
        return table.reshape(self.n_rows, self.n_lanes)

    def fold(self, table: Array) -> Array:
        """Return the gradients of the weights of the filters from those of a block."""
        table = table.reshape(*self.field, -1, *self.block, self.n_filters)
        return sum(self._parts(table))

    def _parts(self, table):
        """Return the views of the weights at each position of a block."""
        size, stride = self.convolution.size, self.convolution.stride
        return [
            table[i * stride : i * stride + size, j * stride : j * stride + size, :, i, j]
            for i, j in itertools.product(*map(range, self.block))]

    def synapses(self, weights: Array) -> Array:
        """Return the number of nonzero weights from each input to all neurons, (n_inputs,)."""
        is_neuron = self.neurons[:, : self.n_lanes] >= 0
        of_rows = is_neuron.astype(int) @ (self.table(weights) != 0).astype(int).T
        ptr, blocks, rows = self.fan
        channels = np.repeat(np.arange(self.n_inputs), np.diff(ptr))
        found = np.bincount(channels, of_rows[blocks, rows], self.n_inputs)
        return found.astype(int)

    def repeat(self, values: Array) -> Array:
        """Return values of the filters, (n_quantities, n_filters), for all lanes."""
        return np.tile(values, self.n_copies)

    def add_copies(self, values: Array) -> Array:
        """Return the sums over positions of values (n_quantities, n_lanes), for each filter."""
        return values.reshape(len(values), self.n_copies, self.n_filters).sum(axis=1)

    def per_filter(self, values: Array) -> Array:
        """Return values of all neurons, (n_neurons,), as (n_filters, n_positions)."""
        return values.reshape(self.n_filters, self.n_positions)

    def to_blocks(self, values: Array) -> Array:
        """Turn (n_samples, n, n_neurons) into (n_samples * n_blocks, n, n_panels, WIDTH)."""
        n_samples, n, _ = values.shape
        n_blocks, n_lanes = self.neurons.shape
        blocks = scratch((n_samples, n_blocks, n, n_lanes), values.dtype)
        _to_blocks(values, self.neurons, blocks)
        return blocks.reshape(n_samples * n_blocks, n, -1, WIDTH)

    def from_blocks(self, blocks: Array) -> Array:
        """Turn (n_samples * n_blocks, n, n_lanes or more) into (n_samples, n, n_neurons)."""
        _, n, n_lanes = blocks.shape
        blocks = blocks.reshape(-1, self.n_blocks, n, n_lanes)
        values = np.empty((len(blocks), n, self.size), blocks.dtype)
        _from_blocks(blocks, self.places, values)
        return values

    def rasters(self, blocks: Array, out: Array | None = None) -> Array:
        """Turn rasters (n_samples * n_blocks, n_lanes, n_steps) into those of all neurons."""
        n_steps = blocks.shape[2]
        blocks = blocks.reshape(-1, self.n_blocks * self.n_lanes, n_steps)
        return np.take(blocks, self.order, axis=1, out=out, mode="clip")

    def input_gradient(self, dinputs: Array, weights: Array) -> Array:
        """Return the gradients of the inputs from the gradients of the input currents of blocks.

        These are (n_samples * n_blocks, n_steps, n_lanes or more). The result is (n_samples,
        n_steps, n_inputs).
        """
        n, n_steps, n_lanes = dinputs.shape
        table = np.zeros((self.n_rows, n_lanes), weights.dtype)
        table[:, : self.n_lanes] = self.table(weights)
        drows = scratch((self.n_rows, n * n_steps), weights.dtype)
        np.matmul(table, dinputs.reshape(-1, n_lanes).T, out=drows)
        dchannels = np.zeros((n // self.n_blocks, self.n_inputs, n_steps), drows.dtype)
        _sum_fans(drows.reshape(self.n_rows, -1, self.n_blocks, n_steps), self.fan, dchannels)
        return dchannels.swapaxes(1, 2)


def _block_shape(out, n_filters, stride, size):
    """Return the rows and columns of a block: few blocks first, and then a small field."""
    most = max(WIDTH // n_filters, 1)
    shapes = [
        (rows, min(most // rows, out[1])) for rows in range(1, min(most, out[0]) + 1)]

    def cost(shape):
        n_blocks = math.prod(-(-length // side) for length, side in zip(out, shape, strict=True))
        return n_blocks, math.prod(size + (side - 1) * stride for side in shape)

    return min(shapes, key=cost)


def _fans(convolution, inputs, grid, block, field):
    """Return the fan of each input channel: pointers, blocks and rows."""
    height, width, n_channels = inputs.shape
    stride, padding = convolution.stride, convolution.padding
    i, j, r, q, c = np.ix_(*map(np.arange, (*grid, *field, n_channels)))
    y, x = i * block[0] * stride - padding + r, j * block[1] * stride - padding + q
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width) & (c >= 0)
    y, x = y.clip(0, height - 1), x.clip(0, width - 1)
    channels, blocks, rows = (
        np.broadcast_to(array, inside.shape)[inside] for array in (
            inputs[y, x, c], i * grid[1] + j, (r * field[1] + q) * n_channels + c))
    order = np.argsort(channels, kind="stable")
    ptr = np.searchsorted(channels[order], np.arange(inputs.size + 1))
    return ptr, blocks[order].astype(np.int32), rows[order].astype(np.int32)


@functools.lru_cache(maxsize=64)
def sharings(
        layers: tuple[int | Convolution, ...], image_shape: tuple[int, int, int],
        n_delays: int = 1, per_channel: int = 1) -> tuple[Any, ...]:
    """Return the `Sharing` of each layer, None if it is a number of neurons.

    Parameters
    ----------
    layers : tuple of int or Convolution
        The layers. Convolutions come first.
    image_shape : tuple of (int, int, int)
        Number of channels, height and width of the input.
    n_delays : int, default=1
        Number of delays at which each channel is presented.
    per_channel : int, default=1
        Number of inputs into which an encoder turns each channel.

    Returns
    -------
    sharings : tuple of Sharing or None
        One for each layer. Inputs are numbered by delay, then channel, then row, then column, then
        input of the encoder.
    """
    shape = n_delays, *image_shape, per_channel
    inputs = np.arange(math.prod(shape)).reshape(shape).transpose(2, 3, 0, 1, 4)
    inputs = inputs.reshape(*image_shape[1:], -1)
    found: list[Any] = []
    for layer in layers:
        if not isinstance(layer, Convolution):
            return (*found, *[None] * (len(layers) - len(found)))
        found.append(Sharing(layer, inputs))
        inputs = found[-1].numbers
    return tuple(found)
