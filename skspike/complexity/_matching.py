"""Words of a series in bits, by looking up where each word's first bits were read before.

The next word, from step i on, is the longest text that also starts at some j < i, and one step
more. All j at which the same `size` bits (a gram) start are chained, latest first, and each is
compared with i, 64 bits at a time. Two things keep this short:

- a run of equal symbols enters its chain once, and is lined up so that it ends where the run at i
  ends;
- a series that repeats itself so much that chains grow long is given up, for the suffix automaton.
"""

import numpy as np

from .._compile import scalar
from ._bits import common, window

# Comparisons that are allowed before a series is given up: some, and as many a step as take the
# automaton's time.
_SLACK = 256
_PER_STEP, _PER_SYMBOL = 1, 8


@scalar
def gram_size(n_steps, width):
    """Return the best gram length in bits: a fair coin's chains hold about four starts; the bits of symbols are far from fair."""
    return max(6, width, int(np.log2(n_steps)) + (-3 if width == 1 else 3))


@scalar
def gram(bits, place, size):
    """Return the `size` bits from a place on as a number."""
    return np.int64(window(bits, place) & np.uint64((1 << size) - 1))


@scalar
def node(number, size):
    """Return the place of a gram's first `size` bits in a heap of all grams."""
    return (1 << size) | (number & ((1 << size) - 1))


@scalar
def enter(bits, width, size, start, stop, latest, older):
    """Chain the grams of the steps in [start, stop), and mark their first bits as read."""
    before = gram(bits, (start - 1) * width, size) if start > 0 else -1
    for t in range(start, stop):
        number = gram(bits, t * width, size)
        if number != before:  # the same gram again one step later is a run
            older[t] = latest[node(number, size)]
            latest[node(number, size)] = t
            if older[t] < 0:
                shorter = size - 1
                while shorter > 0 and latest[node(number, shorter)] < 0:
                    latest[node(number, shorter)] = t
                    shorter -= 1
        before = number


@scalar
def repeats(bits, width, t, n_bits):
    """Return how many more times the symbol at step t follows."""
    return common(bits, t * width, (t + 1) * width, n_bits) // width


@scalar
def longest_match(bits, n_bits, width, size, i, latest, older):
    """Return the longest match of an earlier start with the steps from i on, and the number of starts that were tried."""
    number = gram(bits, i * width, size)
    start = np.int64(latest[node(number, size)])
    if start < 0:
        length = size - 1
        while length > 0 and latest[node(number, length)] < 0:
            length -= 1
        return length // width, 0
    # as only such a gram can follow itself
    in_run = (number >> width) == (number & ((1 << (size - width)) - 1))
    run = repeats(bits, width, i, n_bits) if in_run else 0
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
    """Return the number of words, or -1 if the series repeats itself too much for this way of counting."""
    n_bits = n_steps * width
    size = gram_size(n_steps, width)
    allowed = _PER_STEP if width == 1 else _PER_SYMBOL
    latest[:] = -1
    words, i, entered, tried = 0, 0, 0, 0
    while i < n_steps:
        enter(bits, width, size, entered, i, latest, older)
        entered = i
        length, more = longest_match(bits, n_bits, width, size, i, latest, older)
        tried += more
        if tried > allowed * i + _SLACK:
            return -1
        i += length + 1
        words += 1
    return words
