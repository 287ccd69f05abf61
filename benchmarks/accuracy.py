"""Accuracy of the spiking classifier beside a multilayer perceptron of the same size, and what learned intrinsics add.

Real data: 10-fold cross-validation on shuffled, stratified folds. A seed fixes folds, initial weights, order of samples and
spikes; the whole procedure is repeated for each seed, and "mean ± sd" is over seeds. Poisson rate and number of steps were
chosen with seeds that are not among those reported here, and nothing is tuned on the folds.

Order trains: the classes differ in which of two volleys comes first. Everything but `learn_intrinsic` is the same.

    python benchmarks/accuracy.py > accuracy.md
"""

import argparse
import time

import numpy as np
from _report import machine, progress, table, versions
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import StratifiedKFold, cross_validate, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import SNNClassifier, SpikeEncoder
from skspike.coding import Poisson
from skspike.datasets import make_order

HIDDEN = 64
POISSON = SpikeEncoder(coding=Poisson(max_rate=1000.0), n_steps=100)
DATA = {"digits": load_digits, "breast cancer": load_breast_cancer}


def models(seed):
    """Return the classifiers that meet on the same folds."""
    return {
        "MLPClassifier": make_pipeline(StandardScaler(), MLPClassifier((HIDDEN,), max_iter=400, random_state=seed)),
        "SNNClassifier, direct": make_pipeline(StandardScaler(), SNNClassifier(HIDDEN, random_state=seed)),
        "SNNClassifier, Poisson": SNNClassifier(HIDDEN, encoder=POISSON, random_state=seed),
    }


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


def order(seeds):
    """Return rows of data, model, accuracy and seconds of a fit for the order trains."""
    rows = []
    for learn in (False, True):
        scores, seconds = [], []
        for seed in seeds:
            X, y = make_order(1500, random_state=seed)
            train, test, y_train, y_test = train_test_split(X, y, train_size=500, shuffle=False)
            start = time.perf_counter()
            model = SNNClassifier(HIDDEN, readout="count", learn_intrinsic=learn, random_state=seed).fit(train, y_train)
            seconds.append(time.perf_counter() - start)
            scores.append(model.score(test, y_test))
            progress(f"order, learn_intrinsic={learn}, seed {seed}: {scores[-1]:.4f}")
        rows.append(["order", f"SNNClassifier, learn_intrinsic={learn}", percent(scores), f"{np.median(seconds):.2f}"])
    return rows


def percent(scores):
    """Return mean and standard deviation in percent."""
    return f"{100 * np.mean(scores):.2f} ± {100 * np.std(scores, ddof=1):.2f}"


def main():
    """Run everything and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="two at least, for cross-validation")
    parser.add_argument("--order-seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4], help="two at least, for order trains")
    parser.add_argument("--n-jobs", type=int, default=1, help="folds at a time; more than one makes the seconds longer")
    options = parser.parse_args()
    rows = cross_validation(options.seeds, options.n_jobs) + order(options.order_seeds)
    print(f"{machine()}; {versions('skspike', 'scikit-learn', 'numpy', 'numba')}.")
    print(f"Hidden size {HIDDEN}. Cross-validation: 10 folds, seeds {options.seeds}. Poisson: {POISSON.coding}, {POISSON.n_steps} steps.")
    print(f"Order: 500 training and 1000 test trains, seeds {options.order_seeds}. Seconds: the median fit, {options.n_jobs} at a time.\n")
    print(table(["data", "model", "accuracy, % (mean ± sd over seeds)", "fit, s"], rows))


if __name__ == "__main__":
    main()
