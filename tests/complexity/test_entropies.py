"""Block entropy and sample entropy equal their definitions, for any order and alphabet."""

import numba
import numpy as np
import pytest
from naive import block_entropy, sample_entropy

from skspike.complexity import BlockEntropy, SampleEntropy

pytestmark = pytest.mark.small

INTERPRETED = bool(numba.config.DISABLE_JIT)
LONGEST = 60 if INTERPRETED else 200
# one pass reads 32 steps of a train, or fewer steps of a raster
ORDERS = [1, 2, 3, 5, 31, 32, 33, 64, 65, 100]
every_entropy = pytest.mark.parametrize(
    ("measure", "oracle"), [(BlockEntropy, block_entropy), (SampleEntropy, sample_entropy)])


def trains(rng, order):
    """Yield random and periodic trains of many rates and lengths, some shorter than the order."""
    for n_steps in (1, 2, order, order + 1, order + 2, order + 3, LONGEST):
        yield from ((rng.random(n_steps) < p).astype(np.uint8) for p in (0, 0.05, 0.5, 1))
        yield np.resize([0, 0, 1], n_steps).astype(np.uint8)
        yield np.r_[np.resize([0, 1], n_steps - 1), 1].astype(np.uint8)


@every_entropy
@pytest.mark.parametrize("order", ORDERS)
def test_an_entropy_equals_its_definition(measure, oracle, order, rng):
    for x in trains(rng, order):
        assert measure(order).each(x) == pytest.approx(
            oracle(x.tobytes(), order), rel=1e-12, abs=1e-12)


@every_entropy
@pytest.mark.parametrize("order", [1, 2, 3, 8, 40])
@pytest.mark.parametrize("n_channels", [2, 5, 40])
def test_joint_entropy_equals_its_definition(measure, oracle, order, n_channels, rng):
    x = (
        rng.random((4, n_channels, LONGEST))
        < np.array([0.002, 0.05, 0.5, 1])[:, np.newaxis, np.newaxis]).astype(np.uint8)
    x[1] = np.resize(x[1, :, :7], x[1].shape)
    expected = [oracle(tuple(zip(*raster.tolist())), order) for raster in x]
    np.testing.assert_allclose(measure(order).joint(x), expected, rtol=1e-12, atol=1e-12)


@every_entropy
def test_an_order_beyond_the_series_gives_0(measure, oracle, rng):
    x = (rng.random((3, 2, 20)) < 0.5).astype(np.uint8)
    for order in (20, 21, 1000, 10**15):
        assert not measure(order).each(x).any() and not measure(order).joint(x).any()


@every_entropy
def test_the_kind_of_integer_does_not_matter(measure, oracle, rng):
    x = (rng.random((3, 300)) < 0.5).astype(np.uint8)
    np.testing.assert_array_equal(measure(np.int8(3)).each(x, True), measure(3).each(x, True))


@pytest.mark.skipif(INTERPRETED, reason="too long without compilation")
@pytest.mark.parametrize("p", [0.1, 0.5])
def test_random_spikes_have_the_entropies_of_the_docstrings(p, rng):
    x = (rng.random(200_000) < p).astype(np.uint8)
    assert BlockEntropy(3).each(x, "entropy") == pytest.approx(1, abs=0.01)
    for order in (1, 4):
        assert SampleEntropy(order).each(x) == pytest.approx(-np.log(p**2 + (1 - p) ** 2), rel=0.02)


@pytest.mark.skipif(INTERPRETED, reason="too long without compilation")
@pytest.mark.parametrize(
    "measure", [BlockEntropy(1), BlockEntropy(4), SampleEntropy(1), SampleEntropy(4)], ids=repr)
def test_fair_coins_have_one_bit_per_step_and_channel(measure, rng):
    x = (rng.random((2, 100_000)) < 0.5).astype(np.uint8)
    np.testing.assert_allclose(measure.each(x, True), 1, atol=0.01)
    assert measure.joint(x, True) == pytest.approx(1, abs=0.01)


def test_bounds_of_block_entropy_are_reached():
    balanced = np.array([0, 0, 0, 1, 0, 1, 1, 1, 0, 0])  # has each block of 3 steps once
    assert BlockEntropy(3).each(balanced) == 3
    assert BlockEntropy(3).each(balanced, True) == 1
    np.testing.assert_array_equal(BlockEntropy(3).each([[0] * 10, [1] * 10]), [0, 0])


def test_sample_entropy_without_an_equal_pair_is_the_largest_of_its_length():
    assert SampleEntropy(2).each([0, 0, 0, 1, 1, 0]) == pytest.approx(np.log(4 * 3 / 2))
    assert SampleEntropy(2).each([0, 0, 0, 0, 0, 0]) == 0


def test_same_as_antropy(rng):
    antropy = pytest.importorskip("antropy", reason="antropy is the reference implementation")
    x = (rng.random(300) < 0.4).astype(np.uint8)
    for order in (2, 3):
        assert SampleEntropy(order).each(x) == pytest.approx(
            antropy.sample_entropy(x.astype(float), order=order, tolerance=0.5))


def test_scales_turn_nats_into_bits_a_channel_and_step():
    for n_channels in (1, 3):
        np.testing.assert_allclose(
            SampleEntropy().scale(n_channels, 50), 1 / (n_channels * np.log(2)), rtol=1e-12)
