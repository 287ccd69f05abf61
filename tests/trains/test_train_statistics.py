"""Rates and variation of intervals equal literal counts, and are never NaN."""

import itertools

import numpy as np
import pytest

from skspike.datasets import make_gamma, make_poisson
from skspike.trains import firing_rate, isi_cv

pytestmark = pytest.mark.small
STATISTICS = {"firing_rate": firing_rate, "isi_cv": isi_cv}


@pytest.fixture
def raster(rng):
    """A raster of 5 samples, 4 channels and 31 steps, with trains of 0, 1, 2 and 31 spikes."""
    X = (rng.random((5, 4, 31)) < 0.3).astype(np.uint8)
    X[0] = 0
    X[0, 1, 3] = X[0, 2, [4, 9]] = X[0, 3] = 1
    return X


def intervals(train):
    """List the intervals of a train."""
    steps = [t for t, spike in enumerate(train) if spike]
    return [b - a for a, b in itertools.pairwise(steps)]


def cv(values):
    """Return the coefficient of variation of a list, 0 for fewer than two values."""
    return np.std(values) / np.mean(values) if len(values) > 1 else 0.0


def test_rate_is_spikes_per_second(raster):
    rates = firing_rate(raster, dt=0.5)
    assert rates.shape == (5, 4)
    assert rates[0] == pytest.approx([0, 1 / 0.0155, 2 / 0.0155, 2000])
    assert firing_rate(raster[0, 1]) == pytest.approx(1 / 0.031)


def test_cv_is_computed_from_the_intervals_of_each_train(raster):
    expected = [[cv(intervals(train)) for train in sample] for sample in raster]
    assert isi_cv(raster) == pytest.approx(np.array(expected))


@pytest.mark.parametrize("pool", [0, 1, (0, 1), (1, 0)])
def test_pooled_cv_is_computed_from_the_intervals_of_all_trains(raster, pool):
    joined = {0: raster.swapaxes(0, 1), 1: raster}.get(pool, raster.reshape(1, 20, 31))
    expected = [cv([gap for train in group for gap in intervals(train)]) for group in joined]
    result = isi_cv(raster, pool=pool)
    assert result == pytest.approx(np.array(expected if np.isscalar(pool) else expected[0]))
    assert np.shape(result) == {0: (4,), 1: (5,)}.get(pool, ())


def test_cv_of_fewer_than_two_intervals_is_0(raster):
    assert isi_cv(raster)[0].tolist() == [0, 0, 0, 0]
    assert isi_cv(np.zeros((3, 2, 5)), pool=(0, 1)) == 0


def test_poisson_trains_have_the_stated_variation():
    X, _ = make_poisson(40, 20, 2000, rates=(100.0,), random_state=0)
    assert isi_cv(X, pool=(0, 1)) == pytest.approx(np.sqrt(0.9), abs=0.01)


def test_gamma_trains_are_more_regular():
    X, _ = make_gamma(40, 20, 4000, shapes=(4.0,), random_state=0)
    assert isi_cv(X, pool=(0, 1)) == pytest.approx(np.sqrt((39 + 39**2 / 4) / 40**2), abs=0.01)


@pytest.fixture
def elephant():
    """Return the module elephant.statistics."""
    return pytest.importorskip(
        "elephant.statistics", reason="elephant is in the extra test: pip install skspike[test]")


def recorded(train, dt):
    """Return a train as neo.SpikeTrain, with spikes at the start of their steps."""
    neo = pytest.importorskip("neo", reason="neo is in the extra test: pip install skspike[test]")
    return neo.SpikeTrain(np.flatnonzero(train) * dt, units="ms", t_stop=len(train) * dt)


@pytest.mark.parametrize("dt", [1.0, 0.25])
@pytest.mark.parametrize("p", [0.02, 0.3, 0.9])
def test_statistics_equal_elephant(elephant, rng, p, dt):
    raster = (rng.random((6, 5, 400)) < p).astype(np.uint8)
    trains = [[recorded(train, dt) for train in sample] for sample in raster]
    rates = [
        [elephant.mean_firing_rate(train).rescale("Hz").item() for train in sample]
        for sample in trains]
    np.testing.assert_allclose(firing_rate(raster, dt), rates, rtol=1e-9)
    enough = raster.sum(axis=2) > 2  # elephant warns about fewer intervals
    cvs = [
        float(elephant.cv(elephant.isi(trains[i][j]))) for i, j in zip(*np.nonzero(enough))]
    np.testing.assert_allclose(isi_cv(raster)[enough], cvs, rtol=1e-9)


def test_leading_axes_are_kept(raster):
    for name, statistic in STATISTICS.items():
        whole = statistic(raster)
        assert whole.shape == (5, 4), name
        assert np.array_equal(statistic(raster[2].tolist()), whole[2]), name
        assert statistic(raster[2, 1].astype(bool)) == whole[2, 1], name
        assert np.isfinite(whole).all(), name


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("shape", [(0, 4), (5, 0), (0, 0), (0,)], ids=str)
def test_rasters_without_trains_have_as_many_statistics(name, shape):
    assert STATISTICS[name](np.zeros((*shape, 31))).shape == shape


def test_cv_over_no_samples_is_0():
    raster = np.zeros((0, 4, 31))
    assert isi_cv(raster, pool=0).tolist() == [0.0] * 4
    assert isi_cv(raster, pool=(0, 1)) == 0
    assert isi_cv(raster, pool=1).shape == (0,)


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_refuse_values_and_shapes_that_are_no_raster(name):
    statistic = STATISTICS[name]
    with pytest.raises(
            ValueError, match=f"{name} expects spikes, 0 and 1 only, found the value 0.5"):
        statistic([[0.0, 0.5]])
    with pytest.raises(ValueError, match=f"{name} expects an array of shape"):
        statistic(np.zeros((3, 0)))


def test_bad_parameters_are_named(raster):
    with pytest.raises(ValueError, match="dt must be a finite number and >= 1e-09"):
        firing_rate(raster, dt=0.0)
    for pool in (2, -1, (0, 0), "samples", None):
        with pytest.raises(ValueError, match=r"pool must be a tuple of axes out of \(0, 1\)"):
            isi_cv(raster, pool=pool)
