"""Counter-based noise: every random bit is a pure function of what it is for, so order and batches cannot matter.

A sample's random numbers are drawn from a *key*, 64 bits that stand for it: the seed mixed with its
content, or with its epoch and row.
"""

import numpy as np

from ._jit import kernel, scalar

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
S27, S30, S31, S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
M1, M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
H15, H16 = np.uint32(15), np.uint32(16)
N1, N2, STRIDE = np.uint32(0x21F0AAAD), np.uint32(0x735A2D97), np.uint32(0x9E3779B9)


@scalar
def mix(z):
    """Scramble 64 bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    z = (z ^ (z >> S30)) * M1
    z = (z ^ (z >> S27)) * M2
    return z ^ (z >> S31)


@scalar
def draw(t, low, high):
    """Return 32 random bits for the counter t: a hash of least known bias (lowbias32 of C. Wellons), keyed before each of its rounds."""
    # compiled, uint32 times uint32 is uint64: each step is cut to 32 bits again
    z = np.uint32(np.uint32(t) * STRIDE + low)
    z = np.uint32((z ^ (z >> H16)) * N1)
    z = np.uint32((z ^ (z >> H15) ^ high) * N2)
    return np.uint32(z ^ (z >> H15))


@kernel
def row_keys(seed, epoch, rows, keys):
    """Fill `keys` with one key per sample that depends on the seed, the epoch and the row of the sample."""
    start = mix(mix(seed ^ M1) + epoch)
    for b in range(len(rows)):
        keys[b] = mix(start ^ mix(np.uint64(rows[b]) + GOLDEN))
