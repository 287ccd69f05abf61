"""Measure the tools that ask when information is there: windows, surrogates and early decisions.

"windows": simulated recordings of 20 neurons, of which about half respond to one of two stimuli
from 100 to 250 ms. "inside" is the number of seeds whose best window lies in the response. In
recordings without information, "inside" is the number of runs whose scores are all in the band of
chance. "surrogates": accuracy of classifiers that are trained and tested on surrogates of three
tasks, on 200 rasters each. "early": accuracy of whole samples and of early decisions on 500 new
samples, after training on 1000, and the mean time of decisions in percent of the sample. "sensors":
recorded signals from aeon, half of them for training, with the default `EarlyClassifier`, random
neurons. "Same time" is the accuracy if all samples are decided at that mean time. "MiniRocket" with
a ridge classifier, and "forest", a random forest of mean, deviation, minimum and maximum of each
channel, are trained and tested on signals that end at that time. ``benchmarks/early.py`` compares
early classifiers.

    python benchmarks/decoding.py > decoding.md    # all but "sensors"
    python benchmarks/decoding.py windows
"""

import copy
import importlib
import sys
import time
from functools import partial

import numpy as np
from _report import machine, progress, table, versions
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skspike import EarlyClassifier, SlidingDecoder, SNNClassifier, SpikeTrainClassifier
from skspike.datasets import make_order, make_poisson, make_syllables, make_sync
from skspike.inspection import timing_scores
from skspike.learning import SurrogateGradient

SEEDS, RUNS = range(5), 200
SENSORS = {
    "activity on a smartwatch": "basic_motions", "hand that draws or points": "gunpoint",
    "power use of a day": "italy_power_demand"}


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


def with_error(values):
    """Return the mean and its standard error as text."""
    return f"{values.mean():.3f} ± {values.std(ddof=1) / np.sqrt(len(values)):.3f}"


def in_percent(values):
    """Return the mean and its standard error in percent, as text."""
    return f"{100 * values.mean():.1f} ± {100 * values.std(ddof=1) / np.sqrt(len(values)):.1f}"


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
        low, high = decoder.chance_band()
        mean = decoder.scores_.mean(axis=0)
        within.append(low <= mean.min() and mean.max() <= high)
        progress("band", seed)
    score = np.array([one.best_score_ for one in best])
    print(table(["recordings", "runs", "inside", "best score"], [
        ["response from 100 to 250 ms", len(best), sum(inside), with_error(score)],
        ["no information", RUNS, sum(within), ""]]))


def surrogates():
    """Print the accuracy of classifiers on rasters and their surrogates."""
    network = SNNClassifier(32, max_iter=20, random_state=0)
    tasks = {
        "order of two groups": (network, make_order),
        "synchrony": (SpikeTrainClassifier(["population"]), make_sync),
        "rates": (network, partial(make_poisson, rates=(20.0, 26.0)))}
    rows = []
    for task, (model, make) in tasks.items():
        every = []
        for seed in SEEDS:
            X, y = make(400, 20, 200, random_state=seed)
            split = StratifiedShuffleSplit(1, test_size=0.5, random_state=seed)
            scores = timing_scores(
                model, X, y, windows=(20.0, 1000.0), cv=split, n_repeats=1, random_state=seed)
            every.append({"original": scores.original, **scores.surrogates})
            progress(task, seed)
        for name in every[0]:
            values = np.array([found[name].mean() for found in every])
            rows.append([task, name, with_error(values)])
    print(table(["classes differ in", "raster", "accuracy"], rows))


def early():
    """Print accuracy and mean time of early decisions."""
    rule = SurrogateGradient(dropout=0.0, augment=None)
    options = {"max_iter": 20, "alpha": 1.0, "rule": rule, "random_state": 0}
    tasks = {
        "order": (make_order, SNNClassifier(64, delays=None, **options)),
        "syllables": (
            make_syllables,
            SNNClassifier(64, delays=(0, 5, 10, 20, 40), readout="count", **options))}
    rows = []
    for task, (make, network) in tasks.items():
        found = []
        for seed in SEEDS:
            X, y = make(1500, random_state=seed)
            model = EarlyClassifier(network).fit(X[:1000], y[:1000])
            X, y = X[1000:], y[1000:]
            whole, decided = at_time(model, model.times_[-1]).score(X, y), model.score(X, y)
            found.append((
                whole, decided, whole - decided,
                model.decision_times(X).mean() / model.times_[-1]))
            progress(task, seed, *found[-1])
        rows.append([task, *map(in_percent, np.transpose(found))])
    print(table(["task", "whole", "early", "loss", "mean time"], rows))


def features(X):
    """Return mean, deviation, minimum and maximum of each channel."""
    return np.hstack([X.mean(axis=2), X.std(axis=2), X.min(axis=2), X.max(axis=2)])


def at_time(model, time):
    """Return a copy of an `EarlyClassifier` that decides at the possible time nearest to a time."""
    k, found = np.abs(model.times_ - time).argmin(), copy.copy(model)
    for name in ("times_", "_steps", "coef_", "intercept_"):
        setattr(found, name, getattr(model, name)[k : k + 1])
    return found


def sensors():
    """Print accuracy and mean time of early decisions on recorded signals."""
    sets, rows = importlib.import_module("aeon.datasets"), []
    rocket = importlib.import_module("aeon.classification.convolution_based").MiniRocketClassifier
    for signals, name in SENSORS.items():
        X, y = getattr(sets, f"load_{name}")()
        found = []
        for seed in SEEDS:
            split = StratifiedShuffleSplit(1, test_size=0.5, random_state=seed)
            train, test = next(split.split(X, y))
            start = time.process_time()
            model = EarlyClassifier(random_state=seed).fit(X[train], y[train])
            seconds, end = time.process_time() - start, model.decision_times(X[test]).mean()
            begun = X[:, :, : round(end)]
            forest = make_pipeline(
                FunctionTransformer(features), RandomForestClassifier(500, random_state=seed))
            found.append((
                end / model.times_[-1], model.score(X[test], y[test]),
                *(at_time(model, at).score(X[test], y[test]) for at in (end, model.times_[-1])), *(
                    other.fit(begun[train], y[train]).score(begun[test], y[test])
                    for other in (rocket(random_state=seed), forest)), seconds))
            progress(name, seed, *found[-1])
        *measured, seconds = np.transpose(found)
        rows.append([signals, len(y), *map(in_percent, measured), f"{np.median(seconds):.2f}"])
    print(table([
        "signals", "samples", "mean time", "early", "same time", "whole", "MiniRocket", "forest",
        "seconds"], rows))


PARTS = {"windows": windows, "surrogates": surrogates, "early": early}
ALL_PARTS = {**PARTS, "sensors": sensors}


def main(names):
    """Print the tables."""
    print(f"{machine()}, {versions('skspike', 'numba', 'scikit-learn')}\n")
    for name in names or PARTS:
        ALL_PARTS[name]()
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
