"""Compare accuracy on data with 5 % missing values with accuracy on complete data.

Training and test data lose values in the same way: series in gaps of 5 steps on average, in each
channel alone, and tables in single values. All models have default settings except `missing`.
"stream" and "C" run the same fitted pipelines step by step, with missing="hold", which both need.
"waves" are generated: 6 channels, 80 steps, and 5 classes that differ in frequency and harmonics.
GunPoint, ItalyPowerDemand and BasicMotions are series of the UCR archive from aeon, left out if it
is not installed. Tables are split in halves. The seed draws the split, the waves, the gaps, and the
random numbers of the models.

    python benchmarks/gaps.py > gaps.md
    python benchmarks/gaps.py --sets waves wine --seeds 0 1
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

from skspike import SNNClassifier, SpikeEncoder, SpikingRocket
from skspike.export import CompiledModel
from skspike.streams import stream_of

SHARE, GAP = 0.05, 5  # of missing values, and mean length of a gap in steps
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


SETS = {
    "waves": waves,
    **{name: of_aeon(name) for name in ("GunPoint", "ItalyPowerDemand", "BasicMotions")},
    **{name: of_table(name) for name in ("wine", "breast_cancer", "digits")}}


def with_gaps(X, rng):
    """Return data in which a share of the values is missing."""
    X = X.astype(np.float32)
    if X.ndim == 2:
        return np.where(rng.random(X.shape) < SHARE, np.float32(np.nan), X)
    missing = np.zeros(X.shape, bool)
    while missing.mean() < SHARE:
        sample, channel, start = (rng.integers(n) for n in X.shape)
        missing[sample, channel, start : start + rng.geometric(1 / GAP)] = True
    return np.where(missing, np.float32(np.nan), X)


def models(seed, way):
    """Return unfitted models by name."""
    encoder = SpikeEncoder(missing=way)
    ridge = RidgeClassifierCV(np.logspace(-2, 6, 9))
    return {
        "encoder": make_pipeline(encoder, SNNClassifier(streaming=True, random_state=seed)),
        "network": SNNClassifier(missing=way, streaming=True, random_state=seed),
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


def accuracies(name, model, data):
    """Return the accuracy in Python, and on streams and in C where there are any."""
    X, y, X_test, y_test = data
    model.fit(X, y)
    found = {name: np.mean(model.predict(X_test) == y_test)}
    holds = model.get_params().get(f"{model.steps[0][0]}__missing") if hasattr(
        model, "steps") else model.missing
    if holds != "interpolate":
        found[f"{name}, C"] = np.mean(CompiledModel(model).predict(X_test) == y_test)
        if name != "random neurons" and X.ndim == 3:
            found[f"{name}, stream"] = np.mean(streamed(model, X_test) == y_test)
    return found


def measured(make, seed):
    """Return the accuracy of each model on complete data and on data with gaps."""
    data = make(seed)
    if data is None:
        return {}
    X, y, X_test, y_test = data
    rng, found = np.random.default_rng(seed), {}
    gaps = with_gaps(X, rng), y, with_gaps(X_test, rng), y_test
    complete = X.astype(np.float32), y, X_test.astype(np.float32), y_test
    for way in (None, *WAYS):
        for name, model in models(seed, way).items():
            if name == "random neurons" and X.ndim == 2:
                continue
            scores = accuracies(name, model, complete if way is None else gaps)
            found |= {(kind, way): score for kind, score in scores.items()}
    return found


def report(results):
    """Return the mean accuracies of all sets and of each as a table."""
    rows, kinds = [], {kind: None for found in results.values() for kind, _ in found}
    for kind in kinds:
        for name in (*SETS, "mean of series", "mean of tables", "mean"):
            chosen = [found for (one, _), found in results.items() if is_in(one, name)]
            cells = [
                [100 * found[kind, way] for found in chosen if (kind, way) in found]
                for way in (None, *WAYS)]
            if cells[0]:
                complete = np.mean(cells[0])
                rows.append([kind, name, f"{complete:.2f}", *(
                    f"{np.mean(cell):.2f} ({np.mean(cell) - complete:+.2f})" if cell else ""
                    for cell in cells[1:])])
    return table(["model", "data", "complete", *WAYS], rows)


def is_in(one, name):
    """Return whether a set belongs to the sets of a name."""
    is_table = one in ("wine", "breast_cancer", "digits")
    return name in (one, "mean", "mean of tables" if is_table else "mean of series")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sets", nargs="+", choices=SETS, default=[*SETS])
    parser.add_argument("--seeds", nargs="+", type=int, default=range(5))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    results = {}
    for name in options.sets:
        for seed in options.seeds:
            results[name, seed] = found = measured(SETS[name], seed)
            progress(name, seed, {" ".join(map(str, key)): round(100 * score, 1)
                                  for key, score in found.items()})
    print(f"`benchmarks/gaps.py`, {machine()}, {versions('numpy', 'numba', 'scikit-learn')}. "
          f"Accuracies in %, means over seeds {', '.join(map(str, options.seeds))}, and the "
          "difference from complete data.\n")
    print(report(results))


if __name__ == "__main__":
    main()
