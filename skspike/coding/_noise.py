"""Bernoulli spike trains from counter-based noise, independent of the batch and its order.

Each sample has a key of 64 bits. From it, each channel gets two words of 32 bits. A pair of steps
is step t and step t + half of the train. The words and the number of the pair give a random integer
of 32 bits. Each of its halves decides whether one of the two steps spikes.
"""

import numpy as np

from .._compile import copy, draw, kernel, key_words, scalar, stack_array

H16, LOW = np.uint32(16), np.uint32(0xFFFF)
LANES = 16  # number of pairs that are drawn at a time, in vector registers
NO_LEVEL, NO_SPIKE = np.uint32(0), np.uint8(0)


@scalar
def draw_train(low, high, level, train):
    """Draw a train, given its spike probability, or the probability of each step."""
    n_pairs, half, is_steady = len(train) // 2, (len(train) + 1) // 2, len(level) == 1
    levels, later_levels = stack_array(LANES, NO_LEVEL), stack_array(LANES, NO_LEVEL)
    first, second = stack_array(LANES, NO_SPIKE), stack_array(LANES, NO_SPIKE)
    for k in range(LANES):
        levels[k] = later_levels[k] = level[0]
    # draw blocks of pairs
    for start in range(0, n_pairs if n_pairs >= LANES else 0, LANES):
        t = min(start, n_pairs - LANES)  # the last block overlaps the previous one
        if not is_steady:
            copy(levels, level[t:], LANES)
            copy(later_levels, level[half + t :], LANES)
        for k in range(LANES):
            z = draw(t + k, low, high)
            # compare 32 bits, because half as many numbers of 64 bits fit into a vector
            first[k] = np.uint32(z & LOW) < levels[k]
            second[k] = np.uint32(z >> H16) < later_levels[k]
        copy(train[t:], first, LANES)
        copy(train[half + t :], second, LANES)
    # draw the pairs of a train that is shorter than a block
    stride = 0 if is_steady else 1
    for t in range(n_pairs if n_pairs < LANES else 0):
        z = draw(t, low, high)
        train[t] = np.uint32(z & LOW) < level[stride * t]
        train[half + t] = np.uint32(z >> H16) < level[stride * (half + t)]
    # draw the last step of the first half if it is one step longer than the second
    if half > n_pairs:
        train[n_pairs] = (draw(n_pairs, low, high) & LOW) < level[stride * n_pairs]


@kernel
def draw_trains(keys, levels, raster):
    """Add spikes to a raster of zeros.

    `levels`, (n_samples, n_channels, 1 or n_steps), are probabilities in units of 1 / CHANCE_UNITS.
    """
    for b in range(len(raster)):
        for c in range(raster.shape[1]):
            level = levels[b, c]
            if len(level) > 1 or level[0] > 0:  # many features are zero
                low, high = key_words(keys[b], c + 1)
                draw_train(low, high, level, raster[b, c])
