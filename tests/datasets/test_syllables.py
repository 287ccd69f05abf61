"""Bands of the syllables, and similarities of their classes."""

import naive
import numpy as np
import pytest

from skspike.datasets import make_syllables
from skspike.datasets._syllables import formant_bands

pytestmark = pytest.mark.small


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
        2000, n_channels=30, n_steps=200, n_onsets=2, n_vowels=2, rate=300.0, **sizes)
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
    X, y, sources = make_syllables(1500, n_sources=4, return_sources=True, random_state=0)
    same = make_syllables(1500, n_sources=4, random_state=0)
    assert len(same) == 2 and np.array_equal(same[0], X) and np.array_equal(same[1], y)
    assert sources.shape == (1500,) and set(sources) == {0, 1, 2, 3}
    rates = [X[sources == source].mean() for source in range(4)]
    assert np.ptp(rates) > 0.003
    alike = make_syllables(1500, n_sources=4, variety=0.0, return_sources=True, random_state=0)
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
