"""The initial gain of a layer of STDP."""

from types import SimpleNamespace

import numpy as np
import pytest

from skspike.learning._stdp import FACTOR, N_ROUNDS, Race

pytestmark = pytest.mark.small


def rasters(*counts):
    """Return samples with these spike counts in two groups, of which the second has one sample."""
    spikes = np.zeros((len(counts), 3, 10), np.uint8)
    for sample, count in zip(spikes, counts, strict=True):
        sample.ravel()[:count] = 1
    return [spikes[:-1], spikes[-1:]]


@pytest.mark.parametrize(
    ("counts", "wanted", "factor"),
    [
        ((2, 4, 6), 6, 1.5), ((2, 4, 6), 1000, FACTOR), ((9, 9, 9), 1, 1 / FACTOR),
        ((0, 0, 0), 2, FACTOR)])
def test_each_round_multiplies_the_gain_by_the_missing_factor_up_to_a_limit(counts, wanted, factor):
    race = object.__new__(Race)
    race.gain, race.kept = np.ones(1), SimpleNamespace(n_wanted=wanted)
    race.run = lambda events: events
    race.set_gain(rasters(*counts))
    np.testing.assert_allclose(race.gain, factor**N_ROUNDS, rtol=1e-12)
