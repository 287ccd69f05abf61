"""`EventDetector` finds events in recordings, in batches and on streams alike."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from events import DT, rasters, recordings
from naive import event_decisions
from scipy.stats import poisson
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from step_classifier import StepClassifier

from skspike import EventDetector, SNNClassifier, SNNRegressor, SpikeEncoder
from skspike._meta._event_decisions import Candidates, HighPass, Machine, decided, rates, upper_rate
from skspike._meta._event_parts import changed, folds_of, rest_of, step_classes
from skspike.coding import Thermometer
from skspike.metrics import event_scores
from skspike.simulation import Leaky

EVENT = [("onset", float), ("offset", float), ("label", int)]
QUIET = pytest.mark.filterwarnings("ignore:EventDetector cannot show")
X, Y = recordings(4, 0)
X_NEW, Y_NEW = recordings(3, 1)


class OneScore(StepClassifier):
    """A classifier that returns the scores of one class."""

    def decision_function(self, X):
        return [scores[1:2] for scores in super().decision_function(X)]


class NoScore(StepClassifier):
    """A classifier that returns an infinite score of one class in one step."""

    def decision_function(self, X):
        found = super().decision_function(X)
        for scores in found:
            scores[1, 300] = -np.inf
        return found


def detector(**parameters):
    return EventDetector(**{
        "estimator": StepClassifier(), "dt": DT, "augment": None, "random_state": 0,
        "max_false_alarms": None, **parameters})


@pytest.fixture(scope="module")
def fitted():
    return detector().fit(X, Y)


def test_events_of_new_recordings_are_found(fitted):
    scores = event_scores(Y_NEW, fitted.predict(X_NEW), tolerance=fitted.tolerance_)
    assert scores.f1 > 0.95 and scores.f1 == fitted.score(X_NEW, Y_NEW)
    assert scores.latency_from_offset < 0
    assert fitted.classes_.tolist() == ["tap", "wave"]


def test_events_at_random_times_are_not_found():
    rng = np.random.default_rng(0)
    starts = [np.arange(50, 1300, 200) + rng.integers(0, 150, 7) for _ in X]
    y = [[(t * DT, (t + 30) * DT, rng.choice(["tap", "wave"])) for t in each] for each in starts]
    found = detector(cv=2).fit(X, y)
    assert found.f1_ < 0.3 and found.score(X_NEW, y[:3]) < 0.3


@pytest.mark.parametrize("form", ["array of objects", "structured", "data frame", "durations"])
def test_tables_of_events_have_several_forms(fitted, form):
    frames = [pd.DataFrame(rows, columns=["onset", "offset", "label"]) for rows in Y]
    tables = {
        "array of objects": [np.array(rows, dtype=object) for rows in Y],
        "structured": [frame.to_records(index=False) for frame in frames],
        "data frame": frames,
        "durations": [
            frame.assign(duration=frame.offset - frame.onset).drop(columns="offset")
            for frame in frames]}[form]
    other = detector().fit(X, tables)
    for one, two in zip(fitted.predict(X_NEW), other.predict(X_NEW), strict=True):
        np.testing.assert_array_equal(one, two)


def test_an_estimated_onset_is_before_the_decision_by_the_median_latency(fitted):
    for found in fitted.predict(X_NEW):
        latencies = fitted.latencies_[np.searchsorted(fitted.classes_, found["label"])]
        assert (latencies > 0).all() and (found["onset"] > 0).any()
        np.testing.assert_allclose(found["onset"], np.maximum(found["time"] - latencies, 0))


@pytest.mark.parametrize("labels", [(7, 3), (True, False)])
def test_labels_may_be_numbers(labels):
    x, y = recordings(4, 0, labels=labels)
    found = detector().fit(x, y)
    (first, *_) = found.predict(x)
    assert found.classes_.tolist() == sorted(labels) and found.score(x, y) > 0.9
    assert first["label"].dtype == np.dtype(type(labels[0]))
    given = [label for label in found.stream().step(x[0]) if label is not None]
    assert given == first["label"].tolist() and type(given[0]) is type(labels[0])


def test_parameters_that_are_set_after_fit_wait_for_the_next_fit(fitted):
    before, later = fitted.predict(X_NEW), copy.deepcopy(fitted).set_params(
        estimator=None, max_false_alarms=1.0, tolerance=5000.0, highpass=None, augment=3, dt=1.0,
        cv=2, random_state=7)
    for one, two in zip(later.predict(X_NEW), before, strict=True):
        np.testing.assert_array_equal(one, two)
    assert later.score(X_NEW, Y_NEW) == fitted.score(X_NEW, Y_NEW)


def test_a_stream_equals_predictions_bit_for_bit(fitted):
    stream = fitted.stream()
    for x, margins, found in zip(
            X_NEW, fitted.decision_function(X_NEW), fitted.predict(X_NEW), strict=True):
        stream.reset()
        labels, scores = [], []
        for column in x.T:
            labels.append(stream.step(column))
            scores.append(stream.decision_function())
        np.testing.assert_array_equal(np.stack(scores, axis=1), margins)
        steps = [t for t, label in enumerate(labels) if label is not None]
        assert [(t + 1) * DT for t in steps] == found["time"].tolist()
        assert [labels[t] for t in steps] == found["label"].tolist()


def test_a_stream_takes_several_steps_and_continues_as_a_copy(fitted):
    x, one = X_NEW[0], fitted.stream()
    first = one.step(x[:, :700])
    other, third = copy.copy(one), pickle.loads(pickle.dumps(one))
    rest = one.step(x[:, 700:])
    assert first + rest == fitted.stream().step(x)
    assert rest == other.step(x[:, 700:]) == third.step(x[:, 700:])


def test_a_stream_of_a_pipeline_takes_the_channels_before_the_encoder():
    network = SNNClassifier(16, readout="leaky", rule=None)
    model = detector(estimator=make_pipeline(SpikeEncoder(Thermometer(4), dt=DT), network))
    (found,), stream = model.fit(X, Y).predict(X_NEW[:1]), model.stream()
    first, rest = stream.step(X_NEW[0][:, :700]), X_NEW[0][:, 700:]
    labels = first + copy.copy(stream).step(rest)
    assert labels == first + [stream.step(column) for column in rest.T]
    steps = [t for t, label in enumerate(labels) if label is not None]
    assert len(steps) > 3 and [(t + 1) * DT for t in steps] == found["time"].tolist()
    with pytest.raises(ValueError, match="expects the 3 channels"):
        stream.step(np.zeros(12))


def test_a_wrong_step_does_not_change_a_stream(fitted):
    stream = fitted.stream()
    stream.step(X_NEW[0][:, :50])
    before = stream.state
    bad = X_NEW[0][:, :20].copy()
    bad[1, 10] = np.nan
    for x, message in ((bad, "finite"), (bad[:2], "expects the 3 channels")):
        with pytest.raises(ValueError, match=message):
            stream.step(x)
        np.testing.assert_array_equal(stream.state, before)


def test_an_interrupt_within_several_steps_does_not_change_a_stream(fitted, monkeypatch):
    stream, steps = fitted.stream(), []
    expected = stream.step(X_NEW[0])
    stream.reset()
    take, before = stream._inner.step, stream.state

    def interrupted(x):
        steps.append(x)
        if len(steps) == 20:
            raise KeyboardInterrupt
        take(x)

    monkeypatch.setattr(stream._inner, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stream.step(X_NEW[0])
    np.testing.assert_array_equal(stream.state, before)
    assert stream.step(X_NEW[0]) == expected


def test_batch_and_stream_refuse_the_same_values():
    network = SNNClassifier(4, readout="leaky", rule=None, missing="hold")
    model = detector(estimator=network).fit(X, Y)
    x = X_NEW[0][:, :9].copy()
    for value, message in ((np.nan, "Replace missing values, for"), (1e20, "within .*1e.18, got")):
        x[1, 3] = value
        for given in (x, x[:, 3]):
            with pytest.raises(ValueError, match=message):
                model.stream().step(given)
        with pytest.raises(ValueError, match="missing value. Fill missing" if value != value else (
                "EventDetector expects values within .*1e.18, got 1e.20")):
            model.predict([x])
    x[1, 3] = 1e18  # the largest value
    assert len(model.predict([x])) == 1


def test_decisions_use_the_past_only(fitted):
    cut = [x[:, :800] for x in X_NEW]
    for part, whole in zip(
            fitted.decision_function(cut), fitted.decision_function(X_NEW), strict=True):
        np.testing.assert_array_equal(part, whole[:, :800])


def test_a_constant_does_not_change_events_behind_the_filter(fitted):
    assert fitted.highpass_ == 2 * np.median([b - a for rows in Y for a, b, _ in rows])
    shifted = [x + np.array([[4.0], [-8.0], [2.0]]) for x in X_NEW]
    for one, two in zip(
            fitted.decision_function(X_NEW), fitted.decision_function(shifted), strict=True):
        np.testing.assert_allclose(one, two, atol=0.01)


def test_recordings_may_have_any_length():
    cut = [x[:, : 1500 - 150 * k] for k, x in enumerate(X)]
    tables = [[row for row in rows if row[1] <= DT * x.shape[1]] for x, rows in zip(cut, Y)]
    assert detector(cv=4).fit(cut, tables).score(X_NEW, Y_NEW) > 0.95


def test_recordings_may_have_as_many_channels_as_steps(rng):
    x = rng.normal(size=(4, 24, 24))
    found = detector(highpass=None).fit(x, [[(90, 150, "a")]] * 4)
    assert len(found.predict(x)) == 4


def test_results_at_the_threshold_are_those_of_its_candidate(fitted):
    (at,) = np.flatnonzero(fitted.thresholds_ == fitted.threshold_)
    assert fitted.recalls_[at] == fitted.recall_
    assert fitted.false_alarms_[at] == fitted.false_alarms_per_hour_
    assert (np.diff(fitted.thresholds_) > 0).all()


@QUIET
def test_spike_trains_have_neither_filter_nor_copies():
    x, y = rasters(4, 0)
    found = detector(augment="auto").fit(x, y)
    assert found.highpass_ is None and found.score(*rasters(2, 1)) > 0.9
    with pytest.raises(ValueError, match="fitted on spike trains and got other values"):
        found.predict([x[0] * 0.5])
    for parameters in ({"highpass": 100.0}, {"augment": 2}):
        with pytest.raises(ValueError, match="for signals, and X has spike trains"):
            detector(**parameters).fit(x, y)


def test_one_recording_is_cut_into_blocks_of_time():
    x, y = recordings(1, 0, n_steps=5000)
    found = detector().fit(x, y)
    assert found.f1_ > 0.9 and found.score(X_NEW, Y_NEW) > 0.95


def test_recordings_of_a_group_are_left_out_together():
    groups, seen = ["a", "a", "b", "b"], []

    class Watching(StepClassifier):
        def fit(self, X, y):
            seen.append(sum(x.shape[1] for x in X))
            return super().fit(X, y)

    found = EventDetector(Watching(), dt=DT, augment=None, cv=2, max_false_alarms=None)
    found.fit(X, Y, groups=groups)
    assert seen == [3000, 3000, 6000]
    lengths = [9, 8, 7, 6]
    assert folds_of(GroupKFold(2), lengths, groups, 3, 0) == folds_of(2, lengths, groups, 3, 0)


@QUIET
def test_a_detector_is_cloned_searched_and_validated(fitted):
    twin = clone(fitted).fit(X, Y)
    assert twin.threshold_ == fitted.threshold_
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(X_NEW)[0], fitted.predict(X_NEW)[0])
    search = GridSearchCV(detector(cv=2), {"highpass": [None, "auto"]}, cv=2).fit(X, Y)
    assert search.best_score_ > 0.9


def test_background_shows_how_many_false_alarms_there_are():
    with pytest.warns(UserWarning, match=r"Pass 0\.\d+ more hours without events as background"):
        alone = detector(max_false_alarms=20.0).fit(X, Y)
    silence = np.random.default_rng(0).normal(0, 0.5, (3, 60_000))  # ten minutes
    more = detector(max_false_alarms=20.0).fit(X, Y, background=[silence])
    assert more.max_false_alarms_ < 20 < alone.max_false_alarms_
    assert len(more.predict([silence])[0]) <= 20 / 6
    with warnings.catch_warnings(action="error"):  # a rate that is just kept
        detector(max_false_alarms=alone.max_false_alarms_).fit(X, Y)


def test_a_high_rate_of_false_alarms_is_among_the_candidates():
    rare = [rows[:2] for rows in Y]  # 8 events in a minute
    few, many, most = (
        detector(max_false_alarms=wanted).fit(X, rare).false_alarms_.max()
        for wanted in (None, 6000.0, 1e308))
    assert few < 4 * 8 * 60 < many < most


def test_background_may_be_empty(fitted):
    for empty in ([], np.zeros((0, 3, 100))):
        found = detector().fit(X, Y, background=empty)
        assert found.threshold_ == fitted.threshold_


# ---------------------------------------------------------------- decisions


@pytest.mark.small
def test_decisions_equal_their_definition(rng):
    outputs = rng.normal(0, 3, (4, 200)).astype(np.float32)
    decay, keep = rates(30.0, 10.0)
    margins = Machine(3, decay, keep).smooth(outputs)
    expected, steps = event_decisions(outputs, decay, keep, 0.5, 0.2, 4)
    np.testing.assert_array_equal(margins, expected)
    assert {k for _, k in steps} == {0, 1, 2}
    assert [(t, int(k)) for t, k in enumerate(decided(margins, 0.5, 0.2, 4)) if k >= 0] == steps


@pytest.mark.small
def test_the_filter_subtracts_a_running_mean(rng):
    x = rng.normal(size=(2, 30)).astype(np.float32)
    decay, keep = rates(50.0, 10.0)
    mean, expected = x[:, 0], []
    for value in x.T:
        mean = decay * mean + keep * value
        expected.append(value - mean)
    high_pass = HighPass(2, decay, keep)
    found = np.concatenate([high_pass(x[:, :7]), high_pass(x[:, 7:])], axis=1)
    np.testing.assert_array_equal(found, np.stack(expected, axis=1))


def test_the_bound_of_a_rate_is_that_of_a_poisson_number():
    for n, hours in ((0, 0.5), (3, 2.0)):
        assert poisson.cdf(n, upper_rate(n, hours) * hours) == pytest.approx(0.05)
    assert upper_rate(0, 1.0) == pytest.approx(-np.log(0.05))


def test_the_best_threshold_keeps_the_wanted_rate():
    tried = Candidates(
        np.zeros(4), np.arange(4.0), np.arange(4.0), right=np.array([10, 9, 7, 3]),
        false=np.array([8, 2, 0, 0]))
    assert tried.choose(10, 1.0, None) == 1
    assert tried.choose(10, 1.0, 6.5) == 1
    assert tried.choose(10, 1.0, 3.0) == 2
    assert tried.choose(10, 1.0, 0.1) == 2  # not shown by one hour


@pytest.mark.parametrize("n_peaks", [1, 2, 81, 399])
def test_thresholds_are_from_the_lowest_of_the_peaks_to_the_highest(n_peaks, rng):
    peaks = np.arange(400, dtype=np.float32) / 100
    y = np.zeros((2, 800), np.float32)
    y[1, ::2] = rng.permutation(peaks)
    tried = Candidates.of([y], lambda found: 0, [0.0], DT, 2, n_peaks)
    assert tried.thresholds.max() == peaks[-1] and len(tried.thresholds) <= 81
    top = peaks[-n_peaks:]
    assert tried.thresholds.min() == (top[:2].mean() if n_peaks > 1 else top[0])


# ---------------------------------------------------------------- training parts


def test_steps_are_unknown_until_most_of_an_event_has_passed():
    table = np.array([(20, 70, 0), (100, 110, 1)], EVENT)
    y = step_classes(table, 14, 10.0, tail=10.0)
    assert y.tolist() == [0, 0, -1, -1, -1, 1, 1, 1, 0, 0, 2, 2, 0, 0]


@pytest.mark.parametrize("n_steps, expected", [(1, [0, 1, 0, 0, 0]), (2, [0, -1, 1, 0, 0])])
def test_a_short_event_has_its_class_in_its_last_step(n_steps, expected):
    table = np.array([(10, 10 + 10 * n_steps, 0)], EVENT)
    assert step_classes(table, 5, 10.0, tail=2.0 * n_steps).tolist() == expected


def test_events_of_one_step_are_found_with_a_tolerance_of_a_step():
    rng, steps = np.random.default_rng(0), range(40, 1500, 45)
    x = rng.normal(0, 0.5, (4, 3, 1500))
    x[:, 0, steps] += 8
    y = [[(t * DT, (t + 1) * DT, "spike") for t in steps]] * 4
    found = detector(highpass=None).fit(x[:3], y[:3])
    assert found.tolerance_ == DT and found.score(x[3:], y[3:]) > 0.95


def test_training_parts_keep_a_gap_to_test_blocks():
    assert rest_of([(0, 10, 20)], [30, 5], 3) == [(0, 0, 7), (0, 23, 30), (1, 0, 5)]
    assert rest_of([(0, 0, 10), (1, 0, 5)], [30, 5], 3) == [(0, 13, 30)]
    (first, _, last) = folds_of(None, [31], None, 3, 2)
    assert first == ([(0, 12, 31)], [(0, 0, 10)])
    assert last == ([(0, 0, 18)], [(0, 20, 31)])


def test_a_split_has_its_own_training_recordings():
    folds = folds_of([([0], [1, 3]), ([1, 3], [0])], [9, 8, 7, 6], None, 3, 2)
    assert folds == [
        ([(0, 0, 9)], [(1, 0, 8), (3, 0, 6)]), ([(1, 0, 8), (3, 0, 6)], [(0, 0, 9)])]


def test_copies_move_the_classes_of_steps_with_the_signal():
    x = np.zeros((2, 100))
    x[:, 40:60] = 1.0
    y = (x[0] > 0).astype(int)
    rng = np.random.default_rng(0)
    lengths = set()
    for _ in range(20):
        z, classes = changed(x, y, rng)
        lengths.add(z.shape[1])
        assert (np.flatnonzero(classes >= 0) == np.arange(0, z.shape[1], 3)).all()
        assert ((np.abs(z[0]) > 0.5 * np.abs(z[0]).max()) == classes)[::3].mean() > 0.95
    assert min(lengths) < 90 and max(lengths) > 110


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize("x, y, error, message", [
    (X[0], Y, ValueError, r"Pass \[x\] for one recording"),
    ([x[0] for x in X], Y, ValueError, "x\\[np.newaxis\\] for one channel"),
    ([x.T for x in X], Y, ValueError, r"\[x.T for x in X\] if their first axis is time"),
    (X, Y[:3], ValueError, "got 3 tables for 4 recordings"),
    (X, Y[0], TypeError, "pass a list with one table"),
    (X, [[(a / 1000, b / 1000, k) for a, b, k in rows] for rows in Y], ValueError,
     "multiply seconds by 1000"),
    (X, [[(b, a, k) for a, b, k in rows] for rows in Y], ValueError, "not be before its onset"),
    (X, [[(a, b, k) for a, b, k in rows] + [rows[0]] for rows in Y], ValueError,
     "must not begin before the previous one ends"),
    (X, [[(1e6, 2e6, "tap")]] + Y[1:], ValueError, "must end before .* dt, which is 10 ms"),
    (X, [pd.DataFrame({"start": [1], "end": [2], "label": ["a"]})] * 4, ValueError,
     "Convert other tables with skspike.io.events_from_table"),
    (X, [[] for _ in X], ValueError, "must have events, got empty tables only"),
    (X, [[*Y[0][:-1], (*Y[0][-1][:2], "new")], *Y[1:]], ValueError, "has no label 'new'")])
def test_wrong_events_are_refused(x, y, error, message):
    with pytest.raises(error, match=message):
        detector().fit(x, y)


@pytest.mark.parametrize("parameters, message", [
    ({"max_false_alarms": 0}, "max_false_alarms must be a finite number and > 0 or None, got 0"),
    ({"tolerance": -1.0}, "tolerance must be"), ({"highpass": 1.0}, "highpass must be"),
    ({"augment": 0}, "augment must be"), ({"cv": 1}, "cv must be an integer"),
    ({"cv": "five"}, "cv must be an integer >= 2"), ({"dt": 0}, "dt must be")])
def test_parameters_out_of_range_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        detector(**parameters).fit(X, Y)


@pytest.mark.parametrize("estimator, error, message", [
    (3, TypeError, r"estimator must be a classifier of steps, such as .* got 3"),
    (StepClassifier, TypeError, "estimator must be a classifier of steps"),
    (SNNRegressor(8), TypeError, "estimator must be a classifier of steps"),
    (SNNClassifier(8), ValueError, "set readout='leaky', got readout='auto'"),
    (OneScore(), ValueError, r"of shape \(n_classes, n_steps\), here \(3, 1500\), got shape \(1,"),
    (NoScore(), ValueError, "returns finite scores, got -inf from NoScore in step 300")])
def test_other_estimators_than_classifiers_of_steps_are_refused(estimator, error, message):
    with pytest.raises(error, match=message):
        detector(estimator=estimator).fit(X, Y)


def test_parameters_of_the_default_network_can_be_set():
    model = detector(estimator=None, cv=2).set_params(
        estimator__hidden_layer_sizes=20, estimator__rule=None)
    assert model.fit(X, Y).score(X_NEW, Y_NEW) > 0.8


def test_missing_values_are_refused():
    gaps = [np.where(np.arange(x.size).reshape(x.shape) == 50, np.nan, x) for x in X]
    with pytest.raises(ValueError, match="contains NaN, a missing value. Fill missing .* guide"):
        detector().fit(gaps, Y)


@pytest.mark.parametrize("length, taus", [
    (5000.0, [500.0, 2000.0, 8000.0]), (50_000.0, [5000.0, 10_000.0]), (2e6, [10_000.0])])
def test_the_default_network_takes_events_of_many_steps(length, taus):
    model = EventDetector()
    model.dt_ = 1.0
    network = model._template(length).set_params(hidden_layer_sizes=4)
    assert network.readout.taus == taus
    network.fit([X[0][:, :400]], [np.arange(400) % 2])


def test_no_recordings_are_refused(fitted):
    for call in (fitted.predict, fitted.decision_function):
        with pytest.raises(ValueError, match="EventDetector got no recordings. Pass a list with"):
            call([])
    with pytest.raises(ValueError, match="EventDetector got no recordings"):
        detector().fit([], [])


@pytest.mark.parametrize("estimator, dt, message", [
    (SNNClassifier(readout=Leaky(), dt=5.0), DT, "in ms: dt=10.0, estimator__dt=5.0. Set all to"),
    (make_pipeline(SpikeEncoder(dt=1), SNNClassifier(readout="leaky")), DT,
     "in ms: dt=10.0, estimator__spikeencoder__dt=1.0. Set all to"),
    (make_pipeline(SpikeEncoder(dt=1), SNNClassifier(readout="leaky", dt=DT)), None,
     "estimator__spikeencoder__dt=1.0, estimator__snnclassifier__dt=10.0. Set all to")])
def test_two_lengths_of_a_step_are_refused(estimator, dt, message):
    with pytest.raises(ValueError, match=message):
        EventDetector(estimator, dt=dt).fit(X, Y)


def test_a_step_of_a_pipeline_without_dt_gets_that_of_the_detector():
    network = SNNClassifier(4, readout="leaky", rule=None)
    for dt in (DT, None):
        model = detector(estimator=make_pipeline(SpikeEncoder(dt=DT), network), dt=dt, cv=2)
        assert model.fit(X, Y).dt_ == DT and model.estimator_[-1].dt_ == DT


def test_too_few_groups_are_refused():
    with pytest.raises(ValueError, match="cv=3 folds need as many groups, got 2"):
        detector(cv=3).fit(X, Y, groups=[0, 0, 1, 1])


@pytest.mark.parametrize("cv, message", [
    ([([0], [1, 2]), ([3], [2])], "test each recording in one fold .* got recording 2 in 2 folds"),
    ([([0, 1], [2]), ([0, 2], [3])], r"Got no events in the recordings \[2, 3\], which it tests")])
def test_folds_that_give_no_threshold_are_refused(cv, message):
    with pytest.raises(ValueError, match=message):
        detector(cv=cv).fit([*X[:2], X[0], X[1]], [Y[0], Y[1], [], []])


def test_blocks_that_are_shorter_than_the_gap_are_refused():
    message = (
        "nothing to train on in a fold of cv=3 blocks of time: .* has 150 steps, and the gap .* is "
        "90 steps, .* longer recordings, or a lower cv")
    with pytest.raises(ValueError, match=message):
        detector().fit([X[0][:, :150]], [[(200, 500, "tap"), (1000, 1300, "tap")]])


def test_events_in_seconds_cause_a_warning():
    x, y = [np.tile(x, 10) for x in X[:2]], [[(t, t + 15, "tap") for t in (20, 60, 110)]] * 2
    with pytest.warns(UserWarning, match="All events end within 125 ms of .* are in seconds"):
        detector(dt=1.0, cv=2).fit(x, y)
