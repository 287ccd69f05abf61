"""Losses against scikit-learn, their gradients against central differences."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, r2_score

from skspike.learning._losses import CrossEntropy, SquaredError

pytestmark = pytest.mark.small


def outputs_of(loss, rng, n=7, k=3):
    """Return random outputs, targets and weights."""
    outputs = rng.normal(size=(n, k))
    y = rng.integers(0, k, n) if loss is CrossEntropy else rng.normal(size=(n, k))
    return outputs, y, rng.uniform(0.5, 2, n)


def test_cross_entropy_equals_scikit_learn_for_outputs_of_any_size(rng):
    outputs, y, weight = outputs_of(CrossEntropy, rng)
    for scale in (1.0, 30.0):
        p = np.exp(scale * outputs) / np.exp(scale * outputs).sum(axis=1, keepdims=True)
        expected = log_loss(y, p, sample_weight=weight, normalize=False, labels=[0, 1, 2])
        np.testing.assert_allclose(
            CrossEntropy.gradient(scale * outputs, y, weight)[0], expected, rtol=1e-9)
    np.testing.assert_allclose(
        CrossEntropy.gradient(outputs + 1e6, y, weight)[0],
        CrossEntropy.gradient(outputs, y, weight)[0], rtol=1e-6)


def test_the_squared_error_is_half_the_weighted_sum_of_squares(rng):
    outputs, y, weight = outputs_of(SquaredError, rng)
    expected = sum(weight[i] * (outputs[i, k] - y[i, k]) ** 2 / 2 for i, k in np.ndindex(y.shape))
    np.testing.assert_allclose(SquaredError.gradient(outputs, y, weight)[0], expected, rtol=1e-12)


@pytest.mark.parametrize("loss", [CrossEntropy, SquaredError])
def test_gradients_equal_central_differences(loss, rng):
    outputs, y, weight = outputs_of(loss, rng)
    _, found = loss.gradient(outputs, y, weight)
    for place in np.ndindex(outputs.shape):
        ends = []
        for step in (1e-6, -1e-6):
            moved = outputs.copy()
            moved[place] += step
            ends.append(loss.gradient(moved, y, weight)[0])
        np.testing.assert_allclose(found[place], (ends[0] - ends[1]) / 2e-6, rtol=1e-6, atol=1e-8)


def test_scores_are_accuracy_and_r2(rng):
    outputs, y, _ = outputs_of(CrossEntropy, rng)
    assert CrossEntropy.score(outputs, y) == np.mean(
        [row.argmax() == wanted for row, wanted in zip(outputs, y, strict=True)])
    np.testing.assert_array_equal(
        CrossEntropy.targets(y, 3), [[k == wanted for k in range(3)] for wanted in y])
    values, wanted, _ = outputs_of(SquaredError, rng)
    assert SquaredError.score(
        values, wanted) == r2_score(wanted, values) != r2_score(values, wanted)
    assert SquaredError.targets(wanted, 3) is wanted


@pytest.mark.parametrize("n", [1, 2])
def test_the_score_of_constant_values_is_1_if_they_are_exact_else_0(n):
    y = np.full((n, 2), 3.0)
    assert [SquaredError.score(outputs, y) for outputs in (y, y + [0, 1], y + 1)] == [1, 0.5, 0]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("alpha", [1.0, 5.0])
def test_the_fit_of_classes_is_a_logistic_regression_with_one_output_per_class(
        n_classes, alpha, rng):
    z, y, weight = rng.normal(size=(40, 5)), np.arange(40) % n_classes, rng.uniform(0.5, 2, 40)
    coef, intercept = CrossEntropy.fit(z, y, weight, n_classes, alpha)
    assert coef.shape == (5, n_classes) and intercept.shape == (n_classes,)
    e = np.exp(z @ coef + intercept)
    expected = LogisticRegression(C=1 / alpha, max_iter=1000).fit(z, y, weight).predict_proba(z)
    np.testing.assert_allclose(e / e.sum(axis=1, keepdims=True), expected, rtol=1e-9)


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("alpha", [1.0, 5.0])
def test_the_fit_of_values_is_a_ridge_regression(n_outputs, alpha, rng):
    z = rng.normal(size=(40, 5))
    y = rng.normal(size=(40, n_outputs))
    weight = rng.uniform(0.5, 2, 40)
    coef, intercept = SquaredError.fit(z, y, weight, n_outputs, alpha)
    assert coef.shape == (5, n_outputs) and intercept.shape == (n_outputs,)
    expected = Ridge(alpha).fit(z, y, weight).predict(z)
    np.testing.assert_allclose(z @ coef + intercept, expected.reshape(40, n_outputs), rtol=1e-9)
