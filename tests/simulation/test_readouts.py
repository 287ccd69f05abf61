"""Readouts: features, gradients through them, and their use in estimators."""

import numpy as np
import pytest
from user_readout import Legendre

from skspike import SNNClassifier, SNNTransformer
from skspike.datasets import make_order, make_telegraph
from skspike.learning import RULES, smooth_spikes
from skspike.neurons import LIF
from skspike.simulation import (
    READOUTS, WIDTH, Count, Exponential, Layer, Network, Pyramid, Readout, Windows, from_raster)
from skspike.simulation._layers import read_by
from skspike.testing import check_part

X = (np.random.default_rng(0).random((12, 6, 75)) < 0.2).astype(np.uint8)
Y = np.arange(12) % 3
SIZE = WIDTH + 6  # neurons in two panels
every_readout = pytest.mark.parametrize(
    "readout", [cls() for cls in (*READOUTS.values(), Legendre)], ids=repr)


def network_of(readout, dtype=np.float32, recurrent=False, **spikes):
    rng, neuron = np.random.default_rng(1), LIF()
    layers = []
    for shape in ((6, 5), (5, SIZE)):
        across = rng.normal(0, 0.3, (shape[1],) * 2).astype(dtype) if recurrent else None
        layers.append(
            Layer(
                rng.normal(0.3, 0.5, shape).astype(dtype),
                neuron.initial(shape[1], np.random.RandomState(0)), across))
    return Network(neuron, layers, 1.0, readout=readout, **spikes)


@pytest.mark.small
@every_readout
def test_every_readout_passes_its_contract(readout):
    check_part(readout)


@pytest.mark.small
@pytest.mark.parametrize(
    "filters", [lambda self, n, dt: np.ones((n, n)), lambda self, n, dt: np.full((1, n), np.inf)])
def test_the_contract_check_finds_filters_of_a_wrong_shape_or_value(filters):
    with pytest.raises(AssertionError, match=r"^Broken\.filters"):
        check_part(type("Broken", (Count,), {"filters": filters})())


@pytest.mark.small
@pytest.mark.parametrize(
    "filters", [np.ones((2, 74)), np.ones(75), np.full((1, 75), np.inf)],
    ids=["short", "flat", "infinite"])
def test_a_network_refuses_invalid_filters_and_names_the_readout(filters):
    broken = type("Broken", (Count,), {"filters": lambda self, n_steps, dt: filters})()
    with pytest.raises(
            ValueError,
            match=r"^Broken\.filters must return finite numbers of shape \(n_filters, 75\)"):
        network_of(broken).features(from_raster(X))


@pytest.mark.small
@pytest.mark.parametrize("recurrent", [False, True], ids=["feed-forward", "recurrent"])
@every_readout
def test_features_are_spike_trains_weighted_by_filters(readout, recurrent):
    network, events = network_of(readout, recurrent=recurrent), from_raster(X[:5])
    raster = network.rasters(events)
    expected = np.einsum("bnt,kt->bnk", raster, readout.filters(75, 1.0)).reshape(5, -1)
    assert 0.01 < raster.mean() < 0.9
    np.testing.assert_allclose(network.features(events), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.small
@every_readout
def test_gradients_through_a_readout_equal_differences_in_random_directions(readout):
    rng = np.random.default_rng(2)
    network = network_of(readout, float, spikes=smooth_spikes("sigmoid", 3.0))
    events, weights = from_raster(X[:2, :, :20], float), network.layers[0].weights
    reading = network.reading(20)
    direction = rng.normal(size=(2, SIZE * len(readout.filters(20, 1.0))))

    def loss():
        network.update(network.layers)
        return (
            (
                reading.features(network.forward(events, bounds=reading.bounds)[-1].counts)
                * direction).sum())

    traces = network.forward(events, bounds=reading.bounds)
    dspikes = reading.filters.T @ direction.reshape(2, SIZE, -1).transpose(0, 2, 1)
    found, start = network.backward(traces, dspikes)[0].weights, weights.copy()
    for way in rng.normal(size=(3, *weights.shape)):
        ends = []
        for step in (1e-5, -1e-5):
            weights[...] = start + step * way
            ends.append(loss())
        weights[...] = start
        np.testing.assert_allclose((ends[0] - ends[1]) / 2e-5, (found * way).sum(), rtol=1e-6)


@pytest.mark.small
def test_windows_differ_by_at_most_one_step_and_cover_the_whole_train():
    for n_windows, n_steps in ((10, 100), (3, 100), (7, 40), (10, 4)):
        filters = Windows(n_windows).filters(n_steps, 1.0)
        assert np.ptp(filters.sum(axis=1)) <= 1
        np.testing.assert_array_equal(filters.sum(axis=0), 1)


@pytest.mark.small
def test_a_pyramid_contains_counts_and_windows():
    filters = Pyramid(3).filters(40, 1.0)
    np.testing.assert_array_equal(filters[:1], Count().filters(40, 1.0))
    np.testing.assert_array_equal(filters[3:], Windows(4).filters(40, 1.0))


@every_readout
@pytest.mark.parametrize("rule", [None, "surrogate"])
def test_a_complete_stream_has_the_probabilities_of_the_whole_train(readout, rule):
    classifier = SNNClassifier(7, readout=readout, rule=rule, max_iter=2, random_state=0).fit(X, Y)
    stream = classifier.stream()
    stream.step(X[0, :, :50])
    assert np.isfinite(stream.predict_proba()).all()
    stream.step(X[0, :, 50:])
    np.testing.assert_array_equal(stream.predict_proba(), classifier.predict_proba(X[:1])[0])
    stream.reset()
    stream.step(X[1])
    np.testing.assert_array_equal(stream.predict_proba(), classifier.predict_proba(X[1:2])[0])


def test_a_stream_longer_than_the_readout_must_be_reset():
    stream = SNNClassifier(7, readout="windows", rule=None, random_state=0).fit(X, Y).stream()
    stream.step(X[0])
    stream.step(X[0, :, 0])
    with pytest.raises(
            ValueError, match=r"76 steps have passed, and Windows reads trains of 75.*reset\(\)"):
        stream.predict_proba()


@pytest.mark.parametrize("rule", [None, "surrogate"])
@pytest.mark.parametrize(("task", "expected"), [(make_order, Windows), (make_telegraph, Count)])
def test_the_default_readout_uses_windows_if_the_timing_of_spikes_matters(task, expected, rule):
    raster, y = task(200, random_state=0)
    assert (
        type(SNNClassifier(16, rule=rule, max_iter=1, random_state=0).fit(raster, y).readout_)
        is expected)


@pytest.mark.small
def test_the_default_readout_of_constant_input_is_the_count():
    assert (
        repr(
            SNNClassifier(4, rule=None, n_steps=20, random_state=0).fit(X.mean(axis=2), Y).readout_)
        == "Count()")


@pytest.mark.parametrize(
    "rule", [name for name, cls in RULES.items() if "readout" not in cls().supports])
def test_a_rule_with_its_own_readout_refuses_the_parameter(rule):
    with pytest.raises(ValueError, match="does not support readout. Leave it out"):
        SNNTransformer(4, rule=rule, readout="windows").fit(X, Y)
    assert SNNClassifier(4, rule=rule, max_iter=1, random_state=0).fit(X, Y).readout_ is None


@pytest.mark.small
def test_an_estimator_takes_a_user_defined_readout():
    class Ends(Readout):
        name = "ends"

        def filters(self, n_steps, dt):
            return np.eye(n_steps)[[0, -1]]

    model = SNNClassifier(4, readout=Ends(), rule=None, random_state=0).fit(X, Y)
    assert model.decoder_coef_.shape == (8, 3)
    raster = SNNTransformer(4, readout=Ends(), rule=None, random_state=0).fit(X).transform(X)
    np.testing.assert_allclose(
        model.feature_mean_.reshape(4, 2), raster[:, :, [0, -1]].mean(axis=0))


@pytest.mark.small
def test_exponential_filters_decay_with_their_time_constant():
    np.testing.assert_allclose(Exponential((10.0,)).filters(50, 2.0)[0, [-1, -6]], [1, np.exp(-1)])


@pytest.mark.parametrize("tau", [5e-324, 1e300])
def test_time_constants_out_of_range_are_refused(tau):
    with pytest.raises(
            ValueError, match=r"taus\[0\] must be a finite number and >= 1e-18 and <= 1e\+18"):
        Exponential(taus=(tau,)).check()


def test_a_warm_start_with_another_readout_is_refused():
    model = SNNClassifier(4, readout="count", max_iter=1, warm_start=True, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match="readout"):
        model.set_params(readout="windows").fit(X, Y)


def test_a_user_defined_readout_separates_spike_orders_that_counts_do_not():
    trains, y = make_order(300, random_state=0)
    fixed = SNNClassifier(16, learn_intrinsic=False, delays=None, max_iter=20, random_state=0)
    scores = [
        fixed.set_params(
            readout=Legendre(degree)).fit(trains[:200], y[:200]).score(trains[200:], y[200:])
        for degree in (0, 1)]
    assert scores[0] < 0.7 and scores[1] > 0.9


@pytest.mark.small
@pytest.mark.parametrize("n_steps", [5, 64])
@pytest.mark.parametrize(
    "readout", [Windows(3), Windows(8), Exponential(), Legendre(5), Pyramid(3)], ids=repr)
def test_the_deviation_of_a_feature_is_the_deviation_for_independent_spikes(readout, n_steps):
    filters = readout.filters(n_steps, 1.0)
    # an empty window counts no spikes
    expected = [np.sqrt(np.mean(row**2)) if row.any() else 1.0 for row in filters]
    np.testing.assert_allclose(read_by(readout, n_steps, 1.0).deviations(), expected, rtol=1e-9)


@pytest.mark.small
def test_time_constants_of_a_readout_must_be_positive():
    Exponential(taus=(1e-3, 0.5, 1e6)).check()
    for wrong in ((0.0, 5.0), (-1.0,)):
        with pytest.raises(ValueError, match="taus"):
            Exponential(taus=wrong).check()
