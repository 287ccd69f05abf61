"""Measure models after their fit: new users, drift, unusual samples, and calibration.

* ``users``: data of 8 users, by models that were fitted on 12 others. Accuracy before, and after
  an adaptation to one sample per class. "Stream" adapts to these samples one after the other, in
  float32, as exported code does. The syllables have 12 or 20 classes, and each speaker uses shifted
  channels. Persons move with gains, offsets and a speed, and wear a sensor of three accelerations
  in their way. Each user of the rates has gains and background rates of the 24 channels.
* ``exercises``: the same, with real data: seven exercises of the shoulder, by ten persons with a
  smartwatch on the left or right arm (Burns et al. 2018, in the package seglearn), in windows of
  3 s. Models are fitted on both arms of six persons.
* ``drift``: digits in 20 passes, and then 10 passes of digits that are turned by 90 degrees, in
  chunks of 128. Accuracy on the digits after the first passes and after all, and on turned ones.
* ``novelty``: area under the curve of `RejectingClassifier`, for a class that is left out of the
  fit, noise, half and double amplitudes, and swapped channels. "Rejected" is the share of usual
  test samples that are rejected. The goal is 5 %.
* ``calibration``: log loss and calibration error (15 bins of equal width) of classifiers at their
  defaults, on two thirds and one third of a data set. "T" is the temperature that minimises the log
  loss of the test part: above 1, a classifier is too sure.

Means and standard errors are over seeds. Each part takes some minutes.

    python benchmarks/adaptation.py users drift novelty calibration > adaptation.md
"""

import argparse
import importlib.util
import warnings
from pathlib import Path

import numpy as np
from _report import machine, progress, table, versions
from scipy.ndimage import rotate
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.datasets import (
    load_breast_cancer, load_digits, load_iris, load_wine, make_classification, make_moons)
from sklearn.linear_model import RidgeClassifierCV
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import RejectingClassifier, SNNClassifier, SpikingRocket, adapt
from skspike.datasets import make_order, make_poisson, make_syllables
from skspike.inspection import c_size
from skspike.learning import SurrogateGradient

SEEDS = range(5)


def digits():
    """Return images of digits, from 0 to 1."""
    X, y = load_digits(return_X_y=True)
    return X / 16, y


def syllables(seed):
    """Return syllables of 20 speakers, labels and speakers."""
    return make_syllables(
        2400, n_sources=20, shift=0.1, return_sources=True, random_state=seed)


def more_syllables(seed):
    """Return syllables of 20 classes and 20 speakers, who are shifted less."""
    return make_syllables(
        3000, n_onsets=4, n_vowels=5, n_sources=20, shift=0.05, return_sources=True,
        random_state=seed)


def persons(seed, n_samples=2000, n_classes=12, n_users=20):
    """Return accelerations of movements, labels and persons."""
    rng = np.random.default_rng(seed)
    shape = n_classes, 3, 2, 1
    frequency, phase = rng.uniform(1, 5, shape), rng.uniform(0, 2 * np.pi, shape)
    height = rng.uniform(0.2, 1, shape)
    y, user = rng.integers(0, n_classes, n_samples), rng.integers(0, n_users, n_samples)
    gain, offset = rng.uniform(0.6, 1.4, (n_users, 3, 1)), rng.normal(0, 0.3, (n_users, 3, 1))
    speed = rng.uniform(0.8, 1.25, n_users)[user] * rng.uniform(0.93, 1.07, n_samples)
    # each person wears the sensor in another orientation
    turn = np.linalg.qr(np.eye(3) + 0.4 * rng.normal(size=(n_users, 3, 3)))[0]
    turn *= np.sign(np.einsum("uii->ui", turn))[:, np.newaxis]
    time = speed[:, np.newaxis] * np.arange(100) / 100 + rng.uniform(0, 0.15, (n_samples, 1))
    time = time[:, np.newaxis, np.newaxis]
    X = (height[y] * np.sin(2 * np.pi * frequency[y] * time + phase[y])).sum(axis=2)
    X = gain[user] * (turn[user] @ X) + offset[user]
    return X + rng.normal(0, 1, X.shape), y, user


def rates(seed, n_samples=2000, n_classes=12, n_users=20, n_channels=24):
    """Return spike trains with a pattern of rates for each class, labels and users."""
    rng = np.random.default_rng(seed)
    pattern = rng.gamma(1.5, 20, (n_classes, n_channels, 4))  # in Hz, in quarters of 25 ms
    y, user = rng.integers(0, n_classes, n_samples), rng.integers(0, n_users, n_samples)
    gain = np.exp(rng.normal(0, 1, (n_users, n_channels, 1)))
    background = rng.uniform(2, 15, (n_users, n_channels, 1))
    of_sample = np.exp(rng.normal(0, 0.8, (n_samples, n_channels, 4)))
    rate = np.repeat(gain[user] * pattern[y] * of_sample + background[user], 25, axis=2)
    return (rng.random(rate.shape) < np.minimum(rate / 1000, 0.5)).astype(np.uint8), y, user


def shoulders():
    """Return windows of 3 s of exercises, labels and arms of persons."""
    (folder,) = importlib.util.find_spec("seglearn").submodule_search_locations
    data = np.load(Path(folder) / "data" / "watch_dataset.npy", allow_pickle=True).item()
    X, y, user = [], [], []
    for series, *of_series in zip(
            data["X"], data["y"], data["subject"], data["side"], strict=True):
        label, person, side = map(int, of_series)
        n = len(series) // 150  # 50 Hz, averaged over 3 steps
        X.append(series[: 150 * n].reshape(n, 50, 3, 6).mean(axis=2).swapaxes(1, 2))
        y.extend([label] * n)
        user.extend([2 * (person - 1) + side] * n)
    return np.concatenate(X), np.array(y), np.array(user)


def streamed(network, X, y, X_test, y_test):
    """Return the accuracy after a stream has adapted to one sample after the other."""
    stream = network.stream()
    for x, label in zip(X, y, strict=True):
        stream.reset()
        stream.step(x)
        stream.adapt(label)
    correct = 0
    for x, label in zip(X_test, y_test, strict=True):
        stream.reset()
        stream.step(x)
        correct += stream.predict() == label
    return correct / len(y_test)


TASKS = {
    "syllables": (syllables, (0, 10, 20, 40)), "20 syllables": (more_syllables, (0, 10, 20, 40)),
    "persons": (persons, (0, 5, 10, 20)), "rates": (rates, (0, 10, 20, 40))}


def users(seed):
    """Yield each task and model, and its scores before and after adaptation."""
    for name, (task, delays) in TASKS.items():
        for model, scores in models_adapted(*task(seed), delays, seed):
            yield [name, model], scores


def exercises(seed):
    """Yield each model, and its scores before and after adaptation to real persons."""
    for model, scores in models_adapted(*shoulders(), (0, 3, 6, 12), seed):
        yield [model], scores


def models_adapted(X, y, user, delays, seed):
    """Yield the name of each model, and its scores before and after adaptation."""
    known = user < 12
    ridge = RidgeClassifierCV(np.logspace(-2, 6, 9))
    models = {
        "network": SNNClassifier(random_state=seed),
        "128 neurons, delays": SNNClassifier(128, delays=delays, random_state=seed),
        "random network": SNNClassifier(256, rule=None, delays=delays, random_state=seed),
        "rocket": make_pipeline(SpikingRocket(1000, random_state=seed), StandardScaler(), ridge)}
    rng = np.random.default_rng(seed)
    for name, model in models.items():
        model.fit(X[known], y[known])
        found = []
        for one in range(12, 20):
            rows = rng.permutation(np.flatnonzero(user == one))
            few = rows[np.unique(y[rows], return_index=True)[1]]
            rest = np.setdiff1d(rows, few)
            samples = X[few], y[few], X[rest], y[rest]
            adapted = adapt(model, *samples[:2])
            found.append([
                model.score(*samples[2:]), adapted.score(*samples[2:]),
                np.nan if name == "rocket" else streamed(model, *samples)])
        before, after, stream = np.mean(found, axis=0)
        yield name, [before, after, after - before, stream - before]


def drift(seed):
    """Yield the name of each model, and its scores before and after a drift."""
    X, y = digits()
    turned = np.stack([rotate(x.reshape(8, 8), 90, reshape=False, order=1).ravel() for x in X])
    train, test = train_test_split(
        np.arange(len(X)), test_size=0.3, stratify=y, random_state=seed)
    models = {
        "network, memory=0": SNNClassifier(random_state=seed),
        "network, memory=200": SNNClassifier(rule=SurrogateGradient(memory=200), random_state=seed),
        "network, memory=500": SNNClassifier(rule=SurrogateGradient(memory=500), random_state=seed),
        "MLPClassifier": MLPClassifier((64,), random_state=seed)}
    for name, model in models.items():
        rng = np.random.default_rng(seed)
        before = learned(model, X, y, train, 20, rng).score(X[test], y[test])
        learned(model, turned, y, train, 10, rng)
        yield [name], [
            before, model.score(X[test], y[test]), model.score(turned[test], y[test])]


def learned(model, X, y, rows, n_passes, rng):
    """Return a model after passes over some rows, in chunks."""
    for _ in range(n_passes):
        order = rng.permutation(rows)
        for k in range(0, len(order), 128):
            chunk = order[k : k + 128]
            model.partial_fit(X[chunk], y[chunk], classes=np.unique(y))
    return model


def motions(seed, n_samples=1000, n_classes=6):
    """Return series of three accelerations, periodic with the frequencies of a class."""
    rng = np.random.default_rng(seed)
    shape = n_classes, 3, 1
    frequency, phase = rng.uniform(1, 4, shape), rng.uniform(0, 2 * np.pi, shape)
    height, offset = rng.uniform(0.3, 1.5, shape), rng.normal(0, 0.5, shape)
    y = rng.integers(0, n_classes, n_samples)
    of_user = rng.uniform(0.7, 1.3, (n_samples, 3, 1))
    time = rng.uniform(0.8, 1.25, (n_samples, 1, 1)) * np.arange(100) / 100
    time = time + rng.uniform(0, 1, (n_samples, 1, 1))
    X = height[y] * of_user * np.sin(2 * np.pi * frequency[y] * time + phase[y]) + offset[y]
    return X + rng.normal(0, 0.2, X.shape), y


def unusual(X, rng):
    """Yield noise, half and double amplitudes or rates, and swapped channels."""
    if X.dtype == np.uint8:
        yield (rng.random(X.shape) < X.mean()).astype(np.uint8)
        yield (X * (rng.random(X.shape) < 0.5)).astype(np.uint8)
        yield (X | (rng.random(X.shape) < X.mean(axis=2, keepdims=True))).astype(np.uint8)
    else:
        yield rng.uniform(X.min(), X.max(), X.shape)
        yield X / 2
        yield X * 2
    yield X[:, rng.permutation(X.shape[1])]


def novelty(seed):
    """Yield each task, and areas under the curve with another class left out in each seed."""
    tasks = {
        "digits": digits(), "motions": motions(seed),
        "syllables": make_syllables(1500, random_state=seed)}
    for name, (X, y) in tasks.items():
        left_out, rng = seed % len(np.unique(y)), np.random.default_rng(seed)
        train, test = train_test_split(np.arange(len(X)), test_size=1 / 3, random_state=seed)
        train, new, usual = (
            train[y[train] != left_out], test[y[test] == left_out], test[y[test] != left_out])
        model = RejectingClassifier(SNNClassifier(random_state=seed), random_state=seed)
        model.fit(X[train], y[train])
        of_usual = model.novelty(X[usual])
        areas = [
            roc_auc_score(
                np.repeat([0, 1], [len(of_usual), len(samples)]),
                np.concatenate([of_usual, model.novelty(samples)]))
            for samples in (X[new], *unusual(X[usual], rng))]
        yield [name], [*areas, (of_usual > model.novelty_threshold_).mean()]


def sets(seed):
    """Yield tables and rasters."""
    for load in (load_iris, load_wine, load_breast_cancer, load_digits):
        yield load.__name__[5:], load(return_X_y=True)
    yield "moons", make_moons(400, noise=0.3, random_state=seed)
    made = {
        "2 classes": {"n_samples": 400}, "wrong labels": {"n_samples": 400, "flip_y": 0.2},
        "unbalanced": {"n_samples": 400, "weights": [0.9]},
        "10 classes": {"n_samples": 800, "n_informative": 10, "n_classes": 10}}
    for name, options in made.items():
        yield name, make_classification(**{"n_informative": 5, **options}, random_state=seed)
    yield "poisson", make_poisson(300, 10, 100, rates=(20, 30), random_state=seed)
    yield "order", make_order(400, random_state=seed)
    yield "motions", motions(seed)
    yield "syllables", make_syllables(1200, random_state=seed)


def calibration_error(probabilities, y, n_bins=15):
    """Return the mean difference of confidence and accuracy in bins of confidence."""
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == y
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gaps = np.bincount(bins, confidence - correct, n_bins)
    return np.abs(gaps).sum() / len(y)


def calibration(seed):
    """Yield each data set and model, and its accuracy, log loss, error and temperature."""
    means = {}
    for name, (X, y) in sets(seed):
        X_train, X_test, y_train, y_test = train_test_split(
            X, y, test_size=1 / 3, stratify=y, random_state=seed)
        flat = X.ndim == 2
        models = {
            "network": SNNClassifier(random_state=seed),
            "MLPClassifier": make_pipeline(
                StandardScaler(), MLPClassifier(random_state=seed))}
        for kind, model in models.items():
            data = [X_train, X_test]
            if kind != "network" and not flat:
                data = [x.reshape(len(x), -1) for x in data]
            probabilities = model.fit(data[0], y_train).predict_proba(data[1])
            logs = np.log(np.maximum(probabilities, 1e-15))
            rows = np.arange(len(logs))
            best = minimize_scalar(
                lambda t, logs=logs, rows=rows: -log_softmax(logs / np.exp(t), axis=1)[
                    rows, y_test].mean(), bounds=(-3, 3), method="bounded")
            values = [
                (probabilities.argmax(axis=1) == y_test).mean(),
                log_loss(y_test, probabilities, labels=np.unique(y)),
                calibration_error(probabilities, y_test), np.exp(best.x)]
            yield [name, kind], values
            means.setdefault(kind, []).append(values)
    for kind, values in means.items():
        yield [f"mean of {len(values)}", kind], np.mean(values, axis=0)


def device(seed):
    """Yield the memory of a network on a microcontroller, in kB, without and with adaptation."""
    X, y = make_poisson(60, 8, 40, rates=(20, 40, 80), random_state=seed)
    network = SNNClassifier(64, readout="count", rule=None, random_state=seed).fit(X, y)
    for name, penalty in (("fixed", None), ("adapts", 0.01)):
        size = c_size(network, X, adapt_penalty=penalty)
        yield [name], [size.ram / 1000, size.flash / 1000]


PARTS = {
    users: ("task", "model", "before", "after", "gain", "gain of a stream"),
    exercises: ("model", "before", "after", "gain", "gain of a stream"),
    drift: ("model", "digits before", "digits after", "turned digits"),
    novelty: (
        "task", "left out", "noise", "half amplitude", "double amplitude", "swapped channels",
        "rejected"),
    device: ("network", "RAM, kB", "flash, kB"),
    calibration: ("data", "model", "accuracy", "log loss", "calibration error", "T")}


def main():
    """Print a table for each part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [part.__name__ for part in PARTS]
    parser.add_argument("parts", nargs="*", default=names, help=f"some of {names}")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # of convergence, and of drift
    print(f"{machine()}, {versions('skspike', 'numba', 'scikit-learn')}")
    for part, header in PARTS.items():
        if part.__name__ not in options.parts:
            continue
        found = {}
        for seed in options.seeds:
            for labels, values in part(seed):
                found.setdefault(tuple(labels), []).append(values)
                progress(part.__name__, seed, *labels)
        rows = []
        for labels, values in found.items():
            mean = np.mean(values, axis=0)
            error = np.std(values, axis=0, ddof=min(1, len(values) - 1)) / np.sqrt(len(values))
            rows.append([*labels, *(
                "" if np.isnan(m) else f"{m:.3f} ± {e:.3f}"
                for m, e in zip(mean, error, strict=True))])
        print(f"\n{part.__name__}\n\n{table(header, rows)}", flush=True)


if __name__ == "__main__":
    main()
