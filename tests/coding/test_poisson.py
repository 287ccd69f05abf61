"""Poisson coding: rates, randomness of the noise, and the Gaussian fields of population coding."""

import math
import re

import naive
import numpy as np
import pytest

from skspike import SpikeEncoder
from skspike._base._noise import GOLDEN, STRIDE, content_keys, draw
from skspike.coding import CHANCE_UNITS, Poisson, Population
from skspike.coding._poisson import draw_trains

COIN = Poisson(max_rate=1000.0)  # at dt = 1 ms the probability of a spike is x
# Seeds are fixed. A number exceeds this limit once in 13 million draws, and a test looks at 20,000
# numbers at most.
SIGMAS = 5.5


def z_scores(spikes, n, p):
    """Return the distance of binomial counts from their mean in standard deviations."""
    return (spikes - n * p) / np.sqrt(n * p * (1 - p))


def correlations(a, b):
    """Return z-scores of the correlation of two sets of fair coins, (n, length), at every lag."""
    n, length = a.shape
    fa, fb = (np.fft.rfft(2.0 * x - 1, 2 * length) for x in (a, b))
    products = np.fft.irfft((fa.conj() * fb).sum(axis=0), 2 * length)
    lags = np.r_[0:length, 1 - length : 0]
    overlap = length - abs(lags)
    keep = n * overlap >= 200  # enough for the normal approximation
    if a is b:
        keep[0] = False
    return np.delete(products, length)[keep] / np.sqrt(n * overlap[keep])


def coins(shape, seed=0, noise_key=None):
    """Return fair coins, (n_samples, n_channels, n_steps), from a coding of equal rows."""
    n_samples, n_channels, n_steps = shape
    return COIN.encode(np.full((n_samples, n_channels), 0.5), n_steps, 1.0, seed, noise_key)


def fresh(shape, seed=0, epoch=0):
    return coins(shape, seed, (epoch, np.arange(shape[0])))


@pytest.mark.small
@pytest.mark.parametrize(
    "form", [draw, getattr(draw, "py_func", draw)], ids=["compiled", "interpreted"])
def test_draw_is_the_hash_of_its_source(form, rng):
    words = rng.integers(0, 2**32, (200, 3), np.uint32)
    words[:20, 0] = np.arange(20)
    with np.errstate(over="ignore"):
        drawn = [int(form(*row)) for row in words]
    assert drawn == [
        naive.lowbias32((t * int(STRIDE) + low) % 2**32, high) for t, low, high in words.tolist()]


@pytest.mark.small
@pytest.mark.parametrize("varying", [False, True])
@pytest.mark.parametrize("n_steps", [1, 2, 30, 31, 32, 33, 70])
@np.errstate(over="ignore")
def test_trains_are_those_of_whole_number_arithmetic(n_steps, varying, rng):
    keys = rng.integers(0, 2**64, 3, np.uint64)
    levels = rng.integers(0, CHANCE_UNITS, (3, 4)).astype(np.uint32)
    raster = np.zeros((3, 4, n_steps), np.uint8)
    draw_trains(
        keys, np.repeat(levels[:, :, np.newaxis], n_steps if varying else 1, axis=2), raster)
    expected = [
        [naive.poisson_train(int(key), c, int(row[c]), n_steps) for c in range(4)]
        for key, row in zip(keys, levels, strict=True)]
    np.testing.assert_array_equal(raster, expected)


@pytest.mark.small
@np.errstate(over="ignore")
def test_a_key_is_the_hash_of_the_seed_and_of_each_level_in_turn(rng):
    seed = 2**64 - 3
    levels = rng.integers(0, CHANCE_UNITS + 1, (3, 4)).astype(np.uint32)
    keys = np.empty(3, np.uint64)
    content_keys(np.uint64(seed), levels, keys)
    for row, found in zip(levels.tolist(), keys.tolist(), strict=True):
        key = naive.splitmix((seed + int(GOLDEN)) % 2**64)
        for level in row:
            key = naive.splitmix(((key ^ level) + int(GOLDEN)) % 2**64)
        assert found == key


@pytest.mark.small
@pytest.mark.parametrize("word", [1, 2], ids=["first", "second"])
@np.errstate(over="ignore")
def test_draws_that_share_one_of_two_words_are_independent(word, rng):
    keyed = rng.integers(0, 2**32, (3000, 3), np.uint32)
    other = keyed.copy()
    other[:, word] = rng.integers(0, 2**32, 3000, np.uint32)
    differ = sum(int(draw(*a) ^ draw(*b)).bit_count() for a, b in zip(keyed, other, strict=True))
    assert abs(z_scores(differ, 32 * 3000, 0.5)) < SIGMAS


@pytest.mark.parametrize("noise_key", [None, (3, np.arange(400))], ids=["content", "row"])
@pytest.mark.parametrize("n_steps", [500, 501])
def test_rates_match(n_steps, noise_key, rng):
    p = np.rint(rng.uniform(0.02, 0.98, (400, 10)) * CHANCE_UNITS) / CHANCE_UNITS
    z = z_scores(COIN.encode(p, n_steps, 1.0, 0, noise_key).sum(axis=2), n_steps, p)
    assert abs(z).max() < SIGMAS
    assert abs(z.mean()) < SIGMAS / np.sqrt(z.size)
    assert abs(z.var() - 1) < SIGMAS * np.sqrt(2 / z.size)


def test_rate_is_in_hertz(rng):
    x = rng.random((2000, 1))
    p = (20 + x * 60) * 0.5 / 1000
    counts = Poisson(20.0, 80.0).encode(x, 300, 0.5, 0).sum(axis=2)
    assert abs((counts - 300 * p).sum() / np.sqrt((300 * p * (1 - p)).sum())) < SIGMAS


@pytest.mark.parametrize("n_steps", [1, 2, 3, 8, 9])
def test_rate_is_the_same_at_every_step(n_steps, rng):
    p = np.rint(rng.uniform(0.2, 0.8, (20_000, 1)) * CHANCE_UNITS) / CHANCE_UNITS
    spikes = COIN.encode(p, n_steps, 1.0, 0).sum(axis=(0, 1))
    assert abs((spikes - p.sum()) / np.sqrt((p * (1 - p)).sum())).max() < SIGMAS


@pytest.mark.parametrize("n_steps", [200, 201])
def test_rate_follows_a_series_step_by_step(n_steps, rng):
    p = np.rint(rng.uniform(0.02, 0.98, (1, 3, n_steps)) * CHANCE_UNITS) / CHANCE_UNITS
    spikes = COIN.encode(
        np.repeat(p, 4000, axis=0), n_steps, 1.0, 0, (0, np.arange(4000))).sum(axis=0)
    assert abs(z_scores(spikes, 4000, p[0])).max() < SIGMAS


@pytest.mark.small
@pytest.mark.parametrize("n_steps", [1, 2, 7, 8])
def test_series_that_stands_still_is_a_feature(n_steps, rng):
    x, noise_key = rng.random((5, 3)), (2, np.arange(5))
    series = np.repeat(x[:, :, np.newaxis], n_steps, axis=2)
    np.testing.assert_array_equal(
        COIN.encode(series, n_steps, 1.0, 0, noise_key), COIN.encode(x, n_steps, 1.0, 0, noise_key))


@pytest.mark.small
@pytest.mark.parametrize("noise_key", [None, (0, np.arange(3))], ids=["content", "row"])
@pytest.mark.parametrize("series", [False, True])
def test_probabilities_0_and_1_are_exact(series, noise_key):
    x = np.repeat([[0.0, 1.0, 0.4 / CHANCE_UNITS, 1 - 0.4 / CHANCE_UNITS]], 3, axis=0)
    x = np.repeat(x[:, :, np.newaxis], 301, axis=2) if series else x
    raster = COIN.encode(x, 301, 1.0, 0, noise_key)
    assert (raster == np.array([0, 1, 0, 1])[:, np.newaxis]).all()


def test_smallest_probabilities_are_kept():
    rare = COIN.encode(np.full((200, 50), 1 / CHANCE_UNITS), 1000, 1.0, 0, (0, np.arange(200)))
    assert abs(z_scores(rare.sum(), rare.size, 1 / CHANCE_UNITS)) < SIGMAS
    often = COIN.encode(np.full((200, 50), 1 - 1 / CHANCE_UNITS), 1000, 1.0, 0, (0, np.arange(200)))
    assert abs(z_scores(often.sum(), often.size, 1 - 1 / CHANCE_UNITS)) < SIGMAS


@pytest.mark.small
@pytest.mark.parametrize("dt", [0.1, 0.21, 0.3, 1 / 3, 1.0, 1.9, 3.8, 7.0, 13.4])
def test_highest_rate_spikes_at_every_step(dt):
    for highest in (1000 / dt, float(f"{1000 / dt:g}")):  # as the error message writes it
        coding = Poisson(max_rate=highest)
        coding.check(dt)
        assert coding.encode(np.ones((1, 1)), 20, dt, 0).all()
    message = re.escape(f"Lower max_rate to {1000 / dt:g} Hz")
    with pytest.raises(ValueError, match=message):
        Poisson(max_rate=1001 / dt).check(dt)


def test_steps_are_uncorrelated_at_every_lag():
    for n_steps in (200, 201):
        trains = fresh((2000, 1, n_steps))[:, 0]
        assert abs(correlations(trains, trains)).max() < SIGMAS


def test_counts_vary_as_those_of_independent_steps():
    for n_steps in (64, 65):
        z = z_scores(fresh((20_000, 1, n_steps)).sum(axis=2), n_steps, 0.5)
        assert abs(z.var() - 1) < SIGMAS * np.sqrt(2 / z.size)


def test_channels_are_uncorrelated_at_every_lag():
    raster = fresh((300, 12, 100))
    for distance in (1, 2, 5, 11):
        for c in range(12 - distance):
            assert abs(correlations(raster[:, c], raster[:, c + distance])).max() < SIGMAS


def test_channels_of_one_row_are_uncorrelated_at_every_shift_of_channel_and_step():
    train = coins((1, 100, 100)).reshape(1, -1)
    assert abs(correlations(train, train)).max() < SIGMAS


@pytest.mark.parametrize(
    "step",
    [
        1, 2, 2**31, int(STRIDE), 2 * int(STRIDE), int(GOLDEN), 2**64 - int(GOLDEN),
        2 * int(GOLDEN) % 2**64], ids=hex)
@pytest.mark.parametrize("kind", ["content", "row"])
def test_seeds_are_uncorrelated_at_every_shift_of_channel_and_step(step, kind):
    noise_key = None if kind == "content" else (0, np.arange(1))
    for seed in (0, 1, 12345):
        seeds = seed, (seed + step) % 2**64
        one, other = (coins((1, 100, 100), s, noise_key).reshape(1, -1) for s in seeds)
        assert abs(correlations(one, other)).max() < SIGMAS


@pytest.mark.parametrize(
    "first, second",
    [((0, 0), (0, 1)), ((0, 0), (1, 0)), ((3, 4), (4, 3)), ((0, 1), (1, 0)), ((5, 7), (7, 5))])
def test_rows_and_epochs_are_uncorrelated_at_every_shift_of_channel_and_step(first, second):
    one, other = (
        coins((1, 100, 100), 0, (epoch, [row])).reshape(1, -1) for epoch, row in (first, second))
    assert abs(correlations(one, other)).max() < SIGMAS


def test_rows_are_uncorrelated_where_only_another_channel_differs():
    x = np.full((400, 2), 0.5)
    x[:, 1] = np.arange(400) / CHANCE_UNITS
    trains = COIN.encode(x, 200, 1.0, 0)[:, 0]
    assert abs(correlations(trains[:-1], trains[1:])).max() < SIGMAS
    pairs = (2.0 * trains - 1) @ (2.0 * trains - 1).T / np.sqrt(200)
    assert abs(pairs[~np.eye(400, dtype=bool)]).max() < SIGMAS


@pytest.mark.small
def test_equal_rows_have_equal_trains_and_others_do_not(rng):
    x = np.repeat(rng.random((2, 3)), [2, 1], axis=0)
    raster = COIN.encode(x, 50, 1.0, 0)
    np.testing.assert_array_equal(raster[0], raster[1])
    assert (raster[0] != raster[2]).any(axis=1).all()


@pytest.mark.small
def test_noise_sees_the_order_of_the_channels():
    one, other = (COIN.encode(np.array([x]), 60, 1.0, 0) for x in ([0.5, 0.25], [0.25, 0.5]))
    assert (one[0, 0] != other[0, 1]).any() and (one[0, 1] != other[0, 0]).any()


@pytest.mark.small
def test_last_bits_of_the_values_are_not_seen(rng):
    x = rng.random((20, 5))
    raster = COIN.encode(x, 40, 1.0, 0)
    for nearby in (np.nextafter(x, 0), np.nextafter(x, 1), x * (1 + 1e-13)):
        assert (nearby != x).all()
        np.testing.assert_array_equal(COIN.encode(nearby, 40, 1.0, 0), raster)


@pytest.mark.small
def test_neighbouring_levels_have_their_own_noise():
    one, other = (
        COIN.encode(np.array([[k / CHANCE_UNITS]]), 200, 1.0, 0) for k in (30_000, 30_001))
    assert (one != other).sum() > 50


# -- population coding


def literal(x, n_fields, beta):
    """Return the activations by the definition, one field at a time."""
    sigma = 1 / (beta * (n_fields - 1))
    return [math.exp(-((x - k / (n_fields - 1)) ** 2) / (2 * sigma**2)) for k in range(n_fields)]


@pytest.mark.small
@pytest.mark.parametrize(
    "n_fields, beta", [(2, 1.5), (3, 0.7), (8, 1.5), (20, 4.0), (100, 1.5)])
def test_activations_of_the_fields_are_those_of_the_definition(n_fields, beta, rng):
    x, coding = rng.random((10, 3)), Population(n_fields, beta)
    coding.check(1.0)
    activations = coding.activations(x)
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
