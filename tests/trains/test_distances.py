"""Distances of spike trains equal their definitions, and depend on nothing but the two trains."""

import naive
import numpy as np
import pytest

from skspike.datasets import make_poisson
from skspike.trains import _spike_lists, isi_distance, spike_distance, van_rossum, victor_purpura

pytestmark = pytest.mark.small
EVERY = {
    "van_rossum": van_rossum, "victor_purpura": victor_purpura, "isi_distance": isi_distance,
    "spike_distance": spike_distance}
ANY_LENGTH = ["van_rossum", "victor_purpura"]
EQUAL_LENGTH = ["isi_distance", "spike_distance"]


@pytest.fixture
def raster(rng):
    """A raster of 9 samples, 2 channels and 17 steps, with trains of 0, 1, 2 and 17 spikes."""
    X = (rng.random((9, 2, 17)) < 0.25).astype(np.uint8)
    X[:4] = 0
    X[1, 0, 5] = X[1, 1, 16] = X[2, 0, [0, 3]] = X[2, 1, [9, 16]] = X[3, 0] = X[3, 1, 1] = 1
    return X


@pytest.fixture
def unequal(raster):
    """Samples of different lengths."""
    return [sample[:, : 17 - k] for k, sample in enumerate(raster)]


def times(train):
    """Return the steps of the spikes of a train."""
    return np.flatnonzero(train).tolist()


def expected(of_pair, X, Y):
    """Return the results of a function of two trains, (n_samples_X, n_samples_Y, n_channels)."""
    return np.array([
        [[of_pair(times(a), times(b)) for a, b in zip(x, y)] for y in Y] for x in X])


@pytest.mark.parametrize("tau", [0.5, 4.0, 300.0])
def test_van_rossum_is_the_integral_of_the_filtered_difference(raster, unequal, tau):
    def of_pair(a, b):
        return naive.van_rossum(a, b, tau / 0.5) ** 2

    for X, Y in ((raster, raster[3:]), (unequal, raster)):
        squares = expected(of_pair, X, Y).sum(axis=2)
        np.testing.assert_allclose(
            van_rossum(X, Y, tau=tau, dt=0.5) ** 2, squares, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("cost", [0.0, 0.07, 0.6, 5.0])
def test_victor_purpura_is_the_cheapest_change(raster, unequal, cost):
    def of_pair(a, b):
        return naive.victor_purpura(a, b, 2 * cost)

    for X, Y in ((raster, raster[3:]), (unequal, raster)):
        np.testing.assert_allclose(
            victor_purpura(X, Y, cost=cost, dt=2.0), expected(of_pair, X, Y).sum(axis=2),
            rtol=1e-14)


@pytest.mark.parametrize(
    ("distance", "profile"),
    [(isi_distance, naive.isi_profile), (spike_distance, naive.spike_profile)])
def test_distances_over_time_are_means_of_their_profiles(raster, distance, profile):
    def of_pair(a, b):
        return naive.over_time(profile, a, b, 17)

    np.testing.assert_allclose(
        distance(raster), expected(of_pair, raster, raster).mean(axis=2), rtol=1e-12, atol=1e-15)


def test_pooled_channels_are_one_train_with_all_spikes(raster, rng):
    other = rng.permuted(raster, axis=1)
    assert van_rossum(raster, other, cos_theta=1.0).diagonal().tolist() == [0.0] * 9

    def of_pair(a, b):
        return naive.van_rossum(a, b, 10.0) ** 2

    pooled = [[[*times(x[0]), *times(x[1])]] for x in raster]
    squares = [[of_pair(a, b) for (b,) in pooled] for (a,) in pooled]
    halfway = 0.5 * np.array(squares) + 0.5 * van_rossum(raster) ** 2
    np.testing.assert_allclose(
        van_rossum(raster, cos_theta=0.5) ** 2, halfway, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", EVERY)
def test_a_distance_has_the_same_bits_alone_in_other_batches_and_in_reverse(raster, name):
    distance = EVERY[name]
    whole = distance(raster)
    assert np.array_equal(whole, whole.T) and not whole.diagonal().any()
    assert np.array_equal(distance(raster, raster), whole)
    assert np.array_equal(distance(raster[2:5], raster[::-1]), whole[2:5, ::-1])
    assert distance(raster[6:7], raster[8:]) == whole[6, 8]


@pytest.mark.parametrize("name", ANY_LENGTH)
def test_silence_at_the_end_and_blocks_change_no_bits(raster, unequal, name, monkeypatch):
    distance, longer = EVERY[name], np.pad(raster, [(0, 0), (0, 0), (0, 90)])
    whole = distance(raster)
    assert np.array_equal(distance(longer), whole)
    assert np.array_equal(distance(longer, raster), whole)
    mixed = distance(unequal)
    assert mixed[2, 7] == distance(unequal[2:3], unequal[7:8])
    monkeypatch.setattr(_spike_lists, "BLOCK", 80)  # two samples at a time
    monkeypatch.setattr(_spike_lists, "CACHED", 80)
    assert np.array_equal(distance(raster), whole)
    assert np.array_equal(distance(unequal), mixed)


@pytest.mark.parametrize("name", EVERY)
def test_trains_without_spikes_have_finite_distances(name):
    silent = np.zeros((2, 3, 8), np.uint8)
    assert EVERY[name](silent).tolist() == [[0, 0], [0, 0]]
    assert np.isfinite(EVERY[name](silent, np.ones((1, 3, 8)))).all()
    assert EVERY[name](silent[:0], silent).shape == (0, 2)
    assert EVERY[name](silent[:0]).shape == (0, 0)


@pytest.mark.parametrize("name", EVERY)
def test_an_array_of_two_dimensions_has_one_channel(raster, name):
    one = raster[:, 0]
    assert np.array_equal(EVERY[name](one), EVERY[name](one[:, np.newaxis]))
    assert np.array_equal(EVERY[name](one.tolist(), [*one.astype(bool)]), EVERY[name](one))


def test_extreme_parameters_compare_counts_or_coincidences(raster):
    counts = raster.sum(axis=2).astype(float)
    differences = np.abs(counts[:, np.newaxis] - counts)
    different = np.abs(raster[:, np.newaxis].astype(float) - raster).sum(axis=(2, 3))
    assert np.array_equal(victor_purpura(raster, cost=0.0), differences.sum(axis=2))
    assert np.array_equal(victor_purpura(raster, cost=1e308, dt=1e9), different)
    assert van_rossum(raster, tau=1e300) == pytest.approx(np.sqrt((differences**2).sum(axis=2)))
    assert van_rossum(raster, tau=1e-300, dt=1e9) == pytest.approx(np.sqrt(different))


def test_distances_equal_elephant(raster):
    dissimilarity = pytest.importorskip(
        "elephant.spike_train_dissimilarity",
        reason="elephant is in the extra test: pip install skspike[test]")
    neo = pytest.importorskip("neo", reason="neo is in the extra test: pip install skspike[test]")
    quantities = pytest.importorskip("quantities")
    X, _ = make_poisson(12, 1, 150, rates=(30.0, 70.0), random_state=0)
    X = np.concatenate([X[:, 0, :17], X[:, 0, -17:], raster[:, 0]])
    trains = [neo.SpikeTrain(times(x), units="ms", t_stop=17.0) for x in X]
    np.testing.assert_allclose(
        van_rossum(X, tau=7.0),
        dissimilarity.van_rossum_distance(trains, 7 * quantities.ms, sort=False), atol=1e-12)
    np.testing.assert_allclose(
        victor_purpura(X, cost=0.13),
        dissimilarity.victor_purpura_distance(trains, 0.13 / quantities.ms, sort=False), atol=1e-12)


@pytest.mark.parametrize("name", EVERY)
def test_bad_rasters_are_named(raster, name):
    with pytest.raises(ValueError, match=f"{name} expects spikes, 0 and 1 only, found .* 2"):
        EVERY[name](2 * raster)
    with pytest.raises(ValueError, match=rf"{name} expects rasters .*, got shape \(17,\).*newaxis"):
        EVERY[name](raster[0, 0])
    with pytest.raises(ValueError, match="2 channels in X and 1 in Y"):
        EVERY[name](raster, raster[:, :1])
    with pytest.raises(TypeError, match="got text"):
        EVERY[name]([["0", "1"]])


@pytest.mark.parametrize("name", EQUAL_LENGTH)
def test_means_over_time_need_equal_lengths(raster, unequal, name):
    for X, Y in ((unequal, None), (raster, raster[:, :, 1:])):
        with pytest.raises(ValueError, match=rf"{name} compares .* to 17 steps. Cut .* van_rossum"):
            EVERY[name](X, Y)


def test_bad_parameters_are_named(raster):
    for tau in (0.0, -1.0, np.inf):
        with pytest.raises(ValueError, match="tau must be a finite number and > 0"):
            van_rossum(raster, tau=tau)
    with pytest.raises(ValueError, match="cost must be a finite number and >= 0, got -0.1"):
        victor_purpura(raster, cost=-0.1)
    with pytest.raises(ValueError, match="cos_theta must be a finite number and >= 0 and <= 1"):
        van_rossum(raster, cos_theta=1.5)
    for distance in (van_rossum, victor_purpura):
        with pytest.raises(ValueError, match="dt must be a finite number and >= 1e-09"):
            distance(raster, dt=0.0)
