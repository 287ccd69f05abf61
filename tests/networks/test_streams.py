"""Streams: steps one at a time give bitwise the results of the whole train."""

import copy
import pickle

import numpy as np
import pytest
from parts import cover
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from skspike import (
    Convolution, SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder, SpikeTrainClassifier,
    Stream, stream_of)
from skspike.neurons import LIF, NEURONS
from skspike.simulation import WIDTH, from_raster, list_spikes
from skspike.simulation._events import max_listed

N_CHANNELS = 40  # enough for dense steps
Y = np.arange(6) % 3


def trains(n_steps, seed=0):
    """Return a raster in which every tenth step is dense."""
    p = np.where(np.arange(n_steps) % 10, 0.08, 0.7)
    return (np.random.default_rng(seed).random((6, N_CHANNELS, n_steps)) < p).astype(np.uint8)


def streamed(fitted, train):
    stream = fitted.stream()
    return np.transpose([stream.step(x) for x in np.ascontiguousarray(train.T)]), stream


@pytest.mark.parametrize(("neuron", "recurrent"), cover([*NEURONS], [False, True]))
def test_ten_thousand_steps_of_every_neuron_are_those_of_the_whole_train(neuron, recurrent):
    X = trains(10000)[:1]
    network = SNNTransformer(
        9, neuron=neuron, recurrent=recurrent, rule=None, random_state=0).fit(trains(300))
    spikes, _ = streamed(network, X[0])
    assert 0 < spikes.mean() < 1
    np.testing.assert_array_equal(spikes, network.transform(X)[0])


@pytest.mark.small
@pytest.mark.compiled
@pytest.mark.parametrize("recurrent", [False, True, (False, True)], ids=str)
@pytest.mark.parametrize(
    "neuron", [LIF(), LIF(tau_syn=5.0, refractory=3.0, reset="subtract")], ids=repr)
def test_layers_stream_through_each_other(neuron, recurrent):
    X = trains(100)
    network = SNNTransformer(
        (WIDTH + 2, 40), neuron=neuron, recurrent=recurrent, rule=None, random_state=0).fit(X)
    for b in range(2):
        np.testing.assert_array_equal(
            streamed(network, X[b])[0], network.transform(X[b : b + 1])[0])


@pytest.mark.small
@pytest.mark.parametrize("kind", ["currents", "spikes"])
def test_layers_of_filters_stream(kind):
    X = np.random.default_rng(0).random((4, 25, 12))
    X = X - 0.3 if kind == "currents" else (X < 0.4).astype(np.uint8)
    network = SNNTransformer(
        (Convolution(3, 3, stride=2, image_shape=(5, 5)), 4), rule=None, random_state=0).fit(X)
    for x in X[:2]:
        np.testing.assert_array_equal(
            network.stream().step(x), network.transform(x[np.newaxis])[0])
    with pytest.raises(ValueError, match="25 channels"):
        network.stream().step(X[0, :24])
    if kind == "spikes":
        with pytest.raises(ValueError, match="expects spikes, 0 and 1 only, found the value 2"):
            network.stream().step(2 * X[0, :, 0])


@pytest.mark.small
@pytest.mark.compiled
@pytest.mark.parametrize("rule", [None, "tempotron"])
def test_reset_is_the_rest_before_the_first_step(rule):
    X = trains(80)
    classifier = SNNClassifier(7, rule=rule, max_iter=1, random_state=0).fit(X, Y)
    stream, score = classifier.stream(), classifier.stream().predict_proba()
    first = stream.step(X[0])
    stream.reset()
    np.testing.assert_array_equal(stream.predict_proba(), score)
    np.testing.assert_array_equal(stream.step(X[0]), first)
    np.testing.assert_array_equal(stream.predict_proba(), classifier.predict_proba(X[:1])[0])


@pytest.mark.small
@pytest.mark.parametrize("n_spikes", [0, 9, 10, 11, 40])
def test_a_step_is_full_where_it_is_full_in_a_raster(n_spikes):
    x = (np.arange(N_CHANNELS) < n_spikes).astype(np.uint8)
    _, full = list_spikes(
        x, max_listed(N_CHANNELS), np.empty(N_CHANNELS, np.int32), np.empty(0, np.float32))
    assert full == from_raster(x[np.newaxis, :, np.newaxis]).dense == (n_spikes > 10)


@pytest.mark.small
@pytest.mark.compiled
@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))],
    ids=["copy", "deep", "pickle"])
@pytest.mark.parametrize("cls", [SNNTransformer, SNNClassifier, SNNRegressor])
def test_a_copy_of_a_stream_goes_on_by_itself(cls, again):
    X = trains(60)
    network = cls((7, 5), recurrent=True, delays=(0, 3), rule=None, random_state=0).fit(X, Y)
    stream = network.stream()
    stream.step(X[0, :, :20])
    network.weights_[0] = -network.weights_[0]
    other = again(stream)
    state, rest = stream.state, other.step(X[0, :, 20:])
    np.testing.assert_array_equal(stream.state, state)
    np.testing.assert_array_equal(stream.step(X[0, :, 20:]), rest)
    assert rest.any()
    assert cls is SNNTransformer or other.predict() == stream.predict()


@pytest.mark.small
@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.full(N_CHANNELS, 2, np.uint8), ["0 and 1", "2"]),
        (np.arange(N_CHANNELS) / 7, ["0 and 1"]),
        (np.zeros(N_CHANNELS - 1, np.uint8), [f"({N_CHANNELS},)", f"({N_CHANNELS - 1},)"]),
        (np.zeros((N_CHANNELS, 0), np.uint8), ["n_steps"]),
        (np.zeros((1, N_CHANNELS, 3), np.uint8), [f"({N_CHANNELS}, n_steps)"]),
    ],
    ids=["two", "analog", "channels", "no steps", "batch"],
)
def test_a_bad_step_is_refused_and_changes_nothing(x, words):
    X = trains(50)
    stream = SNNTransformer(7, rule=None, random_state=0).fit(X).stream()
    stream.step(X[0])
    before = stream.state
    with pytest.raises(ValueError) as raised:
        stream.step(x)
    assert all(word in str(raised.value) for word in words), str(raised.value)
    np.testing.assert_array_equal(stream.state, before)


@pytest.mark.small
def test_a_state_that_no_stream_can_have_is_refused():
    X = trains(50)
    stream = SNNClassifier((7, 4), delays=(0, 3), rule=None, random_state=0).fit(X, Y).stream()
    before = stream.state
    for value in (0.5, 1e300):
        with pytest.raises(ValueError, match="do not fit arrays of float32, int64, uint8"):
            stream.state = [*before[:-1], value]
    for state in (before[1:], np.nan * before):
        with pytest.raises(ValueError, match=f"{len(before)} finite numbers"):
            stream.state = state
    np.testing.assert_array_equal(stream.state, before)


@pytest.mark.small
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -1e30])
def test_currents_beyond_float32_are_refused(value):
    stream = SNNTransformer(7, standardize=False, rule=None, n_steps=5, random_state=0).fit(
        np.random.default_rng(0).normal(size=(6, 4))).stream()
    with pytest.raises(ValueError, match="finite currents"):
        stream.step([0.0, 1.0, value, 0.0])


def test_a_rule_that_runs_in_a_way_of_its_own_says_that_it_cannot_stream():
    network = SNNTransformer(6, rule="stdp", max_iter=1, random_state=0).fit(trains(30))
    with pytest.raises(ValueError, match="STDP cannot stream, because it overrides `run`"):
        network.stream()


def test_a_network_that_is_not_fitted_says_so():
    with pytest.raises(NotFittedError):
        SNNTransformer().stream()
    with pytest.raises(NotFittedError):
        stream_of(make_pipeline(SpikeEncoder(), SNNClassifier()))


@pytest.mark.parametrize("model", [
    SNNTransformer(4, rule=None), SNNClassifier(4, rule=None), SNNClassifier(4, rule="tempotron"),
    SNNClassifier(4, rule="stdp"), SNNRegressor(4, rule=None)], ids=repr)
def test_a_network_of_spikes_refuses_other_values_as_its_stream(model):
    X, y = trains(50).astype(float), np.arange(len(trains(50))) % 2
    model = model.set_params(random_state=0, max_iter=1).fit(X, y)
    method = getattr(model, "predict", getattr(model, "transform", None))
    np.testing.assert_array_equal(method(X), method(X.astype(bool)))
    with pytest.raises(ValueError, match="was fitted on spikes, 0 and 1.* has the value 2.5"):
        method(2.5 * X)


@pytest.mark.small
@pytest.mark.parametrize(("model", "methods"), [
    (SpikeEncoder(), []), (SNNTransformer(4, rule=None), []),
    (SNNRegressor(4, rule=None), ["adapt", "predict"]),
    (SNNClassifier(4, rule=None), ["adapt", "decision_function", "predict", "predict_proba"]),
    (SpikeTrainClassifier("rate"), ["decision_function", "predict", "predict_proba"])], ids=repr)
def test_a_stream_has_the_methods_of_its_estimator(model, methods):
    X = trains(30) if not isinstance(model, SpikeEncoder) else trains(30) + 0.5
    stream = model.fit(X, Y).stream()
    assert isinstance(stream, Stream)
    stream.step(X[0])
    every = "adapt", "decision_function", "predict", "predict_proba"
    assert [name for name in every if hasattr(stream, name)] == methods
    for name in set(methods) - {"adapt"}:
        np.testing.assert_allclose(getattr(stream, name)(), getattr(model, name)(X[:1])[0])
