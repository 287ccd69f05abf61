"""Compiled parts of an update equal slow references."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import log_softmax
from user_neuron import QuadraticNeuron

from skspike.learning import CrossEntropy
from skspike.learning._intrinsics import CompiledIntrinsics, LearnedIntrinsics, learned_intrinsics
from skspike.learning._solvers import add_penalty, all_below
from skspike.neurons import LIF

pytestmark = pytest.mark.small


@pytest.mark.parametrize("n_classes", [1, 2, 5])
def test_cross_entropy_equals_its_formula(rng, n_classes):
    outputs, weight = rng.normal(0, 50, (20, n_classes)), rng.random(20)
    y = rng.integers(0, n_classes, 20)
    loss, gradient = CrossEntropy(n_classes).gradient(outputs, y, weight)
    log_p = log_softmax(outputs, axis=1)
    assert_allclose(loss, -(weight * log_p[np.arange(20), y]).sum(), rtol=1e-12)
    expected = weight[:, None] * (np.exp(log_p) - np.eye(n_classes)[y])
    assert_allclose(gradient, expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [0, 1, 15, 16, 100])
def test_the_penalty_is_added_and_the_squares_are_summed(rng, n, dtype):
    p, grad = (rng.normal(size=n).astype(dtype) for _ in range(2))
    expected = grad + dtype(0.3) * p
    assert_allclose(add_penalty(grad, p, dtype(0.3)), (p.astype(float) ** 2).sum(), rtol=1e-12)
    assert_allclose(grad, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "below"),
    [([], True), ([1.0, -2.9], True), ([-3.0], False), ([0.0, np.inf], False),
     ([np.nan, 0.0], False)])
def test_an_overflow_and_nan_are_found(values, below):
    assert all_below(np.array(values, float), 3.0) == below


class Slow(LIF):
    """Another formula of the coefficients, and the scalar functions of its base class."""

    def coefficients(self, values, dt):
        """Return the coefficients for half a step."""
        return super().coefficients(values, dt / 2)


def test_a_method_of_a_subclass_replaces_the_scalar_functions_of_its_base():
    values = LIF().initial(3, None)
    learned = np.log(values["tau_mem"])[None]
    args = values, 1.0, ("tau_mem",), learned
    assert isinstance(learned_intrinsics(LIF(), *args), CompiledIntrinsics)
    _, table = learned_intrinsics(Slow(), *args).move()
    assert_allclose(table[0], np.exp(-0.5 / values["tau_mem"]))


@pytest.mark.parametrize("cls", [CompiledIntrinsics, LearnedIntrinsics])
def test_intrinsics_that_learn_a_coefficient_beyond_float32_are_refused_by_value(cls):
    neuron = QuadraticNeuron(gain_bounds=(1e-3, 1e18))
    values = neuron.initial(3, None)
    learned = np.log(values["gain"])[None]
    intrinsics = cls(neuron, values, 1e3, ("gain",), learned)
    assert np.isfinite(intrinsics.move()[1]).all()
    learned[0, 1] = np.log(1e17)
    with pytest.raises(ValueError, match="^gain=1e.17, threshold=0.5 at dt=1000.0 give a coeff"):
        intrinsics.move()
