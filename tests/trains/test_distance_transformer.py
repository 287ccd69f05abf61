"""DistanceTransformer: distances and kernels for neighbours and support vector machines."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from skspike.datasets import make_order, make_templates
from skspike.trains import DistanceTransformer, van_rossum, victor_purpura
from skspike.trains._distances import DISTANCES

VARIANTS = [
    *(DistanceTransformer(distance) for distance in DISTANCES),
    DistanceTransformer(gamma="scale", cos_theta=0.5),
    DistanceTransformer("isi", gamma=0.5)]


@pytest.fixture
def raster(rng):
    """A raster of 8 samples, 2 channels and 15 steps. The first two have no spikes."""
    X = (rng.random((8, 2, 15)) < 0.3).astype(np.uint8)
    X[:2] = 0
    return X


@parametrize_with_checks(VARIANTS)
def test_scikit_learn_check_passes(estimator, check):
    check(estimator)


def test_distances_are_those_from_the_training_samples(raster):
    for model, expected in (
            (DistanceTransformer(tau=3.0, dt=0.5, cos_theta=0.2),
             van_rossum(raster, raster[:5], tau=3.0, dt=0.5, cos_theta=0.2)),
            (DistanceTransformer("victor_purpura", cost=0.7),
             victor_purpura(raster, raster[:5], cost=0.7))):
        assert np.array_equal(model.fit(raster[:5]).transform(raster), expected)
        assert model.get_feature_names_out().tolist() == [
            f"distancetransformer{k}" for k in range(5)]


def test_the_kernel_is_the_exponential_of_distances_in_units_of_their_median(raster):
    model = DistanceTransformer("victor_purpura", cost=0.037, gamma="scale").fit(raster)
    distances = victor_purpura(raster, cost=0.037)
    median = np.median(distances[distances > 0])
    assert model.gamma_ == 1 / median
    np.testing.assert_allclose(model.transform(raster), np.exp(-distances / median), rtol=1e-14)
    square = DistanceTransformer(gamma=0.3).fit(raster).transform(raster)
    np.testing.assert_allclose(square, np.exp(-0.3 * van_rossum(raster) ** 2), rtol=1e-14)
    assert np.linalg.eigvalsh(square).min() > -1e-12
    narrow = DistanceTransformer(gamma=np.finfo(float).max).fit(raster).transform(raster)
    np.testing.assert_array_equal(narrow, square == 1)


def test_equal_training_samples_have_a_kernel(raster):
    model = DistanceTransformer(gamma="scale").fit(raster[:2])
    assert model.gamma_ == 1.0 and np.isfinite(model.transform(raster)).all()


def test_a_later_change_of_the_training_samples_has_no_effect(raster):
    X = raster.copy()
    model = DistanceTransformer().fit(X)
    before = model.transform(raster)
    X[:] = 1
    assert np.array_equal(model.transform(raster), before)


def test_samples_may_have_any_length(raster):
    unequal = [sample[:, : 15 - k] for k, sample in enumerate(raster)]
    for distance in (van_rossum, victor_purpura):
        model = DistanceTransformer(distance.__name__).fit(unequal)
        assert np.array_equal(model.transform(unequal), distance(unequal))
        assert np.array_equal(model.transform(raster), distance(raster, unequal))
        restored = pickle.loads(pickle.dumps(model))
        assert np.array_equal(restored.transform(unequal), distance(unequal))
        whole = DistanceTransformer(distance.__name__).fit(raster)
        assert np.array_equal(whole.transform(raster[..., :9]), distance(raster[..., :9], raster))
    with pytest.raises(ValueError, match="isi_distance compares rasters of equal length"):
        DistanceTransformer("isi").fit(unequal)


def test_a_parameter_set_after_fit_waits_for_the_next_fit(raster):
    model = DistanceTransformer(tau=3.0).fit(raster)
    before = model.transform(raster)
    model.set_params(tau=8.0, distance="isi", gamma=1.0)
    assert np.array_equal(model.transform(raster), before)
    assert not np.array_equal(clone(model).fit(raster).transform(raster), before)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("distance", "rossum", "distance must be one of 'van_rossum', 'victor_purpura', 'isi'"),
        ("tau", -1.0, "tau must be a finite number and > 0, got -1.0"),
        ("dt", 0.0, "dt must be a finite number"),
        ("gamma", 0.0, "gamma must be a finite number and > 0 or None, got 0.0")])
def test_a_bad_parameter_is_named_and_leaves_the_last_fit(raster, name, value, error):
    model = DistanceTransformer().fit(raster)
    before = model.transform(raster)
    with pytest.raises(ValueError, match=error):
        model.set_params(**{name: value}).fit(raster[:3])
    assert np.array_equal(model.transform(raster), before)


def test_a_damaged_raster_is_an_error(raster):
    model = DistanceTransformer().fit(raster)
    for damaged in (2 * raster, raster[:, :1], raster[0, 0], "raster"):
        model.raster_ = damaged
        with pytest.raises((TypeError, ValueError)):
            model.transform(raster)


def test_rasters_with_other_values_are_refused(raster):
    model = DistanceTransformer().fit(raster)
    with pytest.raises(ValueError, match="DistanceTransformer expects spikes, 0 and 1 only"):
        model.transform(2 * raster)


def test_a_search_finds_the_time_constant_for_neighbours():
    X, y = make_order(160, 4, 200, random_state=0)
    model = make_pipeline(DistanceTransformer(), KNeighborsClassifier(3, metric="precomputed"))
    search = GridSearchCV(model, {"distancetransformer__tau": [0.1, 30.0]}, cv=3)
    search.fit(X[:100], y[:100])
    assert search.best_params_ == {"distancetransformer__tau": 30.0}
    assert search.score(X[100:], y[100:]) > 0.9


def test_a_support_vector_machine_takes_the_kernel():
    X, y = make_templates(160, 4, 100, n_classes=2, random_state=0)
    for distance in ("van_rossum", "victor_purpura", "spike"):
        model = make_pipeline(
            DistanceTransformer(distance, gamma="scale"), SVC(kernel="precomputed"))
        assert model.fit(X[:100], y[:100]).score(X[100:], y[100:]) > 0.9
