"""Generators of three tasks that were made after SpikeTrainClassifier was finished.

    doublets    each event has two spikes. Classes differ in the interval between them
    relay       each spike of a driver is repeated by other channels, after a delay of the class
    slope       after an unknown onset, the rate of all channels rises in one class and falls in the
                other, to the same mean
"""

import numpy as np

N_CHANNELS, N_STEPS = 6, 300


def _drawn(n_samples, random_state, draw):
    """Return trains of two classes, and their labels."""
    rng = np.random.default_rng([random_state, 41])
    y = rng.integers(0, 2, n_samples)
    return np.stack([draw(rng, label) for label in y]).astype(np.uint8), y


def _shifted(spikes, steps):
    """Return trains that are delayed by some steps."""
    found = np.zeros_like(spikes)
    found[..., steps:] = spikes[..., : N_STEPS - steps]
    return found


def make_doublets(n_samples, *, random_state):
    """Return trains of pairs of spikes, 3 to 6 or 7 to 10 steps apart."""
    def draw(rng, label):
        events = rng.random((N_CHANNELS, N_STEPS)) < 0.01
        found = events.copy()
        for steps in range(3 + 4 * label, 7 + 4 * label):
            found |= _shifted(events & (rng.integers(0, 4, events.shape) == steps % 4), steps)
        return found

    return _drawn(n_samples, random_state, draw)


def make_relay(n_samples, *, random_state):
    """Return trains of a driver whose spikes the others repeat after 2 or 5 steps, half of them."""
    def draw(rng, label):
        found = rng.random((N_CHANNELS, N_STEPS)) < 0.02
        copies = _shifted(np.broadcast_to(found[:1], found.shape), 2 + 3 * label)
        found[1:] |= copies[1:] & (rng.random(found[1:].shape) < 0.3)
        return found

    return _drawn(n_samples, random_state, draw)


def make_slope(n_samples, *, random_state):
    """Return trains whose rate rises or falls during 100 steps from an unknown onset."""
    def draw(rng, label):
        ramp = np.linspace(0.0, 0.08, 100)
        rate, onset = np.full(N_STEPS, 0.01), rng.integers(0, N_STEPS - 100)
        rate[onset : onset + 100] += ramp if label else ramp[::-1]
        return rng.random((N_CHANNELS, N_STEPS)) < rate

    return _drawn(n_samples, random_state, draw)
