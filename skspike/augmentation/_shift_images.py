"""Random shifts of images by whole pixels."""

from collections.abc import Sequence

import numpy as np

from .._checks import SIZE, check_numbers, convert, shown
from .._compile import draw, kernel, scalar
from .._utils import Array
from ._base import Augmentation
from ._moves import key_words


@scalar
def pixels_of(counter, n_pixels, low, high):
    """Return a random integer from -n_pixels to n_pixels."""
    n_choices = np.uint64(2 * n_pixels + 1)
    return np.int64(np.uint64(draw(counter, low, high)) * n_choices >> np.uint64(32)) - n_pixels


@kernel
def shift(X, keys, n_pixels, changed):
    """Write shifted images (n_samples, n_channels, height, width, n_steps) to zeros `changed`."""
    _, n_channels, height, width, _ = X.shape
    for b in range(len(keys)):
        low, high = key_words(keys[b])
        down, right = pixels_of(0, n_pixels, low, high), pixels_of(1, n_pixels, low, high)
        for c in range(n_channels):
            for y in range(max(0, -down), min(height, height - down)):
                for x in range(max(0, -right), min(width, width - right)):
                    changed[b, c, y + down, x + right] = X[b, c, y, x]


class ShiftImages(Augmentation):
    """Shift images by a random number of whole pixels, up and down, left and right.

    Pixels that leave the image are lost, and pixels that enter it are 0. It takes rows of pixels,
    rasters and series. Rows of pixels are shifted after a network has standardised them: set
    ``standardize=False`` if 0 is the background.

    Parameters
    ----------
    image_shape : tuple of (int, int) or (int, int, int)
        Shape of a sample as an image, (height, width) or (n_channels, height, width), as in
        `skspike.SNNClassifier`.
    n_pixels : int, default=1
        Largest shift in each direction, from 0 to the size of the image. Raise it if objects are
        not centred in new images.

    See Also
    --------
    Augment : Shifts channels on a line, and time.
    skspike.Convolution : A layer for images.
    skspike.SNNClassifier : Takes it as `augment`.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.augmentation import ShiftImages
    >>> X = np.array([[0, 0, 0, 0, 7, 0, 0, 0, 0]])  # a pixel in the middle of 3 x 3
    >>> shifted = ShiftImages((3, 3)).apply(X[:, :, None], np.array([3], np.uint64), False)
    >>> shifted.reshape(3, 3).tolist()
    [[0, 0, 7], [0, 0, 0], [0, 0, 0]]
    """

    takes_tables = True

    def __init__(self, image_shape: Sequence[int], n_pixels: int = 1):
        self.image_shape = image_shape
        self.n_pixels = n_pixels

    def check(self) -> None:
        """Raise if a parameter is out of range, and convert numbers to Python's types."""
        self.image_shape = check_numbers(self.image_shape, "image_shape", **SIZE)
        if len(self.image_shape) not in (2, 3):
            raise ValueError(
                "image_shape must be (height, width) or (n_channels, height, width), got "
                f"{shown(self.image_shape)}.")
        convert(self, "n_pixels", low=0, high=min(self.image_shape[-2:]), integer=True)

    def apply(self, X: Array, keys: Array, spikes: bool) -> Array:
        """Return shifted samples."""
        n_samples, n_channels, n_steps = X.shape
        if n_channels != np.prod(self.image_shape):
            raise ValueError(
                f"ShiftImages with image_shape={shown(self.image_shape)} needs "
                f"{np.prod(self.image_shape)} channels, got {n_channels}.")
        shape = n_samples, *(1, *self.image_shape)[-3:], n_steps
        images = np.ascontiguousarray(X).reshape(shape).view()
        images.flags.writeable = False  # like memory maps, so that one version serves both
        changed = np.zeros(shape, X.dtype)
        shift(images, keys, self.n_pixels, changed)
        return changed.reshape(X.shape)
