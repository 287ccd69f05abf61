"""The time loops against a literal simulation, and the forms that inputs take."""

import numpy as np
import pytest
from naive import simulate_lif

from skspike.learning._surrogates import hard_spikes
from skspike.neurons import LIF
from skspike.simulation import FREE, Network, from_currents, from_raster, joined
from skspike.simulation._events import from_graded

LIFS = [
    LIF(),
    LIF(reset="subtract", v_reset=0.2),
    LIF(tau_syn=5.0, tau_mem=(5.0, 50.0)),
    LIF(refractory=3.0, v_reset=-0.5),
    LIF(tau_syn=4.0, refractory=2.0, threshold=(0.5, 1.5)),
]


def network_of(neuron, sizes, dtype=float, seed=0, dt=1.0):
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0.1, 0.5, shape).astype(dtype) for shape in zip(sizes[:-1], sizes[1:], strict=True)]
    return Network(neuron, weights, [neuron.initial(n, np.random.RandomState(seed)) for n in sizes[1:]], dt)


def random_raster(n=3, channels=6, steps=15, p=0.3, seed=0):
    return (np.random.default_rng(seed).random((n, channels, steps)) < p).astype(np.uint8)


@pytest.mark.small
@pytest.mark.parametrize("dt", [1.0, 0.5])
@pytest.mark.parametrize("neuron", LIFS, ids=repr)
def test_network_equals_literal_simulation(neuron, dt):
    raster = random_raster()
    network = network_of(neuron, (6, 5, 19), dt=dt)
    expected, trace = raster, None
    for w, q in zip(network.weights, network.intrinsics, strict=True):
        n = len(q["tau_mem"])
        expected, trace = simulate_lif(neuron, w[: expected.shape[1], :n], q, expected, dt)
    traces = network.forward(from_raster(raster, float))
    assert expected.any() and not expected.all()
    np.testing.assert_array_equal(network.raster(traces[-1].spikes, 19), expected)
    np.testing.assert_array_equal(network.rasters(from_raster(raster, float)), expected)
    np.testing.assert_array_equal(network.counts(from_raster(raster, float)), expected.sum(2))
    np.testing.assert_allclose(network.membrane(traces[-1].tape, 19), trace, rtol=1e-12, atol=1e-12)


@pytest.mark.small
def test_membrane_at_the_threshold_does_not_spike():
    neuron = LIF()
    for weight, spikes in ((1.0, 0), (np.nextafter(np.float32(1), np.float32(2)), 1)):
        network = Network(neuron, [np.full((1, 1), weight, np.float32)], [neuron.initial(1, None)], 1.0)
        assert network.counts(from_raster(np.ones((1, 1, 1), np.uint8)))[0, 0] == spikes


@pytest.mark.small
def test_reset_by_value_is_exact():
    neuron = LIF(v_reset=0.3)
    network = Network(neuron, [np.full((1, 1), 1.7, np.float32)], [neuron.initial(1, None)], 1.0)
    raster = np.array([[[1, 0]]], np.uint8)
    v = network.membrane(network.forward(from_raster(raster))[0].tape, 1)[0, :, 0]
    assert v[1] == np.float32(np.exp(-1 / 20)) * np.float32(0.3)


def test_refractory_time_limits_the_rate():
    neuron = LIF(refractory=4.0)
    network = Network(neuron, [np.full((1, 3), 5.0, np.float32)], [neuron.initial(3, None)], 1.0)
    raster = network.rasters(from_currents(np.ones((1, 1)), 20))
    np.testing.assert_array_equal(np.flatnonzero(raster[0, 0]), [0, 5, 10, 15])


@pytest.mark.parametrize("channels, steps", [(1, 1), (3, 7), (8, 8), (5, 64), (17, 100)])
@pytest.mark.parametrize("p", [0.0, 0.02, 0.5, 1.0])
def test_events_list_the_raster_in_both_orders(channels, steps, p):
    raster = random_raster(4, channels, steps, p)
    events = from_raster(raster).with_channels()
    n = channels
    by_channel = [events.by_channel.idx[a:b] for a, b in zip(events.by_channel.ptr[:-1], events.by_channel.ptr[1:], strict=True)]
    by_step = [events.by_step.idx[a:b] for a, b in zip(events.by_step.ptr[:-1], events.by_step.ptr[1:], strict=True)]
    for b in range(4):
        for c in range(channels):
            np.testing.assert_array_equal(by_channel[b * n + c], np.flatnonzero(raster[b, c]))
        for t in range(steps):
            np.testing.assert_array_equal(by_step[b * (steps + 1) + t], np.flatnonzero(raster[b, :, t]))
        assert len(by_step[b * (steps + 1) + steps]) == 0


@pytest.fixture
def mixed():
    """A raster of which every other sample is dense."""
    rng = np.random.default_rng(0)
    return (rng.random((6, 40, 23)) < np.array([0.1, 0.6] * 3)[:, None, None]).astype(np.uint8)


@pytest.mark.small
def test_dense_samples_become_lists_again(mixed):
    events = from_raster(mixed).take([4, 3, 1])
    assert list(events.place[events.rows] >= 0) == [False, True, True]
    for ours, expected in zip(events.listed().by_step, from_raster(mixed[[4, 3, 1]], densest=1.0).by_step, strict=True):
        np.testing.assert_array_equal(ours, expected)
    np.testing.assert_array_equal(events.activity(), mixed[[4, 3, 1]].sum(axis=2))


def test_dense_samples_give_the_same_spikes_and_gradients_as_lists(mixed):
    network = network_of(LIF(), (40, 7, 19))
    dense, lists = from_raster(mixed, float), from_raster(mixed, float, densest=1.0)
    assert len(dense.dense) == 3 and len(lists.dense) == 0
    np.testing.assert_array_equal(network.rasters(dense), network.rasters(lists))
    smooth = network.with_spikes(hard_spikes("fast_sigmoid", 5.0))
    ds = np.random.default_rng(1).normal(size=(6, 23, 19))
    (ours, values), (expected, of_lists) = (smooth.backward(smooth.forward(events), ds) for events in (dense, lists))
    for a, b in zip(ours, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(values[0]["tau_mem"], of_lists[0]["tau_mem"], rtol=1e-9)


def test_dense_samples_do_not_depend_on_their_batch(mixed):
    rng = np.random.default_rng(0)
    w = rng.normal(size=(40, 33)).astype(np.float32)
    network = Network(LIF(), [w], [LIF().initial(33, None)], 1.0)
    together = network.rasters(from_raster(mixed))
    assert together[1].any()
    for b in range(6):
        np.testing.assert_array_equal(network.rasters(from_raster(mixed[b : b + 1]))[0], together[b])


def test_graded_events_of_a_raster_give_the_same_currents():
    raster = random_raster()
    network = network_of(LIF(), (6, 5))
    np.testing.assert_array_equal(network.rasters(from_graded(raster.astype(float))), network.rasters(from_raster(raster, float)))


def test_currents_act_at_every_step():
    X = np.random.default_rng(0).normal(size=(3, 6))
    network = network_of(LIF(), (6, 5))
    free = Network(LIF(), network.weights, network.intrinsics, 1.0, FREE)
    v = free.membrane(free.forward(from_currents(X, 30))[0].tape, 5)
    a = np.exp(-1 / 20)
    expected = (X @ network.weights[0])[:, None, :5] * ((1 - a ** np.arange(1, 31)) / (1 - a))[:, None]
    np.testing.assert_allclose(v, expected, rtol=1e-10)


def test_rows_of_extracted_events_can_be_chosen():
    raster = random_raster(6)
    network = network_of(LIF(), (6, 5))
    rows = np.array([4, 1, 1])
    np.testing.assert_array_equal(network.rasters(from_raster(raster, float).take(rows)), network.rasters(from_raster(raster[rows], float)))


def test_events_joined_from_parts_are_those_of_the_whole(mixed):
    whole, parts = from_raster(mixed).with_channels(), joined([from_raster(mixed[:2]), from_raster(mixed[2:5]), from_raster(mixed[5:])])
    for lists, expected in ((parts.by_step, whole.by_step), (parts.by_channel, whole.by_channel)):
        for ours, one in zip(lists, expected, strict=True):
            np.testing.assert_array_equal(ours, one)
            assert ours.dtype == one.dtype
    np.testing.assert_array_equal(parts.place, whole.place)
    np.testing.assert_array_equal(parts.dense, whole.dense)
    assert parts.n_channels == whole.n_channels and parts.n_steps == whole.n_steps
