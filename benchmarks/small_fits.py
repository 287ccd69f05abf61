"""Measure the time of small fits next to scikit-learn's perceptron, all at default settings.

Processor time of one fit on all rows, on one core: the median of several runs, after a first fit
that compiles. The perceptron gets standardised features. The network standardises them itself.

    OMP_NUM_THREADS=1 python benchmarks/small_fits.py
    OMP_NUM_THREADS=1 python benchmarks/small_fits.py --runs 3
"""

import argparse
import time
import warnings

import numpy as np
from _report import machine, table, versions
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import SNNClassifier, SNNRegressor, SpikeEncoder

DATA = {
    "wine": load_wine, "diabetes": load_diabetes, "breast cancer": load_breast_cancer,
    "digits": load_digits}


def seconds(model, X, y, n_runs):
    """Return the median processor time of a fit."""
    found = []
    for _ in range(n_runs):
        fresh = clone(model)
        begin = time.process_time()
        fresh.fit(X, y)
        found.append(time.process_time() - begin)
    return float(np.median(found))


def main():
    """Run all fits and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    n_runs = parser.parse_args().runs
    warnings.simplefilter("ignore")  # perceptrons have not converged at their defaults
    rows = []
    for name, load in DATA.items():
        X, y = load(return_X_y=True)
        snn, mlp = (SNNRegressor, MLPRegressor) if name == "diabetes" else (
            SNNClassifier, MLPClassifier)
        perceptron = seconds(make_pipeline(StandardScaler(), mlp(random_state=0)), X, y, n_runs)
        row = [name, f"{perceptron:.2f}"]
        for encoder in (None, SpikeEncoder()):
            model = snn(encoder=encoder, random_state=0)
            clone(model).set_params(max_iter=1).fit(X, y)
            found = seconds(model, X, y, n_runs)
            row.append(f"{found:.2f} ({found / perceptron:.1f}×)")
        rows.append(row)
    print(f"{machine()}, {versions('skspike', 'scikit-learn', 'numpy', 'numba')}.\n")
    print(table(["data", "perceptron, s", "network, s", "with encoder, s"], rows))


if __name__ == "__main__":
    main()
