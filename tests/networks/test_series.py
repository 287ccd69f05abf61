"""Currents that change in time, with spikes as a special case."""

import numpy as np
import pytest

from skspike import SNNTransformer
from skspike.learning import smooth_spikes
from skspike.neurons import LIF
from skspike.simulation import Layer, Network, from_raster, from_series
from skspike.testing._kernels import central

N_CHANNELS = 40  # enough for dense steps
P = np.where(np.arange(75) % 4, 0.08, 0.7)
SPIKES = (np.random.default_rng(0).random((6, N_CHANNELS, 75)) < P).astype(np.uint8)
SERIES = np.random.default_rng(1).normal(size=(6, N_CHANNELS, 75)).astype(np.float32)
SERIES[:, :, ::5] = SPIKES[:, :, ::5]  # every fifth step has spikes, and some are full


@pytest.mark.small
def test_spikes_as_numbers_are_spikes():
    events, expected = from_series(SPIKES.astype(np.float32)), from_raster(SPIKES)
    assert events.dense and expected.dense
    for ours, theirs in zip(events.by_step[:2], expected.by_step[:2], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(from_series(SERIES).raster(), SERIES)
    assert from_series(SERIES).dense


@pytest.mark.small
def test_a_network_adds_currents_as_they_come():
    network = SNNTransformer(9, standardize=False, rule=None, random_state=0).fit(SERIES)
    v, decay, expected = np.zeros((6, 9)), np.float32(np.exp(-1 / 20)), []
    for t in range(75):
        v = decay * v + SERIES[:, :, t].astype(float) @ network.weights_[0].astype(float)
        expected.append(v > 1)
        v[v > 1] = 0
    assert 0.02 < np.mean(expected) < 0.9
    np.testing.assert_array_equal(network.transform(SERIES), np.transpose(expected, (1, 2, 0)))


@pytest.mark.small
def test_currents_stream():
    network = SNNTransformer(
        (9, 5), recurrent=True, delays=(0, 4), rule=None, random_state=0).fit(SERIES)
    stream = network.stream()
    np.testing.assert_array_equal(
        np.transpose([stream.step(x) for x in SERIES[3].T]), network.transform(SERIES[3:4])[0])
    with pytest.raises(ValueError, match="finite currents"):
        stream.step(np.full(N_CHANNELS, np.nan))


@pytest.mark.parametrize("recurrent", [False, True], ids=["feed-forward", "recurrent"])
def test_gradients_of_currents_equal_central_differences(recurrent):
    rng, neuron = np.random.default_rng(2), LIF()
    across = rng.normal(0, 0.3, (4, 4)) if recurrent else None
    layer = Layer(
        rng.normal(0, 0.3, (N_CHANNELS, 4)), neuron.initial(4, np.random.RandomState(0)), across)
    network = Network(neuron, [layer], 1.0, smooth_spikes("sigmoid", 3.0))
    events, direction = from_series(SERIES[:2].astype(float)), rng.normal(size=(2, 75, 4))

    def loss():
        network.update([layer])
        return (network.forward(events)[-1].spikes.transpose(0, 2, 1) * direction).sum()

    found = network.backward(network.forward(events), direction)[0]
    expected = central(loss, layer.weights)
    np.testing.assert_allclose(found.weights, expected, rtol=1e-6, atol=1e-6 * abs(expected).max())


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_what_float32_cannot_hold_is_refused(value):
    X = SERIES.astype(float)
    X[0, 0, 3] = value
    with pytest.raises(ValueError):
        SNNTransformer(5, standardize=False, rule=None).fit(X)
