"""`EarlyClassifier` decides when it is sure, on whole samples and on streams alike."""

import copy
import functools

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from user_neuron import QuadraticNeuron

from skspike import (
    EarlyClassifier, SNNClassifier, SNNTransformer, SpikeEncoder, SpikeTrainClassifier,
    SpikingRocket, stream_of)
from skspike._base import steps_of
from skspike.datasets import make_order
from skspike.export import to_c
from skspike.learning import Reservoir
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
        make_pipeline(SpikeEncoder("delta"), SNNClassifier(8, **SMALL)), SERIES),
    "random neurons": (SpikingRocket(70, streaming=True, random_state=0), SERIES),
    "random neurons and a classifier": (
        make_pipeline(
            SpikingRocket(70, streaming=True, random_state=0), StandardScaler(),
            RidgeClassifier()), RASTER)}

MODELS["joined"] = (
    VotingClassifier([
        ("timing", MODELS["pipeline"][0]), ("shape", MODELS["random neurons and a classifier"][0])],
        voting="soft"), SERIES)
COMPILED = {
    "own neuron": (SNNClassifier(8, neuron=QuadraticNeuron(), **SMALL), RASTER),
    "trained": (SNNClassifier(8, max_iter=3, random_state=0), RASTER),
    "largest potentials": (
        SNNClassifier(6, rule="tempotron", max_iter=3, random_state=0), RASTER)}


def probabilities_of(early, X):
    """Return the largest probability at each time."""
    _, logits = early._read(X)
    return softmax(logits, axis=2).max(axis=2)


@pytest.mark.parametrize(
    "name", [*MODELS, *(pytest.param(name, marks=pytest.mark.exhaustive) for name in COMPILED)])
def test_a_stream_decides_as_early_and_alike(name):
    model, X = (MODELS | COMPILED)[name]
    early = EarlyClassifier(model, step=3.0, cv=2).fit(X, Y)
    early.threshold_ = np.quantile(probabilities_of(early, X), 0.7)  # reached at several times
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
    assert set(times) <= set(early.times_)
    assert len(set(times)) > 1


def test_a_stream_decides_alike_about_two_classes():
    model, X = MODELS["trains"]
    early = EarlyClassifier(model, cv=2).fit(X, Y % 2)
    stream, expected = early.stream(), early.predict_proba(X[:6])
    for x, probabilities in zip(X, expected, strict=False):
        stream.reset()
        stream.step(x)
        np.testing.assert_allclose(stream.predict_proba(), probabilities, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("method", ["running_decision", "running_features"])
@pytest.mark.parametrize(
    ("name", "n_classes"), [(name, 2 + k % 2) for k, name in enumerate({**MODELS, **COMPILED})])
def test_running_results_are_those_of_a_stream(name, n_classes, method):
    model, X = {**MODELS, **COMPILED}[name]
    if name == "joined":
        return  # the results of its models are tested
    model = clone(model[0] if name == "random neurons and a classifier" else model)
    *before, last = steps_of(model.fit(X, Y % n_classes))
    if not hasattr(last, method):
        assert not hasattr(last, "decision_function") or method == "running_features"
        return
    inputs = functools.reduce(lambda X, step: step.transform(X), before, X)
    run, stream, steps = getattr(last, method), stream_of(model), [1, 2, 13, 30]
    read = {"running_decision": "decision_function", "running_features": "features"}[method]
    for x, each, some in zip(X[:3], run(inputs), run(inputs, steps), strict=False):
        stream.reset()
        found = []
        for t in range(30):
            stream.step(x[:, t])
            found.append(getattr(stream, read)())
        np.testing.assert_allclose(each, found, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(some, np.array(found)[np.array(steps) - 1], atol=1e-9)
    for wrong in ([], [0], [31], [2, 2], [3, 1], [1.5]):
        with pytest.raises((TypeError, ValueError), match="steps.* must be"):
            run(inputs, wrong)


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
    early = EarlyClassifier(SNNClassifier(4), cv=2, random_state=0).set_params(
        estimator__rule=None)
    one, other = (early.fit(RASTER, Y).predict_proba(RASTER) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    model = make_pipeline(SpikeEncoder("delta"), SNNClassifier(4, rule=None, random_state=7))
    encoder, network = EarlyClassifier(model, cv=2, random_state=0).fit(SERIES, Y).estimator_
    assert encoder.random_state is not None and network.random_state == 7
    assert model[0].random_state is None


def test_a_pipeline_of_frozen_steps_decides_as_the_pipeline():
    model, X = MODELS["pipeline"]
    fitted = copy.deepcopy(model).fit(X, Y)
    frozen = make_pipeline(*[FrozenEstimator(step) for _, step in fitted.steps])
    found, wanted = (
        EarlyClassifier(one, cv=2, random_state=0).fit(X, Y).decision_function(X)
        for one in (frozen, model))
    np.testing.assert_array_equal(found, wanted)


def test_the_classifier_after_random_neurons_is_replaced():
    rocket = SpikingRocket(70, streaming=True, random_state=0)
    found = [
        EarlyClassifier(model).fit(SERIES, Y).decision_function(SERIES) for model in (
            rocket, make_pipeline(rocket, RidgeClassifier()),
            make_pipeline("passthrough", rocket, StandardScaler(), LogisticRegression()),
            FrozenEstimator(make_pipeline(rocket, RidgeClassifier()).fit(SERIES, Y)))]
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


def test_models_that_vote_have_the_features_of_all():
    model, X = MODELS["joined"]
    early = EarlyClassifier(model, cv=2, random_state=0).fit(X, Y)
    alone = [EarlyClassifier(one, cv=2, random_state=0).fit(X, Y) for _, one in model.estimators]
    sizes = [len(one.integrators_) for one in alone]
    assert len(early.integrators_) == sum(sizes) and sizes[0] != sizes[1]
    trained, random = (
        EarlyClassifier(VotingClassifier([model.estimators[k]]), cv=2, random_state=0).fit(X, Y)
        for k in (0, 1))
    np.testing.assert_array_equal(trained.predict_proba(X), alone[0].predict_proba(X))
    np.testing.assert_array_equal(random.predict_proba(X), alone[1].predict_proba(X))
    with pytest.raises(ValueError, match="cannot export several models that decide together"):
        to_c(early, "net.c")
    with pytest.raises(TypeError, match="all its models are networks or random neurons"):
        EarlyClassifier(VotingClassifier([("trains", SpikeTrainClassifier())])).fit(RASTER, Y)


def test_rows_are_series_for_random_neurons():
    rows = SERIES[:, 0]
    early = EarlyClassifier(SpikingRocket(70, streaming=True, random_state=0), cost=1.0)
    labels, times = early.fit(rows, Y).predict(rows), early.decision_times(rows)
    stream = early.stream()
    assert stream.step(rows[3][np.newaxis])
    assert stream.predict() == labels[3] and stream.time == times[3]


def test_scores_at_the_end_are_those_of_a_calibrated_class_model():
    model, X = MODELS["trains"]
    early = EarlyClassifier(model, cv=2, cost=0.0).fit(X, Y)
    early.threshold_ = np.inf
    scores = early.estimator_.decision_function(X)
    logits = early.coef_[-1, 0, 0] * scores + early.intercept_[-1]
    np.testing.assert_allclose(early.decision_function(X), logits, atol=1e-6)
    assert (early.decision_times(X) == 30).all()


def test_decisions_are_earlier_than_the_end_and_as_accurate():
    X, y = make_order(400, random_state=0)
    for model in (SpikeTrainClassifier(["rate"]), None):
        early = EarlyClassifier(model, cv=2, random_state=0).fit(X[:200], y[:200])
        whole = copy.deepcopy(early)
        whole.threshold_ = np.inf
        assert early.score(X[200:], y[200:]) > whole.score(X[200:], y[200:]) - 0.02
        assert early.decision_times(X[200:]).mean() < 0.7 * 250


def test_dearer_time_and_a_lower_accuracy_give_earlier_decisions():
    X, y = make_order(300, random_state=0)
    model = SpikeTrainClassifier(["rate"])
    for name, values in {"cost": (1.0, 0.3, 0.0), "accuracy": (0.7, 0.9, 0.99)}.items():
        times = [
            EarlyClassifier(model, cv=3, **{name: value}).fit(X, y).decision_times(X).mean()
            for value in values]
        assert times[0] < times[1] < times[2]


def test_the_threshold_is_worth_most_on_samples_that_were_left_out():
    X, y = make_order(200, random_state=0)
    early = EarlyClassifier(SpikingRocket(64, streaming=True, random_state=0), cost=0.3).fit(X, y)
    assert (np.diff(early.mean_times_) >= 0).all()
    assert early.mean_times_[-1] == 250 and early.accuracies_[-1] == early.whole_accuracy_
    wanted = early.whole_accuracy_ - 0.05
    early.set_params(accuracy=wanted).fit(X, y)
    accurate = early.accuracies_ >= wanted
    (at,) = np.flatnonzero(early.thresholds_ == early.threshold_)
    assert accurate[at] and early.mean_times_[at] == early.mean_times_[accurate].min()


def test_labels_at_random_are_found_at_chance(rng):
    X, y = (rng.random((120, 5, 40)) < 0.2).astype(np.uint8), rng.permutation(np.arange(120) % 2)
    block = np.arange(120) // 6
    drift = (rng.random((20, 5, 1)) < 0.5)[block] * (rng.random(X.shape) < 0.3)
    labels = rng.permutation(np.arange(20) % 2)[block]
    for model in (
            SpikingRocket(64, streaming=True, random_state=0),
            SNNClassifier(16, max_iter=3, random_state=0), SpikeTrainClassifier(["rate"])):
        early = EarlyClassifier(model, cv=3).fit(X, y)
        assert 0.3 < early.whole_accuracy_ < 0.65
        # blocks of a recording with one label each can be recognised, unless they are left out
        early.fit((X | drift).astype(np.uint8), labels, groups=block)
        assert early.whole_accuracy_ < 0.75


def test_an_accuracy_out_of_reach_gives_decisions_at_the_end_and_a_warning(rng):
    model, X = MODELS["trains"]
    with pytest.warns(UserWarning, match="accuracy=1.0 is above the accuracy of whole samples"):
        early = EarlyClassifier(model, accuracy=1.0, cv=2).fit(X, rng.permutation(Y))
    assert (early.decision_times(X) == 30).all() and early.threshold_ == np.inf


def test_bad_input_is_named():
    model, X = MODELS["trains"]
    with pytest.raises(TypeError, match="a model that can stream: .* Got LogisticRegression"):
        EarlyClassifier(LogisticRegression()).fit(X, Y)
    pipeline = make_pipeline(SNNTransformer(), LogisticRegression())
    for model_without in (SpikeEncoder(), SNNTransformer(), pipeline):
        with pytest.raises(TypeError, match="a model that can stream"):
            EarlyClassifier(model_without).fit(X, Y)
    with pytest.raises(ValueError, match="Fit it with streaming=True"):
        EarlyClassifier(SpikingRocket(8)).fit(X, Y)
    with pytest.raises(ValueError, match="cost must be .* <= 10, got -1"):
        EarlyClassifier(model, cost=-1).fit(X, Y)
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


@pytest.mark.parametrize("name", ["trains", "joined"])
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


def test_steps_that_do_nothing_are_skipped():
    model = make_pipeline("passthrough", SpikeEncoder("delta"), None, SNNClassifier(8, **SMALL))
    early = EarlyClassifier(model, cv=2, random_state=0).fit(SERIES, Y)
    wanted = EarlyClassifier(MODELS["pipeline"][0], cv=2, random_state=0).fit(SERIES, Y)
    np.testing.assert_array_equal(early.predict(SERIES), wanted.predict(SERIES))


def test_strict_floating_point_errors_of_numpy_change_nothing():
    early = EarlyClassifier(SpikingRocket(70, streaming=True, random_state=0))
    wanted = early.fit(SERIES, Y).predict_proba(SERIES)
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(early.fit(SERIES, Y).predict_proba(SERIES), wanted)
        assert early.stream().step(SERIES[0])


@pytest.mark.parametrize("name", ["random neurons", "trains"])
def test_times_without_information_do_not_make_the_next_ones_sure(name, rng):
    y = np.arange(180) % 2
    X = (rng.random((180, 3, 100)) < 0.05 + 0.03 * y[:, None, None]).astype(np.uint8)
    X[:, :, :20] = 0
    early = EarlyClassifier(MODELS[name][0], cv=3).fit(X, y, groups=np.arange(180) // 18)
    first = early._read(X)[1][:, 4]  # one check after the silence
    assert softmax(first, axis=1).max(axis=1).mean() < (first.argmax(axis=1) == y).mean() + 0.15


def test_folds_in_any_order_and_of_some_samples_are_matched_to_their_labels(rng):
    model, X = COMPILED["trained"]
    order = rng.permutation(48)
    folds = [(order[16:], order[:8]), (order[:32], order[40:])]
    early = EarlyClassifier(model, cv=folds).fit(X, Y)
    assert early.whole_accuracy_ > 0.6 and early.accuracies_[-1] == early.whole_accuracy_
    trains = EarlyClassifier(SpikeTrainClassifier(["rate"]), cv=folds).fit(X, Y)
    assert trains.whole_accuracy_ > 0.6


@pytest.mark.parametrize("name", ["pipeline", "random neurons"])
def test_frozen_models_do_not_change(name):
    model, X = MODELS[name]
    fitted = clone(model).fit(X, Y)
    early = EarlyClassifier(FrozenEstimator(fitted), cv=2).fit(X, Y)
    wanted = EarlyClassifier(model, cv=2, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(early.predict_proba(X), wanted.predict_proba(X))
    voter = VotingClassifier([("network", MODELS["pipeline"][0])]).fit(SERIES, Y)
    before = voter.predict(SERIES), voter.estimators_[0].decision_function(SERIES)
    EarlyClassifier(FrozenEstimator(voter), cv=2).fit(SERIES, Y[::-1])
    np.testing.assert_array_equal(voter.predict(SERIES), before[0])
    np.testing.assert_array_equal(voter.estimators_[0].decision_function(SERIES), before[1])


def test_a_trained_model_among_others_needs_folds():
    model = MODELS["joined"][0]
    trained = VotingClassifier([("trained", COMPILED["trained"][0]), *model.estimators[1:]])
    rule = {"folds": 0}

    class Counted:
        def split(self, *_):
            rule["folds"] += 1
            return StratifiedKFold(2).split(RASTER, Y)

        def get_n_splits(self, *_):
            return 2

    EarlyClassifier(model, cv=Counted()).fit(RASTER, Y)
    assert rule["folds"] == 0  # both are random
    EarlyClassifier(trained, cv=Counted()).fit(RASTER, Y)
    assert rule["folds"] == 1


def test_models_that_vote_on_rows_need_equal_lengths():
    rows = SERIES[:, :, 0]
    network = SNNClassifier(4, n_steps=10, **SMALL)
    early = EarlyClassifier(VotingClassifier([("network", network)]), cv=2).fit(rows, Y)
    assert early.times_[-1] == 10
    rocket = SpikingRocket(8, streaming=True, random_state=0)
    with pytest.raises(ValueError, match=r"equally many steps, got \[4, 10\]"):
        EarlyClassifier(VotingClassifier([("network", network), ("rocket", rocket)])).fit(rows, Y)
    with pytest.raises(TypeError, match="all its models are networks or random neurons"):
        EarlyClassifier(VotingClassifier([("network", "drop")])).fit(rows, Y)


def test_wrong_groups_and_folds_are_named():
    for model in (MODELS["random neurons"][0], SpikeTrainClassifier(["rate"])):
        for groups in (np.zeros(48), Y, [None] * 10 + [0] * 38, np.zeros((48, 2))):
            with pytest.raises(ValueError, match="groups must"):
                EarlyClassifier(model).fit(RASTER, Y, groups=groups)
    two = EarlyClassifier(SpikeTrainClassifier(["rate"])).fit(RASTER, Y, groups=np.arange(48) // 24)
    assert len(two.classes_) == 3  # two groups are enough
    for folds in (
            [(np.arange(48), [99])], [(np.arange(49), [0])], [(np.arange(48), [])]):
        with pytest.raises(ValueError, match="cv must have folds of indices below 48"):
            EarlyClassifier(SpikeTrainClassifier(["rate"]), cv=folds).fit(RASTER, Y)
    with pytest.raises(ValueError, match="training part of each fold must have samples of all"):
        EarlyClassifier(
            SpikeTrainClassifier(["rate"]), cv=[(np.flatnonzero(Y), [0, 3])]).fit(RASTER, Y)


def test_missing_values_are_held():
    X = SERIES.copy()
    X[:, 0, 5:9] = np.nan
    early = EarlyClassifier(SpikingRocket(64, streaming=True, missing="hold", random_state=0))
    labels, stream = early.fit(X, Y).predict(X), early.stream()
    for x, label in zip(X[:5], labels, strict=False):
        stream.reset()
        assert stream.step(x) and stream.predict() == label


def test_samples_without_information_have_the_shares_of_the_classes():
    y = np.repeat([0, 1], [45, 15])
    early = EarlyClassifier(SpikingRocket(64, streaming=True, random_state=0))
    probabilities = early.fit(np.zeros((60, 2, 30), np.uint8), y).predict_proba(RASTER[:1, :2] * 0)
    np.testing.assert_allclose(probabilities, [[0.75, 0.25]], atol=0.05)
