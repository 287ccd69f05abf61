"""Exported C fills missing values as Python does, and takes samples of unequal length."""

import numpy as np
import pytest
from c_code import Ran, compiler
from sklearn.base import clone
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.pipeline import Pipeline, make_pipeline

from skspike import (
    LZCClassifier, SNNClassifier, SNNRegressor, SNNTransformer, SpikeCounter, SpikeEncoder,
    SpikingRocket)
from skspike._networks import checked, run
from skspike.coding import Direct, IntegrateAndFire
from skspike.export import CompiledModel

RNG = np.random.default_rng(0)
Y = np.arange(30) % 2
SERIES = (RNG.normal(size=(30, 3, 25)).cumsum(axis=2) + [[0], [20], [-5]]).astype(np.float32)
GAPS = np.where(RNG.random(SERIES.shape) < 0.1, np.float32(np.nan), SERIES)
GAPS[3:9, 0, :4], GAPS[7, 1], GAPS[8, :, 10:20] = np.nan, np.nan, np.nan
TABLE = GAPS[:, :, 5:8].reshape(30, -1)
LISTS = [x[:, : 15 + k % 4] for k, x in enumerate(GAPS)]
FIXED = {"rule": None, "random_state": 0}
HOLDS = {"missing": "hold"}


@pytest.fixture(autouse=True)
def skip_without_compiler():
    compiler()


def network(cls=SNNClassifier, **parameters):
    return cls(12, **{**FIXED, **parameters})


def spikes(model, X):
    """Return the spikes of the network of a model, or of its encoder."""
    if not isinstance(model, Pipeline):
        return run(model, checked(model, X), model.rule_.run)
    trains = model[0].transform(X)
    return spikes(model[1], trains) if hasattr(model[1], "weights_") else trains


MODELS = {
    "currents": (network(**HOLDS), GAPS),
    "encoder of a network": (network(**HOLDS, encoder=SpikeEncoder(Direct())), GAPS),
    "pipeline": (make_pipeline(SpikeEncoder("delta", **HOLDS), network()), GAPS),
    "signed": (
        make_pipeline(SpikeEncoder(IntegrateAndFire(signed=True), **HOLDS), network()), GAPS),
    "complexity": (make_pipeline(SpikeEncoder(**HOLDS), LZCClassifier()), GAPS),
    "features": (network(**HOLDS, n_steps=25), TABLE),
    "encoded features": (make_pipeline(SpikeEncoder(n_steps=25, **HOLDS), network()), TABLE),
    "noisy features": (network(encoder=SpikeEncoder("poisson", n_steps=25, **HOLDS)), TABLE)}


@pytest.mark.parametrize("name", MODELS)
def test_code_fills_missing_values_as_python_does(tmp_path, name):
    model, X = MODELS[name]
    model = clone(model).fit(X, Y)
    ran = Ran(model, X, tmp_path)
    np.testing.assert_array_equal(ran.classes[:, 0], model.predict(X))
    scores = model.decision_function(X)
    np.testing.assert_allclose(ran.scores[:, 1] - ran.scores[:, 0], scores, rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(ran.spikes, spikes(model, X))


def test_random_neurons_fill_missing_values_in_c(tmp_path):
    model = make_pipeline(SpikingRocket(150, random_state=0, **HOLDS), Ridge(1e3)).fit(GAPS, Y)
    model[0].missing_mean_ = np.round(model[0].missing_mean_)  # float32 holds them
    np.testing.assert_allclose(
        Ran(model, GAPS, tmp_path).scores[:, 0], model.predict(GAPS), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["currents", "pipeline"])
def test_a_compiled_model_fills_missing_values_in_c(name):
    model, X = MODELS[name]
    model = clone(model).fit(X, Y)
    compiled, wanted = CompiledModel(model), model.predict(X)
    scores = compiled.decision_function(X)
    # the code has its own means
    first = model[0] if name == "pipeline" else model
    first.missing_mean_ = first.missing_mean_ + 1e6
    np.testing.assert_array_equal(compiled.predict(X), wanted)
    np.testing.assert_array_equal(compiled.decision_function(X), scores)


COUNTING = {
    "currents": network(**HOLDS, streaming=True),
    "pipeline": make_pipeline(SpikeEncoder(**HOLDS), network(streaming=True))}


@pytest.mark.parametrize("name", COUNTING)
def test_samples_of_unequal_length_are_a_list(name):
    model = clone(COUNTING[name]).fit(LISTS, Y)
    compiled = CompiledModel(model)
    np.testing.assert_array_equal(compiled.predict(LISTS), model.predict(LISTS))
    objects = np.empty(30, object)
    objects[:] = LISTS
    scores = compiled.decision_function(objects)
    for k, x in enumerate(LISTS):
        np.testing.assert_array_equal(compiled.decision_function([x])[0], scores[k])
        np.testing.assert_array_equal(compiled.decision_function(x[None])[0], scores[k])
    rasters = compiled.transform(LISTS)
    assert [raster.shape for raster in rasters] == [(12, 15 + k % 4) for k in range(30)]


def test_spikes_values_and_trains_of_unequal_length_are_those_of_the_model():
    rasters = [(x > np.nanmedian(SERIES)).astype(np.uint8) for x in LISTS]
    transformer = network(SNNTransformer).fit(rasters)
    for found, want in zip(
            CompiledModel(transformer).transform(rasters), transformer.transform(rasters),
            strict=True):
        np.testing.assert_array_equal(found, want)
    regressor = network(SNNRegressor, readout="count").fit(rasters, Y)
    np.testing.assert_allclose(
        CompiledModel(regressor).predict(rasters), regressor.predict(rasters), atol=1e-4)
    equal = network(readout="count").fit(np.stack([x[:, :15] for x in rasters]), Y)
    np.testing.assert_array_equal(
        CompiledModel(equal).predict(rasters), equal.predict(rasters))


@pytest.mark.parametrize(("model", "X", "data", "words"), [
    (network(readout="count"), SERIES, [x[:2] for x in LISTS], r"\(n_samples, 3, n_steps\), got"),
    (network(readout="count"), SERIES, LISTS, "contains NaN"),
    (network(), TABLE[:, 3:4] * 0, LISTS, r"\(n_samples, 1\), got"),
    (make_pipeline(SpikingRocket(70), RidgeClassifier()), SERIES, [SERIES[0], SERIES[1, :, :20]],
     r"\(n_samples, 3, 25\), got \(2, 3, 20\)"),
    (make_pipeline(SpikeEncoder(), network(readout="windows")), SERIES,
     [SERIES[0], np.tile(SERIES[1], 2)], "fitted on 25 steps and got 50"),
    (make_pipeline(SpikeCounter(), RidgeClassifier()), (SERIES > 0).astype(np.uint8),
     [SERIES[0], SERIES[1, :, :20]], "spikes, 1 or 0")],
    ids=["channels", "gaps", "table", "rocket", "longer", "values"])
def test_lists_that_do_not_fit_are_refused(model, X, data, words):
    compiled = CompiledModel(clone(model).fit(np.nan_to_num(X), Y))
    with pytest.raises(ValueError, match=words):
        compiled.predict(data)
