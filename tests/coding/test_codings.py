"""Every registered coding in an encoder and a network; test_contracts.py checks its contract."""

import numpy as np
import pytest

from skspike import SNNTransformer, SpikeEncoder
from skspike.coding import CODINGS

N_STEPS = 30
SHAPES = {2: (12, 3), 3: (12, 3, 17)}
TAKEN = [
    (name, ndim) for name, cls in CODINGS.items() for ndim in SHAPES if ndim not in cls.refuses]
REFUSED = [(name, ndim) for name, cls in CODINGS.items() for ndim in cls.refuses]

pytestmark = pytest.mark.small


def numbers(ndim):
    """Return random input that float32 holds exactly."""
    return np.random.default_rng(ndim).normal(size=SHAPES[ndim]).astype(np.float32).astype(float)


def encoder(name, **parameters):
    return SpikeEncoder(name, **{"n_steps": N_STEPS, "random_state": 0, **parameters})


@pytest.mark.compiled
@pytest.mark.parametrize("name, ndim", TAKEN)
def test_network_with_the_encoder_inside_equals_the_encoder_before_it(name, ndim):
    X = numbers(ndim)
    fitted = encoder(name).fit(X)
    raster, y = fitted.transform(X), np.arange(len(X)) % 2
    inside = SNNTransformer(
        5, encoder=encoder(fitted.coding), delays=None, max_iter=1, random_state=0).fit(X, y)
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
    message = f"{cls.__name__} coding does not accept .*{ndim}-D.*Pass .*{takes}"
    with pytest.raises(ValueError, match=message) as error:
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
