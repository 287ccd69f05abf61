"""Extreme settings: an error that names the parameter before the fit, or finite results.

One warning is allowed.
"""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from user_neuron import QuadraticNeuron

from skspike import SNNClassifier
from skspike.learning import RULES, PairSTDP, Reservoir, Result, Rule, SurrogateGradient
from skspike.neurons import LIF

RASTER = (np.random.default_rng(0).random((24, 4, 15)) < 0.4).astype(np.uint8)
Y = np.arange(24) % 3
EXTREMES = [
    sign * size for size in (1e-300, 1e-17, 1e17, 1e300)
    for sign in (1, -1)]
VARIANTS = [
    SurrogateGradient(solver="sgd"), SurrogateGradient("sigmoid", solver="descent"),
    PairSTDP(intrinsics="fisher", n_trials=3)]
LEARNING = [None, *(cls() for cls in RULES.values()), *VARIANTS]
every_rule = pytest.mark.parametrize("rule", LEARNING, ids=repr)


@pytest.fixture(autouse=True)
def other_warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # such a batch is skipped
        warnings.filterwarnings("ignore", "The gradient of a batch overflowed")
        warnings.filterwarnings("ignore", "tau_.* keeps nearly nothing of the past")
        yield


def runs(names, X=RASTER, **parameters):
    """Return True if a fit gives finite results, or False after an error with one of the names."""
    model = SNNClassifier(5, max_iter=2, n_steps=15, random_state=0, **parameters)
    try:
        model.fit(X, Y)
    except ValueError as error:
        assert any(name in str(error) for name in names), str(error)
        assert not any(late in str(error) for late in ("diverged", "became", "nan")), str(error)
        return False
    learned = [
        *model.weights_, *sum(model.intrinsics_.values(), []), *model._decoder,
        getattr(model, "loss_curve_", [])]
    assert all(np.isfinite(array).all() for array in learned)
    assert np.isfinite(model.decision_function(X)).all()
    return True


# tests/networks/test_matrix.py has more pairs of neurons and rules
@pytest.mark.parametrize(("neuron", "rule"), [
    (LIF(tau_syn=5.0), SurrogateGradient()), (QuadraticNeuron(), None)], ids=repr)
def test_extreme_intrinsics_are_refused_or_run(neuron, rule):
    ran = set()
    for item in neuron.active():
        for value in EXTREMES:
            wide = sorted((value / 10, value * 10)) if item.scale == "log" else (
                -10 * abs(value), 10 * abs(value))
            for bounds in ("fixed", wide):
                changed = clone(neuron).set_params(
                    **{item.name: value, f"{item.name}_bounds": bounds})
                ran.add(runs([item.name], neuron=changed, rule=rule))
    assert ran == {True, False}


@every_rule
@pytest.mark.parametrize("name", ["learning_rate", "tol", "dt"])
def test_extreme_rates_and_steps_are_refused_or_run(name, rule):
    for value in EXTREMES:
        runs([name], rule=rule, **{name: value})


@pytest.mark.small
@pytest.mark.parametrize("value", [1e19, -1e300, (-1e308, 1e308), [0.0, 1e19]])
def test_intrinsics_beyond_float32_are_refused_by_name(value):
    with pytest.raises(ValueError, match=r"v_reset must lie within \[-1e\+18, 1e\+18\]"):
        LIF(v_reset=value, v_reset_bounds="fixed").check()


@pytest.mark.small
def test_coefficients_too_large_are_refused_with_the_values_of_the_neuron():
    neuron = QuadraticNeuron(gain=1e10, gain_bounds="fixed")
    message = "^gain=1e.10, threshold=0.5 at dt=1000000000.0 give a coefficient that is not finite"
    with pytest.raises(ValueError, match=message):
        neuron.coefficient_table(neuron.initial(3, None), 1e9)
    several = QuadraticNeuron(gain=[0.1, 1e10, 0.1], gain_bounds="fixed")
    with pytest.raises(ValueError, match=message):
        several.coefficient_table(several.initial(3, None), 1e9)
    with pytest.raises(
            ValueError, match="^gain=0.1, threshold=0.5 at dt=1e.30 give a coefficient"):
        QuadraticNeuron().coefficient_table(QuadraticNeuron().initial(3, None), 1e30)


class Broken(Rule):
    """A rule that returns a value that is not finite."""

    name = "broken"

    def __init__(self, where):
        self.where = where

    def learn(self, task):
        state, neuron, attributes = Reservoir().learn(task)
        last = state.layers[1]
        parts = {
            "weights": last.weights, "threshold": last.intrinsics["threshold"],
            **state.decoder._asdict()}
        attributes |= {"loss_curve_": [1.0, 2.0], "note_": "text", "best_": 0.5}
        if self.where in parts:
            parts[self.where][..., 0] = np.nan
        elif self.where == "best_":
            attributes["best_"] = np.inf
        else:
            attributes["loss_curve_"][1] = np.nan
        return Result(state, neuron, attributes)


@pytest.mark.parametrize(
    "where", ["weights", "threshold", "coef", "intercept", "mean", "scale", "loss_curve_", "best_"])
def test_what_is_not_finite_is_not_published(where):
    model = SNNClassifier((3, 2), rule=Broken(where), random_state=0)
    message = f"Learning diverged, not finite: {where}. Lower learning_rate=0.003 or intrinsic"
    with pytest.raises(ValueError, match=message):
        model.fit(RASTER, Y)
    assert not hasattr(model, "weights_")
