"""LZ78 counts the words of the incremental parsing."""

import itertools

import numba
import numpy as np
import pytest
from naive import lz78 as naive_lz78, lz78_joint as naive_joint

from skspike.complexity import LZ78, MEASURES, _lz78 as module

pytestmark = pytest.mark.small

INTERPRETED = bool(numba.config.DISABLE_JIT)
N_RANDOM = 40 if INTERPRETED else 300
lz78, lz78_joint = LZ78().each, LZ78().joint
LONGEST = 300 if INTERPRETED else 3000


def train(text):
    return np.array(list(text), dtype=np.uint8)


@pytest.mark.parametrize(
    ("text", "words"),
    [("1001111011000010", 8), ("0", 1), ("00", 2), ("000", 2), ("01", 2), ("010", 3), ("0001", 3)])
def test_words_of_known_strings(text, words):
    assert lz78(train(text)) == naive_lz78(text) == words


@pytest.mark.parametrize("n_steps", range(1, 9 if INTERPRETED else 13))
def test_all_short_strings(n_steps):
    strings = ["".join(bits) for bits in itertools.product("01", repeat=n_steps)]
    assert lz78(np.array([train(s) for s in strings])).tolist() == [naive_lz78(s) for s in strings]


def test_random_strings(rng):
    for _ in range(N_RANDOM):
        x = (
            rng.random(rng.integers(1, LONGEST + 1))
            < rng.choice([0.0, 0.01, 0.05, 0.2, 0.5, 0.95, 1.0])).astype(np.uint8)
        if rng.random() < 0.2:  # periodic
            x = np.resize(x[:17], x.size)
        assert lz78(x) == naive_lz78(x.tobytes())


@pytest.mark.skipif(INTERPRETED, reason="too long without compilation")
@pytest.mark.parametrize("density", [0.5, 0.05, 0.001])
def test_words_of_long_trains(rng, density):
    x = (rng.random((2, 30_000)) < density).astype(np.uint8)
    assert lz78(x).tolist() == [naive_lz78(train.tobytes()) for train in x]
    assert lz78_joint(x) == naive_joint(x.tolist())


@pytest.mark.parametrize("n_channels", [1, 2, 3, 7, 33, 65])
@pytest.mark.parametrize("density", [0.0, 0.02, 0.5])
def test_joint_is_lz78_over_columns(rng, n_channels, density):
    x = (rng.random((4, n_channels, 60 if INTERPRETED else 3000)) < density).astype(np.uint8)
    assert lz78_joint(x).tolist() == [naive_joint(raster.tolist()) for raster in x]
    assert lz78_joint(x[0]) == lz78_joint(x)[0]  # independent of other rasters


def test_joint_of_one_channel_is_lz78_of_it(rng):
    x = (rng.random((20, 1, 150)) < 0.3).astype(np.uint8)
    for normalize in (False, True, "entropy"):
        np.testing.assert_allclose(lz78_joint(x, normalize), lz78(x[:, 0], normalize))


def test_a_long_constant_train_has_about_the_root_of_twice_its_length():
    words = 40
    assert lz78(np.zeros(words * (words + 1) // 2)) == words
    assert lz78(np.zeros(words * (words + 1) // 2 + 1)) == words + 1


def test_any_dtype_counts_the_same_without_another_compilation(rng):
    x = (rng.random((6, 140)) < 0.3).astype(np.uint8)
    words, joint = lz78(x), lz78_joint(x)
    compiled = [] if INTERPRETED else [module.count_binary, module.count_series]
    before = [len(function.signatures) for function in compiled]
    for form in (x.astype(bool), x.astype(np.float32), np.asfortranarray(x), x.tolist()):
        np.testing.assert_array_equal(lz78(form), words)
        np.testing.assert_array_equal(lz78_joint(form), joint)
    assert [len(function.signatures) for function in compiled] == before


def test_other_values_are_refused_by_name():
    with pytest.raises(ValueError, match="lz78 .*2"):
        lz78([0, 1, 2])
    with pytest.raises(ValueError, match="lz78 .*2"):
        lz78_joint([[0, 1, 2]])
    with pytest.raises(ValueError, match="lz78 expects an array of shape .*n_steps"):
        lz78([])


def test_the_measure_is_registered():
    assert MEASURES["lz78"] is LZ78
