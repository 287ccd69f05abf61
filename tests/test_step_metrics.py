"""Scores of a target at each step."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.metrics import accuracy_score, balanced_accuracy_score, make_scorer, r2_score
from sklearn.model_selection import cross_val_score

from skspike import SNNClassifier
from skspike.metrics import step_accuracy, step_r2

pytestmark = pytest.mark.small

LENGTHS = 30, 7, 1, 12


@pytest.fixture
def values(rng):
    """Return true values of two outputs, with gaps that differ, and predictions."""
    true = [rng.normal(size=(2, n)) for n in LENGTHS]
    found = [values + rng.normal(size=values.shape) for values in true]
    for values in true:
        values[rng.random(values.shape) < 0.3] = np.nan
    return true, found


@pytest.fixture
def classes(rng):
    """Return true classes of steps, with steps that are not known, and predictions."""
    true = [np.where(rng.random(n) < 0.6, 0, rng.integers(-1, 4, n)) for n in LENGTHS]
    return true, [np.where(rng.random(len(y)) < 0.5, abs(y), 1) for y in true]


def test_r2_of_steps_is_that_of_all_known_steps_together(values):
    true, found = (np.concatenate(lists, axis=1) for lists in values)
    expected = [
        r2_score(one[~np.isnan(one)], other[~np.isnan(one)])
        for one, other in zip(true, found, strict=True)]
    assert step_r2(*values, multioutput="raw_values").tolist() == expected
    assert step_r2(*values) == np.mean(expected)
    assert isinstance(step_r2(*values), float)


def test_accuracy_of_steps_is_that_of_all_known_steps_together(classes):
    true, found = map(np.concatenate, classes)
    known = true >= 0
    assert step_accuracy(*classes) == pytest.approx(accuracy_score(true[known], found[known]))
    assert step_accuracy(*classes, balanced=True) == pytest.approx(
        balanced_accuracy_score(true[known], found[known]))


def test_an_array_is_a_list_of_recordings_of_equal_length(rng):
    true, found = rng.normal(size=(2, 3, 2, 9))
    assert step_r2(true, found) == step_r2([*true], [*found])
    labels, guesses = rng.integers(0, 3, (2, 4, 9))
    assert step_accuracy(labels, guesses) == step_accuracy([*labels], [*guesses]) == np.mean(
        labels == guesses)


def test_predictions_of_unknown_steps_have_no_effect(values, classes):
    true, found = values
    other = [np.where(np.isnan(one), np.nan, two) for one, two in zip(true, found, strict=True)]
    assert step_r2(true, other) == step_r2(true, found)
    labels, guesses = classes
    others = [np.where(one < 0, 7, two) for one, two in zip(labels, guesses, strict=True)]
    for balanced in (False, True):
        assert step_accuracy(labels, others, balanced=balanced) == step_accuracy(
            labels, guesses, balanced=balanced)


def test_the_mean_of_the_true_values_has_an_r2_of_zero(values):
    true, _ = values
    mean = np.nanmean(np.concatenate(true, axis=1), axis=1, keepdims=True)
    flat = [np.broadcast_to(mean, one.shape) for one in true]
    assert step_r2(true, flat) == pytest.approx(0, abs=1e-12)
    constant = [np.ones_like(one) for one in flat]
    assert step_r2(constant, constant) == 1 and step_r2(constant, flat) == 0


class Same(BaseEstimator):
    """Predict the recordings themselves."""

    def fit(self, X, y):
        return self

    def predict(self, X):
        return X


def test_scores_of_steps_cross_validate_lists_of_recordings(rng):
    true = [rng.normal(size=(2, n)) for n in LENGTHS]
    found = [one + rng.normal(size=one.shape) for one in true]
    scores = cross_val_score(Same(), found, true, scoring=make_scorer(step_r2), cv=2)
    assert scores.tolist() == [step_r2(true[:2], found[:2]), step_r2(true[2:], found[2:])]


@pytest.mark.parametrize("score, true, found, error, message", [
    (step_r2, [[[1, 2]]], [], ValueError, "one target for each recording, .* got 1 and 0"),
    (step_r2, [], [], ValueError, "at least one, got 0 and 0"),
    (step_r2, [[[1, 2]]], [[[1, 2, 3]]], ValueError,
     r"y_true\[0\] and y_pred\[0\] must have equal shapes, got \(1, 2\) and \(1, 3\)"),
    (step_r2, [[1, 2]], [[1, 2]], ValueError, r"arrays \(n_outputs, n_steps\), got shape \(2,\)"),
    (step_r2, None, [[[1]]], TypeError, r"y_true must be a list of arrays .* got None"),
    (step_r2, [[[1, 2]], [[1], [2]]], [[[1, 2]], [[1], [2]]], ValueError,
     r"same number of outputs in all recordings, got \[1, 2\]"),
    (step_r2, [[[1, 2], [1, np.nan]]], [[[1, 2], [1, 2]]], ValueError,
     r"at least two known values of each output, .* got \[2, 1\]"),
    (step_r2, [[[1, 2]]], [[[1, np.nan]]], ValueError, "y_pred must be finite"),
    (step_r2, [[["a", "b"]]], [[[1, 2]]], TypeError, r"y_true\[0\] expects real numbers, got text"),
    (step_accuracy, [1, 2], [1, 2], ValueError, "For one recording, pass a list with one array"),
    (step_accuracy, [[1.5, 2.0]], [[1, 2]], TypeError, "integers or text as classes, got"),
    (step_accuracy, [[-1, -1]], [[0, 1]], ValueError, "a known class, got -1 or None in all"),
    (lambda *args: step_r2(*args, sample_weight=[1, 1]), [[[1, 2]]], [[[1, 2]]], ValueError,
     r"sample_weight must have a number >= 0 for each recording, got shape \(2,\)"),
    (lambda *args: step_accuracy(*args, sample_weight=[0]), [[1, 2]], [[1, 2]], ValueError,
     "sample_weight must be above 0 for at least one"),
    (step_r2, [[[1, np.inf]]], [[[1, 2]]], ValueError, "y_true must be finite, or NaN")])
def test_bad_targets_are_refused(score, true, found, error, message):
    with pytest.raises(error, match=message):
        score(true, found)


def test_all_steps_of_an_array_of_text_are_known():
    assert step_accuracy([np.array(["a", "b", "a"])], [np.array(["a", "a", "a"])]) == 2 / 3


def test_weights_and_text_count_as_repeated_recordings():
    true, found = [[[1.0, 2.0, 4.0]], [[0.0, 1.0]]], [[[1.0, 2.5, 3.0]], [[0.5, 1.0]]]
    assert step_r2(true, found, sample_weight=[2, 1]) == pytest.approx(
        step_r2([true[0], *true], [found[0], *found]))
    words = [np.array(["a", None, "b"], dtype=object), np.array(["b", "b"], dtype=object)]
    others = [["a", "a", "a"], ["b", "a"]]
    assert step_accuracy(words, others) == 0.5
    assert step_accuracy(words, others, sample_weight=[2, 1]) == 0.5
    assert step_accuracy(words, others, sample_weight=[0, 1], balanced=True) == 0.5


def test_missing_labels_of_any_kind_are_left_out():
    y = [["a", -1, "b"], pd.Series(["a", np.nan, "b"]), np.array(["a", None, pd.NA], object)]
    assert step_accuracy(y, [["a", "a", "a"]] * 3) == pytest.approx(3 / 5)
    X = [np.arange(3.0)[np.newaxis] + k for k in range(3)]
    model = SNNClassifier(4, readout="leaky", rule=None, random_state=0).fit(X, y)
    assert model.classes_.tolist() == ["a", "b"]


def test_bad_options_are_refused():
    with pytest.raises(ValueError, match="multioutput must be one of 'uniform_average', 'raw_v"):
        step_r2([[[1, 2]]], [[[1, 2]]], multioutput=None)
    with pytest.raises(ValueError, match="balanced must be one of True, False, got 'yes'"):
        step_accuracy([[1]], [[1]], balanced="yes")
