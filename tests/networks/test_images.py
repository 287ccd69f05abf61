"""Parameters that networks with a convolution choose on images."""


import numpy as np
import pytest
from sklearn.datasets import load_digits

from skspike import Convolution, SNNClassifier, SNNRegressor, SpikeEncoder, fit_in_parts
from skspike.coding import MoveImages
from skspike.learning import SurrogateGradient

PLAIN = {"alpha": 0.0, "rule": SurrogateGradient(dropout=0.0)}


def network(cls=SNNClassifier, image_shape=(14, 14), **parameters):
    """Return a small network for images of 14 x 14 pixels."""
    settings = {"max_iter": 20, "random_state": 0, **parameters}
    return cls((Convolution(16, 5, stride=2, image_shape=image_shape), 64), **settings)


def digits_at_random_places(n_samples=180):
    """Return digits from 0 to 3 whose place has no meaning."""
    rng = np.random.default_rng(0)
    small, y = (values[:n_samples] for values in load_digits(n_class=4, return_X_y=True))
    X = np.zeros((n_samples, 14, 14))
    for x, image in zip(X, small.reshape(-1, 8, 8), strict=True):
        row, column = rng.integers(0, 7, 2)
        x[row : row + 8, column : column + 8] = image / 16
    return X.reshape(n_samples, -1), y


def marks_in_two_columns(n_samples=150):
    """Return noise with a mark in one of two neighbouring columns, which is the class."""
    rng, y = np.random.default_rng(0), np.arange(n_samples) % 2
    X = 0.1 * rng.normal(size=(n_samples, 14, 14))
    X[np.arange(n_samples), rng.integers(0, 14, n_samples), 6 + y] += 2
    return X.reshape(n_samples, -1), y


def assert_same(one, other):
    """Check that two networks have learned the same, bit for bit."""
    for a, b in zip(one.weights_, other.weights_, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture(scope="module")
def digits():
    """Return digits at random places, and a network that has chosen its parameters."""
    X, y = digits_at_random_places()
    return X, y, network().fit(X, y)


def test_images_whose_place_has_no_meaning_are_shifted_in_training(digits):
    X, y, chosen = digits
    assert repr(chosen.augment_) == repr(MoveImages((1, 14, 14)))
    rule = SurrogateGradient(augment=MoveImages((14, 14)), dropout=0.0)
    assert_same(chosen, network(rule=rule, alpha=0.0).fit(X, y))


@pytest.mark.parametrize(("cls", "encoder"), [
    (SNNClassifier, SpikeEncoder("direct", n_steps=10)), (SNNRegressor, None)])
def test_images_whose_place_is_their_class_are_not_shifted(cls, encoder):
    X, y = marks_in_two_columns()
    chosen = network(cls, encoder=encoder, **PLAIN).fit(X, y)
    assert chosen.augment_ is None


def test_chunks_parts_few_images_and_other_rules_choose_no_shifts(digits):
    X, y, _ = digits
    few = network(max_iter=1)
    classes = np.arange(4)
    assert few.fit(X[:99], y[:99]).augment_ is None
    assert network().partial_fit(X, y, classes=classes).augment_ is None
    assert fit_in_parts(network(), [(X, y)], classes=classes, n_rounds=1).augment_ is None
    for rule in None, SurrogateGradient(solver="descent"):
        assert network(max_iter=1, rule=rule).fit(X, y).augment_ is None
