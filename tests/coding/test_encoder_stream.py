"""Streams of encoders, and of pipelines and networks with an encoder."""

import copy
import pickle
import re

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import (
    EarlyClassifier, SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder, stream_of)
from skspike.coding import CODINGS, Coding, Delta, Direct, IntegrateAndFire

X = np.random.default_rng(0).normal(size=(12, 3, 60)).cumsum(axis=2)
Y = np.arange(12) % 2
VARIANTS = [
    *(cls() for cls in CODINGS.values() if 3 not in cls.refuses), IntegrateAndFire(signed=True),
    IntegrateAndFire(gain=80.0), IntegrateAndFire(lags=(2, 5)), IntegrateAndFire(lags=()),
    Delta((0.05, 0.2)), Direct(differences=True)]
STREAMING = [
    coding for coding in VARIANTS
    if coding.memory is not None or type(coding).stepper is not Coding.stepper]
SMALL = {"hidden_layer_sizes": 7, "max_iter": 2, "random_state": 0}


@pytest.mark.small
@pytest.mark.parametrize("coding", VARIANTS, ids=repr)
def test_an_encoder_streams_what_it_transforms_or_says_why_not(coding):
    encoder = SpikeEncoder(coding, random_state=0).fit(X[:6])  # other rows are beyond the range
    if coding not in STREAMING:
        with pytest.raises(ValueError, match=f"{type(coding).__name__} coding cannot stream"):
            encoder.stream()
        return
    expected, stream = encoder.transform(X), encoder.stream()
    for series, raster in zip(X, expected, strict=True):
        stream.reset()
        steps = [stream.step(series[:, t]) for t in range(20)]
        saved, other = stream.state, encoder.stream()
        other.state = saved
        copied = pickle.loads(pickle.dumps(copy.deepcopy(stream)))
        np.testing.assert_array_equal(np.transpose(steps), raster[:, :20])
        for later in (stream, other, copied):
            found = later.step(series[:, 20:])
            assert found.dtype == raster.dtype
            np.testing.assert_array_equal(found, raster[:, 20:])


@pytest.mark.small
@pytest.mark.parametrize("coding", STREAMING, ids=repr)
def test_a_restored_state_may_hold_any_number_of_steps(coding):
    stream = SpikeEncoder(coding).fit(X).stream()
    stream.step(X[0])
    for n_seen in (-5.0, 2.0**53):  # the last number of a state
        stream.state = [*stream.state[:-1], n_seen]
        assert np.isfinite(stream.step(X[1])).all()


class Rises(Coding):
    """A spike if a value has risen by at least a rate per ms."""

    name, memory, noisy = "rises", 1, False

    def __init__(self, rate=0.02):
        self.rate = rate

    def encode(self, x, n_steps, dt, seed, noise_key=None):
        return (np.diff(x, axis=2, prepend=x[:, :, :1]) >= self.rate * dt).astype(np.uint8)


@pytest.mark.small
@pytest.mark.parametrize("dt", [0.5, 1.0])
def test_a_coding_with_a_memory_streams_in_the_steps_of_the_encoder(dt):
    encoder = SpikeEncoder(Rises(), dt=dt).fit(X)
    expected = encoder.transform(X[:1])[0]
    np.testing.assert_array_equal(encoder.stream().step(X[0]), expected)
    assert expected.any() and not expected.all()


@pytest.mark.parametrize("coding", STREAMING, ids=repr)
def test_pipelines_and_networks_with_an_encoder_stream_bit_for_bit(coding):
    """Ten thousand steps, through encoder, delays, network and readout."""
    long = np.random.default_rng(1).normal(size=(4, 2, 10_000)).cumsum(axis=2)
    y = np.arange(4) % 2
    encoder, network = SpikeEncoder(coding), SNNClassifier(**SMALL, readout="count", delays=(0, 3))
    pipeline = make_pipeline(encoder, network).fit(long, y)
    inner = SNNClassifier(**SMALL, readout="count", encoder=encoder).fit(long, y)
    for model, stream in ((pipeline, stream_of(pipeline)), (inner, inner.stream())):
        for start in range(0, 10_000, 2_500):
            stream.step(long[1][:, start : start + 2_499])
            stream.step(long[1][:, start + 2_499])
        scores = model.decision_function(long[1:2])[0]
        assert stream.decision_function() == scores


@pytest.mark.parametrize("cls", [SNNTransformer, SNNRegressor])
def test_all_networks_in_a_pipeline_stream(cls):
    pipeline = make_pipeline(SpikeEncoder(), cls(**SMALL)).fit(X, Y)
    stream = stream_of(pipeline)
    spikes = stream.step(X[2])
    if cls is SNNRegressor:
        assert stream.predict() == pipeline.predict(X[2:3])[0]
    else:
        np.testing.assert_array_equal(spikes, pipeline.transform(X[2:3])[0])
    # steps that do nothing are skipped, and a plain estimator is its own stream
    pipeline.steps.insert(0, ("nothing", "passthrough"))
    np.testing.assert_array_equal(stream_of(pipeline).step(X[2]), spikes)
    np.testing.assert_array_equal(
        stream_of(pipeline[-1]).step(pipeline[:-1].transform(X[2:3])[0]), spikes)


def test_a_network_takes_the_output_of_its_encoder_on_request():
    network = SNNTransformer(**SMALL, rule=None, encoder=SpikeEncoder(n_steps=60)).fit(X)
    raster = network.encoder_.transform(X[:1])
    np.testing.assert_array_equal(
        network.stream(encoded=True).step(raster[0]), network.transform(X[:1])[0])
    with pytest.raises(ValueError, match="n_steps=60 cannot stream.*Set n_steps=None"):
        network.stream()


@pytest.mark.small
@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([SpikeEncoder(), LogisticRegression()], "'logisticregression', LogisticRegression, is no"),
        ([SpikeEncoder(), EarlyClassifier()], "EarlyClassifier takes the encoder inside"),
        ([StandardScaler(), SNNClassifier(**SMALL)], "'standardscaler', StandardScaler, stands"),
        (
            [SpikeEncoder(), SNNClassifier(**SMALL, encoder=SpikeEncoder("delta"))],
            "'snnclassifier' has a second encoder"),
    ],
    ids=["readout", "early", "scaler", "second encoder"])
def test_a_step_that_cannot_stream_is_named(steps, words):
    pipeline = make_pipeline(*steps)
    for _, step in pipeline.steps:
        step.encoder_ = getattr(step, "encoder", None)
    with pytest.raises(ValueError, match=re.escape(words)):
        stream_of(pipeline)


@pytest.mark.small
@pytest.mark.parametrize("model", [LogisticRegression(), make_pipeline(LogisticRegression())])
def test_a_model_without_a_stream_is_named(model):
    with pytest.raises(TypeError, match="LogisticRegression cannot stream.*best_estimator_"):
        stream_of(model)


@pytest.mark.small
def test_an_encoder_of_features_does_not_stream():
    with pytest.raises(ValueError, match="cannot stream features"):
        SpikeEncoder().fit(X[:, :, 0]).stream()


@pytest.mark.small
@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([1.0, np.nan, 0.0], "finite"), ([[1.0, np.inf]] * 3, "finite"),
        (np.zeros(2), r"the 3 channels of one step, shape \(3,\).*Got shape \(2,\)"),
        (np.zeros((3, 0)), r"Got shape \(3, 0\)"), (["a", "b", "c"], "numbers")],
    ids=["nan", "inf", "channels", "no step", "text"])
def test_wrong_values_are_refused_and_change_nothing(x, words):
    stream = SpikeEncoder().fit(X).stream()
    stream.step(X[0, :, 0])
    before = stream.state
    with pytest.raises((TypeError, ValueError), match=words):
        stream.step(x)
    np.testing.assert_array_equal(stream.state, before)
