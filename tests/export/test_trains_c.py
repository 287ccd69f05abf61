"""Exported classifiers of spike trains: decisions in C equal those in Python."""

import numpy as np
import pytest
from c_code import Ran
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from skspike import (
    LZCClassifier, LZCTransformer, SNNTransformer, SpikeEncoder, SpikeTrainClassifier)
from skspike.datasets import make_poisson
from skspike.export import CompiledModel, to_c
from skspike.trains import EXPERTS, TreeExpert

ALL = ["age", "history", "linear", "phrases", "population", "population_phrases", "rate"]


@pytest.fixture(scope="module")
def three():
    """Trains of three classes, with silent and full channels."""
    X, y = make_poisson(300, 4, 60, rates=(20, 60, 120), random_state=0)
    X[::7, 0], X[3::7, 1] = 0, 1
    return X, y


@pytest.mark.parametrize("experts", [ALL, "age", "population"], ids=str)
def test_scores_in_c_equal_the_decision(experts, three, tmp_path):
    X, y = three
    model = SpikeTrainClassifier(experts).fit(X[:150], y[:150])
    ran = Ran(model, X, tmp_path)
    np.testing.assert_array_equal(ran.classes[:, 0], model.predict(X))
    np.testing.assert_allclose(ran.scores, model.decision_function(X), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("options", "n_channels", "weights"), [
    ({}, 1, "float32"), ({"with_counts": True, "channels": "mean"}, 3, "float32"),
    ({"n_windows": 3}, 3, "float32"), ({"n_windows": 3}, 1, "int8")], ids=str)
def test_scores_of_relative_complexity_equal_the_decision(
        weights, options, n_channels, three, tmp_path):
    X, y = three
    X = np.ascontiguousarray(X[:, :n_channels])
    model = LZCClassifier(**options).fit(X[:150], y[:150])
    ran, scores = Ran(model, X, tmp_path, weights), model.decision_function(X)
    # scores of classes share an offset
    found, scores = (one - one.mean(axis=1, keepdims=True) for one in (ran.scores, scores))
    if weights == "float32":
        np.testing.assert_array_equal(ran.classes[:, 0], model.predict(X))
        np.testing.assert_allclose(found, scores, rtol=1e-4, atol=1e-4)
    else:
        assert (ran.classes[:, 0] == model.predict(X)).mean() > 0.98
        np.testing.assert_allclose(found, scores, atol=0.02 * np.abs(scores).max())


def test_relative_complexity_before_a_regression(three, tmp_path):
    X, _ = three
    model = make_pipeline(LZCTransformer(relative=True), Ridge())
    model.fit(X[:150], np.arange(150) // 75)
    values = np.arange(150) % 7 / 3
    model[-1].fit(model[:-1].transform(X[:150]), values)
    # a copy of a training sample gets the features of dictionaries without its fold
    new = np.array([x for x in X[150:] if not (X[:150] == x).all(axis=(1, 2)).any()])
    np.testing.assert_allclose(
        Ran(model, new, tmp_path).scores[:, 0], model.predict(new), rtol=1e-4, atol=1e-4)


def test_relative_complexity_of_several_columns_is_refused(three, tmp_path):
    X, y = three
    model = make_pipeline(LZCTransformer(relative=True), Ridge())
    with pytest.raises(ValueError, match="its labels have several columns. Fit it on one column"):
        to_c(model.fit(X, np.stack([y, y[::-1]], axis=1)), tmp_path / "net.c")


def test_integer_tables_hardly_change_decisions(three, tmp_path):
    X, y = three
    model = SpikeTrainClassifier(ALL).fit(X[:150], y[:150])
    ran = Ran(model, X, tmp_path, "int8")
    assert (ran.classes[:, 0] == model.predict(X)).mean() > 0.99
    np.testing.assert_allclose(ran.scores, model.decision_function(X), atol=0.1)


def test_a_pipeline_ends_with_a_classifier_of_spike_trains(rng, tmp_path):
    series = rng.normal(size=(60, 3, 40)).cumsum(axis=2)
    y = np.arange(60) % 2
    network = SNNTransformer(6, rule=None, random_state=0)
    model = make_pipeline(SpikeEncoder(), network, SpikeTrainClassifier(["history", "rate"]))
    ran = Ran(model.fit(series, y), series.astype(np.float32), tmp_path)
    np.testing.assert_array_equal(
        ran.classes[:, 0], model.predict(series.astype(np.float32)))


def test_a_compiled_classifier_takes_trains_of_any_length(three):
    X, y = three
    model = SpikeTrainClassifier(ALL).fit(X, y)
    compiled = CompiledModel(model)
    longer = np.concatenate([X, X], axis=2)
    for raster in (X, longer, X[:, :, :7]):
        np.testing.assert_array_equal(compiled.predict(raster), model.predict(raster))


def test_experts_without_code_are_refused_unless_their_weight_is_zero(three, tmp_path):
    X, y = three

    class Own(TreeExpert):
        name, n_bits = "own", 0

        def memory(self, n_samples, n_channels):
            return np.zeros((n_samples, 0))

        def symbols(self, raster, memory, n_symbols):
            return raster

    for name, expert in {"own": Own(), **{n: n for n in EXPERTS if n not in ALL}}.items():
        model = SpikeTrainClassifier([expert]).fit(X, y)
        with pytest.raises(ValueError, match=rf"to_c cannot export the experts \['{name}'\]"):
            to_c(model, tmp_path / "net.c")
    model = SpikeTrainClassifier(["history", "neighbours"]).fit(X, y)
    model.weights_[2:] = 0
    to_c(model, tmp_path / "net.c")
    flat = SpikeTrainClassifier("history").fit(X[:, 0].astype(float), y)
    with pytest.raises(ValueError, match="cannot export a SpikeTrainClassifier of 2-D input"):
        to_c(flat, tmp_path / "net.c")
