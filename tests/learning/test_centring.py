"""Centred input of the first layer: its moments, and parameters that move with it."""

import tracemalloc

import numpy as np
import pytest

from skspike import Convolution, SNNClassifier
from skspike._base import collected
from skspike._networks._settings import settings_of
from skspike._networks._training_samples import Inputs
from skspike.learning import Centring, SurrogateGradient, _centred_input

pytestmark = pytest.mark.small
RASTER = (np.random.default_rng(0).random((40, 12, 30)) < np.linspace(0, 0.7, 12)[:, None]).astype(
    np.uint8)
WEIGHT = np.linspace(0, 3, 40)  # of a mean other than 1


def centring_of(X, weight=None, **parameters):
    """Return the centring of all samples for the first layer of a network."""
    inputs = Inputs(X, settings_of(SNNClassifier(**parameters), X))
    return Centring.of(inputs, np.arange(len(X)), weight, inputs.layouts[0])


def power_of_2(scale):
    return 2 ** np.round(np.log2(np.maximum(scale, 0.2)))


@pytest.mark.parametrize("weight", [None, WEIGHT, np.zeros(40)], ids=["none", "some", "zero"])
def test_mean_and_scale_are_those_of_the_weighted_samples(weight):
    found = centring_of(RASTER, weight)
    given = weight if weight is not None and weight.any() else None
    mean = np.average(RASTER.mean(axis=2), axis=0, weights=given)
    np.testing.assert_allclose(found.mean, mean, rtol=1e-12)
    np.testing.assert_array_equal(found.scale, power_of_2(np.sqrt(mean * (1 - mean))))


def test_delayed_channels_have_their_own_mean():
    late = np.pad(RASTER, ((0, 0), (0, 0), (7, 0)))[:, :, :-7]
    found = centring_of(RASTER, delays=(0, 7))
    np.testing.assert_allclose(
        found.mean, np.concatenate([RASTER, late], axis=1).mean(axis=(0, 2)), rtol=1e-12)


def test_samples_of_unequal_length_count_by_their_steps():
    samples = [x[:, : 10 + k % 20] for k, x in enumerate(RASTER)]
    found = centring_of(collected(samples, "test"))
    np.testing.assert_allclose(
        found.mean, np.concatenate(samples, axis=1).mean(axis=1), rtol=1e-12)


def test_signed_spikes_have_the_mean_of_their_values():
    signed = RASTER.astype(np.float32) - RASTER[::-1]
    network = SNNClassifier(encoder=None)
    inputs = Inputs(signed, settings_of(network, signed))
    found = Centring.of(inputs, np.arange(40), None, inputs.layouts[0])
    np.testing.assert_allclose(found.mean, signed.mean(axis=(0, 2)), atol=1e-7)
    np.testing.assert_array_equal(found.scale, power_of_2(signed.std(axis=(0, 2))))


def test_positions_of_a_channel_share_their_mean():
    found = centring_of(
        RASTER, hidden_layer_sizes=(Convolution(4, size=2, image_shape=(3, 2, 2)), 3))
    np.testing.assert_allclose(
        found.mean, RASTER.reshape(40, 3, 4, 30).mean(axis=(0, 2, 3)), rtol=1e-12)


@pytest.mark.parametrize("shape", [(12, 5), (3, 3, 12, 5)], ids=str)
def test_currents_are_those_of_centred_input(shape, rng):
    centring = centring_of(RASTER)
    weights, bias = rng.normal(size=shape), rng.normal(size=5)
    W, b = centring.applied(weights, bias)
    x = rng.random((*shape[:-1], 9))  # at each row of the weights
    mean, scale = centring.mean[:, None], centring.scale[:, None]
    axes = tuple(range(len(shape) - 1))
    np.testing.assert_allclose(
        np.tensordot(x, W, (axes, axes)) + b,
        np.tensordot((x - mean) / scale, weights, (axes, axes)) + bias, rtol=1e-10)
    for found, expected in zip(centring.undone(W, b), (weights, bias), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_float32_layer_comes_back_exactly(rng):
    centring = centring_of(RASTER)
    weights, bias = rng.normal(size=(12, 5)).astype(np.float32), rng.normal(size=5)
    W, b = centring.applied(weights, bias)
    for _ in range(3):
        V, c = centring.undone(W, b)
        for found, expected in zip(centring.applied(V, c), (W, b), strict=True):
            np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(V, weights)


@pytest.mark.compiled
@pytest.mark.parametrize(("rule", "centred"), [
    ("surrogate", True), (SurrogateGradient(bias=False), False), ("stdp", False)])
def test_only_a_learned_bias_can_centre(rule, centred):
    network = SNNClassifier(4, rule=rule, max_iter=1, random_state=0)
    network.fit(RASTER, np.arange(40) % 2)
    assert (network._centring is not None) == centred


@pytest.mark.compiled
def test_a_table_and_currents_are_not_centred():
    for X in (RASTER.sum(axis=2).astype(float), RASTER + 0.5):
        network = SNNClassifier(4, max_iter=1, random_state=0).fit(X, np.arange(40) % 2)
        assert network._centring is None


@pytest.mark.compiled
def test_long_trains_are_centred_with_little_memory(rng, monkeypatch):
    X = (rng.random((32, 64, 2000), np.float32) < 0.05).astype(np.uint8)  # 4 MB
    weight = rng.random(32)
    inputs = Inputs(X, settings_of(SNNClassifier(), X))
    rows, layout = np.arange(32), inputs.layouts[0]
    tracemalloc.start()
    found = Centring.of(inputs, rows, weight, layout)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 15e6
    monkeypatch.setattr(_centred_input, "ENTRIES", X.size)  # all rows at a time
    for some, all_rows in zip(found, Centring.of(inputs, rows, weight, layout), strict=True):
        np.testing.assert_array_equal(some, all_rows)
