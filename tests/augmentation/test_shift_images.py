"""Random shifts of images, against shifted arrays of numpy."""

import numpy as np
import pytest

from skspike import Convolution, SNNClassifier
from skspike.augmentation import ShiftImages
from skspike.simulation import from_raster

KEYS = np.random.default_rng(0).integers(0, 2**63, 200).astype(np.uint64)


def images(n=200, shape=(2, 5, 4), n_steps=3, seed=0):
    return np.random.default_rng(seed).random((n, np.prod(shape), n_steps))


def candidates(image, n_pixels):
    """Return all shifts of an image (n_channels, height, width, n_steps), by (down, right)."""
    _, height, width, _ = image.shape
    found, wide = {}, np.pad(image, ((0, 0), (n_pixels, n_pixels), (n_pixels, n_pixels), (0, 0)))
    for down in range(-n_pixels, n_pixels + 1):
        for right in range(-n_pixels, n_pixels + 1):
            rows = slice(n_pixels - down, n_pixels - down + height)
            columns = slice(n_pixels - right, n_pixels - right + width)
            found[down, right] = wide[:, rows, columns]
    return found


@pytest.mark.small
@pytest.mark.parametrize("n_pixels", [0, 1, 2])
def test_each_image_is_shifted_by_one_of_all_shifts(n_pixels):
    X = images()
    shifted = ShiftImages((2, 5, 4), n_pixels).apply(X, KEYS, False)
    shifts = []
    for image, found in zip(X.reshape(200, 2, 5, 4, 3), shifted, strict=True):
        (by,) = [
            by for by, shifted_image in candidates(image, n_pixels).items()
            if np.array_equal(shifted_image, found.reshape(image.shape))]
        shifts.append(by)
    # all shifts occur about equally often
    assert len(set(shifts)) == (2 * n_pixels + 1)**2
    assert np.abs(np.mean(shifts, axis=0)).max() < 0.3


@pytest.mark.small
def test_shifts_depend_on_the_key_of_a_sample_alone():
    X, augment = images(), ShiftImages((2, 5, 4), 2)
    whole = augment.apply(X, KEYS, False)
    np.testing.assert_array_equal(augment.apply(X[50:60], KEYS[50:60], False), whole[50:60])
    np.testing.assert_array_equal(augment.apply(X[::-1], KEYS[::-1], False), whole[::-1])


@pytest.mark.small
def test_spikes_and_events_are_shifted_alike():
    X, augment = (images() < 0.3).astype(np.uint8), ShiftImages((2, 5, 4), 1)
    expected = augment.apply(X, KEYS, True)
    assert expected.dtype == np.uint8
    found = augment.apply_to_events(from_raster(X), KEYS)
    np.testing.assert_array_equal(found.raster(), expected)


@pytest.mark.parametrize("kind", ["table", "raster"])
def test_a_network_learns_from_shifted_images(kind):
    """A pattern at one place is recognised at other places after training with shifts."""
    rng, y = np.random.default_rng(0), np.arange(120) % 2
    X = np.zeros((120, 6, 6))
    X[y == 0, 2, 1:5] = X[y == 1, 1:5, 2] = 1
    X += 0.1 * rng.random(X.shape)
    moved = np.roll(X, (1, 1), axis=(1, 2)).reshape(120, 36)
    X = X.reshape(120, 36)
    if kind == "raster":
        X, moved = (
            (rng.random((120, 36, 20)) < 0.5 * each[:, :, None]).astype(np.uint8)
            for each in (X, moved))
    shared = {
        "image_shape": (6, 6), "n_steps": 20, "max_iter": 20, "random_state": 0,
        "standardize": False, "n_iter_no_change": 99}
    plain, augmented = (
        SNNClassifier((Convolution(4, 3), 8), **shared, augment=augment).fit(X, y)
        for augment in (None, ShiftImages((6, 6), 1)))
    assert augmented.score(moved, y) > 0.9
    assert augmented.score(moved, y) >= plain.score(moved, y)
    same = SNNClassifier((Convolution(4, 3), 8), **shared, augment=ShiftImages((6, 6), 0))
    np.testing.assert_array_equal(same.fit(X, y).weights_[0], plain.weights_[0])


@pytest.mark.small
@pytest.mark.parametrize(("parameters", "error", "words"), [
    ({"image_shape": (36,)}, ValueError, ["image_shape", "(height, width)", "(36,)"]),
    ({"image_shape": 36}, TypeError, ["image_shape", "sequence", "36"]),
    ({"image_shape": (6, 6), "n_pixels": 7}, ValueError, ["n_pixels", "<= 6", "7"]),
    ({"image_shape": (6, 6), "n_pixels": 1.5}, TypeError, ["n_pixels", "integer", "1.5"]),
    ({"image_shape": (5, 6)}, ValueError, ["image_shape=(5, 6)", "30 channels", "36"]),
])
def test_fit_refuses_shifts_that_do_not_fit_and_names_the_numbers(parameters, error, words):
    network = SNNClassifier(4, n_steps=5, max_iter=1, augment=ShiftImages(**parameters))
    with pytest.raises(error) as caught:
        network.fit(np.random.default_rng(0).random((20, 36)), np.arange(20) % 2)
    assert all(word in str(caught.value) for word in words), caught.value
    assert not hasattr(network, "weights_")
