"""Geometry of the published tasks and of the syllables, and similarities of their classes."""

import naive
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from skspike.datasets import make_randman, make_syllables, make_yin_yang
from skspike.datasets._randman import _sum_of_waves
from skspike.datasets._syllables import formant_bands
from skspike.datasets._yin_yang import part_of

pytestmark = pytest.mark.small
SIGMAS = 4.5


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
    found = _sum_of_waves(x, waves, smoothness, labels).prod(axis=-1)
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
    without, same = make_yin_yang(2000, 500, bias=False, random_state=0)
    np.testing.assert_array_equal(without, X[:, :4])
    np.testing.assert_array_equal(same, y)


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


# -- syllables


def test_bands_equal_the_definition(rng):
    onset, vowel, stretch = rng.random((3, 3)), rng.random((3, 3)), rng.uniform(0.8, 1.2, 3)
    offset = rng.uniform(-0.2, 0.2, 3)
    start, duration, t = rng.uniform(0, 0.3, 3), rng.uniform(0.4, 0.7, 3), np.arange(40) / 40
    elapsed = (t - start[:, None]) / duration[:, None]
    found = formant_bands(elapsed, onset, vowel, stretch, offset, 8)
    for b, step in np.ndindex(3, 40):
        expected = naive.formant_bands(
            t[step], start[b], duration[b], onset[b], vowel[b], stretch[b], offset[b], 8)
        assert found[b, :, step] == pytest.approx(expected, rel=1e-12)


def test_classes_share_the_beginning_or_the_end():
    sizes = {"n_sources": 1, "variety": 0.0, "length": 1.0, "background": 0.0, "random_state": 0}
    X, y = make_syllables(
        4000, n_channels=30, n_steps=200, n_onsets=2, n_vowels=2, rate=300.0, **sizes)
    first, last = (
        np.array([part[y == label].mean(axis=(0, 2)) for label in range(4)])
        for part in (X[:, :, :4], X[:, :, 160:]))
    for onset in (0, 1):
        assert abs(first[2 * onset] - first[2 * onset + 1]).max() < 0.15  # other vowel
        assert abs(first[2 * onset] - first[2 - 2 * onset]).max() > 0.15  # other onset
    for vowel in (0, 1):
        assert abs(last[vowel] - last[2 + vowel]).max() < 0.05  # other onset
        assert abs(last[vowel] - last[1 - vowel]).max() > 0.05  # other vowel


def test_sources_differ_in_rate_and_are_returned_on_request():
    X, y, sources = make_syllables(3000, n_sources=4, return_sources=True, random_state=0)
    same = make_syllables(3000, n_sources=4, random_state=0)
    assert len(same) == 2 and np.array_equal(same[0], X) and np.array_equal(same[1], y)
    assert sources.shape == (3000,) and set(sources) == {0, 1, 2, 3}
    rates = [X[sources == source].mean() for source in range(4)]
    assert np.ptp(rates) > 0.003
    alike = make_syllables(3000, n_sources=4, variety=0.0, return_sources=True, random_state=0)
    assert np.ptp([alike[0][alike[2] == source].mean() for source in range(4)]) < 0.001


def test_sources_are_shifted_over_the_channels():
    X, _, sources = make_syllables(
        2000, 40, n_onsets=1, n_vowels=1, variety=0.0, shift=0.2, background=0.0,
        return_sources=True, random_state=0)
    places = X.sum(axis=2) @ np.arange(40) / X.sum(axis=(1, 2))
    means = np.array([places[sources == source].mean() for source in range(10)])
    assert 4 < np.ptp(means) < 16.5
    within = max(places[sources == source].std() for source in range(10))
    assert within < np.ptp(means) / 4


def test_held_out_sources_are_harder():
    X, y, sources = make_syllables(
        3000, n_onsets=1, n_sources=6, variety=0.3, return_sources=True, random_state=0)
    counts = X.sum(axis=2)
    model = KNeighborsClassifier(20)
    known = cross_val_score(model, counts, y, cv=KFold(3, shuffle=True, random_state=0)).mean()
    held_out = cross_val_score(model, counts, y, cv=GroupKFold(3), groups=sources).mean()
    assert 0.3 < held_out < known - 0.1
