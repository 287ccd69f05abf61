"""Population coding: activations of Gaussian fields, and their Poisson trains."""

import math

import numpy as np
import pytest

from skspike import SpikeEncoder
from skspike.coding import Poisson, Population

SIGMAS = 5.5


def literal(x, n_fields, beta):
    """Return the activations by the definition, one field at a time."""
    sigma = 1 / (beta * (n_fields - 1))
    return [math.exp(-((x - k / (n_fields - 1)) ** 2) / (2 * sigma**2)) for k in range(n_fields)]


@pytest.mark.small
@pytest.mark.parametrize("n_fields, beta", [(2, 1.5), (3, 0.7), (8, 1.5), (20, 4.0)])
def test_activations_of_the_fields_are_those_of_the_definition(n_fields, beta, rng):
    x = rng.random((10, 3))
    activations = Population(n_fields, beta).activations(x)
    expected = [[height for value in row for height in literal(value, n_fields, beta)] for row in x]
    np.testing.assert_allclose(activations, expected, rtol=1e-11)


@pytest.mark.small
def test_fields_are_highest_at_their_centres():
    activations = Population(n_fields=5).activations(np.linspace(0, 1, 5)[:, np.newaxis])
    np.testing.assert_array_equal(activations.diagonal(), 1)
    assert (activations.argmax(axis=1) == range(5)).all()


@pytest.mark.small
def test_neighbours_meet_halfway():
    np.testing.assert_allclose(
        Population(3, beta=1.5).activations(np.array([[0.25]]))[0, :2], np.exp(-(1.5**2) / 8))


@pytest.mark.parametrize("series", [False, True])
def test_rates_follow_the_fields(series, rng):
    x = rng.random((300, 2))
    coding = Population(6, 2.0, min_rate=40.0, max_rate=400.0)
    given = np.repeat(x[:, :, np.newaxis], 400, axis=2) if series else x
    counts = coding.encode(given, 400, 0.5, 0, (0, np.arange(300))).sum(axis=2)
    p = (40 + 360 * coding.activations(x)) * 0.5 / 1000
    z = (counts - 400 * p) / np.sqrt(400 * p * (1 - p))
    assert abs(z).max() < SIGMAS
    assert abs(z.var() - 1) < SIGMAS * np.sqrt(2 / z.size)


@pytest.mark.small
@pytest.mark.parametrize("shape", [(5, 3), (5, 3, 20)], ids=["features", "series"])
@pytest.mark.parametrize("noise_key", [None, (2, np.arange(5))], ids=["content", "noise_key"])
def test_trains_are_the_poisson_trains_of_the_activations(shape, noise_key, rng):
    x = rng.random(shape)
    coding = Population(4, min_rate=10.0, max_rate=700.0)
    expected = Poisson(10.0, 700.0).encode(coding.activations(x), 20, 1.0, 3, noise_key)
    np.testing.assert_array_equal(coding.encode(x, 20, 1.0, 3, noise_key), expected)


@pytest.mark.small
def test_fields_of_a_series_move_step_by_step(rng):
    x = rng.random((4, 3, 7))
    coding = Population(5)
    expected = np.stack([coding.activations(x[:, :, t]) for t in range(7)], axis=2)
    np.testing.assert_allclose(coding.activations(x), expected, rtol=1e-14)


@pytest.mark.small
def test_channels_are_named_after_feature_and_field():
    fitted = SpikeEncoder(Population(n_fields=2), n_steps=3).fit([[0.0, 1.0], [1.0, 0.0]])
    assert fitted.get_feature_names_out().tolist() == ["x0_f0", "x0_f1", "x1_f0", "x1_f1"]
    assert fitted.get_feature_names_out(["a", "b"]).tolist() == ["a_f0", "a_f1", "b_f0", "b_f1"]


@pytest.mark.small
@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"n_fields": 1}, "n_fields must be an integer.*>= 2"),
        ({"beta": 0.0}, "beta must be a finite number.*> 0"),
        ({"min_rate": -1.0}, "min_rate must be"),
        ({"min_rate": 600.0}, "max_rate must be"),
        ({"max_rate": 1001.0}, "Lower max_rate to 1000 Hz or dt to 0.999"),
    ],
)
def test_parameters_outside_their_range_are_named(parameters, message):
    with pytest.raises(ValueError, match=message):
        SpikeEncoder(Population(**parameters)).fit([[0.0], [1.0]])
