"""Neurons with rules, with fixed and learned intrinsics, and parts defined by users."""

import pathlib
import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from user_neuron import QuadraticNeuron
from user_rule import RandomSearch

from skspike import SNNClassifier, SNNTransformer
from skspike.datasets import make_poisson
from skspike.learning import RULES, Reservoir, SurrogateGradient
from skspike.neurons import LIF, NEURONS, MetaNeuron
from skspike.simulation import Layer, Network, from_raster

X, Y = make_poisson(60, 8, 60, rates=(40, 150), random_state=0)


def cells():
    """Yield neuron, rule and whether intrinsics are learned.

    LIF and the two most common rules occur with everything, other neurons with every second of the
    other rules. Each neuron and each rule occurs with fixed and with learned intrinsics.
    """
    common = None, SurrogateGradient.name
    for i, neuron in enumerate(NEURONS):
        for j, rule in enumerate(common):
            yield neuron, rule, bool((i + j) % 2)
        for j, rule in enumerate(name for name in RULES if name not in common):
            if (i + j) % 2 == 0 or neuron == LIF.name:
                yield neuron, rule, bool((i // 2 + j // 2) % 2)


CELLS = {
    f"{neuron}-{rule}-{'learned' if learn else 'fixed'}": (neuron, rule, learn)
    for neuron, rule, learn in cells()}


def test_each_neuron_and_each_rule_occurs_with_fixed_and_with_learned_intrinsics():
    for part in (0, 1):
        for name in (NEURONS, [None, *RULES])[part]:
            assert {cell[2] for cell in CELLS.values() if cell[part] == name} == {True, False}


@pytest.mark.parametrize(("neuron", "rule", "learn"), CELLS.values(), ids=CELLS)
def test_every_cell_fits_transforms_and_classifies(neuron, rule, learn):
    # few updates need a high rate
    settings = {
        "neuron": neuron, "rule": rule, "learn_intrinsic": learn, "learning_rate": 0.02,
        "max_iter": 20, "random_state": 3}
    cls = RULES.get(rule, Reservoir)
    raster = SNNTransformer(6, **settings).fit_transform(X, Y)
    assert raster.shape == (60, 6, 60) and raster.dtype == np.uint8
    model = SNNClassifier(6, **settings).fit(X, Y)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    # the classes differ in rate, which a maximum or a winner hardly shows
    assert cls.poor_score or model.score(X, Y) > cls.least_score
    start = NEURONS[neuron]().initial(6, np.random.RandomState(0))
    moved = {
        name
        for name in start
        if name in model.intrinsics_ and not np.allclose(model.intrinsics_[name][0], start[name])}
    if not learn or rule is None:
        assert moved == {model.neuron_.named(role) for role in cls.moves}
    elif hasattr(cls(), "intrinsic_learning_rate"):
        assert moved >= {model.neuron_.named("threshold")}


@pytest.mark.parametrize("neuron", NEURONS)
def test_warm_start_with_learned_intrinsics_never_ends_above_the_fixed_solution(neuron):
    model = SNNClassifier(
        4, neuron=neuron, learn_intrinsic=False, warm_start=True, max_iter=4, random_state=0).fit(
        X, Y)

    def loss():
        return -np.mean(np.log(model.predict_proba(X)[np.arange(len(Y)), Y]))

    fixed = loss()
    model.set_params(learn_intrinsic=True, max_iter=10).fit(X, Y)
    assert loss() <= fixed * (1 + 1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_meta_neuron_stays_finite_under_any_input(dtype):
    rng = np.random.default_rng(0)
    corners = {name: getattr(MetaNeuron(), f"{name}_bounds") for name in MetaNeuron().learnable()}
    values = {name: rng.choice(bounds, 64).astype(float) for name, bounds in corners.items()}
    raster = (rng.random((4, 5, 50)) < 0.5).astype(np.uint8)
    for size in (1.0, 1e6, 1e30, 1e37):
        network = Network(
            MetaNeuron(), [Layer((size * rng.normal(size=(5, 64))).astype(dtype), values)], 1.0)
        traces = network.forward(from_raster(raster, dtype))
        assert np.isfinite(traces[0].tape).all()
        (d,) = network.backward(traces, np.ones((4, 1, 64)))
        assert np.isfinite(d.weights).all() and all(
            np.isfinite(grad).all() for grad in d.intrinsics.values())


@pytest.mark.parametrize("tau, separable", [(7.30, True), (7.36, False), (20.0, False)])
def test_strict_inclusion_switches_at_7_33_ms(tau, separable):
    """A neuron is to spike for input at {0, 2} ms and not for input at {0, 5, 10} ms.

    All weights w are searched. The first input reaches a potential of w (1 + a**2), the second of
    w (1 + a**5 + a**10), with a = exp(-1 / tau).
    """
    raster = np.zeros((2, 1, 11), np.uint8)
    raster[0, 0, [0, 2]] = 1
    raster[1, 0, [0, 5, 10]] = 1
    weights = np.linspace(-3, 3, 60001)[None, :]
    neuron = LIF(tau_mem=tau)
    network = Network(neuron, [Layer(weights, neuron.initial(weights.size, None))], 1.0)
    fires = network.counts(from_raster(raster, float)) > 0
    assert (fires[0] & ~fires[1]).any() == separable


def test_a_neuron_from_a_users_own_file_works():
    for rule in ("surrogate", "tempotron"):
        model = SNNClassifier(
            6, neuron=QuadraticNeuron(), rule=rule, max_iter=20, random_state=0).fit(X, Y)
        assert model.score(X, Y) > 0.6
        assert np.ptp(model.intrinsics_["gain"][0]) > 0
        np.testing.assert_array_equal(
            pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))
    model = SNNClassifier(4, neuron=QuadraticNeuron(), max_iter=2, random_state=0)
    grid = GridSearchCV(model, {"neuron__gain": [0.1, 0.3]}, cv=2, n_jobs=2)
    assert np.isfinite(grid.fit(X, Y).cv_results_["mean_test_score"]).all()


def test_a_rule_from_a_users_own_file_works():
    for learn in (False, True):
        model = SNNClassifier(
            (6, 4), rule=RandomSearch(), learn_intrinsic=learn, max_iter=40, random_state=0).fit(
            X, Y)
        assert model.loss_curve_[-1] < 0.9 * model.loss_curve_[0]
        assert (np.ptp(model.intrinsics_["tau_mem"][0]) > 0) == learn
    with pytest.raises(ValueError, match="decay must be"):
        SNNClassifier(rule=RandomSearch(decay=2.0)).fit(X, Y)


def test_a_neuron_from_a_users_own_script_works(tmp_path):
    script = """
        from user_neuron import QuadraticNeuron

        class Mine(QuadraticNeuron):
            name = "mine"

        if __name__ == "__main__":
            from skspike import SNNTransformer
            from skspike.datasets import make_poisson
            X, y = make_poisson(20, random_state=0)
            print(SNNTransformer(3, neuron=Mine(), max_iter=1).fit_transform(X, y).shape)
    """
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(script), encoding="utf-8")
    folder = str(pathlib.Path(__file__).parents[1])
    code = (
        f"import sys, runpy; sys.path.insert(0, {folder!r}); runpy.run_path({str(path)!r}, "
        "run_name='__main__')")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(20, 3, 250)"
