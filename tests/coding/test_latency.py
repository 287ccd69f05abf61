"""Latency coding: one spike, the earlier the higher the value."""

import numpy as np
import pytest

from skspike import SpikeEncoder
from skspike.coding import Latency


def literal(x, n_steps, silent_below=0.0):
    """Encode one value at a time by the definition."""
    raster = np.zeros((*x.shape, n_steps), np.uint8)
    for row, channel in np.ndindex(x.shape):
        if x[row, channel] >= silent_below:
            raster[row, channel, round((1 - x[row, channel]) * (n_steps - 1))] = 1
    return raster


@pytest.mark.small
@pytest.mark.parametrize("silent_below", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("n_steps", [1, 2, 3, 50, 101])
def test_spikes_are_those_of_the_definition(n_steps, silent_below, rng):
    x = np.r_[rng.random((40, 3)), [[0.0, 0.5, 1.0], [0.25, 0.3, 0.75]]]
    np.testing.assert_array_equal(
        Latency(silent_below).encode(x, n_steps, 1.0, 0), literal(x, n_steps, silent_below))


@pytest.mark.small
def test_every_channel_spikes_once_by_default(rng):
    X = np.c_[rng.normal(size=(50, 3)), np.ones(50)]
    assert (SpikeEncoder("latency", n_steps=30).fit_transform(X).sum(axis=2) == 1).all()


@pytest.mark.small
def test_highest_value_spikes_first_and_lowest_last(rng):
    X = rng.normal(size=(50, 3))
    when = SpikeEncoder("latency", n_steps=30).fit_transform(X).argmax(axis=2)
    assert (when[X.argmax(axis=0), range(3)] == 0).all() and (
        when[X.argmin(axis=0), range(3)] == 29).all()
    for feature in range(3):
        assert (np.diff(when[np.argsort(X[:, feature]), feature]) <= 0).all()


@pytest.mark.small
def test_values_below_the_silent_limit_do_not_spike():
    raster = Latency(silent_below=0.1).encode(np.array([[0.0, 0.0999, 0.1, 0.1001]]), 20, 1.0, 0)
    assert raster.sum(axis=2).tolist() == [[0, 0, 1, 1]]


@pytest.mark.small
@pytest.mark.parametrize("n_steps", [2, 20, 100])
def test_last_bits_of_the_values_are_not_seen(n_steps):
    # includes the values halfway between two steps
    x = np.linspace(0, 1, 200 * (n_steps - 1) + 1)[:, np.newaxis]
    raster = Latency().encode(x, n_steps, 1.0, 0)
    for nearby in (np.nextafter(x, 0), np.nextafter(x, 1).clip(0, 1)):
        moved = Latency().encode(nearby, n_steps, 1.0, 0) != raster
        dyadic = np.round(x[:, 0] * 2**32 % 1, 6) == 0.5  # halfway between two roundings
        assert not moved[~dyadic].any()


@pytest.mark.small
@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan])
def test_silent_limit_lies_between_0_and_1(value):
    with pytest.raises(ValueError, match="silent_below must be a finite number.*>= 0 and <= 1"):
        SpikeEncoder(Latency(silent_below=value)).fit([[0.0], [1.0]])
