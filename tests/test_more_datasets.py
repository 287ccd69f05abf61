"""Data sets of the benchmarks follow their definitions."""

import math
import sys
from pathlib import Path

import naive
import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from skspike.datasets._saccades import DARK

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

from more_datasets import (  # noqa: E402
    N_WAVES, make_am, make_randman, make_textures, make_yin_yang, maker, part_of, sum_of_waves)

pytestmark = pytest.mark.small
SIGMAS = 4.5


@pytest.mark.parametrize(("name", "n_classes"), [
    ("am", 2), ("randman", 10), ("textures", 8), ("yin_yang", 3)])
def test_data_are_a_raster_and_labels_that_a_seed_fixes(name, n_classes):
    X, y = maker(name)(90, random_state=3)
    assert X.dtype == np.uint8 and X.ndim == 3 and set(np.unique(X)) == {0, 1}
    assert len(X) == len(y) == 90 and set(y) == {*range(n_classes)}
    again, other = (maker(name)(90, random_state=seed) for seed in (3, 4))
    assert np.array_equal(X, again[0]) and np.array_equal(y, again[1])
    assert not np.array_equal(X, other[0])


def z_score(values, mean):
    """Return the distance of the mean over samples from `mean`, in standard errors."""
    return (values.mean(axis=0) - mean) / (values.std(axis=0) / np.sqrt(len(values)))


def within_pairs(X, lag):
    """Return the mean product of spikes `lag` steps apart in two channels, for each sample."""
    now, later = X[:, :, : X.shape[2] - lag].astype(float), X[:, :, lag:].astype(float)
    products = (now.sum(axis=1) * later.sum(axis=1) - (now * later).sum(axis=1)).mean(axis=1)
    return products / (X.shape[1] * (X.shape[1] - 1))


def times(X):
    """Return the time of the only spike of each channel, from 0 to 1."""
    assert (X.sum(axis=2) == 1).all()
    return (X.argmax(axis=2) + 0.5) / X.shape[2]


# -- manifolds


@pytest.mark.parametrize("smoothness", [0.5, 2.0])
@pytest.mark.parametrize("dim", [1, 3])
def test_random_curves_equal_the_definition(dim, smoothness, rng):
    waves, x = rng.random((3, 5, 2, 4, dim)), rng.random((6, 1, dim))
    labels = np.array([0, 1, 1, 0, 1, 0])
    found = sum_of_waves(x, waves, smoothness, labels).prod(axis=-1)
    for b, i in np.ndindex(6, 4):
        expected = naive.random_curve(x[b, 0], *waves[:, :, labels[b], i], smoothness)
        assert found[b, i] == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_a_manifold_of_dimension_one_is_a_closed_chain_of_points():
    X, y = make_randman(4000, 10, 1000, n_classes=2, manifold_dim=1, smoothness=3.0, random_state=0)
    spikes = times(X)
    for label in (0, 1):
        own = spikes[y == label]
        assert own.min() < 0.01 and own.max() > 0.99
        distances = np.sort(abs(own[:500, None] - own).max(axis=2), axis=1)
        assert np.median(distances[:, 1]) < 0.02  # the nearest other point lies on the same curve
        assert np.median(abs(own[:500, None] - spikes[y != label]).max(axis=2).min(axis=1)) > 0.1


def test_points_of_a_smoother_manifold_have_smoother_neighbours():
    nearest = []
    for smoothness in (1.0, 2.0, 4.0):
        spikes = times(
            make_randman(1500, 10, 1000, n_classes=1, smoothness=smoothness, random_state=0)[0])
        nearest.append(np.median(np.sort(abs(spikes[:, None] - spikes).max(axis=2), axis=1)[:, 1]))
    assert nearest[0] > 1.5 * nearest[1] > 1.5 * nearest[2]


def test_manifolds_depend_on_the_seed_and_not_on_the_number_of_samples():
    few, many = (
        make_randman(n, 10, 1000, n_classes=1, manifold_dim=1, random_state=5)[0]
        for n in (50, 4000))
    distances = abs(times(few)[:, None] - times(many)).max(axis=2).min(axis=1)
    assert np.median(distances) < 0.02
    other = make_randman(4000, 10, 1000, n_classes=1, manifold_dim=1, random_state=6)[0]
    assert np.median(abs(times(few)[:, None] - times(other)).max(axis=2).min(axis=1)) > 0.1


# -- yin and yang


def test_parts_of_the_sign_equal_the_definition(rng):
    points = rng.random((5000, 2))
    assert part_of(points).tolist() == [naive.yin_yang_part(*point) for point in points]


def test_halves_of_the_sign_are_equal_and_opposite(rng):
    points = rng.random((5000, 2))
    turned = part_of(1 - points)
    swapped = np.array([1, 0, 2, -1])  # the last entry is for part -1
    assert (turned == swapped[part_of(points)]).all()


def test_spikes_encode_the_point_and_its_mirror_image():
    X, y = make_yin_yang(2000, 500, random_state=0)
    spikes = times(X)
    np.testing.assert_allclose(spikes[:, :2] + spikes[:, 2:4], 1, atol=1 / 500 + 1e-9)
    assert X[:, 4, 0].all()
    assert np.mean(part_of(spikes[:, :2]) == y) > 0.98  # except points within a step of an edge


def test_points_fill_each_part_evenly():
    X, y = make_yin_yang(6000, 1000, random_state=0)
    points = times(X)[:, :2]
    left = points[y == 2, 0] < 0.5
    assert abs(left.mean() - 0.5) < SIGMAS * 0.5 / np.sqrt(len(left))
    distances = np.hypot(*(points[y == 2][~left] - [[0.75, 0.5]]).T)
    assert distances.mean() == pytest.approx(0.1 * 2 / 3, rel=0.03)
    centres = points[y == 1].mean(axis=0) + points[y == 0].mean(axis=0)
    assert centres == pytest.approx([1, 1], abs=0.03)


def test_the_sign_is_not_linearly_separable():
    X, y = make_yin_yang(4000, random_state=0)
    spikes = times(X)
    linear, neighbours = (
        model.fit(spikes[:3000], y[:3000]).score(spikes[3000:], y[3000:])
        for model in (LogisticRegression(), KNeighborsClassifier()))
    assert linear < 0.7 and neighbours > 0.9


def test_am_power_peaks_at_the_frequency():
    X, y = make_am(2000, 20, 500, random_state=0)
    power = abs(np.fft.rfft(X.sum(axis=1, dtype=float))) ** 2
    p, depth = 0.030, 0.9
    noise = 20 * 500 * (p - p**2 * (1 + depth**2 / 2))
    for label, line in enumerate((4, 12)):  # 8 and 24 Hz in steps of 2 Hz
        found = power[y == label]
        assert abs(z_score(found[:, line], noise + (20 * 500 * p * depth / 2) ** 2)) < SIGMAS
        elsewhere = np.delete(found, [0, line, 250], axis=1)  # exponentially distributed
        assert abs(elsewhere.mean(axis=0) / noise - 1).max() < SIGMAS / np.sqrt(len(found))


def test_am_phase_is_random_and_shared():
    X, y = make_am(3000, 10, 500, rate=300.0, random_state=0)
    waves = np.fft.rfft(X.sum(axis=1, dtype=float))
    for label, line in enumerate((4, 12)):
        phase = np.angle(waves[y == label, line]) / (2 * np.pi)
        assert stats.kstest(phase % 1, "uniform").pvalue > 1e-4
        for lag in (0, 7, 30):
            expected = 0.300**2 * (1 + 0.9**2 / 2 * np.cos(2 * np.pi * line * lag / 500))
            assert abs(z_score(within_pairs(X[y == label], lag), expected)) < SIGMAS


def test_events_of_textures_equal_the_definition():
    X, y = make_textures(2, 3, 40, n_directions=3, grain=5.0, speed=0.2, variety=0.4, contrast=3.0)
    rng = np.random.RandomState(0)
    labels, speeds = rng.randint(3, size=2), 0.2 * rng.uniform(0.6, 1.4, 2)
    lengths, angles, phases = rng.random_sample((3, 2, N_WAVES))
    thresholds = 0.5 * np.exp(0.1 * rng.standard_normal(18))
    assert labels.tolist() == y.tolist()
    expected = np.zeros_like(X)
    for b, pixel in np.ndindex(2, 9):
        direction = 2 * np.pi * labels[b] / 3
        levels = []
        for t in range(41):
            step = speeds[b] * t * np.array([np.sin(direction), np.cos(direction)])
            z = 0
            for length, angle, phase in zip(lengths[b], angles[b], phases[b], strict=True):
                vector = [np.sin(2 * np.pi * angle), np.cos(2 * np.pi * angle)]
                place = np.array(divmod(pixel, 3)) - step
                z += np.cos(2 * np.pi * ((0.5 + length) / 5 * np.dot(vector, place) + phase))
            brightness = 1 / (1 + np.exp(-3.0 * np.sqrt(2 / N_WAVES) * z))
            levels.append(math.log(DARK + brightness))
        down, up = thresholds[pixel], thresholds[9 + pixel]
        for t, polarity in naive.camera_events(levels, down, up, 1.0):
            expected[b, polarity * 9 + pixel, t] = 1
    # without noise events, and rounding may move an event by a step
    assert expected.sum() > 30 and (X != expected).sum() <= 6


def test_textures_move_in_the_direction_of_their_class():
    X, y = make_textures(120, 10, 200, n_directions=4, variety=0.0, random_state=0)
    brighter = X.reshape(120, 2, 10, 10, 200)[:, 1].astype(float)
    scores = []
    for rows, columns in [(0, 1), (1, 0), (0, -1), (-1, 0)]:
        # a pixel in 20 ms
        later = np.roll(brighter, (-rows, -columns, -20), axis=(1, 2, 3))
        inside = np.s_[:, 1:-1, 1:-1, :-20]
        scores.append((brighter[inside] * later[inside]).sum(axis=(1, 2, 3)))
    assert np.mean(np.argmax(scores, axis=0) == y) > 0.9


def test_single_channels_of_textures_carry_no_information():
    X, y = make_textures(2000, 4, 100, n_directions=2, random_state=0)
    counts = X.sum(axis=2, dtype=float)
    one, other = counts[y == 0], counts[y == 1]
    z = (one.mean(axis=0) - other.mean(axis=0)) / np.sqrt(
        one.var(axis=0) / len(one) + other.var(axis=0) / len(other))
    assert abs(z).max() < SIGMAS
    for features in (counts, X[:, :, 50]):
        assert cross_val_score(LogisticRegression(max_iter=500), features, y).mean() < 0.56
