"""A network that predicts values."""


import numpy as np
import pytest

from skspike import SNNRegressor
from skspike.datasets import make_poisson
from skspike.learning import RULES

X, _ = make_poisson(200, 8, 60, rates=(20, 120), random_state=0)
FIRST, SECOND = X[:, :4].sum(axis=(1, 2)) * 1.0, X[:, :, 30:].sum(axis=(1, 2)) * 100.0
BOTH = np.stack([FIRST, SECOND], axis=1)


def test_values_are_found_in_spikes_whatever_their_unit():
    model = SNNRegressor(32, random_state=0).fit(X[:150], BOTH[:150])
    assert model.predict(X).shape == (200, 2)
    assert model.score(X[150:], BOTH[150:]) > 0.7
    np.testing.assert_allclose(model.target_mean_, BOTH[:150].mean(axis=0))


def test_one_output_is_flat_and_a_column_stays_one():
    flat, column = (
        SNNRegressor(8, max_iter=3, random_state=0).fit(X, y).predict(X)
        for y in (FIRST, FIRST[:, None]))
    assert flat.shape == (200,) and column.shape == (200, 1)
    np.testing.assert_array_equal(flat, column[:, 0])


@pytest.mark.parametrize("rule", [name for name, cls in RULES.items() if cls.only_classes])
def test_rules_of_classes_are_refused(rule):
    with pytest.raises(ValueError, match="learns classes, not values"):
        SNNRegressor(4, rule=rule).fit(X, FIRST)


@pytest.mark.small
@pytest.mark.parametrize(
    ("y", "what"), [(FIRST.astype(str), "text"), (FIRST.astype("m8[s]"), "spans of time")],
    ids=["text", "times"])
def test_values_that_are_no_numbers_are_refused(y, what):
    for learn in (SNNRegressor(8, max_iter=1).fit, SNNRegressor(8).partial_fit):
        with pytest.raises(TypeError, match=f"y of SNNRegressor expects real numbers, got {what}"):
            learn(X, y)


@pytest.mark.small
@pytest.mark.parametrize("value", [7.0, 0.1, -1e-300, 1e150])
@pytest.mark.parametrize("rule", [None, "surrogate"])
def test_a_constant_is_predicted_exactly(rule, value):
    rng = np.random.default_rng(0)
    X = (rng.random((30, 4, 20)) < 0.3).astype(np.uint8)
    network = SNNRegressor(5, rule=rule, max_iter=2, readout="count", random_state=0)
    assert (network.fit(X, np.full(30, value)).predict(X) == value).all()
    stream = network.stream()
    stream.step(X[0])
    assert stream.predict() == value
    y = np.column_stack([np.full(30, value), rng.normal(size=30)])
    both = network.fit(X, y).predict(X)
    assert (both[:, 0] == value).all() and both[:, 1].std() > 0


def test_a_fit_that_continues_needs_the_same_columns():
    model = SNNRegressor(4, max_iter=1, warm_start=True, random_state=0).fit(X, BOTH)
    for fit in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match="the 2 columns of the previous fit, got 1"):
            fit(X, FIRST)
