"""Random shifts, rotations and stretches of images, against numpy and scipy."""

import numpy as np
import pytest
from scipy.ndimage import affine_transform

from skspike import Convolution, SNNClassifier, SpikeEncoder
from skspike._base import key_words
from skspike.coding import MoveImages
from skspike.coding._move_images import between, pixels_of
from skspike.learning import SurrogateGradient
from skspike.simulation import from_raster

KEYS = np.random.default_rng(0).integers(0, 2**63, 200).astype(np.uint64)


def images(n=200, shape=(2, 5, 4), n_steps=3, seed=0):
    return np.random.default_rng(seed).random((n, np.prod(shape), n_steps))


def candidates(image, shift):
    """Return all shifts of an image (n_channels, height, width, n_steps), by (down, right)."""
    _, height, width, _ = image.shape
    found, wide = {}, np.pad(image, ((0, 0), (shift, shift), (shift, shift), (0, 0)))
    for down in range(-shift, shift + 1):
        for right in range(-shift, shift + 1):
            rows = slice(shift - down, shift - down + height)
            columns = slice(shift - right, shift - right + width)
            found[down, right] = wide[:, rows, columns]
    return found


@pytest.mark.small
@pytest.mark.parametrize("shift", [0, 1, 2])
def test_each_image_is_shifted_by_one_of_all_shifts(shift):
    X = images()
    shifted = MoveImages((2, 5, 4), shift).apply(X, KEYS, False)
    shifts = []
    for image, found in zip(X.reshape(200, 2, 5, 4, 3), shifted, strict=True):
        (by,) = [
            by for by, shifted_image in candidates(image, shift).items()
            if np.array_equal(shifted_image, found.reshape(image.shape))]
        shifts.append(by)
    # all shifts occur about equally often
    assert len(set(shifts)) == (2 * shift + 1)**2
    assert np.abs(np.mean(shifts, axis=0)).max() < 0.3


def moves_of(key, shift, rotation, stretch):
    """Return the shift, the angle and the factors of height and width that a key draws."""
    low, high = map(np.uint32, key_words(key, 1))
    shifts = [pixels_of(k, shift, low, high) for k in (0, 1)]
    return shifts, rotation * between(2, low, high), [
        1 + stretch * between(k, low, high) for k in (3, 4)]


@pytest.mark.small
@pytest.mark.parametrize("spikes", [False, True])
def test_images_are_stretched_then_rotated_then_shifted(spikes):
    X, shape = images(50, (2, 7, 6), 2), (2, 7, 6)
    if spikes:
        X = (X < 0.5).astype(np.uint8)
    moved = MoveImages(shape, 2, 40.0, 0.4).apply(X, KEYS[:50], spikes).reshape(50, *shape, 2)
    drawn = []
    for image, key, found in zip(X.reshape(50, *shape, 2), KEYS, moved, strict=False):
        shifts, angle, factors = moves_of(key, 2, np.radians(40.0), 0.4)
        drawn.append([angle, *factors])
        middle = np.array([3.0, 2.5])
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        inverse = turn / np.reshape(factors, (2, 1))
        for c, t in np.ndindex(2, 2):
            expected = affine_transform(
                image[c, :, :, t].astype(float), inverse, middle - inverse @ (middle + shifts),
                order=0 if spikes else 1, mode="grid-constant")
            np.testing.assert_allclose(found[c, :, :, t], expected, atol=1e-9)
    assert np.abs(np.mean(drawn, axis=0) - [0, 1, 1]).max() < 0.1
    assert np.all(np.ptp(drawn, axis=0) > [1.0, 0.6, 0.6])


@pytest.mark.small
def test_moves_depend_on_the_key_of_a_sample_alone():
    X, augment = images(), MoveImages((2, 5, 4), 2, 20.0, 0.2)
    whole = augment.apply(X, KEYS, False)
    np.testing.assert_array_equal(augment.apply(X[50:60], KEYS[50:60], False), whole[50:60])
    np.testing.assert_array_equal(augment.apply(X[::-1], KEYS[::-1], False), whole[::-1])


@pytest.mark.small
def test_spikes_and_events_are_moved_alike():
    X, augment = (images() < 0.3).astype(np.uint8), MoveImages((2, 5, 4), 1, 20.0, 0.2)
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
        "n_steps": 20, "max_iter": 20, "random_state": 0,
        "standardize": False, "n_iter_no_change": 99}
    layers = Convolution(4, 3, image_shape=(6, 6)), 8
    plain, augmented, same = (
        SNNClassifier(layers, **shared, rule=SurrogateGradient(augment=augment)).fit(X, y)
        for augment in (None, MoveImages((6, 6), 1), MoveImages((6, 6), 0)))
    assert augmented.score(moved, y) > 0.9
    assert augmented.score(moved, y) >= plain.score(moved, y)
    np.testing.assert_array_equal(same.weights_[0], plain.weights_[0])


@pytest.mark.parametrize("unequal", [False, True])
@pytest.mark.parametrize("dtype", [np.int8, np.float16, ">f4"], ids=str)
def test_the_dtype_of_values_for_an_encoder_does_not_matter(dtype, unequal, rng):
    values = rng.integers(-3, 4, (12, 12, 10)).astype(dtype)
    weights = []
    for X in (values, values.astype(float)):
        network = SNNClassifier(
            4, encoder=SpikeEncoder(), delays=None,
            rule=SurrogateGradient(augment=MoveImages((3, 4), 1, 30.0, 0.3)),
            readout="count", max_iter=2, random_state=0)
        X = [x[:, : 10 - k % 3] for k, x in enumerate(X)] if unequal else X
        network.fit(X, np.arange(12) % 2)
        weights.append(network.weights_[0])
    np.testing.assert_array_equal(*weights)


@pytest.mark.small
@pytest.mark.parametrize(("parameters", "error", "words"), [
    ({"image_shape": (36,)}, ValueError, ["image_shape", "(height, width)", "(36,)"]),
    ({"image_shape": 36}, TypeError, ["image_shape", "sequence", "36"]),
    ({"image_shape": (6, 6), "shift": 7}, ValueError, ["shift", "<= 6", "7"]),
    ({"image_shape": (6, 6), "shift": 1.5}, TypeError, ["shift", "integer", "1.5"]),
    ({"image_shape": (6, 6), "rotation": 181}, ValueError, ["rotation", "<= 180", "181"]),
    ({"image_shape": (6, 6), "stretch": 1}, ValueError, ["stretch", "<= 0.9", "1"]),
    ({"image_shape": (5, 6)}, ValueError, ["image_shape=(5, 6)", "30 channels", "36"]),
])
def test_fit_refuses_moves_that_do_not_fit_and_names_the_numbers(parameters, error, words):
    rule = SurrogateGradient(augment=MoveImages(**parameters))
    network = SNNClassifier(4, n_steps=5, max_iter=1, rule=rule)
    with pytest.raises(error) as caught:
        network.fit(np.random.default_rng(0).random((20, 36)), np.arange(20) % 2)
    assert all(word in str(caught.value) for word in words), caught.value
    assert not hasattr(network, "weights_")
