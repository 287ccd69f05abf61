"""Kernels that count LZ76 words, for different lengths and alphabets."""

import numpy as np

from .._compile import kernel, scalar
from ._bits import LAST_BIT, NO_BITS, ONE_BIT, bit_width, n_words, pack, pack_symbols
from ._matching import count_by_matching, gram_size
from ._suffix_automaton import count_by_automaton, room_for

IN_REGISTERS = 128  # largest number of steps that two words of 64 bits hold


@scalar
def count_in_registers(train, bits):
    """Return the number of words of a train of at most 128 steps.

    Bit j of `open` is 1 if the steps up to j - 1 end with the word so far, so that step j may
    continue an earlier occurrence. Bit j of `past` is 1 for all steps before the current one.
    """
    low, high = bits[0], bits[1]
    open_low, open_high = NO_BITS, NO_BITS
    past_low, past_high = NO_BITS, NO_BITS
    words = 0
    ended = True
    for t in range(train.size):
        # keep the occurrences that continue with the same value
        like_low = open_low & (low if train[t] else ~low)
        like_high = open_high & (high if train[t] else ~high)
        past_high = (past_high << ONE_BIT) | (past_low >> LAST_BIT)
        past_low = (past_low << ONE_BIT) | ONE_BIT
        # without occurrences the word ends, and the next word may occur at any earlier step
        ended = (like_low | like_high) == NO_BITS
        words += ended
        open_high = past_high if ended else (like_high << ONE_BIT) | (like_low >> LAST_BIT)
        open_low = past_low if ended else like_low << ONE_BIT
    return words + (not ended)


@kernel
def count_short(trains):
    """Return the number of words of each row, a binary train of at most 128 steps."""
    counts = np.empty(trains.shape[0], np.int64)
    bits = np.empty(n_words(IN_REGISTERS), np.uint64)
    for i in range(trains.shape[0]):
        pack(trains[i], bits)
        counts[i] = count_in_registers(trains[i], bits)
    return counts


@scalar
def lookups(n_steps, width):
    """Return arrays for the chains of `count_by_matching`."""
    return np.empty(2 << gram_size(n_steps, width), np.int32), np.empty(n_steps, np.int32)


@scalar
def count_rows(series, n_symbols):
    """Return the number of words of each row, by matching or, if that is slow, by the automaton."""
    n_series, n_steps = series.shape
    width = bit_width(n_symbols)
    counts = np.empty(n_series, np.int64)
    bits = np.empty(n_words(n_steps * width), np.uint64)
    latest, older = lookups(n_steps, width)
    nodes, arcs = room_for(0, n_symbols)
    for i in range(n_series):
        if width == 1:
            pack(series[i], bits)
        else:
            pack_symbols(series[i], width, bits)
        counts[i] = count_by_matching(bits, n_steps, width, latest, older)
        if counts[i] < 0:
            if nodes.shape[0] <= n_steps:  # no room yet
                nodes, arcs = room_for(n_steps, n_symbols)
            counts[i] = count_by_automaton(series[i], n_symbols, nodes, arcs)
    return counts


@kernel
def count_trains(trains):
    """Return the number of words of each row, a binary train."""
    return count_rows(trains, 2)


@kernel
def count_series(series, n_symbols):
    """Return the number of words of each row, a series of symbols from 0 to n_symbols - 1."""
    return count_rows(series, n_symbols)
