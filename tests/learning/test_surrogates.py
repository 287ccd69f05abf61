"""Surrogates against the functions of their papers and central differences."""

import numpy as np
import pytest

from skspike.learning._surrogates import SURROGATES, hard_spikes, smooth_spikes

pytestmark = pytest.mark.small
MARGINS = np.array([-3.0, -0.97, -0.4, -0.1, 0.1, 0.3, 0.7, 1.1, 4.0])  # none at a kink
SPIKES = {
    "fast_sigmoid": lambda m, k: (1 + k * m / (1 + k * abs(m))) / 2,
    "arctan": lambda m, k: 0.5 + np.arctan(np.pi * k * m / 2) / np.pi,
    "sigmoid": lambda m, k: 1 / (1 + np.exp(-k * m)),
    "triangular": lambda m, k: np.where(
        k * m < 0, max(1 + k * m, 0) ** 2 / 2, 1 - max(1 - k * m, 0) ** 2 / 2)}
every_slope = pytest.mark.parametrize("k", [0.5, 1.0, 4.0])


def test_every_surrogate_has_a_reference():
    assert SPIKES.keys() == SURROGATES.keys()


@every_slope
@pytest.mark.parametrize("name", SPIKES)
def test_a_smooth_spike_equals_its_reference_and_is_a_half_at_the_threshold(name, k):
    for m in MARGINS:
        np.testing.assert_allclose(
            SURROGATES[name].smooth(m, k), SPIKES[name](m, k), rtol=1e-5, atol=1e-7)
    assert SURROGATES[name].smooth(0.0, k) == 0.5


@every_slope
@pytest.mark.parametrize("name", SPIKES)
def test_the_derivative_equals_central_differences_and_is_1_at_the_threshold(name, k):
    surrogate = SURROGATES[name]
    for m in MARGINS:
        slope = (SPIKES[name](m + 1e-6, k) - SPIKES[name](m - 1e-6, k)) / 2e-6
        np.testing.assert_allclose(
            surrogate.vjp(m, k) * surrogate.peak * k, slope, rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(
            smooth_spikes(name, k).spike_vjp(m, k), slope, rtol=1e-5, atol=1e-9)
    assert surrogate.vjp(0.0, k) == 1


def test_hard_spikes_have_the_normalised_derivative_and_a_detached_reset():
    hard, smooth = hard_spikes("sigmoid", 3.0), smooth_spikes("sigmoid", 3.0)
    assert hard.spike_vjp is SURROGATES[
        "sigmoid"].vjp and hard.slope == smooth.slope == smooth.spike_arg == 3.0
    assert hard.detach and not hard.smooth and smooth.smooth and not smooth.detach
