"""Losses against scikit-learn, their gradients against central differences."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, r2_score

from skspike.learning import BinaryCrossEntropy, ColumnCrossEntropy, CrossEntropy, SquaredError

pytestmark = pytest.mark.small
CLASSES, LABELS, VALUES = CrossEntropy(3), BinaryCrossEntropy(3), SquaredError(3)
COLUMNS = ColumnCrossEntropy((3, 2, 4))
LOSSES = CLASSES, LABELS, COLUMNS, VALUES
every_loss = pytest.mark.parametrize(
    "loss", LOSSES, ids=[type(loss).__name__ for loss in LOSSES])


def outputs_of(loss, rng, n=7, k=3):
    """Return random outputs, targets and weights."""
    outputs = rng.normal(size=(n, loss.n_outputs))
    if loss is CLASSES:
        y = rng.integers(0, k, n)
    elif loss is VALUES:
        y = rng.normal(size=(n, k))
    else:
        y = rng.integers(0, getattr(loss, "sizes", 2), (n, k))
    return outputs, y, rng.uniform(0.5, 2, n)


def test_cross_entropy_equals_scikit_learn_for_outputs_of_any_size(rng):
    outputs, y, weight = outputs_of(CLASSES, rng)
    for scale in (1.0, 30.0):
        p = np.exp(scale * outputs) / np.exp(scale * outputs).sum(axis=1, keepdims=True)
        expected = log_loss(y, p, sample_weight=weight, normalize=False, labels=[0, 1, 2])
        np.testing.assert_allclose(
            CLASSES.gradient(scale * outputs, y, weight)[0], expected, rtol=1e-9)
    np.testing.assert_allclose(
        CLASSES.gradient(outputs + 1e6, y, weight)[0],
        CLASSES.gradient(outputs, y, weight)[0], rtol=1e-6)


def test_the_squared_error_is_half_the_weighted_sum_of_squares(rng):
    outputs, y, weight = outputs_of(VALUES, rng)
    expected = sum(weight[i] * (outputs[i, k] - y[i, k]) ** 2 / 2 for i, k in np.ndindex(y.shape))
    np.testing.assert_allclose(VALUES.gradient(outputs, y, weight)[0], expected, rtol=1e-12)


@pytest.mark.parametrize("scale", [1.0, 8.0])
def test_binary_cross_entropy_equals_scikit_learn_label_by_label(scale, rng):
    outputs, y, weight = outputs_of(LABELS, rng)
    outputs *= scale
    expected = sum(
        log_loss(y[:, k], expit(outputs[:, k]), sample_weight=weight, normalize=False)
        for k in range(3))
    np.testing.assert_allclose(LABELS.gradient(outputs, y, weight)[0], expected)


def test_binary_cross_entropy_keeps_its_digits_for_large_outputs():
    outputs, y = np.array([[800.0, -800.0, 40.0, -40.0]]), np.array([[0, 1, 1, 0]])
    loss, gradient = LABELS.gradient(outputs, y, np.ones(1))
    assert loss == 1600.0
    np.testing.assert_allclose(gradient, [[1, -1, -np.exp(-40), np.exp(-40)]], rtol=1e-12)


def test_the_loss_of_columns_is_the_sum_of_their_losses(rng):
    outputs, y, weight = outputs_of(COLUMNS, rng)
    loss, gradient = COLUMNS.gradient(outputs, y, weight)
    parts = [
        CrossEntropy(b - a).gradient(outputs[:, a:b], y[:, k], weight)
        for k, (a, b) in enumerate([(0, 3), (3, 5), (5, 9)])]
    np.testing.assert_allclose(loss, sum(part for part, _ in parts))
    np.testing.assert_array_equal(gradient, np.hstack([part for _, part in parts]))


@pytest.mark.parametrize("loss", [LABELS, COLUMNS], ids=["binary", "columns"])
def test_losses_of_columns_equal_torch(loss, rng):
    torch = pytest.importorskip("torch")
    outputs, y, weight = outputs_of(loss, rng)
    logits = torch.tensor(outputs, requires_grad=True)
    wanted, weights = torch.tensor(y), torch.tensor(weight)
    if loss is LABELS:
        each = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, wanted.double(), reduction="none").sum(dim=1)
    else:
        each = sum(
            torch.nn.functional.cross_entropy(part, wanted[:, k], reduction="none")
            for k, part in enumerate(torch.split(logits, loss.sizes, dim=1)))
    expected = (weights * each).sum()
    expected.backward()
    value, gradient = loss.gradient(outputs, y, weight)
    np.testing.assert_allclose(value, expected.item(), rtol=1e-12)
    np.testing.assert_allclose(gradient, logits.grad.numpy(), rtol=1e-12, atol=1e-15)


@every_loss
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
    outputs, y, _ = outputs_of(CLASSES, rng)
    assert CLASSES.score(outputs, y) == np.mean(
        [row.argmax() == wanted for row, wanted in zip(outputs, y, strict=True)])
    np.testing.assert_array_equal(
        CLASSES.targets(y), [[k == wanted for k in range(3)] for wanted in y])
    values, wanted, _ = outputs_of(VALUES, rng)
    assert VALUES.score(
        values, wanted) == r2_score(wanted, values) != r2_score(values, wanted)
    assert VALUES.targets(wanted) is wanted


@pytest.mark.parametrize("loss", [LABELS, COLUMNS], ids=["binary", "columns"])
def test_the_score_of_columns_is_the_share_of_samples_right_in_all(loss, rng):
    outputs, y, _ = outputs_of(loss, rng, n=200)
    targets = loss.targets(y)
    assert targets.shape == outputs.shape and set(targets.ravel()) == {0, 1}
    assert loss.score(targets - 0.5, y) == 1
    wrong = targets[::-1] - 0.5
    assert 0 < loss.score(wrong, y) == (y == y[::-1]).all(axis=1).mean() < 0.7


@pytest.mark.parametrize("alpha", [5.0])
def test_the_fits_of_columns_are_those_of_each_column(alpha, rng):
    z, weight = rng.normal(size=(60, 5)), rng.uniform(0.5, 2, 60)
    y = np.stack([np.arange(60) % size for size in COLUMNS.sizes], axis=1)
    coef, intercept = COLUMNS.fit(z, y, weight, alpha)
    assert coef.shape == (5, 9) and intercept.shape == (9,)
    for k, part in enumerate(COLUMNS.split(coef)):
        alone, _ = CrossEntropy(COLUMNS.sizes[k]).fit(z, y[:, k], weight, alpha)
        np.testing.assert_array_equal(part, alone)
    tags = rng.integers(0, 2, (60, 3))
    coef, intercept = LABELS.fit(z, tags, weight, alpha)
    assert coef.shape == (5, 3) and intercept.shape == (3,)
    for k in range(3):
        expected = LogisticRegression(C=1 / alpha, max_iter=1000).fit(z, tags[:, k], weight)
        np.testing.assert_allclose(
            expit(z @ coef + intercept)[:, k], expected.predict_proba(z)[:, 1], rtol=1e-9)


@pytest.mark.parametrize("constant", [0, 1])
def test_the_fit_of_equal_labels_predicts_their_share_plus_half_a_sample(constant, rng):
    z, y, weight = rng.normal(size=(10, 5)), np.full((10, 2), constant), np.full(10, 3.0)
    coef, intercept = BinaryCrossEntropy(2).fit(z, y, weight)
    assert not coef.any()
    np.testing.assert_allclose(expit(intercept), [30.5 / 31 if constant else 0.5 / 31] * 2)
    coef, intercept = ColumnCrossEntropy((1, 2)).fit(z, np.array([0, constant] * 10).reshape(
        10, 2), weight)
    assert not coef.any() and intercept[0] == 0 and (intercept[1] < intercept[2]) == constant


@pytest.mark.parametrize("n", [1, 2])
def test_the_score_of_constant_values_is_1_if_they_are_exact_else_0(n):
    y = np.full((n, 2), 3.0)
    assert [VALUES.score(outputs, y) for outputs in (y, y + [0, 1], y + 1)] == [1, 0.5, 0]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("alpha", [1.0, 5.0])
def test_the_fit_of_classes_is_a_logistic_regression_with_one_output_per_class(
        n_classes, alpha, rng):
    z, y, weight = rng.normal(size=(40, 5)), np.arange(40) % n_classes, rng.uniform(0.5, 2, 40)
    coef, intercept = CrossEntropy(n_classes).fit(z, y, weight, alpha)
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
    coef, intercept = SquaredError(n_outputs).fit(z, y, weight, alpha)
    assert coef.shape == (5, n_outputs) and intercept.shape == (n_outputs,)
    expected = Ridge(alpha).fit(z, y, weight).predict(z)
    np.testing.assert_allclose(z @ coef + intercept, expected.reshape(40, n_outputs), rtol=1e-9)


@every_loss
def test_the_penalty_of_a_fit_is_1_by_default(loss, rng):
    z = rng.normal(size=(40, 5))
    _, y, weight = outputs_of(loss, rng, n=40)
    for found, expected in zip(loss.fit(z, y, weight), loss.fit(z, y, weight, 1.0), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert not np.array_equal(found, loss.fit(z, y, weight, 2.0)[1])
