"""Convolutions against dense layers of the same weights, central differences and torch."""

import numpy as np
import pytest
from naive import unrolled

from skspike.learning import hard_spikes, smooth_spikes
from skspike.neurons import LIF
from skspike.simulation import (
    WIDTH, Convolution, Dense, Layer, Network, Shared, SpikeFunction, from_currents, from_raster,
    from_series, layouts)
from skspike.testing._kernels import central

HARD = hard_spikes("fast_sigmoid", 5.0)
# image shape, and layers: filters in panels of several positions, of one, and in several panels
NETWORKS = {
    "one filter": ((1, 5, 4), (Convolution(1, 3),)),
    "edges": ((2, 7, 6), (Convolution(3, 3, padding=2),)),
    "edge of two layers": ((1, 7, 7), (Convolution(1, 3, padding=2), Convolution(2, 3))),
    "stride": ((1, 9, 8), (Convolution(WIDTH // 4, 5, stride=2),)),
    "one position": ((2, 6, 7), (Convolution(WIDTH - 1, 3, stride=3, padding=1),)),
    "two panels": ((1, 5, 5), (Convolution(WIDTH + 6, 2, stride=2),)),
    "long run of rows": ((1, 9, 9), (Convolution(2, 9),)),
    "whole image": ((3, 4, 4), (Convolution(2, 4), 3)),
    "few weights": ((2, 5, 6), (Convolution(3, 3, stride=2, padding=1), Convolution(2, 2), 3)),
    "two layers": ((2, 8, 9), (
        Convolution(WIDTH // 4, 3, stride=2, padding=1), Convolution(2, 2), 5)),
}


def network_of(name, dtype=np.float32, spikes=HARD, neuron=None, bias=True, seed=0):
    """Return a network with shared weights, and the same network with dense layers."""
    image_shape, convolutions = NETWORKS[name]
    neuron, rng = neuron or LIF(tau_mem=(5.0, 30.0)), np.random.default_rng(seed)
    n_channels, height, width = image_shape
    layers, dense = [], []
    for convolution, layout in zip(convolutions, layouts(convolutions, image_shape), strict=True):
        shape = layout.shape
        weights = rng.normal(0.1, 1.5, shape) / np.sqrt(np.prod(shape[:-1]) * 0.3)
        intrinsics = neuron.initial(shape[-1], np.random.RandomState(seed))
        intrinsics["threshold"] = rng.uniform(0.8, 1.2, shape[-1])
        own = rng.normal(0, 0.1, shape[-1]).astype(dtype) if bias else None
        layer = Layer(weights.astype(dtype), intrinsics, None, own, layout)
        layers.append(layer)
        if isinstance(layout, Dense):
            dense.append(layer)
            continue
        out = convolution.out_shape(height, width)
        dense.append(Layer(
            unrolled(layer.weights, height, width, convolution.stride, convolution.padding),
            {key: np.repeat(values, np.prod(out)) for key, values in intrinsics.items()},
            None, None if own is None else np.repeat(own, np.prod(out))))
        height, width = out
    return tuple(Network(neuron, each, 1.0, spikes) for each in (layers, dense))


def inputs_of(name, kind, dtype=np.float32, n_samples=3, n_steps=37, seed=1):
    rng, n_channels = np.random.default_rng(seed), int(np.prod(NETWORKS[name][0]))
    raster = (rng.random((n_samples, n_channels, n_steps)) < 0.2).astype(np.uint8)
    if kind == "currents":
        return from_currents(rng.normal(0, 0.5, (n_samples, n_channels)).astype(dtype), n_steps)
    if kind == "series":
        return from_series((raster * rng.normal(0, 1, raster.shape)).astype(dtype))
    return from_raster(raster, dtype, dense_share=1.0)


@pytest.mark.parametrize("kind", ["raster", "currents", "series"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_convolution_equals_a_dense_layer_of_the_same_weights_bit_for_bit(name, kind):
    shared, dense = network_of(name)
    events = inputs_of(name, kind)
    bounds = np.array([0, 5, 37])
    traces = shared.forward(events, bounds=bounds)
    for layer, trace in zip(shared.singles(), traces, strict=True):
        assert trace.counts.any(), layer.layers[0].weights.shape
    raster = shared.rasters(events)
    assert raster.any() and raster.mean() < 0.9
    for sole, expected in zip(shared.singles(), dense.singles(), strict=True):
        np.testing.assert_array_equal(sole.rasters(events), expected.rasters(events))
        np.testing.assert_array_equal(sole.margins(events), expected.margins(events))
        events = from_raster(sole.rasters(events), dense_share=1.0)
    np.testing.assert_array_equal(traces[-1].counts[:, 0], raster[..., :5].sum(axis=2))
    np.testing.assert_array_equal(traces[-1].counts[:, 1], raster[..., 5:].sum(axis=2))


@pytest.mark.parametrize("kind", ["raster", "currents", "series"])
def test_gradients_of_a_convolution_are_sums_of_those_of_a_dense_layer(kind, rng):
    for name in ("edge of two layers", "two panels", "two layers"):
        shared, dense = network_of(name, np.float64)
        events = inputs_of(name, kind, np.float64)
        ds = rng.normal(size=(3, 37, shared.size))
        found, expected = (
            network.backward(network.forward(events), ds) for network in (shared, dense))
        image_shape, convolutions = NETWORKS[name]
        for k, layout in enumerate(layouts(convolutions, image_shape)):
            pairs = [
                (found[k].intrinsics[key], grads)
                for key, grads in [*expected[k].intrinsics.items()]] + [
                (found[k].bias, expected[k].bias)]
            for grad, grads in pairs:
                grads = grads.reshape(len(grad), -1).sum(axis=1)
                np.testing.assert_allclose(grad, grads, rtol=1e-9, atol=1e-9 * abs(grads).max())
            if isinstance(layout, Shared):
                # the sum over the dense weights that equal each weight of a filter
                number = 1.0 + np.arange(found[k].weights.size).reshape(layout.shape)
                c = layout.convolution
                copies = unrolled(number, *_image(name, k), c.stride, c.padding).astype(int)
                sums = np.bincount(copies.ravel(), expected[k].weights.ravel(), number.size + 1)
                np.testing.assert_allclose(
                    found[k].weights, sums[1:].reshape(layout.shape), rtol=1e-9, atol=1e-12)
            else:
                np.testing.assert_allclose(
                    found[k].weights, expected[k].weights, rtol=1e-9, atol=1e-12)


def _image(name, k):
    """Return the height and width of the input of layer k."""
    (_, height, width), convolutions = NETWORKS[name]
    for convolution in convolutions[:k]:
        height, width = convolution.out_shape(height, width)
    return height, width


@pytest.mark.parametrize("kind", ["raster", "currents"])
def test_smooth_gradients_of_convolutions_equal_central_differences(kind, rng):
    name = "few weights"
    network, _ = network_of(
        name, np.float64, smooth_spikes("sigmoid", 3.0), LIF(tau_syn=6.0, reset="subtract"))
    events = inputs_of(name, kind, np.float64, n_samples=2, n_steps=8)
    direction = rng.normal(size=(2, 8, network.size))

    def loss():
        network.update(network.layers)
        spikes = network.forward(events)[-1].spikes
        return (spikes.transpose(0, 2, 1) * direction).sum()

    gradients = network.backward(network.forward(events), direction)
    for layer, found in zip(network.layers, gradients, strict=True):
        pairs = [
            (layer.weights, found.weights), (layer.bias, found.bias),
            *((layer.intrinsics[key], found.intrinsics[key]) for key in layer.intrinsics)]
        for array, grad in pairs:
            expected = central(loss, array)
            assert expected.any()
            np.testing.assert_allclose(grad, expected, rtol=1e-6, atol=1e-6 * abs(expected).max())


def test_gradients_of_convolutions_equal_torch(rng):
    torch = pytest.importorskip("torch")

    class FastSigmoid(torch.autograd.Function):
        @staticmethod
        def forward(ctx, m):
            ctx.save_for_backward(m)
            return (m > 0).to(m.dtype)

        @staticmethod
        def backward(ctx, d):
            (m,) = ctx.saved_tensors
            return d / (1 + 5.0 * m.abs()) ** 2

    name = "two layers"
    network, _ = network_of(name, np.float64)
    (n_channels, height, width), convolutions = NETWORKS[name]
    raster = inputs_of(name, "raster", np.float64).raster()
    ds = rng.normal(size=(3, 37, network.size))
    found = network.backward(network.forward(from_raster(raster, np.float64)), ds)
    spikes = torch.from_numpy(raster).double().reshape(3, n_channels, height, width, 37)
    parameters = []
    for layer, convolution in zip(network.layers, convolutions, strict=True):
        weights, tau, threshold, bias = (
            torch.from_numpy(np.array(values)).requires_grad_() for values in (
                layer.weights, layer.intrinsics["tau_mem"], layer.intrinsics["threshold"],
                layer.bias))
        parameters.append((weights, tau, threshold, bias))
        shape = (-1, *(1 for _ in layer.layout.out_shape[1:]))
        decay, level = torch.exp(-1 / tau).reshape(shape), threshold.reshape(shape)
        v, steps = 0, []
        for t in range(37):
            if isinstance(layer.layout, Dense):
                current = spikes[..., t].reshape(3, -1) @ weights + bias
            else:
                current = torch.nn.functional.conv2d(
                    spikes[..., t], weights.permute(3, 2, 0, 1), bias, convolution.stride,
                    convolution.padding)
            v = decay * v + current
            s = FastSigmoid.apply((v - level) / level)
            v = v * (1 - s.detach())
            steps.append(s)
        spikes = torch.stack(steps, dim=-1)
    np.testing.assert_array_equal(
        spikes.detach().numpy(), network.rasters(from_raster(raster, np.float64)))
    (spikes.permute(0, 2, 1) * torch.from_numpy(ds)).sum().backward()
    for layer, (weights, tau, threshold, bias) in zip(found, parameters, strict=True):
        for grad, expected in (
                (layer.weights, weights), (layer.intrinsics["tau_mem"], tau),
                (layer.intrinsics["threshold"], threshold), (layer.bias, bias)):
            expected = expected.grad.numpy()
            np.testing.assert_allclose(grad, expected, rtol=1e-5, atol=1e-8 * abs(expected).max())


@pytest.mark.small
def test_a_sample_of_a_convolution_is_the_same_alone_and_in_a_batch(rng):
    network, _ = network_of("two layers")
    raster = inputs_of("two layers", "raster").raster()
    raster[1] |= (rng.random(raster[1].shape) < 0.9).astype(np.uint8)  # with dense steps
    whole = network.rasters(from_raster(raster))
    for k in range(3):
        alone = network.rasters(from_raster(raster[k : k + 1]))
        np.testing.assert_array_equal(alone[0], whole[k])
    for rows in ([2, 0], [1], [0, 1, 2]):
        np.testing.assert_array_equal(
            network.rasters(from_raster(raster).take(np.array(rows))), whole[rows])


@pytest.mark.small
def test_gradients_of_parts_of_a_batch_add_up(rng):
    network, _ = network_of("two layers", np.float64)
    events, ds = inputs_of("two layers", "raster", np.float64), rng.normal(size=(3, 37, 5))
    total = network.zero_gradient()
    for rows in (np.array([2]), np.array([0, 1])):
        network.accumulate(network.forward(events.take(rows)), ds[rows], total)
    for found, whole in zip(
            network.collect(total), network.backward(network.forward(events), ds), strict=True):
        np.testing.assert_allclose(found.weights, whole.weights, rtol=1e-9, atol=1e-12)


@pytest.mark.small
@pytest.mark.compiled
def test_a_cost_of_spikes_does_not_act_beyond_the_edge_of_the_image():
    networks, sums = network_of("edge of two layers", np.float64), []
    layout = networks[0].layers[0].layout
    assert (layout.neurons[:, : layout.n_lanes] < 0).any()
    for network in networks:
        events, total = inputs_of("edge of two layers", "raster", np.float64), (
            network.zero_gradient())
        traces = network.forward(events)
        network.accumulate(
            traces, np.zeros((3, 1, network.size)), total, np.array([0.5, 1.0, 2.0]))
        sums.append([layer.bias.sum() for layer in network.collect(total)])
    np.testing.assert_allclose(*sums, rtol=1e-9)


@pytest.mark.small
@pytest.mark.parametrize("n_filters", [1, 2, WIDTH // 2, WIDTH // 2 + 1, WIDTH, 2 * WIDTH])
@pytest.mark.parametrize("out", [(1, 1), (1, 7), (3, 5), (8, 8)])
def test_every_neuron_has_one_place_in_the_blocks(n_filters, out):
    convolution = Convolution(n_filters, 2)
    (layout,) = layouts((convolution,), (1, out[0] + 1, out[1] + 1))
    neurons = layout.neurons[layout.neurons >= 0]
    np.testing.assert_array_equal(np.sort(neurons), np.arange(layout.size))
    np.testing.assert_array_equal(
        layout.neurons[layout.places[:, 0], layout.places[:, 1]], np.arange(layout.size))
    assert layout.n_lanes <= max(WIDTH, n_filters)


@pytest.mark.small
def test_both_layouts_have_the_same_methods():
    shared, dense = layouts((Convolution(2, 3), 4), (1, 5, 5))
    assert isinstance(shared, Shared) and isinstance(dense, Dense)
    names = {name for name in dir(dense) if not name.startswith("_")} - {"unchanged"}
    assert names <= set(dir(shared))
    hand_made = Layer(np.zeros((3, 4)), {}).layout
    assert isinstance(hand_made, Dense) and hand_made.shape == (3, 4)


@pytest.mark.small
@pytest.mark.parametrize("name", NETWORKS)
def test_synapses_are_the_nonzero_weights_of_the_dense_layer(name):
    shared, dense = network_of(name)
    for layer, expected in zip(shared.layers, dense.layers, strict=True):
        np.testing.assert_array_equal(
            layer.layout.synapses(layer.weights), np.count_nonzero(expected.weights, axis=1))


@pytest.mark.small
def test_delays_and_encoders_add_channels_at_each_position():
    (layout,) = layouts((Convolution(1, 1),), (2, 2, 3), n_delays=2, per_channel=2)
    shape = 2, 2, 2, 3, 2  # delay, channel, row, column, input of the encoder
    number = np.arange(layout.n_inputs).reshape(shape)
    # the channels of a filter of size 1: all inputs of one position
    weights = np.zeros((1, 1, 8, 1), np.float32)
    for k, (delay, channel, part) in enumerate(np.ndindex(2, 2, 2)):
        weights[:] = 0
        weights[0, 0, k] = 2
        layer = Layer(weights, LIF().initial(1, None), layout=layout)
        for y, x in np.ndindex(2, 3):
            raster = np.zeros((1, layout.n_inputs, 1), np.uint8)
            raster[0, number[delay, channel, y, x, part]] = 1
            spikes = Network(LIF(), [layer], 1.0).rasters(from_raster(raster))
            np.testing.assert_array_equal(np.flatnonzero(spikes), [3 * y + x])


@pytest.mark.small
def test_a_network_without_spikes_has_margins_at_all_positions():
    network, dense = network_of("stride", spikes=SpikeFunction(spike_arg=np.inf))
    events = inputs_of("stride", "currents")
    assert network.margins(events).shape == (3, 37, network.size)
    np.testing.assert_array_equal(network.margins(events), dense.margins(events))


@pytest.mark.small
@pytest.mark.parametrize(("parameters", "error", "words"), [
    ({"n_filters": 0, "size": 3}, ValueError, ["n_filters of Convolution", ">= 1", "0"]),
    ({"n_filters": 4, "size": 2.5}, TypeError, ["size of Convolution", "integer", "2.5"]),
    ({"n_filters": 4, "size": 3, "stride": 0}, ValueError, ["stride of Convolution", ">= 1"]),
    ({"n_filters": 4, "size": 3, "padding": -1}, ValueError, ["padding of Convolution", ">= 0"]),
    ({"n_filters": 4, "size": 3, "padding": 3}, ValueError, ["padding", "size=3", "got 3"]),
])
def test_a_convolution_refuses_bad_parameters(parameters, error, words):
    with pytest.raises(error) as caught:
        Convolution(**parameters)
    assert all(word in str(caught.value) for word in words)


@pytest.mark.small
def test_a_convolution_has_plain_integers_and_equals_its_copies():
    convolution = Convolution(np.uint8(16), np.int64(5), stride=2)
    same = Convolution(16, 5, 2, 0)
    assert convolution == same and hash(convolution) == hash(same)
    assert type(convolution.n_filters) is int
    assert repr(convolution) == (
        "Convolution(n_filters=16, size=5, stride=2, padding=0, image_shape=None)")
