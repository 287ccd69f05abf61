"""Closed forms of the readouts of early decisions equal fits without the left-out samples."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from sklearn.linear_model import Ridge as LinearModel

from skspike._meta._readouts import (
    LEAST_VARIANCE, LEVELS, N_COMMON, N_NEIGHBOURS, N_PSEUDO, SHRINKAGE, Calibration, Ridge,
    Stopping, best_penalty, discriminant, first, shared, targets)

SHAPES = [(20, 6), (12, 30), (15, 15)]


@pytest.fixture(params=SHAPES, ids=str)
def data(request, rng):
    n_samples, n_features = request.param
    y = np.arange(n_samples) % 3
    F = rng.poisson(3, (n_samples, n_features)) + y[:, np.newaxis]
    return F.astype(np.float32), targets(y, 3), y


def test_scores_for_each_penalty_are_those_of_ridge_regression(data):
    F, Y, _ = data
    ridge, new = Ridge(F, Y), F[::-1] + 0.5
    for k, scores in enumerate(ridge.scores(new, ridge.offset)):
        wanted = LinearModel(alpha=ridge.alphas[k], solver="svd").fit(F, Y)
        np.testing.assert_allclose(scores, wanted.predict(new), atol=1e-5)
        np.testing.assert_allclose(ridge.weights(k), wanted.coef_.T, atol=1e-5)


@pytest.mark.parametrize("by_group", [False, True])
def test_left_out_scores_are_those_of_fits_without_the_samples(data, by_group):
    F, Y, _ = data
    groups, ridge = np.arange(len(F)) // (4 if by_group else 1), Ridge(F, Y)
    found = ridge.left_out_scores(groups if by_group else None)
    for k in range(0, len(found), 3):
        for group in np.unique(groups):
            out = groups == group
            model = LinearModel(alpha=ridge.alphas[k], solver="svd").fit(F[~out], Y[~out])
            wanted = model.predict(F[out]) - Y[~out].mean(axis=0) + Y.mean(axis=0)
            np.testing.assert_allclose(found[k, out], wanted, atol=2e-4)


def test_groups_of_one_sample_are_single_samples(data):
    F, Y, _ = data
    ridge = Ridge(F, Y)
    np.testing.assert_allclose(
        ridge.left_out_scores(np.arange(len(F))), ridge.left_out_scores(None), atol=1e-5)


@pytest.mark.parametrize("groups", [None, np.arange(12) // 3])
def test_features_without_information_do_not_reveal_the_class(groups):
    y = np.repeat([0, 1, 0, 1], 3)
    ridge = Ridge(np.zeros((12, 3)), targets(y, 2))
    np.testing.assert_allclose(ridge.left_out_scores(groups), 0, atol=1e-12)


def test_a_class_between_others_is_not_masked(rng):
    y = np.arange(300) % 3
    F = np.stack([y + rng.normal(0, 0.2, 300)], axis=1)
    scores = Ridge(F, targets(y, 3)).left_out_scores(None)[0]
    weights, intercept = discriminant(scores, y)
    assert (scores.argmax(axis=1) == y).mean() < 0.75
    assert ((scores @ weights + intercept).argmax(axis=1) == y).mean() > 0.95


def test_the_discriminant_has_its_definition(rng):
    y, scores = np.arange(90) % 3, rng.normal(size=(90, 3))
    scores[:, 0] += y
    weights, intercept = discriminant(scores, y)
    own = np.mean([scores[y == k, k].mean() for k in range(3)])
    other = (scores.mean() - own / 3) * 3 / 2
    common = np.where(np.eye(3), own, other)
    means = np.stack([
        (scores[y == k].sum(axis=0) + N_COMMON * common[k]) / (30 + N_COMMON) for k in range(3)])
    within = scores - means[y]
    pooled = within.T @ within / 87
    shrunk = (1 - SHRINKAGE) * pooled + np.eye(3) * (
        SHRINKAGE * np.trace(pooled) / 3 + LEAST_VARIANCE)
    np.testing.assert_allclose(weights, np.linalg.inv(shrunk) @ means.T)
    np.testing.assert_allclose(
        intercept, [-m @ np.linalg.inv(shrunk) @ m / 2 - np.log(3) for m in means])
    # a class without a sample has the common mean
    weights, intercept = discriminant(scores[y > 0], y[y > 0])
    assert np.isfinite(weights).all() and np.isfinite(intercept).all()


def test_features_without_variance_score_the_shares_of_the_classes():
    Y = targets(np.array([0, 0, 0, 1]), 2)
    ridge = Ridge(np.ones((4, 3)), Y)
    scores = ridge.scores(np.ones((1, 3)), ridge.offset)[:, 0]
    np.testing.assert_allclose(scores, np.tile(Y.mean(axis=0), (17, 1)))


def test_the_best_penalty_has_the_smallest_squared_error():
    Y = np.array([[1.0, -1.0]])
    assert best_penalty(np.array([[[0.0, 0.0]], [[0.9, -0.8]], [[3.0, -3.0]]]), Y) == 1


def test_a_calibration_has_the_largest_likelihood(rng):
    y = rng.integers(3, size=400)
    logits = 2 * targets(y, 3) + rng.normal(0, 2, (400, 3))
    scores = np.stack([5 * logits] * (2 * N_NEIGHBOURS + 1), axis=1) - np.array([1.0, 0, -2])

    def likelihood(logits):
        found = log_softmax(logits[:, 0], axis=1)
        return found[np.arange(400), y].sum() + N_PSEUDO * found.mean()

    for with_shifts in (False, True):
        calibration = Calibration.of(scores, y, with_shifts)
        best = likelihood(calibration.logits(scores))
        assert (calibration.shifts == 0).all() != with_shifts
        for factor in (0.97, 1.03):
            other = calibration._replace(factors=factor * calibration.factors)
            assert likelihood(other.logits(scores)) < best
        if with_shifts:
            moved = calibration.shifts + np.array([0.3, 0, 0])
            assert likelihood(calibration._replace(shifts=moved).logits(scores)) < best


def test_few_samples_that_are_all_right_are_not_sure():
    y = np.array([0, 1, 0, 1])
    scores = targets(y, 2)[:, np.newaxis]
    few, many = (
        softmax(Calibration.of(np.tile(scores, (n, 1, 1)), np.tile(y, n), False).logits(scores), 2)
        for n in (1, 100))
    assert few.max() < 0.95 < 0.99 < many.max()


def test_stopping_maximises_the_value_of_decisions():
    sure = np.array([[0.6, 0.9, 0.99], [0.8, 0.9, 0.99], [0.6, 0.9, 0.99], [0.8, 0.9, 0.99]])
    probabilities = np.stack([sure, 1 - sure], axis=2)
    y, times = np.array([1, 0, 0, 0]), np.array([1.0, 2.0, 4.0])
    probabilities[0, 1:] = probabilities[0, 1:, ::-1]  # right from the second time on
    for cost in (0.0, 0.1, 1.0):
        found = Stopping.of(probabilities, y, times, cost, None)
        values = []
        for level in LEVELS:
            at = first(sure >= level)
            right = probabilities[np.arange(4), at].argmax(axis=1) == y
            values.append(np.mean(
                (right + sure[np.arange(4), at]) / 2 - cost * times[at] / 4))
        assert values[found.chosen] == pytest.approx(max(values))
    early, late = (Stopping.of(probabilities, y, times, 0.1, wanted) for wanted in (0.7, 1.0))
    assert early.accuracies[early.chosen] == 0.75 and early.mean_times[early.chosen] == 1
    assert late.accuracies[late.chosen] == 1 and late.mean_times[late.chosen] == 1.5


def test_integrators_of_few_outputs_give_the_weights_exactly(rng):
    weights, spread = rng.normal(size=(4, 50, 3)), rng.uniform(0, 3, 50)
    spread[:5] = 0
    integrators, readouts = shared(weights, spread)
    assert integrators.shape == (50, 12)
    np.testing.assert_allclose(integrators @ readouts, weights, atol=1e-7)
    integrators, readouts = shared(rng.normal(size=(20, 50, 3)), spread)
    assert integrators.shape == (50, 32) and readouts.shape == (20, 32, 3)


def test_weights_of_zero_have_an_integrator():
    integrators, readouts = shared(np.zeros((3, 7, 2)), np.zeros(7))
    assert integrators.shape == (7, 1) and readouts.shape == (3, 1, 2)
    assert not (integrators @ readouts).any()
