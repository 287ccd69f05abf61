"""Surrogates against the functions of their papers and central differences."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone

from skspike import SNNClassifier
from skspike.datasets import make_order
from skspike.learning import Surrogate, SurrogateGradient, hard_spikes, smooth_spikes
from skspike.learning._surrogates import SURROGATES, triangular, triangular_vjp
from skspike.neurons import scalar

MARGINS = np.array([-3.0, -0.97, -0.4, -0.1, 0.1, 0.3, 0.7, 1.1, 4.0])  # none at a kink
SPIKES = {
    "fast_sigmoid": lambda m, k: (1 + k * m / (1 + k * abs(m))) / 2,
    "arctan": lambda m, k: 0.5 + np.arctan(np.pi * k * m / 2) / np.pi,
    "sigmoid": lambda m, k: 1 / (1 + np.exp(-k * m)),
    "triangular": lambda m, k: np.where(
        k * m < 0, max(1 + k * m, 0) ** 2 / 2, 1 - max(1 - k * m, 0) ** 2 / 2)}
every_slope = pytest.mark.parametrize("k", [0.5, 4.0])


@pytest.mark.small
@every_slope
@pytest.mark.parametrize("name", SPIKES)
def test_a_smooth_spike_equals_its_reference_and_is_a_half_at_the_threshold(name, k):
    for m in MARGINS:
        np.testing.assert_allclose(
            SURROGATES[name].spike(m, k), SPIKES[name](m, k), rtol=1e-5, atol=1e-7)
    assert SURROGATES[name].spike(0.0, k) == 0.5


@pytest.mark.small
@every_slope
@pytest.mark.parametrize("name", SPIKES)
def test_the_derivative_equals_central_differences_and_is_1_at_the_threshold(name, k):
    surrogate = SURROGATES[name]
    for m in MARGINS:
        slope = (SPIKES[name](m + 1e-6, k) - SPIKES[name](m - 1e-6, k)) / 2e-6
        np.testing.assert_allclose(
            surrogate.derivative(m, k) * surrogate.peak * k, slope, rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(
            smooth_spikes(name, k).spike_vjp(m, k), slope, rtol=1e-5, atol=1e-9)
    assert surrogate.derivative(0.0, k) == 1


def test_hard_spikes_have_the_normalised_derivative_and_a_detached_reset():
    hard, smooth = hard_spikes("sigmoid", 3.0), smooth_spikes("sigmoid", 3.0)
    assert hard.spike_vjp is SURROGATES[
        "sigmoid"].derivative and hard.slope == smooth.slope == smooth.spike_arg == 3.0
    assert hard.detach and not hard.smooth and smooth.smooth and not smooth.detach


HALF, ONE = np.float32(0.5), np.float32(1)


@scalar
def box(m, slope):
    return np.float32(abs(slope * m) < HALF)


@scalar
def ramp(m, slope):
    return min(max(slope * m + HALF, np.float32(0)), ONE)


@scalar
def half_a_ramp(m, slope):
    return HALF * min(max(slope * m + HALF, np.float32(0)), ONE)


@scalar
def sinking(m, slope):
    return ramp(m, slope) - np.float32(0.02) * max(slope * m, np.float32(0))


@scalar
def from_minus_1_to_1(m, slope):
    return np.tanh(slope * m)


@scalar
def nothing(m, slope):
    return np.float32(0)


@scalar
def infinite(m, slope):
    return ONE / abs(m)


@scalar
def of_one_number(m):
    return m


def plain(m, slope):
    return 1.0


def fitted(surrogate, **options):
    rule = SurrogateGradient(surrogate, 2.0, **options)
    X, y = make_order(40, random_state=0)
    return SNNClassifier(4, rule=rule, max_iter=2, random_state=0).fit(X, y), X


@pytest.mark.parametrize("options", [{}, {"spikes": "smooth"}])
def test_functions_of_a_user_learn_the_same_as_the_same_functions_by_name(options):
    own = Surrogate(triangular_vjp, triangular)
    (named, X), (model, _) = fitted("triangular", **options), fitted(own, **options)
    np.testing.assert_array_equal(named.predict_proba(X), model.predict_proba(X))


def test_a_network_with_functions_of_a_user_can_be_pickled_and_cloned():
    model, X = fitted(Surrogate(box, ramp))
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert clone(model).rule.surrogate == model.rule.surrogate


@pytest.mark.parametrize(("surrogate", "smooth", "error", "message"), [
    ("box", False, ValueError, "surrogate must be a Surrogate .*, or must be one of .*, got 'box'"),
    (box, False, ValueError, "a Surrogate of your functions, or must be one of"),
    (Surrogate(plain), False, TypeError, "derivative .* compiled with skspike.neurons.scalar"),
    (Surrogate(box, plain), False, TypeError, "spike .* compiled with skspike.neurons.scalar"),
    (Surrogate(of_one_number), False, ValueError, "derivative .* must take two numbers"),
    (Surrogate(nothing), False, ValueError, "nothing can be learned"),
    (Surrogate(infinite), False, ValueError, "must be finite, and is not at margin 0"),
    (Surrogate(box), True, ValueError, "got spike=None"),
    (Surrogate(box, half_a_ramp), False, ValueError, r"is \S+, and spike rises by 0\.[45]"),
    (Surrogate(box, sinking), False, ValueError, r"to 2 .* spike rises by 0\.8"),
    (Surrogate(box, ramp, 2.0), False, ValueError, "Correct spike, derivative or peak=2"),
    (Surrogate(box, ramp, 0.0), False, ValueError, "peak of the surrogate"),
    (Surrogate(box, from_minus_1_to_1), False, ValueError, "0 to 1, got values from -1 to 1"),
])
def test_errors_name_the_function_and_what_is_wrong_with_it(surrogate, smooth, error, message):
    rule = SurrogateGradient(surrogate, spikes="smooth" if smooth else "hard")
    with pytest.raises(error, match=message):
        rule.check()


def test_smooth_spikes_need_the_smooth_function():
    assert hard_spikes(Surrogate(box)).spike_vjp is box
    with pytest.raises(ValueError, match="got spike=None"):
        smooth_spikes(Surrogate(box))
