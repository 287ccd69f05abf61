"""The gain of a layer that races, before anything is learned."""

from types import SimpleNamespace

import numpy as np
import pytest

from skspike.learning._race import FACTOR, N_ROUNDS, Race

pytestmark = pytest.mark.small


def rasters(*counts):
    """Two groups of samples, the last sample alone, with so many spikes each: (n_samples, n_neurons, n_steps)."""
    spikes = np.zeros((len(counts), 3, 10), np.uint8)
    for sample, count in zip(spikes, counts, strict=True):
        sample.ravel()[:count] = 1
    return [spikes[:-1], spikes[-1:]]


@pytest.mark.parametrize(
    ("counts", "wanted", "factor"),
    [
        ((2, 4, 6), 6, 1.5), ((2, 4, 6), 1000, FACTOR), ((9, 9, 9), 1, 1 / FACTOR),
        ((0, 0, 0), 2, FACTOR)])
def test_the_gain_moves_by_what_is_missing_of_the_spikes_of_a_sample_and_by_no_more_than_a_factor(
        counts, wanted, factor):
    race = object.__new__(Race)
    race.gain, race.kept = np.ones(1), SimpleNamespace(n_wanted=wanted)
    race.run = lambda events: events
    race.set_gain(rasters(*counts))
    np.testing.assert_allclose(race.gain, factor**N_ROUNDS, rtol=1e-12)
