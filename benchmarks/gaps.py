"""Compare accuracy on data with 5 % missing values with accuracy on complete data.

Training and test data lose values in the same way: series in gaps, whose mean length is `--length`
steps, in each channel alone, and tables in single values. All models have default settings except
`missing`.
"stream" and "C" run the same fitted pipelines step by step, with missing="hold", which both need.
"waves" are generated: 6 channels, 80 steps, and 5 classes that differ in frequency and harmonics.
GunPoint, ItalyPowerDemand and BasicMotions are series of the UCR archive from aeon, left out if it
is not installed. Tables are split in halves. The seed draws the split, the waves, the gaps, and the
random numbers of the models.

    python benchmarks/gaps.py > gaps.md
    python benchmarks/gaps.py --sets waves BasicMotions --seeds 0 1 --length 5
"""

import argparse
import warnings

import numpy as np
from _report import machine, progress, table, versions
from series import load
from sklearn import datasets
from sklearn.linear_model import RidgeClassifierCV
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skspike import SNNClassifier, SpikeEncoder, SpikingRocket, stream_of
from skspike.export import CompiledModel

SHARE = 0.05  # of missing values
WAYS = "hold", "interpolate"


def waves(seed, n=1000, n_train=400):
    """Return generated training and test series."""
    rng = np.random.default_rng(seed)
    y, t = rng.integers(0, 5, n), np.arange(80)
    frequency = np.array([0.03, 0.05, 0.08, 0.12, 0.05])[y] * rng.uniform(0.9, 1.1, n)
    phase, strength = rng.uniform(0, 2 * np.pi, (2, n, 6, 1)), rng.uniform(0.5, 1.5, (n, 6, 1))
    angle = 2 * np.pi * frequency[:, None, None] * t
    X = np.sin(angle + phase[0]) + 0.8 * (y == 4)[:, None, None] * np.sin(2 * angle + phase[1])
    X = strength * X + rng.normal(0, 0.5, X.shape)
    return X[:n_train], y[:n_train], X[n_train:], y[n_train:]


def of_aeon(name):
    """Return a function of the seed that loads series, or returns None without aeon."""
    return lambda seed: load(name)


def of_table(name):
    """Return a function of the seed that splits a table of scikit-learn."""
    def split(seed):
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        X, X_test, y, y_test = train_test_split(
            X, y, test_size=0.5, random_state=seed, stratify=y)
        return X, y, X_test, y_test

    return split


TABLES = "wine", "breast_cancer", "digits"
SETS = {
    "waves": waves,
    **{name: of_aeon(name) for name in ("GunPoint", "ItalyPowerDemand", "BasicMotions")},
    **{name: of_table(name) for name in TABLES}}


def with_gaps(X, length, rng):
    """Return data in which a share of the values is missing, in gaps of a mean length."""
    X = X.astype(np.float32)
    if X.ndim == 2:
        return np.where(rng.random(X.shape) < SHARE, np.float32(np.nan), X)
    missing = np.zeros(X.shape, bool)
    while missing.mean() < SHARE:
        sample, channel, start = (rng.integers(n) for n in X.shape)
        missing[sample, channel, start : start + rng.geometric(1 / length)] = True
    return np.where(missing, np.float32(np.nan), X)


def models(seed, way):
    """Return unfitted models by name."""
    encoder, streams = SpikeEncoder(missing=way), way != "interpolate"
    ridge = RidgeClassifierCV(np.logspace(-2, 6, 9))
    return {
        "encoder": make_pipeline(encoder, SNNClassifier(streaming=streams, random_state=seed)),
        "network": SNNClassifier(missing=way, streaming=streams, random_state=seed),
        "random neurons": make_pipeline(SpikingRocket(missing=way, random_state=seed), ridge)}


def streamed(model, X):
    """Return the classes at the end of streams."""
    stream, found = stream_of(model), []
    for x in X:
        stream.reset()
        for values in x.T:
            stream.step(values)
        found.append(stream.predict())
    return np.array(found)


def accuracies(name, way, model, data):
    """Return the accuracy in Python, and on streams and in C where there are any."""
    X, y, X_test, y_test = data
    model.fit(X, y)
    found = {name: np.mean(model.predict(X_test) == y_test)}
    if way != "interpolate":
        found[f"{name}, C"] = np.mean(CompiledModel(model).predict(X_test) == y_test)
        if name != "random neurons" and X.ndim == 3:
            found[f"{name}, stream"] = np.mean(streamed(model, X_test) == y_test)
    return found


def measured(make, seed, length):
    """Return the accuracy of each model on complete data and on data with gaps."""
    data = make(seed)
    if data is None:
        return {}
    X, y, X_test, y_test = data
    rng, found = np.random.default_rng(seed), {}
    gaps = with_gaps(X, length, rng), y, with_gaps(X_test, length, rng), y_test
    complete = X.astype(np.float32), y, X_test.astype(np.float32), y_test
    for way in (None, *WAYS):
        for name, model in models(seed, way).items():
            if name == "random neurons" and X.ndim == 2:
                continue
            scores = accuracies(name, way, model, gaps if way else complete)
            found |= {(kind, way): score for kind, score in scores.items()}
    return found


def report(results):
    """Return the mean accuracies of series and tables, with the differences of each set."""
    rows, kinds = [], {kind: None for found in results.values() for kind, _ in found}
    for kind in kinds:
        for group, names in {"series": SETS.keys() - set(TABLES), "tables": TABLES}.items():
            means = {
                (name, way): 100 * np.mean([found[kind, way] for found in of_name])
                for name in SETS if name in names for way in (None, *WAYS)
                if (of_name := [found for (one, _), found in results.items()
                                if one == name and (kind, way) in found])}
            if means:
                rows.append([kind, group, *(_cell(means, way) for way in (None, *WAYS))])
    return table(["model", "data", "complete", *WAYS], rows)


def _cell(means, way):
    """Return the mean of all sets and, of data with gaps, the difference of each set."""
    found = {name: mean for (name, one), mean in means.items() if one == way}
    if not found:
        return ""
    text = f"{np.mean([*found.values()]):.2f}"
    changes = ", ".join(f"{mean - means[name, None]:+.1f}" for name, mean in found.items())
    return text if way is None else f"{text} ({changes})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sets", nargs="+", choices=SETS, default=[*SETS])
    parser.add_argument("--seeds", nargs="+", type=int, default=range(5))
    parser.add_argument("--length", type=float, default=1.0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    results = {}
    for name in options.sets:
        for seed in options.seeds:
            results[name, seed] = found = measured(SETS[name], seed, options.length)
            progress(name, seed, {" ".join(map(str, key)): round(float(100 * score), 1)
                                  for key, score in found.items()})
    print(f"`benchmarks/gaps.py`, {machine()}, {versions('numpy', 'numba', 'scikit-learn')}. "
          f"Gaps of {options.length:g} steps on average. Mean accuracies in % over seeds "
          f"{', '.join(map(str, options.seeds))}, and the differences from complete data on "
          f"{', '.join(options.sets)}.\n")
    print(report(results))


if __name__ == "__main__":
    main()
