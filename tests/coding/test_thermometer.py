"""Thermometer coding: a channel spikes while the value reaches its level."""

from fractions import Fraction

import numpy as np
import pytest

from skspike import SpikeEncoder
from skspike.coding import Thermometer

pytestmark = pytest.mark.small


@pytest.mark.parametrize("n_levels", [1, 2, 8])
def test_spikes_are_those_of_the_definition(n_levels, rng):
    ticks = rng.integers(0, 5 * (n_levels + 1) + 1, (6, 3, 20))  # multiples of 5: at a level
    whole = 5 * (n_levels + 1)
    raster = Thermometer(n_levels).encode(ticks / whole, 20, 1.0, 0)
    for b, c, k, t in np.ndindex(6, 3, n_levels, 20):
        assert raster[b, c * n_levels + k, t] == (
            Fraction(int(ticks[b, c, t]), whole) >= Fraction(k + 1, n_levels + 1))


def test_features_keep_their_level_through_all_steps():
    raster = SpikeEncoder(Thermometer(3), n_steps=7).fit_transform([[0.0], [1.0], [2.0], [4.0]])
    assert (raster == raster[:, :, :1]).all()
    assert raster[:, :, 0].sum(axis=1).tolist() == [0, 1, 2, 3]


def test_lowest_is_silent_and_highest_full(rng):
    X = rng.normal(size=(20, 2, 30))
    raster = SpikeEncoder(Thermometer(5)).fit_transform(X).reshape(20, 2, 5, 30).sum(axis=2)
    for c in range(2):
        assert raster[:, c][X[:, c] == X[:, c].min()].tolist() == [0] and raster[:, c][
            X[:, c] == X[:, c].max()].tolist() == [5]


@pytest.mark.parametrize(
    ("n_levels", "error"), [(0, ValueError), (2.0, TypeError), ("8", TypeError)])
def test_levels_are_counted(n_levels, error):
    with pytest.raises(error, match="^n_levels must be an integer"):
        SpikeEncoder(Thermometer(n_levels)).fit([[0.0], [1.0]])
