"""Biases of neurons: constant currents that surrogate gradients learn."""

import numpy as np
import pytest

from skspike import SNNClassifier
from skspike.datasets import make_poisson
from skspike.learning import RULES, SurrogateGradient, smooth_spikes
from skspike.neurons import LIF
from skspike.simulation import Layer, Network, Stepper, from_raster

X, Y = make_poisson(40, 8, 40, rates=(20, 120), random_state=0)
OWN = {"hidden_layer_sizes": (6, 5), "max_iter": 3, "random_state": 0}


@pytest.mark.small
def test_a_neuron_with_a_bias_spikes_without_input():
    bias = np.array([0.0, 0.06, 0.3], np.float32)
    layer = Layer(np.zeros((1, 3), np.float32), LIF().initial(3, None), bias=bias)
    network = Network(LIF(), [layer], 1.0)
    v, expected = np.zeros(3, np.float32), np.zeros((3, 60), np.uint8)
    for t in range(60):
        v = np.float32(np.exp(-1 / 20.0)) * v + bias
        expected[:, t] = v > 1
        v = np.where(v > 1, np.float32(0), v)
    silence = np.zeros((1, 1, 60), np.uint8)
    np.testing.assert_array_equal(network.rasters(from_raster(silence))[0], expected)
    assert expected.sum(axis=1).tolist() == [0, 1, 15]
    network.update([layer._replace(bias=None)])
    assert not network.rasters(from_raster(silence)).any()
    network.update([layer])
    # step by step too
    stepper = Stepper(network)
    steps = [stepper.step(silence[0, :, t]).copy() for t in range(60)]
    np.testing.assert_array_equal(np.stack(steps, axis=1), expected)


@pytest.mark.small
@pytest.mark.parametrize(
    ("neuron", "recurrent"), [(LIF(tau_syn=5.0), True)], ids=str)
def test_a_bias_is_the_weight_of_a_channel_that_always_spikes(neuron, recurrent, rng):
    weights, bias = rng.normal(0.2, 0.6, (5, 4)), rng.normal(0.0, 0.3, 4)
    values = neuron.initial(4, np.random.RandomState(0))
    across = rng.normal(0, 0.4, (4, 4)) if recurrent else None
    raster = (rng.random((3, 5, 12)) < 0.4).astype(np.uint8)
    always = np.concatenate([raster, np.ones((3, 1, 12), np.uint8)], axis=1)
    spikes, direction = smooth_spikes("sigmoid", 3.0), rng.normal(size=(3, 12, 4))
    found = []
    for events, layer in (
            (raster, Layer(weights, values, across, bias)),
            (always, Layer(np.vstack([weights, bias]), values, across))):
        network = Network(neuron, [layer], 1.0, spikes)
        traces = network.forward(from_raster(events, float))
        (gradient,) = network.backward(traces, direction)
        joined = gradient.weights if gradient.bias is None else np.vstack(
            [gradient.weights, gradient.bias])
        dthreshold = gradient.intrinsics["threshold"]
        found.append((traces[0].spikes, joined, gradient.recurrent, dthreshold))
    for one, other in zip(*found, strict=True):
        if one is not None:
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_surrogate_gradients_alone_learn_a_bias():
    model = SNNClassifier(**OWN).fit(X, Y)
    assert [bias.shape for bias in model.biases_] == [(6,), (5,)]
    assert all(bias.all() and bias.dtype == np.float32 for bias in model.biases_)
    without = SNNClassifier(**OWN, rule=SurrogateGradient(bias=False)).fit(X, Y)
    assert without.biases_ == [None, None]
    assert not np.array_equal(without.weights_[0], model.weights_[0])
    for rule in (*RULES, None):
        if rule != "surrogate":
            other = SNNClassifier(6, rule=rule, max_iter=1, random_state=0).fit(X, Y)
            assert other.biases_ == [None]


def test_a_warm_start_begins_with_no_current_and_keeps_what_it_does_not_learn():
    model = SNNClassifier(**OWN, rule=SurrogateGradient(bias=False), warm_start=True).fit(X, Y)
    before = model.predict_proba(X)
    model.set_params(rule__bias=True, learning_rate=1e-12, rule__intrinsic_learning_rate=1e-12)
    model.fit(X, Y)
    np.testing.assert_allclose(model.predict_proba(X), before, atol=1e-6)
    learned = [bias.copy() for bias in model.set_params(learning_rate=None).fit(X, Y).biases_]
    model.set_params(rule__bias=False).fit(X, Y)
    for kept, bias in zip(learned, model.biases_, strict=True):
        np.testing.assert_array_equal(kept, bias)
