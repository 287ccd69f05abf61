"""Complexity relative to each class, in LZCTransformer and LZCClassifier."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skspike import LZCClassifier, LZCTransformer
from skspike.complexity import _relative
from skspike.complexity._lzc import _default_estimator
from skspike.datasets import make_markov, make_templates
from skspike.inspection import explain
from skspike.trains import Phrases, PopulationPhrases


@pytest.fixture(scope="module")
def two():
    """Return trains of two classes of equal rate."""
    return make_markov(200, 3, 100, random_state=0)


@pytest.fixture(scope="module")
def three():
    """Return trains of three classes with names."""
    X, y = make_templates(150, 4, 60, n_classes=3, random_state=0)
    return X, np.array(["a", "b", "c"])[y]


def saved_bits(X, y, X_new):
    """Return the bits per step that class 1 saves, by each dictionary."""
    blocks = []
    for expert in (Phrases(), PopulationPhrases()):
        tables = expert.tables(expert.count(X, y, np.ones(len(X)), 2))
        scores = expert.score(tables, np.ascontiguousarray(X_new), 2)
        blocks.append((scores[..., 1] - scores[..., 0]) / np.log(2) / X.shape[2])
    return np.hstack(blocks)


def test_new_samples_get_the_bits_that_a_class_saves(two):
    X, y = two
    lzc = LZCTransformer(relative=True).fit(X[:100], y[:100])
    assert lzc.get_feature_names_out()[3:].tolist() == [
        "phrases_shared", "phrases_each", "population_phrases_shared"]
    features = lzc.transform(X[100:])
    np.testing.assert_allclose(features[:, 3:], saved_bits(X[:100], y[:100], X[100:]), rtol=1e-9)
    np.testing.assert_array_equal(
        features[:, :3], LZCTransformer().fit(X[:100]).transform(X[100:]))


def test_training_samples_get_the_bits_of_dictionaries_without_their_fold(two):
    X, y = two
    lzc = LZCTransformer(relative=True).fit(X, y)
    features = lzc.transform(X)[:, 3:]
    again = LZCTransformer(relative=True).fit_transform(X, y)
    np.testing.assert_array_equal(again[:, 3:], features)
    for row in range(5):
        # dictionaries of the data without a copy of any sample in the fold of this one
        keys = _relative.Samples.of(X, y, np.ones(200)).keys % _relative.N_FOLDS
        others = keys != keys[row]
        np.testing.assert_allclose(
            features[row], saved_bits(X[others], y[others], X[row : row + 1])[0], rtol=1e-9)


def test_the_classifier_learns_from_these_features(two):
    X, y = two
    model = LZCClassifier().fit(X[:150], y[:150])
    lzc = LZCTransformer(relative=True)
    wanted = make_pipeline(lzc, _default_estimator()).fit(X[:150], y[:150])
    np.testing.assert_array_equal(
        model.decision_function(X[150:]), wanted.decision_function(X[150:]))


def test_classes_of_equal_complexity_are_separated(rng):
    # the same intervals in two orders
    y = np.arange(200) % 2
    X = np.zeros((200, 2, 120), np.uint8)
    for raster, label in zip(X, y, strict=True):
        for train in raster:
            usual = rng.random(40) < 0.8
            gaps = np.where(usual, np.tile([2, 3, 7, 4], 10), rng.integers(2, 8, 40))
            times = np.cumsum(gaps) - rng.integers(15)
            train[times[(times >= 0) & (times < 120)]] = 1
            train[:] = train[:: 1 - 2 * label]
    own, relative = LZCClassifier(relative=False), LZCClassifier()
    assert own.fit(X[:100], y[:100]).score(X[100:], y[100:]) < 0.65
    assert relative.fit(X[:100], y[:100]).score(X[100:], y[100:]) > 0.95


def test_shuffled_labels_are_found_at_chance(two, rng):
    X, y = two
    scores = [cross_val_score(LZCClassifier(), X, rng.permutation(y), cv=4) for _ in range(10)]
    assert abs(np.mean(scores) - 0.5) < 0.04


@pytest.mark.parametrize("channels", ["each", "joint", "mean"])
@pytest.mark.parametrize("n_windows", [1, 3])
def test_results_do_not_depend_on_order_batch_and_threads(
        channels, n_windows, three, rng, monkeypatch):
    X, y = three
    options = {"channels": channels, "n_windows": n_windows, "with_counts": True}
    model = LZCClassifier(**options).fit(X[:100], y[:100])
    scores = model.decision_function(X[100:])
    order = rng.permutation(100)
    shuffled = LZCClassifier(**options).fit(X[:100][order], y[:100][order])
    for own, other in zip(
            model.dictionaries_[0].tables, shuffled.dictionaries_[0].tables, strict=True):
        for name, table in own.items():
            np.testing.assert_array_equal(table, other[name])
    np.testing.assert_allclose(shuffled.decision_function(X[100:]), scores, rtol=1e-6, atol=1e-6)
    alone = LZCTransformer(relative=True, **options).fit(X[:100], y[:100])
    features = alone.transform(X[100:])
    np.testing.assert_array_equal(
        np.vstack([alone.transform(x[np.newaxis]) for x in X[100:]]), features)
    monkeypatch.setattr(_relative, "GROUP_SIZE", 1)
    threads = LZCTransformer(relative=True, n_jobs=2, **options).fit(X[:100], y[:100])
    np.testing.assert_array_equal(threads.transform(X), alone.transform(X))
    assert features.shape[1] == len(alone.get_feature_names_out())


def test_weights_equal_copies_and_0_leaves_a_sample_out(two, rng):
    X, y = two
    weights = rng.integers(0, 3, 150)
    rows = np.repeat(np.arange(150), weights)
    model = LZCClassifier(estimator=LogisticRegression(tol=1e-10, max_iter=10_000))
    weighted = clone(model).fit(X[:150], y[:150], sample_weight=weights)
    copies = clone(model).fit(X[rows], y[rows])
    for own, other in zip(weighted.dictionaries_, copies.dictionaries_, strict=True):
        np.testing.assert_array_equal(own.counts, other.counts)
        np.testing.assert_allclose(own.typical, other.typical, rtol=1e-12)
    np.testing.assert_allclose(
        weighted.decision_function(X[150:]), copies.decision_function(X[150:]), atol=1e-4)


@pytest.mark.parametrize("n_windows", [1, 2])
@pytest.mark.parametrize("data", ["two", "three"])
def test_the_evidence_adds_up_to_the_decision(data, n_windows, request):
    X, y = request.getfixturevalue(data)
    model = LZCClassifier(n_windows=n_windows).fit(X[:100], y[:100])
    terms, scores = model.explain(X[100:]), model.decision_function(X[100:])
    np.testing.assert_allclose(terms.sum(axis=(-2, -1)), scores, rtol=1e-7, atol=1e-7)
    found = explain(model, X[100:110])
    np.testing.assert_allclose(found.evidence.sum(axis=(1, 2)), found.decision, rtol=1e-6)


def test_a_model_that_is_not_linear_has_no_terms(two):
    X, y = two
    forest = LZCClassifier(estimator=RandomForestClassifier(5, random_state=0)).fit(X, y)
    assert not hasattr(forest, "explain")
    assert explain(forest, X[:1], n_windows=2).n_windows == 2
    for lzc in (LZCTransformer(), LZCClassifier(relative=False)):
        for name in ("bits", "novelty", "phrases"):
            with pytest.raises(AttributeError, match=name):
                getattr(lzc, name)


def test_bits_are_those_of_the_shared_dictionary(two):
    X, y = two
    lzc = LZCTransformer(relative=True).fit(X[:150], y[:150])
    bits = lzc.bits(X[150:])
    assert bits.shape == (50, 2, 3, 100) and (bits > 0).all()
    saved = (bits[:, 0] - bits[:, 1]).sum(axis=(1, 2)) / 100
    np.testing.assert_allclose(saved, lzc.transform(X[150:])[:, 3], rtol=1e-9)


def test_trains_of_another_process_are_new(two, rng):
    X, y = two
    model = LZCClassifier().fit(X, y)
    usual, _ = make_markov(200, 3, 100, random_state=1)
    threshold = model.novelty_threshold_
    assert 0.01 < (model.novelty(usual) > threshold).mean() < 0.12
    regular = np.zeros((20, 3, 100), np.uint8)
    regular[:, :, ::5] = 1
    assert (model.novelty(regular) > threshold).all()


def test_phrases_show_what_makes_a_class(two):
    X, y = two
    model = LZCClassifier().fit(X, y)
    best = model.phrases(1, 1)[0]
    after = X[y == 1][:, :, 1:][X[y == 1][:, :, :-1] == 1]
    assert best["phrase"] == "1" and best["count"] == len(after)
    # in the other class, this phrase does not pay for itself
    q, p = ((steps.sum() + 0.5) / (steps.size + 1) for steps in (X[y == 0], after))
    np.testing.assert_allclose((best["spike_in_others"], best["spike"]), (q, p))
    saved = np.where(after, np.log2(p / q), np.log2((1 - p) / (1 - q))).sum() / X[y == 1].size
    np.testing.assert_allclose(best["saved_bits"], saved)
    assert len(model.phrases(0, 3)) == 3
    with pytest.raises(ValueError, match=r"label must be one of.*0.*1.*got 2"):
        model.phrases(2)
    with pytest.raises(ValueError, match="n_phrases must be"):
        model.phrases(1, 0)


def test_labels_in_several_columns_have_a_dictionary_each(two, rng):
    X, y = two
    columns = np.stack([y, rng.permutation(y)], axis=1)
    model = LZCClassifier(estimator=RandomForestClassifier(20, random_state=0))
    model.fit(X[:150], columns[:150])
    assert len(model.dictionaries_) == 2
    assert (model.predict(X[150:])[:, 0] == y[150:]).mean() > 0.75
    with pytest.raises(ValueError, match="was fitted on 2 columns of labels"):
        model.bits(X)
    names = LZCTransformer(relative=True).fit(X, columns).get_feature_names_out()
    assert names[-1] == "population_phrases_shared_y1"


def test_the_transformer_needs_labels_only_for_relative_complexity(two):
    X, y = two
    with pytest.raises(ValueError, match="relative=True requires y"):
        LZCTransformer(relative=True).fit(X)
    with pytest.raises(ValueError, match="at least 2 classes, got 1"):
        LZCTransformer(relative=True).fit(X, np.zeros(200))
    with pytest.raises(ValueError, match="relative must be"):
        LZCClassifier(relative="yes").fit(X, y)


def test_damaged_dictionaries_are_refused(two):
    X, y = two
    model = LZCClassifier().fit(X, y)
    own = model.dictionaries_[0]
    for damaged in (
            [own._replace(tables=own.tables[:1])], [own._replace(counts=own.counts[:, 1:])],
            [own[:2]],
            [own._replace(tables=[{"shared": own.tables[0]["shared"]}, own.tables[1]])]):
        model.dictionaries_ = damaged
        with pytest.raises((ValueError, TypeError), match="dictionaries_|counts|tables"):
            model.predict(X)


def test_samples_of_unequal_length_and_series(rng):
    X = [(rng.random((2, length)) < 0.3).astype(np.uint8) for length in rng.integers(40, 60, 30)]
    y = np.arange(30) % 2
    for x, label in zip(X, y, strict=True):
        x[:, 1::2] *= np.uint8(1 - label)
    model = LZCClassifier().fit(X[:20], y[:20])
    assert model.score(X[20:], y[20:]) > 0.8
    with pytest.raises(ValueError, match="equal length"):
        model.bits(X)
    series = rng.normal(size=(40, 50))
    assert LZCClassifier().fit(series, np.arange(40) % 2).bits(series).shape == (40, 2, 1, 50)
