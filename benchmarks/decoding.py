"""Measure the tools that ask when information is there: windows, surrogates and early decisions.

"windows": simulated recordings of 20 neurons, of which about half respond to one of two stimuli
from 100 to 250 ms. "inside" is the number of seeds whose best window lies in the response. In
recordings without information, "inside" is the number of runs whose scores are all in the band of
chance.

    python benchmarks/decoding.py > decoding.md
    python benchmarks/decoding.py windows
"""

import sys

import numpy as np
from _report import machine, progress, table, versions
from sklearn.base import BaseEstimator, ClassifierMixin

from skspike import SlidingDecoder
from skspike.plotting import SlidingDisplay

SEEDS, RUNS = range(5), 200


class NearestMean(ClassifierMixin, BaseEstimator):
    """Assign the class with the nearest mean, without checks of input, for many small fits."""

    def fit(self, X, y):
        """Compute the mean of each class."""
        self.classes_ = np.unique(y)
        self.means_ = np.stack([X[y == label].mean(axis=0) for label in self.classes_])
        return self

    def predict(self, X):
        """Return the class of the nearest mean."""
        distances = ((X[:, np.newaxis] - self.means_) ** 2).sum(axis=2)
        return self.classes_[distances.argmin(axis=1)]


def recording(seed):
    """Return 200 trials of 400 ms. In class 1, some neurons respond from 100 to 250 ms."""
    rng, y = np.random.default_rng(seed), np.arange(200) % 2
    rate = np.full((200, 20, 400), 0.01)
    gain = rng.exponential(1, 20) * (rng.random(20) < 0.5)
    rate[y == 1, :, 100:250] *= (1 + gain)[:, np.newaxis]
    return (rng.random(rate.shape) < rate).astype(np.uint8), y


def windows():
    """Print how often the best window lies in the response, and the scores in the band."""
    best = [
        SlidingDecoder(window=100.0, step=25.0).fit(*recording(seed)) for seed in range(10)]
    inside = [100 <= one.best_window_[0] and one.best_window_[1] <= 250 for one in best]
    within = []
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)
        X = (rng.random((60, 6, 200)) < 0.03).astype(np.uint8)
        decoder = SlidingDecoder(
            NearestMean(), window=40.0, cv=3, n_permutations=39, random_state=seed)
        decoder.fit(X, rng.permutation(np.arange(60) % 2))
        low, high = SlidingDisplay.from_estimator(decoder).chance_band_
        mean = decoder.scores_.mean(axis=0)
        within.append(low <= mean.min() and mean.max() <= high)
        progress("band", seed)
    score = np.array([one.best_score_ for one in best])
    print(table(["recordings", "runs", "inside", "best score"], [
        ["response from 100 to 250 ms", len(best), sum(inside),
         f"{score.mean():.2f} ± {score.std(ddof=1) / np.sqrt(len(score)):.2f}"],
        ["no information", RUNS, sum(within), ""]]))


PARTS = {"windows": windows}


def main(names):
    """Print the tables."""
    print(f"{machine()}, {versions('skspike', 'numba', 'scikit-learn')}\n")
    for name in names or PARTS:
        PARTS[name]()
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
