"""Codings whose firing rates follow the values (Poisson), or Gaussian fields of them (population).

    rate = min_rate + x (max_rate - min_rate),    P(spike in a step) = rate dt / 1000

    field k    x becomes g = exp(-(x - c)^2 / (2 sigma^2)),    c = k / (n_fields - 1)
    width      sigma = 1 / (beta (n_fields - 1))

Noise is independent of the batch and its order. Each sample has a key of 64 bits. From it, each
channel gets two words of 32 bits. A pair of steps is step t and step t + half of the train. The
words and the number of the pair give a random integer of 32 bits. Each of its halves decides
whether one of the two steps spikes.
"""

from collections.abc import Iterable

import numpy as np

from .._base import (
    Array, content_keys, convert, copy, draw, kernel, key_words, row_keys, scalar, stack_array)
from ._coding import CHANCE_UNITS, Coding, RowKey

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
    rates = ("min_rate", "max_rate")

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


class Population(Poisson):
    """Population coding: Gaussian receptive fields along each feature drive Poisson trains.

    Each feature has `n_fields` channels with receptive fields, whose centres are equally spaced
    from 0 to 1. The rate of a channel is highest if the scaled value is at its centre. A linear
    readout of the rates can therefore fit nonlinear functions of the value.

    Parameters
    ----------
    n_fields : int, default=8
        Number of fields, and of channels, of each feature, from 2 to 65536.
    beta : float, default=1.5
        Sharpness of the fields, greater than 0 and at most 1e6. Their standard deviation is the
        distance between centres divided by `beta`.
    min_rate : float, default=0.0
        Firing rate in Hz far from the centre of a field, at least 0.
    max_rate : float, default=500.0
        Firing rate in Hz at the centre of a field, from `min_rate` to one spike per step, ``1000 /
        dt``.

    See Also
    --------
    Poisson : One channel for each feature, with the same noise.

    Notes
    -----
    Halfway between two centres both fields are at ``exp(-beta**2 / 8)``, which is 0.75 by default.
    The paper [1]_ codes activations as spike times instead of rates, also with a `beta` of 1.5. Its
    outermost centres are half a distance outside the range.

    References
    ----------
    .. [1] S. M. Bohte, H. La Poutré, J. N. Kok, "Unsupervised clustering with spiking neurons by
        sparse temporal coding and multilayer RBF networks", IEEE Transactions on Neural Networks
        13(2), 2002.

    Examples
    --------
    >>> from skspike import SpikeEncoder
    >>> from skspike.coding import Population
    >>> coding = Population(n_fields=3, beta=4.0, max_rate=1000.0)
    >>> encoder = SpikeEncoder(coding=coding, n_steps=100, random_state=0)
    >>> raster = encoder.fit_transform([[0.0], [5.0], [10.0]])
    >>> raster.sum(axis=2).tolist()
    [[100, 0, 0], [0, 100, 0], [0, 0, 100]]
    >>> encoder.get_feature_names_out().tolist()
    ['x0_f0', 'x0_f1', 'x0_f2']
    """

    name = "population"
    higher_means = None

    def __init__(
            self, n_fields: int = 8, beta: float = 1.5, min_rate: float = 0.0,
            max_rate: float = 500.0):
        super().__init__(min_rate, max_rate)
        self.n_fields = n_fields
        self.beta = beta

    @property
    def channels_per_feature(self):
        """One channel for each field."""
        return self.n_fields

    def check(self, dt: float) -> None:
        """Check that the parameters are in their ranges."""
        convert(self, "n_fields", low=2, high=2**16, integer=True)
        convert(self, "beta", above=0, high=1e6)
        super().check(dt)

    def activations(self, x: Array) -> Array:
        """Return the activations of the fields.

        Parameters
        ----------
        x : ndarray of shape (n_samples, n_features) or (n_samples, n_channels, n_steps)
            Values in [0, 1].

        Returns
        -------
        activations : ndarray of shape (n_samples, n_features * n_fields) or \
                (n_samples, n_channels * n_fields, n_steps)
            Activations in [0, 1]: all fields of the first feature, then of the next.
        """
        values = x.reshape(*x.shape[:2], 1, -1)
        distances = values * (self.n_fields - 1) - np.arange(self.n_fields)[:, None]
        activations = np.exp(-((self.beta * distances) ** 2) / 2)
        return activations.reshape(len(x), -1, *x.shape[2:])

    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int, noise_key: RowKey = None) -> Array:
        """Return a uint8 raster (n_samples, n_features * n_fields, n_steps)."""
        return super().encode(self.activations(x), n_steps, dt, seed, noise_key)

    def channel_names(self, names: Iterable[str]) -> list[str]:
        """Return ``<feature>_f0``, ``<feature>_f1``, ... for each feature."""
        return [f"{name}_f{field}" for name in names for field in range(self.n_fields)]
