"""Data sets that only benchmarks use. Their parameters are not checked.

    am          rate(t) of all channels = rate (1 + depth cos(2 pi f t / 1000 + phase)), one
                frequency f per class and a random phase per sample
    randman     each channel spikes once. The times are a point of a smooth random manifold, one
                per class (Zenke and Vogels 2021):
                    g_ij(x) = sum_k theta_ijk / k^smoothness sin(2 pi (k x phi_ijk + psi_ijk))
                    f_i(x) = prod_j g_ij(x_j)
                    time of channel i = (f_i - min f_i) / (max f_i - min f_i)
    yin_yang    each channel spikes once. The times are a point of a disc of two interlocked halves,
                each with a dot, its mirror image and a bias (Kriener et al. 2022)
    textures    random textures that move in different directions, seen by an event camera:
                    z(place, t) = sqrt(2 / N) sum_i cos(k_i (place - velocity t) + phase_i)
                    brightness = 1 / (1 + exp(-contrast z)),    |k_i| = 2 pi / grain U(0.5, 1.5)
"""

import math

import numpy as np

from skspike import datasets
from skspike._base import kernel, row_keys, scalar
from skspike.datasets._saccades import add_noise, record_pixel

DISC, DOT = 0.5, 0.1  # radii. The disc fills the unit square
LEFT, RIGHT = (0.5 * DISC, DISC), (1.5 * DISC, DISC)  # centres of the dots
N_REFERENCE = 1000  # random points of each manifold that set its scale
N_WAVES = 16  # of a texture


def maker(name):
    """Return the generator of a data set, of `skspike.datasets` or of this file."""
    return getattr(datasets, f"make_{name}", None) or globals()[f"make_{name}"]


def make_am(
        n_samples=1000, n_channels=20, n_steps=300, *, frequencies=(8.0, 24.0), rate=30.0,
        depth=0.9, dt=1.0, random_state=0):
    """Return trains whose common rate is a sine, and labels."""
    rng = np.random.RandomState(random_state)
    y = rng.randint(len(frequencies), size=n_samples)
    phase = rng.uniform(0, 2 * np.pi, n_samples)
    seconds = np.arange(n_steps) * (dt / 1000)
    angle = 2 * np.pi * np.array(frequencies)[y, None] * seconds + phase[:, None]
    rates = (1 + depth * np.cos(angle)) * (rate * dt / 1000)
    X = np.empty((n_samples, n_channels, n_steps), np.uint8)
    for row, p in zip(X, rates, strict=True):
        row[:] = rng.random_sample(row.shape) < p
    return X, y


def single_spikes(times, n_steps):
    """Return trains (..., n_steps) of one spike each, at times from 0 (start) to 1 (end)."""
    raster = np.zeros((*times.shape, n_steps), dtype=np.uint8)
    steps = np.clip((times * n_steps).astype(np.intp), 0, n_steps - 1)
    np.put_along_axis(raster, steps[..., None], 1, axis=-1)
    return raster


def make_randman(
        n_samples=1000, n_channels=20, n_steps=100, *, n_classes=10, manifold_dim=2, smoothness=2.0,
        random_state=0):
    """Return trains whose spike times are points of random manifolds, and labels."""
    rng = np.random.RandomState(random_state)
    # sum waves with an amplitude of at least 0.001
    n_waves = int(min(np.ceil(1e-3 ** (-1 / smoothness)), 100))
    waves = rng.random_sample((3, n_waves, n_classes, n_channels, manifold_dim))
    points = rng.random_sample((N_REFERENCE, 1, 1, manifold_dim))
    reference = sum_of_waves(points, waves, smoothness).prod(axis=-1)
    y = rng.randint(n_classes, size=n_samples)
    points = rng.random_sample((n_samples, 1, manifold_dim))
    heights = sum_of_waves(points, waves, smoothness, y).prod(axis=-1)
    low, span = reference.min(axis=0), np.ptp(reference, axis=0)
    return single_spikes((heights - low[y]) / span[y], n_steps), y


def sum_of_waves(x, waves, smoothness, labels=slice(None)):
    """Return g of the given classes at x, which broadcasts to (classes, n_channels, dimension)."""
    total = 0.0
    for k, wave in enumerate(np.moveaxis(waves, 1, 0), start=1):
        theta, phi, psi = wave[:, labels]
        total += theta / k**smoothness * np.sin(2 * np.pi * (k * x * phi + psi))
    return total


def make_yin_yang(n_samples=1000, n_steps=100, *, random_state=0):
    """Return trains of x, y, 1 - x, 1 - y and a bias, and the part of the sign with the point."""
    rng = np.random.RandomState(random_state)
    y = rng.randint(3, size=n_samples)
    # draw points from the unit square until all lie in the part of their label
    points, missing = np.empty((n_samples, 2)), np.arange(n_samples)
    while len(missing):
        points[missing] = rng.random_sample((len(missing), 2))
        missing = missing[part_of(points[missing]) != y[missing]]
    values = np.hstack([points, 1 - points, np.zeros((n_samples, 1))])
    return single_spikes(values, n_steps), y


def part_of(points):
    """Return the half or the dots that contain each point (x, y), or -1 outside the disc."""
    centre, left, right = (np.hypot(*(points - place).T) for place in ((DISC, DISC), LEFT, RIGHT))
    upper = (left <= DISC / 2) | ((points[:, 1] > DISC) & (right > DISC / 2))
    part = np.where((left < DOT) | (right < DOT), 2, upper)
    return np.where(centre > DISC, -1, part)


def make_textures(
        n_samples=1000, size=12, n_steps=100, *, n_directions=8, grain=6.0, speed=0.05, variety=0.3,
        contrast=2.0, random_state=0):
    """Return the events of moving textures, (n_samples, 2 * size * size, n_steps), and labels."""
    rng = np.random.RandomState(random_state)
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
    # record them with the camera of `make_saccades`
    thresholds = 0.5 * np.exp(0.1 * rng.standard_normal(2 * size * size))
    seed = np.uint64(rng.randint(2**32, dtype=np.uint64))
    X, keys = np.zeros((n_samples, 2 * size * size, n_steps), np.uint8), np.empty(n_samples, "u8")
    record_textures(waves, size, thresholds, X)
    with np.errstate(over="ignore"):  # counters wrap around
        row_keys(seed, np.uint64(0), np.arange(n_samples), keys)
        add_noise(keys, 1e-3, X)
    return X, y


@scalar
def texture(waves, time, row, column):
    """Return the brightness of a pixel."""
    z = 0.0
    for by_row, by_column, by_time, phase, amplitude in waves:
        z += amplitude * math.cos(by_row * row + by_column * column - by_time * time + phase)
    return 1 / (1 + math.exp(-z))


@kernel
def record_textures(waves, width, thresholds, raster):
    """Write the events of all pixels to a raster of zeros, with a frame at each step of 1 ms."""
    n_pixels, film = len(thresholds) // 2, np.empty(raster.shape[2] + 1)
    for b in range(len(waves)):
        for pixel in range(n_pixels):
            row, column = pixel // width, pixel % width
            for t in range(len(film)):
                film[t] = texture(waves[b], t, row, column)
            record_pixel(
                film, thresholds[pixel], thresholds[n_pixels + pixel], 1.0, 1,
                raster[b, pixel::n_pixels])
