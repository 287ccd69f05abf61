"""Counter-based noise: every random bit is a pure function of what it is for, so order and batches cannot matter.

A spike train is drawn from a *key*, 64 bits that stand for its whole sample: the seed mixed with the sample's own
firing probabilities, or with its epoch and row. From there, each channel gets two words and each pair of steps a 32-bit integer,
whose halves are compared with the firing probabilities in units of 2**-16.
"""

import numpy as np

from .._jit import kernel, scalar

ONE_IN = 2**16  # firing probabilities are integers out of this many; ONE_IN itself spikes at every step
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
S27, S30, S31, S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
M1, M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
H15, H16 = np.uint32(15), np.uint32(16)
N1, N2, STRIDE = np.uint32(0x21F0AAAD), np.uint32(0x735A2D97), np.uint32(0x9E3779B9)
LOW = np.uint32(0xFFFF)


@scalar
def mix(z):
    """Scramble 64 bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    z = (z ^ (z >> S30)) * M1
    z = (z ^ (z >> S27)) * M2
    return z ^ (z >> S31)


@scalar
def draw(t, low, high):
    """Return 32 random bits for the counter t: a hash of least known bias (lowbias32 of C. Wellons), keyed before each of its rounds."""
    z = np.uint32(np.uint32(t) * STRIDE + low)  # compiled, uint32 times uint32 is uint64: each step is cut to 32 bits again
    z = np.uint32((z ^ (z >> H16)) * N1)
    z = np.uint32((z ^ (z >> H15) ^ high) * N2)
    return np.uint32(z ^ (z >> H15))


@kernel
def content_keys(seed, levels, keys):
    """Fill `keys` with one key per sample that depends on the seed and on the sample's firing probabilities alone."""
    for b in range(len(levels)):
        key = mix(seed + GOLDEN)
        for level in levels[b].flat:
            key = mix((key ^ np.uint64(level)) + GOLDEN)
        keys[b] = key


@kernel
def row_keys(seed, epoch, rows, keys):
    """Fill `keys` with one key per sample that depends on the seed, the epoch and the row of the sample."""
    start = mix(mix(seed ^ M1) + epoch)
    for b in range(len(rows)):
        keys[b] = mix(start ^ mix(np.uint64(rows[b]) + GOLDEN))


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
            first, second, now, later = raster[b, c, :half], raster[b, c, half:], levels[b, c, :half], levels[b, c, half:]
            for t in range(len(second)):
                z = draw(t, low, high)
                first[t] = (z & LOW) < now[t]
                second[t] = (z >> H16) < later[t]
            if n_steps % 2:
                first[half - 1] = (draw(half - 1, low, high) & LOW) < now[half - 1]
