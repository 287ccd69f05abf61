"""The contract of every coding that is registered, on all input that it takes; a new one is tested here without an edit."""

import numpy as np
import pytest

from skspike import SNNTransformer, SpikeEncoder
from skspike.coding import CODINGS

N_STEPS = 30
SHAPES = {2: (12, 3), 3: (12, 3, 17)}
TAKEN = [(name, ndim) for name, cls in CODINGS.items() for ndim in SHAPES if ndim not in cls.refuses]
REFUSED = [(name, ndim) for name, cls in CODINGS.items() for ndim in cls.refuses]

pytestmark = pytest.mark.small


def numbers(ndim):
    """Input that float32 holds exactly."""
    return np.random.default_rng(ndim).normal(size=SHAPES[ndim]).astype(np.float32).astype(float)


def encoder(name, **parameters):
    return SpikeEncoder(name, **{"n_steps": N_STEPS, "random_state": 0, **parameters})


@pytest.fixture(params=TAKEN, ids=lambda case: f"{case[0]}-{case[1]}D")
def case(request):
    """A fitted encoder, its input and its raster."""
    name, ndim = request.param
    X = numbers(ndim)
    fitted = encoder(name).fit(X)
    return fitted, X, fitted.transform(X)


def test_every_coding_takes_something():
    assert {name for name, _ in TAKEN} == set(CODINGS)


def test_raster_is_uint8_of_0_and_1_with_all_channels(case):
    fitted, X, raster = case
    assert raster.shape == (len(X), X.shape[1] * fitted.coding_.channels_per_feature, N_STEPS)
    assert raster.dtype == np.uint8 and raster.flags.c_contiguous
    assert set(np.unique(raster)) == {0, 1}


def test_channels_have_different_names_as_many_as_there_are(case):
    fitted, X, raster = case
    names = fitted.get_feature_names_out()
    assert len(names) == len(set(names)) == raster.shape[1]
    assert all(name.startswith(f"x{k // fitted.coding_.channels_per_feature}") for k, name in enumerate(names))


def test_a_feature_moves_its_own_channels(case):
    fitted, X, raster = case
    changed = X.copy()
    changed[:, 1] = changed[::-1, 1]
    moved = (fitted.transform(changed) != raster).reshape(len(X), X.shape[1], -1).any(axis=(0, 2))
    assert moved[1]


def test_raster_of_a_row_does_not_depend_on_batch_or_order(case):
    fitted, X, raster = case
    for k in range(len(X)):
        np.testing.assert_array_equal(fitted.transform(X[k : k + 1])[0], raster[k])
    for rows in ([3, 1, 2], range(len(X))[::-1], [5, 5, 5, 0]):
        np.testing.assert_array_equal(fitted.transform(X[list(rows)]), raster[list(rows)])


def test_raster_does_not_depend_on_type_or_layout(case):
    fitted, X, raster = case
    for given in (X.astype(np.float32), np.asfortranarray(X), np.repeat(X, 2, axis=-1)[..., ::2], X.tolist()):
        np.testing.assert_array_equal(fitted.transform(given), raster)
    alike = encoder(fitted.coding).fit(X.astype(np.float32))
    np.testing.assert_array_equal(alike.transform(X), raster)


def test_raster_is_the_same_in_the_next_fit(case):
    fitted, X, raster = case
    np.testing.assert_array_equal(fitted.transform(X), raster)
    np.testing.assert_array_equal(encoder(fitted.coding).fit_transform(X), raster)


def test_training_rasters_do_not_depend_on_the_batch(case):
    fitted, X, raster = case
    every = fitted._encode(X, (4, np.arange(len(X))))
    assert every.shape == raster.shape and every.dtype == np.uint8
    rows = np.array([7, 2])
    np.testing.assert_array_equal(fitted._encode(X[rows], (4, rows)), every[rows])


@pytest.mark.parametrize("n_steps", [1, 2, 17])
def test_any_number_of_steps_can_be_asked_for(case, n_steps):
    fitted, X, raster = case
    assert encoder(fitted.coding, n_steps=n_steps).fit_transform(X).shape == (*raster.shape[:2], n_steps)


def test_values_that_never_change_are_no_error(case):
    fitted, X, _ = case
    raster = encoder(fitted.coding).fit_transform(np.full_like(X, 3.0))
    assert (raster == raster[:1]).all()


def test_input_is_left_unchanged(case):
    fitted, X, _ = case
    before = X.copy()
    X.flags.writeable = False
    encoder(fitted.coding).fit(X).transform(X)
    np.testing.assert_array_equal(X, before)


def test_network_with_the_encoder_inside_equals_the_encoder_before_it(case):
    fitted, X, raster = case
    y = np.arange(len(X)) % 2
    inside = SNNTransformer(5, encoder=encoder(fitted.coding), max_iter=2, random_state=0).fit(X, y)
    np.testing.assert_array_equal(inside.encoder_.transform(X), raster)
    assert inside.transform(X).shape == (len(X), 5, N_STEPS)
    assert inside.weights_[0].size == 5 * raster.shape[1]
    before = SNNTransformer(5, rule=None, random_state=0).fit(raster)
    untrained = SNNTransformer(5, encoder=encoder(fitted.coding), rule=None, random_state=0).fit(X)
    np.testing.assert_array_equal(untrained.transform(X), before.transform(raster))


@pytest.mark.parametrize("name, ndim", REFUSED)
def test_refusal_names_the_coding_the_reason_and_the_way_out(name, ndim):
    cls, takes = CODINGS[name], {2: "3-D", 3: "2-D"}[ndim]
    others = [f"coding='{other}'" for other in CODINGS if (other, ndim) in TAKEN]
    with pytest.raises(ValueError, match=f"{cls.__name__} coding does not take .*{ndim}-D.*give it .*{takes}") as error:
        encoder(name).fit(numbers(ndim))
    assert all(part in str(error.value) for part in [cls.refuses[ndim], str(SHAPES[ndim]), *others])


@pytest.mark.parametrize("name, ndim", REFUSED)
def test_refusal_comes_before_anything_is_changed(name, ndim):
    fresh = encoder(name)
    with pytest.raises(ValueError):
        fresh.fit(numbers(ndim))
    assert not [attribute for attribute in vars(fresh) if attribute.endswith("_")]
    fitted = encoder(name).fit(numbers(5 - ndim))
    before = vars(fitted).copy()
    with pytest.raises(ValueError):
        fitted.fit(numbers(ndim))
    assert vars(fitted) == before
    network = SNNTransformer(5, encoder=encoder(name), max_iter=1)
    with pytest.raises(ValueError, match=CODINGS[name].__name__):
        network.fit(numbers(ndim), np.arange(12) % 2)
    assert not [attribute for attribute in vars(network) if attribute.endswith("_")]
