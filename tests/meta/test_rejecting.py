"""Rejection of samples that do not look like the training data."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from skspike import (
    EarlyClassifier, LZCClassifier, RejectingClassifier, SNNClassifier, SpikeCounter, SpikeEncoder,
    SpikeTrainClassifier, SpikingRocket, stream_of)
from skspike._base import seeded
from skspike.datasets import make_poisson
from skspike.trains import Usual, UsualSums

DIGITS, LABELS = load_digits(return_X_y=True)
DIGITS = DIGITS / 16
X, Y = make_poisson(200, 8, 40, rates=(50, 150), random_state=0)
NETWORK = SNNClassifier(8, max_iter=5, readout="count", delays=None, random_state=0)


def area(model, usual, unusual):
    """Return the area under the curve of the novelty."""
    return roc_auc_score(
        np.repeat([0, 1], [len(usual), len(unusual)]),
        np.concatenate([model.novelty(usual), model.novelty(unusual)]))


def test_a_class_that_was_left_out_noise_and_other_amplitudes_are_novel(rng):
    known, test = np.flatnonzero(LABELS[:1200] != 0), np.arange(1200, len(DIGITS))
    network = SNNClassifier(n_steps=50, max_iter=10, random_state=0)
    model = RejectingClassifier(network, random_state=0).fit(DIGITS[known], LABELS[known])
    usual, new = DIGITS[test[LABELS[test] != 0]], DIGITS[test[LABELS[test] == 0]]
    assert area(model, usual, new) > 0.8
    assert area(model, usual, rng.random(usual.shape)) > 0.99
    assert area(model, usual, 2 * usual) > 0.95
    np.testing.assert_array_equal(model.score_samples(usual), -model.novelty(usual))


@pytest.mark.parametrize("rate", [0.02, 0.2])
def test_about_the_wanted_share_of_usual_samples_is_rejected(rng, rate):
    features, y = rng.normal(size=(4000, 3)), rng.integers(0, 2, 4000)
    features[:, 0] += 4 * y
    model = RejectingClassifier(
        LogisticRegression(), false_alarms=rate, unknown=-1, random_state=0)
    found = model.fit(features[:2000], y[:2000]).predict(features[2000:])
    assert (found == -1).mean() == pytest.approx(rate, rel=0.5)
    np.testing.assert_array_equal(
        found == -1, model.novelty(features[2000:]) > model.novelty_threshold_)
    assert (found == y[2000:])[found != -1].mean() > 0.95


@pytest.mark.parametrize("estimator", [
    NETWORK, SNNClassifier(8, max_iter=5, encoder=SpikeEncoder(n_steps=20), random_state=0),
    make_pipeline(SpikeCounter(), LogisticRegression()),
    make_pipeline(SpikeCounter(), KNeighborsClassifier())], ids=[
        "network", "encoder", "scores", "probabilities"])
def test_every_classifier_rejects_what_is_far_from_its_data(estimator):
    data = X if "encoder" not in estimator.get_params() or estimator.encoder is None else (
        X.mean(axis=2))
    names = np.array(["low", "high"])[Y]
    model = RejectingClassifier(estimator, unknown="unknown", random_state=0).fit(data, names)
    assert set(model.predict(np.ones_like(data[:5]))) == {"unknown"}
    assert model.score(data, names) > 0.6 and model.classes_.tolist() == ["high", "low"]


def test_samples_of_unequal_length_are_judged():
    data = [x[:, : 30 + k % 10] for k, x in enumerate(X)]
    model = RejectingClassifier(NETWORK, random_state=0).fit(data, Y)
    assert area(model, data, [np.ones((8, 35), np.uint8)] * 9) > 0.99


def test_the_samples_that_are_kept_represent_all_in_any_order(rng):
    features, y = rng.normal(size=(600, 2)), np.arange(600) % 2
    features += np.c_[np.linspace(0, 20, 600), 4 * y]  # sorted by the first column
    model = RejectingClassifier(GaussianNB(), n_kept=60, random_state=0).fit(features, y)
    assert area(model, features[:300], features[300:]) == pytest.approx(0.5, abs=0.15)


@pytest.mark.small
def test_usual_samples_are_compared_with_the_mean_of_the_others_of_their_class(rng):
    y = np.repeat([0, 1, 2, 3], [2, 3, 6, 1])  # the last one has no others
    outputs, moments = rng.normal(size=(12, 1)) + 9 * y[:, np.newaxis], rng.normal(size=(12, 2))
    usual, logs = Usual.of(moments, moments, outputs, y), []
    for i in range(11):
        others = np.flatnonzero((y == y[i]) & (np.arange(12) != i))
        deviation = outputs[i] - outputs[others].mean(axis=0)
        logs.append(np.log(deviation @ usual.precision @ deviation))
    assert usual.centre[0] == pytest.approx(np.median(logs), abs=1e-6)
    assert usual.width[0] == pytest.approx(np.quantile(logs, 0.95) - np.median(logs), abs=1e-6)


@pytest.mark.small
@pytest.mark.parametrize("n", [3, 5, 40])
def test_the_input_is_compared_with_the_fifth_training_sample_or_the_last(rng, n):
    known, moments = rng.normal(size=(n, 2)), rng.normal(size=(30, 2))
    usual = Usual.of(known, moments, rng.normal(size=(30, 1)), np.arange(30) % 2)
    squares = np.square((moments[:, np.newaxis] - known) / usual.unit).sum(axis=2)
    distances = np.sort(squares, axis=1)[:, min(n, 5) - 1]
    assert usual.centre[1] == pytest.approx(np.median(np.log(distances)))


@pytest.mark.parametrize("n", [3, 8, 40])
def test_few_samples_of_each_class_reject_what_is_far_from_them(rng, n):
    y = np.repeat([0, 1, 2], n)
    features = rng.normal(size=(3 * n, 3)) + 3 * y[:, np.newaxis]
    model = RejectingClassifier(LogisticRegression(), unknown=-1, random_state=0).fit(features, y)
    assert (model.predict(100 * rng.normal(size=(50, 3))) == -1).mean() > 0.9
    usual = np.repeat([0, 1, 2], 100)
    found = model.predict(rng.normal(size=(300, 3)) + 3 * usual[:, np.newaxis])
    assert (found == -1).mean() < 0.5


def test_novelty_does_not_depend_on_the_origin_of_features(rng):
    """A constant column is such an origin. Squares of large numbers would be inexact."""
    features, y = rng.normal(size=(400, 3)), np.arange(400) % 2
    features[:, 0] += 4 * y
    moved = np.c_[features + [0, 1e3, -1e6], np.ones(400)]
    one, other = (
        RejectingClassifier(GaussianNB(), random_state=0).fit(data, y).novelty(data)
        for data in (features, moved))
    np.testing.assert_allclose(one, other, atol=1e-3)
    model = RejectingClassifier(GaussianNB(), random_state=0).fit(moved, y)
    each = [model.novelty(x[np.newaxis])[0] for x in moved[:50]]
    np.testing.assert_allclose(each, model.novelty(moved)[:50], atol=1e-6)


def test_columns_of_small_unit_count_as_much_as_others(rng):
    features, y = rng.normal(size=(400, 2)), np.arange(400) % 2
    features[:, 0] += 4 * y
    unit = [1.0, 1e-6]
    model = RejectingClassifier(GaussianNB(), random_state=0).fit(features * unit, y)
    usual = rng.normal(size=(100, 2)) + np.c_[4 * y[:100], np.zeros(100)]
    assert area(model, usual * unit, (usual + [0, 8]) * unit) > 0.95


def test_huge_values_are_novel():
    model = RejectingClassifier(NETWORK, random_state=0).fit(X.mean(axis=2), Y)
    found = model.novelty(np.full((1, 8), 1e150))
    assert np.isfinite(found).all() and found > model.novelty_threshold_


def test_a_fitted_classifier_is_kept():
    fitted = GaussianNB().fit(DIGITS[:300], LABELS[:300])
    model = RejectingClassifier(FrozenEstimator(fitted), random_state=0)
    model.fit(DIGITS[300:900], LABELS[300:900])
    np.testing.assert_array_equal(model.predict(DIGITS), fitted.predict(DIGITS))


def test_a_label_that_is_set_after_fit_waits_for_the_next_fit():
    model = RejectingClassifier(GaussianNB(), unknown=-1, random_state=0).fit(DIGITS, LABELS)
    model.set_params(unknown="later")
    assert model.predict(1e3 + DIGITS[:5]).tolist() == [-1] * 5


def test_a_nested_parameter_leaves_the_classifier_seeded():
    model = RejectingClassifier(random_state=0).set_params(estimator__max_iter=2)
    first, second = (clone(model).fit(DIGITS, LABELS).novelty(DIGITS[:5]) for _ in range(2))
    assert first.tolist() == second.tolist()


def test_weights_of_samples_are_divided_as_the_samples_are():
    class Noted(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            assert sample_weight.tolist() == X[:, 0].tolist()
            return super().fit(X, y, sample_weight)

    features = np.random.default_rng(0).random((60, 2))
    RejectingClassifier(Noted(), random_state=0).fit(
        features, np.arange(60) % 2, sample_weight=features[:, 0])


def test_weights_reach_a_step_of_a_pipeline_and_unknown_arguments_are_refused():
    class Noted(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            self.weight_ = sample_weight
            return super().fit(X, y, sample_weight)

    model = RejectingClassifier(make_pipeline(SpikeCounter(), Noted()), random_state=0)
    model.fit(X, Y, noted__sample_weight=np.full(200, 3.0))
    assert (model.estimator_[-1].weight_ == 3).all()
    with pytest.raises(TypeError, match="RejectingClassifier passes wrong to its estimator"):
        RejectingClassifier(Noted()).fit(X[:, 0], Y, wrong=1)


def test_random_states_that_are_none_follow_from_its_own():
    chain = make_pipeline(SpikingRocket(9), SpikingRocket(9, random_state=7), GaussianNB())
    first, second, _ = seeded(chain, 1)
    assert (first.random_state, second.random_state) == (1, 7)
    model = RejectingClassifier(chain, random_state=0)
    first, second = (clone(model).fit(X, Y).estimator_[0].random_state for _ in range(2))
    assert first == second is not None


@pytest.mark.parametrize("cls", [SpikeTrainClassifier, LZCClassifier])
def test_series_without_channels_may_have_unequal_lengths(cls, rng):
    y = np.arange(60) % 2
    X = [rng.random(30 + k % 3).cumsum() if label else rng.random(30 + k % 3)
         for k, label in enumerate(y)]
    model = RejectingClassifier(cls(), random_state=0).fit(X, y)
    assert (model.estimator_.predict(X) == model.predict_proba(X).argmax(axis=1)).all()
    assert np.isfinite(model.novelty(X)).all()


def test_labels_that_are_unsigned_and_unknown_ones_keep_their_type():
    y = Y.astype(np.uint64) + 2**60
    with pytest.raises(ValueError, match=r"unknown=-1 .* no common type .* y.astype\(np.int64\)"):
        RejectingClassifier(NETWORK, unknown=-1).fit(X, y)
    found = RejectingClassifier(NETWORK, unknown=7, random_state=0).fit(X, y).predict(X)
    assert set(found.tolist()) <= {7, *y.tolist()} and found.dtype == np.uint64


@pytest.mark.filterwarnings("ignore:The number of unique classes")
@pytest.mark.parametrize(("parameters", "y", "error", "message"), [
    ({"unknown": 1}, Y, ValueError, "differ from all of them"),
    ({"unknown": "?"}, Y, ValueError, "unknown must have the type of the labels"),
    ({"false_alarms": 2}, Y, ValueError, "false_alarms must be a finite number and >= 0"),
    ({"n_kept": 0}, Y, ValueError, "n_kept must be an integer"),
    ({"estimator": SpikeCounter()}, Y, TypeError, "estimator must be a classifier"),
    ({}, np.arange(200), ValueError, "compares at least 3 samples that the classifier does not")])
def test_invalid_parameters_are_refused_before_a_fit(parameters, y, error, message):
    model = RejectingClassifier(**{"estimator": NETWORK, **parameters})
    before = dict(vars(model))
    with pytest.raises(error, match=message):
        model.fit(X, y)
    assert vars(model) == before


ROCKET = EarlyClassifier(SpikingRocket(50, streaming=True, random_state=0), step=2.0)
EARLY = {
    "rocket": ROCKET, "trains": EarlyClassifier(SpikeTrainClassifier(["rate"]), cv=2),
    "network": EarlyClassifier(NETWORK, cv=2)}


def sines(n, seed, classes=3, length=60):
    """Return noisy oscillations of several frequencies in two channels."""
    rng = np.random.default_rng(seed)
    y, t = np.arange(n) % classes, np.arange(length)
    phase = rng.uniform(0, 2 * np.pi, (n, 1, 1))
    series = np.sin(0.2 * (1 + y[:, np.newaxis, np.newaxis]) * t + phase)
    return series * [[1], [2]] + 0.2 * rng.normal(size=(n, 2, length)), y


@pytest.fixture(scope="module", params=EARLY)
def early(request):
    """Return a fitted model, and usual and unusual samples."""
    if request.param == "rocket":
        data, y = sines(350, 0)
        unusual = [np.random.default_rng(0).permuted(data[:20], axis=2), 3 * data[:20]]
    else:
        data, y = make_poisson(350, 8, 40, rates=(30, 60, 100), random_state=0)
        unusual = [np.ones_like(data[:20]), 1 - data[:20]]
    # enough samples that one outlier among them does not set the threshold
    model = RejectingClassifier(
        EARLY[request.param], unknown=-1, validation_fraction=0.4, random_state=0)
    return model.fit(data[:300], y[:300]), data[300:], np.concatenate(unusual)


def test_early_decisions_of_a_stream_equal_those_of_whole_samples(early):
    model, usual, unusual = early
    stream = stream_of(model)
    for data in (usual[:15], unusual[::4]):
        times = model.estimator_.decision_times(data)
        for x, label, time in zip(data, model.predict(data), times, strict=True):
            stream.reset()
            while not stream.step(x[:, int(stream.time)]):
                assert stream.predict() in model.classes_
            assert (stream.predict(), stream.time) == (label, time)
    assert stream.predict() == -1
    copied = pickle.loads(pickle.dumps(stream))
    assert copied.predict() == -1 and copied.decided
    stream.reset()
    assert stream.predict() in model.classes_ and not stream.decided


def test_a_sample_whose_novelty_equals_the_threshold_is_kept(early):
    model, (x, *_), _ = early
    model = copy.copy(model)
    model.novelty_threshold_ = model.novelty([x])[0]
    stream = model.stream()
    stream.step(x)
    assert stream.predict() == model.predict([x])[0] != -1


def test_steps_after_an_early_decision_change_nothing(early):
    model, usual, unusual = early
    for data in (usual, unusual):
        changed = data.copy()
        for x, time in zip(changed, model.estimator_.decision_times(data), strict=True):
            x[:, int(time):] = 1
        np.testing.assert_array_equal(model.novelty(changed), model.novelty(data))
        np.testing.assert_array_equal(model.predict(changed), model.predict(data))
    assert (model.predict(usual) == -1).mean() < 0.2
    assert (model.predict(unusual) == -1).mean() > 0.6
    np.testing.assert_array_equal(
        model.predict(unusual) == -1, model.novelty(unusual) > model.novelty_threshold_)


def test_early_decisions_reject_the_wanted_share_and_a_class_that_was_left_out():
    (data, y), rate = sines(1200, 0), 0.3
    names = np.array(["a", "b", "c"])[y]
    known = y[:800] > 0
    model = RejectingClassifier(
        ROCKET, false_alarms=rate, unknown="unknown", validation_fraction=0.5, random_state=0)
    found = model.fit(data[:800][known], names[:800][known]).predict(data[800:])
    is_known = y[800:] > 0
    assert (found[is_known] == "unknown").mean() == pytest.approx(rate, rel=0.5)
    assert (found[~is_known] == "unknown").mean() > rate + 0.3


def test_deviations_of_sums_are_those_within_classes(rng):
    y, sums = np.repeat([0, 1], 500), rng.normal(size=(1000, 2, 3))
    sums[:, :, 0] += 7 * y[:, np.newaxis]
    sums[:, 1] *= 5
    sums[:, 0, 2] = 4
    usual = UsualSums.of(sums, y)
    np.testing.assert_allclose(
        usual.scale, [[1, 1, 0.004], [5, 5, 5]], rtol=0.1)
    np.testing.assert_allclose(usual.mean[0, :, 0], [0, 7], atol=0.2)
    x = usual.mean[1, 1] + 10.0 * usual.scale[1].astype(float)
    assert usual.novelty(x[np.newaxis], np.array([1]), np.array([1]))[0] == pytest.approx(
        np.log(100), abs=1e-5)


def test_a_fitted_early_classifier_is_kept_and_its_classes_are_checked():
    data, y = sines(120, 0)
    fitted = FrozenEstimator(ROCKET.fit(data[:60], y[:60]))
    model = RejectingClassifier(fitted, unknown=-1, random_state=0).fit(data[60:], y[60:])
    found = model.predict(data)
    np.testing.assert_array_equal(found[found != -1], fitted.predict(data)[found != -1])
    with pytest.raises(ValueError, match=r"the classes of the fitted EarlyClassifier, \[0, 1, 2\]"):
        model.fit(data[60:], np.minimum(y[60:], 1))


def test_only_early_decisions_have_a_stream():
    model = RejectingClassifier(GaussianNB(), random_state=0).fit(DIGITS, LABELS)
    assert not hasattr(model, "stream")
    with pytest.raises(TypeError, match="RejectingClassifier cannot stream"):
        stream_of(model)
    with pytest.raises(NotFittedError):
        RejectingClassifier(ROCKET).stream()


def test_early_decisions_without_a_label_reject_nothing_and_refuse_other_lengths():
    data, y = sines(60, 0)
    model = RejectingClassifier(ROCKET, random_state=0).fit(data, y)
    stream = model.stream()
    stream.step(100 * data[0])
    assert stream.predict() == model.predict(100 * data[:1])[0] != -1
    with pytest.raises(ValueError, match="fitted on samples of 60 steps and got 50"):
        model.novelty(data[:, :, :50])
    with pytest.raises(ValueError, match="expects the 2 channels"):
        RejectingClassifier(ROCKET, unknown=-1).fit(data, y).stream().step([1.0])
    with pytest.raises(ValueError, match="EarlyClassifier needs samples of equal length"):
        model.fit([x[:, : 50 + k % 3] for k, x in enumerate(data)], y)
