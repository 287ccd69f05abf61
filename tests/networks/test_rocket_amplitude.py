"""Random neurons on series that differ in amplitude. Too slow without compilation."""

import numpy as np
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline

from skspike import SpikingRocket
from skspike._networks import _rocket


def accuracies(X, y, amplitudes):
    """Return the accuracy of a ridge classifier on the second half of the series."""
    half, found = len(X) // 2, []
    for amplitude in amplitudes:
        model = make_pipeline(
            SpikingRocket(640, amplitude=amplitude, random_state=0),
            RidgeClassifierCV(np.logspace(-2, 6, 9)))
        found.append(model.fit(X[:half], y[:half]).score(X[half:], y[half:]))
    return found


def test_weak_series_among_strong_ones_are_told_apart(rng, monkeypatch):
    t, y = np.arange(60), np.arange(80) % 2
    X = np.sin(t / (3.0 + y[:, None]) + rng.uniform(0, 6, (80, 1))) + rng.normal(size=(80, 60)) / 3
    X *= 10.0 ** rng.uniform(-6, 0, (80, 1))
    assert min(accuracies(X, y, (1 / 16, 1))) > 0.95
    # without compression, weak series cause no spikes in neurons that get the amplitude
    monkeypatch.setattr(_rocket, "MAX_SPREAD", 1e9)
    default, keeping = accuracies(X, y, (1 / 16, 1))
    assert default > 0.95 and keeping < 0.9


def test_classes_that_differ_only_in_amplitude_are_told_apart(rng):
    y = np.arange(80) % 2
    X = rng.normal(size=(80, 1, 60)) * (1 + y[:, None, None])
    none, default = accuracies(X, y, (0, 1 / 16))
    assert none < 0.75 and default > 0.95
