"""STDP against a slow race, its invariants, and the effect of labels."""

from types import SimpleNamespace

import naive
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import SNNClassifier, SNNTransformer, SpikeEncoder
from skspike.coding import Poisson
from skspike.datasets import make_poisson, make_sync, make_telegraph
from skspike.learning import RSTDP, STDP
from skspike.learning._competing_layers import CompetingRule, intervals
from skspike.learning._stdp import Race, RaceMemory, imprint
from skspike.neurons import LIF, MetaNeuron
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
@pytest.mark.parametrize(
    "neuron", [NEURON, LIF(tau_syn=5.0), LIF(refractory=3.0), MetaNeuron()], ids=repr)
def test_one_neuron_spikes_at_a_time_and_all_restart(neuron):
    ours = layer(STDP(), neuron, gain=20.0)
    raster = ours.run(from_raster(trains()))
    assert raster.any() and raster.sum(axis=1).max() == 1
    alone = layer(STDP(), LIF(tau_mem=2000.0), n_channels=1, size=2, gain=1.0)
    alone.weights[0, :2] = 0.7, 0.6  # the second neuron would spike one step later
    np.testing.assert_array_equal(
        alone.run(from_currents(np.ones((1, 1), np.float32), 4))[0], [[0, 1, 0, 1], [0, 0, 0, 0]])


@pytest.mark.small
def test_weights_move_towards_the_normalised_trace():
    ours = layer(STDP(tau_pre=10.0), LIF(tau_mem=2000.0), n_channels=3, size=1, gain=100.0)
    before = ours.weights[:, 0].copy()
    ours.offsets[0] = 60.0  # one input spike is not enough
    raster = np.zeros((1, 3, 6), np.uint8)
    raster[0, 0, 1] = raster[0, 2, 5] = 1
    ours.run(from_raster(raster), learning=True)
    decayed = np.exp(-4 / 10)
    trace = np.array([decayed, 0, 1]) / (1 + decayed)
    np.testing.assert_allclose(ours.weights[:, 0], before + 0.1 * (trace - before), rtol=1e-6)


@pytest.mark.small
def test_weights_do_not_change_if_the_trace_is_zero():
    weights = np.full((3, 2), 0.5, np.float32)
    imprint(weights, 1, np.zeros(3, np.float32), np.float32(0.1))
    np.testing.assert_array_equal(weights, 0.5)


@pytest.mark.parametrize(
    ("n_channels", "n_neurons", "rate", "n_spikes"),
    [(10, 5, 40, 8), (200, 50, 100, 8), (30, 100, 10, 20)])
def test_the_layer_keeps_its_number_of_spikes_for_any_size_and_input(
        n_channels, n_neurons, rate, n_spikes):
    X, _ = make_poisson(400, n_channels, 200, rates=(rate, 1.5 * rate), random_state=0)
    network = SNNTransformer(
        n_neurons, rule=STDP(n_spikes=float(n_spikes)), max_iter=1, random_state=0).fit(X[:300])
    assert abs(network.transform(X[300:]).sum(axis=(1, 2)).mean() / n_spikes - 1) < 0.2


def test_all_weights_have_the_same_gain_and_thresholds_keep_their_mean():
    X, _ = make_poisson(200, random_state=0)
    network = SNNTransformer(10, rule="stdp", max_iter=3, random_state=0).fit(X)
    sums = network.weights_[0].sum(axis=0)
    np.testing.assert_allclose(sums, sums[0], rtol=1e-3)
    assert network.weights_[0].min() >= 0
    thresholds = network.intrinsics_["threshold"][0]
    np.testing.assert_allclose(thresholds.mean(), 1, rtol=1e-5)
    assert np.ptp(thresholds) > 0.01


def test_a_membrane_learns_twice_the_duration_of_a_race():
    X, y = make_poisson(200, random_state=0)
    learned = SNNTransformer(
        8, rule="stdp", learn_intrinsic=("tau_mem",), max_iter=60, random_state=0).fit(X)
    fixed = SNNTransformer(8, rule="stdp", learn_intrinsic=False, max_iter=1, random_state=0).fit(X)
    np.testing.assert_array_equal(fixed.intrinsics_["tau_mem"][0], 20.0)
    lasts = X.shape[2] / learned.transform(X).sum(axis=(1, 2)).mean()
    assert abs(np.log(np.median(learned.intrinsics_["tau_mem"][0]) / (2 * lasts))) < 0.25


def test_learned_time_constants_separate_dwell_times_and_synchrony():
    """Without labels. The classes have equal mean rates. Two seeds."""
    for make in (make_telegraph, make_sync):
        gains = []
        for seed in range(2):
            X, y = make(1000, random_state=seed)
            network = SNNClassifier(64, rule="stdp", max_iter=5, random_state=seed)
            scores = [
                network.set_params(
                    learn_intrinsic=learn).fit(X[:500], y[:500]).score(X[500:], y[500:])
                for learn in (False, True)]
            gains.append(scores[1] - scores[0])
        assert np.mean(gains) >= 0.04


def test_currents_of_both_signs_are_learned(rng):
    X = rng.normal(size=(300, 8))
    network = SNNTransformer(6, rule="stdp", max_iter=5, n_steps=40, random_state=0).fit(X)
    assert network.weights_[0].min() < 0
    assert network.transform(X).sum(axis=(1, 2)).mean() > 2


@pytest.mark.parametrize("rule", ["stdp", "rstdp"])
def test_samples_with_fewer_steps_than_wanted_spikes_are_learned(rule):
    X, y = load_digits(return_X_y=True)
    network = SNNClassifier(20, rule=rule, encoder=SpikeEncoder(n_steps=5), random_state=0)
    assert network.fit(X[:1200], y[:1200]).score(X[1200:], y[1200:]) > 0.6
    assert network._memory[0].gain < 1e4


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


@pytest.mark.parametrize("before", [None, "surrogate", "pair_stdp", "rstdp"])
def test_it_continues_from_the_weights_of_any_rule(before):
    X, y = make_poisson(60, random_state=0)
    network = SNNClassifier(6, rule=before, max_iter=1, warm_start=True, random_state=0).fit(X, y)
    network.set_params(rule="stdp", max_iter=3).fit(X, y)
    assert network.predict_proba(X).shape == (60, 2)


def test_a_learning_rate_above_1_is_refused():
    X, _ = make_poisson(20, random_state=0)
    with pytest.raises(ValueError, match="learning_rate of STDP must be at most 1"):
        SNNTransformer(4, rule="stdp", learning_rate=1.5).fit(X)


def test_two_layers_learn_one_after_the_other():
    X, _ = make_poisson(60, random_state=0)
    network = SNNTransformer((20, 6), rule="stdp", max_iter=2, random_state=0).fit(X)
    assert [w.shape for w in network.weights_] == [(20, 20), (20, 6)]
    assert 3 < network.transform(X).sum(axis=(1, 2)).mean() < 16


@pytest.fixture(scope="module")
def digits():
    """Return shuffled digits. The last 597 are test data."""
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    return X[order], y[order]


def encoder():
    return SpikeEncoder(coding=Poisson(max_rate=255.0), value_range=(0.0, 16.0))


@pytest.mark.parametrize("rule", ["stdp", "rstdp"])
@pytest.mark.parametrize("decoder", ["shared", "assigned"])
def test_digits_are_learned(digits, rule, decoder):
    X, y = digits
    network = SNNClassifier(
        100, rule=rule, encoder=encoder(), max_iter=5, random_state=0).set_params(
        rule__decoder=decoder)
    assert network.fit(X[:1200], y[:1200]).score(X[1200:], y[1200:]) > 0.88


# Rules for timing lose this information: the Tempotron trains single spikes, and pair-based STDP
# single latencies.
def test_training_does_not_lower_the_score_of_a_logistic_regression_on_counts(digits):
    X, y = digits

    def score(rule, seed):
        network = SNNTransformer(
            64, rule=rule, encoder=encoder(), max_iter=5, random_state=seed).fit(X[:1200], y[:1200])
        counts = network.transform(X).sum(axis=2)
        model = make_pipeline(
            StandardScaler(), LogisticRegression(max_iter=1000)).fit(counts[:1200], y[:1200])
        return model.score(counts[1200:], y[1200:])

    untrained = np.mean([score(None, seed) for seed in range(3)])
    for rule in ("stdp", "rstdp", "surrogate"):
        assert np.mean([score(rule, seed) for seed in range(3)]) > untrained - 0.02, rule


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
