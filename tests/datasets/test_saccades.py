"""Events of cameras equal a literal reference, and have the stated channels and noise."""

import math

import naive
import numpy as np
import pytest

from skspike.datasets import make_saccades
from skspike.datasets._saccades import CORNERS, DARK, places
from skspike.io import from_tonic

QUIET = {"background": 0.0, "random_state": 0}
SIGMAS = 4.5


def reference(films, thresholds, refractory, frames_per_step, n_steps):
    """Return the raster of films (n_samples, n_pixels, n_frames) of brightness."""
    n_pixels = films.shape[1]
    raster = np.zeros((len(films), 2 * n_pixels, n_steps), np.uint8)
    for b, pixel in np.ndindex(films.shape[:2]):
        levels = [math.log(DARK + value) for value in films[b, pixel]]
        down, up = thresholds[pixel], thresholds[n_pixels + pixel]
        for frame, polarity in naive.camera_events(levels, down, up, refractory):
            raster[b, polarity * n_pixels + pixel, frame // frames_per_step] = 1
    return raster


def thresholds_of(seed, n_channels, threshold, mismatch):
    """Return the thresholds that a seed draws first."""
    deviates = np.random.RandomState(seed).standard_normal(n_channels)
    return threshold * np.exp(mismatch * deviates)


@pytest.mark.small
@pytest.mark.parametrize(("dt", "per_step", "shift"), [(2.5, 3, 1.6), (0.4, 1, 0.3)])
def test_events_of_saccades_equal_the_definition(dt, per_step, shift, rng):
    images = rng.random((2, 2, 3))
    X = make_saccades(
        images, n_steps=30, shift=shift, threshold=0.15, mismatch=0.3, refractory=1.3, dt=dt,
        **QUIET)
    margin = math.ceil(shift)
    height, width = 2 + 2 * margin, 3 + 2 * margin
    film = np.array([[
        [
            naive.seen(image.astype(np.float32), row - margin, column - margin, shift * place)
            for place in places(np.arange(30 * per_step + 1) / (30 * per_step))]
        for row in range(height) for column in range(width)] for image in images])
    thresholds = thresholds_of(0, 2 * height * width, 0.15, 0.3)
    expected = reference(film, thresholds, 1.3 * per_step / dt, per_step, 30)
    # rounding may move an event by a step
    assert X.shape == expected.shape and X.sum() > 100
    assert (X != expected).sum() <= 2


@pytest.mark.small
def test_the_image_visits_the_corners_of_a_triangle_and_returns():
    path = places(np.linspace(0, 1, 301))
    assert path[[0, 100, 200, 300]] == pytest.approx(CORNERS[[0, 1, 2, 0]], abs=1e-12)
    speed = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert speed[[0, 99, 100, 199, 200, 299]].max() < 0.1 * speed.max()  # slow at the corners
    assert abs(path).max() == pytest.approx(1)


@pytest.mark.small
def test_channels_have_the_order_of_recorded_events(rng):
    X = make_saccades(rng.random((3, 3, 5)), shift=1.0, n_steps=60, dt=5.0, **QUIET)
    fields = [("t", "i8"), ("x", "i2"), ("y", "i2"), ("p", "i1")]
    samples = []
    for sample in X.reshape(3, 2, 5, 7, 60):
        p, y, x, step = sample.nonzero()
        samples.append(np.rec.fromarrays([5000 * step, x, y, p], dtype=fields))
    back, info = from_tonic(
        samples, sensor_size=(7, 5, 2), bin_width=5.0, t_stop=300.0, return_info=True)
    np.testing.assert_array_equal(back, X)
    assert info.image_shape == (2, 5, 7)


@pytest.mark.small
def test_events_of_an_image_do_not_depend_on_the_batch_its_order_and_form(rng):
    images = rng.random((6, 3, 4))
    options = {"n_steps": 40, "background": 20.0, "random_state": 5}
    X = make_saccades(images, **options)
    np.testing.assert_array_equal(make_saccades(images[4:], **options), X[4:])
    np.testing.assert_array_equal(make_saccades(images[::-1], **options), X[::-1])
    scaled = 200 * images - 50
    for given in (scaled, scaled.tolist(), np.asfortranarray(scaled)):
        same = make_saccades(given, value_range=(-50, 150), **options)
        assert (X != same).mean() < 1e-3  # by rounding of the brightness
    other = make_saccades(images, **{**options, "random_state": 6})
    assert (X != other).mean() > 0.01


@pytest.mark.small
@pytest.mark.compiled
def test_without_movement_there_is_noise_only(rng):
    images = rng.random((200, 2, 3))
    assert not make_saccades(images, shift=0.0, **QUIET).any()
    X = make_saccades(images, n_steps=100, shift=0.0, background=50.0, dt=0.8, random_state=0)
    p = 50.0 * 0.8 / 1000
    for axes in ((1, 2), (0, 2), (0, 1)):  # samples, channels, steps
        n = X.size // X.sum(axis=axes).size
        z = (X.sum(axis=axes) - n * p) / np.sqrt(n * p * (1 - p))
        assert abs(z).max() < SIGMAS and z.std() == pytest.approx(1, abs=SIGMAS / (2 * z.size)**0.5)
    assert len(np.unique(X.reshape(200, -1), axis=0)) == 200
    assert make_saccades(images[:2], shift=0.0, background=1000.0, random_state=0).all()


def test_a_pixel_rests_after_an_event(rng):
    images = rng.integers(0, 2, (20, 6, 6))
    pauses = {}
    for refractory in (0.0, 12.0):
        X = make_saccades(images, threshold=0.1, mismatch=0.0, refractory=refractory, **QUIET)
        pixels = X.reshape(20, 2, -1, 300).any(axis=1).reshape(-1, 300)
        pixel, step = pixels.nonzero()
        pauses[refractory] = np.diff(step)[pixel[1:] == pixel[:-1]].min()
    assert pauses == {0.0: 1, 12.0: 12}


def test_mismatch_makes_pixels_differ(rng):
    images, deviations = rng.random((600, 6, 6)), []
    for mismatch in (0.0, 0.3):
        X = make_saccades(images, shift=1.0, mismatch=mismatch, n_steps=60, dt=5.0, **QUIET)
        means = X.reshape(600, 2, 8, 8, 60)[:, :, 2:-2, 2:-2].mean(axis=(0, 4))
        deviations.append(means.std() / means.mean())
    assert deviations[0] < 0.1 < 0.2 < deviations[1]


IMAGES = np.zeros((2, 3, 4))
BAD = {
    "rows": (IMAGES.reshape(2, 12), {}, ["(2, 12)", "Reshape rows of pixels to (-1, height, wi"]),
    "colours": (np.zeros((2, 3, 4, 3)), {}, ["(2, 3, 4, 3)", "average the colours"]),
    "none": (IMAGES[:0], {}, ["images", "(0, 3, 4)"]),
    "too bright": (IMAGES + 16, {}, ["value_range=(0.0, 1.0)", "16 to 16", "(0, 255)"]),
    "not a number": (IMAGES * np.nan, {}, ["value_range"]),
    "empty range": (IMAGES, {"value_range": (1, 1)}, ["value_range", "low < high", "(1, 1)"]),
    "wide range": (
        IMAGES, {"value_range": (-1e308, 1e308)}, ["value_range[0]", ">= -1e+150", "-1e+308"]),
    "range of one": (IMAGES, {"value_range": (1,)}, ["value_range", "low < high"]),
    "large shift": (IMAGES, {"shift": 101}, ["shift", "<= 100"]),
    "no threshold": (IMAGES, {"threshold": 0.0}, ["threshold must be"]),
    "negative mismatch": (IMAGES, {"mismatch": -0.1}, ["mismatch must be"]),
    "negative refractory time": (IMAGES, {"refractory": -1.0}, ["refractory must be"]),
    "rate above a spike per step": (IMAGES, {"background": 1001.0}, ["background must be"]),
    "long step": (IMAGES, {"dt": 101.0}, ["dt must be"]),
    "text": ([["a"]], {}, ["images"])}


@pytest.mark.small
@pytest.mark.parametrize(("images", "options", "words"), BAD.values(), ids=BAD)
def test_bad_images_are_refused(images, options, words):
    with pytest.raises((ValueError, TypeError)) as raised:
        make_saccades(images, **options)
    assert [word for word in words if word not in str(raised.value)] == [], str(raised.value)
