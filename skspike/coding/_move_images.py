"""Random shifts, rotations and stretches of images."""

import math
from collections.abc import Sequence

import numpy as np

from .._base import Array, check_image, convert, draw, kernel, key_words, scalar, shown
from ._augment import Augmentation, between


@scalar
def pixels_of(counter, shift, low, high):
    """Return a random integer from -shift to shift."""
    n_choices = np.uint64(2 * shift + 1)
    return np.int64(np.uint64(draw(counter, low, high)) * n_choices >> np.uint64(32)) - shift


@scalar
def source_of(y, x, middle, moves):
    """Return the place from which a pixel is read: shift, rotate and stretch it in reverse."""
    down, right, cosine, sine, taller, wider = moves
    dy, dx = y - middle[0] - down, x - middle[1] - right
    y, x = (cosine * dy - sine * dx) / taller, (sine * dy + cosine * dx) / wider
    return middle[0] + y, middle[1] + x


@kernel
def move(X, keys, shift, rotation, stretch, nearest, changed):
    """Write moved images (n_samples, n_channels, height, width, n_steps) to zeros `changed`.

    Values are read at the nearest pixel, or interpolated between four pixels.
    """
    _, n_channels, height, width, n_steps = X.shape
    middle = (height - 1) / 2, (width - 1) / 2
    for b in range(len(keys)):
        low, high = key_words(keys[b], 1)
        angle = rotation * between(2, low, high)
        moves = (
            pixels_of(0, shift, low, high), pixels_of(1, shift, low, high), math.cos(angle),
            math.sin(angle), 1 + stretch * between(3, low, high),
            1 + stretch * between(4, low, high))
        for y in range(height):
            for x in range(width):
                p, q = source_of(y, x, middle, moves)
                if nearest:
                    p, q = math.floor(p + 0.5), math.floor(q + 0.5)
                top, left = math.floor(p), math.floor(q)
                for row in range(max(top, 0), min(top + 2, height)):
                    for column in range(max(left, 0), min(left + 2, width)):
                        share = (1 - abs(p - row)) * (1 - abs(q - column))
                        if share > 0:
                            for c in range(n_channels):
                                for t in range(n_steps):
                                    changed[b, c, y, x, t] += share * X[b, c, row, column, t]


class MoveImages(Augmentation):
    """Shift, rotate and stretch images at random.

    Each parameter is the largest amount. The amount of each sample is drawn uniformly up to it, in
    both directions. Pixels that leave the image are lost, and pixels that enter it are 0. It takes
    rows of pixels, rasters and series. Rows of pixels are moved after a network has standardised
    them: set ``standardize=False`` if 0 is the background.

    Spikes (rasters, and series of -1, 0 and 1) are read at the nearest pixel. Other values are
    interpolated between four pixels. Shifts alone change no value.

    Parameters
    ----------
    image_shape : tuple of (int, int) or (int, int, int)
        Shape of a sample as an image, (height, width) or (n_channels, height, width), as in
        `skspike.Convolution`.
    shift : int, default=1
        Largest shift up or down, and left or right, in whole pixels, from 0 to the size of the
        image. Raise it if objects are not centred in new images.
    rotation : float, default=0.0
        Largest rotation in degrees, from 0 to 180. Set it if new objects are tilted. Large angles
        make a 6 a 9. Interpolation blurs details of one pixel: leave it at 0 for small images.
    stretch : float, default=0.0
        Largest change of the height and of the width, as a fraction, from 0 to 0.9. The two are
        drawn separately. Set it if objects differ in size or proportions.

    See Also
    --------
    Augment : Shifts channels on a line, and time.
    skspike.Convolution : A layer for images.
    skspike.learning.SurrogateGradient : Takes it as `augment`.

    References
    ----------
    .. [1] P. Y. Simard, D. Steinkraus, J. C. Platt, "Best practices for convolutional neural
        networks applied to visual document analysis", ICDAR 2003.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.coding import MoveImages
    >>> X = np.array([[0, 0, 0, 0, 7, 0, 0, 0, 0]])  # a pixel in the middle of 3 x 3
    >>> moved = MoveImages((3, 3)).apply(X[:, :, None], np.array([3], np.uint64), False)
    >>> moved.reshape(3, 3).tolist()
    [[0, 0, 7], [0, 0, 0], [0, 0, 0]]
    """

    takes_tables = True

    def __init__(
            self, image_shape: Sequence[int], shift: int = 1, rotation: float = 0.0,
            stretch: float = 0.0):
        self.image_shape = image_shape
        self.shift = shift
        self.rotation = rotation
        self.stretch = stretch

    def check(self) -> None:
        """Raise if a parameter is out of range, and convert numbers to Python's types."""
        self.image_shape = check_image(self.image_shape)
        convert(self, "shift", low=0, high=min(self.image_shape[-2:]), integer=True)
        convert(self, "rotation", low=0, high=180)
        convert(self, "stretch", low=0, high=0.9)

    def apply(self, X: Array, keys: Array, spikes: bool) -> Array:
        """Return moved samples."""
        n_samples, n_channels, n_steps = X.shape
        if n_channels != np.prod(self.image_shape):
            raise ValueError(
                f"MoveImages with image_shape={shown(self.image_shape)} needs "
                f"{np.prod(self.image_shape)} channels, got {n_channels}.")
        shape = n_samples, *(1, *self.image_shape)[-3:], n_steps
        images = np.ascontiguousarray(X).reshape(shape).view()
        images.flags.writeable = False  # like memory maps, so that one version serves both
        changed = np.zeros(shape, X.dtype)
        nearest = spikes or X.dtype.kind != "f"
        move(
            images, keys, self.shift, math.radians(self.rotation), float(self.stretch), nearest,
            changed)
        return changed.reshape(X.shape)
