"""SpikingPatches: counts of neurons with shared filters, shapes of images, and scaling."""


import naive
import numpy as np
import pytest
from sklearn.base import clone

from skspike import SpikingPatches
from skspike._networks import PatchLayer, _patches
from skspike.simulation import WIDTH

pytestmark = pytest.mark.small


@pytest.fixture
def images(rng):
    """Return 9 images of 2 channels, 7 rows and 6 columns."""
    return rng.random((9, 2, 7, 6))


def layer_of(rng, size, n_channels, n_filters=3, **parameters):
    """Return a layer whose sums are exact, because its weights are multiples of 1/16."""
    filters = rng.integers(-4, 6, (n_filters, n_channels, size, size)) / np.float32(16)
    return PatchLayer(
        **{"filters": filters.astype(np.float32), "stride": 1, "padding": 0, "grid": (1, 1),
           **parameters})


LAYERS = {
    "plain": (3, {}),
    "one pixel": (1, {"grid": (2, 3)}),
    "padding": (3, {"padding": 1, "grid": (3, 3)}),
    "stride": (2, {"stride": 2, "grid": (2, 2)}),
    "all": (5, {"stride": 3, "padding": 2, "grid": (1, 2)}),
    "several panels": (2, {"n_filters": WIDTH + 2})}


@pytest.mark.parametrize(("size", "parameters"), LAYERS.values(), ids=LAYERS)
def test_counts_of_images_are_those_of_simulated_neurons(rng, size, parameters):
    layer = layer_of(rng, size, 2, **parameters)
    images = rng.integers(-2, 5, (3, 2, 6, 7)).astype(np.float32) / 4
    found = layer.counts(images, 7)
    films = np.repeat(images[..., None], 7, axis=4)
    np.testing.assert_allclose(
        found, [naive.patch_counts(film, layer) for film in films], rtol=1e-6)
    np.testing.assert_array_equal(found, layer.counts(films, None))
    assert found.dtype == np.float32 and np.ptp(found) > 0.5


@pytest.mark.parametrize(("size", "parameters"), LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("graded", [False, True])
def test_counts_of_rasters_are_those_of_simulated_neurons(rng, size, parameters, graded):
    layer = layer_of(rng, size, 2, **parameters)
    films = (rng.random((3, 2, 6, 7, 9)) < 0.3) * (rng.integers(-2, 9, 9) / 4 if graded else 1.0)
    found = layer.counts(films.astype(np.float32), None)
    np.testing.assert_allclose(
        found, [naive.patch_counts(film, layer) for film in films], rtol=1e-6)
    assert np.ptp(found) > 0.25


@pytest.mark.compiled
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("n_steps", [0, 8])
def test_features_of_a_sample_depend_on_nothing_but_its_values(
        images, n_jobs, n_steps, monkeypatch):
    if n_steps:
        images = (images[..., None] > np.linspace(0.5, 1, n_steps)).reshape(9, -1, n_steps)
    patches = SpikingPatches(
        6, sizes=(3, 2), image_shape=(2, 7, 6), n_jobs=n_jobs, random_state=0).fit(images)
    whole = patches.transform(images)
    monkeypatch.setattr(_patches, "BUDGET", 1)  # one sample at a time
    for rows in ([3], [5, 0, 2], slice(None, None, -1)):
        np.testing.assert_array_equal(patches.transform(images[rows]), whole[rows])
    np.testing.assert_array_equal(clone(patches).fit_transform(images), whole)


def test_images_have_the_same_features_in_every_layout(images):
    patches = SpikingPatches(5, image_shape=(2, 7, 6), random_state=0).fit(images)
    features = patches.transform(images)
    assert (patches.n_features_in_, patches._n_dims_in, patches.n_steps_in_) == (84, 2, None)
    for X in (images.reshape(9, -1), images.tolist(), images.astype(object)):
        np.testing.assert_array_equal(patches.transform(X), features)
        np.testing.assert_array_equal(clone(patches).fit_transform(X), features)


@pytest.mark.compiled
def test_default_sizes_and_regions_fit_the_image(rng):
    for shape, n_filters, sizes, grids in (
            ((28, 28), 8, [5, 7, 9, 11], {(3, 3)}), ((8, 8), 8, [5, 7], {(3, 3)}),
            ((1, 8), 8, [5, 7], {(1, 3)}), ((3, 2), 8, [3], {(3, 2)}),
            ((28, 28), 2, [5, 7], {(3, 3)})):
        layers = SpikingPatches(n_filters).fit(rng.random((3, *shape))).layers_
        assert [layer.size for layer in layers] == sizes
        assert {layer.grid for layer in layers} == grids
        assert {layer.padding - layer.size // 2 for layer in layers} == {0}
    layers = SpikingPatches(4, sizes=(1, 2, 3, 4)).fit(rng.random((3, 8, 6))).layers_
    assert [layer.padding for layer in layers] == [0, 1, 1, 2]
    layers = SpikingPatches(8, padding=False).fit(rng.random((3, 8, 6))).layers_
    assert [(layer.size, layer.padding, layer.grid) for layer in layers] == [(5, 0, (3, 2))]


ERRORS = {
    "filter": ({"sizes": (3, 9)}, ["9 x 9 pixels", "larger than the image of 7 x 6", "at most 7"]),
    "filter without padding": (
        {"sizes": (7,), "padding": False}, ["7 x 7 pixels", "7 x 6", "at most 6"]),
    "no size": ({"sizes": ()}, ["sizes must have 1 to n_filters=6 sizes, got 0"]),
    "more sizes than filters": ({"sizes": [3] * 7}, ["1 to n_filters=6 sizes, got 7"]),
    "size of 0": ({"sizes": (3, 0)}, ["sizes[1]", ">= 1", "got 0"]),
    "grid": ({"grid": 7}, ["grid=7", "7 x 6 positions", "size 3", "at most 6"]),
    "stride": ({"stride": 8}, ["stride=8", "7 x 6", "at most 7"]),
    "image shape": ({"image_shape": (7, 6)}, ["1 channel", "rows of 42 pixels", "(9, 84)"]),
    "long image shape": ({"image_shape": (1, 2, 7, 6)}, ["image_shape must be", "(1, 2, 7, 6)"]),
    "quantiles": ({"quantiles": (0.9, 0.2)}, ["quantiles", "low <= high", "(0.9, 0.2)"]),
    "one quantile": ({"quantiles": [0.9]}, ["quantiles", "(low, high)", "[0.9]"]),
    "quantile": ({"quantiles": (0, 2)}, ["quantiles[1]", "<= 1", "got 2"]),
    "padding": ({"padding": "same"}, ["padding", "True, False", "'same'"])}


@pytest.mark.parametrize(("parameters", "words"), ERRORS.values(), ids=ERRORS)
def test_sizes_that_do_not_fit_are_refused_with_the_numbers(images, parameters, words):
    patches = SpikingPatches(
        **{"n_filters": 6, "sizes": (3,), "image_shape": (2, 7, 6), **parameters})
    with pytest.raises(ValueError) as error:
        patches.fit(images.reshape(9, -1))
    assert all(word in str(error.value) for word in words), error.value
    assert not hasattr(patches, "n_features_in_")


SHAPES = {
    "4-D without shape": (None, (3, 2, 7, 6), ["image_shape=(n_channels", "(3, 2, 7, 6)"]),
    "channels last": ((2, 7, 6), (3, 7, 6, 2), ["np.moveaxis(X, -1, 1)", "(3, 7, 6, 2)"]),
    "other images": ((7, 6), (3, 6, 7), ["7 rows and 6 columns", "(3, 42, n_steps)", "(3, 6, 7)"]),
    "raster of another size": ((7, 6), (3, 43, 5), ["42", "(3, 43, 5)"]),
    "5-D": ((7, 6), (3, 1, 7, 6, 2), ["got 5-D"])}


@pytest.mark.parametrize(("shape", "found", "words"), SHAPES.values(), ids=SHAPES)
def test_input_that_does_not_fit_the_image_shape_is_refused(rng, shape, found, words):
    with pytest.raises(ValueError) as error:
        SpikingPatches(4, image_shape=shape).fit(rng.random(found))
    expected = [word.replace("(3, 42, n_steps)", "(n_samples, 42, n_steps)") for word in words]
    assert all(word in str(error.value) for word in expected), error.value


def test_other_input_than_in_fit_is_refused(images):
    patches = SpikingPatches(4, image_shape=(2, 7, 6)).fit(images)
    raster = np.ones((3, 84, 5))
    with pytest.raises(ValueError, match="fitted on 2-D input and got 3-D input"):
        patches.transform(raster)
    with pytest.raises(
            ValueError, match="expects images of 2 channel.*Got 3-D input of shape .9, 7"):
        patches.transform(images[:, 0])
    with pytest.raises(ValueError, match="83 features, but SpikingPatches is expecting 84"):
        patches.transform(images.reshape(9, -1)[:, 1:])
    patches.fit(raster)
    with pytest.raises(ValueError, match="fitted on rasters of 5 steps and got 4"):
        patches.transform(raster[:, :, 1:])
    with pytest.raises(ValueError, match="fitted on 3-D input and got 2-D input"):
        patches.transform(images)
