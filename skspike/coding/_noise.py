"""Bernoulli spike trains from counter-based noise, independent of the batch and its order.

Each sample has a key of 64 bits. From it, each channel gets two words of 32 bits. A pair of steps
is step t and step t + half of the train. The words and the number of the pair give a random integer
of 32 bits. Each of its halves decides whether one of the two steps spikes.
"""

import numpy as np

from .._compile import GOLDEN, S32, draw, kernel, mix, scalar

ONE_IN = 2**16  # spike probabilities are integers in units of 1 / ONE_IN
H16, LOW, LOW32 = np.uint32(16), np.uint32(0xFFFF), np.uint64(0xFFFFFFFF)


@kernel
def content_keys(seed, levels, keys):
    """Fill `keys` with one key per sample that depends on the seed and the sample alone."""
    for b in range(len(levels)):
        key = mix(seed + GOLDEN)
        for level in levels[b].flat:
            key = mix((key ^ np.uint64(level)) + GOLDEN)
        keys[b] = key


@scalar
def channel_words(key, words):
    """Fill the two words of each channel."""
    for c in range(len(words)):
        word = mix(key + np.uint64(c + 1) * GOLDEN)
        words[c, 0], words[c, 1] = np.uint32(word & LOW32), np.uint32(word >> S32)


@scalar
def steady(low, high, level, first, second):
    """Draw the two halves of a train with one spike probability."""
    for t in range(len(second)):
        z = draw(t, low, high)
        first[t] = (z & LOW) < level
        second[t] = (z >> H16) < level


@scalar
def varying(low, high, levels, later_levels, first, second):
    """Draw the two halves of a train with a spike probability for each step."""
    for t in range(len(second)):
        z = draw(t, low, high)
        first[t] = (z & LOW) < levels[t]
        second[t] = (z >> H16) < later_levels[t]


@kernel
def draw_trains(keys, levels, raster):
    """Add spikes to a raster of zeros.

    `levels`, (n_samples, n_channels, 1 or n_steps), are probabilities in units of 1 / ONE_IN.
    """
    n_samples, n_channels, n_steps = raster.shape
    half = (n_steps + 1) // 2
    words = np.empty((n_channels, 2), np.uint32)
    for b in range(n_samples):
        channel_words(keys[b], words)
        for c in range(n_channels):
            low, high = words[c, 0], words[c, 1]
            level = levels[b, c]
            if len(level) == 1 and level[0] == 0:  # many features are zero
                continue
            first, second = raster[b, c, :half], raster[b, c, half:]
            if len(level) == 1:
                steady(low, high, level[0], first, second)
            else:
                varying(low, high, level[:half], level[half:], first, second)
            if n_steps % 2:  # the first half has one step more
                middle = half - 1
                first[middle] = (draw(middle, low, high) & LOW) < level[min(middle, len(level) - 1)]
