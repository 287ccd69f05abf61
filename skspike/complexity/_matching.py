"""LZ76 words of a packed series, by looking up earlier occurrences of the first bits of each word.

The word from step i on is the longest text that also starts at some step j < i, plus one step. A
gram is a pattern of `size` bits. All steps j with the same gram form a chain, latest first, and
each is compared with step i, 64 bits at a time. Two rules keep the number of comparisons low:

- A run of equal symbols enters its chain once, and is aligned so that it ends with the run at i.
- Series with so many repetitions that chains become long are left to the suffix automaton.
"""

import numpy as np

from .._compile import scalar
from ._bits import common, window

# Limit of comparisons: a constant, and a number per step of a binary train or a series of symbols.
# Beyond it, the suffix automaton is faster.
SLACK = 256
PER_STEP, PER_SYMBOL = 1, 8


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
