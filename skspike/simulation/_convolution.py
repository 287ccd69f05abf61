"""Convolutional layers, and their layout as samples of a layer that the time loops run.

A *block* is a rectangle of neighbouring positions, so that its neurons, all filters at each of its
positions, fill a panel. All blocks have the same weights and coefficients, so a block is simulated
as a sample: it has its own lists of events, and its own states. Its inputs, the *rows* of the
weights, are the channels at the positions that its neurons receive, the *field* of the block, in
the order of the channels. Its neurons have the lanes

    lane = position * n_filters + filter

The weights of a lane are 0 in the rows that its neuron does not receive. Neighbouring channels are
neighbouring rows, in *runs* of a few rows each. So the bits of the channels that spike become bits
of rows by shifts, for many steps at once, and these become the lists of the block. An input channel
is connected to rows of one or several blocks, its *fan*.

Blocks at the edges may have positions outside the image. Their neurons are simulated and ignored.
"""

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .._base import SIZE_LIMITS, Array, check_image, check_number, kernel, scalar
from ._event_kernels import UNROLLED, append_lists, count_bits
from ._events import Events, Lists
from ._panels import WIDTH, aligned_empty, n_panels, plus_cost

COLUMNS = 8  # words in a vector
ONE_BIT, S6, S63 = np.uint64(1), np.uint64(6), np.uint64(63)


@dataclass(frozen=True)
class Convolution:
    """A layer of filters, each of which has a neuron at every position of an image.

    The neurons of a filter share their weights, their intrinsic parameters and their bias. Each
    receives a square of ``size`` times ``size`` positions of the input, with all channels of these
    positions. It is an entry of `hidden_layer_sizes` of a network.

    Parameters
    ----------
    n_filters : int
        Number of filters, at least 1. More filters detect more patterns and cost more time.
        Multiples of 16 up to 64, and multiples of 64, are fastest.
    size : int
        Height and width of a filter in positions, at least 1.
    stride : int, default=1
        Distance of neighbouring neurons in positions of the input, at least 1. With 2, the layer
        has a quarter of the neurons. Use it instead of pooling.
    padding : int, default=0
        Number of positions without input that are added on each side, less than `size`.
        ``size // 2`` with an odd size and a stride of 1 keeps the shape of the image.
    image_shape : tuple of (int, int) or (int, int, int), or None, default=None
        Shape of a sample as an image, (height, width) or (n_channels, height, width), which the
        first layer needs. None for later layers. Channel ``(c * height + y) * width + x`` of X is
        channel c of the image in row y and column x: rows of pixels for images with one channel,
        and the order of `skspike.io.from_tonic` for the polarities of an event camera. Move the
        channels of a colour image to the first axis before you flatten it. Delays and the inputs of
        an encoder are more channels of each position. Stored with the number of channels.

    Raises
    ------
    TypeError
        If a number is not an integer.
    ValueError
        If a parameter is out of its range.

    See Also
    --------
    SNNClassifier : Takes it in `hidden_layer_sizes`.

    Notes
    -----
    For an input of H rows, the layer has ``(H + 2 * padding - size) // stride + 1`` rows, and
    likewise columns. Its neurons are numbered by filter, then row, then column.

    References
    ----------
    .. [1] Y. LeCun et al., "Backpropagation applied to handwritten zip code recognition", Neural
        Computation 1, 1989.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skspike import Convolution, SNNClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> network = SNNClassifier(
    ...     (Convolution(8, size=3, image_shape=(8, 8)), 16), n_steps=10, max_iter=1,
    ...     random_state=0).fit(X[:200], y[:200])
    >>> network.weights_[0].shape, network.weights_[1].shape
    ((3, 3, 1, 8), (288, 16))
    """

    n_filters: int
    size: int
    stride: int = 1
    padding: int = 0
    image_shape: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        limits = dict.fromkeys(("n_filters", "size", "stride"), SIZE_LIMITS)
        limits["padding"] = {**SIZE_LIMITS, "low": 0}
        for name, limit in limits.items():
            number = check_number(getattr(self, name), f"{name} of Convolution", **limit)
            object.__setattr__(self, name, number)
        if self.padding >= self.size:
            raise ValueError(
                f"padding of Convolution must be less than size={self.size}, got {self.padding}, "
                "because neurons at the corners would have no input.")
        if self.image_shape is not None:
            object.__setattr__(self, "image_shape", (1, *check_image(self.image_shape))[-3:])

    def out_shape(self, height: int, width: int) -> tuple[int, int]:
        """Return the numbers of rows and columns of the layer.

        Parameters
        ----------
        height, width : int
            Rows and columns of the input.

        Returns
        -------
        height, width : int
            At most 0 if the filters are larger than the padded input.
        """
        rows, columns = (
            (length + 2 * self.padding - self.size) // self.stride + 1
            for length in (height, width))
        return rows, columns


class Shared:
    """Layout of a convolution: its connections, and the places of its neurons in blocks.

    It has the methods of `Dense`. A lane is a place in a block.

    Parameters
    ----------
    convolution : Convolution
        The layer.
    inputs : ndarray of shape (height, width, n_channels)
        Number of the input channel at each position.
    previous : Shared or None, default=None
        The layer whose neurons are the inputs.
    """

    by_step = True  # because a block has many rows, and each of them few spikes
    dense_share = 1.0  # no step is dense
    weight_axes = "row, column, channel and filter"

    def __init__(
            self, convolution: Convolution, inputs: Array, previous: Any = None):
        self.entry = self.convolution = convolution
        self.inputs, self.n_inputs, self.previous = inputs, inputs.size, previous
        height, width, n_channels = inputs.shape
        n, size, stride = convolution.n_filters, convolution.size, convolution.stride
        out = convolution.out_shape(height, width)
        self.shape = size, size, n_channels, n  # of the weights
        self.out_shape = n, *out
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
        self.n_simulated = self.neurons.size
        order = np.argsort(lanes, axis=None)
        self.order = order[-self.size :]  # behind the lanes without a neuron
        self.places = np.stack(np.divmod(self.order, self.n_lanes), axis=1)
        # number the rows in the order of their channels, which have equal distances
        down, right = ((np.roll(inputs, -1, axis) - inputs)[0, 0, 0] for axis in (0, 1))
        r, q = np.ix_(*map(np.arange, self.field))
        numbers = inputs[0, 0] + down * r[..., None] + right * q[..., None]
        self.in_order = np.argsort(numbers, axis=None)
        self.rank = np.argsort(self.in_order)
        self.channels = _channels(convolution, inputs, grid, self.block, self.field)[
            :, self.in_order]
        self.fan = _fans(self.channels, inputs.size)
        self.n_receivers, self.n_links = np.diff(self.fan[0]), len(self.fan[1])
        self.stream_tables, self.max_listed = (self.fan, self.neurons), inputs.size  # never dense
        self.runs = _runs(self.channels)
        if previous is not None:
            first = self.channels[:, self.rank[::n_channels]]  # at each position of a field
            self.fields = np.where(first[..., None] >= 0, previous.places[first], -1)

    def inputs_of(self, events: Events) -> Events:
        """Return the events of all blocks, as samples."""
        (rows, source), n_steps = events.unpacked(), events.n_steps
        most = count_rows(rows, n_steps + 1, source.ptr, source.idx, self.n_receivers)
        n_samples, weighted = len(rows) * self.n_blocks, events.weighted
        lists = Lists(
            np.empty(n_samples * (n_steps + 1) + 1, np.int64), np.empty(most + UNROLLED, np.int32),
            np.empty(most * weighted, source.val.dtype))
        # one column for each list, and an extra word that `copy_bits` reads
        width = -(-(n_steps + 1) // COLUMNS) * COLUMNS
        words, field = (
            np.empty((n // 64 + 2, width), np.uint64) for n in (self.n_inputs, self.n_rows))
        values = np.empty((n_steps + 1, self.n_inputs * weighted), source.val.dtype)
        list_rows(
            rows, n_steps + 1, tuple(source), self.runs, self.channels, words, field, values,
            *lists)
        lists = lists._replace(idx=lists.idx[:most])
        return Events(np.arange(n_samples), self.n_rows, n_steps, lists)

    def empty_spikes(self, n_samples: int, n_steps: int, raster: Array | None) -> Array:
        """Return an array for the spikes of blocks."""
        return np.empty((n_samples, self.n_lanes, n_steps), np.uint8)

    def table(self, weights: Array) -> Array:
        """Return the weights of a block, (n_rows, n_lanes), from weights of the filters."""
        shape = *self.field, weights.shape[2], *self.block, self.n_filters
        table = np.zeros(shape, weights.dtype)
        for view in self._positions(table):
            view[...] = weights
        return table.reshape(self.n_rows, self.n_lanes)[self.in_order]

    def fold(self, table: Array) -> Array:
        """Return the gradients of the weights of the filters from those of a block."""
        table = table[self.rank].reshape(*self.field, -1, *self.block, self.n_filters)
        return np.asarray(sum(self._positions(table)))

    def _positions(self, table: Array) -> list[Array]:
        """Return the views of the weights at each position of a block."""
        size, stride = self.convolution.size, self.convolution.stride
        return [
            table[i * stride : i * stride + size, j * stride : j * stride + size, :, i, j]
            for i, j in itertools.product(*map(range, self.block))]

    def synapses(self, weights: Array) -> Array:
        """Return the number of nonzero weights from each input to all neurons, (n_inputs,)."""
        is_neuron = self.neurons[:, : self.n_lanes] >= 0
        of_rows = is_neuron.astype(int) @ (self.table(weights) != 0).astype(int).T
        inside = self.channels >= 0
        return np.bincount(self.channels[inside], of_rows[inside], self.n_inputs).astype(int)

    def of_channels(self, values: Array) -> Array:
        """Return the mean over positions of values of the inputs, for each channel."""
        return np.asarray(values[self.inputs].mean(axis=(0, 1)))

    def repeat(self, values: Array) -> Array:
        """Return values of the filters, (n_quantities, n_filters), for all lanes."""
        return np.tile(values, self.n_copies)

    def add_copies(self, values: Array) -> Array:
        """Return the sums over positions of values (n_quantities, n_lanes), for each filter."""
        return np.asarray(values.reshape(len(values), self.n_copies, self.n_filters).sum(axis=1))

    def to_lanes(self, values: Array, dtype: DTypeLike, cost: Array | None = None) -> Array:
        """Turn (n_samples, n, n_neurons) into (n_samples * n_blocks, n, n_panels, WIDTH)."""
        values = np.asarray(plus_cost(values, cost), dtype)
        n_samples, n, _ = values.shape
        n_blocks, n_lanes = self.neurons.shape
        blocks = aligned_empty((n_samples, n_blocks, n, n_lanes), dtype)
        to_blocks(values, self.neurons, blocks)
        return blocks.reshape(n_samples * n_blocks, n, -1, WIDTH)

    def from_lanes(self, blocks: Array) -> Array:
        """Turn (n_samples * n_blocks, n, n_lanes or more) into (n_samples, n, n_neurons)."""
        _, n, n_lanes = blocks.shape
        blocks = blocks.reshape(-1, self.n_blocks, n, n_lanes)
        values = np.empty((len(blocks), n, self.size), blocks.dtype)
        from_blocks(blocks, self.places, values)
        return values

    def raster(self, blocks: Array, out: Array | None = None) -> Array:
        """Turn spikes (n_samples * n_blocks, n_lanes, n_steps) into a raster of all neurons."""
        n_steps = blocks.shape[2]
        blocks = blocks.reshape(-1, self.n_blocks * self.n_lanes, n_steps)
        return np.take(blocks, self.order, axis=1, out=out, mode="clip")

    def input_gradient(
            self, dinputs: Array, weights: Array, previous: Any, cost: Array | None) -> Array:
        """Return the gradients of the spikes of the layer before, in its blocks."""
        n_steps, n_lanes = dinputs.shape[1:]
        table = np.zeros((self.n_rows, n_lanes), weights.dtype)
        table[:, : self.n_lanes] = self.table(weights)[self.rank]  # by position, then channel
        by_sample = dinputs.reshape(-1, self.n_blocks * n_steps, n_lanes)
        n_samples, (n_blocks, width) = len(by_sample), previous.neurons.shape
        blocks = aligned_empty((n_samples, n_blocks, n_steps, width), weights.dtype)
        blocks[:] = 0
        drows = aligned_empty((self.n_blocks * n_steps, self.n_rows), weights.dtype)
        for b in range(n_samples):
            np.matmul(by_sample[b], table.T, out=drows)
            add_fields(
                drows.reshape(self.n_blocks, n_steps, -1), self.fields, self.shape[2], blocks[b])
        if cost is not None:  # only neurons inside the image have it
            blocks += cost[:, None, None, None] * (previous.neurons >= 0)[:, None]
        return blocks.reshape(n_samples * n_blocks, n_steps, -1, WIDTH)


def _block_shape(
        out: tuple[int, int], n_filters: int, stride: int, size: int) -> tuple[int, int]:
    """Return the rows and columns of a block: few blocks first, and then a small field."""
    most = max(WIDTH // n_filters, 1)
    shapes = [
        (rows, min(most // rows, out[1])) for rows in range(1, min(most, out[0]) + 1)]

    def cost(shape: tuple[int, int]) -> tuple[int, int]:
        n_blocks = math.prod(-(-length // side) for length, side in zip(out, shape, strict=True))
        return n_blocks, math.prod(size + (side - 1) * stride for side in shape)

    return min(shapes, key=cost)


def _channels(
        convolution: Convolution, inputs: Array, grid: tuple[int, ...], block: tuple[int, int],
        field: tuple[int, ...]) -> Array:
    """Return the channel at each position of each field, -1 outside the image."""
    height, width, n_channels = inputs.shape
    stride, padding = convolution.stride, convolution.padding
    i, j, r, q, c = np.ix_(*map(np.arange, (*grid, *field, n_channels)))
    y, x = i * block[0] * stride - padding + r, j * block[1] * stride - padding + q
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    y, x = y.clip(0, height - 1), x.clip(0, width - 1)
    return np.where(inside, inputs[y, x, c], -1).reshape(math.prod(grid), -1).astype(np.int32)


def _fans(channels: Array, n_inputs: int) -> tuple[Array, Array, Array]:
    """Return the fan of each input channel: pointers, blocks and rows."""
    blocks, rows = np.nonzero(channels >= 0)
    order = np.argsort(channels[blocks, rows], kind="stable")
    ptr = np.searchsorted(channels[blocks, rows][order], np.arange(n_inputs + 1))
    return ptr, blocks[order].astype(np.int32), rows[order].astype(np.int32)


def _runs(channels: Array) -> tuple[Array, Array, Array, Array]:
    """Return the runs of neighbouring rows with neighbouring channels, in at most 64 rows.

    These are a pointer for each block, and the first channel, the first row and the mask of each
    run.
    """
    blocks, rows = np.nonzero(channels >= 0)
    found = channels[blocks, rows]
    is_first = np.ones(len(found), bool)
    is_first[1:] = (
        (blocks[1:] > blocks[:-1]) | (rows[1:] != rows[:-1] + 1) | (found[1:] != found[:-1] + 1))
    # split long runs
    places = np.arange(len(found))
    is_first |= (places - np.maximum.accumulate(np.where(is_first, places, 0))) % 64 == 0
    first = np.flatnonzero(is_first)
    lengths = np.diff(np.append(first, len(found)))
    masks = ~np.uint64(0) >> (64 - lengths).astype(np.uint64)
    ptr = np.searchsorted(blocks[first], np.arange(len(channels) + 1))
    return ptr, found[first].astype(np.uint64), rows[first].astype(np.uint64), masks


@kernel
def count_rows(rows, n_lists, ptr, idx, n_receivers):
    """Return the length of the lists of all blocks. A channel has `n_receivers` rows."""
    n = 0
    for b in range(len(rows)):
        for e in range(ptr[rows[b] * n_lists], ptr[(rows[b] + 1) * n_lists]):
            n += n_receivers[np.uint64(idx[e])]
    return n


@scalar
def copy_bits(source, target, first, place, mask):
    """Copy a run of at most 64 bits of each column, from bit `first` to bit `place`."""
    a, shift, b, other = first >> S6, first & S63, place >> S6, place & S63
    low, high, below, above = source[a], source[a + ONE_BIT], target[b], target[b + ONE_BIT]
    for t in range(len(low)):
        bits = (low[t] >> shift | high[t] << ONE_BIT << (S63 - shift)) & mask
        below[t] |= bits << other
        above[t] |= bits >> ONE_BIT >> (S63 - other)


@scalar
def mark_channels(source, start, words, n_lists, values):
    """Set the bits of the channels in some lists, from number `start` on, and copy their values."""
    ptr, idx, val = source
    words[:] = 0
    for t in range(n_lists):
        for e in range(ptr[start + t], ptr[start + t + 1]):
            c = np.uint64(idx[e])
            words[c >> S6, t] |= ONE_BIT << (c & S63)
            if len(val):
                values[t, c] = val[e]


@kernel
def list_rows(rows, n_lists, source, runs, channels, words, field, values, ptr, idx, val):
    """List the rows of each block in each step, from the lists of the channels in each step.

    Sample b has the lists of its blocks, one block after the other. Working memory: `words` and
    `field` have one column for each list of a sample and of a block, with the bits of 64 channels
    or rows in a word. `values` (n_lists, n_channels) hold the values, if events have them. `idx`
    has UNROLLED extra places.
    """
    n_blocks = len(channels)
    counts, no_limit = np.empty(n_lists, np.uint64), np.uint64(channels.shape[1])
    ptr[0] = 0
    for b in range(len(rows)):
        mark_channels(source, rows[b] * n_lists, words, n_lists, values)
        for block in range(n_blocks):
            # copy the bits of the rows
            field[:] = 0
            for k in range(runs[0][block], runs[0][block + 1]):
                copy_bits(words, field, runs[1][k], runs[2][k], runs[3][k])
            # list the rows
            start = (b * n_blocks + block) * n_lists
            count_bits(field, counts)
            append_lists(field, counts, no_limit, 0, ptr, idx, start)
            if values.shape[1]:
                for t in range(n_lists):
                    for e in range(ptr[start + t], ptr[start + t + 1]):
                        val[e] = values[t, channels[block, idx[e]]]


@kernel
def add_fields(drows, fields, n_channels, blocks):
    """Add the gradients of the rows of a sample to the gradients of the previous layer.

    `drows` are (n_blocks, n_steps, n_rows), `blocks` (n_blocks of the previous layer, n_steps,
    n_lanes). `fields` (n_blocks, n_positions, 2) has the block and the first lane of each position
    of a field, or -1 outside the image.
    """
    for k in range(len(drows)):
        for i in range(fields.shape[1]):
            if fields[k, i, 0] >= 0:
                block, lane = np.uint64(fields[k, i, 0]), np.uint64(fields[k, i, 1])
                row = np.uint64(i * n_channels)
                for t in range(drows.shape[1]):
                    terms, sums = drows[k, t, row:], blocks[block, t, lane:]
                    for c in range(n_channels):
                        sums[c] += terms[c]


@kernel
def to_blocks(values, neurons, blocks):
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
def from_blocks(blocks, places, values):
    """Undo `to_blocks`. `places` (n_neurons, 2) are the block and the lane of each neuron."""
    for b in range(len(values)):
        for t in range(values.shape[1]):
            target = values[b, t]
            for i in range(len(places)):
                target[i] = blocks[b, np.uint64(places[i, 0]), t, np.uint64(places[i, 1])]
