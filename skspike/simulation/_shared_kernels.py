"""Kernels that list the inputs of blocks, and copy values between neurons and blocks."""

import numpy as np

from .._compile import kernel, scalar
from ._event_kernels import append_lists, count_bits

ONE_BIT, S6, S63 = np.uint64(1), np.uint64(6), np.uint64(63)


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


@kernel
def mark_spikes(trains, n_steps, order, words):
    """Set the bits of the channels that spike in each step: 64 channels in a word of a column.

    `trains` are flat rasters. The train of channel c of sample b has the place ``order[c]`` among
    the trains of the sample. `words` (n_samples, n_words, n_steps or more) are of zeros.
    """
    n_samples, n_channels = len(words), len(order)
    n_trains = len(trains) // (n_samples * n_steps)
    for b in range(n_samples):
        for c in range(n_channels):
            word, shift = words[b, c // 64], np.uint64(c % 64)
            train = trains[(b * n_trains + order[c]) * n_steps :]
            for t in range(n_steps):
                word[t] |= np.uint64(train[t]) << shift


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
def list_rows(
        rows, n_steps, source, marked, runs, channels, words, field, values, ptr, idx, val):
    """List the rows of each block in each step, from the lists of the channels in each step.

    Sample b has the lists of its blocks, one block after the other. If `marked` has samples, their
    bits are read in place of the lists. Working memory: `words` and `field` have one column for
    each list of a sample and of a block, with the bits of 64 channels or rows in a word. `values`
    (n_lists, n_channels) hold the values, if events have them. `idx` has UNROLLED extra places.
    """
    n_lists, n_blocks = n_steps + 1, len(channels)
    counts, no_limit = np.empty(n_lists, np.uint64), np.uint64(channels.shape[1])
    ptr[0] = 0
    for b in range(len(rows)):
        if len(marked):
            words = marked[b]
        else:
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
