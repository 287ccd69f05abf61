"""Use with scikit-learn: pipelines, grids, clones, files, data frames and meta-estimators."""

import pickle

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import (
    LZCClassifier, LZCTransformer, SNNClassifier, SNNTransformer, SpikeCounter, SpikeEncoder)
from skspike.coding import Poisson
from skspike.learning import SurrogateGradient
from skspike.neurons import LIF

X, NUMBERS = load_iris(return_X_y=True)
X, NUMBERS = X[::2], NUMBERS[::2]  # 75 samples of three classes
Y = np.array(["setosa", "versicolor", "virginica"])[NUMBERS]
NAMES = ["sepal length", "sepal width", "petal length", "petal width"]


def encoder(**parameters):
    return SpikeEncoder(
        **{"coding": Poisson(max_rate=1000.0), "n_steps": 30, "random_state": 0, **parameters})


def network(cls=SNNTransformer, /, **parameters):
    return cls(
        **{"hidden_layer_sizes": 8, "max_iter": 3, "n_steps": 30, "random_state": 0, **parameters})


def three_stages():
    """Return a pipeline that encodes, learns, measures complexity and classifies."""
    return make_pipeline(encoder(), network(), LZCClassifier(with_counts=True))


def classifiers():
    """Return all kinds of classifiers."""
    return {
        "three stages": three_stages(),
        "reservoir": make_pipeline(
            encoder(), network(rule=None), LZCTransformer(), LogisticRegression()),
        "encoder inside": make_pipeline(network(encoder=encoder()), LZCClassifier()),
        "direct": make_pipeline(StandardScaler(), network(SNNClassifier)),
        "spikes": make_pipeline(encoder(), network(SNNClassifier)),
        "one estimator": network(SNNClassifier, encoder=encoder(), max_iter=20)}


@pytest.fixture(scope="module", params=classifiers())
def fitted(request):
    """Return a fitted classifier of each kind."""
    return classifiers()[request.param].fit(X, Y)


def test_one_grid_spans_all_stages_whatever_runs_it():
    first = {
        "spikeencoder__coding__max_rate": [250.0, 1000.0],
        "snntransformer__neuron": [LIF(), LIF(reset="subtract")],
        "snntransformer__neuron__tau_mem": [(5.0, 50.0)],
        "snntransformer__hidden_layer_sizes": [8],
        "snntransformer__learn_intrinsic": [False],
        "lzcclassifier__normalize": [True, False],
    }
    grid = [first, {name: values[-1:] for name, values in first.items()} | {
        "snntransformer__hidden_layer_sizes": [(6, 4)],
        "snntransformer__learn_intrinsic": [False, True]}]
    pipeline = three_stages().set_params(snntransformer__max_iter=1, spikeencoder__n_steps=20)

    def scores(n_jobs):
        return (
            GridSearchCV(pipeline, grid, cv=2, n_jobs=n_jobs, refit=False, error_score="raise").fit(
                X, Y).cv_results_["mean_test_score"])

    one = scores(1)
    assert len(one) == 10 and len(np.unique(one)) > 5
    np.testing.assert_array_equal(scores(2), one)
    with joblib.parallel_backend("threading"):
        np.testing.assert_array_equal(scores(2), one)


def test_nested_parameters_put_an_object_in_the_place_of_a_name():
    snn = SNNClassifier().set_params(neuron__tau_mem=7.0, rule__slope=9.0)
    assert (snn.neuron.tau_mem, snn.rule.slope) == (7.0, 9.0)
    assert SpikeEncoder("poisson").set_params(coding__max_rate=50.0).coding.max_rate == 50.0
    both = SNNClassifier(neuron=LIF(tau_mem=5.0)).set_params(
        neuron="lif", neuron__threshold=2.0).neuron
    assert (both.tau_mem, both.threshold) == (20.0, 2.0)
    kept = SNNClassifier(neuron=LIF(tau_mem=5.0)).set_params(neuron__threshold=2.0).neuron
    assert (kept.tau_mem, kept.threshold) == (5.0, 2.0)
    inside = SNNClassifier(
        encoder=SpikeEncoder("poisson")).set_params(encoder__coding__max_rate=50.0)
    assert inside.encoder.coding.max_rate == 50.0


def test_fit_never_changes_what_it_was_given():
    given = {
        "neuron": LIF(tau_mem=(5.0, 50.0)), "rule": SurrogateGradient(slope=3.0),
        "encoder": encoder(random_state=None)}
    snn = network(SNNClassifier, **given)
    before = joblib.hash((given, X, Y))
    snn.fit(X, Y).predict(X)
    assert joblib.hash((given, X, Y)) == before
    assert all(getattr(snn, name) is value for name, value in given.items())
    assert snn.neuron_ is not given["neuron"] and snn.encoder_ is not given["encoder"]


def test_clone_starts_anew_and_learns_the_same(fitted):
    copy = clone(fitted)
    last = copy[-1] if hasattr(copy, "steps") else copy
    assert not any(name.endswith("_") for name in vars(last))
    np.testing.assert_array_equal(copy.fit(X, Y).predict_proba(X), fitted.predict_proba(X))


def test_pickle_and_joblib_keep_the_predictions(fitted, tmp_path):
    joblib.dump(fitted, tmp_path / "model")
    for loaded in (
            pickle.loads(pickle.dumps(fitted)), joblib.load(tmp_path / "model"),
            joblib.load(tmp_path / "model", mmap_mode="r")):
        np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))
        np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))


def test_labels_are_those_of_y(fitted):
    np.testing.assert_array_equal(fitted.classes_, ["setosa", "versicolor", "virginica"])
    assert set(fitted.predict(X)) <= set(Y)
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (75, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(fitted.classes_[probabilities.argmax(axis=1)], fitted.predict(X))
    np.testing.assert_allclose(fitted.predict_log_proba(X), np.log(probabilities), rtol=1e-9)


@pytest.mark.parametrize("labels", [["a", "b", "c"], [10, -3, 7], [2.0, 1.0, 0.0]])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_names_of_classes_do_not_matter_in_order(labels, n_classes):
    labels, keep = np.sort(labels), NUMBERS < n_classes
    one, other = (
        network(SNNClassifier, encoder=encoder()).fit(X[keep], y[keep])
        for y in (NUMBERS, labels[NUMBERS]))
    np.testing.assert_array_equal(other.classes_, labels[:n_classes])
    np.testing.assert_array_equal(other.predict(X), labels[one.predict(X)])
    np.testing.assert_array_equal(other.decision_function(X), one.decision_function(X))
    assert one.decision_function(X).shape == ((75,) if n_classes == 2 else (75, 3))


@pytest.mark.parametrize("rule", [None, "surrogate"])
def test_scores_of_two_classes_favour_the_second(rule):
    keep = NUMBERS < 2
    snn = make_pipeline(
        StandardScaler(), network(SNNClassifier, rule=rule, max_iter=10)).fit(X[keep], Y[keep])
    scores = snn.decision_function(X[keep])
    assert snn.score(X[keep], Y[keep]) > 0.9
    np.testing.assert_array_equal(snn.classes_[(scores > 0).astype(int)], snn.predict(X[keep]))
    np.testing.assert_allclose(snn.predict_proba(X[keep])[:, 1], 1 / (1 + np.exp(-scores)))


@pytest.mark.parametrize("rule", [None, SurrogateGradient(dropout=0.0)])
def test_class_weight_draws_predictions_to_its_class(rule):
    noise = np.random.default_rng(0).normal(size=(90, 3))
    y = np.arange(90) % 3 % 2  # 60 zeros, 30 ones

    def ones(class_weight):
        snn = network(
            SNNClassifier, rule=rule, class_weight=class_weight, max_iter=20, learning_rate=0.02,
            alpha=0.0)
        return snn.fit(noise, y).predict(noise).mean()

    assert ones({0: 1.0, 1: 20.0}) > ones("balanced") > ones({0: 20.0, 1: 1.0})
    assert ones("balanced") > ones(None)


def test_cross_val_predict_is_the_same_in_processes_and_threads():
    one = cross_val_predict(three_stages(), X, Y, cv=2, method="predict_proba")
    np.testing.assert_array_equal(
        cross_val_predict(three_stages(), X, Y, cv=2, method="predict_proba", n_jobs=2), one)
    with joblib.parallel_backend("threading", n_jobs=2):
        inner = three_stages().set_params(snntransformer__n_jobs=2)
        np.testing.assert_array_equal(
            cross_val_predict(inner, X, Y, cv=2, method="predict_proba", n_jobs=2), one)


@pytest.mark.parametrize("name", ["three stages", "one estimator"])
def test_calibrated_classifier_works(name):
    calibrated = CalibratedClassifierCV(classifiers()[name], cv=2).fit(X, Y)
    np.testing.assert_allclose(calibrated.predict_proba(X).sum(axis=1), 1)
    assert calibrated.score(X, Y) > 0.5


def test_voting_classifier_works():
    voting = VotingClassifier(list(classifiers().items()), voting="soft").fit(X, Y)
    expected = np.mean([estimator.predict_proba(X) for estimator in voting.estimators_], axis=0)
    np.testing.assert_allclose(voting.predict_proba(X), expected)
    assert voting.score(X, Y) > 0.5


@pytest.fixture(params=["pandas", "polars"])
def output(request):
    """Set the output of all transformers to data frames during the test."""
    with sklearn.config_context(transform_output=request.param):
        yield {"pandas": pd, "polars": pl}[request.param]


def test_pipelines_run_with_data_frames_as_output(output):
    data = output.DataFrame(dict(zip(NAMES, X.T, strict=True)))
    steps = (
        StandardScaler(), encoder(), network(), LZCTransformer(), StandardScaler(),
        LogisticRegression())
    pipeline = make_pipeline(*steps).fit(data, Y)
    features = pipeline[:-1].transform(data)
    assert isinstance(features, output.DataFrame)
    # the input was arrays without names
    assert list(features.columns) == [f"lz76_x{k}" for k in range(8)]
    for k in (2, 3):
        assert type(pipeline[:k].transform(data)) is np.ndarray
    with sklearn.config_context(transform_output="default"):
        expected = clone(pipeline).fit(X, Y).predict(X)
    np.testing.assert_array_equal(pipeline.predict(data), expected)


@pytest.mark.parametrize("cls", [SpikeEncoder, SNNTransformer])
def test_set_output_of_rasters_is_accepted_and_changes_nothing(cls):
    estimator = cls(n_steps=20)
    before = vars(estimator).copy()
    assert estimator.set_output(transform="pandas") is estimator
    assert vars(estimator) == before
    assert type(estimator.fit(X, Y).transform(X)) is np.ndarray


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize(
    "estimator",
    [
        encoder(), network(), network(SNNClassifier), network(encoder=encoder()), SpikeCounter(),
        LZCTransformer(), LZCClassifier()])
def test_data_frames_are_read_with_their_names(estimator, frame):
    data = frame(dict(zip(NAMES, X.T, strict=True)))
    named, plain = clone(estimator).fit(data, Y), clone(estimator).fit(X, Y)
    np.testing.assert_array_equal(named.feature_names_in_, NAMES)
    assert not hasattr(plain, "feature_names_in_")
    method = "transform" if hasattr(estimator, "transform") else "predict"
    np.testing.assert_array_equal(getattr(named, method)(data), getattr(plain, method)(X))
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        getattr(named, method)(X)
    assert not hasattr(named.fit(X, Y), "feature_names_in_")


def test_names_pass_through_a_pipeline():
    data = pd.DataFrame(X, columns=NAMES)
    pipeline = make_pipeline(StandardScaler(), encoder()).fit(data)
    assert list(pipeline.get_feature_names_out()) == NAMES
    pipeline = make_pipeline(encoder(), LZCTransformer()).fit(data)
    assert list(pipeline.get_feature_names_out()) == [f"lz76_{name}" for name in NAMES]
    assert list(network(hidden_layer_sizes=(5, 3)).fit(data, Y).get_feature_names_out()) == [
        "neuron0", "neuron1", "neuron2"]


def test_warm_start_goes_on_from_fixed_to_learned_intrinsics():
    Z = StandardScaler().fit_transform(X)
    snn = network(SNNClassifier, learn_intrinsic=False, max_iter=5).fit(Z, Y)
    fixed = -snn.predict_log_proba(Z)[np.arange(75), NUMBERS].mean()
    assert {layer.tobytes() for layer in snn.intrinsics_["tau_mem"]} == {np.full(8, 20.0).tobytes()}
    snn.set_params(learn_intrinsic=True, warm_start=True).fit(Z, Y)
    assert -snn.predict_log_proba(Z)[np.arange(75), NUMBERS].mean() <= fixed
    assert len(np.unique(snn.intrinsics_["tau_mem"])) > 1


@pytest.mark.parametrize("cls", [SNNTransformer, SNNClassifier])
def test_warm_start_turns_a_reservoir_into_a_learner_and_back(cls):
    snn = network(cls, rule=None, warm_start=True).fit(X, Y)
    random = snn.weights_[0].copy()
    learned = snn.set_params(rule="surrogate").fit(X, Y).weights_[0].copy()
    assert (learned != random).any()
    np.testing.assert_array_equal(snn.set_params(rule=None).fit(X, Y).weights_[0], learned)
    assert not hasattr(snn, "loss_curve_")


def test_second_fit_forgets_the_first():
    snn = network(SNNClassifier, early_stopping=True, validation_fraction=0.3).fit(X, Y)
    assert len(snn.validation_curve_) == len(snn.loss_curve_) == snn.n_iter_
    snn.set_params(early_stopping=False).fit(X[:50, :2], Y[:50])
    assert not hasattr(snn, "validation_curve_")
    assert snn.n_features_in_ == 2 and len(snn.classes_) == 2
    np.testing.assert_array_equal(
        snn.predict(X[:, :2]), network(SNNClassifier).fit(X[:50, :2], Y[:50]).predict(X[:, :2]))
