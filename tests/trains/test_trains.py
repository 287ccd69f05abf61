"""Classification of spike trains by models of each class."""

import copy
import pickle
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.special import log_softmax
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import EarlyClassifier, RejectingClassifier, SpikeCounter, SpikeTrainClassifier
from skspike._base import Ragged
from skspike.datasets import (
    make_gamma, make_markov, make_order, make_poisson, make_sync, make_telegraph)
from skspike.trains import EXPERTS, History, Rate
from skspike.trains._models import parts
from skspike.trains._novelty import Typical, features
from skspike.trains._weights import combined, fit_weights, probabilities

FAST = ["history", "age", "rate", "linear"]


@pytest.fixture(scope="module")
def three():
    """Trains of three classes."""
    return make_poisson(150, 4, 40, rates=(20, 60, 120), random_state=0)


@pytest.fixture(scope="module")
def two():
    """Trains of two classes."""
    return make_markov(120, 4, 60, random_state=0)


@pytest.fixture(scope="module")
def fitted(three):
    return SpikeTrainClassifier().fit(*three)


@pytest.fixture(scope="module")
def streaming(three):
    return SpikeTrainClassifier([name for name in EXPERTS if name != "neighbours"]).fit(*three)


@pytest.mark.parametrize(
    ("make", "parameters", "least"), [
        (make_markov, {"n_channels": 4, "n_steps": 100}, 0.9),
        (make_gamma, {"n_channels": 4, "n_steps": 200, "shapes": (1.0, 2.0), "rate": 40.0}, 0.85),
        (make_telegraph, {}, 0.98), (make_sync, {}, 0.88),
        (make_order, {"n_channels": 6, "n_steps": 400, "width": 40.0, "gap": 10.0}, 0.94)])
def test_trains_are_classified_nearly_as_well_as_possible(make, parameters, least):
    X, y = make(1000, random_state=3, **parameters)
    model = SpikeTrainClassifier().fit(X[:500], y[:500])
    assert model.score(X[500:], y[500:]) > least
    counts = make_pipeline(SpikeCounter(), StandardScaler(), LogisticRegression()).fit(
        X[:500], y[:500])
    losses = [log_loss(y[500:], one.predict_proba(X[500:])) for one in (model, counts)]
    assert losses[0] < losses[1]


def test_shuffled_labels_give_chance(rng):
    X, y = make_markov(600, 4, 60, random_state=0)
    y = rng.permutation(y)
    score = SpikeTrainClassifier().fit(X[:300], y[:300]).score(X[300:], y[300:])
    assert abs(score - 0.5) < 3 * 0.5 / np.sqrt(300)


def test_probabilities_follow_from_log_likelihoods(fitted, three):
    X = three[0]
    scores = fitted.log_likelihood(X)
    assert scores.shape == (150, len(fitted.models_), 3)
    decision = np.einsum("nmk,m->nk", scores, fitted.weights_) + fitted.intercept_
    p = np.exp(decision - decision.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(fitted.predict_proba(X), p, rtol=1e-8)
    np.testing.assert_allclose(fitted.predict_log_proba(X), np.log(p), rtol=1e-8, atol=1e-12)
    np.testing.assert_array_equal(fitted.predict(X), fitted.classes_[p.argmax(axis=1)])


def test_log_likelihoods_are_those_of_the_experts(fitted, three):
    X = three[0]
    scores = fitted.log_likelihood(X)
    first = 0
    for expert, tables in zip(fitted.experts_, fitted.tables_, strict=True):
        names = [f"{expert.name} {model}" for model in expert.models(4)]
        assert fitted.models_[first : first + len(names)] == names
        np.testing.assert_array_equal(
            scores[:, first : first + len(names)], expert.score(tables, X, 3))
        first += len(names)
    assert first == scores.shape[1] == len(fitted.weights_)


@pytest.mark.parametrize("data", ["two", "three"])
def test_the_evidence_of_channels_and_steps_adds_up_to_the_decision(data, request):
    X, y = request.getfixturevalue(data)
    model = SpikeTrainClassifier().fit(X, y)
    evidence = model.explain(X[:9])
    np.testing.assert_allclose(
        evidence.sum(axis=(-1, -2)), model.decision_function(X[:9]), rtol=1e-8, atol=1e-9)


def test_evidence_is_where_the_classes_differ():
    X, y = make_poisson(400, 3, 60, rates=(50, 50), random_state=0)
    draws = np.random.default_rng(0).random((400, 20))
    X[:, 1, 20:40] = draws < np.where(y, 0.3, 0.02)[:, np.newaxis]
    evidence = np.abs(SpikeTrainClassifier("rate").fit(X, y).explain(X)).mean(axis=0)
    assert evidence[1, 22:38].mean() > 10 * evidence[0].mean()
    assert evidence[1, 22:38].mean() > 10 * evidence[1, :10].mean()


def test_a_stream_equals_the_whole_train_bit_for_bit(streaming, three):
    X = three[0]
    stream = streaming.stream()
    whole, running = streaming.decision_function(X[:5]), streaming.running_decision(X[:5])
    np.testing.assert_array_equal(running[:, -1], whole)
    for i in range(5):
        stream.reset()
        for t in range(40):
            np.testing.assert_array_equal(stream.step(X[i, :, t]), running[i, t])
        np.testing.assert_array_equal(stream.predict_proba(), streaming.predict_proba(X[i : i + 1])[
            0])
        assert stream.predict() == streaming.predict(X[i : i + 1])[0]
        stream.reset()
        np.testing.assert_array_equal(stream.step(X[i]), whole[i])


def test_a_stream_of_two_classes_returns_the_log_odds(two):
    X, y = two
    model = SpikeTrainClassifier(FAST).fit(X, y)
    stream = model.stream()
    assert stream.step(X[0]) == model.decision_function(X[:1])[0]
    assert isinstance(stream.decision_function(), float)


def test_a_stream_can_be_copied_and_restored_and_keeps_its_fit(streaming, three):
    X, y = three
    stream = streaming.stream()
    stream.step(X[0, :, :20])
    kept = stream.state
    others = copy.deepcopy(stream), pickle.loads(pickle.dumps(stream))
    wanted = stream.step(X[0, :, 20:])
    for other in others:
        np.testing.assert_array_equal(other.step(X[0, :, 20:]), wanted)
    stream.state = kept
    np.testing.assert_array_equal(stream.step(X[0, :, 20:]), wanted)


@pytest.mark.small
def test_a_stream_needs_experts_that_add_evidence_step_by_step(two):
    X, y = two
    model = SpikeTrainClassifier(["neighbours"]).fit(X, y)
    for use in (model.stream, lambda: model.running_decision(X)):
        with pytest.raises(ValueError, match=r"\['neighbours'\] need the whole train"):
            use()


@pytest.mark.small
def test_series_do_not_stream_because_their_median_is_known_at_the_end(two):
    X, y = two
    series = X[:, 0].astype(float)
    model = SpikeTrainClassifier("history").fit(series, y)
    unequal = SpikeTrainClassifier("history").fit(
        [x[: 20 + k % 2] for k, x in enumerate(series)], y)
    for use in (
            model.stream, lambda: model.running_decision(series),
            lambda: unequal.running_decision([*series]),
            lambda: EarlyClassifier(SpikeTrainClassifier("history"), cv=2).fit(series, y)):
        with pytest.raises(ValueError, match=r"needs rasters .* binarised at its median"):
            use()


@pytest.mark.small
@pytest.mark.parametrize("x", [np.zeros(3), np.zeros((4, 2, 2)), np.full(4, 2), np.zeros((4, 0))])
def test_a_stream_refuses_wrong_steps_and_does_not_change(x, three):
    stream = SpikeTrainClassifier("history").fit(*three).stream()
    before = stream.state
    with pytest.raises(ValueError, match="SpikeTrainClassifier.stream expects"):
        stream.step(x)
    np.testing.assert_array_equal(stream.state, before)


@pytest.mark.parametrize("answer", ["transform", "decision_function"])
def test_results_depend_neither_on_threads_nor_on_the_batch_or_the_order(answer, three):
    cls, (X, y) = SpikeTrainClassifier, three
    wanted = getattr(cls().fit(X, y), answer)(X)
    np.testing.assert_array_equal(getattr(cls(n_jobs=3).fit(X, y), answer)(X), wanted)
    order = np.random.default_rng(0).permutation(150)
    shuffled = getattr(cls().fit(X[order], y[order]), answer)
    np.testing.assert_allclose(shuffled(X), wanted, rtol=1e-7, atol=1e-9)
    model = getattr(cls().fit(X, y), answer)
    np.testing.assert_array_equal(np.concatenate([model(X[k : k + 1]) for k in range(9)]), model(
        X)[:9])


@pytest.mark.parametrize("experts", ["auto", FAST])
def test_a_weight_of_two_equals_the_sample_twice(experts, three, rng):
    X, y = three
    weight = rng.integers(0, 4, 150)
    rows = np.repeat(np.arange(150), weight)
    one = SpikeTrainClassifier(experts).fit(X, y, sample_weight=weight)
    other = SpikeTrainClassifier(experts).fit(X[rows], y[rows])
    np.testing.assert_allclose(
        one.decision_function(X), other.decision_function(X), rtol=1e-6, atol=1e-8)
    assert one.novelty_threshold_ == pytest.approx(other.novelty_threshold_)


def test_chunks_give_the_tables_of_one_fit(three):
    X, y = three
    whole = SpikeTrainClassifier().fit(X, y)
    chunks = SpikeTrainClassifier()
    for rows in np.split(np.arange(150), [40, 90]):
        chunks.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    np.testing.assert_array_equal(chunks.log_likelihood(X), whole.log_likelihood(X))
    assert chunks.score(X, y) == pytest.approx(whole.score(X, y), abs=0.05)
    one = SpikeTrainClassifier().partial_fit(X, y, classes=[0, 1, 2])
    np.testing.assert_array_equal(one.decision_function(X), whole.decision_function(X))
    continued = SpikeTrainClassifier().fit(X[:90], y[:90]).partial_fit(X[90:], y[90:])
    np.testing.assert_array_equal(continued.log_likelihood(X), whole.log_likelihood(X))


@pytest.mark.small
def test_chunks_may_lack_classes_and_refuse_others(three):
    X, y = three
    model = SpikeTrainClassifier("history")
    with pytest.raises(ValueError, match="classes must be passed in the first call"):
        model.partial_fit(X, y)
    model.partial_fit(X[y == 0], y[y == 0], classes=[2, 1, 0])
    assert np.isfinite(model.decision_function(X)).all()
    with pytest.raises(ValueError, match=r"classes must be those of the first call, \[0, 1, 2\]"):
        model.partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="y has the label 3"):
        model.partial_fit(X, y + 1)
    model.partial_fit(X, y)
    assert model.score(X, y) > 0.8


@pytest.mark.parametrize(
    "changed", [{"experts": "rate"}, {"experts": [Rate(widths=(0.5,)), "history"]}, {"n_folds": 3}],
    ids=str)
def test_counts_continue_with_their_experts_and_folds_only(changed, two):
    X, y = two
    model = SpikeTrainClassifier(["rate", "history"]).partial_fit(X[:60], y[:60], classes=[0, 1])
    before = model.predict_proba(X)
    with pytest.raises(ValueError, match="partial_fit continues with n_folds=5 and experts="):
        model.set_params(**changed).partial_fit(X[60:], y[60:])
    np.testing.assert_array_equal(model.predict_proba(X), before)
    # the penalty of the weights can change
    model.set_params(experts=[Rate(), History()], n_folds=5, alpha=1e9).partial_fit(X[60:], y[60:])
    assert model.weights_.max() < 1e-3


def test_trains_of_unequal_length(rng):
    X, y = make_markov(300, 4, 120, random_state=0)
    lengths = rng.integers(20, 121, 300)
    trains = [x[:, :n] for x, n in zip(X, lengths)]
    model = SpikeTrainClassifier().fit(trains[:200], y[:200])
    assert model.score(trains[200:], y[200:]) > 0.8
    each = [model.decision_function([train])[0] for train in trains[200:210]]
    np.testing.assert_array_equal(model.decision_function(trains[200:])[:10], each)
    with pytest.raises(ValueError, match="explain takes samples of equal length"):
        model.explain(trains)
    streaming = SpikeTrainClassifier(["rate", "history"]).fit(trains, y)
    with pytest.raises(ValueError, match="running_decision takes samples of equal length"):
        streaming.running_decision(trains)
    # an array of other lengths than in fit
    assert model.decision_function(X[:, :, :33]).shape == (300,)
    assert model.transform(trains).shape == (300, len(model.models_))


@pytest.mark.parametrize("n_channels", [1, 200])
def test_one_channel_and_many(n_channels, rng):
    y = np.arange(40) % 2
    rates = np.where(y, 0.3, 0.1)[:, np.newaxis, np.newaxis]
    X = (rng.random((40, n_channels, 50)) < rates).astype(np.uint8)
    model = SpikeTrainClassifier().fit(X, y)
    assert model.score(X, y) > 0.9
    assert model.explain(X[:2]).shape == (2, n_channels, 50)
    assert any(name.startswith("pairs") for name in model.models_) == (n_channels > 1)


def test_a_fit_takes_little_more_memory_than_its_tables():
    X, y = np.ones((20, 300, 20), np.uint8), np.arange(20) % 2
    tracemalloc.start()
    try:
        model = SpikeTrainClassifier().fit(X, y)
        _, largest = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    size = sum(table.nbytes for tables in model.tables_ for table in tables.values())
    assert largest < 6 * size  # it was 14 times with the tables of all folds at once


@pytest.mark.parametrize("alpha", [1.0, 5e-324])
@pytest.mark.parametrize("value", [0, 1])
def test_trains_without_or_full_of_spikes_give_no_nan(value, alpha):
    X, y = np.full((20, 3, 10), value, np.uint8), np.arange(20) % 3 > 0
    model = SpikeTrainClassifier(alpha=alpha).fit(X, y)
    for n_steps in (1, 10, 50):
        for new in (np.zeros((2, 3, n_steps), np.uint8), np.ones((2, 3, n_steps), np.uint8)):
            assert np.isfinite(model.log_likelihood(new)).all()
            assert np.isfinite(model.novelty(new)).all()
            assert np.isfinite(model.predict_proba(new)).all()


def templates(rng, n_copies=10):
    """Return repeated trains, three different ones for each of five classes."""
    patterns = (rng.random((15, 3, 20)) < 0.3).astype(np.uint8)
    row = rng.permutation(np.arange(15 * n_copies) % 15)
    return patterns[row], row // 3


@pytest.mark.parametrize(
    "experts", ["rate", "history", ["rate", "linear", "neighbours"], "auto"], ids=str)
def test_repeated_trains_are_recognised_if_no_other_train_resembles_them(experts, rng):
    X, y = templates(rng)
    model = SpikeTrainClassifier(experts)
    with pytest.warns(UserWarning, match="150 training trains are copies of 15 different trains"):
        model.fit(X, y)
    assert model.score(X, y) == 1
    one_of_each = np.unique(X, axis=0, return_index=True)[1]
    with pytest.warns(UserWarning, match="150 training trains are copies of 15 different trains"):
        weighted = clone(model).fit(X[one_of_each], y[one_of_each], np.full(15, 10.0))
    np.testing.assert_allclose(weighted.predict_proba(X), model.predict_proba(X), rtol=1e-9)
    # copies whose labels disagree show nothing
    clone(model).fit(X, rng.permutation(y))  # a warning would be an error
    # weights in another unit are no numbers of copies, also if some of them are whole
    clone(model).fit(X[one_of_each], y[one_of_each], np.append(np.full(14, 10.0), 0.5))
    with pytest.warns(UserWarning, match="150 training trains are copies of 15 different trains"):
        assert clone(model).fit(X, y, np.full(150, 0.3)).score(X, y) > 0.9


@pytest.mark.parametrize("wrapper", [
    lambda model: EarlyClassifier(model, cv=3), lambda model: RejectingClassifier(model)])
def test_repeated_trains_are_recognised_early_and_not_rejected(wrapper, rng):
    X, y = templates(rng)
    with pytest.warns(UserWarning, match="copies of 15 different trains"):
        model = wrapper(SpikeTrainClassifier(["rate", "history"])).fit(X, y)
    assert model.score(X, y) > 0.95


@pytest.mark.parametrize("n_samples", [2, 3, 4])
def test_few_samples_are_enough(n_samples, rng):
    X = (rng.random((n_samples, 2, 20)) < 0.3).astype(np.uint8)
    model = SpikeTrainClassifier().fit(X, np.arange(n_samples) % 2)
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize(
    ("make", "parameters"), [
        (make_markov, {"correlations": (0.0, 0.3, 0.6)}), (make_gamma, {"shapes": (1, 3, 9)})])
def test_trains_of_another_kind_are_novel(make, parameters):
    X, y = make(900, random_state=0, **parameters)
    for left_out in range(3):
        train = np.flatnonzero(y[:450] != left_out)
        model = SpikeTrainClassifier(FAST).fit(X[train], y[train])
        novelty, is_new = model.novelty(X[450:]), y[450:] == left_out
        assert (novelty[~is_new] > model.novelty_threshold_).mean() == pytest.approx(0.05, abs=0.05)
        assert roc_auc_score(is_new, novelty) > 0.9


def test_rates_between_those_of_known_classes_are_seen_by_the_decision():
    X, y = make_markov(900, 4, 100, correlations=(0.0, 0.3, 0.6), random_state=0)
    train = np.flatnonzero(y[:450] != 1)
    model = SpikeTrainClassifier(FAST).fit(X[train], y[train])
    assert roc_auc_score(y[450:] == 1, model.novelty(X[450:])) > 0.85


@pytest.mark.small
def test_a_sample_is_compared_with_others_of_a_class(rng):
    y = rng.integers(0, 2, 400)
    scores = rng.normal(size=(400, 1, 2)) + 10 * np.eye(2)[y][:, np.newaxis]
    models = SimpleNamespace(
        n_classes=2, is_likelihood=np.ones(1, bool), decision=lambda scores: 3 * scores[:, 0])
    _, (found, decision) = features(models, scores, np.full(400, 4))
    np.testing.assert_array_equal(found, scores[:, 0, ::-1] / 4)  # of class 1, and of the others
    np.testing.assert_allclose(decision[:, 0], 0.75 * (scores[:, 0, 1] - scores[:, 0, 0]))
    values = np.where(y[:, np.newaxis] == 0, scores[:, 0], scores[:, 0, ::-1])
    typical = Typical.of(values, y, 2, np.ones(400))
    for k in range(2):
        assert typical.square(values[y == k], k).mean() == pytest.approx(1, abs=0.1)
        np.testing.assert_allclose(typical.square(typical.mean[k:][:1], k), 0, atol=1e-12)
    squares = np.concatenate([typical.square(values[y == k], k) for k in range(2)])
    weights = rng.integers(1, 4, 400)
    np.testing.assert_allclose(
        typical.deviation(values, y, weights),
        np.repeat(squares, np.concatenate([weights[y == 0], weights[y == 1]])).std())


def test_samples_of_a_class_look_like_it(three):
    model = SpikeTrainClassifier().fit(*three)
    for expert in ("history", "age", "population", "rate"):
        for label, rate in zip((0, 1, 2), (20, 60, 120)):
            drawn = model.sample(50, label=label, n_steps=40, expert=expert, random_state=0)
            assert drawn.shape == (50, 4, 40) and drawn.dtype == np.uint8
            assert 1000 * drawn.mean() == pytest.approx(rate, rel=0.25)
            assert (model.predict(drawn) == label).mean() > 0.6
    again = model.sample(50, label=2, n_steps=40, expert="rate", random_state=0)
    np.testing.assert_array_equal(drawn, again)


@pytest.mark.small
def test_wrong_arguments_of_sample_are_refused(two):
    model = SpikeTrainClassifier(["history", "linear"]).fit(*two)
    with pytest.raises(ValueError, match="label must be one of 0, 1, got 7"):
        model.sample(label=7)
    with pytest.raises(ValueError, match="expert must be one of 'history', got 'linear'"):
        model.sample(label=0, expert="linear")
    with pytest.raises(ValueError, match="n_samples must be an integer and >= 1"):
        model.sample(0, label=0)


@pytest.mark.small
@pytest.mark.compiled
@pytest.mark.parametrize(
    ("parameters", "message"), [
        ({"experts": "none"}, "experts must be one of 'age'"),
        ({"experts": []}, "experts must have different names, at least one"),
        ({"experts": ["history", History()]}, "experts must have different names"),
        ({"experts": [Rate(()), "age"]}, "widths must be different numbers"),
        ({"n_folds": 1}, "n_folds must be an integer and >= 2"),
        ({"alpha": 0.0}, "alpha must be a finite number"),
        ({"n_jobs": 0}, "n_jobs must be None")])
def test_wrong_parameters_are_refused_before_anything_changes(parameters, message, two):
    model = SpikeTrainClassifier("history").fit(*two)
    before = model.decision_function(two[0])
    with pytest.raises(ValueError, match=message):
        model.set_params(**parameters).fit(*two)
    model.set_params(n_jobs=None)
    np.testing.assert_array_equal(model.decision_function(two[0]), before)


@pytest.mark.small
def test_an_expert_without_a_model_of_one_channel_is_left_out_or_refused(two):
    X, y = two
    model = SpikeTrainClassifier(["pairs", "history"]).fit(X[:, :1], y)
    assert model.models_ == ["history shared"]
    with pytest.raises(ValueError, match=r"experts=\['pairs'\] have no model of 1 channel"):
        SpikeTrainClassifier("pairs").fit(X[:, :1], y)


@pytest.mark.small
def test_features_of_training_samples_come_from_other_folds(two):
    X, y = two
    scores = SpikeTrainClassifier("history").fit(X[:80], y[:80])
    assert scores.transform(X).shape == (120, 2)
    # models of all data fit their own samples better than those without them
    whole = scores.log_likelihood(X)
    odds = whole[:, :, 1] - whole[:, :, 0]
    np.testing.assert_array_equal(scores.transform(X)[80:], odds[80:])
    sign = np.where(y[:80], 1, -1)[:, np.newaxis]
    assert (sign * scores.transform(X)[:80]).mean() < (sign * odds[:80]).mean()
    np.testing.assert_array_equal(
        SpikeTrainClassifier("history").fit_transform(X[:80], y[:80]), scores.transform(X)[:80])


@pytest.mark.small
def test_features_of_chunks_come_from_models_that_had_not_seen_the_sample(two):
    X, y = two
    model = SpikeTrainClassifier("history").fit(X[:80], y[:80])
    before, new = model.transform(X[:80]), model.transform(X[80:])
    model.partial_fit(X[80:], y[80:])
    np.testing.assert_array_equal(model.transform(X[:80]), before)
    assert (model.transform(X[80:]) != new).any()
    # a train that occurs again has the scores of its last occurrence
    model.partial_fit(X[:80], y[:80])
    assert (model.transform(X[:80]) != before).any()
    model._seen = model._seen[0], (*model._seen[1][:-1], model._seen[1][-1][1:])
    with pytest.raises(ValueError, match="keys of _seen must be an array"):
        model.transform(X)


@pytest.mark.small
def test_features_of_several_classes_are_named_by_model_and_class(three):
    scores = SpikeTrainClassifier(["linear"]).fit(*three)
    assert scores.get_feature_names_out().tolist() == ["linear_all_0", "linear_all_1", (
        "linear_all_2")]
    np.testing.assert_allclose(scores.transform(three[0]).sum(axis=1), 0, atol=1e-9)


@pytest.mark.small
def test_damaged_tables_are_refused(three):
    model = SpikeTrainClassifier().fit(*three)
    for k, expert in enumerate(model.experts_):
        for name, table in model.tables_[k].items():
            damaged = copy.deepcopy(model)
            damaged.tables_[k][name] = table[..., :-1].copy() if table.ndim > 1 else table[:0]
            with pytest.raises((ValueError, TypeError), match="must"):
                damaged.predict(three[0])
        damaged = copy.deepcopy(model)
        damaged.tables_[k].popitem()
        with pytest.raises(ValueError, match="must have the keys"):
            damaged.predict(three[0])
    damaged = copy.deepcopy(model)
    damaged.tables_[0] = list(damaged.tables_[0])
    with pytest.raises(TypeError, match="tables_ must be .*dict"):
        damaged.predict(three[0])
    damaged = copy.deepcopy(model)
    damaged.experts_[0] = "rate"
    with pytest.raises(TypeError, match="experts_ must be .*Expert"):
        damaged.predict(three[0])
    places = model.experts_.index(next(e for e in model.experts_ if e.name == "neighbours"))
    damaged = copy.deepcopy(model)
    damaged.tables_[places]["spikes"] += 10**6
    with pytest.raises(ValueError, match="spikes must be places in trains"):
        damaged.predict(three[0])
    damaged = copy.deepcopy(model)
    damaged.weights_ = damaged.weights_[1:]
    with pytest.raises(ValueError, match="weights_ must be an array"):
        damaged.predict(three[0])


def counts_of(model):
    """Return the counts of the only expert in the first fold."""
    return model._seen[0][0][0]


@pytest.mark.parametrize("expert", EXPERTS)
def test_damaged_counts_are_refused(expert, three):
    X, y = three
    model = SpikeTrainClassifier(expert, n_folds=2).fit(X, y)
    short = SpikeTrainClassifier(expert, n_folds=2).fit(X[:90, :, :20], y[:90])
    for name, array in counts_of(model).items():
        lengths = zip(array.shape, counts_of(short)[name].shape, strict=True)
        damaged = [array.astype(str), None] + [
            np.repeat(array, 2, axis) for axis, (n, other) in enumerate(lengths) if n == other]
        for value in damaged:
            other = copy.deepcopy(model)
            counts_of(other)[name] = value
            with pytest.raises((TypeError, ValueError), match=f"counts of .*{name} must be"):
                other.partial_fit(X, y)
        other = copy.deepcopy(model)
        del counts_of(other)[name]
        with pytest.raises(ValueError, match="must have the keys"):
            other.partial_fit(X, y)


def test_counts_with_trains_that_do_not_fit_each_other_are_refused(three):
    model = SpikeTrainClassifier("neighbours", n_folds=2).fit(*three)
    counts_of(model)["votes"] = counts_of(model)["votes"][1:]
    with pytest.raises(ValueError, match="starts must be an array"):
        model.partial_fit(*three)


@pytest.mark.small
def test_no_samples_have_no_parts():
    assert [*parts(Ragged(np.zeros((1, 2, 9)), np.array([4, 5]), False), np.array([], int))] == []


@pytest.mark.small
def test_the_weights_of_the_pool_are_the_minimum(rng):
    scores, y = rng.normal(size=(200, 4, 3)), rng.integers(0, 3, 200)
    scores[np.arange(200), 0, y] += 1
    scores[np.arange(200), 1, y] -= 1  # misleading
    weight = rng.random(200)
    weights, intercept = fit_weights(scores, y, weight, 1.0)
    assert weights[0] > 0.5 and weights[1] == 0 and abs(intercept.sum()) < 1e-7
    squares = (scores - scores.mean(axis=2, keepdims=True)) ** 2
    unit = np.sqrt(np.einsum("n,nmk->m", weight, squares) / (3 * weight.sum()))

    def objective(x):
        """Return the penalised negative log likelihood for weights in units of deviations."""
        log_p = log_softmax(combined(scores, x[:4] / unit, x[4:]), axis=1)[np.arange(200), y]
        return x @ x / 2 - weight @ log_p

    found = np.append(weights * unit, intercept)
    for k in range(7):
        for step in (-1e-3, 1e-3):
            changed = found + step * (np.arange(7) == k)
            assert changed[:4].min() < 0 or objective(changed) > objective(found)
    slope = approx_fprime(found, objective, 1e-6)
    free = np.append(weights > 0, np.ones(3, bool))
    assert np.abs(slope[free]).max() < 1e-3 and (slope[:4][weights == 0] > 0).all()
    # equal models, with hardly any penalty and with a large one
    for weight_of_all in (1e18 * weight, 1e-18 * weight):
        one = fit_weights(np.repeat(scores[:, :1], 2, axis=1), y, weight_of_all, 1e-9)
        assert np.isfinite(np.concatenate(one)).all()
    assert combined(scores, weights, intercept).shape == (200, 3)


@pytest.mark.small
@pytest.mark.parametrize("n_classes", [2, 7, 8, 30])
def test_the_pool_has_probabilities_of_any_number_of_classes(n_classes, rng):
    scores, y = rng.normal(size=(120, 2, n_classes)), np.arange(120) % n_classes
    scores[np.arange(120), 0, y] += 3
    weights, intercept = fit_weights(scores, y, np.ones(120), 1.0)
    decision = combined(scores, weights, intercept)
    wanted = np.exp(decision) / np.exp(decision).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities(decision), wanted, rtol=1e-12)
    assert weights[0] > 0.5 and (decision.argmax(axis=1) == y).mean() > 0.8
