"""Delta coding: a spike for every threshold by which a series changes."""

from fractions import Fraction

import numpy as np
import pytest

from skspike import SpikeEncoder
from skspike.coding import Delta
from skspike.coding._delta import MIN_THRESHOLD


def literal(x, threshold):
    """Encode one series by the definition, exactly if x and the threshold are fractions."""
    on, off, reference = [], [], x[0]
    for value in x:
        on.append(int(value - reference >= threshold))
        off.append(int(reference - value >= threshold))
        reference += threshold * (on[-1] - off[-1])
    return [on, off]


@pytest.mark.small
@pytest.mark.parametrize("n_steps", [1, 2, 40])
@pytest.mark.parametrize("parts", [1, 2, 7, 10])
def test_spikes_are_those_of_the_definition(n_steps, parts, rng):
    # multiples of a tenth of the threshold: many changes are exactly one threshold, which floating
    # point would miss
    ticks = rng.integers(0, 10 * parts + 1, (20, 3, n_steps))
    raster = Delta(1 / parts).encode(ticks / (10 * parts), n_steps, 1.0, 0)
    for b, c in np.ndindex(20, 3):
        exact = [Fraction(int(tick), 10 * parts) for tick in ticks[b, c]]
        np.testing.assert_array_equal(
            raster[b, 2 * c : 2 * c + 2], literal(exact, Fraction(1, parts)))


@pytest.mark.small
@pytest.mark.parametrize("threshold", [0.01, 0.13, 0.5])
def test_smooth_series_are_those_of_the_definition(threshold, rng):
    x = np.cumsum(rng.normal(size=(5, 2, 60)), axis=2)
    x = (x - x.min()) / np.ptp(x)
    raster = Delta(threshold).encode(x, 60, 1.0, 0)
    for b, c in np.ndindex(5, 2):
        np.testing.assert_array_equal(raster[b, 2 * c : 2 * c + 2], literal(x[b, c], threshold))


@pytest.mark.small
def test_a_ramp_spikes_once_per_threshold():
    ramp = np.r_[np.arange(11), np.arange(10)[::-1]] / 10
    on, off = Delta(0.1).encode(ramp[np.newaxis, np.newaxis], 21, 1.0, 0)[0]
    assert on.tolist() == [0] + 10 * [1] + 10 * [0]
    assert off.tolist() == 11 * [0] + 10 * [1]


@pytest.mark.small
def test_after_a_jump_there_is_one_spike_per_step():
    on, off = Delta(0.25).encode(np.array([[[0.0, 1.0, 1.0, 1.0, 1.0, 1.0]]]), 6, 1.0, 0)[0]
    assert on.tolist() == [0, 1, 1, 1, 1, 0] and not off.any()


@pytest.mark.small
@pytest.mark.parametrize("threshold", [0.05, 0.1, 0.3])
def test_spikes_rebuild_a_slow_series_within_a_threshold(threshold):
    x = 0.5 + 0.5 * np.sin(np.linspace(0, 20, 1000))
    on, off = Delta(threshold).encode(x[np.newaxis, np.newaxis], 1000, 1.0, 0)[0].astype(int)
    assert abs(x[0] + threshold * np.cumsum(on - off) - x).max() < threshold


@pytest.mark.small
def test_constant_series_are_silent():
    assert not Delta().encode(np.full((2, 3, 10), 0.7), 10, 1.0, 0).any()


@pytest.mark.small
def test_thresholds_reach_from_the_finest_to_the_whole_range():
    x = np.array([[[0.0, 1.0, 0.0, 0.0]]])
    assert Delta(1.0).encode(x, 4, 1.0, 0)[0].tolist() == [[0, 1, 0, 0], [0, 0, 1, 0]]
    assert Delta(MIN_THRESHOLD).encode(x, 4, 1.0, 0)[0].tolist() == [[0, 1, 0, 0], [0, 0, 1, 0]]
    x[:, :, 2] = 1.0  # the reference does not reach it
    assert Delta(MIN_THRESHOLD).encode(x, 4, 1.0, 0)[0].tolist() == [[0, 1, 1, 0], [0, 0, 0, 1]]


@pytest.mark.small
@pytest.mark.parametrize("threshold", [0.0, MIN_THRESHOLD / 2, 1.1, np.nan])
def test_threshold_outside_its_range_is_named(threshold):
    with pytest.raises(ValueError, match="threshold must be a finite number"):
        SpikeEncoder(Delta(threshold)).fit(np.zeros((2, 1, 3)))


@pytest.mark.small
def test_a_bank_is_its_thresholds_one_by_one(rng):
    x = rng.random((4, 3, 50))
    thresholds = (0.02, 0.1, 0.4)
    assert Delta(thresholds).channels_per_feature == 6
    bank = Delta(thresholds).encode(x, 50, 1.0, 0).reshape(4, 3, 3, 2, 50)
    for k, threshold in enumerate(thresholds):
        np.testing.assert_array_equal(
            bank[:, :, k], Delta(threshold).encode(x, 50, 1.0, 0).reshape(4, 3, 2, 50))
    np.testing.assert_array_equal(
        Delta([0.1]).encode(x, 50, 1.0, 0), Delta(0.1).encode(x, 50, 1.0, 0))


@pytest.mark.small
def test_channels_of_a_bank_are_named_after_the_place_of_their_threshold():
    fitted = SpikeEncoder(Delta((0.1, 0.2))).fit(np.zeros((2, 2, 3)))
    assert fitted.get_feature_names_out().tolist() == [
        f"x{c}_t{k}_{way}" for c in (0, 1) for k in (0, 1) for way in ("on", "off")]


@pytest.mark.small
@pytest.mark.parametrize(
    "threshold", [(), (0.1, 0.0), (0.1, np.nan), "0.1", (0.1, "0.1"), {0.1: 1}, None])
def test_a_wrong_bank_is_named(threshold):
    with pytest.raises((ValueError, TypeError), match="^threshold"):
        SpikeEncoder(Delta(threshold)).fit(np.zeros((2, 1, 3)))


@pytest.mark.small
def test_channels_are_named_after_feature_and_direction():
    fitted = SpikeEncoder("delta", n_steps=3).fit(np.zeros((2, 2, 3)))
    assert fitted.get_feature_names_out().tolist() == ["x0_on", "x0_off", "x1_on", "x1_off"]
