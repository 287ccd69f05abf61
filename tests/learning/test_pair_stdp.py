"""Pair-based STDP: weight changes against all pairs of spikes, competition, intrinsics."""

import numpy as np
import pytest
from naive import stdp_pairs
from sklearn.base import clone

from skspike import SNNTransformer
from skspike.datasets import make_order, make_poisson
from skspike.learning import PairSTDP
from skspike.learning._pair_stdp import PairCompetition
from skspike.neurons import LIF
from skspike.simulation import Layer, Network, from_currents, from_raster

NEURONS = {"lif": LIF(), "refractory": LIF(refractory=3.0)}


def competition(rule, neuron, weights=None):
    if weights is None:
        weights = np.random.default_rng(0).uniform(0.1, 0.5, (6, 5))
    weights = np.asarray(weights, np.float32)
    return PairCompetition(
        rule,
        Network(
            neuron, [Layer(weights, neuron.initial(weights.shape[1], np.random.RandomState(0)))],
            1.0))


def trains(n=1, channels=6, steps=80, p=0.25, seed=0):
    return (np.random.default_rng(seed).random((n, channels, steps)) < p).astype(np.uint8)


@pytest.mark.small
@pytest.mark.parametrize("neuron", NEURONS.values(), ids=NEURONS)
def test_weight_change_is_the_sum_over_all_pairs(neuron):
    sizes = {
        "tau_pre": 12.0, "tau_post": 25.0, "a_plus": 1e-4, "a_minus": 2e-4, "w_min": -10.0,
        "w_max": 10.0}
    rule = PairSTDP(**sizes, bounds="additive", inhibition=0.5, k_winners=2, theta_plus=0.0)
    layer, raster = competition(rule, neuron), trains()
    before = layer.weights.copy()
    out = layer.run(from_raster(raster), learning=True)
    unit = rule.w_max - rule.w_min
    for c in range(6):
        for h in range(5):
            pre, post = np.flatnonzero(raster[0, c]), np.flatnonzero(out[0, h])
            expected = stdp_pairs(pre, post, 12.0, 25.0, 1e-4 * unit, 2e-4 * unit)
            assert np.isclose(layer.weights[c, h] - before[c, h], expected, rtol=1e-3, atol=1e-5)
    assert out.any()


@pytest.mark.small
def test_multiplicative_change_shrinks_with_the_distance_to_the_bound():
    rule = PairSTDP(
        a_plus=0.01, a_minus=0.0, bounds="multiplicative", inhibition=0.0, k_winners=None,
        theta_plus=0.0)
    layer = competition(rule, LIF(threshold=0.15), [[0.2, 0.8]])
    layer.run(from_raster(np.ones((1, 1, 1), np.uint8)), learning=True)
    np.testing.assert_allclose(
        layer.weights[0, :2], [0.2 + 0.01 * 0.8, 0.8 + 0.01 * 0.2], rtol=1e-5)
    layer = competition(
        clone(rule).set_params(a_plus=0.0, a_minus=0.01, w_min=0.1), LIF(threshold=0.15),
        [[0.2, 0.8]])
    layer.run(from_raster(np.ones((1, 1, 2), np.uint8)), learning=True)
    np.testing.assert_allclose(
        layer.weights[0, :2], np.array([0.2, 0.8]) - 0.01 * np.exp(-1 / 20) * np.array([0.1, 0.7]),
        rtol=1e-5)


@pytest.mark.small
def test_weights_stay_inside_their_bounds():
    rule = PairSTDP(a_plus=0.5, a_minus=0.5, theta_plus=0.0)
    layer = competition(rule, LIF())
    layer.run(from_raster(trains(5)), learning=True)
    weights = layer.weights[:, :5]
    assert weights.min() == 0 and weights.max() == 1


@pytest.mark.small
@pytest.mark.parametrize("k", [1, 2, None])
def test_at_most_k_neurons_spike_in_a_step(k):
    raster = competition(PairSTDP(k_winners=k, inhibition=0.0), LIF()).run(from_raster(trains(20)))
    most = raster.sum(axis=1).max()
    assert most == (k or 5)


@pytest.mark.small
@pytest.mark.parametrize("neuron", NEURONS.values(), ids=NEURONS)
def test_without_competition_the_layer_runs_as_in_the_simulation(neuron, rng):
    layer = competition(PairSTDP(k_winners=None, inhibition=0.0), neuron)
    for events in (
            from_raster(trains(4)),
            from_currents(rng.uniform(0, 0.4, (4, 6)).astype(np.float32), 80)):
        expected = layer.network.rasters(events)
        np.testing.assert_array_equal(layer.run(events), expected)
        assert expected.any()


@pytest.mark.small
def test_a_spike_lowers_the_other_membranes():
    events = from_currents(np.ones((1, 1), np.float32), 2)
    for inhibition, expected in ((0.0, [[1, 1], [0, 1]]), (1.0, [[1, 1], [0, 0]])):
        layer = competition(
            PairSTDP(inhibition=inhibition, k_winners=None), LIF(tau_mem=2000.0), [[1.1, 0.9]])
        np.testing.assert_array_equal(layer.run(events)[0], expected)


def test_each_spike_raises_the_threshold_permanently():
    X, _ = make_poisson(60, random_state=0)
    plain = SNNTransformer(
        8, rule=PairSTDP(theta_plus=0.0), learn_intrinsic=False, max_iter=1, random_state=0).fit(X)
    adapted = SNNTransformer(
        8, rule=PairSTDP(theta_plus=0.05), learn_intrinsic=False, max_iter=1, random_state=0).fit(X)
    np.testing.assert_array_equal(plain.intrinsics_["threshold"][0], 1.0)
    assert adapted.intrinsics_["threshold"][0].max() > 1.05
    assert adapted.transform(X).mean() < plain.transform(X).mean()


@pytest.mark.small
def test_a_raised_threshold_decays():
    raster = trains(1, p=0.5)
    still = {"learn_intrinsic": False, "max_iter": 1, "random_state": 0}
    # increments too small to change spikes
    rule = PairSTDP(
        a_plus=0.0, a_minus=0.0, k_winners=None, inhibition=0.0, theta_plus=1e-5, tau_theta=30.0)
    model = SNNTransformer(4, rule=rule, **still).fit(raster)
    spikes = model.transform(raster)[0]
    raised = 1e-5 * (spikes * np.exp(-np.arange(79, -1, -1) / 30.0)).sum(axis=1)
    assert spikes.any(axis=1).sum() >= 2
    # thresholds are float32
    np.testing.assert_allclose(model.intrinsics_["threshold"][0] - 1, raised, rtol=1e-3, atol=1e-7)


def test_constant_currents_change_weights_like_spikes_in_every_step():
    X = (np.random.default_rng(0).random((10, 6)) < 0.5).astype(np.uint8)
    rule = PairSTDP(a_plus=0.002, a_minus=0.001, k_winners=None)
    same = {"n_steps": 40, "standardize": False, "max_iter": 1, "random_state": 0}
    of_spikes = SNNTransformer(4, rule=rule, **same).fit(
        np.repeat(X[:, :, None], 40, axis=2)).weights_[0]
    start = SNNTransformer(4, rule=PairSTDP(a_plus=0.0, a_minus=0.0), **same).fit(X).weights_[0]
    of_currents = SNNTransformer(4, rule=rule, **same).fit(X.astype(float)).weights_[0]
    assert abs(of_spikes - start).max() > 1e-3
    np.testing.assert_allclose(of_currents, of_spikes, rtol=1e-4)


def test_a_batch_moves_the_threshold_by_at_most_the_rate():
    X, _ = make_poisson(60, random_state=0)
    # all rates are thousands of times too high
    rule = PairSTDP(
        target_rate=1e-3, k_winners=None, inhibition=0.0, theta_plus=0.0,
        intrinsic_learning_rate=0.02)
    model = SNNTransformer(8, rule=rule, max_iter=1, batch_size=20, random_state=0).fit(X)
    np.testing.assert_allclose(np.log(model.intrinsics_["threshold"][0]), 3 * 0.02, rtol=1e-6)


@pytest.mark.parametrize("dt", [0.5, 1.0, 4.0])
def test_a_threshold_moves_by_the_relative_excess_of_the_rate_in_hz(dt):
    X, _ = make_poisson(20, random_state=0)
    rule = PairSTDP(
        a_plus=0.0, a_minus=0.0, k_winners=None, inhibition=0.0, theta_plus=0.0,
        normalize_weights=False, intrinsic_learning_rate=0.02)
    model = SNNTransformer(8, rule=rule, dt=dt, max_iter=1, batch_size=20, random_state=0)
    rates = clone(model).set_params(learn_intrinsic=False).fit_transform(X).mean(axis=(0, 2))
    rates *= 1000 / dt
    rule.set_params(target_rate=float(rates.mean()))
    excess = rates / rates.mean() - 1
    assert 0.1 < np.abs(excess).max() < 1
    np.testing.assert_allclose(
        np.log(model.fit(X).intrinsics_["threshold"][0]), 0.02 * excess, rtol=1e-5, atol=1e-7)


def test_homeostasis_brings_rates_closer_to_the_target():
    X, _ = make_poisson(200, random_state=0)

    def distance(learn):
        rule = PairSTDP(
            target_rate=30.0, k_winners=None, inhibition=0.0, theta_plus=0.0,
            intrinsic_learning_rate=0.1)
        model = SNNTransformer(
            8, rule=rule, learn_intrinsic=learn, max_iter=6, random_state=0).fit(X)
        return abs(1000 * model.transform(X).mean(axis=(0, 2)) - 30.0).mean()

    assert distance(True) < 0.5 * distance(False)


def test_thresholds_raised_by_spikes_and_homeostasis_stay_inside_their_bounds():
    X, _ = make_order(60, random_state=0)
    rule = PairSTDP(
        target_rate=1e-3, theta_plus=0.5, k_winners=None, inhibition=0.0,
        intrinsic_learning_rate=1.0)
    network = SNNTransformer(
        8, rule=rule, neuron=LIF(threshold_bounds=(0.1, 1.5)), max_iter=1, batch_size=60,
        random_state=0).fit(X)
    np.testing.assert_allclose(network.intrinsics_["threshold"][0], 1.5, rtol=1e-6)


def test_only_fisher_needs_labels():
    X, y = make_poisson(20, random_state=0)
    SNNTransformer(4, rule=PairSTDP(), max_iter=1).fit(X)
    with pytest.raises(ValueError, match="requires y"):
        SNNTransformer(4, rule=PairSTDP(intrinsics="fisher"), max_iter=1).fit(X)
    SNNTransformer(4, rule=PairSTDP(intrinsics="fisher", n_trials=2), max_iter=1).fit(X, y)


def test_each_neuron_keeps_a_step_that_raises_its_fisher_score():
    """The first step of the search has a spread of 1.5 on the scale of the logarithm."""
    X, _ = make_poisson(90, random_state=0)
    y = np.repeat([0, 1, 2], [10, 20, 60])
    X *= np.random.default_rng(0).random(X.shape) < np.array([0.4, 0.7, 1.0])[y, None, None]
    rule = PairSTDP(
        a_plus=0.0, a_minus=0.0, k_winners=None, inhibition=0.0, theta_plus=0.0,
        normalize_weights=False, intrinsics="fisher", n_trials=1)
    model = SNNTransformer(200, rule=rule, max_iter=1, random_state=0)

    def fitted(learn):
        fit = clone(model).set_params(learn_intrinsic=learn).fit(X, y)
        counts = fit.transform(X).sum(axis=2, dtype=float)
        means, variances = np.array(
            [[part.mean(axis=0), part.var(axis=0)] for part in np.split(counts, [10, 30])]
        ).swapaxes(0, 1)
        return means.var(axis=0) / (variances.mean(axis=0) + 1e-3), fit.intrinsics_["tau_mem"][0]

    (before, tau), (after, learned) = fitted(False), fitted(True)
    steps = np.log(learned / tau)
    kept = np.abs(steps) > 1e-4
    assert 50 < kept.sum() < 150
    assert (after[kept] > before[kept]).all()
    assert 1.2 < steps[kept].std() < 1.8


def test_normalised_weights_keep_their_sum():
    X, _ = make_poisson(40, random_state=0)
    start = SNNTransformer(
        5, rule=PairSTDP(a_plus=0.0, a_minus=0.0), max_iter=1, random_state=0).fit(X)
    model = SNNTransformer(
        5, rule=PairSTDP(normalize_weights=True), max_iter=2, random_state=0).fit(X)
    np.testing.assert_allclose(model.weights_[0].sum(0), start.weights_[0].sum(0), rtol=1e-4)
    assert abs(model.weights_[0] - start.weights_[0]).max() > 0.01


def test_partial_fit_learns_as_one_pass():
    X, _ = make_poisson(60, random_state=0)
    stream = SNNTransformer(6, rule="pair_stdp", random_state=0)
    stream.partial_fit(X[:30])
    first = stream.weights_[0].copy()
    stream.partial_fit(X[30:])
    assert abs(stream.weights_[0] - first).max() > 1e-3
    np.testing.assert_array_equal(
        SNNTransformer(6, rule="pair_stdp", max_iter=1, random_state=0).fit(X[:30]).weights_[0],
        first)
    with pytest.raises(ValueError, match="features"):
        stream.partial_fit(X[:, :5])
