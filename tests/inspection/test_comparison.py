"""`compare_values` gives all values the same seeds and folds."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline

from skspike import SNNClassifier, SNNTransformer, SpikeCounter
from skspike.datasets import make_poisson
from skspike.inspection import Comparison, compare_values
from skspike.neurons import LIF

pytestmark = pytest.mark.small
X, Y = np.arange(12.0).reshape(12, 1), np.arange(12) % 2
GRID = {"neuron": ["lif"]}


class Seeded(ClassifierMixin, BaseEstimator):
    """A score that shows the first letter of the parameter, the seed and the first test sample."""

    def __init__(self, kind="a", random_state=None):
        self.kind, self.random_state = kind, random_state

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X), int)

    def score(self, X, y):
        return 100 * "abc".index(self.kind[0]) + self.random_state + X[0, 0] / 100


def test_values_have_equal_seeds_and_folds():
    found = compare_values(Seeded(), X, Y, {"kind": ["a", "c"]}, seeds=[3, 7], cv=KFold(3))
    assert found.parameter == "kind" and found.names == ("a", "c")
    np.testing.assert_allclose(
        found.scores,
        [[[base + seed + first / 100 for first in (0, 4, 8)] for seed in (3, 7)]
         for base in (0, 200)])
    # a random splitter draws the folds once
    shuffled = StratifiedKFold(2, shuffle=True)
    found = compare_values(Seeded(), X, Y, {"kind": "ab"}, seeds=4, cv=shuffled)
    assert found.scores.shape == (2, 4, 2)
    np.testing.assert_allclose(np.ptp(found.scores % 1, axis=(0, 1)), 0, atol=1e-9)
    assert found.difference("b", "a") == pytest.approx((100.0, 0.0))


def test_a_scoring_replaces_the_score_of_the_model():
    found = compare_values(Seeded(), X, Y, {"kind": "ab"}, seeds=1, cv=3, scoring="accuracy")
    np.testing.assert_array_equal(found.scores, 0.5)


def test_the_difference_has_the_standard_error_over_seeds():
    scores = np.array([[[0.0], [0.0], [0.3]], [[1.0], [2.0], [3.3]]])
    found = Comparison("p", ("x", "y"), scores)
    assert found.difference("y", "x") == pytest.approx((2.0, 1 / np.sqrt(3)))
    assert np.isnan(Comparison("p", ("x", "y"), scores[:, :1]).difference("y", "x")[1])
    np.testing.assert_allclose(found.by_seed("x"), [[0, 0, 0], [1, 2, 3]])
    for names in (("x", "z"), ("z", "x")):
        with pytest.raises(ValueError, match=r"has the names \('x', 'y'\), got 'z'"):
            found.difference(*names)


def test_all_combinations_of_several_parameters_are_compared():
    class Two(Seeded):
        def __init__(self, kind="a", plus=0, random_state=None):
            super().__init__(kind, random_state)
            self.plus = plus

        def score(self, X, y):
            return super().score(X, y) + 1000 * self.plus

    grid = {"plus": range(2), "kind": "ac"}
    found = compare_values(Two(), X, Y, grid, seeds=[3, 7], cv=KFold(3))
    assert found.parameter == "plus, kind" and found.names == ("0, a", "0, c", "1, a", "1, c")
    np.testing.assert_allclose(
        found.by_seed() - found.by_seed()[:1], [[0, 0], [200, 200], [1000, 1000], [1200, 1200]])
    assert found.difference("1, a", "0, a") == pytest.approx((1000, 0))


def test_all_random_states_of_a_pipeline_get_the_seed():
    raster, y = make_poisson(20, 3, 30, random_state=0)
    model = make_pipeline(
        SNNTransformer(4, rule="stdp", max_iter=1), SpikeCounter(), LogisticRegression())
    found = compare_values(
        model, raster, y, {"snntransformer__neuron": ["lif", LIF(tau_mem=5.0)]}, seeds=[4], cv=2)
    assert found.names == ("lif", "LIF(tau_mem=5.0)")
    model.set_params(
        snntransformer__neuron=LIF(tau_mem=5.0), snntransformer__random_state=4,
        logisticregression__random_state=4)
    np.testing.assert_array_equal(found.scores[1, 0], cross_val_score(model, raster, y, cv=2))


def test_estimators_as_values_are_cloned_and_get_the_seed():
    model, values = Pipeline([("last", RidgeClassifierCV())]), [Seeded("b", 9), Seeded("a")]
    found = compare_values(model, X, Y, {"last": values}, seeds=[3, 7], cv=KFold(3))
    np.testing.assert_allclose(found.scores[:, :, 0], [[103, 107], [3, 7]])
    assert [value.random_state for value in values] == [9, None]


def test_a_value_without_a_random_state_has_the_same_scores_for_all_seeds():
    model, values = Pipeline([("last", Seeded())]), [Seeded("c"), RidgeClassifierCV()]
    found = compare_values(model, X, Y, {"last": values}, seeds=[3, 7], cv=KFold(3))
    np.testing.assert_allclose(found.scores[0, :, 0], [203, 207])
    expected = cross_val_score(RidgeClassifierCV(), X, Y, cv=KFold(3))
    np.testing.assert_array_equal(found.scores[1], [expected, expected])


def test_names_are_short_and_differ():
    long = "a" * 59
    for values, names in (
            (["a", f"{long}bc"], ("a", f"{'a' * 57}...")),
            (["a", f"{long}b", f"{long}c"], ("a", f"{long}b", f"{long}c")),
            (["b", f"{long}bb", f"{long}cc"],
             ("0: b", f"1: {'a' * 54}...", f"2: {'a' * 54}..."))):
        assert compare_values(Seeded(), X, Y, {"kind": values}, seeds=1, cv=2).names == names


def test_values_may_differ_in_what_their_representation_hides():
    letters = np.array(["a"] * 2000)
    other = letters.copy()
    other[1000] = "b"
    assert repr(other) == repr(letters)
    first, second = Seeded(list("a" * 40)), Seeded(list("a" * 41))
    assert repr(first) == repr(second)
    for model, parameter, values in (
            (Seeded(), "kind", [letters, other]),
            (Pipeline([("last", Seeded())]), "last", [first, second])):
        found = compare_values(model, X, Y, {parameter: values}, seeds=1, cv=2)
        assert len(set(found.names)) == 2 and found.scores.shape == (2, 1, 2)


def test_values_may_come_from_a_generator():
    grid = {"kind": (kind for kind in "ac")}
    found = compare_values(Seeded(), X, Y, grid, seeds=[3], cv=KFold(3))
    assert found.names == ("a", "c")
    np.testing.assert_allclose(found.scores[:, 0, 0], [3, 203])


@pytest.mark.parametrize(("grid", "options", "message"), [
    ({"neurons": ["lif"]}, {}, "has no parameter 'neurons'.*'snnclassifier__neuron'"),
    ({}, {}, "at least one parameter, got {}"), ({"neuron": []}, {}, "at least one, got"),
    ({"neuron": ["lif", "lif"]}, {}, "Values of neuron must be different"),
    ({"neuron": [LIF(), LIF()]}, {}, "Values of neuron must be different"),
    ({"neuron": ["lif"], "random_state": [3, 4]}, {}, "must not have a seed, got 'random_state'"),
    (GRID, {"seeds": 0}, "seeds must be"), (GRID, {"seeds": [1, 1]}, "seeds must be different"),
    (GRID, {"seeds": [-1]}, "seeds must be"), (GRID, {"cv": 1}, "k-fold")])
def test_bad_arguments_are_named(grid, options, message):
    with pytest.raises(ValueError, match=message):
        compare_values(SNNClassifier(4), X, Y, grid, **options)


def test_a_grid_is_a_dictionary():
    with pytest.raises(TypeError, match="dictionary of lists, such as .*, got 'neuron'"):
        compare_values(SNNClassifier(4), X, Y, "neuron")


def test_a_model_without_seeds_is_refused():
    with pytest.raises(ValueError, match="SpikeCounter has no random_state"):
        compare_values(SpikeCounter(), X, Y, {"n_windows": [1, 2]})
    values = [RidgeClassifierCV(), RidgeClassifierCV(alphas=(2.0, 3.0))]
    with pytest.raises(ValueError, match="Pipeline has no random_state with any of the values"):
        compare_values(Pipeline([("last", Seeded())]), X, Y, {"last": values})
