"""Generators of tasks that were made after the classifiers were finished.

Three after SpikeTrainClassifier:

    doublets    each event has two spikes. Classes differ in the interval between them
    relay       each spike of a driver is repeated by other channels, after a delay of the class
    slope       after an unknown onset, the rate of all channels rises in one class and falls in the
                other, to the same mean

Three after the relative complexity:

    chain       the probability of a spike depends on the last but one step, or on whether the last
                two steps differ
    lognormal   intervals are log-normal with one mean. Classes differ in their spread
    backwards   intervals follow in one order, with errors. One class is the other one backwards
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


def make_chain(n_samples, *, random_state):
    """Return chains of second order, in which half of the steps have a spike."""
    def draw(rng, label):
        draws, found = rng.random((4, 150)), np.zeros((4, 150), bool)
        found[:, :2] = draws[:, :2] < 0.5
        for t in range(2, 150):
            likely = found[:, t - 2] ^ (found[:, t - 1] & bool(label))
            found[:, t] = draws[:, t] < np.where(likely, 0.6, 0.4)
        return found

    return _drawn(n_samples, random_state, draw)


def _with_spikes(times, n_steps):
    """Return trains with spikes at given steps, (n_channels, n_times)."""
    found = np.zeros((len(times), n_steps), bool)
    for train, steps in zip(found, times, strict=True):
        train[steps[(steps >= 0) & (steps < n_steps)]] = True
    return found


def make_lognormal(n_samples, *, random_state):
    """Return trains whose intervals have a mean of 25 steps, and a spread of the class."""
    def draw(rng, label):
        spread = 0.4 + 0.4 * label
        logs = rng.normal(np.log(25) - spread**2 / 2, spread, (4, 60))
        steps = np.maximum(np.exp(logs).round().astype(int), 1)
        return _with_spikes(steps.cumsum(axis=1) - rng.integers(200, size=(4, 1)), 250)

    return _drawn(n_samples, random_state, draw)


def make_backwards(n_samples, *, random_state):
    """Return trains with intervals of 2, 3, 7 and 4 steps, of which a fifth is any of 2 to 7."""
    def draw(rng, label):
        usual = np.tile([2, 3, 7, 4], (2, 15))
        steps = np.where(rng.random(usual.shape) < 0.8, usual, rng.integers(2, 8, usual.shape))
        found = _with_spikes(steps.cumsum(axis=1) - rng.integers(16, size=(2, 1)), 150)
        return found[:, ::-1] if label else found

    return _drawn(n_samples, random_state, draw)
