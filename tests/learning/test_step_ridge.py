"""Linear models of all steps against scikit-learn on the features of all steps."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge

from skspike import SNNClassifier, SNNRegressor
from skspike.learning._reservoir import PENALTIES, Products, best_penalty
from skspike.simulation import Leaky
from skspike.simulation._leaky import decays_of

TAUS = (5.0, 30.0)


def recordings(lengths=(150, 90, 120), n_channels=5):
    return [
        (np.random.default_rng(k).random((n_channels, n)) < 0.2).astype(np.uint8)
        for k, n in enumerate(lengths)]


def values_of(X):
    """Return a filter of the first channel, and the latest spikes of the second."""
    decayed = np.exp(-np.arange(60) / 8)
    y = [
        np.stack([np.convolve(x[0], decayed)[: x.shape[1]], 1e3 * x[1]]) for x in X]
    y[0][0, 20:40], y[1][:, :30] = np.nan, np.nan
    return y


def classes_of(X, y):
    return [
        np.where(np.isnan(one[0]), -1, np.digitize(one[0], [0.8, 1.6])) for one in y]


def network(cls, **parameters):
    return cls(8, **{
        "rule": None, "readout": Leaky(TAUS), "delays": (0, 2), "random_state": 0, **parameters})


def features(model, X):
    """Return the standardised traces of all steps of all recordings, by the stream's spikes."""
    found = []
    for x in X:
        raster = model.stream().step(x).astype(float)
        each = np.zeros((*raster.shape, len(TAUS)))
        for t in range(raster.shape[1]):
            before = each[:, t - 1] if t else 0.0
            each[:, t] = decays_of(TAUS, 1.0).astype(float) * before + raster[:, t, None]
        found.append(each.swapaxes(0, 1).reshape(raster.shape[1], -1))
    return (np.concatenate(found) - model.feature_mean_) / model.feature_scale_


@pytest.mark.parametrize("alpha", [0.3, 100.0])
@pytest.mark.parametrize("weight", [None, [1.0, 2.0, 1.0]], ids=str)
def test_values_have_the_ridge_regression_of_all_known_steps(alpha, weight):
    X = recordings()
    y = values_of(X)
    for one in y:
        one[:, np.isnan(one).any(axis=0)] = np.nan
    model = network(SNNRegressor, alpha=alpha).fit(X, y, weight)
    z, wanted = features(model, X), np.concatenate(y, axis=1).T
    known, each = ~np.isnan(wanted[:, 0]), np.repeat(weight or [1.0] * 3, [x.shape[1] for x in X])
    scaled = (wanted - model.target_mean_) / model.target_scale_
    ridge = Ridge(alpha, solver="cholesky").fit(z[known], scaled[known], each[known])
    np.testing.assert_allclose(model.decoder_coef_, ridge.coef_.T, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(model.decoder_intercept_, ridge.intercept_, rtol=1e-8, atol=1e-10)
    found = np.concatenate(model.predict(X), axis=1).T
    np.testing.assert_allclose(
        found, ridge.predict(z) * model.target_scale_ + model.target_mean_, rtol=1e-4, atol=1e-3)


def test_outputs_that_are_known_at_different_steps_have_their_own_regressions():
    X = recordings()
    y = values_of(X)
    parts = []
    for k in range(2):
        for one in y:
            one[k, k::2] = np.nan
    model = network(SNNRegressor, alpha=3.0).fit(X, y)
    for k in range(2):
        parts.append(network(SNNRegressor, alpha=3.0).fit(X, [one[k : k + 1] for one in y]))
        z = np.concatenate(parts[k].predict(X), axis=1)[0]
        np.testing.assert_allclose(
            np.concatenate(model.predict(X), axis=1)[k], z, rtol=1e-3, atol=1e-2 * z.std())
    assert network(SNNRegressor, alpha="auto").fit(X, y).alpha_ in PENALTIES


def blocks_of(rng, n_blocks=4, n_features=6, n_outputs=2):
    """Return features, targets, weights and their sums of products for blocks of steps."""
    coef = rng.normal(size=(n_features, n_outputs))
    parts = []
    for n in range(30, 30 + n_blocks):
        z = rng.normal(size=(n, n_features))
        parts.append((z, z @ coef + 5 * rng.normal(size=(n, n_outputs)), rng.uniform(0.5, 2, n)))
    return parts, [Products.of(*part) for part in parts]


@pytest.mark.small
def test_the_penalty_is_that_of_brute_force_on_blocks_that_are_left_out(rng):
    parts, blocks = blocks_of(rng)
    errors = np.zeros(len(PENALTIES))
    for k, (z, y, weight) in enumerate(parts):
        others = [np.concatenate(arrays) for arrays in zip(
            *(part for j, part in enumerate(parts) if j != k), strict=True)]
        for j, penalty in enumerate(PENALTIES):
            ridge = Ridge(penalty).fit(*others)
            errors[j] += weight @ ((y - ridge.predict(z)) ** 2).sum(axis=1)
        together = Products.plus(*(Products.of(*others), blocks[k]))
        held_out = together.plus(blocks[k], -1)
        found = [blocks[k].error(coef) for coef in held_out.ridges(PENALTIES)]
        brute = [
            weight @ ((y - Ridge(penalty).fit(*others).predict(z)) ** 2).sum(axis=1)
            for penalty in PENALTIES]
        np.testing.assert_allclose(found, brute, rtol=1e-8)
    assert 0 < errors.argmin() < len(PENALTIES) - 1
    assert best_penalty(blocks) == PENALTIES[errors.argmin()]


@pytest.mark.small
def test_a_single_block_and_blocks_without_steps_have_a_penalty(rng):
    _, (block, *_) = blocks_of(rng)
    empty = block.plus(block, -1)
    assert best_penalty([block]) == best_penalty([block, empty]) == 1.0


@pytest.mark.small
@pytest.mark.parametrize("penalty", [0.0, 3.0])
def test_features_that_do_not_vary_have_no_coefficients(penalty, rng):
    (part, *_), _ = blocks_of(rng)
    z, y, weight = part
    z = np.column_stack([z, np.full(len(z), 7.0), z[:, 0]])
    coef = Products.of(z, y, weight).ridges(np.array([penalty]))[0]
    assert np.isfinite(coef).all() and np.abs(coef[-3]).max() < 1e-6
    np.testing.assert_allclose(coef[0], coef[-2], rtol=1e-6)  # equal features share a coefficient


@pytest.mark.small
@pytest.mark.parametrize("n_classes", [2, 4])
def test_classes_without_a_penalty_have_the_linear_discriminant(n_classes, rng):
    y = np.arange(500) % n_classes
    z = rng.normal(size=(500, 5)) @ rng.normal(size=(5, 5)) + rng.normal(size=(n_classes, 5))[y]
    wanted = np.eye(n_classes)[y]
    coef = Products.of(z, wanted, np.ones(500)).discriminant(0.0)
    scores = np.column_stack([z, np.ones(500)]) @ coef
    model = LinearDiscriminantAnalysis(solver="lsqr").fit(z, y)
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    np.testing.assert_allclose(
        p / p.sum(axis=1, keepdims=True), model.predict_proba(z), rtol=1e-6, atol=1e-7)


def test_classes_of_a_network_have_the_linear_discriminant_of_all_known_steps():
    X = recordings((360, 300, 370))  # each is one piece
    labels = classes_of(X, values_of(X))
    model = network(SNNClassifier, alpha=0.0).fit(X, labels)
    y, z = np.concatenate(labels), features(model, X)
    assert (y == -1).any() and set(y) == {-1, *model.classes_}
    lda = LinearDiscriminantAnalysis(solver="lsqr").fit(z[y >= 0], y[y >= 0])
    found = np.concatenate(model.predict_proba(X), axis=1).T
    np.testing.assert_allclose(found, lda.predict_proba(z), atol=2e-3)


def test_class_weights_act_like_repeated_steps(rng):
    z, y = rng.normal(size=(60, 3)), np.arange(60) % 2
    wanted, weight = np.eye(2)[y], np.where(y, 3.0, 1.0)
    repeated = np.repeat(np.arange(60), weight.astype(int))
    for one, two in zip(
            Products.of(z, wanted, weight),
            Products.of(z[repeated], wanted[repeated], np.ones(len(repeated))), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12)


@pytest.mark.parametrize("cls", [SNNRegressor, SNNClassifier])
def test_the_data_choose_a_penalty(cls):
    X = recordings((900, 700))
    y = values_of(X) if cls is SNNRegressor else classes_of(X, values_of(X))
    model = network(cls, alpha="auto").fit(X, y)
    assert model.alpha_ in PENALTIES
    same = network(cls, alpha=model.alpha_).fit(X, y)
    np.testing.assert_array_equal(same.decoder_coef_, model.decoder_coef_)
