"""Compare the accuracy of the spiking classifier with a multilayer perceptron of the same size.

Real data: 10-fold cross-validation on shuffled, stratified folds. A seed fixes the folds, the
initial weights, the order of the samples and the spikes. The whole procedure is repeated for each
seed, and "mean ± sd" is over seeds. Poisson rate and number of steps were chosen with other seeds
than the reported ones, and nothing is tuned on the folds.

Tables: the default coding, its signed variant and currents are compared on generated tables with
many classes and on real tables. A seed draws the generated tables and the test part of 30 %.

Order trains: the classes differ in the order of two volleys. The models differ in
`learn_intrinsic` only, which shows the gain of learned intrinsics. They have no delays, so only the
neurons can remember.

    python benchmarks/accuracy.py > accuracy.md
"""

import argparse
import time

import numpy as np
from _report import machine, progress, table, versions
from sklearn.datasets import load_breast_cancer, load_digits, load_wine, make_classification
from sklearn.model_selection import StratifiedKFold, cross_validate, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import SNNClassifier, SpikeEncoder
from skspike.coding import IntegrateAndFire, Poisson
from skspike.datasets import make_order
from skspike.learning import SurrogateGradient

HIDDEN = 64
POISSON = SpikeEncoder(coding=Poisson(max_rate=1000.0), n_steps=100)
DATA = {"digits": load_digits, "breast cancer": load_breast_cancer}


def models(seed):
    """Return the classifiers that are compared on the same folds."""
    return {
        "MLPClassifier": make_pipeline(
            StandardScaler(), MLPClassifier((HIDDEN,), max_iter=400, random_state=seed)),
        "SNNClassifier, direct": make_pipeline(
            StandardScaler(), SNNClassifier(HIDDEN, random_state=seed)),
        "SNNClassifier, Poisson": SNNClassifier(HIDDEN, encoder=POISSON, random_state=seed)}


def cross_validation(seeds, n_jobs):
    """Return rows of data, model, accuracy and seconds of a fit."""
    rows = []
    for data, load in DATA.items():
        X, y = load(return_X_y=True)
        for name in models(0):
            scores, seconds = [], []
            for seed in seeds:
                folds = StratifiedKFold(10, shuffle=True, random_state=seed)
                result = cross_validate(models(seed)[name], X, y, cv=folds, n_jobs=n_jobs)
                scores.append(result["test_score"].mean())
                seconds.append(np.median(result["fit_time"]))
                progress(f"{data}, {name}, seed {seed}: {scores[-1]:.4f}")
            rows.append([data, name, percent(scores), f"{np.median(seconds):.2f}"])
    return rows


def made(n_samples, n_features, n_classes=20):
    """Return a function of the seed that generates a table with two clusters per class."""
    options = {"n_informative": 15, "n_classes": n_classes, "n_clusters_per_class": 2}
    return lambda seed: make_classification(n_samples, n_features, **options, random_state=seed)


TABLES = {
    "20 classes, 20 features": made(5000, 20),
    "20 classes, 40 features": made(5000, 40),
    "2 classes, 20,000 rows": made(20000, 20, 2),
    "20 classes, 20,000 rows": made(20000, 20),
    "digits": lambda seed: load_digits(return_X_y=True),
    "breast cancer": lambda seed: load_breast_cancer(return_X_y=True),
    "wine": lambda seed: load_wine(return_X_y=True),
}


def codings(seed):
    """Return networks that differ in the coding of the table only."""
    return {
        "currents": make_pipeline(StandardScaler(), SNNClassifier(random_state=seed)),
        "SpikeEncoder()": SNNClassifier(encoder=SpikeEncoder(), random_state=seed),
        "signed": SNNClassifier(
            encoder=SpikeEncoder(IntegrateAndFire(signed=True)), random_state=seed)}


def tables(names, seeds):
    """Return rows of table and accuracies, one per coding."""
    rows = []
    for name in names:
        scores = {}
        for seed in seeds:
            X, y = TABLES[name](seed)
            train, test, y_train, y_test = train_test_split(
                X, y, test_size=0.3, stratify=y, random_state=seed)
            for coding, model in codings(seed).items():
                scores.setdefault(coding, []).append(model.fit(train, y_train).score(test, y_test))
                progress(f"{name}, {coding}, seed {seed}: {scores[coding][-1]:.4f}")
        rows.append([name, *map(percent, scores.values())])
    return rows


def order(seeds):
    """Return rows of data, model, accuracy and seconds of a fit for the order trains."""
    rows = []
    for learn in (False, True):
        scores, seconds = [], []
        for seed in seeds:
            X, y = make_order(1500, random_state=seed)
            train, test, y_train, y_test = train_test_split(X, y, train_size=500, shuffle=False)
            start = time.perf_counter()
            model = SNNClassifier(
                HIDDEN, readout="count", delays=None, learn_intrinsic=learn,
                rule=SurrogateGradient(bias=False), random_state=seed).fit(train, y_train)
            seconds.append(time.perf_counter() - start)
            scores.append(model.score(test, y_test))
            progress(f"order, learn_intrinsic={learn}, seed {seed}: {scores[-1]:.4f}")
        rows.append(
            [
                "order", f"SNNClassifier, learn_intrinsic={learn}", percent(scores),
                f"{np.median(seconds):.2f}"])
    return rows


def percent(scores):
    """Return mean and standard deviation in percent."""
    return f"{100 * np.mean(scores):.2f} ± {100 * np.std(scores, ddof=1):.2f}"


def main():
    """Run all measurements and print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[0, 1, 2],
        help="at least two seeds for cross-validation")
    parser.add_argument(
        "--order-seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4],
        help="at least two seeds for order trains")
    parser.add_argument(
        "--n-jobs", type=int, default=1,
        help="number of parallel folds. More than one increases the fit times")
    parser.add_argument(
        "--tables", nargs="*", default=list(TABLES), choices=list(TABLES), metavar="TABLE",
        help=", ".join(TABLES))
    parser.add_argument(
        "--tables-alone", action="store_true",
        help="compare the codings of tables only")
    options = parser.parse_args()
    coded = tables(options.tables, options.seeds)
    rows = [] if options.tables_alone else cross_validation(
        options.seeds, options.n_jobs) + order(options.order_seeds)
    print(f"{machine()}, {versions('skspike', 'scikit-learn', 'numpy', 'numba')}.\n")
    if coded:
        print(
            f"Tables: 30 % to test, seeds {options.seeds}. Accuracy in %, mean ± sd over seeds.\n")
        print(table(["table", *codings(0)], coded))
    if rows:
        print(f"\nHidden size {HIDDEN}.")
        print(
            f"Cross-validation: 10 folds, seeds {options.seeds}. Poisson: {POISSON.coding}, "
            f"{POISSON.n_steps} steps.")
        print(f"Order: 500 training and 1000 test trains, seeds {options.order_seeds}.")
        print(f"Seconds: median over fits, with n_jobs={options.n_jobs}.\n")
        print(table(["data", "model", "accuracy, % (mean ± sd over seeds)", "fit, s"], rows))


if __name__ == "__main__":
    main()
