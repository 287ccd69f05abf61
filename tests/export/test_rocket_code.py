"""Exported C of random neurons with delays: counts, scores and classes equal Python's."""

import re

import numpy as np
import pytest
from c_code import Ran, compiler
from parts import cover
from sklearn.base import clone
from sklearn.linear_model import (
    LogisticRegression, Ridge, RidgeClassifier, RidgeClassifierCV, RidgeCV)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skspike import SpikeEncoder, SpikingRocket
from skspike.export import CompiledModel, to_c

RNG = np.random.default_rng(0)
Y = np.arange(90) % 3
# noise with a sine, whose period depends on the class, in two of three channels
SERIES = RNG.normal(size=(90, 3, 61)).cumsum(axis=2)
SERIES[:, :2] += 8 * np.sin(np.arange(61) / (2.0 + Y[:, None, None]))
SERIES = SERIES.astype(np.float32)
LOUD = (SERIES * np.exp(RNG.normal(size=(90, 1, 1)))).astype(np.float32)
RASTER = (RNG.random((90, 5, 40)) < 0.1 + 0.2 * Y[:, None, None]).astype(np.uint8)
WITH_CONSTANT = np.insert(SERIES, 1, 7, axis=1)
# a constant series, one whose amplitude is too small, and one with large values
EXTREME = LOUD.copy()
EXTREME[:2], EXTREME[1, :, ::3], EXTREME[2, :, 30] = 0, 3e-8, 1e30


def rocket(n_neurons=150, **parameters):
    return SpikingRocket(n_neurons, **{"amplitude": 0.4, "random_state": 0, **parameters})


def counter(transformer, X):
    """Return a pipeline that predicts the counts of a transformer."""
    model = make_pipeline(transformer, Ridge()).fit(X, np.arange(len(X)))
    n = model[0].transform(X[:1]).shape[1]
    model[1].coef_, model[1].intercept_ = np.eye(n), np.zeros(n)
    return model


@pytest.mark.parametrize(("transformer", "X"), [
    (rocket(differences=False), SERIES), (rocket(amplitude=0.0), SERIES),
    (rocket(amplitude=1.0), LOUD), (rocket(70, n_synapses=2), LOUD[:, 0]),
    (rocket(20, neuron="adex"), RASTER), (rocket(), WITH_CONSTANT), (rocket(), EXTREME),
    (rocket(), np.full((90, 2, 9), 3)), (rocket(3), SERIES[:, 0, :2])],
    ids=["values", "equal", "limited", "rows", "adex", "constant", "extreme", "all constant",
         "two steps"])
def test_counts_are_equal(tmp_path, transformer, X):
    model = counter(transformer, LOUD if X is EXTREME else X)
    want = model[0].transform(X)
    # each sample once more, after another one
    found = Ran(model, np.concatenate([X, X[::-1]]), tmp_path).scores
    np.testing.assert_array_equal(found, np.concatenate([want, want[::-1]]))
    assert want.any(axis=1).all() or X.std() == 0 or X.shape[-1] < 3


@pytest.mark.parametrize(("transformer", "X"), [
    (rocket(differences=False), LOUD), (rocket(), LOUD**3), (rocket(70, n_synapses=2), LOUD[:, 0]),
    (rocket(20, neuron="adex"), RASTER), (rocket(), WITH_CONSTANT),
    (rocket(), np.full((90, 2, 9), 3)), (rocket(), EXTREME)],
    ids=["values", "very loud", "rows", "adex", "constant", "all constant", "extreme"])
def test_counts_and_spikes_of_running_series_are_equal(tmp_path, transformer, X):
    model = counter(clone(transformer).set_params(streaming=True), X)
    found, stream = Ran(model, X, tmp_path), model[0].stream()
    np.testing.assert_array_equal(found.scores, model[0].transform(X))
    for k in (0, 40, 89):
        stream.reset()
        np.testing.assert_array_equal(
            found.spikes[k], stream.step(X[k] if X.ndim == 3 else X[k][np.newaxis]))
    assert found.scores.any() or X.std() == 0


def test_running_series_of_unequal_length_have_code(tmp_path):
    unequal = [x[:, : 40 + k % 20] for k, x in enumerate(SERIES)]
    model = make_pipeline(rocket(streaming=True), RidgeClassifier()).fit(unequal, Y)
    found = Ran(model, SERIES, tmp_path)
    np.testing.assert_array_equal(found.classes[:, 0], model.predict(SERIES))


CLASSIFIERS = {
    "ridge": ((RidgeClassifierCV(np.logspace(-2, 6, 9)),), 3),
    "ridge of two": ((RidgeClassifier(),), 2),
    "logistic of two": ((StandardScaler(), LogisticRegression()), 2),
    "logistic": ((StandardScaler(), LogisticRegression()), 3)}
SAMPLES = {"channels": SERIES, "rows": LOUD[:, 0]}


@pytest.mark.parametrize(("classifier", "samples"), cover([*CLASSIFIERS], [*SAMPLES]))
def test_scores_and_classes_are_equal(tmp_path, classifier, samples):
    (steps, n_classes), X = CLASSIFIERS[classifier], SAMPLES[samples]
    model = make_pipeline(rocket(), *map(clone, steps)).fit(X[:60], Y[:60] % n_classes)
    ran, scores = Ran(model, X, tmp_path), model.decision_function(X)
    np.testing.assert_array_equal(ran.classes[:, 0], model.predict(X))
    if n_classes == 2:
        assert not ran.scores[:, 0].any()
        scores = np.stack([0 * scores, scores], axis=1)
    else:  # C leaves out what all classes share
        scores -= scores.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(ran.scores, scores, rtol=1e-6, atol=1e-6)
    weights, share = ("int16", 0.98) if n_classes == 2 else ("int8", 0.9)
    assert np.mean(Ran(model, X, tmp_path, weights).classes == ran.classes) >= share
    assert f"{weights}_t weights" in (tmp_path / "net.c").read_text(encoding="utf-8")


def test_values_are_equal(tmp_path):
    values = np.stack([SERIES.mean(axis=(1, 2)), SERIES.std(axis=(1, 2))], axis=1)
    model = make_pipeline(rocket(), RidgeCV(np.logspace(-2, 6, 9))).fit(SERIES, values)
    want = model.predict(SERIES)
    np.testing.assert_allclose(Ran(model, SERIES, tmp_path).scores, want, rtol=1e-5, atol=1e-5)
    error = Ran(model, SERIES, tmp_path, "int8").scores - want
    assert 0 < error.std() < 0.1 * want.std()


def test_scores_are_those_of_the_series_so_far(tmp_path):
    # in Python, only transformers of unequal lengths take other lengths
    model = counter(rocket(), SERIES)
    found, whole = (
        Ran(model, X, tmp_path).scores
        for X in (SERIES[..., :20], np.concatenate([SERIES, LOUD], axis=2)))
    want = model[0].transform(SERIES)
    np.testing.assert_array_equal(whole, want)  # steps after the last one are ignored
    model[0].n_steps_in_, model[0]._equal_length_in = None, False
    want = model[0].transform([*SERIES[..., :20], SERIES[0]])[:-1]
    np.testing.assert_array_equal(found, want)


def test_functions_and_files_are_readable(tmp_path):
    model = make_pipeline(rocket(), RidgeClassifier()).fit(SERIES, Y)
    sources = []
    for _ in range(2):
        to_c(model, tmp_path / "net.c", "int8")
        sources.append((tmp_path / "net.c").read_text(encoding="utf-8"))
    assert sources[0] == sources[1] and max(map(len, sources[0].splitlines())) <= 100
    for text in ("input current", "charge", "fire", "reset", "mean of each channel", "amplitude"):
        assert text in sources[0]
    header = (tmp_path / "net.h").read_text(encoding="utf-8")
    assert re.findall(r"(\w+)\(", header.partition("*/")[2]) == [
        "net_reset", "net_step", "net_scores", "net_predict"]
    assert "NET_STEPS 61" in header and "NET_INPUTS 3" in header and "NEURONS" not in header


@pytest.mark.parametrize(("steps", "message"), [
    ((rocket(),), "SpikingRocket: no model follows"),
    ((rocket(), MinMaxScaler(), RidgeClassifier()), "MinMaxScaler, RidgeClassifier of features"),
    ((SpikeEncoder(), rocket(), RidgeClassifier()), "'spikingrocket', SpikingRocket, at its place"),
    ], ids=["nothing", "scaler", "encoder"])
def test_other_pipelines_are_refused(tmp_path, steps, message):
    model = make_pipeline(*steps).fit(SERIES, Y)
    with pytest.raises(ValueError, match=message):
        to_c(model, tmp_path / "net.c")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("X", [SERIES, SERIES[:, 0]], ids=["channels", "rows"])
def test_a_compiled_model_has_no_spikes_and_needs_all_steps(X):
    compiler()
    model = make_pipeline(rocket(), RidgeClassifier()).fit(X, np.array(["a", "b", "c"])[Y])
    compiled = CompiledModel(model)
    np.testing.assert_array_equal(compiled.predict(X), model.predict(X))
    scores = model.decision_function(X)
    np.testing.assert_allclose(
        compiled.decision_function(X), scores - scores.mean(axis=1, keepdims=True), rtol=1e-6,
        atol=1e-6)
    with pytest.raises(ValueError, match="The model keeps no spikes"):
        compiled.transform(X)
    shape = r"\(n_samples, 3, 61\)" if X.ndim == 3 else r"\(n_samples, 61\)"
    with pytest.raises(ValueError, match=f"expects X of shape {shape}"):
        compiled.predict(X[..., :60])
