"""`channel_importance` measures the loss of score if a channel is permuted."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skspike import LZCClassifier, SNNClassifier, SpikeCounter
from skspike.datasets import make_markov, make_poisson
from skspike.inspection import channel_importance


@pytest.fixture(scope="module")
def data():
    """Rasters whose channels 0 and 2 have information about the class."""
    X, y = make_poisson(240, 4, 60, rates=(20.0, 100.0), random_state=0)
    rng = np.random.default_rng(0)
    for channel in (1, 3):
        X[:, channel] = rng.permutation(X[:, channel])
    return X, y


@pytest.fixture(scope="module")
def model(data):
    """A classifier of counts, fitted on half of the data."""
    X, y = data
    return make_pipeline(SpikeCounter(), LogisticRegression()).fit(X[:120], y[:120])


@pytest.mark.small
def test_informative_channels_are_important(data, model):
    X, y = data
    found = channel_importance(model, X[120:], y[120:], random_state=0)
    assert found.importances.shape == (4, 5)
    assert sorted(np.argsort(-found.importances_mean)[:2].tolist()) == [0, 2]
    assert found.importances_mean[[0, 2]].min() > 0.05
    assert np.abs(found.importances_mean[[1, 3]]).max() < 0.03
    np.testing.assert_array_equal(found.importances_mean, found.importances.mean(axis=1))
    np.testing.assert_array_equal(found.importances_std, found.importances.std(axis=1))


@pytest.mark.small
def test_importance_is_reproducible_and_leaves_the_data_unchanged(data, model):
    X, y = data
    before = X.copy()
    first, second, other = (
        channel_importance(model, X, y, random_state=seed).importances for seed in (1, 1, 2))
    assert np.array_equal(first, second) and not np.array_equal(first, other)
    assert np.array_equal(X, before)


@pytest.mark.small
def test_a_channel_that_the_model_ignores_has_no_importance(data):
    X, y = data
    model = make_pipeline(SpikeCounter(), LogisticRegression()).fit(X, y)
    model[-1].coef_[0, 2] = 0.0
    found = channel_importance(model, X, y, random_state=0)
    assert not found.importances[2].any() and found.importances[0].all()


@pytest.mark.small
def test_columns_of_a_table_have_the_importance_of_scikit_learn(rng):
    X = rng.normal(size=(400, 3))
    y = X @ [2.0, 1.0, 0.0]
    model = LinearRegression().fit(X, y)
    ours = channel_importance(model, X, y, n_repeats=30, random_state=0)
    theirs = permutation_importance(model, X, y, n_repeats=30, random_state=0)
    np.testing.assert_allclose(
        ours.importances_mean, theirs.importances_mean, rtol=0.03, atol=1e-12)


@pytest.mark.small
def test_a_data_frame_keeps_its_columns(rng):
    X = pd.DataFrame({
        "colour": pd.Categorical(np.resize(["red", "blue"], 60)), "shape": ["round"] * 60})
    y = np.resize([0, 1], 60)
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(X, y)
    found = channel_importance(model, X, y, random_state=0)
    assert found.importances_mean[0] > 0.3 and found.importances_mean[1] == 0


@pytest.mark.small
def test_the_score_may_be_any_scorer_with_weights(data, model):
    X, y = data
    by_loss = channel_importance(model, X, y, scoring="neg_log_loss", random_state=0)
    scorer = make_scorer(
        log_loss, greater_is_better=False, response_method="predict_proba")
    weights = np.ones(len(y))
    weighted = channel_importance(
        model, X, y, scoring=scorer, sample_weight=weights, random_state=0)
    np.testing.assert_allclose(by_loss.importances, weighted.importances)
    half = channel_importance(
        model, X, y, sample_weight=np.arange(len(y)) < 120, random_state=0)
    plain = channel_importance(model, X, y, random_state=0)
    assert not np.array_equal(half.importances, plain.importances)


@pytest.mark.small
def test_samples_of_weight_zero_do_not_count(data, model):
    X, y = data
    weights = np.arange(len(y)) % 3 > 0
    found, other = (
        channel_importance(model, X, labels, sample_weight=weights, random_state=0).importances
        for labels in (y, np.where(weights, y, 1 - y)))
    np.testing.assert_array_equal(found, other)


@pytest.mark.parametrize(
    "model", [SNNClassifier(6, max_iter=1, random_state=0), LZCClassifier()], ids=repr)
def test_models_of_rasters_are_scored(model, data):
    X, y = data
    found = channel_importance(model.fit(X[:60], y[:60]), X[60:], y[60:], n_repeats=2)
    assert found.importances.shape == (4, 2) and np.isfinite(found.importances).all()


def test_the_channels_with_structure_are_found_in_a_complexity_classifier(rng):
    X, y = make_markov(400, 6, 250, random_state=0)
    X[:, 3:] = rng.permutation(X[:, 3:])
    model = LZCClassifier(with_counts=True).fit(X[:300], y[:300])
    found = channel_importance(model, X[300:], y[300:], random_state=0)
    assert found.importances_mean[:3].min() > max(0.02, found.importances_mean[3:].max())


@pytest.mark.small
def test_bad_input_is_named(data, model):
    X, y = data
    with pytest.raises(ValueError, match="expects 2-D input or 3-D input .*, got shape"):
        channel_importance(model, X[0, 0], y[:60])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        channel_importance(model, X, y[:-1])
    with pytest.raises(ValueError, match="n_repeats must be an integer and >= 1"):
        channel_importance(model, X, y, n_repeats=0)
    with pytest.raises(NotFittedError):
        channel_importance(LZCClassifier(), X, y)
