"""Spike trains from counter-based noise: the same whatever the order and the batch.

From the key of a sample, each channel gets two words and each pair of steps a 32-bit integer, whose
halves are compared with the firing probabilities in units of 2**-16.
"""

import numpy as np

from .._compile import GOLDEN, S32, draw, kernel, mix, scalar

# firing probabilities are integers out of this many; ONE_IN itself spikes at every step
ONE_IN = 2**16
H16, LOW = np.uint32(16), np.uint32(0xFFFF)


@kernel
def content_keys(seed, levels, keys):
    """Fill `keys` with one key per sample that depends on the seed and on the sample's firing probabilities alone."""
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
        words[c, 0], words[c, 1] = np.uint32(word & np.uint64(0xFFFFFFFF)), np.uint32(word >> S32)


@kernel
def steady(keys, levels, raster):
    """Add spikes of probability levels / 2**16, one for each sample and channel, to a raster of zeros."""
    n_samples, n_channels, n_steps = raster.shape
    half = (n_steps + 1) // 2
    words = np.empty((n_channels, 2), np.uint32)
    for b in range(n_samples):
        channel_words(keys[b], words)
        for c in range(n_channels):
            low, high, level = words[c, 0], words[c, 1], np.uint32(levels[b, c])
            first, second = raster[b, c, :half], raster[b, c, half:]
            for t in range(len(second) if level > 0 else 0):  # many features are zero
                z = draw(t, low, high)
                first[t] = (z & LOW) < level
                second[t] = (z >> H16) < level
            if n_steps % 2:
                first[half - 1] = (draw(half - 1, low, high) & LOW) < level


@kernel
def varying(keys, levels, raster):
    """The same for probabilities that differ from step to step; where they do not, the spikes are those of `steady`."""
    n_samples, n_channels, n_steps = raster.shape
    half = (n_steps + 1) // 2
    words = np.empty((n_channels, 2), np.uint32)
    for b in range(n_samples):
        channel_words(keys[b], words)
        for c in range(n_channels):
            low, high = words[c, 0], words[c, 1]
            first = raster[b, c, :half]
            second = raster[b, c, half:]
            now = levels[b, c, :half]
            later = levels[b, c, half:]
            for t in range(len(second)):
                z = draw(t, low, high)
                first[t] = (z & LOW) < now[t]
                second[t] = (z >> H16) < later[t]
            if n_steps % 2:
                first[half - 1] = (draw(half - 1, low, high) & LOW) < now[half - 1]
