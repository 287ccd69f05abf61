"""Adaptation of readouts and linear models to new samples."""

import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hand_neuron import HandNeuron
from scipy.optimize import minimize
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.cross_decomposition import PLSRegression
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import (
    LinearRegression, LogisticRegression, PoissonRegressor, Ridge, RidgeClassifier, SGDClassifier)
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from skspike import (
    Convolution, SNNClassifier, SNNRegressor, SpikeCounter, SpikeEncoder, adapt, adaptation_scores,
    stream_of)
from skspike._meta import _adapt
from skspike.learning import (
    BinaryCrossEntropy, CrossEntropy, LinearDecoder, SquaredError, least_change)
from skspike.learning._adaptation import OnlineReadout

RNG = np.random.default_rng(0)
# each class has three channels, and the last user has them two channels further
Y, USER = np.arange(300) % 4, np.arange(300) // 75
PLACE = (np.arange(12) - 3 * Y[:, np.newaxis] - 2 * (USER == 3)[:, np.newaxis]) % 12
X = (RNG.random((300, 12, 60)) < np.where(PLACE < 3, 0.2, 0.08)[:, :, np.newaxis]).astype(np.uint8)
OLD, NEW = USER < 3, np.flatnonzero(USER == 3)
FEW = NEW[np.unique(Y[NEW], return_index=True)[1]]
REST = np.setdiff1d(NEW, FEW)
VALUES = np.stack([X.mean(axis=(1, 2)), 3 + X[:, 0].mean(axis=1)], axis=1)
NAMES = np.array(["a", "b", "c", "d"])[Y]
OPTIONS = {"hidden_layer_sizes": 20, "rule": None, "random_state": 0}
COUNTS = make_pipeline(SpikeCounter(n_windows=4), StandardScaler(), RidgeClassifier(100.0))
NETWORKS = {
    "names": (SNNClassifier(**OPTIONS), X, NAMES),
    "own neuron, two layers, recurrence and delays": (
        SNNClassifier(**{**OPTIONS, "hidden_layer_sizes": (9, 8)}, neuron=HandNeuron(),
                      recurrent=True, delays=(0, 3), readout="windows"), X, Y),
    "encoder": (SNNClassifier(**OPTIONS, encoder=SpikeEncoder(n_steps=30)), X.mean(axis=2), Y),
    "indicator": (SNNClassifier(**OPTIONS), X, (Y[:, None] == [0, 1, 2]).astype(int)),
    "columns": (SNNClassifier(**OPTIONS), X, np.stack([NAMES, Y > 1], axis=1)),
    "values": (SNNRegressor(**OPTIONS), X, VALUES)}


def gradient(loss, z, outputs, y, penalty, change):
    """Return the gradient of the penalised loss by the changes of coefficients and intercepts."""
    extended = np.hstack([z, np.ones((len(z), 1))])
    strength = penalty * np.square(extended).sum() / len(z)
    _, errors = loss.gradient(outputs + extended @ change, y, np.ones(len(z)))
    return extended.T @ errors + strength * change


@pytest.mark.parametrize("loss", [CrossEntropy(3), BinaryCrossEntropy(3), SquaredError(3)])
@pytest.mark.parametrize("n_samples", [4, 30])
@pytest.mark.small
def test_changes_minimise_the_loss_and_the_penalty(rng, loss, n_samples):
    z, outputs = rng.normal(size=(n_samples, 6)), rng.normal(size=(n_samples, 3))
    y = {
        CrossEntropy: rng.integers(0, 3, n_samples),
        BinaryCrossEntropy: rng.integers(0, 2, (n_samples, 3)),
        SquaredError: rng.normal(size=(n_samples, 3))}[type(loss)]
    change = np.vstack(least_change(loss, z, outputs, y, 0.05))
    assert np.abs(change).max() > 0.1
    np.testing.assert_allclose(gradient(loss, z, outputs, y, 0.05, change), 0, atol=1e-5)


@pytest.mark.parametrize("penalty", [0.1, 1e-3, 1e-5])
@pytest.mark.small
def test_the_minimum_is_found_at_any_penalty(rng, penalty):
    y = np.arange(10) % 5
    z = rng.normal(size=(10, 6)) + rng.normal(size=(5, 6))[y]
    outputs, loss, extended = rng.normal(size=(10, 5)), CrossEntropy(5), np.c_[z, np.ones(10)]
    strength = penalty * np.square(extended).sum() / 10

    def objective(change):
        value, _ = loss.gradient(outputs + extended @ change.reshape(7, 5), y, np.ones(10))
        slope = gradient(loss, z, outputs, y, penalty, change.reshape(7, 5))
        return value + strength / 2 * np.square(change).sum(), slope.ravel()

    best = minimize(objective, np.zeros(35), jac=True, options={"gtol": 1e-10})
    found, _ = objective(np.vstack(least_change(loss, z, outputs, y, penalty)).ravel())
    assert found < (1 + 1e-4) * best.fun


@pytest.mark.small
def test_a_minimum_that_is_not_found_is_reported(rng):
    with pytest.warns(ConvergenceWarning, match="did not converge in .* Raise penalty=1e-25"):
        least_change(
            CrossEntropy(3), rng.normal(size=(6, 2)), np.zeros((6, 3)), np.arange(6) % 3, 1e-25)


@pytest.mark.small
def test_values_adapt_as_a_ridge_regression_towards_the_old_coefficients(rng):
    z, y = rng.normal(size=(8, 5)), rng.normal(size=(8, 1))
    extended = np.hstack([z, np.ones((8, 1))])
    alpha = 0.3 * np.square(extended).sum() / 8
    expected = Ridge(alpha, fit_intercept=False).fit(extended, y).coef_.ravel()
    dcoef, dintercept = least_change(SquaredError(1), z, np.zeros((8, 1)), y)
    np.testing.assert_allclose([*dcoef.ravel(), *dintercept], expected)


@pytest.mark.small
def test_a_temperature_scales_outputs_and_changes(rng):
    z, outputs, y = rng.normal(size=(6, 4)), rng.normal(size=(6, 3)), np.arange(6) % 3
    expected = least_change(CrossEntropy(3), z, outputs, y, 0.1)
    found = least_change(CrossEntropy(3), z, 2 * outputs, y, 0.1, temperature=2.0)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, 2 * other)


@pytest.mark.parametrize(
    ("name", "complete"), [(name, k % 2 == 1) for k, name in enumerate(NETWORKS)])
def test_the_readout_learns_the_samples_and_only_all_classes_change_the_input(name, complete):
    network, data, y = NETWORKS[name]
    network = copy.copy(network).fit(data[OLD], y[OLD])
    before, rows = copy.copy(network), FEW if complete else FEW[:3]
    assert network.adapt(data[rows], y[rows], penalty=1e-3) is network
    changed = {
        name for name, value in vars(network).items() if value is not vars(before)[name]}
    assert {"_decoder"} <= changed - {"_prepared"} <= {"_decoder", *["weights_"] * complete}
    assert network.score(data[rows], y[rows]) > max(before.score(data[rows], y[rows]), 0.9)


@pytest.mark.parametrize("delays", [None, (0, 3)])
def test_a_network_finds_the_shift_of_the_channels_of_a_user(delays):
    inside = X[:, :10].copy()
    inside[:, 9] = 0  # otherwise the shift loses spikes
    shifted = np.roll(inside, 1, axis=1)
    network = SNNClassifier(**OPTIONS, delays=delays).fit(inside[OLD], Y[OLD])
    adapted = copy.copy(network).adapt(shifted[OLD], Y[OLD], penalty=1e9)
    expected = network.decision_function(inside)
    np.testing.assert_allclose(adapted.decision_function(shifted), expected, atol=1e-5)
    assert np.abs(network.decision_function(shifted) - expected).max() > 0.1


@pytest.mark.parametrize("shape", [(300, 12), (300, 12, 20)], ids=["table", "series"])
def test_a_network_finds_the_offsets_and_gains_of_a_user(shape):
    data = X.mean(axis=2) if len(shape) == 2 else X.reshape(*shape, 3).mean(axis=3)
    gain = np.exp(RNG.normal(size=(12, 1)))
    other = (data.reshape(300, 12, -1) * gain + 2 * gain).reshape(shape)
    network = SNNClassifier(**OPTIONS).fit(data[OLD], Y[OLD])
    rows = np.flatnonzero(OLD)
    adapted = copy.copy(network).adapt(other[rows], Y[rows], penalty=1e9)
    expected = network.decision_function(data)
    np.testing.assert_allclose(adapted.decision_function(other), expected, atol=1e-3)
    assert np.abs(network.decision_function(other) - expected).max() > 0.1


def test_the_order_of_the_features_of_a_table_and_of_images_stays():
    data = np.roll(X.mean(axis=2), 1, axis=1)
    images = np.roll(X, 1, axis=1)
    convolution = {
        "hidden_layer_sizes": (Convolution(2, size=2, image_shape=(3, 4)), 8), "max_iter": 1,
        "rule": "surrogate"}
    for shifted, options in ((data, {}), (images, convolution)):
        network = SNNClassifier(**{**OPTIONS, **options})
        network.fit(np.roll(shifted, -1, axis=1)[OLD], Y[OLD])
        weights = network.weights_
        assert network.adapt(shifted[FEW], Y[FEW]).weights_ is weights


def test_one_sample_of_each_class_helps_a_new_user_of_networks_and_pipelines():
    models = (
        SNNClassifier(64, max_iter=20, random_state=0), COUNTS,
        make_pipeline(SpikeCounter(n_windows=4), LogisticRegression(C=0.01)))
    for model in models:
        model.fit(X[OLD], Y[OLD])
        adapted = adapt(model, X[FEW], Y[FEW])
        assert adapted.score(X[REST], Y[REST]) > 0.05 + model.score(X[REST], Y[REST])


@pytest.mark.parametrize("model", [
    LogisticRegression(), RidgeClassifier(), make_pipeline(StandardScaler(), RidgeClassifier())])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_linear_models_learn_the_samples_and_the_original_stays(rng, model, n_classes):
    features, y = rng.normal(size=(60, 5)), np.arange(60) % n_classes
    model.fit(features, y)
    before = model.decision_function(features)
    adapted = adapt(model, features[:6], y[:6][::-1], penalty=1e-4)
    assert adapted.score(features[:6], y[:6][::-1]) == 1
    np.testing.assert_array_equal(model.decision_function(features), before)
    assert adapted.decision_function(features).shape == before.shape


@pytest.mark.parametrize("around", [
    FrozenEstimator, lambda model: FrozenEstimator(FrozenEstimator(model)),
    lambda model: make_pipeline(FunctionTransformer(), FrozenEstimator(model)),
    lambda model: FrozenEstimator(make_pipeline(FunctionTransformer(), model))],
    ids=["frozen", "frozen twice", "last step", "pipeline"])
def test_frozen_models_adapt_inside_and_stay_frozen(rng, around):
    y = np.arange(60) % 3
    features = rng.normal(size=(60, 4)) + y[:, np.newaxis]
    inner = LogisticRegression().fit(features, y)
    model = around(inner).fit(features, y)
    before, new = inner.decision_function(features), features[:6] - 2
    adapted = adapt(model, new, y[:6])
    expected = adapt(inner, new, y[:6]).decision_function(features)
    np.testing.assert_allclose(adapted.decision_function(features), expected)
    assert np.abs(expected - before).max() > 1 and type(adapted) is type(model)
    np.testing.assert_array_equal(model.decision_function(features), before)


class Delegating(ClassifierMixin, BaseEstimator):
    """A classifier that returns all attributes of another one, or copies of its coefficients."""

    def __init__(self, inner, copies=False):
        self.inner = inner
        self.copies = copies

    def fit(self, X, y):
        if self.copies:
            self.coef_, self.intercept_ = self.inner.coef_, self.inner.intercept_
        return self

    def __sklearn_is_fitted__(self):
        return True

    def __getattr__(self, name):
        if name.startswith("__") or name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)


@pytest.mark.parametrize("around", [
    Delegating, lambda model: Delegating(model, copies=True),
    lambda model: make_pipeline(StandardScaler(), Delegating(model)),
    lambda model: GridSearchCV(model, {"C": [1.0]}), CalibratedClassifierCV],
    ids=["delegates", "copies", "last step", "search", "calibrated"])
def test_models_that_predict_by_another_model_are_refused(rng, around):
    features, y = rng.normal(size=(60, 4)), np.arange(60) % 3
    model = around(LogisticRegression().fit(features, y)).fit(features, y)
    with pytest.raises(TypeError, match="or one of these in a FrozenEstimator, got"):
        adapt(model, features[:6], y[:6][::-1])


@pytest.mark.parametrize("n_outputs", [None, 2])
def test_regressors_keep_the_shape_of_their_values(rng, n_outputs):
    features = rng.normal(size=(30, 5))
    y = features[:, 0] if n_outputs is None else features[:, :2]
    adapted = adapt(LinearRegression().fit(features, y), features[:5], y[:5] + 1, penalty=1e-6)
    assert adapted.predict(features).shape == y.shape
    np.testing.assert_allclose(adapted.predict(features[:5]), y[:5] + 1, atol=1e-3)


def test_each_output_gets_its_intercept_if_there_was_none(rng):
    features = rng.normal(size=(60, 3))
    model = LinearRegression(fit_intercept=False).fit(features, features[:, :2])
    adapted = adapt(model, features, features[:, :2] + [10, -10], penalty=1e-6)
    np.testing.assert_allclose(adapted.intercept_, [10, -10], atol=1e-3)


@pytest.mark.parametrize(("n_outputs", "y", "error", "message"), [
    (1, np.ones((5, 2)), ValueError, r"the 1 columns of the previous fit, got shape \(5, 2\)"),
    (2, np.ones(5), ValueError, r"the 2 columns of the previous fit, got shape \(5,\)"),
    (2, np.ones((5, 1)), ValueError, "2 columns"), (2, np.ones((5, 2, 1)), ValueError, "2 columns"),
    (1, [1, 2, 3, 4, np.nan], ValueError, "y must be finite"),
    (1, [1, 2, 3, np.inf, -np.inf], ValueError, "y must be finite"),
    (1, [1, 2, 3, 4, 1e200], ValueError, "y of adapt has values above"),
    (1, list("12345"), TypeError, "y of adapt expects real numbers, got text")])
@pytest.mark.small
def test_values_that_do_not_fit_a_linear_regressor_are_refused(rng, n_outputs, y, error, message):
    features = rng.normal(size=(30, 5))
    model = LinearRegression().fit(features, features[:, :n_outputs])
    with pytest.raises(error, match=message):
        adapt(model, features[:5], y)


@pytest.mark.small
@pytest.mark.compiled
@pytest.mark.parametrize("penalty", [None, 0.01, 3.0])
def test_a_stream_takes_the_first_step_of_adapt_for_one_sample(penalty):
    network = SNNRegressor(**OPTIONS).fit(X[OLD][:30], VALUES[OLD][:30])
    stream = network.stream()
    stream.step(X[NEW[0]])
    before = stream.predict()
    stream.adapt(VALUES[NEW[0]], penalty=penalty)
    # of squared errors, the first step is the last
    network.adapt(X[NEW[:1]], VALUES[NEW[:1]], penalty=penalty)
    expected = network.predict(X[NEW[:1]])[0]
    np.testing.assert_allclose(stream.predict(), expected, rtol=1e-4)
    assert np.abs(expected - before).max() > 1e-3


@pytest.mark.compiled
def test_a_stream_takes_one_step_towards_a_class():
    network = SNNClassifier(**OPTIONS).fit(X[OLD][:30], NAMES[OLD][:30])
    stream, x = network.stream(), X[NEW[0]]
    stream.step(x)
    before, (p,) = stream.decision_function(), softmax(stream._outputs() / 2, axis=1)
    stream.adapt("b", penalty=0.1)
    # the outputs move by the features times the change of the coefficients
    expected = before + 2 * ((np.arange(4) == 1) - p) / (0.5 + 0.1)
    np.testing.assert_allclose(stream.decision_function(), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.small
def test_a_stream_compares_large_outputs_by_their_differences():
    decoder = LinearDecoder(np.eye(3), np.zeros(3), np.zeros(3), np.ones(3))
    for outputs in ([0, 2000, 1998], [2000, 1998, 0], [1998, 0, 2000]):
        readout = OnlineReadout.of(decoder, CrossEntropy(3))
        found = readout.adapted(np.array(outputs), 0, None)
        expected = ([1, 0, 0] - softmax(np.array(outputs) / 2)) * readout.rate(None)
        np.testing.assert_allclose(
            found.intercept * (1 + np.square(outputs).sum()), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.small
def test_a_stream_stays_adapted_after_a_reset_and_in_its_copies():
    model = make_pipeline(SpikeEncoder(), SNNClassifier(**OPTIONS))
    series = X.reshape(len(X), 12, 20, 3).mean(axis=3)
    stream = stream_of(model.fit(series[OLD][:30], NAMES[OLD][:30]))
    stream.step(series[FEW[0]])
    before = stream.decision_function()
    stream.adapt(NAMES[FEW[0]])
    after = stream.decision_function()
    k = model[-1].classes_.tolist().index(NAMES[FEW[0]])
    assert after[k] > before[k]
    copied = pickle.loads(pickle.dumps(stream))
    np.testing.assert_array_equal(copied.decision_function(), after)
    stream.adapt(NAMES[FEW[0]])
    assert stream.decision_function()[k] > copied.decision_function()[k] == after[k]
    stream.reset()
    stream.step(series[FEW[0]])
    assert stream.decision_function()[k] > after[k]


class Memory(ClassifierMixin, BaseEstimator):
    """Its score is the share of samples of one user that it did not learn from."""

    def fit(self, X, y):
        self.classes_, self.seen_ = np.unique(y), set(X[:, 0].tolist())
        return self

    def score(self, X, y):
        is_one_user = len(np.unique(USER[X[:, 0].astype(int)])) == 1
        return is_one_user * np.mean([row not in self.seen_ for row in X[:, 0].tolist()])


def test_scores_are_of_one_user_and_samples_not_learned(monkeypatch):
    def adapted(model, X, y, penalty):
        model = copy.deepcopy(model)
        model.seen_ |= set(X[:, 0].tolist())
        return model

    monkeypatch.setattr(_adapt, "adapt", adapted)
    rows = np.arange(len(Y))[:, np.newaxis] * 1.0
    scores = adaptation_scores(Memory(), rows, Y, USER, n_samples=2, n_splits=2, random_state=0)
    assert (scores.before == 1).all() and (scores.after == 1).all()


def test_scores_of_held_out_users_choose_a_penalty():
    scores = adaptation_scores(COUNTS, X, Y, USER, n_splits=2, random_state=0)
    assert scores.after.shape == (4, 4)
    assert scores.best_penalty in scores.penalties and scores.gain.mean() > 0.05
    with pytest.raises(ValueError, match="n_splits must be an integer and >= 2 and <= 4, got 5"):
        adaptation_scores(COUNTS, X, Y, USER, n_splits=5)
    with pytest.raises(ValueError, match="none is left for the score"):
        adaptation_scores(COUNTS, X, Y, USER, n_samples=300)
    with pytest.raises(ValueError, match="penalties must have at least one number"):
        adaptation_scores(COUNTS, X, Y, USER, penalties=[])


@pytest.mark.parametrize(("model", "arguments", "error", "message"), [
    (NETWORKS["names"][0], (X[FEW], Y[FEW] + 7), ValueError, "labels that are not in classes"),
    (NETWORKS["names"][0], (X[FEW][:, :5], NAMES[FEW]), ValueError, "expecting 12 features"),
    (COUNTS, (X[FEW], [9] * len(FEW)), ValueError, "labels out of"),
    (COUNTS[-1], (X[FEW].mean(axis=2), Y[FEW]), ValueError, "must have 48 features"),
    (KMeans(2, n_init=1), (X[FEW].mean(axis=2), Y[FEW]), TypeError, "got KMeans")])
def test_what_does_not_fit_a_model_is_refused_before_it_changes(model, arguments, error, message):
    if model is COUNTS[-1]:
        model = copy.deepcopy(COUNTS).fit(X[OLD], Y[OLD])[-1]
    elif isinstance(model, KMeans):
        model = model.fit(X.mean(axis=2))
    else:
        model = copy.deepcopy(model).fit(X[OLD], NAMES[OLD] if "SNN" in str(model) else Y[OLD])
    before = copy.copy(vars(model))
    with pytest.raises(error, match=message):
        adapt(model, *arguments)
    if isinstance(model, SNNClassifier):
        with pytest.raises(error, match=message):
            model.adapt(*arguments)
        with pytest.raises(ValueError, match="penalty must be a finite number"):
            model.adapt(X[FEW], NAMES[FEW], penalty=0)
    assert vars(model) == before


def test_streams_refuse_labels_in_columns_and_unknown_labels():
    network, data, y = NETWORKS["indicator"]
    with pytest.raises(ValueError, match="Use the method adapt of the network"):
        copy.copy(network).fit(data, y).stream().adapt(1)
    stream = SNNClassifier(**OPTIONS).fit(X, NAMES).stream()
    with pytest.raises(ValueError, match="y must be one of 'a', 'b', 'c', 'd', got 'e'"):
        stream.adapt("e")
    stream = SNNRegressor(**OPTIONS).fit(X, VALUES[:, 0]).stream()
    with pytest.raises(ValueError, match="y must hold finite numbers"):
        stream.adapt(np.nan)


@pytest.mark.parametrize("model", [
    PoissonRegressor(), PLSRegression(), SVC(kernel="linear"),
    SGDClassifier(loss="log_loss", random_state=0)], ids=lambda model: type(model).__name__)
def test_models_that_do_not_predict_from_linear_outputs_are_refused(model):
    X = np.random.default_rng(0).normal(size=(60, 3))
    y = np.digitize(X[:, 0], [-0.5, 0.5])
    fitted = model.fit(X, y)
    with pytest.raises(TypeError, match="outputs are linear in its features, .* got"):
        adapt(fitted, X[:3], y[:3])


def test_two_rows_of_a_table_change_neither_its_standardisation_nor_much_of_its_accuracy():
    # two samples of two classes differ in all columns, and would explain any mean and deviation
    X, y = load_breast_cancer(return_X_y=True)
    network = SNNClassifier(max_iter=10, random_state=0).fit(X[:300], y[:300])
    before = network.score(X[300:], y[300:])
    for seed in range(5):
        rows = [np.random.default_rng(seed).choice(np.flatnonzero(y == k)) for k in (0, 1)]
        adapted = copy.copy(network).adapt(X[rows], y[rows])
        assert adapted.input_mean_ is network.input_mean_
        assert adapted.score(X[300:], y[300:]) > before - 0.06


def test_predictions_beside_an_adaptation_are_those_before_or_after_it():
    X = np.random.default_rng(0).normal(size=(60, 4, 20)) + 3 * (np.arange(60) % 2)[:, None, None]
    y, new = np.arange(60) % 2, 3 * X[:6] + 2
    network = SNNClassifier(8, rule=None, random_state=0).fit(X, y)
    allowed = [network.decision_function(X), copy.copy(network).adapt(
        new, y[:6]).decision_function(X)]
    found, adapted = [], threading.Event()

    def predict():
        while not adapted.is_set():
            found.append(network.decision_function(X))

    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(predict) for _ in range(2)]
        before = dict(vars(network))
        for _ in range(12):
            network.adapt(new, y[:6])
            network.__dict__ = dict(before)
        adapted.set()
        for one in waiting:
            one.result()
    for scores in found:
        assert any(np.allclose(scores, one) for one in allowed)
