"""Outputs and loss at each step against slow references, central differences and torch."""

import numpy as np
import pytest
from scipy.signal import lfilter

from skspike import SNNClassifier
from skspike._networks._settings import settings_of
from skspike._networks._training_samples import Inputs
from skspike.learning import (
    CrossEntropy, DecoderObjective, EachStep, LinearDecoder, SquaredError, SurrogateGradient,
    Target, Task, initial_state, smooth_spikes, with_decoder)
from skspike.learning._decoder import StepDecoding, step_decays
from skspike.learning._initialise import MIN_RATE, step_features, traces_of
from skspike.simulation import Leaky, LeakySums, _network, decays_of, to_lanes
from skspike.testing._kernels import central

N, N_STEPS, TAUS = 5, 14, (2.0, 9.0, 40.0)


def raster_of(rng, *shape, share=0.3):
    return (rng.random(shape) < share).astype(np.uint8)


def values_of(rng, n_outputs=2):
    """Return values of each step. Some are not known: single ones, steps, all of a sample."""
    y = rng.normal(size=(N, N_STEPS, n_outputs))
    y[0, 3, 0] = y[1, :6] = y[2] = np.nan
    return y


def classes_of(rng):
    y = rng.integers(0, 3, (N, N_STEPS))
    y[0, 3], y[1, :6], y[2] = -1, -1, -1
    return y


def task_of(target, sizes=(4, 3), n_channels=6, **parameters):
    """Return a task with a target at each step."""
    X = raster_of(np.random.default_rng(0), N, n_channels, N_STEPS)
    network = SNNClassifier(sizes, **{
        "readout": Leaky(TAUS), "rule": SurrogateGradient(dropout=0.0), "alpha": 0.0,
        "delays": None, "max_iter": 1, **parameters})
    network._each_step = True
    settings = settings_of(network, X)
    return Task(Inputs(X, settings), target, settings, np.random.RandomState(0))


def regression(rng):
    return Target(values_of(rng), np.linspace(0.5, 1.5, N), EachStep(SquaredError(2), 7.0))


def classification(rng):
    return Target(classes_of(rng), np.linspace(0.5, 1.5, N), EachStep(
        CrossEntropy(3), 7.0, np.array([0.5, 2.0, 1.0])))


def assert_gradients_equal_differences(task):
    spikes = smooth_spikes("sigmoid", 3.0)
    objective = DecoderObjective(
        task, with_decoder(task, initial_state(task), spikes), spikes, np.float64)
    objective.parameters[0, "bias"] += 0.1  # it is about 0, which gives no step for differences
    objective.parameters["intercept"] += 0.1
    objective.moved()
    rows = np.arange(N)
    loss, found = objective.gradient(rows, None)

    def value():
        objective.moved()
        return objective.loss(rows)

    assert np.isclose(loss, value(), rtol=1e-12)
    for name, array in objective.parameters.items():
        expected = central(value, array)
        assert np.abs(expected).max() > 0, name
        np.testing.assert_allclose(
            found[name], expected, rtol=1e-6, atol=1e-6 * abs(expected).max(), err_msg=str(name))


def test_gradients_of_values_equal_central_differences_in_any_chunks(rng, monkeypatch):
    monkeypatch.setattr(_network, "CHUNK", 1)
    assert_gradients_equal_differences(task_of(regression(rng), recurrent=True))


@pytest.mark.parametrize("parameters", [
    {"recurrent": (False, True), "alpha": 3.0}, {"delays": (0, 3), "sizes": (3,)},
    {"rule": SurrogateGradient(dropout=0.0, spike_penalty=0.5), "readout": Leaky((3.0,))}],
    ids=str)
def test_gradients_of_classes_equal_central_differences(parameters, rng):
    assert_gradients_equal_differences(task_of(classification(rng), **parameters))


def decoder_of(rng, n_neurons, n_taus, n_outputs):
    n_features = n_neurons * n_taus
    return LinearDecoder(
        rng.normal(size=(n_features, n_outputs)), rng.normal(size=n_outputs),
        rng.normal(size=n_features), rng.uniform(0.5, 2, n_features))


def traces(counts, decays):
    """Return the traces, (n_samples, n_steps, n_neurons * n_taus), by a filter of scipy."""
    each = [lfilter([1.0], [1.0, -decay], counts.astype(float), axis=1) for decay in decays]
    return np.stack(each, axis=-1).reshape(*counts.shape[:2], -1)


@pytest.mark.small
@pytest.mark.parametrize(
    ("kind", "n_neurons", "has_feedback"), [("values", 3, False), ("classes", 70, True)])
def test_loss_and_gradients_equal_those_in_numpy(kind, n_neurons, has_feedback, rng):
    n_taus, n_outputs = 2, 3
    counts = raster_of(rng, N, N_STEPS, n_neurons).astype(np.uint32)
    y = values_of(rng, n_outputs) if kind == "values" else classes_of(rng)
    loss = EachStep(SquaredError(3)) if kind == "values" else EachStep(
        CrossEntropy(3), 4.0, np.array([0.5, 2.0, 1.0]))
    weight, decays = rng.uniform(0.5, 2, N), np.array([0.3, 0.95])
    decoder = decoder_of(rng, n_neurons, n_taus, n_outputs)
    feedback = rng.normal(size=decoder.coef.shape) if has_feedback else None
    decoding = StepDecoding(decoder, decays, feedback)
    lanes = to_lanes(counts).reshape(N, N_STEPS, -1)
    arrays = decoding.arrays(lanes.shape, np.dtype(float))
    dcoef, dintercept = np.zeros(decoding.coef.shape), np.zeros(n_outputs)
    found = decoding.gradient(lanes, None, loss, y, weight, arrays, dcoef, dintercept)
    # the same in numpy, with all traces
    x = traces(counts, decays)
    outputs = decoder.outputs(x.reshape(N * N_STEPS, -1)).reshape(N, N_STEPS, -1)
    np.testing.assert_allclose(
        decoding.outputs(counts, None), outputs, rtol=1e-10, atol=1e-12)
    expected, doutputs = loss.gradient(outputs, y, weight)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    z = decoder.standardise(x.reshape(N * N_STEPS, -1))
    np.testing.assert_allclose(
        dcoef[:, :, :n_neurons].transpose(2, 1, 0).reshape(-1, n_outputs),
        z.T @ doutputs.reshape(N * N_STEPS, -1), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(dintercept, doutputs.sum(axis=(0, 1)), rtol=1e-10, atol=1e-12)
    weights = decoder.coef if feedback is None else feedback
    dx = (doutputs @ weights.T / decoder.scale).reshape(N, N_STEPS, n_neurons, n_taus)
    ds = sum(
        lfilter([1.0], [1.0, -decay], dx[:, ::-1, :, k], axis=1)[:, ::-1]
        for k, decay in enumerate(decays))
    np.testing.assert_allclose(arrays[-1][..., :n_neurons], ds, rtol=1e-9, atol=1e-9)


@pytest.mark.small
def test_an_unknown_step_has_no_effect_on_the_loss(rng):
    outputs, weight = rng.normal(size=(N, N_STEPS, 3)), rng.uniform(0.5, 2, N)
    for loss, y, known in (
            (EachStep(SquaredError(3)), values_of(rng, 3), lambda y: ~np.isnan(y)),
            (EachStep(CrossEntropy(3)), classes_of(rng), lambda y: y[..., None] >= 0)):
        summed, gradient = loss.gradient(outputs, y, weight)
        other = np.where(known(y), outputs, rng.normal(size=outputs.shape))
        again, same = loss.gradient(other, y, weight)
        assert summed == again > 0 and loss.score(outputs, y) == loss.score(other, y)
        np.testing.assert_array_equal(gradient, same)
        assert not gradient[~np.broadcast_to(known(y), gradient.shape)].any()
        assert gradient[np.broadcast_to(known(y), gradient.shape)].all()


@pytest.mark.small
def test_the_loss_is_the_weighted_sum_over_known_steps(rng):
    outputs, y = rng.normal(size=(2, 3, 2)), np.array([[0, 1, -1], [-1, 1, 1]])
    loss = EachStep(CrossEntropy(2), 2.0, np.array([3.0, 0.5]))
    p = np.exp(outputs) / np.exp(outputs).sum(axis=2, keepdims=True)
    expected = -(
        3 * np.log(p[0, 0, 0]) + 0.5 * np.log(p[0, 1, 1])
        + 7 * 0.5 * (np.log(p[1, 1, 1]) + np.log(p[1, 2, 1]))) / 2
    assert np.isclose(loss.gradient(outputs, y, np.array([1.0, 7.0]))[0], expected)
    assert np.isclose(
        loss.of_length(4.0).gradient(outputs, y, np.array([1.0, 7.0]))[0], expected / 2)


def sums_in_float32(raster, weights, decays, intercept):
    """Return the outputs in the order of additions that exported code has."""
    sums, outputs = np.zeros(weights.shape[1:], np.float32), []
    for spikes in raster:
        sums *= decays[:, None]
        for h in np.flatnonzero(spikes):
            sums += weights[h]
        y = intercept.copy()
        for row in sums:
            y += row
        outputs.append(y)
    return np.array(outputs)


@pytest.mark.small
@pytest.mark.parametrize("n_taus", [1, 3])
def test_leaky_sums_have_the_bits_of_float32_additions_in_order(n_taus, rng):
    raster = raster_of(rng, 60, 9)
    weights = rng.normal(size=(9, n_taus, 2)).astype(np.float32)
    decays = decays_of(TAUS[:n_taus], 1.0)
    assert decays.dtype == np.float32
    intercept = rng.normal(size=2).astype(np.float32)
    expected = sums_in_float32(raster, weights, decays, intercept)
    found = LeakySums(weights, intercept, decays).steps(raster)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)
    pieces = LeakySums(weights, intercept, decays)
    np.testing.assert_array_equal(pieces.outputs, intercept)
    np.testing.assert_array_equal(
        np.concatenate([pieces.steps(part) for part in np.split(raster, [1, 2, 30])]), expected)
    np.testing.assert_array_equal(pieces.outputs, expected[-1])


@pytest.mark.small
def test_traces_are_those_of_a_filter(rng):
    raster, decays = raster_of(rng, 7, 50), decays_of(TAUS, 2.0).astype(float)
    x = np.empty((50, 7, 3))
    traces_of(raster, decays, x)
    np.testing.assert_allclose(
        x.reshape(50, -1), traces(raster.T[None], decays)[0], rtol=1e-12, atol=1e-12)


def test_the_decoder_is_standardised_on_known_steps(rng):
    task = task_of(regression(rng), sizes=(5,))
    state = initial_state(task)
    state.layers[0].weights[:, 0] = -10.0  # silent
    state = with_decoder(task, state)
    network, decoder = task.network(state.layers, readout=state.readout), state.decoder
    x = np.concatenate([step_features(network, task, row)[0] for row in range(N)])
    assert len(x) == N_STEPS * (N - 1) - 6
    np.testing.assert_allclose(decoder.mean, x.mean(axis=0), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        decoder.scale, np.maximum(x.std(axis=0), np.sqrt(MIN_RATE / 2)), rtol=1e-10)
    assert (decoder.scale[:3] == np.sqrt(MIN_RATE / 2)).all() and decoder.scale.max() > 0.4
    np.testing.assert_array_equal(step_decays(network), decays_of(TAUS, 1.0))


@pytest.mark.parametrize("taus", [(0.01, 0.001), (1e4,)], ids=str)
@pytest.mark.filterwarnings("ignore:taus=.*keeps nearly nothing")
def test_every_step_has_outputs_for_extreme_time_constants(taus, rng):
    """Filters that are equal in several steps must not join these steps."""
    task = task_of(regression(rng), readout=Leaky(taus))
    assert_gradients_equal_differences(task)
