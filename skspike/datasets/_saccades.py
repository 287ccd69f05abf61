"""Images seen by an event camera that makes three saccades in front of them.

The image moves over the sensor along the sides of a triangle, and comes back to its first place. A
saccade lasts a third of the time:

    place(u) = a + (b - a) (1 - cos(pi u)) / 2      from corner a to corner b, u from 0 to 1

A pixel of the camera sends an event when the logarithm of its brightness has changed enough:

    level = log(DARK + brightness)                      brightness from 0 to 1
    event of polarity 1    if level - reference >= up,      then reference += up
    event of polarity 0    if reference - level >= down,    then reference -= down
    up, down = threshold exp(mismatch z)                z ~ N(0, 1), for each pixel and polarity

A pixel that has sent an event sends none within its refractory time. Each channel also has noise
events, independent of the brightness.

    channel = (polarity height + row) width + column
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from .._base import (
    SIZE_LIMITS, UNIT, VALUE_LIMITS, Array, Seed, as_numbers, check_number, check_numbers,
    content_keys, draw, kernel, key_words, scalar)
from ._arguments import check_rate

# corners of the triangle, as row and column, relative to the largest shift
CORNERS = np.array([[-1.0, 0.0], [1.0, 1.0], [1.0, -1.0]])
DARK = 0.1  # brightness that is added to all pixels, so that black has a logarithm
FRAME = 1.0  # longest interval between two times at which the brightness is computed, in ms


def make_saccades(
        images: ArrayLike, *, value_range: tuple[float, float] = (0.0, 1.0), n_steps: int = 300,
        shift: float = 3.0, threshold: float = 0.5, mismatch: float = 0.1, refractory: float = 1.0,
        background: float = 1.0, dt: float = 1.0, random_state: Seed = None) -> Array:
    """Make the events of a camera that looks at images while it makes three saccades.

    A pixel of an event camera has no frames. It sends an event whenever its brightness has changed
    by a certain factor: of polarity 1 if it is brighter, of polarity 0 if it is darker. So a camera
    sees edges while it moves. Here the image moves over the sensor along the three sides of a
    triangle, as in the data set N-MNIST. Images of 28 x 28 pixels have the same form as that data
    set: a sensor of 34 x 34 pixels, two polarities and three saccades of 100 ms.

    Parameters
    ----------
    images : array-like of shape (n_samples, height, width)
        Brightness of the pixels.
    value_range : tuple of (float, float), default=(0.0, 1.0)
        Values of black and of the brightest white, such as ``(0, 255)``, from -1e150 to 1e150.
    n_steps : int, default=300
        Length of a train in steps. Each saccade lasts ``n_steps * dt / 3`` ms.
    shift : float, default=3.0
        Largest shift of the image in each direction in pixels, from 0 to 100. It is rounded up to
        the number of pixels that the sensor has on each side of the image, which see black there.
    threshold : float, default=0.5
        Change of the logarithm of brightness that causes an event, from 0.01 to 10. With a lower
        threshold, edges cause more events.
    mismatch : float, default=0.1
        Standard deviation of the logarithms of the thresholds over pixels and polarities, from 0 to
        1.
    refractory : float, default=1.0
        Time in ms in which a pixel sends no further event.
    background : float, default=1.0
        Rate of the noise events of each channel in Hz, at most ``1000 / dt``.
    dt : float, default=1.0
        Length of a step in ms, from 0.001 to 100. Events of a channel in the same step become one.
    random_state : int, RandomState instance or None, default=None
        Seed of the thresholds and of the noise.

    Returns
    -------
    X : ndarray of shape (n_samples, 2 * sensor_height * sensor_width, n_steps), dtype uint8
        Events. The channel of a pixel is ``(polarity * sensor_height + row) * sensor_width +
        column``, as in `skspike.io.from_tonic`. So ``image_shape=(2, sensor_height,
        sensor_width)`` describes the channels, with ``sensor_height = height + 2 * ceil(shift)``
        and the same for the width.

    Raises
    ------
    ValueError
        If images have no rows and columns, values are outside `value_range`, or a parameter is
        outside its range.

    See Also
    --------
    skspike.io.from_tonic : Convert events that a camera has recorded.

    Notes
    -----
    Brightness is interpolated between pixels, and computed at least once per ms. To it, 0.1 of the
    range is added, so that black has a logarithm. Between these times the logarithm changes
    linearly.

    All samples see the same camera. The noise of a sample depends on the seed and the image alone.
    So the events of an image are the same in any batch and order, and large data can be converted
    in parts with the same integer seed. A step of 1 ms needs ``n_samples * 693,600`` bytes for a
    sensor of 34 x 34 pixels. With ``n_steps=60, dt=5.0`` the same 300 ms need a fifth.

    References
    ----------
    .. [1] G. Orchard, A. Jayawant, G. K. Cohen, N. Thakor, "Converting static image datasets to
        spiking neuromorphic datasets using saccades", Frontiers in Neuroscience 9, 2015.
    .. [2] P. Lichtsteiner, C. Posch, T. Delbruck, "A 128x128 120 dB 15 us latency asynchronous
        temporal contrast vision sensor", IEEE Journal of Solid-State Circuits 43(2), 2008.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skspike.datasets import make_saccades
    >>> digits = load_digits()
    >>> X = make_saccades(digits.images[:20], value_range=(0, 16), random_state=0)
    >>> X.shape, X.shape[1] == 2 * 14 * 14
    ((20, 392, 300), True)
    """
    pixels = _checked(images, value_range)
    n_steps = check_number(n_steps, "n_steps", **SIZE_LIMITS)
    shift = check_number(shift, "shift", low=0, high=100)
    threshold = check_number(threshold, "threshold", low=0.01, high=10)
    mismatch = check_number(mismatch, "mismatch", low=0, high=1)
    refractory = check_number(refractory, "refractory", low=0, high=1e9)
    dt = check_number(dt, "dt", low=1e-3, high=100)  # a step has at most 100 frames
    background = check_rate(background, "background", dt)
    rng = check_random_state(random_state)
    # draw the thresholds of the pixels of both polarities, and the seed of the noise
    margin = int(np.ceil(shift))
    height, width = (size + 2 * margin for size in pixels.shape[1:])
    thresholds = threshold * np.exp(mismatch * rng.standard_normal(2 * height * width))
    seed = np.uint64(rng.randint(2**32, dtype=np.uint64))
    # the sensor never leaves the padded image. The last row and column are for interpolation
    scenes = np.pad(pixels, [(0, 0)] + 2 * [(2 * margin, 2 * margin + 1)])
    frames_per_step = math.ceil(dt / FRAME)
    times = np.arange(n_steps * frames_per_step + 1) * (dt / frames_per_step)
    path = margin - shift * places(times / times[-1])
    X = np.zeros((len(pixels), 2 * height * width, n_steps), np.uint8)
    record_images(
        scenes, path, width, thresholds, refractory * frames_per_step / dt, frames_per_step, X)
    if background > 0:
        keys = np.empty(len(pixels), np.uint64)
        with np.errstate(over="ignore"):  # counters wrap around
            content_keys(seed, pixels.view(np.uint32), keys)
            add_noise(keys, background * dt / 1000, X)
    return X


def _checked(images, value_range):
    """Return the brightness of images from 0 to 1, as float32 (n_samples, height, width)."""
    low, high = check_numbers(
        value_range, "value_range", **VALUE_LIMITS) if np.size(value_range) == 2 else (0, 0)
    if not low < high:
        raise ValueError(
            f"value_range must be two numbers, low < high, got {value_range!r}.")
    images = as_numbers(images, "images")
    if images.ndim != 3 or 0 in images.shape:
        raise ValueError(
            "images must be an array (n_samples, height, width) of brightness, none of its axes "
            f"empty, got shape {images.shape}. Reshape rows of pixels to (-1, height, width), and "
            "average the colours of colour images.")
    if not (images.min() >= low and images.max() <= high):
        raise ValueError(
            f"images must have values in value_range={value_range}, got {images.min():g} to "
            f"{images.max():g}. Pass the values of black and white, such as value_range=(0, 255).")
    return ((images - low) / (high - low)).astype(np.float32, order="C")


def places(elapsed):
    """Return the row and column of the image at elapsed fractions of the time, from -1 to 1."""
    saccade = np.minimum((3 * elapsed).astype(int), 2)
    share = (1 - np.cos(np.pi * (3 * elapsed - saccade))) / 2
    start, stop = CORNERS[saccade], CORNERS[(saccade + 1) % 3]
    return start + share[:, None] * (stop - start)


@scalar
def moved(scene, y, x):
    """Return the brightness at a place, interpolated between the pixels of the image."""
    i, j = int(y), int(x)
    above = scene[i, j] + (x - j) * (scene[i, j + 1] - scene[i, j])
    below = scene[i + 1, j] + (x - j) * (scene[i + 1, j + 1] - scene[i + 1, j])
    return above + (y - i) * (below - above)


@scalar
def record_pixel(film, down, up, refractory, frames_per_step, trains):
    """Write the events of one pixel to its two trains, of polarity 0 and 1.

    `film` holds the brightness in each frame. Between two frames the level changes linearly.
    """
    value = film[0]
    level = math.log(DARK + value)
    reference, last = level, -math.inf
    for frame in range(len(film) - 1):
        new_value = film[frame + 1]
        if new_value == value:
            continue
        value, before, level = new_value, level, math.log(DARK + new_value)
        while True:
            polarity = 1 if level > reference else 0
            crossed = reference + up if polarity else reference - down
            if (level < crossed) if polarity else (level > crossed):
                break
            reference = crossed
            share = (crossed - before) / (level - before)
            if frame + share - last >= refractory:
                last = frame + share
                trains[polarity, frame // frames_per_step] = 1


@kernel
def record_images(scenes, path, width, thresholds, refractory, frames_per_step, raster):
    """Write the events of all pixels to a raster of zeros.

    `thresholds` hold the pixels of polarity 0, then of polarity 1. `refractory` is in frames.
    """
    n_pixels, film = len(thresholds) // 2, np.empty(len(path))
    for b in range(len(scenes)):
        for pixel in range(n_pixels):
            row, column = pixel // width, pixel % width
            for frame in range(len(path)):
                film[frame] = moved(scenes[b], row + path[frame, 0], column + path[frame, 1])
            record_pixel(
                film, thresholds[pixel], thresholds[n_pixels + pixel], refractory, frames_per_step,
                raster[b, pixel::n_pixels])


@kernel
def add_noise(keys, probability, raster):
    """Add events that are independent in all channels and steps."""
    n_channels, n_steps = raster.shape[1:]
    for b in range(len(raster)):
        low, high = key_words(keys[b], 1)
        for c in range(n_channels):
            for t in range(n_steps):
                if UNIT * draw(c * n_steps + t, low, high) < probability:
                    raster[b, c, t] = 1
