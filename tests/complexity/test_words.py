"""Tests of every measure that counts words."""

import itertools

import numba
import numpy as np
import pytest

from skspike.complexity import LZ76, LZ78, MEASURES
from skspike.complexity._measure import WordMeasure

pytestmark = pytest.mark.small

INTERPRETED = bool(numba.config.DISABLE_JIT)
PARSERS = [cls() for cls in MEASURES.values() if issubclass(cls, WordMeasure)]
lz76 = LZ76().each
every_parser = pytest.mark.parametrize("measure", PARSERS, ids=lambda measure: measure.name)


def coin_flips(rng, p, n_trains, n_steps):
    """Return random trains of one rate."""
    return (rng.random((n_trains, n_steps)) < p).astype(np.uint8)


@every_parser
def test_counts_are_whole_numbers(measure, rng):
    x = coin_flips(rng, 0.3, 4, 50)
    assert measure.each(x).dtype == measure.joint(x).dtype == np.int64


@every_parser
def test_normalised_counts_are_bits_per_step_and_channel(measure, rng):
    x = coin_flips(rng, 0.4, 12, 50).reshape(3, 4, 50)
    np.testing.assert_allclose(measure.each(x, True), measure.each(x) * np.log2(50) / 50)
    np.testing.assert_allclose(measure.joint(x, True), measure.joint(x) * np.log2(50) / (4 * 50))


@every_parser
@pytest.mark.parametrize("n_steps", range(1, 9 if INTERPRETED else 11))
def test_words_form_the_text_and_their_number_is_the_count(measure, n_steps):
    texts = ["".join(bits) for bits in itertools.product("01", repeat=n_steps)]
    words = [measure.words(text) for text in texts]
    trains = np.array([list(text) for text in texts]).astype(np.uint8)
    assert [len(found) for found in words] == measure.each(trains).tolist()
    assert ["".join(found) for found in words] == texts
    assert all(all(found) for found in words)


@every_parser
def test_words_of_long_trains(measure, rng):
    n_steps = 300 if INTERPRETED else 10_000
    lonely = np.zeros(n_steps, np.uint8)
    lonely[n_steps // 2] = 1
    periodic = np.resize([0, 0, 1, 1, 0], n_steps).astype(np.uint8)
    random = *coin_flips(rng, 0.5, 2, n_steps), *coin_flips(rng, 0.02, 2, n_steps)
    for x in (*random, lonely, periodic):
        assert len(measure.words("".join(map(str, x)))) == measure.each(x)


@every_parser
def test_words_of_other_alphabets(measure):
    assert "".join(measure.words("abracadabra")) == "abracadabra"


@every_parser
def test_joint_counts_as_each_does_over_two_symbols(measure, rng):
    x = coin_flips(rng, 0.3, 20, 200)
    np.testing.assert_array_equal(measure.joint(x[:, np.newaxis]), measure.each(x))
    np.testing.assert_array_equal(measure.joint(np.stack([x, x], axis=1)), measure.each(x))


@pytest.mark.skipif(INTERPRETED, reason="too long without compilation")
def test_entropy_normalisation_makes_random_trains_of_different_rates_comparable(rng):
    sparse, dense = (coin_flips(rng, p, 50, 5000) for p in (0.05, 0.5))
    assert lz76(dense, True).mean() / lz76(sparse, True).mean() > 3.5
    assert lz76(dense, "entropy").mean() == pytest.approx(lz76(sparse, "entropy").mean(), rel=0.10)
    for x in (sparse, dense):
        assert lz76(x, "entropy").mean() == pytest.approx(1, abs=0.06)


@pytest.mark.skipif(INTERPRETED, reason="too long without compilation")
def test_shuffling_increases_the_entropy_normalised_form_of_ordered_trains(rng):
    regular = np.resize(np.r_[np.zeros(19, np.uint8), 1], 5000)
    shuffled = rng.permutation(regular)
    assert lz76(regular, "entropy") < 0.05
    assert lz76(shuffled, "entropy") == pytest.approx(1, abs=0.15)
    assert lz76(shuffled, True) / lz76(regular, True) == pytest.approx(
        lz76(shuffled, "entropy") / lz76(regular, "entropy"))


@pytest.mark.skipif(INTERPRETED, reason="too long without compilation")
def test_lz78_depends_on_the_rate_as_its_docstring_states(rng):
    sparse, dense = (
        LZ78().each(coin_flips(rng, p, 50, 5000), "entropy").mean() for p in (0.05, 0.5))
    assert dense == pytest.approx(1.6, abs=0.05)
    assert sparse == pytest.approx(2.3, abs=0.1)


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (LZ76, ["1", "0", "01", "1110", "1100", "0010"]),
        (LZ78, ["1", "0", "01", "11", "10", "110", "00", "010"]),
    ],
)
def test_the_words_of_a_train(measure, words):
    assert measure.words("1001111011000010") == words
