"""Random textures that move in different directions, seen by an event camera.

    z(r, c, t) = sqrt(2 / N) sum_i cos(k_i (place - velocity t) + phase_i)      place = (r, c)
    brightness = 1 / (1 + exp(-contrast z))
    |k_i| = 2 pi / grain U(0.5, 1.5), in a random direction
"""

import math

import numpy as np
from sklearn.utils import check_random_state

from .._checks import SIZE_LIMITS, check_number
from .._compile import row_keys, scalar
from .._utils import Dataset, Seed
from ._camera import check_camera, draw_camera, with_camera_options

N_WAVES = 16


@with_camera_options
def make_textures(
        n_samples: int = 1000, size: int = 12, n_steps: int = 100, *, n_directions: int = 8,
        grain: float = 6.0, speed: float = 0.05, variety: float = 0.3, contrast: float = 2.0,
        threshold: float = 0.5, mismatch: float = 0.1, refractory: float = 1.0,
        background: float = 1.0, dt: float = 1.0, random_state: Seed = None) -> Dataset:
    """Make the events of a camera that looks at moving textures. The class is the direction.

    Each sample has a random texture of its own. The trains of a single channel have the same
    distribution in all classes, and so has each single frame in two opposite directions. A
    classifier must compare neighbouring pixels at different times.

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
        degrees: textures move to higher columns at 0 degrees, and to higher rows at 90 degrees.
    grain : float, default=6.0
        Typical distance between two maxima of brightness in pixels, from 1 to 1000.
    speed : float, default=0.05
        Mean speed in pixels per ms, from 0 to 1.
    variety : float, default=0.3
        Spread of the speeds, from 0 to 0.9. Each sample has a speed between ``1 - variety`` and ``1
        + variety`` times the mean.
    contrast : float, default=2.0
        Contrast of the textures, from 0 to 10. With 2, most pixels have a brightness between 0.1
        and 0.9.
    <parameters>
    random_state : int, RandomState instance or None, default=None
        Seed of the labels, textures, speeds, thresholds and noise.

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
    A texture is a sum of 16 waves. The model of the camera is the same as in `make_saccades`.

    Examples
    --------
    >>> from skspike.datasets import make_textures
    >>> X, y = make_textures(20, random_state=0)
    >>> X.shape, X.shape[1] == 2 * 12 * 12
    ((20, 288, 100), True)
    """
    n_samples = check_number(n_samples, "n_samples", **SIZE_LIMITS)
    size = check_number(size, "size", low=1, high=128, integer=True)
    n_directions = check_number(n_directions, "n_directions", **SIZE_LIMITS)
    grain = check_number(grain, "grain", low=1, high=1000)
    speed = check_number(speed, "speed", low=0, high=1)
    variety = check_number(variety, "variety", low=0, high=0.9)
    contrast = check_number(contrast, "contrast", low=0, high=10)
    camera = check_camera(threshold, mismatch, refractory, background, n_steps, dt)
    rng = check_random_state(random_state)
    # draw a texture and a velocity for each sample
    y = rng.randint(n_directions, size=n_samples)
    speeds = speed * rng.uniform(1 - variety, 1 + variety, n_samples)
    lengths, angles, phases = rng.random_sample((3, n_samples, N_WAVES))
    lengths, angles = 2 * np.pi / grain * (0.5 + lengths), 2 * np.pi * angles
    direction = 2 * np.pi * y / n_directions
    along = lengths * np.cos(angles - direction[:, None])
    waves = np.stack(
        [
            lengths * np.sin(angles), lengths * np.cos(angles), along * speeds[:, None],
            2 * np.pi * phases, np.full_like(phases, contrast * math.sqrt(2 / N_WAVES))], axis=2)
    # record them
    camera = draw_camera(rng, (size, size), **camera)
    keys = np.empty(n_samples, np.uint64)
    with np.errstate(over="ignore"):  # counters wrap around
        row_keys(camera.seed, np.uint64(0), np.arange(n_samples), keys)
    return camera.record(texture, waves, camera.times, keys), y


@scalar
def texture(waves, times, row, column, frame):
    """Return the brightness of a pixel."""
    z = 0.0
    for by_row, by_column, by_time, phase, amplitude in waves:
        place = by_row * row + by_column * column - by_time * times[frame]
        z += amplitude * math.cos(place + phase)
    return 1 / (1 + math.exp(-z))
