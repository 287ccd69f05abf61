"""Currents that change in time, with spikes as a special case."""

import numpy as np
import pytest

from skspike import LZCClassifier, SNNClassifier, SNNRegressor, SNNTransformer
from skspike.inspection import synaptic_operations
from skspike.learning import RULES, SurrogateGradient, smooth_spikes
from skspike.neurons import LIF
from skspike.simulation import Layer, Network, from_raster, from_series
from skspike.testing._kernels import central

N_CHANNELS = 40  # enough for dense steps
P = np.where(np.arange(75) % 4, 0.08, 0.7)
SPIKES = (np.random.default_rng(0).random((6, N_CHANNELS, 75)) < P).astype(np.uint8)
SERIES = np.random.default_rng(1).normal(size=(6, N_CHANNELS, 75)).astype(np.float32)
SERIES[:, :, ::5] = SPIKES[:, :, ::5]  # every fifth step has spikes, and some are full
Y = np.arange(6) % 3


@pytest.mark.small
def test_spikes_as_numbers_are_spikes():
    events, expected = from_series(SPIKES.astype(np.float32)), from_raster(SPIKES)
    assert events.dense and expected.dense
    for ours, theirs in zip(events.by_step[:2], expected.by_step[:2], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(from_series(SERIES).raster(), SERIES)
    assert from_series(SERIES).dense


@pytest.mark.small
def test_a_step_of_currents_is_dense_from_the_same_number_of_spikes_as_in_a_raster():
    steps = (np.arange(N_CHANNELS)[:, None] < np.arange(N_CHANNELS + 1)).astype(np.uint8)[None]
    events, expected = from_series(steps.astype(np.float32)), from_raster(steps)
    for ours, theirs in zip(events.by_step[:2], expected.by_step[:2], strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.small
def test_one_number_that_is_no_spike_keeps_a_step_from_being_full():
    series = np.ones((1, N_CHANNELS, 3), np.float32)
    series[0, 5, 1], series[0, 5, 2] = 2.0, 0.0
    events = from_series(series)
    # 10 patterns, 40 currents, 10 patterns and no constant current
    assert np.diff(events.by_step.ptr).tolist() == [10, N_CHANNELS, 10, 0]
    np.testing.assert_array_equal(events.raster(), series)


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


@pytest.mark.parametrize("recurrent", [False, True], ids=["feed-forward", "recurrent"])
def test_a_row_of_spikes_is_the_same_among_currents(recurrent):
    network = SNNTransformer(
        (9, 5), recurrent=recurrent, standardize=False, rule=None, random_state=0).fit(SERIES)
    mixed = np.concatenate([SERIES[:2], SPIKES, SERIES[2:]])
    raster = network.transform(mixed)
    np.testing.assert_array_equal(raster[2:8], network.transform(SPIKES))
    for b in (0, 3, 9):
        np.testing.assert_array_equal(network.transform(mixed[b : b + 1])[0], raster[b])


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


@pytest.mark.parametrize("rule", [None, *RULES])
def test_every_rule_learns_from_currents(rule):
    X = np.concatenate([SERIES, np.abs(SERIES[::-1])])
    model = SNNClassifier(6, rule=rule, max_iter=2, random_state=0).fit(X, np.arange(12) % 2)
    assert np.isfinite(model.predict_proba(X)).all() and model.takes_currents_


@pytest.mark.parametrize(
    "options", [{"rule": SurrogateGradient(dropout=0.3)}, {"delays": (0, 5)}, {"n_jobs": 2}],
    ids=str)
def test_options_take_currents(options):
    model = SNNRegressor(6, max_iter=2, random_state=0, **options).fit(SERIES, Y)
    assert np.isfinite(model.predict(SERIES)).all()


def test_currents_are_multiplied_where_they_are_not_zero():
    network = SNNTransformer(9, standardize=False, rule=None, random_state=0).fit(SERIES)
    operations = synaptic_operations(network, SERIES)
    assert operations.macs == pytest.approx(
        np.count_nonzero(SERIES) * 9 / 6) and operations.acs == 0


def test_estimators_of_spike_trains_accept_spikes_only():
    with pytest.raises(ValueError, match="expects spikes, 0 and 1 only"):
        LZCClassifier().fit(SERIES, Y)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_what_float32_cannot_hold_is_refused(value):
    X = SERIES.astype(float)
    X[0, 0, 3] = value
    with pytest.raises(ValueError):
        SNNTransformer(5, standardize=False, rule=None).fit(X)


@pytest.mark.small
def test_full_steps_have_the_gradients_that_they_would_have_as_lists(rng):
    series = SPIKES[:2, :, :9].astype(float)
    series[:, :, 4] = rng.normal(size=(2, N_CHANNELS))
    layer = Layer(rng.normal(0.02, 0.2, (N_CHANNELS, 3)), LIF().initial(3, None))
    network = Network(LIF(), [layer], 1.0, smooth_spikes("sigmoid", 3.0))
    direction = rng.normal(size=(2, 9, 3))
    full, lists = from_series(series), from_series(series, dense_share=1.0)
    assert full.dense and not lists.dense
    (ours,), (theirs,) = (
        network.backward(network.forward(events), direction) for events in (full, lists))
    np.testing.assert_allclose(ours.weights, theirs.weights, rtol=1e-9, atol=1e-12)
    for name, grads in ours.intrinsics.items():
        np.testing.assert_allclose(grads, theirs.intrinsics[name], rtol=1e-9)
