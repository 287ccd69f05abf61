"""Tests of every complexity measure, also of one from a file of a user.

test_contracts.py checks what each of them computes.
"""

import itertools
import pickle

import numba
import numpy as np
import pytest
from sklearn.base import clone
from user_measure import IntervalEntropy

from skspike import LZCTransformer
from skspike.complexity import MEASURES

pytestmark = pytest.mark.small

INTERPRETED = bool(numba.config.DISABLE_JIT)
ALL = [cls() for cls in (*MEASURES.values(), IntervalEntropy)]
every_measure = pytest.mark.parametrize("measure", ALL, ids=lambda measure: measure.name)
every_bounded_measure = pytest.mark.parametrize(
    "measure", [m for m in ALL if "entropy" in m.units], ids=lambda measure: measure.name)
every_parameter = pytest.mark.parametrize(
    ("measure", "name"), [(m, name) for m in ALL for name in m.get_params()])


def coin_flips(rng, p, *shape):
    """Return random trains of one rate."""
    return (rng.random(shape) < p).astype(np.uint8)


def entropy(p):
    return -p * np.log2(p) - (1 - p) * np.log2(1 - p)


def every_train(n_steps):
    return np.array(list(itertools.product([0, 1], repeat=n_steps)), dtype=np.uint8)


@every_measure
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (2, 0)])
def test_leading_axes_are_kept(measure, rng, shape):
    for normalize in measure.units:
        for complexity in (
            measure.each(rng.integers(0, 2, (*shape, 40)), normalize),
            measure.joint(rng.integers(0, 2, (*shape, 5, 40)), normalize),
        ):
            assert complexity.shape == shape
            assert complexity.dtype == np.float64 or not normalize


@every_measure
def test_one_channel_together_is_that_channel(measure, rng):
    x = coin_flips(rng, 0.3, 20, 60)
    for normalize in measure.units:
        np.testing.assert_array_equal(
            measure.joint(x[:, np.newaxis], normalize), measure.each(x, normalize))


@every_measure
def test_any_dtype_and_layout_gives_the_same_and_stays_as_it_was(measure, rng):
    x = coin_flips(rng, 0.3, 4, 6, 50)
    frozen = x.copy()
    frozen.flags.writeable = False
    forms = [x.astype(kind) for kind in (bool, np.int64, np.float32)]
    for form in [
            *forms, np.asfortranarray(x), x[::-1][::-1], np.repeat(x, 2, axis=2)[..., ::2],
            x.tolist(), frozen]:
        np.testing.assert_array_equal(measure.each(form), measure.each(x))
        np.testing.assert_array_equal(measure.joint(form), measure.joint(x))
        np.testing.assert_array_equal(form, frozen)
    assert x.flags.writeable


@every_measure
def test_normalisation_is_by_the_scale(measure, rng):
    x = coin_flips(rng, 0.3, 5, 3, 50)
    np.testing.assert_allclose(measure.each(x, True), measure.each(x) * measure.scale(1, 50))
    np.testing.assert_allclose(measure.joint(x, True), measure.joint(x) * measure.scale(3, 50))


@every_bounded_measure
def test_entropy_normalisation_divides_by_the_entropy_of_the_own_rate(measure, rng):
    x = coin_flips(rng, 0.2, 3, 4, 150)
    bits = entropy(x.mean(axis=-1))
    np.testing.assert_allclose(measure.each(x, "entropy"), measure.each(x, True) / bits)
    np.testing.assert_allclose(
        measure.joint(x, "entropy"), measure.joint(x, True) / bits.mean(axis=-1))


@every_bounded_measure
def test_entropy_normalisation_keeps_the_symmetry_in_spikes_and_gaps(measure, rng):
    if "inversion" not in measure.unchanged_by:
        return
    x = coin_flips(rng, 0.2, 10, 150)
    np.testing.assert_allclose(measure.each(1 - x, "entropy"), measure.each(x, "entropy"))


@every_bounded_measure
@pytest.mark.parametrize("n_steps", [1, 2, 200])
def test_a_train_without_entropy_has_the_value_0(measure, n_steps):
    x = np.stack([np.zeros((3, n_steps), np.uint8), np.ones((3, n_steps), np.uint8)])
    np.testing.assert_array_equal(measure.each(x, "entropy"), np.zeros((2, 3)))
    np.testing.assert_array_equal(measure.joint(x, "entropy"), np.zeros(2))
    assert measure.each(x[0, 0], "entropy") == measure.joint(x[0], "entropy") == 0


@every_measure
@pytest.mark.parametrize("normalize", ["shuffle", "entropy", None, 2])
def test_an_unknown_normalisation_is_refused_with_what_is_allowed(measure, normalize):
    if normalize in measure.units:
        return
    names = ", ".join(map(repr, measure.units))
    message = f"normalize must be one of {names}, got {normalize!r}"
    if normalize == "entropy":
        message = (
            f"normalize='entropy' does not apply to {type(measure).__name__}.*Use "
            "normalize=True, or a measure")
    for method in (
            measure.each, measure.joint,
            lambda x, normalize: LZCTransformer(measure, normalize=normalize).fit(x)):
        with pytest.raises(ValueError, match=message):
            method(np.zeros((2, 5), np.uint8), normalize)


@every_measure
@pytest.mark.parametrize(("value", "found"), [(2, "2"), (0.5, "0.5"), (-1, "-1"), (np.nan, "NaN")])
def test_values_other_than_spikes_are_refused(measure, value, found):
    for method in (measure.each, measure.joint):
        with pytest.raises(
                ValueError,
                match=f"{measure.name} expects spikes, 0 and 1 only, found the value {found}"):
            method([[0, 1, value]])


@every_measure
def test_missing_axes_are_refused(measure):
    for method, x in (
            (measure.each, 1), (measure.each, np.zeros((3, 0))), (measure.joint, [0, 1]),
            (measure.joint, np.zeros((0, 3)))):
        with pytest.raises(ValueError, match=f"{measure.name} expects an array of shape .*n_steps"):
            method(x)


@every_parameter
def test_a_parameter_of_the_wrong_type_is_refused_by_name(measure, name):
    measure = clone(measure).set_params(**{name: "high"})
    for method in (measure.each, measure.joint, LZCTransformer(measure).fit):
        with pytest.raises((ValueError, TypeError), match=rf"\b{name}\b"):
            method(np.zeros((2, 5), np.uint8))


@every_measure
def test_a_measure_can_be_pickled(measure):
    x = np.array([[0, 1, 1, 0]], dtype=np.uint8)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(measure)).each(x), measure.each(x))
