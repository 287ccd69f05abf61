"""What holds for every measure of complexity, without naming one."""

import inspect
import itertools
import pickle
from pathlib import Path

import numba
import numpy as np
import pytest

from skspike.complexity import LZ76, LZ78, MEASURES, lz76, lz76_joint, lz76_words, lz78, lz78_joint, lz78_words

pytestmark = pytest.mark.small

INTERPRETED = bool(numba.config.DISABLE_JIT)
every_measure = pytest.mark.parametrize("measure", [cls() for cls in MEASURES.values()], ids=lambda measure: measure.name)


def coin_flips(rng, p, n_trains, n_steps):
    """Random trains of one rate, apart from chance."""
    return (rng.random((n_trains, n_steps)) < p).astype(np.uint8)


def entropy(p):
    return -p * np.log2(p) - (1 - p) * np.log2(1 - p)


@every_measure
@pytest.mark.parametrize("n_steps", range(1, 9 if INTERPRETED else 11))
def test_there_are_as_many_words_as_are_counted_and_they_are_the_text(measure, n_steps):
    texts = ["".join(bits) for bits in itertools.product("01", repeat=n_steps)]
    words = [measure.words(text) for text in texts]
    trains = np.array([list(text) for text in texts]).astype(np.uint8)
    assert [len(found) for found in words] == measure.each(trains).tolist()
    assert ["".join(found) for found in words] == texts
    assert all(all(found) for found in words)


@every_measure
def test_words_of_long_trains(measure, rng):
    n_steps = 300 if INTERPRETED else 10_000
    lonely = np.zeros(n_steps, np.uint8)
    lonely[n_steps // 2] = 1
    periodic = np.resize([0, 0, 1, 1, 0], n_steps).astype(np.uint8)
    for x in (*coin_flips(rng, 0.5, 2, n_steps), *coin_flips(rng, 0.02, 2, n_steps), lonely, periodic):
        assert len(measure.words("".join(map(str, x)))) == measure.each(x)


@every_measure
def test_words_of_other_alphabets(measure):
    assert "".join(measure.words("abracadabra")) == "abracadabra"


@every_measure
def test_joint_counts_as_each_does_over_two_symbols(measure, rng):
    x = coin_flips(rng, 0.3, 20, 200)
    np.testing.assert_array_equal(measure.joint(x[:, np.newaxis]), measure.each(x))
    np.testing.assert_array_equal(measure.joint(np.stack([x, x], axis=1)), measure.each(x))


@every_measure
def test_entropy_normalisation_divides_by_the_entropy_of_the_own_rate(measure, rng):
    x = coin_flips(rng, 0.2, 12, 150).reshape(3, 4, 150)
    bits = entropy(x.mean(axis=-1))
    np.testing.assert_allclose(measure.each(x, "entropy"), measure.each(x, True) / bits)
    np.testing.assert_allclose(measure.joint(x, "entropy"), measure.joint(x) * np.log2(150) / (150 * bits.sum(axis=-1)))
    assert measure.each(x[0, 0], "entropy") == measure.each(x, "entropy")[0, 0]
    assert measure.joint(x[0], "entropy") == measure.joint(x, "entropy")[0]


@every_measure
def test_entropy_normalisation_does_not_tell_spikes_from_gaps(measure, rng):
    x = coin_flips(rng, 0.2, 10, 150)
    np.testing.assert_allclose(measure.each(1 - x, "entropy"), measure.each(x, "entropy"))


@every_measure
@pytest.mark.parametrize("n_steps", [1, 2, 200])
def test_a_train_without_entropy_has_the_value_0(measure, n_steps):
    x = np.stack([np.zeros((3, n_steps), np.uint8), np.ones((3, n_steps), np.uint8)])
    np.testing.assert_array_equal(measure.each(x, "entropy"), np.zeros((2, 3)))
    np.testing.assert_array_equal(measure.joint(x, "entropy"), np.zeros(2))
    assert measure.each(x[0, 0], "entropy") == measure.joint(x[0], "entropy") == 0


@every_measure
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (2, 0)])
@pytest.mark.parametrize(("normalize", "kind"), [(False, np.int64), (True, np.float64), ("entropy", np.float64)])
def test_leading_axes_are_kept(measure, rng, shape, normalize, kind):
    for complexity in (
        measure.each(rng.integers(0, 2, (*shape, 40)).astype(np.uint8), normalize),
        measure.joint(rng.integers(0, 2, (*shape, 5, 40)).astype(np.uint8), normalize),
    ):
        assert complexity.shape == shape
        assert complexity.dtype == kind


@pytest.mark.skipif(INTERPRETED, reason="too long without compilation")
def test_entropy_normalisation_makes_random_trains_of_different_rates_comparable(rng):
    sparse, dense = (coin_flips(rng, p, 50, 5000) for p in (0.05, 0.5))
    assert lz76(dense, True).mean() / lz76(sparse, True).mean() > 3.5
    assert lz76(dense, "entropy").mean() == pytest.approx(lz76(sparse, "entropy").mean(), rel=0.10)
    for x in (sparse, dense):
        assert lz76(x, "entropy").mean() == pytest.approx(1, abs=0.06)


@pytest.mark.skipif(INTERPRETED, reason="too long without compilation")
def test_order_shows_in_the_entropy_normalised_form_and_shuffling_takes_it_away(rng):
    regular = np.resize(np.r_[np.zeros(19, np.uint8), 1], 5000)
    shuffled = rng.permutation(regular)
    assert lz76(regular, "entropy") < 0.05
    assert lz76(shuffled, "entropy") == pytest.approx(1, abs=0.15)
    assert lz76(shuffled, True) / lz76(regular, True) == pytest.approx(lz76(shuffled, "entropy") / lz76(regular, "entropy"))


@pytest.mark.skipif(INTERPRETED, reason="too long without compilation")
def test_lz78_keeps_a_difference_between_rates_as_its_docstring_says(rng):
    sparse, dense = (lz78(coin_flips(rng, p, 50, 5000), "entropy").mean() for p in (0.05, 0.5))
    assert dense == pytest.approx(1.6, abs=0.05)
    assert sparse == pytest.approx(2.3, abs=0.1)


@every_measure
@pytest.mark.parametrize("normalize", ["shuffle", None, 2])
def test_an_unknown_normalisation_is_refused_with_what_is_allowed(measure, normalize):
    for method in (measure.each, measure.joint):
        with pytest.raises(ValueError, match=f"normalize must be one of True, False, 'entropy', got {normalize!r}"):
            method(np.zeros((2, 5), np.uint8), normalize)


@pytest.mark.parametrize("function", [lz76, lz78, lz76_joint, lz78_joint])
def test_the_functions_refuse_it_too(function):
    with pytest.raises(ValueError, match="normalize must be one of True, False, 'entropy'"):
        function([[0, 1]], normalize="Entropy")


@pytest.mark.parametrize(
    ("function", "measure", "words"),
    [
        (lz76_words, LZ76, ["1", "0", "01", "1110", "1100", "0010"]),
        (lz78_words, LZ78, ["1", "0", "01", "11", "10", "110", "00", "010"]),
    ],
)
def test_the_words_of_a_train(function, measure, words):
    text = "1001111011000010"
    x = np.array(list(text)).astype(int)
    for form in (x, x.astype(bool), x.astype(float), x.tolist()):
        assert function(form) == measure.words(text) == words


@pytest.mark.parametrize("function", [lz76_words, lz78_words])
def test_words_are_of_one_train_of_spikes(function):
    with pytest.raises(ValueError, match=rf"{function.__name__} expects a single train \(n_steps,\), got .*\(2, 3\); take one"):
        function(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=f"{function.__name__} expects spikes.*2"):
        function([0, 2])
    with pytest.raises(ValueError, match=f"{function.__name__} expects an array"):
        function([])


@every_measure
def test_a_measure_is_one_short_file_and_can_be_pickled(measure):
    assert len(Path(inspect.getfile(type(measure))).read_text().splitlines()) < 200
    x = np.array([[0, 1, 1, 0]], dtype=np.uint8)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(measure)).each(x), measure.each(x))
