"""Gratings that move in different directions, seen by an event camera.

    brightness(r, c, t) = (1 + contrast cos(2 pi (place / wavelength - frequency t) + phase)) / 2
    place = c cos(angle) + r sin(angle)
"""

import numpy as np
from sklearn.utils import check_random_state

from .._checks import SIZE, check_number
from .._compile import row_keys, scalar
from .._utils import Dataset, Seed
from ._camera import check_camera, documented, draw_camera


@documented
def make_gratings(
        n_samples: int = 1000, size: int = 12, n_steps: int = 100, *, n_directions: int = 8,
        wavelength: float = 6.0, variety: float = 0.3, frequency: float = 10.0,
        contrast: float = 0.8, threshold: float = 0.5, mismatch: float = 0.1,
        refractory: float = 1.0, background: float = 1.0, dt: float = 1.0,
        random_state: Seed = None) -> Dataset:
    """Make the events of a camera that looks at moving gratings. The class is the direction.

    All gratings have the same frequency and a random phase. So the trains of a single channel have
    the same distribution in all classes, and so has each single frame in two opposite directions.
    A classifier must compare neighbouring pixels at different times.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples. Labels are drawn with equal probability.
    size : int, default=12
        Height and width of the sensor in pixels, from 1 to 128.
    n_steps : int, default=100
        Length of a train in steps.
    n_directions : int, default=8
        Number of directions, each a class. Direction k has the angle ``360 * k / n_directions``
        degrees: gratings of direction 0 move to higher columns, and at 90 degrees to higher rows.
    wavelength : float, default=6.0
        Mean distance between two maxima of brightness in pixels, from 1 to 1000.
    variety : float, default=0.3
        Spread of the wavelengths, from 0 to 0.9. Each sample has a wavelength between ``1 -
        variety`` and ``1 + variety`` times the mean.
    frequency : float, default=10.0
        Number of maxima that pass a pixel in a second, in Hz, from 0 to 100.
    contrast : float, default=0.8
        Amplitude of brightness relative to its mean, from 0 to 1.
    <camera>
    random_state : int, RandomState instance or None, default=None
        Seed of the labels, wavelengths, phases, thresholds and noise.

    Returns
    -------
    X : ndarray of shape (n_samples, 2 * size * size, n_steps), dtype uint8
        Events. The channel of a pixel is ``(polarity * size + row) * size + column``, so
        ``image_shape=(2, size, size)`` describes the channels.
    y : ndarray of shape (n_samples,)
        Class labels, from 0 to ``n_directions - 1``.

    See Also
    --------
    make_saccades : Events of images.

    Notes
    -----
    The model of the camera is the same as in `make_saccades`. With the same seed, labels and
    gratings are the same for any `size` and `n_steps`.

    Examples
    --------
    >>> from skspike.datasets import make_gratings
    >>> X, y = make_gratings(20, random_state=0)
    >>> X.shape, X.shape[1] == 2 * 12 * 12
    ((20, 288, 100), True)
    """
    n_samples = check_number(n_samples, "n_samples", **SIZE)
    size = check_number(size, "size", low=1, high=128, integer=True)
    n_directions = check_number(n_directions, "n_directions", **SIZE)
    wavelength = check_number(wavelength, "wavelength", low=1, high=1000)
    variety = check_number(variety, "variety", low=0, high=0.9)
    frequency = check_number(frequency, "frequency", low=0, high=100)
    contrast = check_number(contrast, "contrast", low=0, high=1)
    camera = check_camera(threshold, mismatch, refractory, background, n_steps, dt)
    rng = check_random_state(random_state)
    # draw a grating for each sample
    y = rng.randint(n_directions, size=n_samples)
    waves = 2 * np.pi / (wavelength * rng.uniform(1 - variety, 1 + variety, n_samples))
    phases = rng.uniform(0, 2 * np.pi, n_samples)
    angles = 2 * np.pi * y / n_directions
    gratings = np.stack(
        [waves * np.sin(angles), waves * np.cos(angles), phases, np.full(n_samples, contrast)],
        axis=1)
    # record them
    camera = draw_camera(rng, (size, size), **camera)
    keys = np.empty(n_samples, np.uint64)
    with np.errstate(over="ignore"):  # counters wrap around
        row_keys(camera.seed, np.uint64(0), np.arange(n_samples), keys)
    turns = 2 * np.pi * frequency / 1000 * camera.times
    return camera.record(wave, gratings, turns, keys), y


@scalar
def wave(grating, turns, row, column, frame):
    """Return the brightness of a pixel."""
    by_row, by_column, phase, contrast = grating
    return 0.5 + 0.5 * contrast * np.cos(
        by_row * row + by_column * column + phase - turns[frame])
