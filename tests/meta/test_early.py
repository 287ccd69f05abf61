"""`EarlyClassifier` decides when it is sure, on whole samples and on streams alike."""

import copy
import functools

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from user_neuron import QuadraticNeuron

from skspike import EarlyClassifier, SNNClassifier, SpikeEncoder, SpikeTrainClassifier, stream_of
from skspike._base import steps_of
from skspike._meta._early import _running_scores, _Stopping
from skspike.datasets import make_order
from skspike.learning import Reservoir, SurrogateGradient
from skspike.simulation import Stepper, Windows

Y = np.arange(48) % 3
RASTER = (np.random.default_rng(0).random((48, 4, 30)) < 0.2).astype(np.uint8)
RASTER[np.arange(48), Y, 5:15] = 1
SERIES = RASTER + 0.1 * np.random.default_rng(1).normal(size=RASTER.shape)
SMALL = {"rule": None, "random_state": 0}
MODELS = {
    "trains": (SpikeTrainClassifier(["history", "rate"]), RASTER),
    "two layers, delays, recurrence": (
        SNNClassifier((8, 6), delays=(0, 3), recurrent=True, **SMALL), RASTER),
    "currents": (SNNClassifier(8, streaming=True, **SMALL), SERIES),
    "encoder inside": (
        SNNClassifier(8, encoder=SpikeEncoder("delta"), **SMALL), SERIES),
    "pipeline": (
        make_pipeline(SpikeEncoder("delta"), SNNClassifier(8, **SMALL)), SERIES)}

COMPILED = {
    "own neuron": (SNNClassifier(8, neuron=QuadraticNeuron(), **SMALL), RASTER),
    "largest potentials": (
        SNNClassifier(6, rule="tempotron", max_iter=3, random_state=0), RASTER)}


@pytest.mark.parametrize(
    "name", [*MODELS, *(pytest.param(name, marks=pytest.mark.exhaustive) for name in COMPILED)])
def test_a_stream_decides_as_early_and_alike(name):
    model, X = (MODELS | COMPILED)[name]
    early = EarlyClassifier(model, accuracy=0.4, step=3.0, cv=2).fit(X, Y)
    labels, times = early.predict(X), early.decision_times(X)
    probabilities = early.predict_proba(X)
    stream = early.stream()
    for k in range(12):
        stream.reset()
        assert not stream.decided and stream.time == 0
        decided = [stream.step(x) for x in X[k].T]
        assert stream.decided and stream.time == times[k] == 1 + decided.index(True)
        assert stream.predict() == labels[k]
        np.testing.assert_allclose(stream.predict_proba(), probabilities[k], rtol=1e-6, atol=1e-9)
        stream.reset()
        assert stream.step(X[k]) and stream.time == times[k]
    assert times.max() <= early.deadline_ and set(times) <= set(early.times_)


@pytest.mark.parametrize("name", {**MODELS, **COMPILED})
@pytest.mark.parametrize("n_classes", [2, 3])
def test_running_decisions_are_those_of_a_stream(name, n_classes):
    model, X = {**MODELS, **COMPILED}[name]
    model = clone(model).fit(X, Y % n_classes)
    *before, last = steps_of(model)
    inputs = functools.reduce(lambda X, step: step.transform(X), before, X)
    stream, steps = stream_of(model), [1, 2, 13, 30]
    for x, each, some in zip(
            X[:3], last.running_decision(inputs), last.running_decision(inputs, steps),
            strict=False):
        stream.reset()
        found = []
        for t in range(30):
            stream.step(x[:, t])
            found.append(stream.decision_function())
        np.testing.assert_allclose(each, found, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(some, np.array(found)[np.array(steps) - 1], atol=1e-9)
    for wrong in ([], [0], [31], [2, 2], [3, 1], [1.5]):
        with pytest.raises((TypeError, ValueError), match="steps.* must be"):
            last.running_decision(inputs, wrong)


class OnlyStream(Reservoir):
    """A rule of one's own that has features and a stepper, but no outputs after some steps."""

    name = "only_stream"

    def respond(self, network, events):
        return 2 * network.features(events)

    def stepper(self, network, listing, n_steps=1):
        stepper = Stepper(network, listing, n_steps=n_steps)
        features = stepper.features
        stepper.features = lambda: 2 * features()
        return stepper


def test_a_rule_with_a_stepper_alone_decides_as_its_stream():
    network = SNNClassifier(8, rule=OnlyStream(), random_state=0)
    early = EarlyClassifier(network, cv=2, random_state=0).fit(RASTER, Y)
    assert not hasattr(early.estimator_, "running_decision")
    stream = early.stream()
    stream.step(RASTER[0])
    assert stream.predict() == early.predict(RASTER[:1])[0]


def test_the_seed_is_the_seed_of_each_random_state_that_is_none():
    early = EarlyClassifier(cv=2, random_state=0).set_params(
        estimator__rule=None, estimator__hidden_layer_sizes=4)
    one, other = (early.fit(RASTER, Y).predict_proba(RASTER) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    model = make_pipeline(SpikeEncoder("delta"), SNNClassifier(4, rule=None, random_state=7))
    encoder, network = EarlyClassifier(model, cv=2, random_state=0).fit(SERIES, Y).estimator_
    assert encoder.random_state is not None and network.random_state == 7
    assert model[0].random_state is None


class Recorder(SpikeTrainClassifier):
    """A classifier that keeps the samples of its last fit."""

    def fit(self, X, y):
        self.seen_ = X, y
        return super().fit(X, y)


def test_beginnings_are_copies_that_end_at_random_times_in_each_fit():
    early = EarlyClassifier(Recorder(["rate"]), n_beginnings=2, cv=2, random_state=0)
    samples, labels = early.fit(RASTER, Y).estimator_.seen_
    np.testing.assert_array_equal(labels, np.tile(Y, 3))
    assert len(samples) == 3 * len(RASTER)
    for k, sample in enumerate(samples):
        np.testing.assert_array_equal(sample, RASTER[k % 48][:, : sample.shape[1]])
    lengths = np.array([sample.shape[1] for sample in samples])
    assert (lengths[:48] == 30).all() and 3 <= lengths[48:].min() < 6
    assert 25 < lengths[48:].max() < 30
    again, _ = early.fit(RASTER, Y).estimator_.seen_
    assert [sample.shape[1] for sample in again] == list(lengths)
    samples, _ = early.set_params(n_beginnings=0).fit(RASTER, Y).estimator_.seen_
    np.testing.assert_array_equal(samples, RASTER)


def test_a_network_that_learned_beginnings_knows_them_better():
    X, y = make_order(400, 10, 120, width=30.0, gap=30.0, random_state=1)
    network = SNNClassifier(
        16, readout="count", delays=None, alpha=0.0,
        rule=SurrogateGradient(dropout=0.0), max_iter=20, random_state=0)
    late, soon = (
        EarlyClassifier(network, n_beginnings=n, cv=2, random_state=0).fit(X[:200], y[:200])
        for n in (0, 2))
    right = [
        _running_scores(early.estimator_, X[200:], early._steps).argmax(axis=2).T == y[200:]
        for early in (late, soon)]
    assert right[1].mean() > right[0].mean() + 0.02


@pytest.mark.parametrize("steps", [(), (SpikeEncoder("delta"),)], ids=["currents", "pipeline"])
def test_a_stream_of_a_model_that_learned_beginnings_decides_as_early(steps):
    model = make_pipeline(*steps, SNNClassifier(8, streaming=True, **SMALL))
    early = EarlyClassifier(model, accuracy=0.4, n_beginnings=1, cv=2, random_state=0)
    early.fit(SERIES, Y)
    labels, times, stream = early.predict(SERIES), early.decision_times(SERIES), early.stream()
    for k in range(12):
        stream.reset()
        assert stream.step(SERIES[k])
        assert stream.time == times[k] and stream.predict() == labels[k]


def test_rows_of_features_have_no_beginnings():
    early = EarlyClassifier(SNNClassifier(8, **SMALL), n_beginnings=1, cv=2)
    with pytest.raises(ValueError, match="n_beginnings needs rasters or series"):
        early.fit(SERIES[..., 0], Y)


@pytest.mark.parametrize("parts", [False, True], ids=["whole", "steps"])
def test_a_frozen_pipeline_decides_as_the_pipeline(parts):
    model, X = MODELS["pipeline"]
    fitted = copy.deepcopy(model).fit(X, Y)
    frozen = (
        make_pipeline(*[FrozenEstimator(step) for _, step in fitted.steps]) if parts
        else FrozenEstimator(fitted))
    early = EarlyClassifier(frozen, cv=2, random_state=0).fit(X, Y)
    early.threshold_, early._deadline = np.inf, len(early.times_) - 1
    early.expected_ = 0 * early.expected_
    np.testing.assert_array_equal(early.predict(X), fitted.predict(X))


def test_decisions_at_the_end_are_those_of_the_classifier():
    model, X = MODELS["trains"]
    early = EarlyClassifier(model, cv=2).fit(X, Y)
    early.threshold_, early._deadline = np.inf, len(early.times_) - 1
    early.expected_ = 0 * early.expected_
    np.testing.assert_array_equal(early.predict(X), early.estimator_.predict(X))
    np.testing.assert_allclose(
        early.decision_function(X), early.estimator_.decision_function(X), atol=1e-8)
    assert (early.decision_times(X) == 30).all()


def test_decisions_are_earlier_than_the_end_and_as_accurate():
    X, y = make_order(600, random_state=0)
    early = EarlyClassifier(SpikeTrainClassifier(["rate"]), cv=3).fit(X[:300], y[:300])
    X, y = X[300:], y[300:]
    assert early.score(X, y) > early.estimator_.score(X, y) - 0.015
    assert early.decision_times(X).mean() < 0.7 * 250
    (at,) = np.flatnonzero(early.thresholds_ == early.threshold_)
    assert early.accuracies_[at] >= early.whole_accuracy_ - 0.01


def test_a_lower_accuracy_gives_earlier_decisions():
    X, y = make_order(300, random_state=0)
    model = SpikeTrainClassifier(["rate"])
    times = [
        EarlyClassifier(model, accuracy=wanted, cv=3).fit(X, y).decision_times(X).mean()
        for wanted in (0.7, 0.9)]
    assert times[0] < times[1]


def test_the_threshold_is_the_smallest_from_which_on_all_are_accurate():
    confidence = np.array([[0.6, 0.9], [0.7, 0.9], [0.8, 0.9], [0.9, 0.9]])
    right = np.array([[False, True], [True, True], [True, True], [True, True]])
    found = _Stopping.chosen(confidence, right, np.array([1.0, 2.0]), loss=0.0)
    assert 0.6 < found.threshold <= 0.7 and found.deadline == 1 and found.mean_time == 1.25
    right[0, 1] = False  # waiting does not help
    assert _Stopping.chosen(confidence, right, np.array([1.0, 2.0]), loss=0.0).deadline == 0


class Shown(ClassifierMixin, BaseEstimator):
    """A classifier of two classes that learns nothing: samples are its log odds at each step."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def running_decision(self, X, steps):
        return X[:, 0, np.array(steps) - 1]

    def stream(self):
        """Return nothing, because only the check that it can stream calls it."""


def chosen_for(odds, y, accuracy):
    """Return a fitted classifier for known log odds of the second class, and its decision times."""
    X, rows = odds[:, np.newaxis], np.arange(len(y))
    early = EarlyClassifier(Shown(), accuracy=accuracy, cv=[(rows, rows)]).fit(X, y)
    return early, early.decision_times(X)


def in_favour(odds, y):
    """Return the log odds of the second class from those of the class of each sample."""
    return odds * np.where(y, 1, -1)[:, np.newaxis]


def test_the_accuracy_of_whole_samples_is_that_of_a_cross_validation(rng):
    y = np.arange(36) % 2
    rates = np.where(y, 0.25, 0.2)[:, np.newaxis, np.newaxis]
    X = (rng.random((36, 16, 20)) < rates).astype(np.uint8)
    model, cv = SpikeTrainClassifier("linear"), StratifiedKFold(3)
    early = EarlyClassifier(model, cv=cv).fit(X, y)
    assert early.whole_accuracy_ == pytest.approx(cross_val_score(model, X, y, cv=cv).mean())
    assert early.whole_accuracy_ < early.estimator_.score(X, y)


def test_an_early_time_and_a_low_threshold_need_all_later_ones_to_be_accurate():
    y = np.arange(20) % 2
    odds = np.tile([1.0, 2.0, 3.0], (20, 1))
    odds[:6, 1] = -2  # all are right at first and at the end, and some are wrong in between
    early, times = chosen_for(in_favour(odds, y), y, accuracy=1.0)
    assert early.deadline_ == 3 and (times == 3).all()


@pytest.mark.parametrize(("n_wrong", "deadline", "time"), [(4, 2, 2), (8, 3, 2), (16, 3, 3)])
def test_the_deadline_takes_half_of_the_accepted_loss_and_the_threshold_all(
        n_wrong, deadline, time):
    """With two standard errors, 4, 8 and 16 errors in 100 lose 0.08, 0.13 and 0.23."""
    y = np.arange(100) % 2
    odds = np.tile([1.0, 2.0, 3.0], (100, 1))
    odds[::4, 0] = odds[1::4, 0] = -1
    odds[:n_wrong, 1] = -2
    early, times = chosen_for(in_favour(odds, y), y, accuracy=0.8)
    assert early.deadline_ == deadline and (times == time).all()


def test_expected_evidence_is_added_only_if_decisions_are_earlier_with_it():
    y = np.arange(20) % 2
    # the rest adds 5 and 1, so the second class is recognised at once
    early, times = chosen_for(np.where(y[:, np.newaxis], [-1.0, 4], [-5.0, -4]), y, accuracy=1.0)
    np.testing.assert_allclose(early.expected_, [[-1.5, 1.5], [0, 0]])
    assert (times == 1).all()
    # the rest adds 12 and 4, so the first class would be recognised later
    early, times = chosen_for(np.where(y[:, np.newaxis], [5.0, 17], [-5.0, -1]), y, accuracy=1.0)
    assert not early.expected_.any() and (times == 1).all()


def test_an_accuracy_out_of_reach_gives_decisions_at_the_end_and_a_warning(rng):
    model, X = MODELS["trains"]
    with pytest.warns(UserWarning, match="accuracy=1.0 is above the accuracy of whole samples"):
        early = EarlyClassifier(model, accuracy=1.0, cv=2).fit(X, rng.permutation(Y))
    assert (early.decision_times(X) == 30).all() and early.threshold_ == np.inf


def test_a_copied_stream_continues_alone():
    model, X = MODELS["trains"]
    stream = EarlyClassifier(model, cv=2).fit(X, Y).stream()
    stream.step(X[0, :, 0])
    other = copy.deepcopy(stream)
    other.step(X[0])
    assert other.decided and stream.time == 1


def test_bad_input_is_named():
    model, X = MODELS["trains"]
    with pytest.raises(TypeError, match="a classifier that can stream: .* Got LogisticRegression"):
        EarlyClassifier(LogisticRegression()).fit(X, Y)
    with pytest.raises(ValueError, match="needs samples of equal length"):
        EarlyClassifier(model).fit([x[:, : 20 + k % 2] for k, x in enumerate(X)], Y)
    with pytest.raises(ValueError, match="fitted on samples of 30 steps and got 29"):
        EarlyClassifier(model, cv=2).fit(X, Y).predict(X[..., 1:])
    with pytest.raises(ValueError, match="accuracy must be .* <= 1 or None, got 2"):
        EarlyClassifier(model, accuracy=2).fit(X, Y)
    with pytest.raises(ValueError, match="'neighbours'.* need the whole train"):
        EarlyClassifier(SpikeTrainClassifier(["neighbours"]), cv=2).fit(X, Y)


def test_a_step_as_long_as_the_sample_is_allowed_if_the_length_is_rounded():
    model, X = MODELS["trains"]
    assert 24 * 0.3 < 7.2
    early = EarlyClassifier(model, cv=2, dt=0.3, step=7.2).fit(X[..., :24], Y)
    assert early.times_.tolist() == [24 * 0.3]


def test_the_state_of_a_stream_can_be_restored_and_is_checked():
    model = EarlyClassifier(SpikeTrainClassifier(["rate"]), cv=2, random_state=0)
    stream = model.fit(RASTER, Y).stream()
    stream.step(RASTER[0, :, :3])
    saved, other = stream.state, model.stream()
    other.state = saved
    for each in (stream, other):
        each.step(RASTER[0, :, 3:])
    assert (stream.time, stream.predict()) == (other.time, other.predict())
    with pytest.raises(ValueError, match="an array of .* finite numbers"):
        other.state = saved[:-1]
    saved[-len(model.classes_) - 1] = 0.5
    with pytest.raises(ValueError, match="do not fit arrays of .* Assign the state of a stream"):
        other.state = saved


@pytest.mark.parametrize("name", MODELS)
def test_a_refused_chunk_does_not_change_a_stream(name):
    model, X = MODELS[name]
    model = EarlyClassifier(model, cv=2).fit(X, Y)
    early, inner = model.stream(), stream_of(model.estimator_)
    chunk = X[0, :, :5].astype(float)
    bad = chunk.copy()
    bad[0, 4] = np.nan
    for stream in (early, inner):
        before = stream.state
        for wrong in (bad, chunk[:, :0], chunk[1:], chunk[np.newaxis]):
            with pytest.raises(ValueError, match="stream expects"):
                stream.step(wrong)
            np.testing.assert_array_equal(stream.state, before)
    assert early.time == 0
    with pytest.raises(ValueError, match="EarlyClassifier.stream"):
        early.step([[1.0, 0.0], [1.0]])


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy])
def test_a_copy_of_a_stream_continues_independently(again):
    model = EarlyClassifier(SpikeTrainClassifier("rate"), cv=2, random_state=0)
    stream = model.fit(RASTER, Y).stream()
    stream.step(RASTER[0, :, :2])
    before, other = stream.state, again(stream)
    other.step(RASTER[0, :, 2:4])
    np.testing.assert_array_equal(stream.state, before)
    stream.step(RASTER[0, :, 2:4])
    np.testing.assert_array_equal(stream.state, other.state)


def test_times_are_in_the_steps_of_the_encoder():
    model = make_pipeline(SpikeEncoder("delta", dt=2.0), SNNClassifier(4, **SMALL))
    assert EarlyClassifier(model, cv=2, random_state=0).fit(SERIES, Y).times_[-1] == 60


def test_steps_beyond_the_windows_of_a_readout_are_refused():
    network = SNNClassifier(8, readout=Windows(5), **SMALL).fit(RASTER, Y)
    longer = np.concatenate([RASTER, RASTER], axis=2)
    np.testing.assert_allclose(
        network.running_decision(longer, [30])[:, 0], network.decision_function(RASTER))
    with pytest.raises(ValueError, match="steps must be at most 30, .*, got 31"):
        network.running_decision(longer, [30, 31])


@pytest.mark.parametrize("steps", [
    (SpikeEncoder("delta"), "passthrough"), ("passthrough", SpikeEncoder("delta"), None)], ids=str)
def test_steps_that_do_nothing_are_skipped(steps):
    network = SNNClassifier(8, **SMALL)
    early = EarlyClassifier(make_pipeline(*steps, network), cv=2, random_state=0).fit(SERIES, Y)
    wanted = EarlyClassifier(MODELS["pipeline"][0], cv=2, random_state=0).fit(SERIES, Y)
    np.testing.assert_array_equal(early.predict(SERIES), wanted.predict(SERIES))
