"""Images seen by an event camera that makes three saccades in front of them.

The image moves over the sensor along the sides of a triangle, and comes back to its first place. A
saccade lasts a third of the time:

    place(u) = a + (b - a) (1 - cos(pi u)) / 2      from corner a to corner b, u from 0 to 1
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from .._checks import SIZE_LIMITS, VALUE_LIMITS, as_numbers, check_number, check_numbers
from .._compile import content_keys, scalar
from .._utils import Array, Seed
from ._camera import check_camera, draw_camera, with_camera_options

# corners of the triangle, as row and column, relative to the largest shift
CORNERS = np.array([[-1.0, 0.0], [1.0, 1.0], [1.0, -1.0]])


@with_camera_options
def make_saccades(
        images: ArrayLike, *, image_shape: tuple[int, int] | None = None,
        value_range: tuple[float, float] = (0.0, 1.0), n_steps: int = 300, shift: float = 3.0,
        threshold: float = 0.5, mismatch: float = 0.1, refractory: float = 1.0,
        background: float = 1.0, dt: float = 1.0, random_state: Seed = None) -> Array:
    """Make the events of a camera that looks at images while it makes three saccades.

    A pixel of an event camera has no frames. It sends an event whenever its brightness has changed
    by a certain factor: of polarity 1 if it is brighter, of polarity 0 if it is darker. So a camera
    sees edges while it moves. Here the image moves over the sensor along the three sides of a
    triangle, as in the data set N-MNIST. Images of 28 x 28 pixels have the same form as that data
    set: a sensor of 34 x 34 pixels, two polarities and three saccades of 100 ms.

    Parameters
    ----------
    images : array-like of shape (n_samples, height, width) or (n_samples, height * width)
        Brightness of the pixels. 2-D input needs `image_shape`.
    image_shape : tuple of (int, int), default=None
        Height and width of images that are given as rows of pixels. None expects 3-D input.
    value_range : tuple of (float, float), default=(0.0, 1.0)
        Values of black and of the brightest white, such as ``(0, 255)``, from -1e150 to 1e150.
    n_steps : int, default=300
        Length of a train in steps. Each saccade lasts ``n_steps * dt / 3`` ms.
    shift : float, default=3.0
        Largest shift of the image in each direction in pixels, from 0 to 100. It is rounded up to
        the number of pixels that the sensor has on each side of the image, which see black there.
    <parameters>
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
    make_textures : Events of moving textures.
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
    pixels = _checked(images, image_shape, value_range)
    shift = check_number(shift, "shift", low=0, high=100)
    camera = check_camera(threshold, mismatch, refractory, background, n_steps, dt)
    margin = int(np.ceil(shift))
    height, width = (size + 2 * margin for size in pixels.shape[1:])
    camera = draw_camera(check_random_state(random_state), (height, width), **camera)
    keys = np.empty(len(pixels), np.uint64)
    with np.errstate(over="ignore"):  # counters wrap around
        content_keys(camera.seed, pixels.view(np.uint32), keys)
    # the sensor never leaves the padded image. The last row and column are for interpolation
    scenes = np.pad(pixels, [(0, 0)] + 2 * [(2 * margin, 2 * margin + 1)])
    path = margin - shift * places(camera.times / camera.times[-1])
    return camera.record(moved, scenes, path, keys)


def _as_images(images, image_shape):
    """Return rows of pixels as images, or images as they are."""
    if image_shape is None:
        return images
    image_shape = check_numbers(image_shape, "image_shape", **SIZE_LIMITS)
    if len(image_shape) != 2:
        raise ValueError(f"image_shape must be (height, width), got {image_shape}.")
    n_pixels = math.prod(image_shape)
    if images.ndim != 2 or images.shape[1] != n_pixels:
        raise ValueError(
            f"image_shape={image_shape} needs images as an array (n_samples, {n_pixels}), got "
            f"shape {images.shape}.")
    return images.reshape(-1, *image_shape)


def _checked(images, image_shape, value_range):
    """Return the brightness of images from 0 to 1, as float32 (n_samples, height, width)."""
    low, high = check_numbers(
        value_range, "value_range", **VALUE_LIMITS) if np.size(value_range) == 2 else (0, 0)
    if not low < high:
        raise ValueError(
            f"value_range must be two numbers, low < high, got {value_range!r}.")
    images = _as_images(as_numbers(images, "images"), image_shape)
    if images.ndim != 3 or 0 in images.shape:
        raise ValueError(
            "images must be an array (n_samples, height, width) of brightness, none of its axes "
            f"empty, got shape {images.shape}. For rows of pixels pass image_shape=(height, "
            "width). Average the colours of colour images.")
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
def moved(scene, path, row, column, frame):
    """Return the brightness that a pixel sees, interpolated between the pixels of the image."""
    y, x = row + path[frame, 0], column + path[frame, 1]
    i, j = int(y), int(x)
    above = scene[i, j] + (x - j) * (scene[i, j + 1] - scene[i, j])
    below = scene[i + 1, j] + (x - j) * (scene[i + 1, j + 1] - scene[i + 1, j])
    return above + (y - i) * (below - above)
