"""Surrogates keep some statistics of rasters, and `timing_scores` scores classifiers on them."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import StratifiedGroupKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skspike import SpikeCounter
from skspike.datasets import make_order, make_sync
from skspike.inspection import jitter_spikes, shuffle_trials, swap_times, timing_scores

pytestmark = pytest.mark.small
Y = np.arange(60) % 3


@pytest.fixture
def raster(rng):
    return (rng.random((60, 4, 25)) < rng.random((4, 25))).astype(np.uint8)


def test_jitter_keeps_the_counts_of_windows_and_moves_spikes_evenly(raster):
    made = jitter_spikes(raster, 5.0, dt=0.5, random_state=0)
    starts = [0, 10, 20]
    np.testing.assert_array_equal(
        np.add.reduceat(made, starts, axis=2), np.add.reduceat(raster, starts, axis=2))
    assert (made != raster).any(axis=(0, 1)).all()
    first = np.zeros((4000, 1, 4), np.uint8)
    first[:, :, 0] = 1
    np.testing.assert_allclose(
        jitter_spikes(first, 4.0, random_state=0).mean(axis=0), 0.25, atol=0.03)
    for window in (1000.0, 1.7e308):  # longer than a sample, and infinite in steps
        whole = jitter_spikes(raster, window, dt=0.5, random_state=0)
        np.testing.assert_array_equal(whole.sum(axis=2), raster.sum(axis=2))


def test_shuffled_trials_keep_the_trains_of_each_channel_and_class(raster):
    made = shuffle_trials(raster, Y, random_state=0)
    for label in range(3):
        for channel in range(4):
            trains, others = raster[Y == label, channel], made[Y == label, channel]
            assert sorted(map(bytes, trains)) == sorted(map(bytes, others))
    together = (made[:, :, None] == raster[:, None]).all(axis=3).all(axis=1)
    assert not together.all()


def test_swapped_times_keep_counts_of_trains_and_of_steps_in_each_class(raster):
    made = swap_times(raster, Y, random_state=0)
    np.testing.assert_array_equal(made.sum(axis=2), raster.sum(axis=2))
    for label in range(3):
        np.testing.assert_array_equal(
            made[Y == label].sum(axis=0), raster[Y == label].sum(axis=0))
    assert (made != raster).any(axis=2).mean() > 0.9


def test_swapped_times_destroy_relations_within_and_between_trains(rng):
    X = np.zeros((200, 2, 20), np.uint8)
    place = rng.integers(0, 10, 200)
    X[np.arange(200), :, place] = X[np.arange(200), :, place + 10] = 1
    made = swap_times(X, np.zeros(200), random_state=0)
    assert (X[:, 0] & X[:, 1]).sum(axis=1).mean() == 2
    assert (made[:, 0] & made[:, 1]).sum(axis=1).mean() < 0.4
    assert (made[..., :10] & made[..., 10:]).sum() < 0.25 * 400


class Synchrony(ClassifierMixin, BaseEstimator):
    """Classify by the largest number of spikes in one step, with a threshold between the means."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        means = [self._largest(X)[y == label].mean() for label in self.classes_]
        self.threshold_, self.rises_ = np.mean(means), means[1] > means[0]
        return self

    def _largest(self, X):
        return X.sum(axis=1).max(axis=1)

    def predict(self, X):
        return self.classes_[((self._largest(X) > self.threshold_) == self.rises_).astype(int)]


def test_windows_of_timing_scores_are_in_ms():
    X = np.zeros((60, 4, 20), np.uint8)
    X[:, :, 0] = 1

    def moved(model, X, y):
        """Return the shares of the spikes in steps 2 and 3, and after them."""
        return X[:, :, 2:4].sum(axis=2).mean() + 10 * X[:, :, 4:].sum(axis=2).mean()

    scores = timing_scores(
        DummyClassifier(), X, Y, windows=[2.0], dt=0.5, scoring=moved, n_repeats=1, random_state=0)
    assert abs(scores.surrogates["jitter 2 ms"].mean() - 0.5) < 0.15


def test_jitter_destroys_synchrony_and_order():
    X, y = make_sync(200, random_state=0)
    scores = timing_scores(Synchrony(), X, y, windows=[30.0], n_repeats=1, random_state=0)
    assert scores.original.mean() > 0.8 and scores.surrogates["jitter 30 ms"].mean() < 0.7
    assert scores.surrogates["shuffled trials"].mean() < 0.7
    X, y = make_order(200, random_state=0)
    model = make_pipeline(SpikeCounter(5), GaussianNB())
    scores = timing_scores(model, X, y, windows=[250.0], n_repeats=1, random_state=0)
    assert scores.original.mean() > 0.9 and scores.surrogates["jitter 250 ms"].mean() < 0.65


def test_jitter_leaves_counts():
    X, y = make_order(200, random_state=0)
    counts = make_pipeline(SpikeCounter(), GaussianNB())
    scores = timing_scores(counts, X, y, windows=[250.0], random_state=0)
    assert scores.surrogates["jitter 250 ms"].shape == (3, 5)
    assert (scores.surrogates["jitter 250 ms"] == scores.original).all()
    np.testing.assert_array_equal(scores.original, cross_val_score(counts, X, y))


def test_bad_input_is_named(raster):
    for make in (swap_times, shuffle_trials):
        with pytest.raises(ValueError, match="one label for each of the 60 samples, got y of sha"):
            make(raster, Y[1:])
    with pytest.raises(ValueError, match="shape .n_samples, n_channels, n_steps., got shape"):
        jitter_spikes(raster[0], 5.0)
    with pytest.raises(ValueError, match="0 and 1 only"):
        jitter_spikes(2 * raster, 5.0)
    with pytest.raises(ValueError, match="window must be .* >= 1.0, got 0.5"):
        jitter_spikes(raster, 0.5)
    with pytest.raises(ValueError, match=r"windows\[1\] must be .* >= 1.0, got 0"):
        timing_scores(Synchrony(), raster, Y, windows=[3, 0])


@pytest.mark.parametrize(("labels", "message"), [
    (np.where(Y == 1, np.nan, Y), "y contains NaN"),
    (np.where(Y == 1, None, Y.astype(str)), "got objects of type NoneType and str in y"),
    (np.where(Y == 1, np.nan, Y.astype(object)), "got objects of type float and int in y"),
    (np.ma.masked_equal(Y, 1), "without masked entries")], ids=["nan", "none", "objects", "masked"])
def test_missing_labels_are_refused(raster, labels, message):
    for make in (swap_times, shuffle_trials):
        with pytest.raises(ValueError, match=message):
            make(raster, labels)
    with pytest.raises(ValueError, match=message):
        timing_scores(Synchrony(), raster, labels)


def test_folds_keep_groups_together_and_windows_must_differ(raster):
    groups, model = np.arange(60) // 15, make_pipeline(SpikeCounter(), GaussianNB())
    found = timing_scores(model, raster, Y, windows=[5.0], cv=2, groups=groups, n_repeats=1)
    wanted = cross_val_score(model, raster, Y, cv=StratifiedGroupKFold(2), groups=groups)
    np.testing.assert_array_equal(found.original, wanted)
    with pytest.raises(ValueError, match="windows must differ"):
        timing_scores(model, raster, Y, windows=[5.0, 5.0000001])
