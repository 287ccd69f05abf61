"""Arrays that are kept between updates of one layer do not change a bit."""

import gc
import weakref

import numpy as np
import pytest

from skspike import SNNClassifier, SNNRegressor, SpikeEncoder
from skspike.coding import Latency, Poisson
from skspike.learning import DecoderObjective, SurrogateGradient
from skspike.learning._decoder_objective import OneLayerSums
from skspike.neurons import NEURONS

pytestmark = pytest.mark.small


def both(monkeypatch, make, X, y):
    """Return an estimator fitted with kept arrays, and one without. Count the groups of rows."""
    calls, forward = [], OneLayerSums.forward
    monkeypatch.setattr(
        OneLayerSums, "forward", lambda self, events, bounds: (
            calls.append(len(events.rows)), forward(self, events, bounds))[1])
    short = make().fit(X, y)
    n_short = len(calls)
    monkeypatch.setattr(DecoderObjective, "_is_short", lambda self: False)
    general = make().fit(X, y)
    assert len(calls) == n_short
    return short, general, n_short


def arrays(estimator):
    """Return the learned arrays of an estimator by name."""
    found = {"loss": np.array(estimator.loss_curve_)}
    layers = {"weights": estimator.weights_, "bias": estimator.biases_, **estimator.intrinsics_}
    found.update({name: array for name, (array,) in layers.items()})
    decoder = estimator._decoder
    return {**found, "coef": decoder.coef, "intercept": decoder.intercept}


def assert_equal_bits(short, general):
    found, expected = arrays(short), arrays(general)
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        assert array is None or array.tobytes() == found[name].tobytes(), name


@pytest.mark.compiled
@pytest.mark.parametrize("neuron", ["lif", "adaptive_lif"])
def test_every_neuron_learns_the_same(monkeypatch, rng, neuron):
    X, y = rng.normal(size=(9, 3)), np.arange(9) % 3
    short, general, n_short = both(monkeypatch, lambda: SNNClassifier(
        5, neuron=NEURONS[neuron](), max_iter=2, batch_size=4, random_state=0), X, y)
    assert n_short == 6  # the last batch of an epoch is smaller
    assert_equal_bits(short, general)


@pytest.mark.parametrize("parameters", [
    {"hidden_layer_sizes": 70}, {"rule": SurrogateGradient(bias=False)}, {"learn_intrinsic": ()},
    {"rule": SurrogateGradient(dropout=0.3)}, {"rule": SurrogateGradient(dropout=0.0)},
    {"readout": "windows"}, {"encoder": SpikeEncoder(Latency(), n_steps=10)},
    {"encoder": SpikeEncoder(Poisson(), n_steps=10)}, {"rule": SurrogateGradient(solver="sgd")},
    {"alpha": 0.0, "early_stopping": True}], ids=str)
def test_settings_learn_the_same(monkeypatch, rng, parameters):
    X, y = rng.normal(size=(10, 3)), rng.normal(size=(10, 2))
    parameters = {"hidden_layer_sizes": 5, **parameters}
    short, general, n_short = both(monkeypatch, lambda: SNNRegressor(
        max_iter=2, batch_size=4, random_state=0, **parameters), X, y)
    assert n_short
    assert_equal_bits(short, general)


@pytest.mark.parametrize(("density", "bias"), [(0.05, False), (0.6, True)])
def test_rasters_learn_the_same(monkeypatch, rng, density, bias):
    X, y = (rng.random((9, 40, 20)) < density).astype(np.uint8), np.arange(9) % 2
    short, general, n_short = both(monkeypatch, lambda: SNNClassifier(
        5, rule=SurrogateGradient(bias=bias), max_iter=2, batch_size=4, random_state=0), X, y)
    assert n_short == 6
    assert_equal_bits(short, general)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_chunks_that_threads_share_learn_the_same(monkeypatch, rng, n_jobs):
    X, y = (rng.random((10, 4, 20)) < 0.3).astype(np.uint8), np.arange(10) % 2
    monkeypatch.setattr("skspike.simulation._network.CHUNK", 1)
    short, general, n_short = both(monkeypatch, lambda: SNNClassifier(
        5, max_iter=2, batch_size=7, n_jobs=n_jobs, random_state=0), X, y)
    assert n_short == 2 * (4 + 2)  # batches of 7 and 3 rows
    assert_equal_bits(short, general)


def test_groups_of_a_chunk_learn_the_same(monkeypatch, rng):
    X, y = (rng.random((10, 4, 20)) < 0.3).astype(np.uint8), np.arange(10) % 2
    monkeypatch.setattr("skspike.simulation._network.BUDGET", 1)
    short, general, n_short = both(monkeypatch, lambda: SNNClassifier(
        5, max_iter=2, batch_size=7, random_state=0), X, y)
    assert n_short == 2 * 10
    assert_equal_bits(short, general)


def test_the_data_are_freed_when_a_fit_ends(monkeypatch, rng):
    """Without a collection of reference cycles, which may come much later."""
    kept, init = [], DecoderObjective.__init__
    monkeypatch.setattr(DecoderObjective, "__init__", lambda self, task, *args: (
        kept.append(weakref.ref(task)), init(self, task, *args))[1])
    X, y = rng.normal(size=(9, 3)), np.arange(9) % 3
    gc.disable()
    try:
        SNNClassifier(5, max_iter=1, random_state=0).fit(X, y)
        assert kept and all(task() is None for task in kept)
    finally:
        gc.enable()


def test_long_samples_do_not_keep_their_arrays(monkeypatch, rng):
    """A sample is one group even if it is larger than the cache."""
    X, y = (rng.random((2, 4, 20)) < 0.3).astype(np.uint8), np.arange(2)
    monkeypatch.setattr("skspike.learning._decoder_objective.BUDGET", 1)
    _, _, n_short = both(monkeypatch, lambda: SNNClassifier(
        5, max_iter=1, batch_size=1, random_state=0), X, y)
    assert n_short == 0


@pytest.mark.compiled
@pytest.mark.parametrize("parameters", [
    {"hidden_layer_sizes": (5, 4)}, {"recurrent": True},
    {"rule": SurrogateGradient(spike_penalty=0.1)}], ids=str)
def test_other_networks_keep_no_arrays(monkeypatch, rng, parameters):
    X, y = rng.normal(size=(21, 3)), rng.integers(0, 3, 21)
    parameters = {"hidden_layer_sizes": 5, **parameters}
    _, _, n_short = both(monkeypatch, lambda: SNNClassifier(
        max_iter=1, random_state=0, **parameters), X, y)
    assert n_short == 0


@pytest.mark.compiled
@pytest.mark.parametrize("hidden_layer_sizes", [5, (5, 4)])
def test_an_objective_may_return_its_own_gradients(monkeypatch, rng, hidden_layer_sizes):
    class Doubled(DecoderObjective):
        def collect(self, sums, n_samples):
            return {key: 2 * grad for key, grad in super().collect(sums, n_samples).items()}

    X, y = rng.normal(size=(21, 3)), rng.integers(0, 3, 21)

    def fitted(rate):
        rule = SurrogateGradient(solver="sgd", intrinsic_learning_rate=rate)
        return SNNClassifier(
            hidden_layer_sizes, rule=rule, learning_rate=rate, max_iter=2, alpha=0.0,
            random_state=0).fit(X, y)

    expected = fitted(0.02)
    monkeypatch.setattr("skspike.learning._surrogate_gradient.DecoderObjective", Doubled)
    found = fitted(0.01)
    for name in ("weights_", "biases_"):
        for own, other in zip(getattr(found, name), getattr(expected, name), strict=True):
            np.testing.assert_array_equal(own, other)
    assert found.loss_curve_ == expected.loss_curve_


@pytest.mark.compiled
@pytest.mark.parametrize("hidden_layer_sizes", [5, (5, 4)])
def test_a_state_does_not_change_with_later_updates(monkeypatch, rng, hidden_layer_sizes):
    kept, moved = [], DecoderObjective.moved

    def keep(self):
        moved(self)
        (layer, *_), decoder, *_ = self.state()
        found = [layer.weights, layer.bias, *layer.intrinsics.values(), decoder.coef]
        kept.append([(array, array.copy()) for array in found])

    monkeypatch.setattr(DecoderObjective, "moved", keep)
    SNNClassifier(hidden_layer_sizes, max_iter=2, random_state=0).fit(
        rng.normal(size=(9, 3)), np.arange(9) % 3)
    assert len(kept) > 2
    assert all(np.array_equal(array, copy) for arrays in kept for array, copy in arrays)
    assert not np.array_equal(kept[0][2][0], kept[-1][2][0])  # a learned intrinsic
