"""Poisson coding, with firing rates that follow the values.

    rate = min_rate + x (max_rate - min_rate),    P(spike in a step) = rate dt / 1000

Noise is independent of the batch and its order. Each sample has a key of 64 bits. From it, each
channel gets two words of 32 bits. A pair of steps is step t and step t + half of the train. The
words and the number of the pair give a random integer of 32 bits. Each of its halves decides
whether one of the two steps spikes.
"""

import numpy as np

from .._checks import convert
from .._compile import content_keys, copy, draw, kernel, key_words, row_keys, scalar, stack_array
from .._utils import Array
from ._base import CHANCE_UNITS, Coding, RowKey

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


class Poisson(Coding):
    """Poisson coding: random trains with a firing rate that is linear in the value.

    In each step a channel spikes with probability ``rate * dt / 1000``, independent of other steps.

    Parameters
    ----------
    min_rate : float, default=0.0
        Firing rate in Hz of the lowest value, at least 0.
    max_rate : float, default=500.0
        Firing rate in Hz of the highest value, from `min_rate` to one spike per step, ``1000 /
        dt``. At that rate the scaled value is the probability of a spike.

    See Also
    --------
    Population : Several channels for each feature, with the same noise.
    IntegrateAndFire : Firing rates without noise.
    Latency : One spike, whose time depends on the value.

    Notes
    -----
    Probabilities are rounded to multiples of 2**-16. The noise of a sample depends on the seed and
    its rounded probabilities alone: equal rows get equal trains, in any batch and order. To draw
    new trains, change the encoder's `random_state`. To train on new noise in every epoch, pass the
    encoder to a network as ``encoder=``.

    References
    ----------
    .. [1] P. Dayan, L. F. Abbott, "Theoretical Neuroscience", MIT Press, 2001, section 1.4.

    Examples
    --------
    >>> from skspike import SpikeEncoder
    >>> from skspike.coding import Poisson
    >>> encoder = SpikeEncoder(coding=Poisson(max_rate=1000.0), n_steps=5, random_state=0)
    >>> encoder.fit_transform([[0.0], [1.0]])[:, 0]
    array([[0, 0, 0, 0, 0],
           [1, 1, 1, 1, 1]], dtype=uint8)
    """

    name = "poisson"
    uses_dt = True

    def __init__(self, min_rate: float = 0.0, max_rate: float = 500.0):
        self.min_rate = min_rate
        self.max_rate = max_rate

    def check(self, dt: float) -> None:
        """Check that the rates are in their ranges."""
        convert(self, "min_rate", low=0)
        convert(self, "max_rate", low=self.min_rate)
        # rounded: 1000 / dt * dt may be just above 1000
        if np.rint(self.max_rate * dt / 1000 * CHANCE_UNITS) > CHANCE_UNITS:
            raise ValueError(
                f"max_rate={self.max_rate} Hz is more than one spike per step of dt={dt} ms. Lower "
                f"max_rate to {1000 / dt:g} Hz or dt to {1000 / self.max_rate:g} ms.")

    # counters wrap around, and numpy warns about it if kernels are not compiled
    @np.errstate(over="ignore")
    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int, noise_key: RowKey = None) -> Array:
        """Return a uint8 raster (n_samples, n_channels, n_steps)."""
        # spike probability of each step in integer units
        rates = self.min_rate + x * (self.max_rate - self.min_rate)
        levels = np.rint(rates * (dt / 1000 * CHANCE_UNITS)).astype(np.uint32, order="C")
        # key of the noise of each sample
        keys = np.empty(len(x), np.uint64)
        if noise_key is None:
            content_keys(np.uint64(seed), levels, keys)
        else:
            epoch, rows = noise_key
            row_keys(np.uint64(seed), np.uint64(epoch), np.asarray(rows, np.int64), keys)
        raster = np.zeros((*levels.shape[:2], n_steps), np.uint8)
        draw_trains(keys, levels.reshape(*levels.shape[:2], -1), raster)
        return raster
