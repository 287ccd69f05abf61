"""LZ76 counts the words of the exhaustive history, with every algorithm."""

import itertools
import pickle

import numba
import numpy as np
import pytest
from naive import lz76 as naive_lz76, lz76_joint as naive_joint

from skspike._base._jit import kernel
from skspike.complexity import LZ76, MEASURES, _lz76_kernels as kernels
from skspike.complexity._lz76_kernels import count_by_matching, n_words, pack_symbols
from skspike.complexity._suffix_automaton import count_by_automaton, room_for
from skspike.complexity._symbols import bit_width, n_columns, symbols as symbols_of

pytestmark = pytest.mark.small

INTERPRETED = bool(numba.config.DISABLE_JIT)
lz76, lz76_joint = LZ76().each, LZ76().joint
N_RANDOM = 40 if INTERPRETED else 2000
EDGES = (1, 2, 63, 64, 65, 127, 128, 129, 130, 191, 192, 193, 255, 256, 257, 320)


@kernel
def by_matching(series, width):
    """Count words by matching, with symbols of `width` bits."""
    bits = np.empty(n_words(series.size * width), np.uint64)
    latest, older = kernels.lookups(series.size, width)
    pack_symbols(series, width, bits)
    return count_by_matching(bits, series.size, width, latest, older)


@kernel
def by_automaton(series, n_symbols):
    """Count words by the suffix automaton."""
    nodes, arcs = room_for(series.size, n_symbols)
    return count_by_automaton(series, n_symbols, nodes, arcs)


def train(text):
    return np.array(list(text), dtype=np.uint8)


def random_trains(n_trains, longest, seed=0):
    """Yield trains of log-uniform lengths and several densities, some of them periodic."""
    rng = np.random.default_rng(seed)
    for _ in range(n_trains):
        n_steps = int(np.exp(rng.uniform(0, np.log(longest + 1))))
        density = rng.choice([0.0, 0.01, 0.05, 0.2, 0.5, 0.95, 1.0])
        x = (rng.random(n_steps) < density).astype(np.uint8)
        if rng.random() < 0.3:  # periodic, with a few steps flipped
            x = np.resize(x[: rng.integers(1, 40)], n_steps)
            x[rng.integers(0, n_steps, rng.integers(0, 4))] ^= 1
        yield x


def edge_trains(seed=1):
    """Yield trains with lengths around those at which machine words and algorithms change."""
    rng = np.random.default_rng(seed)
    for n_steps in EDGES:
        yield from ((rng.random(n_steps) < p).astype(np.uint8) for p in (0.0, 0.05, 0.5, 0.95, 1.0))
        yield from (
            np.resize(train(period), n_steps)
            for period in ("01", "001", "0111", "0" * 63 + "1", "0" * 64 + "1"))


@pytest.mark.parametrize(
    ("text", "words"),
    [("0001101001000101", 6), ("1001111011000010", 6), ("0", 1), ("00", 2), ("01", 2), ("010", 3)])
def test_words_of_known_strings(text, words):
    assert lz76(train(text)) == naive_lz76(text) == words


@pytest.mark.parametrize("n_steps", range(1, 9 if INTERPRETED else 13))
def test_all_short_strings(n_steps):
    strings = ["".join(bits) for bits in itertools.product("01", repeat=n_steps)]
    assert lz76(np.array([train(s) for s in strings])).tolist() == [naive_lz76(s) for s in strings]


def test_random_strings():
    for x in random_trains(N_RANDOM, 300 if INTERPRETED else 3000):
        assert lz76(x) == naive_lz76(x.tobytes())


@np.errstate(over="ignore")  # as LZ76.values does
def test_every_algorithm_counts_the_same():
    finished = 0
    for x in itertools.chain(
            edge_trains(),
            random_trains(20 if INTERPRETED else 100, 200 if INTERPRETED else 3000, seed=2)):
        words = naive_lz76(x.tobytes())
        assert lz76(x) == words
        assert kernels.count_trains(x[np.newaxis])[0] == words
        assert [by_automaton(x, n_symbols) for n_symbols in (2, 3, 1000)] == [words] * 3
        looked_up = [by_matching(x, width) for width in (1, 2, 5, 9)]
        assert set(looked_up) <= {words, -1}
        finished += looked_up.count(words)
        if x.size <= kernels.IN_REGISTERS:
            assert kernels.count_short(x[np.newaxis])[0] == words
    assert finished > 200


def test_the_automaton_counts_repetitive_trains():
    x = np.tile(train("0001101"), 600)
    x[np.random.default_rng(0).integers(0, x.size, 40)] ^= 1
    assert by_matching(x, 1) == -1
    assert lz76(np.stack([x, x[::-1]])).tolist() == [
        naive_lz76(x.tobytes()), naive_lz76(x[::-1].tobytes())]


@pytest.mark.skipif(INTERPRETED, reason="too long without compilation")
@pytest.mark.parametrize("density", [0.5, 0.05, 0.001])
def test_words_of_long_trains(rng, density):
    x = (rng.random(30_000) < density).astype(np.uint8)
    assert lz76(x) == by_automaton(x, 2) == by_automaton(x, 3) == naive_lz76(x.tobytes())


def test_same_as_antropy(rng):
    antropy = pytest.importorskip("antropy", reason="antropy is the reference implementation")
    for p in (0.5, 0.05):
        x = (rng.random(200) < p).astype(np.uint8)
        assert lz76(x) == antropy.lziv_complexity(x)
        assert lz76(x, normalize=True) == pytest.approx(antropy.lziv_complexity(x, normalize=True))


@pytest.mark.parametrize("n_channels", [1, 2, 3, 7, 31, 32, 33, 64, 65, 100])
@pytest.mark.parametrize("density", [0.0, 0.02, 0.5])
def test_joint_is_lz76_over_columns(rng, n_channels, density):
    x = (rng.random((4, n_channels, 60 if INTERPRETED else 400)) < density).astype(np.uint8)
    assert lz76_joint(x).tolist() == [naive_joint(raster.tolist()) for raster in x]


def test_joint_of_a_long_sparse_raster_is_counted_by_the_automaton(rng):
    x = (rng.random((5, 6000)) < 0.05).astype(np.uint8)
    both = np.stack([x, x[:, ::-1]])
    assert [by_matching(symbols, 5) for symbols in symbols_of(both)] == [-1, -1]
    assert lz76_joint(both).tolist() == [naive_joint(raster.tolist()) for raster in both]


def test_joint_of_one_channel_is_lz76_of_it(rng):
    x = (rng.random((20, 1, 150)) < 0.3).astype(np.uint8)
    np.testing.assert_array_equal(lz76_joint(x), lz76(x[:, 0]))
    np.testing.assert_array_equal(lz76_joint(x, normalize=True), lz76(x[:, 0], normalize=True))


def test_joint_of_unique_columns_has_a_word_for_each():
    columns = np.arange(256)
    x = (columns >> np.arange(8)[:, np.newaxis]) & 1
    assert lz76_joint(x) == 256


def test_columns_get_equal_symbols_only_if_they_are_equal(rng):
    x = (rng.random((3, 70, 200)) < 0.01).astype(np.uint8)
    for raster, symbols in zip(x, symbols_of(x)):
        columns = [tuple(column) for column in raster.T]
        order = {column: number for number, column in enumerate(dict.fromkeys(columns))}
        assert symbols.tolist() == [order[column] for column in columns]
        assert n_columns(raster[None]) == [len(order)]


def test_symbols_have_the_fewest_bits():
    assert [bit_width(n) for n in (1, 2, 3, 4, 5, 256, 257)] == [1, 1, 2, 2, 3, 8, 9]


def test_normalised_forms(rng):
    x = (rng.random((3, 4, 50)) < 0.4).astype(np.uint8)
    np.testing.assert_allclose(lz76(x, normalize=True), lz76(x) * np.log2(50) / 50)
    np.testing.assert_allclose(
        lz76_joint(x, normalize=True), lz76_joint(x) * np.log2(50) / (4 * 50))


def test_a_single_step_is_one_word_and_finite():
    assert lz76([1]) == lz76([1], normalize=True) == 1
    assert lz76_joint([[1], [0]], normalize=True) == 0.5


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 3), (0,), (2, 0)])
def test_leading_axes_are_kept(rng, shape):
    x = rng.integers(0, 2, (*shape, 40))
    words = lz76(x)
    assert words.shape == shape
    assert words.dtype == np.int64
    assert lz76(x, normalize=True).dtype == np.float64
    assert words.ravel().tolist() == [
        naive_lz76(row.astype(np.uint8).tobytes()) for row in x.reshape(-1, 40)]
    assert lz76_joint(rng.integers(0, 2, (*shape, 5, 40))).shape == shape


def test_any_dtype_and_layout_counts_the_same_without_another_compilation(rng, tmp_path):
    x = (rng.random((6, 140)) < 0.3).astype(np.uint8)
    words = lz76(x)
    joint = lz76_joint(x)
    compiled = [] if INTERPRETED else [
        kernels.count_trains, kernels.count_short, kernels.count_series]
    before = [len(function.signatures) for function in compiled]
    x.tofile(tmp_path / "raster")
    forms = [
        x.astype(kind)
        for kind in (bool, np.int8, np.int64, np.uint16, np.float16, np.float32, np.float64)]
    forms += [
        np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2], x[::-1][::-1], x.tolist(), list(x)]
    forms += [np.memmap(tmp_path / "raster", dtype=np.uint8, mode="r", shape=x.shape)]
    frozen = x.copy()
    frozen.flags.writeable = False
    for form in [*forms, frozen]:
        np.testing.assert_array_equal(lz76(form), words)
        np.testing.assert_array_equal(lz76_joint(form), joint)
    assert [len(function.signatures) for function in compiled] == before


def test_the_input_stays_as_it_was(rng):
    x = (rng.random((6, 140)) < 0.3).astype(np.uint8)
    copy = x.copy()
    lz76(x)
    lz76_joint(x)
    np.testing.assert_array_equal(x, copy)
    assert x.flags.writeable


@pytest.mark.parametrize(("value", "found"), [(2, "2"), (0.5, "0.5"), (-1, "-1"), (np.nan, "NaN")])
@pytest.mark.parametrize("function", [lz76, lz76_joint])
def test_other_values_are_refused_by_name(function, value, found):
    with pytest.raises(ValueError, match=rf"lz76 expects spikes, .*{found}"):
        function([[0, 1, value]])


@pytest.mark.parametrize(
    ("function", "x"),
    [
        (lz76, 1), (lz76, []), (lz76, np.zeros((3, 0))), (lz76_joint, [0, 1]),
        (lz76_joint, np.zeros((0, 3)))])
def test_missing_axes_are_refused(function, x):
    with pytest.raises(ValueError, match="expects an array of shape .*n_steps"):
        function(x)


def test_the_measure_is_registered_and_can_be_pickled():
    assert MEASURES["lz76"] is LZ76
    assert pickle.loads(pickle.dumps(LZ76())).each(np.zeros((1, 5), np.uint8)).tolist() == [2]
