"""Neurons with rules, with fixed and learned intrinsics, and parts defined by users."""

import pickle

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from user_neuron import QuadraticNeuron
from user_rule import RandomSearch

from skspike import SNNClassifier, SNNTransformer
from skspike.datasets import make_poisson
from skspike.learning import RULES, Reservoir, SurrogateGradient
from skspike.neurons import LIF, NEURONS

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


def test_a_neuron_from_a_users_own_file_works():
    model = SNNClassifier(6, neuron=QuadraticNeuron(), max_iter=20, random_state=0).fit(X, Y)
    assert model.score(X, Y) > 0.6 and np.ptp(model.intrinsics_["gain"][0]) > 0
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))
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
