"""STDP against a slow race, its invariants, and the effect of labels."""

from types import SimpleNamespace

import naive
import numpy as np
import pytest
from sklearn.datasets import load_digits

from skspike import SNNClassifier, SNNTransformer, SpikeEncoder
from skspike.coding import Poisson
from skspike.datasets import make_poisson
from skspike.learning import RSTDP, STDP
from skspike.learning._competing_layers import CompetingRule, intervals
from skspike.learning._stdp import Race, RaceMemory, imprint
from skspike.neurons import LIF
from skspike.simulation import Layer, Network, from_currents, from_raster

NEURON = LIF(tau_mem=30.0)
RULE = STDP(tau_pre=12.0, n_spikes=4.0, theta_plus=0.2, gain_rate=0.1)


def layer(rule, neuron=NEURON, n_channels=6, size=5, gain=3.0, weight=()):
    """Return a layer of random weights."""
    weights = np.random.default_rng(0).uniform(0.3, 1, (n_channels, size))
    values = neuron.initial(size, np.random.RandomState(0))
    network = Network(neuron, [Layer((weights / weights.sum(0)).astype(np.float32), values)], 1.0)
    return Race(rule, network, RaceMemory.initial(size, gain), 0.1, weight)


def trains(n=12, channels=6, steps=60, p=0.3, seed=0):
    return (np.random.default_rng(seed).random((n, channels, steps)) < p).astype(np.uint8)


@pytest.mark.small
@pytest.mark.parametrize("labels", [None, np.arange(12) % 3], ids=["alone", "with labels"])
def test_a_layer_learns_as_a_slow_race_does(labels):
    raster = trains(steps=60)
    rule, weight = (STDP, ()) if labels is None else (RSTDP, np.array([1.0, 0.5, 2.0]))
    ours = layer(rule(**RULE.get_params()), weight=weight)
    start = ours.weights[:, :5].astype(float)
    out = ours.run(from_raster(raster), learning=True, y=labels)
    expected = naive.race(raster, start, 3.0, 30.0, 12.0, 0.1, 4.0, 0.2, 0.1, labels, weight)
    assert out.any(axis=(0, 2)).sum() >= 3
    np.testing.assert_array_equal(out, expected["raster"])
    np.testing.assert_allclose(ours.weights[:, :5], expected["weights"], rtol=1e-4)
    np.testing.assert_allclose(ours.gain[0], expected["gain"], rtol=1e-5)
    np.testing.assert_allclose(ours.offsets[:5], expected["offsets"], rtol=1e-4, atol=1e-6)


@pytest.mark.small
@pytest.mark.parametrize("n_active", [0, 1, 3])
def test_a_layer_with_few_inputs_learns_as_a_slow_race_does(n_active):
    raster = np.zeros((60, 6, 20), np.uint8)
    raster[:, ::2, 5 : 5 + n_active] = 1
    ours = layer(RULE)
    start = ours.weights[:, :5].astype(float)
    ours.run(from_raster(raster), learning=True)
    expected = naive.race(raster, start, 3.0, 30.0, 12.0, 0.1, 4.0, 0.2, 0.1)
    np.testing.assert_allclose(ours.gain[0], expected["gain"], rtol=1e-5)
    # the wanted number is at most the number of steps with input
    out = ours.run(from_raster(raster[:1]))
    assert out.sum() == n_active and ours.gain[0] < 10


@pytest.mark.small
@pytest.mark.parametrize(("gain", "highest"), [(3.0, 1e9), (1e12, 1e12)])
def test_the_gain_has_a_limit_if_no_gain_causes_spikes(gain, highest):
    ours = layer(STDP(gain_rate=1.0), gain=gain)
    inhibition = from_currents(np.full((60, 6), -1, np.float32), 10)
    assert not ours.run(inhibition, learning=True).any()
    np.testing.assert_allclose(ours.gain[0], highest, rtol=1e-6)


@pytest.mark.small
def test_intervals_are_counted_from_the_previous_spike_of_the_layer():
    raster = trains(p=0.02)
    n_spikes, n_steps = intervals(raster)
    np.testing.assert_array_equal(n_spikes, raster.sum(axis=(0, 2)))
    np.testing.assert_array_equal(n_steps, naive.waits(raster))


@pytest.mark.small
@pytest.mark.parametrize(("rate", "dt"), [(0.5, 1.0), (1.0, 0.5), (7.0, 1.0)])
def test_membrane_time_constants_move_towards_the_intervals_and_not_beyond(rate, dt):
    ours, raster = layer(RULE), trains(channels=5, p=0.1)
    n_spikes, n_steps = intervals(raster)
    goal = 2 * n_steps * dt / n_spikes
    settings = SimpleNamespace(
        neuron=NEURON, learn_intrinsic=("tau_mem",), dt=dt, intrinsic_learning_rate=rate)
    ours.match_intervals(SimpleNamespace(settings=settings), raster, 2.0)
    # a fraction of the way, as logarithms
    expected = 30 ** (1 - rate) * goal**rate if rate < 1 else goal
    np.testing.assert_allclose(ours.intrinsics["tau_mem"], expected, rtol=1e-5)


@pytest.mark.small
def test_a_learned_layer_runs_with_fixed_weights_offsets_and_gain():
    raster = trains()
    ours = layer(RULE)
    ours.run(from_raster(raster), learning=True)
    frozen = ours.run(from_raster(raster))
    again = Race(RULE, Network(NEURON, [ours.layer], 1.0))
    np.testing.assert_array_equal(again.run(from_raster(raster)), frozen)
    assert frozen.any() and again.gain[0] == 1 and not again.offsets.any()


@pytest.mark.small
@pytest.mark.parametrize("neuron", [NEURON, LIF(refractory=3.0)], ids=repr)
def test_one_neuron_spikes_at_a_time_and_all_restart(neuron):
    ours = layer(STDP(), neuron, gain=20.0)
    raster = ours.run(from_raster(trains()))
    assert raster.any() and raster.sum(axis=1).max() == 1
    alone = layer(STDP(), LIF(tau_mem=2000.0), n_channels=1, size=2, gain=1.0)
    alone.weights[0, :2] = 0.7, 0.6  # the second neuron would spike one step later
    np.testing.assert_array_equal(
        alone.run(from_currents(np.ones((1, 1), np.float32), 4))[0], [[0, 1, 0, 1], [0, 0, 0, 0]])


@pytest.mark.small
def test_weights_do_not_change_if_the_trace_is_zero():
    weights = np.full((3, 2), 0.5, np.float32)
    imprint(weights, 1, np.zeros(3, np.float32), np.float32(0.1))
    np.testing.assert_array_equal(weights, 0.5)


def test_the_layer_keeps_its_number_of_spikes():
    X, _ = make_poisson(400, 30, 200, rates=(10, 15), random_state=0)
    network = SNNTransformer(
        100, rule=STDP(n_spikes=20.0), max_iter=1, random_state=0).fit(X[:300])
    assert abs(network.transform(X[300:]).sum(axis=(1, 2)).mean() / 20 - 1) < 0.2


def test_currents_of_both_signs_are_learned(rng):
    X = rng.normal(size=(300, 8))
    network = SNNTransformer(6, rule="stdp", max_iter=5, n_steps=40, random_state=0).fit(X)
    assert network.weights_[0].min() < 0
    assert network.transform(X).sum(axis=(1, 2)).mean() > 2


def test_labels_do_not_change_learning_without_reward():
    X, y = make_poisson(40, random_state=0)
    first = SNNTransformer(4, rule="stdp", max_iter=1, random_state=0).fit(X)
    second = SNNClassifier(4, rule="stdp", max_iter=1, random_state=0).fit(X, 1 - y)
    np.testing.assert_array_equal(first.weights_[0], second.weights_[0])


def test_partial_fit_learns_as_one_pass_and_continues():
    X, _ = make_poisson(60, random_state=0)
    stream = SNNTransformer(6, rule="stdp", random_state=0)
    stream.partial_fit(X[:30])
    first = stream.weights_[0].copy()
    np.testing.assert_array_equal(
        SNNTransformer(6, rule="stdp", max_iter=1, random_state=0).fit(X[:30]).weights_[0], first)
    spikes = stream._memory[0].spikes.sum()
    stream.partial_fit(X[30:])
    assert abs(stream.weights_[0] - first).max() > 1e-3
    assert stream._memory[0].spikes.sum() > spikes
    with pytest.raises(ValueError, match="features"):
        stream.partial_fit(X[:, :5])


@pytest.mark.small
@pytest.mark.parametrize("name", ["spikes", "offsets"])
def test_a_damaged_memory_is_named(name):
    X, _ = make_poisson(10, 8, 30, random_state=0)
    network = SNNTransformer(4, rule="stdp", random_state=0).partial_fit(X)
    network._memory = [network._memory[0]._replace(**{name: np.zeros(3)})]
    with pytest.raises(ValueError, match=f"{name} in _memory must be an array of float64 with"):
        network.partial_fit(X)


@pytest.mark.parametrize("before", [None, "pair_stdp"])
def test_it_continues_from_the_weights_of_any_rule(before):
    X, y = make_poisson(60, random_state=0)
    network = SNNClassifier(6, rule=before, max_iter=1, warm_start=True, random_state=0).fit(X, y)
    network.set_params(rule="stdp", max_iter=3).fit(X, y)
    assert network.predict_proba(X).shape == (60, 2)


@pytest.fixture(scope="module")
def digits():
    """Return shuffled digits. The last 597 are test data."""
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    return X[order], y[order]


def encoder():
    return SpikeEncoder(coding=Poisson(max_rate=255.0), value_range=(0.0, 16.0))


@pytest.mark.parametrize(("rule", "decoder"), [("stdp", "shared"), ("rstdp", "assigned")])
def test_digits_are_learned(digits, rule, decoder):
    X, y = digits
    network = SNNClassifier(
        100, rule=rule, encoder=encoder(), max_iter=5, random_state=0).set_params(
        rule__decoder=decoder)
    assert network.fit(X[:1200], y[:1200]).score(X[1200:], y[1200:]) > 0.88


def test_a_spike_counts_with_the_mean_weight_of_its_class(monkeypatch):
    X, _ = make_poisson(30, random_state=0)
    y, layers, created = np.arange(30) % 6 == 0, [], Race.__init__

    def recorded(self, *args, **options):
        created(self, *args, **options)
        layers.append(self)

    monkeypatch.setattr(Race, "__init__", recorded)
    SNNClassifier(4, rule="rstdp", max_iter=1, random_state=0).fit(X, y)
    (kept,) = [one.kept for one in layers if one.kept.tallies.any()]
    np.testing.assert_allclose(kept.tallies.sum(axis=1), kept.spikes)


@pytest.mark.small
def test_a_neuron_learns_only_in_samples_of_its_class():
    ours = layer(
        RSTDP(gain_rate=0.0), LIF(tau_mem=2000.0), n_channels=2, size=1, gain=1.5,
        weight=[1.0, 1.0])
    one, other = np.zeros((2, 1, 2, 3), np.uint8)
    one[:, 0], other[:, 1] = 1, 1
    ours.run(from_raster(np.repeat(one, 4, axis=0)), learning=True, y=np.zeros(4, np.int64))
    weights, spikes = ours.weights.copy(), ours.kept.spikes.sum()
    assert ours.weights[0, 0] > ours.weights[1, 0]
    ours.weights[1, 0] = 0.9  # so that it also spikes for the other pattern
    weights = ours.weights.copy()
    ours.run(from_raster(other), learning=True, y=np.ones(1, np.int64))
    assert ours.kept.spikes.sum() > spikes and ours.kept.tallies[0, 1] > 0
    np.testing.assert_array_equal(ours.weights, weights)


@pytest.mark.small
def test_a_learning_rate_of_1_is_allowed(monkeypatch):
    def task(rate):
        return SimpleNamespace(settings=SimpleNamespace(learning_rate=rate))

    monkeypatch.setattr(CompetingRule, "learn", lambda self, task: "learned")
    for rate in (1e-3, 1.0):
        assert STDP().learn(task(rate)) == "learned"
    with pytest.raises(ValueError, match="learning_rate of STDP must be at most 1, got 1.5"):
        STDP().learn(task(1.5))
