"""Classifier with augmented copies of the training samples."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import AugmentedClassifier, SNNClassifier, SpikeCounter, SpikingRocket
from skspike._estimators import seeded
from skspike.augmentation import Augment, Augmentation, MoveImages

Y = np.arange(12) % 3
SHIFT = Augment(time_shift=0.4, channel_shift=0.4)


class Recorder(ClassifierMixin, BaseEstimator):
    """A classifier that stores the arguments of `fit` and predicts the first class."""

    def fit(self, X, y, sample_weight=None):
        self.X_, self.y_, self.weight_ = X, y, sample_weight
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        self.asked_ = X
        return np.full(len(X), self.classes_[0])


class Negative(Augmentation):
    """Change the sign, and record what it gets."""

    seen = []

    def apply(self, X, keys, spikes):
        self.seen.append((X.shape, len(keys), spikes))
        return -X


@pytest.fixture
def raster(rng):
    return (rng.random((12, 4, 30)) < 0.3).astype(np.uint8)


def fitted_on(X, augment=SHIFT, n_copies=2, random_state=0, y=Y, **fit_params):
    """Return the arguments that the inner classifier gets."""
    model = AugmentedClassifier(
        Recorder(), augment, n_copies=n_copies, random_state=random_state)
    return model.fit(X, y, **fit_params).estimator_


@pytest.mark.small
def test_copies_follow_the_samples_and_keep_their_labels_and_weights(raster):
    weight = np.arange(12.0)
    inner = fitted_on(raster, sample_weight=weight)
    assert inner.X_.shape == (36, 4, 30) and inner.X_.dtype == np.uint8
    np.testing.assert_array_equal(inner.X_[:12], raster)
    np.testing.assert_array_equal(inner.y_, np.tile(Y, 3))
    np.testing.assert_array_equal(inner.weight_, np.tile(weight, 3))
    samples = [{x.tobytes() for x in part} for part in np.split(inner.X_, 3)]
    assert not samples[0] & samples[1] and not samples[1] & samples[2]


@pytest.mark.small
def test_an_argument_without_a_value_for_each_sample_is_passed_on(raster):
    class Counted(Recorder):
        def fit(self, X, y, n_times=1):
            self.n_times_ = n_times
            return super().fit(X, y)

    for value in (3, [1, 2]):
        model = AugmentedClassifier(Counted(), SHIFT, random_state=0).fit(raster, Y, n_times=value)
        assert model.estimator_.n_times_ == value


@pytest.mark.small
def test_a_copy_depends_on_the_sample_and_the_seed_alone(raster):
    X = fitted_on(raster).X_.reshape(3, 12, 4, 30)
    order = np.random.default_rng(1).permutation(12)
    moved = fitted_on(raster[order], y=Y[order]).X_.reshape(3, 12, 4, 30)
    np.testing.assert_array_equal(moved, X[:, order])
    few = fitted_on(raster[:5], n_copies=1, y=Y[:5]).X_.reshape(2, 5, 4, 30)
    np.testing.assert_array_equal(few, X[:2, :5])
    assert not np.array_equal(fitted_on(raster, random_state=1).X_, fitted_on(raster).X_)


@pytest.mark.small
@pytest.mark.parametrize(
    ("augment", "n_copies"), [(None, 4), (SHIFT, 0)], ids=["no augmentation", "no copies"])
def test_without_changes_the_classifier_gets_the_samples_alone(raster, augment, n_copies):
    inner = fitted_on(raster, augment, n_copies)
    np.testing.assert_array_equal(inner.X_, raster)
    np.testing.assert_array_equal(inner.y_, Y)


@pytest.mark.small
def test_rows_of_a_table_are_series_and_signals_are_no_spikes(rng, monkeypatch):
    monkeypatch.setattr(Negative, "seen", [])
    X = rng.normal(size=(12, 9))
    np.testing.assert_array_equal(fitted_on(X, Negative(), 1).X_, np.concatenate([X, -X]))
    fitted_on(np.sign(X), Negative(), 1)
    fitted_on(X[:, None], Negative(), 1)
    assert Negative.seen == [((12, 1, 9), 12, False), ((12, 1, 9), 12, True), (
        (12, 1, 9), 12, False)]


@pytest.mark.small
def test_samples_of_unequal_length_keep_their_lengths(raster):
    X = [x[:, : 20 + k % 3] for k, x in enumerate(raster)]
    model = AugmentedClassifier(Recorder(), SHIFT, n_copies=2, random_state=0).fit(X, Y)
    copies = model.estimator_.X_
    assert [x.shape for x in copies] == [x.shape for x in X] * 3
    assert all(np.array_equal(x, x0) for x, x0 in zip(copies, X))
    assert sum(np.array_equal(x, x0) for x, x0 in zip(copies[12:], X)) < 6
    # a sample has the same copies among samples of equal length
    equal = fitted_on(raster[:, :, :20]).X_.reshape(3, 12, 4, 20)
    np.testing.assert_array_equal(copies[12], equal[1, 0])
    assert model.predict(X[:2]).tolist() == [0, 0] and len(model.estimator_.asked_) == 2


@pytest.mark.small
def test_series_of_unequal_length_without_an_axis_of_channels_keep_their_form(raster):
    X = [x[0, : 20 + k % 3] for k, x in enumerate(raster)]
    for augment in (SHIFT, None):
        model = AugmentedClassifier(Recorder(), augment, n_copies=1, random_state=0).fit(X, Y)
        model.predict(X)
        assert {x.ndim for x in (*model.estimator_.X_, *model.estimator_.asked_)} == {1}


@pytest.mark.small
def test_rows_of_pixels_are_images_for_an_augmentation_of_images(rng):
    X = rng.random((12, 64))
    moved = fitted_on(X, MoveImages((8, 8), shift=1)).X_[12:]
    images = X.reshape(12, 8, 8)
    assert moved.shape == (24, 64)
    for image, copy in zip(np.concatenate([images] * 2), moved.reshape(24, 8, 8)):
        assert np.isin(copy[1:-1, 1:-1], image).all()  # shifted by whole pixels


@pytest.mark.small
def test_random_states_that_are_none_follow_from_its_own(raster):
    chain = make_pipeline(SpikingRocket(50), SpikingRocket(20, random_state=7), Recorder())
    first, second, _ = seeded(chain, 1)
    assert (first.random_state, second.random_state) == (1, 7)
    model = AugmentedClassifier(augment=SHIFT, random_state=0)
    model.set_params(estimator__spikingrocket__n_neurons=50)
    first, second = (
        clone(model).fit(raster, Y).estimator_[0].random_state for _ in range(2))
    assert first == second is not None


@pytest.mark.small
def test_prediction_is_not_augmented(raster):
    model = AugmentedClassifier(Recorder(), SHIFT, random_state=0).fit(raster, Y)
    model.predict(raster)
    np.testing.assert_array_equal(model.estimator_.asked_, raster)


@pytest.mark.small
def test_weights_reach_a_step_of_a_pipeline(raster):
    model = AugmentedClassifier(make_pipeline(SpikeCounter(), Recorder()), SHIFT, n_copies=1)
    model.fit(raster, Y, recorder__sample_weight=np.arange(12.0))
    assert model.estimator_[-1].weight_.tolist() == [*range(12)] * 2
    with pytest.raises(TypeError, match="AugmentedClassifier passes wrong to its estimator"):
        AugmentedClassifier(Recorder()).fit(raster, Y, wrong=1)


@pytest.mark.small
@pytest.mark.parametrize(
    ("parameters", "error", "words"), [
        ({"augment": 0.1}, TypeError, "augment must be an Augmentation, .* got 0.1"),
        ({"augment": Augment}, TypeError, "augment must be an Augmentation"),
        ({"augment": Augment(drop=2)}, ValueError, "drop"),
        ({"n_copies": -1}, ValueError, "n_copies"),
        ({"n_copies": 1.5}, (TypeError, ValueError), "n_copies"),
        ({"estimator": StandardScaler()}, TypeError, "estimator must be a classifier")])
def test_wrong_parameters_are_refused_before_a_fit(raster, parameters, error, words):
    model = AugmentedClassifier(Recorder(), SHIFT).fit(raster, Y)
    before = vars(model)["estimator_"]
    with pytest.raises(error, match=words):
        model.set_params(**parameters).fit(raster, Y)
    assert model.estimator_ is before


def test_copies_help_if_the_samples_to_predict_are_shifted():
    y, steps = np.arange(80) % 2, np.arange(60)
    rates = 0.15 * np.exp(-(((steps - np.where(y, 36, 24)[:, None]) / 2) ** 2) / 2)
    counts = make_pipeline(SpikeCounter(60), RidgeClassifier())
    scores = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        raster = (rng.random((80, 4, 60)) < rates[:, None]).astype(np.uint8)
        shifts = rng.integers(-5, 6, 80)
        shifted = np.stack([np.roll(x, s, axis=1) for x, s in zip(raster, shifts, strict=True)])
        models = [
            AugmentedClassifier(counts, augment, random_state=seed).fit(raster[:20], y[:20])
            for augment in (None, Augment(time_shift=0.1))]
        scores.append([model.score(shifted[20:], y[20:]) for model in models])
    plain, augmented = np.mean(scores, axis=0)
    assert augmented > plain + 0.05


def test_it_holds_networks_and_runs_in_cross_validation(raster):
    network = SNNClassifier(5, max_iter=2, tol=1, random_state=0)
    model = AugmentedClassifier(network, SHIFT, n_copies=1, random_state=0)
    assert cross_val_score(model, raster, Y, cv=2).shape == (2,)
    assert model.fit(raster, Y).predict_proba(raster).shape == (12, 3)
    assert model.set_params(estimator__alpha=0.5).estimator.alpha == 0.5
    assert AugmentedClassifier().set_params(
        estimator__spikingrocket__n_neurons=60).estimator[0].n_neurons == 60
