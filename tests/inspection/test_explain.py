"""`explain` distributes a decision over channels and steps, for all models."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from parts import neurons
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from user_neuron import QuadraticNeuron

from skspike import (
    Convolution, EventDetector, LZCClassifier, LZCTransformer, RejectingClassifier, SNNClassifier,
    SNNRegressor, SNNTransformer, SpikeCounter, SpikeEncoder, SpikeTrainClassifier, SpikingPatches,
    SpikingRocket)
from skspike.coding import CODINGS
from skspike.complexity import MEASURES
from skspike.datasets import make_order, make_poisson
from skspike.inspection import _explain, explain
from skspike.simulation import READOUTS

SMALL = {"hidden_layer_sizes": 6, "max_iter": 1, "random_state": 0}


@pytest.fixture
def raster(rng):
    """A raster of 12 samples, 3 channels and 20 steps. The first sample has no spikes."""
    X = (rng.random((12, 3, 20)) < 0.3).astype(np.uint8)
    X[0] = 0
    return X


@pytest.fixture
def y():
    """Labels of three classes."""
    return np.resize(["a", "b", "c"], 12)


class Recorder(ClassifierMixin, BaseEstimator):
    """A classifier whose score is a function of the input. It stores its inputs."""

    def __init__(self, function):
        self.function = function

    def fit(self, X, y):
        self.classes_, self.seen_ = np.unique(y), []
        return self

    def decision_function(self, X):
        self.seen_.append(X)
        return np.array([self.function(x) for x in np.asarray(X)], float)

    def predict(self, X):
        return self.classes_[(self.decision_function(X) > 0).astype(int)]


def recorder(function):
    """Return a fitted recorder of two classes."""
    return Recorder(function).fit(None, [0, 1])


def sums(evidence):
    """Return the summed evidence of each sample."""
    return np.array([one.sum() for one in evidence])


def check_sum(found, decision):
    """Check that the evidence adds up to the change of the decision."""
    # sums of float32 depend on the number of samples in some models
    assert found.decision == pytest.approx(decision, rel=1e-5, abs=1e-5)
    assert sums(found.evidence) == pytest.approx(
        found.decision - found.baseline_decision, rel=1e-5, abs=1e-5)
    assert all(np.isfinite(one).all() for one in found.evidence)


def margins(scores, columns):
    """Return the score of a column minus the mean of the others."""
    return [
        row[k] - np.delete(row, k).mean() for row, k in zip(scores, columns, strict=True)]


# -- what evidence is


@pytest.mark.small
def test_evidence_of_a_linear_model_is_coefficient_times_difference_from_the_baseline(rng):
    X, y = rng.normal(size=(30, 2, 5)), rng.normal(size=30)
    model = make_pipeline(FunctionTransformer(lambda x: x.reshape(len(x), -1)), LinearRegression())
    found = explain(model.fit(X, y), X[:4], n_orders=1, random_state=0)
    expected = model[-1].coef_.reshape(2, 5) * (X[:4] - X[:4].mean(axis=(0, 2))[:, None])
    np.testing.assert_allclose(found.evidence, expected, atol=1e-12)
    check_sum(found, model.predict(X[:4]))
    assert found.n_windows == 5 and found.target.tolist() == [0] * 4


@pytest.mark.small
def test_a_window_shares_its_evidence_equally_among_its_spikes():
    x = np.array([[[1, 0, 1, 0, 0, 1], [0, 0, 0, 0, 0, 0]]], np.uint8)
    found = explain(recorder(lambda x: 10 * x[0, 0] + x[0, 5]), x, n_windows=2, random_state=0)
    assert found.evidence.tolist() == [[[5, 0, 5, 0, 0, 1], [0] * 6]]


@pytest.mark.small
def test_two_inputs_that_need_each_other_share_their_evidence():
    found = explain(
        recorder(lambda x: x[0] * x[1] + x[2]), [[3.0, 2.0, 7.0]], baseline=0.0, n_orders=2)
    assert found.evidence.tolist() == [[3, 3, 7]]
    # in one order, the input that is removed first has all
    found = explain(
        recorder(lambda x: x[0] * x[1]), [[3.0, 2.0]], baseline=0.0, n_orders=1, random_state=0)
    assert sorted(found.evidence[0].tolist()) == [0, 6]


@pytest.mark.small
def test_many_orders_approach_the_shapley_value(rng):
    weights = rng.normal(size=(4, 4))

    def value(x):
        return float(x @ weights @ x)

    x, orders = rng.normal(size=4), list(itertools.permutations(range(4)))
    exact = np.zeros(4)
    for order in orders:
        kept = x.copy()
        for k in order:
            before = value(kept)
            kept[k] = 0
            exact[k] += (before - value(kept)) / math.factorial(4)
    found = explain(recorder(value), [x], target=1, baseline=0.0, n_orders=2000, random_state=0)
    np.testing.assert_allclose(found.evidence[0], exact, atol=0.15)


@pytest.mark.small
def test_the_target_is_the_predicted_class_or_the_given_one(raster, y):
    model = LZCClassifier().fit(raster, y)
    found = explain(model, raster, random_state=0)
    assert found.target.tolist() == model.predict(raster).tolist()
    columns = [list("abc").index(label) for label in found.target]
    check_sum(found, margins(model.decision_function(raster), columns))
    other = explain(model, raster, target="b", random_state=0)
    assert other.target.tolist() == ["b"] * 12
    check_sum(other, margins(model.decision_function(raster), [1] * 12))


@pytest.mark.small
def test_evidence_for_one_of_two_classes_is_evidence_against_the_other(raster):
    model = LZCClassifier().fit(raster, np.arange(12) % 2)
    against, support = (explain(model, raster, target=k, random_state=0) for k in (0, 1))
    np.testing.assert_array_equal(against.evidence, -support.evidence)
    check_sum(support, model.decision_function(raster))


@pytest.mark.small
def test_without_scores_the_probability_of_the_class_is_explained(raster, y):
    model = make_pipeline(SpikeCounter(), KNeighborsClassifier(5)).fit(raster, y)
    found = explain(model, raster, random_state=0)
    check_sum(found, model.predict_proba(raster).max(axis=1))


@pytest.mark.small
@pytest.mark.parametrize("inner", [
    LZCClassifier(), make_pipeline(SpikeCounter(4), KNeighborsClassifier(5))],
    ids=["scores", "probabilities"])
@pytest.mark.parametrize(("labels", "unknown"), [("abc", "rejected"), ([0, 1], -1)])
def test_a_rejected_sample_is_explained_for_the_class_with_the_best_score(
        raster, inner, labels, unknown):
    model = RejectingClassifier(inner, false_alarms=1.0, unknown=unknown, random_state=0)
    model.fit(raster, np.resize(list(labels), 12))
    rejected = model.predict(raster) == unknown
    assert rejected.any()
    found = explain(model, raster, n_windows=2, n_orders=1, random_state=0)
    assert found.target.tolist() == model.estimator_.predict(raster).tolist()
    assert (found.decision[rejected] > 0).all()


@pytest.mark.small
def test_outputs_of_a_regressor_are_explained_one_at_a_time(rng):
    X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
    model = LinearRegression().fit(X, Y)
    found = explain(model, X, target=1, random_state=0)
    check_sum(found, model.predict(X)[:, 1])
    np.testing.assert_allclose(found.evidence, model.coef_[1] * (X - X.mean(axis=0)), atol=1e-12)


# -- input


@pytest.mark.small
def test_the_baseline_of_rasters_is_silence_and_of_other_input_the_mean(rng, raster):
    model = recorder(np.sum)
    assert explain(model, raster, random_state=0).baseline_decision.tolist() == [0] * 12
    assert {X.dtype for X in model.seen_} == {np.dtype(np.uint8)}
    series = rng.normal(size=(4, 2, 6))
    expected = 6 * series.mean(axis=(0, 2)).sum()
    found = explain(recorder(np.sum), series, target=1, random_state=0)
    assert found.baseline_decision == pytest.approx(expected)
    table = rng.integers(9, size=(5, 3))
    found = explain(recorder(np.sum), table, target=1, random_state=0)
    assert found.baseline_decision == pytest.approx(table.mean(axis=0).sum())


@pytest.mark.small
def test_the_default_baseline_is_the_mean_of_the_values_that_are_not_missing(rng):
    series = rng.normal(size=(4, 3, 6))
    series[0, 0, 2:] = series[1, 1, 3] = series[:, 2] = np.nan  # the last channel has no value
    table = series[:, :, 2]
    for X, steps, expected in (
            (series, 6, np.nanmean(series[:, :2], axis=(0, 2))),
            (table, 1, np.nanmean(table[:, :2], axis=0))):
        found = explain(recorder(np.nansum), X, target=1, random_state=0)
        assert found.baseline_decision == pytest.approx(steps * expected.sum())
        check_sum(found, np.nansum(X.reshape(4, -1), axis=1))


@pytest.mark.small
def test_missing_values_that_a_model_fills_are_explained(rng, y):
    series = rng.normal(size=(12, 2, 15)).cumsum(axis=2)
    series[0, 0, 3:6] = np.nan
    unequal = [sample[:, : 15 - k % 3] for k, sample in enumerate(series)]
    for X in (series, unequal, series[:, :, 3]):
        model = SNNClassifier(**SMALL, encoder=SpikeEncoder(n_steps=10), missing="hold").fit(X, y)
        found = explain(model, X[:3], n_windows=2, n_orders=1, random_state=0)
        columns = [list("abc").index(label) for label in found.target]
        check_sum(found, margins(model.decision_function(X[:3]), columns))


@pytest.mark.small
def test_a_given_baseline_is_a_number_or_broadcasts_to_a_sample(rng):
    series, model = rng.normal(size=(4, 2, 6)), recorder(np.sum)
    for baseline, total in ((2.0, 24.0), ([[1.0], [3.0]], 24.0), (np.ones((2, 6)), 12.0)):
        found = explain(model, series, target=1, baseline=baseline, random_state=0)
        assert found.baseline_decision == pytest.approx(total)


@pytest.mark.small
def test_samples_are_explained_alone_and_in_groups_alike(raster, y, monkeypatch):
    model = LZCClassifier(with_counts=True, relative=False).fit(raster, y)
    whole = explain(model, raster, random_state=3).evidence
    np.testing.assert_allclose(
        explain(model, raster[4:6], random_state=3).evidence, whole[4:6], atol=1e-9)
    monkeypatch.setattr(_explain, "GROUP_SIZE", 200)  # three inputs at a time
    np.testing.assert_allclose(explain(model, raster, random_state=3).evidence, whole, atol=1e-9)
    assert not whole[0].any()  # equals the baseline


@pytest.mark.small
def test_samples_of_unequal_length_have_a_list(raster, y):
    unequal = [sample[:, : 20 - k] for k, sample in enumerate(raster)]
    model = SNNClassifier(**SMALL, rule=None).fit(unequal, y)
    found = explain(model, unequal[:3], n_windows=4, random_state=0)
    assert [one.shape for one in found.evidence] == [(3, 20), (3, 19), (3, 18)]
    columns = [list("abc").index(label) for label in found.target]
    check_sum(found, margins(model.decision_function(unequal[:3]), columns))


@pytest.mark.small
def test_rows_that_are_series_have_windows(rng):
    X, y = rng.normal(size=(20, 30)), np.arange(20) % 2
    model = LZCClassifier().fit(X, y)
    found = explain(model, X, n_windows=6, random_state=0)
    assert found.evidence.shape == (20, 30) and found.n_windows == 6
    check_sum(found, np.abs(model.decision_function(X)))


@pytest.mark.small
def test_a_data_frame_keeps_the_names_of_its_columns(rng):
    X = pd.DataFrame(rng.normal(size=(20, 2)), columns=["width", "height"])
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, np.arange(20) % 2)
    check_sum(explain(model, X[:5], random_state=0), np.abs(model.decision_function(X[:5])))


@pytest.mark.small
def test_scores_of_pairs_of_classes_are_refused(raster, y):
    for model in (SVC(decision_function_shape="ovo"), GridSearchCV(
            make_pipeline(SVC(decision_function_shape="ovo")), {"svc__C": [1.0]}, cv=2)):
        chain = make_pipeline(SpikeCounter(), model).fit(raster, y)
        with pytest.raises(ValueError, match="for each of the 3 classes, .*='ovr'"):
            explain(chain, raster[:2])


@pytest.mark.small
def test_bad_input_is_named(raster, y, rng):
    model = LZCClassifier().fit(raster, y)
    with pytest.raises(TypeError, match="explain expects a classifier or regressor.*Transformer"):
        explain(LZCTransformer().fit(raster), raster)
    with pytest.raises(NotFittedError):
        explain(LZCClassifier(), raster)
    with pytest.raises(ValueError, match=r"got shape \(3, 20, 1, 1\)"):
        explain(model, raster[0][..., None, None])
    with pytest.raises(ValueError, match="explain needs at least one sample"):
        explain(model, raster[:0])
    with pytest.raises(ValueError, match=r"target must be one of the classes \['a', 'b', 'c'\]"):
        explain(model, raster, target="d")
    with pytest.raises(ValueError, match="n_windows must be an integer .* <= 20, got 21"):
        explain(model, raster, n_windows=21)
    with pytest.raises(ValueError, match="n_orders must be an integer"):
        explain(model, raster, n_orders=0)
    with pytest.raises(ValueError, match=r"baseline must .*\(3, 20\), got shape \(2, 1\)"):
        explain(model, raster, baseline=[[0], [1]])
    with pytest.raises(ValueError, match="baseline must be finite"):
        explain(model, raster, baseline=np.nan)
    two = LinearRegression().fit(rng.normal(size=(9, 2)), rng.normal(size=(9, 2)))
    with pytest.raises((ValueError, TypeError), match="target must be an integer"):
        explain(two, np.ones((1, 2)))
    labels = np.stack([np.arange(12) % 2, np.arange(12) // 6], axis=1)
    several = SNNClassifier(**SMALL).fit(raster, labels)
    with pytest.raises(ValueError, match="one column of labels"):
        explain(several, raster)


# -- models


def networks():
    """Yield networks with all kinds of parts, which take rasters."""
    yield from (SNNClassifier(**SMALL, neuron=neuron) for neuron in neurons())
    yield from (SNNClassifier(**SMALL, rule=None, readout=readout) for readout in READOUTS)
    yield SNNClassifier(**SMALL, neuron=QuadraticNeuron())
    yield SNNClassifier(**SMALL, delays=(0, 2, 5))
    yield SNNClassifier((6, 5), max_iter=1, recurrent=(False, True), random_state=0)
    yield SNNClassifier(**SMALL, rule="tempotron")


def models():
    """Yield networks, features and pipelines, which take rasters."""
    yield from networks()
    yield from (LZCClassifier(measure) for measure in MEASURES)
    yield make_pipeline(SpikingRocket(70, random_state=0), StandardScaler(), RidgeClassifier())
    yield make_pipeline(
        SNNTransformer(**SMALL), LZCTransformer(), StandardScaler(), LogisticRegression())


@pytest.mark.parametrize("model", list(models()), ids=repr)
def test_evidence_of_every_model_adds_up_to_its_decision(model, raster, y):
    model.fit(raster, y)
    found = explain(model, raster[:3], n_windows=4, n_orders=1, random_state=0)
    columns = [list("abc").index(label) for label in found.target]
    check_sum(found, margins(model.decision_function(raster[:3]), columns))


@pytest.mark.parametrize("coding", CODINGS)
def test_an_encoder_inside_is_part_of_the_model(coding, rng, y):
    series = rng.normal(size=(12, 2, 15)).cumsum(axis=2)
    table = None if 2 in CODINGS[coding].refuses else series[:, :, 0]
    for X in (series, table) if 3 not in CODINGS[coding].refuses else (table,):
        if X is not None:
            model = SNNClassifier(**SMALL, encoder=SpikeEncoder(coding, n_steps=10)).fit(X, y)
            found = explain(model, X[:3], n_orders=1, random_state=0)
            columns = [list("abc").index(label) for label in found.target]
            check_sum(found, margins(model.decision_function(X[:3]), columns))


def test_images_and_values_are_explained(rng):
    images, y = rng.random((20, 16)), np.arange(20) % 2
    shared = SNNClassifier(
        (Convolution(2, 3, image_shape=(4, 4)), 4), max_iter=1, random_state=0)
    patches = make_pipeline(
        SpikingPatches(4, random_state=0, image_shape=(4, 4)), StandardScaler(), RidgeClassifier())
    for model in (shared, patches):
        found = explain(model.fit(images, y), images[:3], n_orders=1, random_state=0)
        check_sum(found, np.abs(model.decision_function(images[:3])))
    values = SNNRegressor(**SMALL).fit(images, images[:, 0])
    check_sum(explain(values, images[:3], random_state=0), values.predict(images[:3]))


# -- what it finds


def deleted(X, evidence, share):
    """Return rasters without the spikes in the share of their entries with the most evidence."""
    flat, ranks = X.reshape(len(X), -1).copy(), evidence.reshape(len(X), -1)
    first = np.argsort(-ranks, axis=1, kind="stable")[:, : int(share * ranks.shape[1])]
    np.put_along_axis(flat, first, 0, axis=1)
    return flat.reshape(X.shape)


def test_planted_bursts_are_found_and_their_deletion_changes_decisions(rng):
    X, _ = make_poisson(300, 12, 100, rates=(30.0,), random_state=0)
    y = np.arange(300) % 2
    planted = np.zeros((12, 100), bool)
    for channel in range(3):
        planted[channel, 25 * channel : 25 * channel + 20] = True
    X |= ((y == 1)[:, None, None] & planted & (rng.random(X.shape) < 0.3)).astype(np.uint8)
    network = SNNClassifier(16, max_iter=20, random_state=0).fit(X[:200], y[:200])
    new, answers = X[200:], y[200:]
    found = explain(network, new[answers == 1], random_state=0)
    assert roc_auc_score(planted.ravel(), np.abs(found.evidence).mean(axis=0).ravel()) > 0.95
    ranked = deleted(new, explain(network, new, random_state=0).evidence, 0.1)
    at_random = deleted(new, rng.random(new.shape), 0.1)
    score = network.score(new, answers)
    assert score > 0.95 and score - network.score(at_random, answers) < 0.05
    assert network.score(ranked, answers) < 0.6


def test_noise_channels_of_the_order_task_have_little_evidence(rng):
    X, y = make_order(300, 4, 200, random_state=0)
    noise = (rng.random((300, 6, 200)) < X.mean()).astype(np.uint8)
    X = np.concatenate([X, noise], axis=1)
    network = SNNClassifier(24, max_iter=30, random_state=0).fit(X[:220], y[:220])
    evidence = explain(network, X[220:], n_orders=2, random_state=0).evidence
    sizes = np.abs(evidence).sum(axis=2).mean(axis=0)
    assert sizes[:4].min() > sizes[4:].max()


@pytest.mark.parametrize("target", [None, "a"])
@pytest.mark.parametrize("labels", [["a", "b"], ["a", "b", "c"]])
def test_a_classifier_of_spike_trains_has_exact_terms(raster, labels, target):
    model = SpikeTrainClassifier(["history", "linear"]).fit(raster, np.resize(labels, 12))
    found = explain(model, raster, target=target)
    np.testing.assert_allclose(found.evidence.sum(axis=(1, 2)), found.decision)
    assert found.evidence.shape == raster.shape and found.n_windows == 20
    assert found.baseline_decision.tolist() == [0] * 12
    terms, scores = model.explain(raster), model.decision_function(raster)
    if len(labels) == 2:
        sign = np.where(found.target == "a", -1, 1)
        np.testing.assert_array_equal(found.evidence, sign[:, None, None] * terms)
        np.testing.assert_array_equal(found.decision, sign * scores)
    elif target == "a":
        np.testing.assert_allclose(found.evidence, 1.5 * terms[:, 0])
        np.testing.assert_allclose(found.decision, 1.5 * scores[:, 0])


def test_exact_terms_have_the_form_of_the_input(raster):
    model = SpikeTrainClassifier("history").fit(raster, np.arange(12) % 2)
    unequal = explain(model, [raster[0, :, :9], raster[1]]).evidence
    assert [one.shape for one in unequal] == [(3, 9), (3, 20)]
    rows = SpikeTrainClassifier("history").fit(raster[:, 0], np.arange(12) % 2)
    assert explain(rows, raster[:, 0]).evidence.shape == (12, 20)
    sampled = explain(model, raster[:2], n_windows=5, random_state=0)
    assert sampled.n_windows == 5 and sampled.baseline_decision.any()
    with pytest.raises(ValueError, match="n_orders must be an integer and >= 1"):
        explain(model, raster, n_orders=0)


def test_a_decision_about_an_event_is_explained_by_its_channel_and_time(rng):
    def recording():
        x = rng.normal(0, 0.1, (3, 1500))
        starts = np.arange(50, 1400, 100) + rng.integers(0, 30, 14)
        for start in starts:
            x[1, start : start + 30] += np.sin(np.linspace(0, 2 * np.pi, 30))
        return x, [(10 * start, 10 * (start + 30), "wave") for start in starts]

    X, events = zip(*[recording() for _ in range(3)], strict=True)
    detector = EventDetector(
        SNNClassifier(64, rule=None, readout="leaky"), dt=10.0, augment=None,
        max_false_alarms=None, random_state=0).fit(list(X), list(events))
    start = int(events[0][2][0] / 10)
    piece = X[0][np.newaxis, :, start - 90 : start + 30]
    found = explain(detector, piece, n_windows=12, random_state=0)
    by_window = found.evidence[0].reshape(3, 12, 10).sum(axis=2)
    assert by_window[1, 9:].sum() > 0.8 * by_window.sum() > 0
    assert found.target == ["wave"] and found.decision > found.baseline_decision
    assert found.evidence.sum() == pytest.approx(found.decision[0] - found.baseline_decision[0])
