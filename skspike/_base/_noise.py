"""Counter-based random numbers, which depend neither on the order of samples nor on batches.

Each random number is a pure function of a counter and of the *key* of its sample. A key has 64
bits: the seed mixed with the content of the sample, or with the epoch and the row.
"""

import numpy as np

from ._jit import kernel, no_arrays, scalar

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
S27, S30, S31, S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
M1, M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
H15, H16 = np.uint32(15), np.uint32(16)
LOW_HALF, UNIT = np.uint64(0xFFFFFFFF), 2.0**-32
N1, N2, STRIDE = np.uint32(0x21F0AAAD), np.uint32(0x735A2D97), np.uint32(0x9E3779B9)


@scalar
def mix(z):
    """Hash 64 bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    z = (z ^ (z >> S30)) * M1
    z = (z ^ (z >> S27)) * M2
    return z ^ (z >> S31)


@scalar
def key_words(key, number):
    """Return two words of 32 bits, from which `draw` makes random bits for each counter."""
    word = mix(key + np.uint64(number) * GOLDEN)
    return np.uint32(word & LOW_HALF), np.uint32(word >> S32)


@scalar
def draw(t, low, high):
    """Return 32 random bits for the counter t by a keyed lowbias32 hash (C. Wellons)."""
    # In compiled code a product of two uint32 is uint64, so each step converts back to 32 bits.
    z = np.uint32(np.uint32(t) * STRIDE + low)
    z = np.uint32((z ^ (z >> H16)) * N1)
    z = np.uint32((z ^ (z >> H15) ^ high) * N2)
    return np.uint32(z ^ (z >> H15))


@scalar
def row_key(seed, epoch, row):
    """Return the key of a sample, from the seed, the epoch and the row."""
    return mix(mix(mix(seed ^ M1) + epoch) ^ mix(np.uint64(row) + GOLDEN))


@kernel
@no_arrays
def row_keys(seed, epoch, rows, keys):
    """Fill `keys` with the key of each sample."""
    for b in range(len(rows)):
        keys[b] = row_key(seed, epoch, rows[b])


@kernel
def content_keys(seed, levels, keys):
    """Fill `keys` with one key per sample that depends on the seed and the sample alone."""
    for b in range(len(levels)):
        key = mix(seed + GOLDEN)
        for level in levels[b].flat:
            key = mix((key ^ np.uint64(level)) + GOLDEN)
        keys[b] = key
