"""Time loops against a step-by-step simulation in numpy, and lists of events."""

import itertools
from types import SimpleNamespace

import numba
import numpy as np
import pytest
from naive import simulate_lif

from skspike.learning import hard_spikes
from skspike.neurons import LIF
from skspike.simulation import (
    HARD, NO_SPIKES, WIDTH, Layer, Network, Trace, Windows, _network, chunks, delayed,
    delayed_events, delayed_spikes, from_currents, from_raster, from_series, groups, joined)
from skspike.simulation._events import Lists, PackedLists
from skspike.simulation._neuron_kernels import add, plus, put, take, times, zero_vjp

LIFS = [
    LIF(),
    LIF(reset="subtract", v_reset=0.2),
    LIF(tau_syn=5.0, tau_mem=(5.0, 50.0)),
    LIF(refractory=3.0, v_reset=-0.5),
    LIF(tau_syn=4.0, refractory=2.0, threshold=(0.5, 1.5)),
]


def network_of(neuron, sizes, dtype=float, seed=0, dt=1.0):
    rng = np.random.default_rng(seed)
    weights = [
        rng.normal(0.1, 0.5, shape).astype(dtype)
        for shape in zip(sizes[:-1], sizes[1:], strict=True)]
    layers = [Layer(w, neuron.initial(w.shape[1], np.random.RandomState(seed))) for w in weights]
    return Network(neuron, layers, dt)


def one_layer(neuron, weights, spikes=HARD):
    return Network(neuron, [Layer(weights, neuron.initial(weights.shape[1], None))], 1.0, spikes)


def membrane(traces, size):
    """Return membrane potentials before the reset, (n_samples, n_steps, n_neurons)."""
    tape = traces[-1].tape
    return tape[..., :WIDTH].transpose(1, 2, 0, 3).reshape(*tape.shape[1:3], -1)[..., :size]


def random_raster(n=3, channels=6, steps=15, p=0.3, seed=0):
    return (np.random.default_rng(seed).random((n, channels, steps)) < p).astype(np.uint8)


@pytest.mark.small
# spikes are stored in words of 32 steps
@pytest.mark.parametrize(("n_steps", "dt"), [(15, 1.0), (64, 1.0), (75, 0.5)])
@pytest.mark.parametrize("neuron", LIFS, ids=repr)
def test_network_equals_literal_simulation(neuron, n_steps, dt):
    raster = random_raster(steps=n_steps)
    network = network_of(neuron, (6, 5, 19), dt=dt)
    expected, trace = raster, None
    for weights, values, *_ in network.layers:
        expected, trace = simulate_lif(neuron, weights, values, expected, dt)
    traces = network.forward(from_raster(raster, float))
    assert expected.any() and not expected.all()
    np.testing.assert_array_equal(traces[-1].counts[:, 0], expected.sum(2))
    np.testing.assert_array_equal(network.rasters(from_raster(raster, float)), expected)
    np.testing.assert_array_equal(network.counts(from_raster(raster, float)), expected.sum(2))
    np.testing.assert_allclose(membrane(traces, 19), trace, rtol=1e-12, atol=1e-12)


@pytest.mark.small
def test_membrane_at_the_threshold_does_not_spike():
    neuron = LIF()
    for weight, spikes in ((1.0, 0), (np.nextafter(np.float32(1), np.float32(2)), 1)):
        network = one_layer(neuron, np.full((1, 1), weight, np.float32))
        assert network.counts(from_raster(np.ones((1, 1, 1), np.uint8)))[0, 0] == spikes


@pytest.mark.small
def test_reset_by_value_is_exact():
    neuron = LIF(v_reset=0.3)
    network = one_layer(neuron, np.full((1, 1), 1.7, np.float32))
    raster = np.array([[[1, 0]]], np.uint8)
    v = membrane(network.forward(from_raster(raster)), 1)[0, :, 0]
    assert v[1] == np.float32(np.exp(-1 / 20)) * np.float32(0.3)


def test_refractory_time_limits_the_rate():
    neuron = LIF(refractory=4.0)
    network = one_layer(neuron, np.full((1, 3), 5.0, np.float32))
    raster = network.rasters(from_currents(np.ones((1, 1)), 20))
    np.testing.assert_array_equal(np.flatnonzero(raster[0, 0]), [0, 5, 10, 15])
    margins = network.margins(from_currents(np.ones((1, 1)), 20))[0, :, 0]
    # in the refractory time the margin is -1, independent of the membrane
    np.testing.assert_array_equal(margins, np.where(raster[0, 0], 4.0, -1.0))


def lists_of(lists):
    ptr, idx, _ = lists  # indices, or codes of packed lists
    return [idx[start:stop].tolist() for start, stop in itertools.pairwise(ptr)]


def patterns_of(active, n_rows):
    """Return the numbers of the patterns in a row of flags."""
    fours = np.pad(active, (0, -len(active) % 4)).reshape(-1, 4) @ [1, 2, 4, 8]
    return [n_rows + 15 * i + pattern - 1 for i, pattern in enumerate(fours) if pattern]


@pytest.mark.parametrize(
    "channels, steps",
    [(1, 1), (3, 7), (8, 8), (5, 64), (17, 100), (29, 9), (32, 31), (33, 32), (64, 6), (130, 45)])
@pytest.mark.parametrize("p", [0.0, 0.02, 0.25, 0.5, 1.0])
def test_events_list_the_raster_in_both_orders(channels, steps, p):
    raster = random_raster(4, channels, steps, p)
    events = from_raster(raster).with_channels()
    by_step, by_channel = lists_of(events.by_step), lists_of(events.by_channel)
    dense = (raster.sum(axis=1) > channels // 4) & (channels >= 32)
    busy = (raster.sum(axis=2) > steps // 4) & (steps >= 32)
    busy &= busy.sum(axis=1, keepdims=True) >= 16
    assert events.dense == dense.any()
    for b in range(4):
        for c in range(channels):
            active = raster[b, c]
            assert by_channel[b * channels + c] == (
                patterns_of(active, steps + 1) if busy[b, c] else np.flatnonzero(active).tolist())
        for t in range(steps):
            active = raster[b, :, t]
            assert by_step[b * (steps + 1) + t] == (
                patterns_of(active, channels) if dense[b, t] else np.flatnonzero(active).tolist())
        assert by_step[b * (steps + 1) + steps] == []
    np.testing.assert_array_equal(events.raster(), raster)
    np.testing.assert_array_equal(events.activity(), raster.sum(axis=2))


@pytest.fixture
def mixed():
    """Return a raster in which every other step of every other sample is dense."""
    rng = np.random.default_rng(0)
    p = np.where((np.arange(6) % 2)[:, None] & (np.arange(23) % 2), 0.7, 0.1)
    return (rng.random((6, 40, 23)) < p[:, None, :]).astype(np.uint8)


@pytest.mark.small
@pytest.mark.parametrize("channels", [31, 32, 33, 64, 65, 130, 256])
def test_steps_with_spikes_in_more_than_a_quarter_of_many_channels_are_dense(channels, rng):
    counts = np.array([0, 1, channels // 4, channels // 4 + 1, channels - 1, channels])
    raster = np.array(
        [[rng.permutation(np.arange(channels) < n)] for n in counts], np.uint8).transpose(0, 2, 1)
    lists = lists_of(from_raster(raster.copy()).by_step)[::2]
    dense = (counts > channels // 4) & (channels >= 32)
    for row, n, is_dense in zip(lists, counts, dense, strict=True):
        assert all((index >= channels) == is_dense for index in row)
        assert len(row) <= -(-channels // 4) if is_dense else len(row) == n


@pytest.mark.small
def test_dense_steps_become_lists_of_spikes_again(mixed):
    events, expected = from_raster(mixed), from_raster(mixed, dense_share=1.0)
    assert isinstance(events.by_step, PackedLists) and isinstance(expected.by_step, Lists)
    for ours, theirs in zip(events.unpacked()[1], expected.by_step, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    taken = events.take([4, 3, 1])
    np.testing.assert_array_equal(taken.raster(), mixed[[4, 3, 1]])
    np.testing.assert_array_equal(taken.activity(), mixed[[4, 3, 1]].sum(axis=2))
    rows, lists = taken.unpacked()
    assert rows.tolist() == [0, 1, 2] and len(lists.idx) == mixed[[4, 3, 1]].sum()
    np.testing.assert_array_equal(taken.with_channels().raster(), mixed[[4, 3, 1]])


@pytest.mark.small
@pytest.mark.parametrize(
    "samples, without", [([0, 1], 1), ([0, 0], 2)], ids=["one of two", "none"])
def test_batches_with_and_without_dense_steps_are_joined(mixed, samples, without):
    parts = [from_raster(mixed[[sample]]) for sample in samples]
    assert sum(not part.dense for part in parts) == without
    events, expected = joined(parts), from_raster(mixed[samples]).with_channels()
    assert events.dense == expected.dense
    for one, other in zip(
            (*events.by_step, *events.by_channel), (*expected.by_step, *expected.by_channel),
            strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.small
def test_gradients_are_given_for_each_segment_or_for_each_step():
    trace = Trace(*[None] * 4, bounds=np.array([0, 2, 3, 6]))
    assert trace.grad_index(3).tolist() == [
        0, 0, 1, 2, 2, 2] and trace.grad_index(6).tolist() == list(range(6))


@pytest.mark.small
def test_without_a_surrogate_the_gradient_is_zero():
    assert zero_vjp(np.float32(1), np.float32(2)) == 0


@pytest.fixture
def busy():
    """Return a raster with dense steps, and samples with and without many busy channels."""
    rng = np.random.default_rng(0)
    p = np.where(np.arange(6) % 2, 0.05, 0.6)[:, None, None] * np.linspace(0, 1, 40)[:, None]
    return (rng.random((6, 40, 75)) < p + 0.4 * (np.arange(75) % 9 == 0)).astype(np.uint8)


@pytest.mark.parametrize("share", [None, 0.2], ids=["feed-forward", "recurrent"])
def test_patterns_give_the_same_spikes_and_gradients_as_lists_of_spikes(busy, share):
    rng, network = np.random.default_rng(2), network_of(LIF(), (40, 7, 70))
    if share is not None:
        network.update([
            layer._replace(recurrent=share * rng.normal(size=(layer.size,) * 2))
            for layer in network.layers])
    dense = from_raster(busy, float)
    lists = from_raster(busy, float, dense_share=1.0)
    plain = lists.with_channels(dense_share=1.0)  # without patterns of steps
    ptr, idx, _ = dense.with_channels().by_channel
    n_patterns = [(idx[ptr[40 * b] : ptr[40 * b + 40]] > 75).sum() for b in range(6)]
    assert np.array_equal(np.flatnonzero(n_patterns), [0, 2, 4])
    np.testing.assert_array_equal(network.rasters(dense), network.rasters(lists))
    learning = network.with_spikes(hard_spikes("fast_sigmoid", 5.0))
    ds = np.random.default_rng(1).normal(size=(6, 75, 70))
    for ours, expected in zip(
            *(learning.backward(learning.forward(events), ds) for events in (dense, plain)),
            strict=True):
        np.testing.assert_allclose(ours.weights, expected.weights, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(
            ours.intrinsics["tau_mem"], expected.intrinsics["tau_mem"], rtol=1e-9)


def test_the_weights_of_a_dense_step_are_summed_in_fours(mixed):
    weights = np.random.default_rng(0).normal(size=(40, 70)).astype(np.float32)
    neuron, rows = LIF(), mixed.transpose(2, 0, 1)[..., None] * weights  # step, sample, channel
    fours = [sum(rows[:, :, c : c + 4].transpose(2, 0, 1, 3)) for c in range(0, 40, 4)]
    dense = mixed.sum(axis=1).T > 10
    x = np.where(dense[..., None], sum(fours), sum(rows.transpose(2, 0, 1, 3)))
    v, expected = np.zeros((6, 70), np.float32), []
    for current in x:
        v = np.float32(np.exp(-1 / 20)) * v + current
        expected.append(v)
    network = one_layer(neuron, weights, NO_SPIKES)
    found = membrane(network.forward(from_raster(mixed)), 70)
    np.testing.assert_array_equal(found, np.transpose(expected, (1, 0, 2)))
    network.update([network.layers[0]._replace(weights=2 * weights)])
    np.testing.assert_array_equal(membrane(network.forward(from_raster(mixed)), 70), 2 * found)


def test_feedback_weights_replace_the_forward_weights_in_the_backward_pass(rng):
    network = network_of(LIF(), (6, 5, 4)).with_spikes(hard_spikes("fast_sigmoid", 5.0))
    traces = network.forward(from_raster(random_raster(), float))
    first, last = network.layers
    ds, random = rng.normal(size=(3, 15, 4)), rng.normal(size=(5, 4))
    exact = network.backward(traces, ds)
    network.feedback = [last.weights]
    same = network.backward(traces, ds)
    network.feedback = [random]
    found = network.backward(traces, ds)
    # the same traces run back through a network whose last layer has the random weights
    network.feedback = None
    network.update([first, last._replace(weights=random)])
    expected = network.backward(traces, ds)
    for one, other in ((same, exact), (found, expected)):
        for ours, theirs in zip(one, other, strict=True):
            np.testing.assert_array_equal(ours.weights, theirs.weights)
            np.testing.assert_array_equal(ours.intrinsics["tau_mem"], theirs.intrinsics["tau_mem"])
    assert np.abs(found[0].weights - exact[0].weights).max() > 0.01


def test_dense_steps_do_not_depend_on_the_batch(mixed):
    network = one_layer(LIF(), np.random.default_rng(0).normal(size=(40, 33)).astype(np.float32))
    together = network.rasters(from_raster(mixed))
    assert together[1].any()
    for b in range(6):
        np.testing.assert_array_equal(
            network.rasters(from_raster(mixed[b : b + 1]))[0], together[b])


def test_graded_events_of_a_raster_give_the_same_currents():
    raster = random_raster()
    network = network_of(LIF(), (6, 5))
    np.testing.assert_array_equal(
        network.rasters(from_series(raster.astype(float), dense_share=1.0)),
        network.rasters(from_raster(raster, float)))


def test_constant_currents_act_in_every_step():
    X = np.random.default_rng(0).normal(size=(3, 6))
    network = network_of(LIF(), (6, 5))
    v = membrane(network.with_spikes(NO_SPIKES).forward(from_currents(X, 30)), 5)
    a = np.exp(-1 / 20)
    expected = (X @ network.layers[0].weights)[:, None] * (
        (1 - a ** np.arange(1, 31)) / (1 - a))[:, None]
    np.testing.assert_allclose(v, expected, rtol=1e-10)


def test_events_of_some_rows_equal_events_of_their_raster():
    raster = random_raster(6)
    network = network_of(LIF(), (6, 5))
    rows = np.array([4, 1, 1])
    np.testing.assert_array_equal(
        network.rasters(from_raster(raster, float).take(rows)),
        network.rasters(from_raster(raster[rows], float)))


def test_events_joined_from_parts_equal_events_of_the_whole(mixed):
    whole = from_raster(mixed).with_channels()
    parts = joined([from_raster(mixed[:2]), from_raster(mixed[2:5]), from_raster(mixed[5:])])
    for lists, expected in ((parts.by_step, whole.by_step), (parts.by_channel, whole.by_channel)):
        for ours, one in zip(lists, expected, strict=True):
            np.testing.assert_array_equal(ours, one)
            assert ours.dtype == one.dtype
    assert parts.dense and whole.dense
    assert parts.n_channels == whole.n_channels and parts.n_steps == whole.n_steps


def sized(n_bytes, *layers):
    """Return a stand-in for a network with a given memory per sample and size of weights."""
    layers = [SimpleNamespace(weights=SimpleNamespace(nbytes=weights)) for weights in layers]
    return SimpleNamespace(bytes_per_sample=lambda n_steps, record=True: n_bytes, layers=layers)


@pytest.mark.small
@pytest.mark.parametrize(
    ("share", "n", "sizes"),
    [(8, 1, [1]), (8, 2, [2]), (4, 4, [4]), (4, 10, [2, 3, 2, 3]), (0.5, 3, [1, 1, 1])])
def test_groups_of_samples_fit_into_the_budget(share, n, sizes):
    rows = np.arange(n) + 5
    parts = groups(sized(int(_network.BUDGET / share)), rows, 10)
    assert [
        len(part) for part in parts] == sizes and np.concatenate(parts).tolist() == rows.tolist()


@pytest.mark.small
@pytest.mark.parametrize(
    ("share", "n", "sizes"),
    [(2, 3, [3]), (1, 3, [1, 2]), (1, 1, [1]), (2, 9, [2, 2, 2, 3]), (1, 40, [2, 3] * 8)])
def test_chunks_have_a_minimal_size_and_their_number_is_a_power_of_two(share, n, sizes):
    rows = np.arange(n) + 5
    parts = chunks(sized(_network.CHUNK // share), rows, 10)
    assert [
        len(part) for part in parts] == sizes and np.concatenate(parts).tolist() == rows.tolist()
    large = _network.CHUNK  # bytes of weights whose gradients cost more than a sample
    many = min(2 ** (n.bit_length() - 1), 16)
    assert len(chunks(sized(4 * large, large, large), rows, 10)) == many == len(
        chunks(sized(2 * large, large), rows, 10))
    assert len(chunks(sized(4 * large - 4, large, large), rows[:2], 10)) == 1
    assert len(chunks(sized(2 * large, large, large), rows[:2], 10)) == 1


@pytest.mark.small
def test_memory_per_sample_is_a_byte_per_stored_spike_and_a_number_per_recorded_state():
    network = network_of(LIF(tau_syn=5.0), (6, 5, 19), np.float32)
    first, last = (-(-size // WIDTH) * WIDTH * 10 for size in (5, 19))
    assert network.bytes_per_sample(10, record=False) == first + last
    assert network.bytes_per_sample(10) == first + (first + last) * 2 * 4
    last_layer = network.layers[-1]._replace(recurrent=np.zeros((19, 19), np.float32))
    network.update([network.layers[0], last_layer])
    assert network.bytes_per_sample(10, record=True) == (first + last) * (1 + 2 * 4)


@pytest.mark.small
@pytest.mark.parametrize("n_channels", [1, 4])
def test_currents_are_listed_by_step_and_by_channel(n_channels, rng):
    series = np.round(rng.normal(size=(3, n_channels, 9)))
    events = from_series(series, dense_share=1.0)
    steps = np.pad(series.swapaxes(1, 2), ((0, 0), (0, 1), (0, 0)))  # constant currents are 0
    for lists, values in ((events.by_step, steps), (events.by_channel, series)):
        rows = values.reshape(-1, values.shape[2])
        row, idx = np.nonzero(rows)
        np.testing.assert_array_equal(lists.ptr, np.searchsorted(row, np.arange(len(rows) + 1)))
        np.testing.assert_array_equal(lists.idx, idx)
        np.testing.assert_array_equal(lists.val, rows[row, idx])


@pytest.mark.small
@pytest.mark.parametrize("given", [(), (2,), (9,)])
def test_a_delayed_input_is_its_channel_shifted_in_time(given, rng):
    (advance,) = given or (0,)
    series = rng.normal(size=(2, 3, 7))
    channels = np.array([2, 0, 1, 2])
    delays = np.array([0, 3, 5, 9])
    events = delayed_events(series, channels, delays, *given)
    expected = np.zeros((2, 4, 7))
    for b, k, t in np.ndindex(2, 4, 7):
        if 0 <= advance + t - delays[k] < 7:
            expected[b, k, t] = series[b, channels[k], advance + t - delays[k]]
    np.testing.assert_array_equal(events.raster(), expected)
    assert (events.n_channels, events.n_steps, events.rows.tolist()) == (4, 7, [0, 1])


@pytest.mark.small
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])  # the last have dense steps
@pytest.mark.parametrize("n_channels", [1, 7, 20])
@pytest.mark.parametrize("delays", [(0,), (2, 7, 60), (0, 5, 10, 20)])
def test_delayed_spikes_equal_the_events_of_a_delayed_raster(share, n_channels, delays, rng):
    raster = (rng.random((3, n_channels, 50)) < share).astype(np.uint8)
    channels = np.tile(np.arange(n_channels), len(delays))
    inputs = delayed(raster, channels, np.repeat(delays, n_channels))
    expected = from_raster(inputs)
    events = from_raster(raster, dense_share=1.0)
    found = delayed_spikes(events, delays)
    assert found[1:3] == expected[1:3] and type(found.by_step) is type(expected.by_step)
    for array, other in zip(found.by_step, expected.by_step, strict=True):
        np.testing.assert_array_equal(array, other)
    # lists of channels are delayed too
    listed = delayed_spikes(_listed(events), delays).by_channel
    for array, other in zip(listed, _listed(from_raster(inputs, dense_share=1.0)).by_channel,
                            strict=True):
        np.testing.assert_array_equal(array, other)


@pytest.mark.small
@pytest.mark.parametrize("delays", [(0,), (0, 3)])
def test_events_with_patterns_can_be_delayed(mixed, delays):
    inputs = delayed(mixed, np.tile(np.arange(40), len(delays)), np.repeat(delays, 40))
    expected = from_raster(inputs)
    found = delayed_spikes(from_raster(mixed), delays)
    assert isinstance(found.by_step, PackedLists)
    for array, other in zip(found.by_step, expected.by_step, strict=True):
        np.testing.assert_array_equal(array, other)
    np.testing.assert_array_equal(found.with_channels().raster(), inputs)


def _listed(events):
    """Return events with lists of channels, without patterns."""
    raster = events.raster()
    channels = [np.flatnonzero(train) for sample in raster for train in sample]
    ptr = np.cumsum([0, *map(len, channels)])
    idx = np.concatenate(channels).astype(np.int32)
    return events._replace(by_channel=events.by_step._replace(ptr=ptr, idx=idx))


@pytest.mark.small
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [0, 1, 3])
def test_instructions_on_tuples_use_the_quantities_of_one_neuron(n, dtype):
    size = n * WIDTH

    @numba.njit
    def run(array, copied, h, z, factor):
        add(array, h, z)
        put(copied, h, take(array, h, size))
        return plus(z, take(copied, h, size)), times(factor, z)

    array = np.arange(size, dtype=dtype)
    before, copied = array.reshape(n, WIDTH).copy(), np.zeros_like(array)
    h, z = 2, tuple(np.float32(10.5 + k) for k in range(n))
    found = run(array, copied, h, z, dtype(3))
    expected = before.copy()
    expected[:, h] += z
    np.testing.assert_array_equal(array, expected.ravel())
    np.testing.assert_array_equal(copied.reshape(n, WIDTH)[:, h], expected[:, h])
    assert np.count_nonzero(copied) == n
    np.testing.assert_array_equal(found[0], before[:, h] + 2 * np.array(z))
    np.testing.assert_array_equal(found[1], 3 * np.array(z))


@pytest.mark.small
def test_the_gradients_of_counts_are_those_of_a_linear_function(rng):
    network = network_of(LIF(), (3, 4))
    network.readout = Windows(2)
    reading = network.reading(11)
    counts, direction = rng.normal(size=(2, 5, len(reading.bounds) - 1, 4))
    dfeatures = rng.normal(size=(5, 8))
    change = (dfeatures * (reading.features(counts + direction) - reading.features(counts))).sum()
    assert (reading.vjp(dfeatures) * direction).sum() == pytest.approx(change)
