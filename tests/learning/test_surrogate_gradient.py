"""Surrogate gradients: initial weights, guarantees of training, and learned networks."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone

from skspike import SNNClassifier, SNNTransformer
from skspike.datasets import make_order
from skspike.learning import RULES, Rule, State, SurrogateGradient, _surrogate_gradient
from skspike.learning._surrogate_gradient import MAX_EPOCHS, N_UPDATES
from skspike.neurons import LIF
from skspike.simulation import NO_SPIKES, Layer, Network, from_raster


@pytest.fixture(scope="module")
def trains():
    return make_order(80, 8, 60, width=15.0, gap=5.0, random_state=0)


def loss_of(classifier, X, y):
    proba = classifier.predict_proba(X)
    return -np.mean(np.log(proba[np.arange(len(y)), np.searchsorted(classifier.classes_, y)]))


@pytest.mark.parametrize(
    "neuron", [LIF(), LIF(tau_mem=(5.0, 100.0), threshold=2.0)], ids=repr)
def test_initial_margins_without_spikes_vary_by_1_for_every_threshold(trains, neuron):
    X, _ = trains
    model = SNNTransformer(20, neuron=neuron, rule=None, random_state=0).fit(X)
    values = {name: layers[0] for name, layers in model.intrinsics_.items()}
    network = Network(model.neuron_, [Layer(model.weights_[0], values)], 1.0, NO_SPIKES)
    np.testing.assert_allclose(network.margins(from_raster(X)).std((0, 1)), 1.0, rtol=1e-3)


def test_a_saturated_membrane_passes_no_gradient():
    """With such large currents the potential of a meta-neuron is 3 or -3 in every step."""
    X, y = np.full((12, 3), 1e6), np.arange(12) % 4 > 0
    X += np.arange(12)[:, np.newaxis]
    network = SNNTransformer(
        5, neuron="meta", standardize=False, max_iter=2, rule=SurrogateGradient(dropout=0.0),
        alpha=0.0, random_state=0)
    start = clone(network).set_params(rule=None).fit(X)
    learned = network.set_params(learn_intrinsic=False).fit(X, y)
    assert start.transform(X).any()
    np.testing.assert_array_equal(learned.weights_[0], start.weights_[0])


@pytest.mark.parametrize("rule", [None, "surrogate", "stdp"])
def test_the_scale_of_constant_counts_is_the_lower_bound(rule):
    X, y = np.ones((12, 4)), np.arange(12) % 2
    model = SNNClassifier(5, rule=rule, max_iter=1, random_state=0).fit(X, y)
    # rules with their own readout do not scale
    scaled = rule is None or "readout" in RULES[rule]().supports
    np.testing.assert_array_equal(model.feature_scale_, 0.7 if scaled else 1.0)
    assert np.isfinite(model.decision_function(X)).all()


def test_recurrence_does_not_change_the_initial_weights_of_the_first_layer(trains):
    X, _ = trains
    plain, recurrent = (
        SNNTransformer(20, recurrent=value, rule=None, random_state=0).fit(X)
        for value in (False, True))
    np.testing.assert_array_equal(recurrent.weights_[0], plain.weights_[0])
    assert plain.recurrent_weights_ == [None] and recurrent.recurrent_weights_[0].shape == (20, 20)


def test_recurrent_weights_are_learned_in_recurrent_layers(trains):
    X, y = trains
    settings = {"hidden_layer_sizes": (6, 5), "recurrent": (True, False), "random_state": 0}
    start, learned = (
        SNNTransformer(rule=rule, max_iter=3, **settings).fit(X, y) for rule in (None, "surrogate"))
    first, second = learned.recurrent_weights_
    assert second is None and first.dtype == np.float32
    assert not np.allclose(first, start.recurrent_weights_[0], rtol=1e-6, atol=0)
    warm = SNNTransformer(max_iter=3, warm_start=True, **settings).fit(X, y)
    before = warm.recurrent_weights_[0]
    warm.set_params(learning_rate=1e-12, rule=SurrogateGradient(intrinsic_learning_rate=1e-12))
    warm.fit(X, y)
    np.testing.assert_allclose(warm.recurrent_weights_[0], before, rtol=1e-6, atol=1e-9)


def test_learning_changes_weights_and_the_learned_intrinsics_only(trains):
    X, y = trains
    neuron = LIF(v_reset=-0.2)
    start = SNNTransformer(10, neuron=neuron, rule=None, random_state=0).fit(X)
    learned = SNNTransformer(
        10, neuron=neuron, learn_intrinsic=("tau_mem",), delays=None, max_iter=3,
        random_state=0).fit(X, y)
    assert np.ptp(learned.intrinsics_["tau_mem"][0]) > 0.1
    for name in ("threshold", "v_reset"):
        np.testing.assert_allclose(
            learned.intrinsics_[name][0], start.intrinsics_[name][0], rtol=1e-12)
    assert abs(learned.weights_[0] - start.weights_[0]).max() > 1e-3


@pytest.mark.parametrize("early_stopping", [False, True])
def test_warm_start_never_ends_above_the_fixed_solution(trains, early_stopping):
    X, y = trains
    model = SNNClassifier(
        6, learn_intrinsic=False, delays=None, warm_start=True, max_iter=5, random_state=1,
        early_stopping=early_stopping).fit(X, y)
    before, weights = loss_of(model, X, y), model.weights_[0].copy()
    # rates so large that every step raises the loss: the start must be kept
    model.set_params(
        learn_intrinsic=True, learning_rate=30.0, rule__intrinsic_learning_rate=5.0).fit(X, y)
    np.testing.assert_array_equal(model.weights_[0], weights)
    assert loss_of(model, X, y) <= before * (1 + 1e-9)


def test_warm_start_continues_from_the_previous_fit(trains):
    X, y = trains
    model = SNNClassifier(10, warm_start=True, max_iter=5, random_state=0).fit(X, y)
    first = loss_of(model, X, y)
    assert loss_of(model.fit(X, y), X, y) < first


@pytest.mark.parametrize(
    "rule", [SurrogateGradient(solver="sgd"), SurrogateGradient("triangular", 1.0)], ids=repr)
def test_every_option_of_the_rule_lowers_the_loss(trains, rule):
    model = SNNClassifier(
        16, rule=rule, learning_rate=1e-2, max_iter=15, random_state=0).fit(*trains)
    assert model.loss_curve_[-1] < 0.8 * model.loss_curve_[0]


def test_class_weight_changes_the_predictions(trains):
    X, y = trains
    # with windows nearly all samples are separable
    settings = {"readout": "count", "max_iter": 20, "random_state": 0}
    share = [
        SNNClassifier(8, class_weight={0: 1, 1: w}, **settings).fit(X, y).predict(X).mean()
        for w in (0.01, 100)]
    assert share[0] < 0.2 and share[1] > 0.8


def test_learned_intrinsics_separate_the_order_of_volleys():
    """Input counts carry no information, and fixed neurons forget in 20 ms. Two seeds."""
    gains = []
    for seed in range(2):
        X, y = make_order(1000, random_state=seed)
        settings = {
            "readout": "count", "delays": None, "alpha": 0.0,
            "rule": SurrogateGradient(dropout=0.0), "max_iter": 20, "random_state": seed}
        models = [
            SNNClassifier(32, learn_intrinsic=learn, **settings).fit(X[:500], y[:500])
            for learn in (False, True)]
        gains.append(models[1].score(X[500:], y[500:]) - models[0].score(X[500:], y[500:]))
    assert np.mean(gains) >= 0.15


@pytest.mark.small
def test_small_epochs_are_repeated_up_to_a_limit():
    rule, few = SurrogateGradient(), Rule.epochs(None, 10**6, 100)
    assert rule.epochs(10**6, 100) == few == SurrogateGradient(solver="descent").epochs(10, 10)
    assert rule.epochs(10, 10) == rule.epochs(1, 10) == MAX_EPOCHS
    assert rule.epochs(21, 10) == min(max(few, math.ceil(N_UPDATES / 3)), MAX_EPOCHS)


@pytest.mark.small
def test_many_images_have_fewer_epochs():
    rule = SurrogateGradient()
    for n_samples, n_epochs in {10**6: 10, 8000: 16, 5000: 26, 3000: 30, 320: 100}.items():
        assert rule.epochs(n_samples, 32, images=True) == n_epochs <= rule.epochs(n_samples, 32)
    assert SurrogateGradient(solver="descent").epochs(10**6, 32, images=True) == 30


@pytest.mark.small
@pytest.mark.parametrize(
    ("options", "smooth"),
    [
        ({}, False), ({"spikes": "smooth"}, True), ({"solver": "descent"}, True),
        ({"spikes": "hard"}, False)])
def test_training_spikes_are_smooth_if_required_and_in_descent(options, smooth, monkeypatch):
    asked = []

    def with_decoder(task, state, spikes):
        asked.append(spikes)
        raise StopIteration

    monkeypatch.setattr(_surrogate_gradient, "with_decoder", with_decoder)
    with pytest.raises(StopIteration):
        SurrogateGradient(**options).learn(SimpleNamespace(start=State([])))
    assert [spikes.smooth for spikes in asked] == [smooth]
