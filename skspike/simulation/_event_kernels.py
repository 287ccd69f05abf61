"""Kernels that make and change lists of events."""

import numpy as np

from .._base import (
    clear_lowest, count_ones, draw, kernel, key_words, no_arrays, pack_words, row_key, scalar,
    stack_array, trailing_zeros)
from ._panels import N_PATTERNS

UNROLLED = 8  # positions that are written at a time, to avoid a branch for each of them
BLOCK = 32  # steps that are packed at a time
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
FEW_LISTS = 16  # with fewer dense channels of a sample, the sums of patterns of steps take too long


@scalar
def count_bits(words, counts):
    """Count the bits in each column of some words."""
    counts[:] = 0
    for k in range(len(words)):
        for t in range(len(counts)):
            counts[t] += count_ones(words[k, t])


@scalar
def append_lists(words, counts, max_listed, n_rows, ptr, codes, start):
    """Write one list for each column of `words`, from number `start` on.

    It has the positions of the bits or, if their count is more than `max_listed`, the codes of
    their patterns, from `n_rows` on. Return whether any list has patterns.
    """
    n, any_dense = np.uint64(ptr[start]), False
    for t in range(len(counts)):
        is_dense = counts[t] > max_listed
        any_dense |= is_dense
        for k in range(len(words)):
            word = words[k, t]
            if is_dense:
                pattern = n_rows + 16 * N_PATTERNS * k - 1
                for _ in range(16):
                    codes[n] = pattern + np.int64(word & np.uint64(15))
                    n += np.uint64((word & np.uint64(15)) != np.uint64(0))
                    word >>= np.uint64(4)
                    pattern += N_PATTERNS
            else:
                base, stop = np.uint64(64 * k), n + count_ones(word)
                while True:  # also without any bit, to avoid a branch
                    for j in range(UNROLLED):
                        codes[n + np.uint64(j)] = base + trailing_zeros(word)
                        word = clear_lowest(word)
                    n += np.uint64(UNROLLED)
                    if n >= stop:
                        break
                n = stop
        ptr[start + t + 1] = n
    return any_dense


@kernel
@no_arrays
def list_by_step(raster, n_channels, max_listed, words, ptr, codes):
    """List the channels that spike in each step of each sample. Return whether a step is dense.

    The `raster` is flat. Steps with more than `max_listed` spikes are dense. Working memory are
    `words` (n_words + 1, n_steps), the bits of 64 channels in a word, and the counts. `codes` has
    UNROLLED extra places.
    """
    n_steps, any_dense = words.shape[1], False
    words, counts = words[:-1], words[-1]
    limit, starts = np.uint64(max_listed), stack_array(64, np.uint64(0))
    for b in range((len(ptr) - 1) // (n_steps + 1)):
        for k in range(len(words)):
            # pack the bits of 64 channels
            for j in range(64):
                c = min(64 * k + j, n_channels - 1)
                starts[j] = np.uint64((b * n_channels + c) * n_steps)
            if n_steps < BLOCK:
                for t in range(n_steps):
                    word = np.uint64(0)
                    for j in range(64):
                        word |= np.uint64(raster[starts[j] + np.uint64(t)]) << np.uint64(j)
                    words[k, t] = word
            else:  # the last block overlaps the one before
                for first in range(0, n_steps, BLOCK):
                    t = np.uint64(min(first, n_steps - BLOCK))
                    pack_words(words, np.uint64(k * n_steps) + t, raster, starts, t)
            # clear the bits after the last channel
            valid = ALL >> np.uint64(max(64 * k + 64 - n_channels, 0))
            for t in range(n_steps):
                words[k, t] &= valid
        start = b * (n_steps + 1)
        count_bits(words, counts)
        any_dense |= append_lists(words, counts, limit, n_channels, ptr, codes, start)
        ptr[start + n_steps + 1] = ptr[start + n_steps]
    return any_dense


@kernel
@no_arrays
def list_by_channel(source, n_steps, max_listed, words, counts, ptr, codes):
    """List the steps in which each channel spikes. Return whether lists name patterns.

    `source` are lists of the channels in each step, and patterns of them. The lists of a sample
    name patterns if they have more than `max_listed` spikes and are at least FEW_LISTS. Working
    memory are `words` (n_words, n_channels), the bits of 64 steps in a word, and `counts`
    (n_channels,). `codes` has UNROLLED extra places.
    """
    source_ptr, source_codes, _ = source
    n_channels, any_dense = words.shape[1], False
    for b in range((len(ptr) - 1) // n_channels):
        words[:] = 0
        for t in range(n_steps):
            word, place = words[t // 64], np.uint64(t % 64)
            k = b * (n_steps + 1) + t
            for e in range(source_ptr[k], source_ptr[k + 1]):
                c = np.int64(source_codes[e])
                if c < n_channels:
                    word[c] |= np.uint64(1) << place
                else:
                    pattern = np.uint64((c - n_channels) % N_PATTERNS + 1)
                    c = (c - n_channels) // N_PATTERNS * 4
                    for j in range(min(4, n_channels - c)):
                        word[c + j] |= (pattern >> np.uint64(j) & np.uint64(1)) << place
        count_bits(words, counts)
        n_busy = 0
        for c in range(n_channels):
            n_busy += counts[c] > max_listed
        limit = max_listed if n_busy >= FEW_LISTS else np.uint64(n_steps)
        any_dense |= append_lists(words, counts, limit, n_steps + 1, ptr, codes, b * n_channels)
    return any_dense


@kernel
@no_arrays
def pack(ptr, codes, val, dense, n_rows):
    """Replace indices in dense lists by codes of patterns, in place. Return the total length."""
    n, start = 0, 0
    for k in range(len(dense)):
        stop, last = ptr[k + 1], -1
        ptr[k] = n
        for e in range(start, stop):
            four, bit = codes[e] // 4, 1 << codes[e] % 4
            if dense[k] and four == last:
                codes[n - 1] += bit
            else:
                codes[n] = n_rows + N_PATTERNS * four + bit - 1 if dense[k] else codes[e]
                if len(val):
                    val[n] = val[e]
                n, last = n + 1, four
        start = stop
    ptr[-1] = n
    return n


@kernel
@no_arrays
def unpack(source, rows, n_lists, n_rows, ptr, idx, val):
    """Replace the patterns in the lists of some samples, from `n_rows` on, by their indices.

    A sample has `n_lists`. Return the number of indices.
    """
    source_ptr, source_codes, source_val = source
    n = 0
    for b in range(len(rows)):
        for t in range(n_lists):
            k = rows[b] * n_lists + t
            for e in range(source_ptr[k], source_ptr[k + 1]):
                index, pattern = np.int64(source_codes[e]), np.uint64(1)
                if index >= n_rows:
                    pattern = np.uint64((index - n_rows) % N_PATTERNS + 1)
                    index = (index - n_rows) // N_PATTERNS * 4
                while pattern != np.uint64(0):
                    idx[n] = index + np.int64(trailing_zeros(pattern))
                    if len(val):
                        val[n] = source_val[e]
                    pattern = clear_lowest(pattern)
                    n += 1
            ptr[b * n_lists + t + 1] = n
    return n


@kernel
@no_arrays
def list_currents(currents, n_steps, ptr, idx, val):
    """List the channels with currents that are not 0, in the extra step. Return their number.

    `idx` and `val` have an extra place.
    """
    n = np.uint64(0)
    for b in range(len(currents)):
        ptr[b * (n_steps + 1) : (b + 1) * (n_steps + 1)] = n
        for c in range(currents.shape[1]):
            current = currents[b, c]
            idx[n], val[n] = c, current
            n += np.uint64(current != 0)
    ptr[-1] = n
    return n


@kernel
@no_arrays
def fill_raster(source, rows, raster):
    """Write the spikes of some samples, or their values, to a raster of zeros."""
    ptr, idx, val = source
    for b in range(len(rows)):
        first = rows[b] * (raster.shape[2] + 1)
        for t in range(raster.shape[2]):
            for e in range(ptr[first + t], ptr[first + t + 1]):
                raster[b, idx[e], t] = val[e] if len(val) else 1


@kernel
@no_arrays
def fill_keys(seed, epoch, numbers, listed, rows, n_lists, keys):
    """Write the keys of some samples, from their numbers. Return the number of their events.

    `listed` are the starts of all lists, `rows` the samples in them, which have `n_lists` each.
    """
    n = 0
    for b in range(len(rows)):
        keys[b] = row_key(seed, epoch, numbers[b])
        n += listed[(rows[b] + 1) * n_lists] - listed[rows[b] * n_lists]
    return n


@kernel
@no_arrays
def drop(source, rows, n_lists, keys, units, whole, below, scale, ptr, idx, val):
    """List the events whose random bits reach a level, with their values times a scale.

    The 32 random bits of an event depend on the key of its sample, the unit of its channel and,
    unless `whole`, its step. The level is `below`. Return the number of events.
    """
    source_ptr, source_idx, source_val = source
    n = np.uint64(0)
    for b in range(len(rows)):
        for t in range(n_lists):
            low, high = key_words(keys[b], n_lists if whole else t + 1)
            k = rows[b] * n_lists + t
            for e in range(np.uint64(source_ptr[k]), np.uint64(source_ptr[k + 1])):
                # the next event overwrites this one, unless it is kept
                idx[n] = source_idx[e]
                val[n] = scale * source_val[e] if len(source_val) else scale
                n += np.uint64(draw(units[np.uint64(source_idx[e])], low, high) >= below)
            ptr[b * n_lists + t + 1] = n
    return n
