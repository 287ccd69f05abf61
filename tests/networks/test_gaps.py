"""Networks on series with gaps: encoders, chunks, streams, and the parameter `streaming`."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from skspike import SNNClassifier, SNNRegressor, SpikeEncoder, stream_of
from skspike.coding import Direct
from skspike.learning import SurrogateGradient

RNG = np.random.default_rng(0)
Y = np.arange(24) % 2
X = RNG.normal(size=(24, 3, 25)).cumsum(axis=2) + np.array([0, 20, -5])[:, None]
GAPS = np.where(RNG.random(X.shape) < 0.1, np.nan, X)
GAPS[3:6, 0, :4], GAPS[7, 1], GAPS[8, :, 10:20] = np.nan, np.nan, np.nan
SMALL = {"hidden_layer_sizes": 6, "max_iter": 2, "random_state": 0}


def classifier(**parameters):
    return SNNClassifier(**{**SMALL, "missing": "hold", **parameters})


HOLDING = {
    "currents": classifier(),
    "raw currents": classifier(standardize=False),
    "delays": classifier(delays=(0, 3)),
    "encoder, own": SNNClassifier(**SMALL, encoder=SpikeEncoder(missing="hold")),
    "encoder, of network": classifier(encoder=SpikeEncoder(Direct(differences=True))),
    "pipeline": make_pipeline(SpikeEncoder(missing="hold"), SNNClassifier(**SMALL)),
    "idle parameter": make_pipeline(SpikeEncoder(missing="hold"), classifier()),
    "values": SNNRegressor(**SMALL, missing="hold")}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", HOLDING)
def test_streams_hold_the_latest_value_as_the_whole_series_does(name, dtype):
    gaps = GAPS.astype(dtype)
    model = clone(HOLDING[name]).fit(gaps, Y)
    outputs = getattr(model, "predict_proba", model.predict)
    stream, wanted = stream_of(model), outputs(gaps)
    assert np.isfinite(wanted).all()
    for x, want in zip(gaps, wanted, strict=True):
        for parts in (range(1, 25), [1, 11], []):  # steps one at a time, several, and all
            stream.reset()
            for part in np.split(x, parts, axis=1):
                stream.step(part if part.shape[1] > 1 else part[:, 0])
            found = getattr(stream, "predict_proba", stream.predict)()
            np.testing.assert_allclose(found, want, rtol=1e-12)


@pytest.mark.parametrize("name", HOLDING)
def test_the_state_of_a_stream_has_the_latest_values(name):
    stream = stream_of(clone(HOLDING[name]).fit(GAPS, Y))
    stream.step(X[0, :, 0])
    before = stream.state
    for bad in (np.array([1, np.inf, 2]), np.array([[1.0, 1.0], [2, np.inf], [3, 3]])):
        with pytest.raises(ValueError, match="finite"):
            stream.step(bad)
        np.testing.assert_array_equal(stream.state, before)
    others = copy.deepcopy(stream), pickle.loads(pickle.dumps(stream))
    for one in (stream, *others):
        spikes = [one.step(np.full(3, np.nan)) for _ in range(5)]
        np.testing.assert_array_equal(one.state, stream.state)
    stream.state = before
    np.testing.assert_array_equal([stream.step(X[0, :, 0]) for _ in range(5)], spikes)


@pytest.mark.parametrize("model", [
    classifier(missing="interpolate"), classifier(missing="interpolate", encoder=SpikeEncoder()),
    SNNClassifier(**SMALL, encoder=SpikeEncoder(missing="interpolate")),
    make_pipeline(SpikeEncoder(missing="interpolate"), SNNClassifier(**SMALL)),
    SpikeEncoder(missing="interpolate")], ids=str)
def test_interpolation_needs_later_values_and_names_the_rule_that_does_not(model):
    with pytest.raises(ValueError, match="missing='interpolate' can neither.*missing='hold'"):
        stream_of(clone(model).fit(GAPS, Y))


# streaming=True
UNEQUAL = [x[:, : 10 + k % 7] for k, x in enumerate(X)]


@pytest.mark.parametrize(("parameters", "data", "words"), [
    ({"standardize": "sample"}, X, "scales each series by itself"),
    ({"missing": "interpolate"}, X, "missing='hold'"),
    ({"encoder": SpikeEncoder(missing="interpolate")}, X, "missing='hold'"),
    ({"encoder": SpikeEncoder("poisson")}, X, "Poisson coding cannot stream"),
    ({"encoder": SpikeEncoder(n_steps=9)}, X, "n_steps=9 cannot stream"),
    ({"readout": "windows"}, UNEQUAL, "unequal length.*readout='count'"),
    ({"rule": "stdp"}, (X > 0).astype(np.uint8), "STDP cannot stream"),
    ({"streaming": "yes"}, X, "streaming must be one of True, False")],
    ids=lambda value: str(value) if isinstance(value, dict) else "")
def test_what_cannot_stream_is_refused_before_learning(monkeypatch, parameters, data, words):
    monkeypatch.setattr(SurrogateGradient, "learn", lambda *_: pytest.fail("it learned"))
    with pytest.raises(ValueError, match=words):
        SNNClassifier(**{**SMALL, "streaming": True, **parameters}).fit(data, Y)
