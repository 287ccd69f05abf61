"""Series packed into bits, so that any 64 consecutive bits can be read at once.

The symbol at step t is stored in `width` bits, from bit t * width on. In a binary train, `width` is
1. Zeros follow the last symbol. Bit b is bit b % 64 of word b // 64.
"""

import numpy as np

from .._compile import scalar, trailing_zeros

NO_BITS = np.uint64(0)
ONE_BIT = np.uint64(1)
LAST_BIT = np.uint64(63)


@scalar
def bit_width(n_symbols):
    """Return the number of bits of a symbol."""
    width = 1
    while 1 << width < n_symbols:
        width += 1
    return width


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
