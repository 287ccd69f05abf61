"""Gradients: equal to central differences for smooth spikes, and to torch for hard spikes."""

import numpy as np
import pytest
from parts import pairs

from skspike.learning._surrogates import SURROGATES, hard_spikes, smooth_spikes
from skspike.neurons import LIF, MetaNeuron
from skspike.simulation import Layer, Network, from_currents, from_raster
from skspike.testing._kernels import central

N_SAMPLES, N_INPUTS, N_STEPS, SIZES = 3, 5, 12, (4, 3)
LIFS = {
    "value": LIF(),
    "subtract": LIF(reset="subtract", v_reset=0.1),
    "synapse": LIF(tau_syn=6.0, v_reset=-0.2),
    "synapse_subtract": LIF(tau_syn=6.0, reset="subtract"),
}
NEURONS = {
    **LIFS, "meta": MetaNeuron(),
    "meta_spread": MetaNeuron(tau_mem=(3.0, 30.0), theta_v=0.4, theta_s=-0.3)}
SEEN = ("subtract", "synapse", "meta_spread")  # without compilation


def random_network(neuron, seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    sizes = (N_INPUTS, *SIZES)
    weights = [
        scale * rng.normal(0.2, 0.6, shape) for shape in zip(sizes[:-1], sizes[1:], strict=True)]
    values = []
    for n in SIZES:
        q = neuron.initial(n, np.random.RandomState(seed))
        values.append({name: value * rng.uniform(0.8, 1.2, n) for name, value in q.items()})
    raster = (rng.random((N_SAMPLES, N_INPUTS, N_STEPS)) < 0.4).astype(np.uint8)
    direction = rng.normal(size=(N_SAMPLES, N_STEPS, SIZES[-1]))
    return weights, values, raster, direction


def random_recurrent(recurrent, seed=1):
    rng = np.random.default_rng(seed)
    return [rng.normal(0.0, 0.4, (n, n)) if recurrent else None for n in SIZES]


def random_biases(has_bias, seed=3):
    rng = np.random.default_rng(seed)
    return [rng.normal(0.1, 0.1, n) if has_bias else None for n in SIZES]


def network_of(
        neuron, weights, values, spikes, recurrent=(None,) * len(SIZES),
        biases=(None,) * len(SIZES)):
    layers = [Layer(*layer) for layer in zip(weights, values, recurrent, biases)]
    return Network(neuron, layers, 1.0, spikes)


def loss_of(network, events, direction):
    """Return a loss that weighs every spike in every step differently."""
    raster = network.forward(
        events)[-1].spikes if network.spikes.smooth else network.rasters(events)
    return (raster.transpose(0, 2, 1) * direction).sum()


@pytest.mark.parametrize(
    ("surrogate", "kind", "recurrent", "bias"),
    [("arctan", "raster", True, True), ("fast_sigmoid", "currents", False, False)])
def test_smooth_gradients_equal_central_differences(surrogate, kind, recurrent, bias):
    """`check_part` does the same for every neuron, with another kind of spikes."""
    neuron = LIFS["synapse"]
    weights, values, raster, direction = random_network(neuron)
    events = from_raster(raster, float) if kind == "raster" else from_currents(
        raster.mean(2) - 0.3, N_STEPS)
    spikes = smooth_spikes(surrogate, 3.0)
    parts = neuron, weights, values, spikes, random_recurrent(recurrent), random_biases(bias)

    def loss():
        return loss_of(network_of(*parts), events, direction)

    network = network_of(*parts)
    for layer, found in zip(
            network.layers, network.backward(network.forward(events), direction), strict=True):
        pairs = [
            (layer.weights, found.weights),
            *((layer.intrinsics[name], found.intrinsics[name]) for name in layer.intrinsics)]
        pairs += [(layer.recurrent, found.recurrent)] * recurrent
        for array, grad in pairs + [(layer.bias, found.bias)] * bias:
            expected = central(loss, array)
            np.testing.assert_allclose(grad, expected, rtol=1e-6, atol=1e-6 * abs(expected).max())


@pytest.mark.small
@pytest.mark.parametrize(
    ("variant", "kind", "recurrent"), pairs(SEEN, ["raster", "currents"], [False, True]))
def test_the_loss_rises_along_a_gradient_by_its_length(variant, kind, recurrent):
    neuron = NEURONS[variant]
    weights, values, raster, direction = random_network(neuron)
    # more than four
    raster = np.concatenate([raster, raster[:, ::-1]])
    direction = np.concatenate([direction, -2 * direction[::-1]])
    events = from_raster(raster, float) if kind == "raster" else from_currents(
        raster.mean(2) - 0.3, N_STEPS)
    parts = neuron, weights, values, smooth_spikes("sigmoid", 3.0), random_recurrent(recurrent)
    network = network_of(*parts)
    found = network.backward(network.forward(events), direction)
    for layer, grads in zip(network.layers, found, strict=True):
        pairs = [
            (layer.weights, grads.weights),
            *((layer.intrinsics[name], grads.intrinsics[name]) for name in layer.intrinsics)]
        for array, grad in pairs + [(layer.recurrent, grads.recurrent)] * recurrent:
            along, start, ends = grad / np.sqrt((grad**2).sum()), array.copy(), []
            for step in (1e-5, -1e-5):
                array[...] = start + step * along
                ends.append(loss_of(network_of(*parts), events, direction))
            array[...] = start
            np.testing.assert_allclose(
                (ends[0] - ends[1]) / 2e-5, np.sqrt((grad**2).sum()), rtol=1e-6, atol=1e-8)


@pytest.mark.small
@pytest.mark.parametrize("recurrent", [False, True], ids=["feed-forward", "recurrent"])
def test_gradients_of_parts_of_a_batch_add_up(recurrent):
    neuron = LIFS["subtract"]
    weights, values, raster, direction = random_network(neuron)
    events = from_raster(raster, float)
    network = network_of(
        neuron, weights, values, hard_spikes("sigmoid", 3.0), random_recurrent(recurrent))
    sums = []
    for rows in (np.array([2]), np.array([0, 1])):
        sums.append(network.zero_gradient())
        network.accumulate(network.forward(events.take(rows)), direction[rows], sums[-1])
    network.merge(*sums)
    for found, whole in zip(
            network.collect(sums[0]), network.backward(network.forward(events), direction),
            strict=True):
        np.testing.assert_allclose(found.weights, whole.weights, rtol=1e-12)
        for name, grad in whole.intrinsics.items():
            np.testing.assert_allclose(found.intrinsics[name], grad, rtol=1e-12)
        if recurrent:
            np.testing.assert_allclose(found.recurrent, whole.recurrent, rtol=1e-12)


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_surrogate_is_the_derivative_of_its_smooth_spike(surrogate):
    vjp, smooth, peak = SURROGATES[surrogate]
    m, k, h = np.linspace(-1.3, 1.3, 40), 4.0, 1e-6
    expected = [(smooth(x + h, k) - smooth(x - h, k)) / (2 * h) for x in m]
    np.testing.assert_allclose([peak * k * vjp(x, k) for x in m], expected, atol=2e-6)
    assert vjp(0.0, k) == 1
    assert 0 <= smooth(-50.0, k) < 0.01 < 0.99 < smooth(50.0, k) <= 1


def torch_gradients(
        neuron, weights, values, recurrent, biases, raster, direction, slope):
    """Return the gradients in torch, with the fast sigmoid's derivative and a detached reset."""
    import torch

    class Spike(torch.autograd.Function):
        @staticmethod
        def forward(ctx, m):
            ctx.save_for_backward(m)
            return (m > 0).to(m.dtype)

        @staticmethod
        def backward(ctx, grad):
            (m,) = ctx.saved_tensors
            return grad / (1 + slope * m.abs()) ** 2

    def leaf(array):
        return torch.tensor(array, dtype=torch.float64, requires_grad=True)

    ws = [leaf(w) for w in weights]
    rs = [None if r is None else leaf(r) for r in recurrent]
    bs = [None if b is None else leaf(b) for b in biases]
    before = [torch.zeros(N_SAMPLES, n, dtype=torch.float64) for n in SIZES]
    qs = [{name: leaf(value) for name, value in q.items()} for q in values]
    v = [torch.zeros(N_SAMPLES, n, dtype=torch.float64) for n in SIZES]
    u = [torch.zeros_like(x) for x in v]
    total = 0.0
    for t in range(N_STEPS):
        x = torch.tensor(raster[:, :, t]).double()
        for k, (w, q) in enumerate(zip(ws, qs, strict=True)):
            x = x @ w if rs[k] is None else x @ w + before[k] @ rs[k]
            x = x if bs[k] is None else x + bs[k]
            if "tau_syn" in q:
                x = u[k] = torch.exp(-1 / q["tau_syn"]) * u[k] + x
            if "theta_u" in q:
                e, v0 = 1 - torch.exp(-1 / q["tau_mem"]), v[k]
                v[k] = torch.clamp(v0 + e * (v0 * v0 - v0 - u[k]) + x, -3, 3)
                u[k] = torch.clamp(u[k] + e * (q["theta_v"] * v0 - q["theta_u"] * u[k]), -3, 3)
            else:
                v[k] = torch.exp(-1 / q["tau_mem"]) * v[k] + x
            s = Spike.apply((v[k] - q["threshold"]) / q["threshold"])
            held = s.detach()
            if "theta_u" in q:
                v[k], u[k] = (1 - held) * v[k] + held * q["theta_r"], u[k] + held * q["theta_s"]
            elif neuron.reset == "value":
                v[k] = (1 - held) * v[k] + held * q["v_reset"]
            else:
                v[k] = v[k] - held * (q["threshold"] - q["v_reset"])
            x = before[k] = s
        total = total + (x * torch.tensor(direction[:, t])).sum()
    total.backward()
    grads = [{name: p.grad.numpy() for name, p in q.items()} for q in qs]
    for grad, w, r, b in zip(grads, ws, rs, bs, strict=True):
        leaves = {"weights": w, "recurrent": r, "bias": b}
        grad |= {name: p.grad.numpy() for name, p in leaves.items() if p is not None}
    return total.item(), grads


@pytest.mark.parametrize(
    ("variant", "dtype", "recurrent", "bias"),
    [("value", np.float64, False, True), ("subtract", np.float32, True, False),
     ("synapse", np.float32, True, True), ("meta_spread", np.float32, False, True)])
def test_surrogate_gradients_equal_torch_autograd(variant, dtype, recurrent, bias):
    pytest.importorskip("torch", reason="torch is an extra of its own: pip install skspike[torch]")
    neuron = NEURONS[variant]
    weights, values, raster, direction = random_network(neuron)
    weights = [w.astype(dtype) for w in weights]
    across = [None if r is None else r.astype(dtype) for r in random_recurrent(recurrent)]
    biases = [None if b is None else b.astype(dtype) for b in random_biases(bias)]
    network = network_of(neuron, weights, values, hard_spikes("fast_sigmoid", 5.0), across, biases)
    events = from_raster(raster, dtype)
    traces = network.forward(events)
    assert all(0 < trace.counts.sum() < trace.counts.size * N_STEPS for trace in traces)
    loss, expected = torch_gradients(
        neuron, weights, values, across, biases, raster, direction, 5.0)
    assert np.isclose(loss_of(network, events, direction), loss)
    # torch computes in float64, and margins near 0 magnify the rounding of float32
    tol = 1e-9 if dtype is np.float64 else 1e-4
    for layer, grads in zip(network.backward(traces, direction), expected, strict=True):
        found = {**layer._asdict(), **layer.intrinsics}
        for name, grad in grads.items():
            np.testing.assert_allclose(
                found[name], grad, rtol=tol, atol=tol * abs(grad).max(), err_msg=name)


@pytest.mark.small
def test_input_during_a_refractory_time_has_no_gradient():
    raster = np.zeros((1, 3, 12), np.uint8)
    raster[0, [0, 1, 2], [1, 3, 8]] = 1  # the neuron fires in step 1, and waits until step 4
    weights = [np.array([[2.0], [0.4], [0.5]])]
    neuron = LIF(refractory=3.0)
    network = network_of(
        neuron, weights, [neuron.initial(1, None)], hard_spikes("fast_sigmoid", 2.0))
    found, = network.backward(network.forward(from_raster(raster, float)), np.ones((1, 12, 1)))
    assert found.weights[1] == 0 and found.weights[0] > 0 < found.weights[2]
    assert all(np.isfinite(grad).all() for grad in found.intrinsics.values())
