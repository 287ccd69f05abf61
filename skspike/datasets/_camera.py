"""Event camera: a pixel sends an event when the logarithm of its brightness has changed enough.

    level = log(DARK + brightness)                      brightness from 0 to 1
    event of polarity 1    if level - reference >= up,      then reference += up
    event of polarity 0    if reference - level >= down,    then reference -= down
    up, down = threshold exp(mismatch z)                z ~ N(0, 1), for each pixel and polarity

A pixel that has sent an event sends none within its refractory time. Each channel also has noise
events, independent of the brightness.

    channel = (polarity height + row) width + column
"""

import math
from typing import Any, NamedTuple

import numpy as np

from .._checks import SIZE_LIMITS, check_number
from .._compile import UNIT, complete, draw, fragment, key_words
from .._utils import sections, with_sections
from ._base import check_rate

DARK = 0.1  # brightness that is added to all pixels, so that black has a logarithm
FRAME = 1.0  # longest interval between two times at which the brightness is computed, in ms
CAMERA_DT: dict[str, Any] = {"low": 1e-3, "high": 100}  # a step has at most 100 frames


class Camera(NamedTuple):
    """A camera with a threshold for each channel, and the seed of its noise."""

    size: tuple[int, int]  # height and width in pixels
    thresholds: np.ndarray
    refractory: float  # in ms
    probability: float  # of a noise event in a channel and step
    n_steps: int
    dt: float
    seed: np.uint64

    @property
    def frames_per_step(self):
        """Number of times in a step at which the brightness is computed."""
        return math.ceil(self.dt / FRAME)

    @property
    def times(self):
        """Times in ms at which the brightness is computed, from the start to the end."""
        return np.arange(self.n_steps * self.frames_per_step + 1) * (self.dt / self.frames_per_step)

    # counters wrap around, and numpy warns about it if kernels are not compiled
    @np.errstate(over="ignore")
    def record(self, brightness, scenes, path, keys):
        """Return the events of scenes as a raster.

        ``brightness(scene, path, row, column, frame)`` is a scalar function with values from 0 to
        1. `keys` are the keys of the noise of each scene.
        """
        height, width = self.size
        raster = np.zeros((len(scenes), 2 * height * width, self.n_steps), np.uint8)
        interval = self.refractory * self.frames_per_step / self.dt
        complete(record_events, brightness=brightness)(
            scenes, path, width, self.thresholds, interval, self.frames_per_step, raster)
        if self.probability > 0:
            complete(add_noise)(keys, self.probability, raster)
        return raster


def check_camera(threshold, mismatch, refractory, background, n_steps, dt):
    """Return the checked parameters of a camera.

    Parameters
    ----------
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
    """
    dt = check_number(dt, "dt", **CAMERA_DT)
    return {
        "n_steps": check_number(n_steps, "n_steps", **SIZE_LIMITS),
        "dt": dt,
        "threshold": check_number(threshold, "threshold", low=0.01, high=10),
        "mismatch": check_number(mismatch, "mismatch", low=0, high=1),
        "refractory": check_number(refractory, "refractory", low=0, high=1e9),
        "background": check_rate(background, "background", dt)}


with_camera_options = with_sections(**sections(check_camera))


def draw_camera(rng, size, *, threshold, mismatch, refractory, background, n_steps, dt):
    """Return a camera with random differences between its pixels."""
    thresholds = threshold * np.exp(mismatch * rng.standard_normal(2 * size[0] * size[1]))
    seed = np.uint64(rng.randint(2**32, dtype=np.uint64))
    return Camera(size, thresholds, refractory, background * dt / 1000, n_steps, dt, seed)


def record_events(scenes, path, width, thresholds, refractory, frames_per_step, raster):
    """Write the events of all pixels to a raster of zeros.

    `thresholds` hold the pixels of polarity 0, then of polarity 1. Between two frames the level
    changes linearly. `refractory` is in frames.
    """
    n_pixels = len(thresholds) // 2
    for b in range(len(scenes)):
        for pixel in range(n_pixels):
            record_pixel(
                scenes[b], path, pixel // width, pixel % width, thresholds[pixel],
                thresholds[n_pixels + pixel], refractory, frames_per_step,
                raster[b, pixel::n_pixels])


@fragment
def record_pixel(scene, path, row, column, down, up, refractory, frames_per_step, trains):
    """Write the events of one pixel to its two trains, of polarity 0 and 1."""
    value = brightness(scene, path, row, column, 0)  # noqa: F821
    level = math.log(DARK + value)
    reference, last = level, -math.inf
    for frame in range(trains.shape[1] * frames_per_step):
        new_value = brightness(scene, path, row, column, frame + 1)  # noqa: F821
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


def add_noise(keys, probability, raster):
    """Add events that are independent in all channels and steps."""
    n_channels, n_steps = raster.shape[1:]
    for b in range(len(raster)):
        low, high = key_words(keys[b], 1)
        for c in range(n_channels):
            for t in range(n_steps):
                if UNIT * draw(c * n_steps + t, low, high) < probability:
                    raster[b, c, t] = 1
