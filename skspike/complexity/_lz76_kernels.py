"""Kernels that count LZ76 words, for different lengths and alphabets.

Series are packed into bits, so that any 64 consecutive bits can be read at once. The symbol at step
t is stored in `width` bits, from bit t * width on. In a binary train, `width` is 1. Zeros follow
the last symbol. Bit b is bit b % 64 of word b // 64.

Trains of up to 128 steps are matched in two registers. In others, the earlier occurrences of the
first bits of each word are looked up. The word from step i on is the longest text that also starts
at some step j < i, plus one step. A gram is a pattern of `size` bits. All steps j with the same
gram form a chain, latest first, and each is compared with step i, 64 bits at a time. Two rules keep
the number of comparisons low:

- A run of equal symbols enters its chain once, and is aligned so that it ends with the run at i.
- Series with so many repetitions that chains become long are left to the suffix automaton.
"""

import numpy as np

from .._base import kernel, scalar, trailing_zeros
from ._suffix_automaton import count_by_automaton, room_for
from ._symbols import bit_width

NO_BITS = np.uint64(0)
ONE_BIT = np.uint64(1)
LAST_BIT = np.uint64(63)
IN_REGISTERS = 128  # largest number of steps that two words of 64 bits hold
# Limit of comparisons: a constant, and a number per step of a binary train or a series of symbols.
# Beyond it, the suffix automaton is faster.
SLACK = 256
PER_STEP, PER_SYMBOL = 1, 8


@scalar
def n_words(n_bits):
    """Return the number of words for a series, with room for `window` at its end."""
    return n_bits // 64 + 3


@scalar
def pack(train, bits):
    """Pack a train of 0 and 1 into the words `bits`."""
    for word in range(bits.size):
        start = 64 * word
        value = NO_BITS
        for t in range(start, min(train.size, start + 64)):
            value |= np.uint64(train[t]) << np.uint64(t - start)
        bits[word] = value


@scalar
def pack_symbols(series, width, bits):
    """Pack symbols below 2**width into the words `bits`."""
    bits[:] = NO_BITS
    for t in range(series.size):
        place = t * width
        shift = np.uint64(place & 63)
        symbol = np.uint64(series[t])
        bits[place >> 6] |= symbol << shift
        # two shifts, because a shift by 64 is undefined
        bits[(place >> 6) + 1] |= (symbol >> ONE_BIT) >> (LAST_BIT - shift)


@scalar
def window(bits, place):
    """Return the 64 bits from bit `place` on."""
    shift = np.uint64(place & 63)
    return (bits[place >> 6] >> shift) | ((bits[(place >> 6) + 1] << ONE_BIT) << (LAST_BIT - shift))


@scalar
def common(bits, early, late, n_bits):
    """Return the number of equal bits from two places on. It may include bits beyond the end."""
    length = 0
    differing = window(bits, early) ^ window(bits, late)
    while differing == NO_BITS and late + length < n_bits:
        length += 64
        differing = window(bits, early + length) ^ window(bits, late + length)
    return length + np.int64(trailing_zeros(differing))


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
def gram_size(n_steps, width):
    """Return the length of grams in bits.

    For fair coin flips, chains have about four steps. The bits of symbols are less random.
    """
    return max(6, width, int(np.log2(n_steps)) + (-3 if width == 1 else 3))


@scalar
def gram(bits, place, size):
    """Return the `size` bits from bit `place` on as a number."""
    return np.int64(window(bits, place) & np.uint64((1 << size) - 1))


@scalar
def node(number, size):
    """Return the index of the first `size` bits of a gram in a binary tree of all grams."""
    return (1 << size) | (number & ((1 << size) - 1))


@scalar
def enter(bits, width, size, start, stop, latest, older):
    """Add the steps in [start, stop) to the chains, and mark the prefixes of their grams."""
    before = gram(bits, (start - 1) * width, size) if start > 0 else -1
    for t in range(start, stop):
        number = gram(bits, t * width, size)
        if number != before:  # an equal gram one step later belongs to a run
            older[t] = latest[node(number, size)]
            latest[node(number, size)] = t
            if older[t] < 0:
                # mark the prefixes of a new gram
                shorter = size - 1
                while shorter > 0 and latest[node(number, shorter)] < 0:
                    latest[node(number, shorter)] = t
                    shorter -= 1
        before = number


@scalar
def repeats(bits, width, t, n_bits):
    """Return the number of times that the symbol at step t is repeated after it."""
    return common(bits, t * width, (t + 1) * width, n_bits) // width


@scalar
def longest_match(bits, n_bits, width, size, i, latest, older):
    """Return the longest match of an earlier step with step i, and the number of comparisons."""
    number = gram(bits, i * width, size)
    start = np.int64(latest[node(number, size)])
    # if no earlier step has this gram, the longest marked prefix is the match
    if start < 0:
        length = size - 1
        while length > 0 and latest[node(number, length)] < 0:
            length -= 1
        return length // width, 0
    # a gram of one repeated symbol may be in a run
    in_run = (number >> width) == (number & ((1 << (size - width)) - 1))
    run = repeats(bits, width, i, n_bits) if in_run else 0
    # compare all steps of the chain
    length = 0
    tried = 0
    while start >= 0:
        aligned = start
        if in_run:
            aligned = min(i - 1, start + max(0, repeats(bits, width, start, n_bits) - run))
        length = max(length, common(bits, aligned * width, i * width, n_bits))
        tried += 1
        start = np.int64(older[start])
    return length // width, tried


@scalar
def count_by_matching(bits, n_steps, width, latest, older):
    """Return the number of words, or -1 if there are too many comparisons."""
    n_bits = n_steps * width
    size = gram_size(n_steps, width)
    allowed = PER_STEP if width == 1 else PER_SYMBOL
    latest[:] = -1
    words, i, entered, tried = 0, 0, 0, 0
    while i < n_steps:
        enter(bits, width, size, entered, i, latest, older)
        entered = i
        # the word is the longest match and one step
        length, comparisons = longest_match(bits, n_bits, width, size, i, latest, older)
        tried += comparisons
        if tried > allowed * i + SLACK:
            return -1
        i += length + 1
        words += 1
    return words


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
