"""Recurrent layers against a step-by-step simulation in numpy and a feed-forward layer."""

import numpy as np
import pytest

from skspike.learning import hard_spikes
from skspike.neurons import LIF
from skspike.simulation import WIDTH, Layer, Network, from_currents, from_raster

SIZES = (40, WIDTH + 6, 19)


def network_of(share, neuron=None, dtype=np.float32, seed=0):
    """Return a network of two layers. `share` scales the recurrent weights, None has none."""
    rng, neuron = np.random.default_rng(seed), neuron or LIF()
    layers = []
    for shape in zip(SIZES[:-1], SIZES[1:], strict=True):
        weights = rng.normal(0.05, 0.3, shape).astype(dtype)
        recurrent = rng.normal(0, 1, (shape[1],) * 2)
        intrinsics = neuron.initial(shape[1], np.random.RandomState(seed))
        layers.append(
            Layer(
                weights, intrinsics, None if share is None else (share * recurrent).astype(dtype)))
    return Network(neuron, layers, 1.0)


def literal(network, raster):
    """Return the spikes of LIF neurons, simulated step by step."""
    spikes, decay = raster.astype(float), np.exp(-1 / 20)
    for layer in network.layers:
        v = before = np.zeros((len(spikes), layer.size))
        steps = []
        for t in range(spikes.shape[2]):
            v = decay * v + spikes[:, :, t] @ layer.weights + before @ layer.recurrent
            before = (v > 1).astype(float)
            v = np.where(before > 0, 0, v)
            steps.append(before)
        spikes = np.stack(steps, axis=2)
    return spikes


@pytest.fixture
def mixed():
    """Return a raster in which every other step is dense."""
    p = np.where(np.arange(40) % 2, 0.6, 0.1)
    return (np.random.default_rng(0).random((5, 40, 40)) < p).astype(np.uint8)


@pytest.mark.small
def test_recurrent_layers_equal_a_literal_simulation(mixed):
    network = network_of(0.2, dtype=float)
    expected = literal(network, mixed)
    assert 0.05 < expected.mean() < 0.95 and not np.array_equal(
        expected, literal(network_of(0.0, dtype=float), mixed))
    traces = network.forward(from_raster(mixed, float))
    np.testing.assert_array_equal(network.rasters(from_raster(mixed, float)), expected)
    np.testing.assert_array_equal(traces[-1].spikes, expected)
    np.testing.assert_array_equal(traces[-1].counts[:, 0], expected.sum(axis=2))


@pytest.mark.small
@pytest.mark.parametrize("kind", ["raster", "currents"])
def test_recurrent_weights_of_zero_make_a_feed_forward_layer_bit_for_bit(mixed, kind):
    events = from_raster(mixed[:2]) if kind == "raster" else from_currents(
        mixed[:2].mean(axis=2).astype(np.float32), 40)
    zero, none = network_of(0.0), network_of(None)
    np.testing.assert_array_equal(zero.rasters(events), none.rasters(events))
    ds = np.random.default_rng(1).normal(size=(2, 40, 19)).astype(np.float32)
    learning = [network.with_spikes(hard_spikes("fast_sigmoid", 5.0)) for network in (zero, none)]
    for ours, expected in zip(
            *(network.backward(network.forward(events), ds) for network in learning), strict=True):
        np.testing.assert_allclose(ours.weights, expected.weights, rtol=1e-5, atol=1e-5)
        for name, values in expected.intrinsics.items():
            np.testing.assert_allclose(ours.intrinsics[name], values, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("n_samples", [2, 3, 4, 5])
def test_the_gradient_of_a_batch_is_the_sum_over_its_samples(mixed, n_samples):
    network = network_of(0.2, dtype=float).with_spikes(hard_spikes("fast_sigmoid", 5.0))
    ds = np.random.default_rng(1).normal(size=(n_samples, 40, 19))

    def gradient(rows):
        events = from_raster(mixed[rows], float)
        return network.backward(network.forward(events), ds[rows])

    singles = [gradient([row]) for row in range(n_samples)]
    for number, layer in enumerate(gradient(list(range(n_samples)))):
        parts = [single[number] for single in singles]
        for found, values in (
                (layer.weights, [part.weights for part in parts]),
                (layer.recurrent, [part.recurrent for part in parts]),
                (layer.intrinsics["tau_mem"], [part.intrinsics["tau_mem"] for part in parts])):
            assert np.abs(found).max() > 1e-3
            np.testing.assert_allclose(found, np.sum(values, axis=0), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "neuron", [LIF(refractory=3.0), LIF(tau_syn=5.0, reset="subtract")], ids=repr)
def test_the_spikes_of_a_sample_do_not_depend_on_its_batch(mixed, neuron):
    network = network_of(0.2, neuron)
    together = network.rasters(from_raster(mixed))
    assert together.any()
    for b, row in enumerate(mixed):
        np.testing.assert_array_equal(network.rasters(from_raster(row[None]))[0], together[b])


def test_recurrent_spikes_arrive_one_step_later():
    neuron = LIF(tau_mem=1.5)
    weights, recurrent = np.zeros((1, 3), np.float32), np.zeros((3, 3), np.float32)
    weights[0, 0], recurrent[0, 1], recurrent[1, 2] = 2.0, 2.0, 2.0
    network = Network(neuron, [Layer(weights, neuron.initial(3, None), recurrent)], 1.0)
    raster = network.rasters(from_raster(np.eye(1, 6, dtype=np.uint8)[None]))
    np.testing.assert_array_equal(raster[0], np.eye(3, 6))
