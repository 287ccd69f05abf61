"""Updates of the tempotron against their definition, and learned networks."""

import numpy as np
import pytest
from naive import tempotron_peak

from skspike import SNNClassifier, SNNTransformer
from skspike._networks._settings import settings_of
from skspike._networks._training_samples import Inputs
from skspike.datasets import make_order, make_templates
from skspike.learning import (
    CrossEntropy, State, SurrogateGradient, Target, Task, Tempotron, initial_state)
from skspike.learning._tempotron import PeakObjective, _inside
from skspike.neurons import LIF
from skspike.simulation import Layer, from_raster

CLASSES = np.array([0, 1, 2])


def objective(neuron, margin=0.3, seed=0):
    """Return an objective on three samples of three classes, with weights per kernel peak."""
    rng = np.random.default_rng(seed)
    raster = (rng.random((3, 6, 30)) < 0.2).astype(np.uint8)
    values = neuron.initial(3, np.random.RandomState(0))
    peak = np.exp(neuron.log_peak(values, 1.0)[0])
    weights = rng.normal(0.1, 0.3, (6, 3)) / peak
    network = SNNClassifier(
        3, neuron=neuron, learning_rate=0.1, rule=SurrogateGradient(intrinsic_learning_rate=0.1))
    settings = settings_of(network, raster)
    target = Target(CLASSES, np.ones(3), CrossEntropy(3))
    task = Task(Inputs(raster, settings), target, settings, np.random.RandomState(0))
    return (
        PeakObjective(
            Tempotron(margin=margin), task, State([Layer(weights, values)]), CLASSES, dtype=float),
        raster)


@pytest.mark.small
def test_weight_update_is_the_kernel_sum_at_the_peak():
    neuron = LIF(tau_mem=15.0, tau_syn=4.0)
    learner, raster = objective(neuron)
    _, grads = learner.gradient(np.arange(3), 0)
    expected = np.zeros((6, 3))
    for b in range(3):
        for h, (v, _, sums) in enumerate(
                tempotron_peak(learner.weights.astype(float), raster[b], 15.0, 4.0)):
            wanted = 1 if h == b else -1
            if wanted * (v - 1) < 0.3:
                expected[:, h] -= wanted * sums / 3
    assert (expected != 0).any(axis=0).sum() >= 2
    np.testing.assert_allclose(grads["weights"], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.small
@pytest.mark.parametrize(
    "neuron", [LIF(tau_mem=15.0, tau_syn=4.0), LIF(tau_mem=15.0)], ids=repr)
def test_intrinsic_update_is_the_derivative_of_the_peak(neuron):
    learner, _ = objective(neuron)
    rows = np.arange(3)
    _, grads = learner.gradient(rows, 0)
    for name, parameter in learner.intrinsics.items():
        grad, step = grads[name], 1e-6
        for h in range(3):
            kept, sides = parameter[h], []
            for parameter[h] in (kept + step, kept - step):
                learner.moved()
                sides.append(learner.loss(rows))
            parameter[h] = kept
            learner.moved()
            assert np.isclose(
                (sides[0] - sides[1]) / (2 * step), grad[h], rtol=1e-6, atol=1e-8), name


def test_the_loss_increases_with_the_missing_margin():
    """No margin reaches 50, so each of the four neurons misses 10 more of a margin of 60."""
    X, y = make_order(20, random_state=0)
    still = {"learn_intrinsic": False, "learning_rate": 1e-9, "max_iter": 1, "random_state": 0}
    less, more = (
        SNNClassifier(4, rule=Tempotron(margin), **still).fit(X, y).loss_curve_[0]
        for margin in (50.0, 60.0))
    assert np.isclose(more - less, 4 * 10.0)


@pytest.mark.small
def test_the_kernel_has_peak_1():
    learner, _ = objective(LIF(tau_mem=40.0, tau_syn=10.0))
    one = np.zeros((1, 1, 200), np.uint8)
    one[0, 0, 0] = 1
    first = {name: value[:1] for name, value in learner.layer.intrinsics.items()}
    learner.network.update([Layer(np.ones((1, 1)) * learner.per_peak[:1], first)])
    v = 1 + learner.network.margins(from_raster(one, float))
    assert 0.999 < v.max() <= 1 + 1e-6


def test_time_constants_stay_apart_and_inside_their_bounds():
    X, y = make_order(60, random_state=0)
    neuron = LIF(tau_mem=12.0, tau_syn=10.0, tau_mem_bounds=(2.0, 15.0), tau_syn_bounds=(2.0, 50.0))
    rule = Tempotron(tau_starts=None, intrinsic_learning_rate=2.0)
    model = SNNTransformer(4, neuron=neuron, rule=rule, max_iter=5, random_state=0).fit(X, y)
    tau_mem, tau_syn = model.intrinsics_["tau_mem"][0], model.intrinsics_["tau_syn"][0]
    assert np.all(tau_mem > tau_syn)
    assert np.all((tau_mem >= 2.0 - 1e-9) & (tau_mem <= 15.0 + 1e-9) & (tau_syn >= 2.0 - 1e-9))


def test_a_single_neuron_separates_two_classes():
    X, y = make_order(300, random_state=0)
    model = SNNClassifier(1, rule="tempotron", max_iter=20, random_state=0).fit(X[:200], y[:200])
    assert model.score(X[200:], y[200:]) > 0.85
    raster = SNNTransformer(
        1, rule="tempotron", max_iter=20, random_state=0).fit(X[:200], y[:200]).transform(X[200:])
    fires = raster.any(axis=(1, 2))
    assert (fires == y[200:]).mean() > 0.8


@pytest.mark.small
@pytest.mark.parametrize(
    "sizes, n_classes, message",
    [((4, 4), 2, "one layer"), ((2,), 3, "one neuron for each of the 3 classes")])
def test_layer_sizes_that_are_not_supported_are_refused(sizes, n_classes, message):
    X, _ = make_order(12, random_state=0)
    with pytest.raises(ValueError, match=message):
        SNNClassifier(sizes, rule="tempotron").fit(X, np.arange(12) % n_classes)


@pytest.mark.small
def test_the_membrane_must_be_slower_than_the_synapse():
    X, y = make_order(20, random_state=0)
    with pytest.raises(ValueError, match="tau_mem > tau_syn"):
        SNNClassifier(2, neuron=LIF(tau_mem=4.0), rule="tempotron", learn_intrinsic=False).fit(X, y)


@pytest.mark.small
@pytest.mark.filterwarnings("ignore:tau_.* is .* times dt:UserWarning")
def test_time_constants_far_below_a_step_are_refused():
    X, y = make_order(20, random_state=0)
    neuron = LIF(
        tau_mem=1e-9, tau_mem_bounds="fixed", tau_syn=1e-10, tau_syn_bounds="fixed")
    with pytest.raises(ValueError, match="tau_mem=1e-09, tau_syn=1e-10 ms and dt=1.0. Choose dt"):
        SNNClassifier(2, neuron=neuron, rule="tempotron", learn_intrinsic=False).fit(X, y)


@pytest.mark.parametrize("size", [390.0, 1e12])
def test_margins_of_any_size_give_a_decoder(size):
    """Margins are nearly equal for all classes, up to hundreds of thresholds.

    Without scaling, a logistic regression of them does not converge.
    """
    X = np.array([[0, 0, 0]] * 4 + [[0, 0, 1]] + [[1, 1, 1]] * 3) * size
    y = np.array([1, 1, 2, 1, 1, 0, 2, 0])
    proba = SNNClassifier(
        5, rule="tempotron", max_iter=1, n_steps=12, random_state=0).fit(X, y).predict_proba(X)
    assert proba[:4].argmax(
        axis=1).tolist() == [1] * 4 and proba[5:].argmax(axis=1).tolist() == [0] * 3


def test_the_start_of_lowest_loss_on_the_validation_part_is_kept(monkeypatch):
    X, y = make_order(60, random_state=0)
    y[::4] = 1 - y[::4]  # wrong labels, so that the parts differ in their best start
    found, train = [], Tempotron._train

    def recorded(self, task, tau, classes, parts):
        objective, attributes = train(self, task, tau, classes, parts)
        found.append([objective.loss(parts[0]), objective.loss(parts[1]), objective.state()])
        return objective, attributes

    monkeypatch.setattr(Tempotron, "_train", recorded)
    rule = Tempotron(tau_starts=(5.0, 20.0, 60.0, 200.0))
    model = SNNClassifier(4, rule=rule, max_iter=5, random_state=0).fit(X, y)
    in_training, in_validation, states = zip(*found, strict=True)
    best = np.argmin(in_validation)
    assert best != np.argmin(in_training)
    np.testing.assert_array_equal(
        model.intrinsics_["tau_mem"][0], states[best].layers[0].intrinsics["tau_mem"])


@pytest.mark.small
def test_an_initial_time_constant_is_within_bounds_and_above_the_synapse():
    neuron = LIF(tau_syn=(3.0, 10.0), tau_mem_bounds=(2.0, 50.0))
    assert [_inside(neuron, tau) for tau in (1.0, 20.0, 99.0)] == [12.0, 20.0, 50.0]


def test_a_score_does_not_use_the_labels_of_held_out_rows():
    X, y = make_templates(40, n_classes=2, random_state=0)
    kept = []

    def scorer(estimator, X, y):
        kept.append(estimator._decoder)
        return 0.0

    model = SNNClassifier(
        2, rule=Tempotron(tau_starts=None), early_stopping=scorer, validation_fraction=0.25,
        max_iter=1, random_state=0).fit(X, y)
    assert not np.array_equal(kept[0].coef, model._decoder.coef)
    fresh = SNNClassifier(2, rule=Tempotron(tau_starts=None), max_iter=1, random_state=0)
    settings = settings_of(fresh, X)
    task = Task(
        Inputs(X, settings), Target(y, np.ones(40), CrossEntropy(2)), settings,
        np.random.RandomState(0))
    classes = np.arange(2)
    learner = PeakObjective(settings.rule, task, initial_state(task), classes)
    rows = np.arange(30)
    decoder = settings.rule._state(task, learner, classes, rows).decoder
    task.target.y[30:] = 1 - y[30:]
    again = settings.rule._state(task, learner, classes, rows).decoder
    for one, other in zip(decoder, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_class_of_one_sample_that_occurs_often_cannot_be_held_out():
    X, y = make_order(20, random_state=0)
    X, y = X.repeat(np.where(np.arange(20) == 0, 9, 1), axis=0), np.append(np.ones(9), np.zeros(19))
    model = SNNClassifier(2, rule=Tempotron(tau_starts=(5.0, 20.0)), max_iter=2, random_state=0)
    assert not hasattr(model.fit(X, y), "validation_curve_")


def test_the_decision_of_three_classes_after_some_steps_ignores_the_rest():
    X, y = make_templates(60, n_classes=3, random_state=0)
    network = SNNClassifier(6, rule="tempotron", max_iter=2, random_state=0).fit(X, y)
    steps, cut = [40, 90, X.shape[2]], X.copy()
    cut[:, :, 90:] = 0
    found = network.running_decision(X, steps)
    assert found.shape == (60, 3, 3)
    np.testing.assert_allclose(found[:, -1], network.decision_function(X), rtol=1e-6)
    np.testing.assert_allclose(found[:, :2], network.running_decision(cut, steps)[:, :2], rtol=1e-6)
