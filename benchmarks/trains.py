"""Accuracy of SpikeTrainClassifier on generated trains, next to the exact Bayes limit.

The limit is the accuracy of the likelihood ratio of the true process, on the same test trains. No
classifier is better on average. A seed draws the data. There are 500 training and 500 test trains,
unless the name of a task has other numbers.

    python benchmarks/trains.py --tasks "markov, 4 x 100" telegraph --seeds 0 1 > trains.md

Without `--tasks` and `--parts`, all parts of the report are printed. The tasks "own" were made
after the classifier was finished (``own_trains.py``). The series of the whole pipeline are sets of
``series.py``, and the distances are compared with the packages of ``distances.py``. Both leave out
packages that are not installed.
"""

import argparse
import time
import warnings
from typing import Any, NamedTuple

import numpy as np
import own_trains
import sklearn.datasets
from _report import machine, progress, table, versions
from distances import rows_of_distances
from likelihoods import of_am, of_gamma, of_markov, of_order, of_poisson, of_telegraph, of_templates
from more_datasets import make_am, make_randman
from series import SETS, load
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import (
    LZCClassifier, SNNTransformer, SpikeCounter, SpikeEncoder, SpikeTrainClassifier, datasets)
from skspike.export import CompiledModel
from skspike.trains import EXPERTS, History

N_TRAIN, N_TEST = 500, 500


class Task(NamedTuple):
    """Generator of trains, and log likelihoods of its classes.

    Parameters
    ----------
    make : callable
        Function of `skspike.datasets`.
    parameters : dict, default={}
        Its parameters.
    log_likelihood : callable or None, default=None
        Returns the log likelihoods (n_samples, n_classes) of rasters, given the parameters.
    n_train : int, default=500
        Number of training trains.
    """

    make: Any
    parameters: dict[str, Any] = {}
    log_likelihood: Any = None
    n_train: int = N_TRAIN

    def parts(self, seed):
        """Return training trains and labels, and test trains and labels."""
        n = self.n_train
        X, y = self.make(n + N_TEST, random_state=seed, **self.parameters)
        return X[:n], y[:n], X[n:], y[n:]


LZC = "relative LZC", "LZC", "LZC and counts"  # names of `lzc_classifiers`
FOUR = {"n_channels": 4, "n_steps": 100}
GAMMA = {"n_channels": 4, "n_steps": 200, "shapes": (1.0, 2.0), "rate": 40.0}
ORDER = {"n_channels": 6, "n_steps": 400, "width": 40.0, "gap": 10.0}
TASKS = {
    "markov, 20 x 250": Task(datasets.make_markov, {}, of_markov),
    "markov, 10 x 1024": Task(
        datasets.make_markov, {"n_channels": 10, "n_steps": 1024}, of_markov),
    "gamma, 20 x 250": Task(datasets.make_gamma, {}, of_gamma),
    "markov, 4 x 100": Task(datasets.make_markov, FOUR, of_markov),
    "markov, 10 x 50": Task(datasets.make_markov, {"n_channels": 10, "n_steps": 50}, of_markov),
    "markov, 1 x 2000": Task(
        datasets.make_markov, {"n_channels": 1, "n_steps": 2000, "correlations": (0.0, 0.1)},
        of_markov),
    "markov, 4 x 100, 20 trains": Task(datasets.make_markov, FOUR, of_markov, 20),
    "gamma, 4 x 200": Task(datasets.make_gamma, GAMMA, of_gamma),
    "poisson, 20 and 24 Hz": Task(datasets.make_poisson, {"rates": (20.0, 24.0)}, of_poisson),
    "telegraph": Task(datasets.make_telegraph, {}, of_telegraph),
    "telegraph, 20 trains": Task(datasets.make_telegraph, {}, of_telegraph, 20),
    "templates": Task(datasets.make_templates, {"jitter": 15.0}, of_templates),
    "templates, 40 trains": Task(datasets.make_templates, {"jitter": 15.0}, of_templates, 40),
    "sync": Task(datasets.make_sync),
    "am, 5 x 200": Task(make_am, {"n_channels": 5, "n_steps": 200}, of_am),
    "order, 6 x 400": Task(datasets.make_order, ORDER, of_order),
    "randman": Task(make_randman),
    "syllables": Task(datasets.make_syllables),
    "own: doublets": Task(own_trains.make_doublets), "own: relay": Task(own_trains.make_relay),
    "own: slope": Task(own_trains.make_slope), "own: chain": Task(own_trains.make_chain),
    "own: lognormal": Task(own_trains.make_lognormal),
    "own: backwards": Task(own_trains.make_backwards),
}
# tasks of several channels, for each expert alone
SINGLE = [
    "markov, 4 x 100", "gamma, 4 x 200", "poisson, 20 and 24 Hz", "telegraph", "templates", "sync",
    "am, 5 x 200", "order, 6 x 400", "randman"]
# Data of the whole pipeline: tables, and series of equal length with at most 500 steps
PIPELINES = [
    "digits", "breast_cancer", "GunPoint", "ItalyPowerDemand", "ArrowHead", "BasicMotions",
    "OSULeaf", "Covid3Month", "Coffee", "Trace", "cylinder_bell_funnel"]
# Three classes, of which each is left out in turn
LEFT_OUT = {
    "markov": (datasets.make_markov, {"correlations": (0.0, 0.3, 0.6)}),
    "gamma": (datasets.make_gamma, {"shapes": (1.0, 3.0, 9.0)}),
    "telegraph": (datasets.make_telegraph, {"dwells": (5.0, 20.0, 60.0)})}


def counts_classifier():
    """Return logistic regression on spike counts."""
    return make_pipeline(SpikeCounter(), StandardScaler(), LogisticRegression(max_iter=1000))


def measured(task, seed):
    """Return the limit and accuracies in percent, and log losses, of a task."""
    X, y, X_test, y_test = task.parts(seed)
    limit = np.nan
    if task.log_likelihood:
        limit = np.mean(
            task.log_likelihood(X_test, seed, **task.parameters).argmax(axis=1) == y_test)
    began = time.process_time()
    trains = SpikeTrainClassifier().fit(X, y)
    trains.predict(X_test)
    seconds = time.process_time() - began
    counts = counts_classifier().fit(X, y)
    accuracies = [
        limit, trains.score(X_test, y_test),
        *(model.fit(X, y).score(X_test, y_test) for model in lzc_classifiers()),
        counts.score(X_test, y_test)]
    losses = [
        log_loss(y_test, model.predict_proba(X_test), labels=model.classes_)
        for model in (trains, counts)]
    return np.array([*(100 * np.array(accuracies)), *losses, seconds])


def lzc_classifiers():
    """Return classifiers by relative complexity, by own complexity, and with counts."""
    return (
        LZCClassifier(), LZCClassifier(relative=False),
        LZCClassifier(relative=False, with_counts=True))


def single(name, seed):
    """Return the accuracy in percent of each expert alone."""
    X, y, X_test, y_test = TASKS[name].parts(seed)
    return [
        100 * SpikeTrainClassifier(expert).fit(X, y).score(X_test, y_test) for expert in EXPERTS]


def digits(seed):
    """Return accuracies in percent on the raster of a network: trains, and LDA on counts."""
    of_digits = sklearn.datasets.load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(
        *of_digits, train_size=1000, stratify=of_digits[1], random_state=seed)
    network = SNNTransformer(
        64, encoder=SpikeEncoder("poisson", random_state=seed), random_state=seed).fit(X, y)
    raster, raster_test = network.transform(X), network.transform(X_test)
    linear = make_pipeline(
        SpikeCounter(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"))
    found = [
        100 * model.fit(raster, y).score(raster_test, y_test)
        for model in (SpikeTrainClassifier(), linear)]
    return [*found, found[0] - found[1]]


def of_table(name):
    """Return training and test parts of a table of scikit-learn."""
    X, y = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    return train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)


def of_series(name):
    """Return the training and test part of a set of series, in the order of `train_test_split`."""
    found = load(name)
    return None if found is None else (found[0], found[2], found[1], found[3])


def behind_network(name, seed):
    """Return accuracies in percent of readouts of the same raster, that of a trained network."""
    X, X_test, y, y_test = of_series(name) if name in SETS else of_table(name)
    pipeline = make_pipeline(
        SpikeEncoder(random_state=seed), SNNTransformer(64, random_state=seed)).fit(X, y)
    raster, raster_test = pipeline.transform(X), pipeline.transform(X_test)
    counts = make_pipeline(
        SpikeCounter(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"))
    models = (*lzc_classifiers(), counts, SpikeTrainClassifier())
    return [100 * model.fit(raster, y).score(raster_test, y_test) for model in models]


def pipelines(seeds):
    """Return the table of the whole pipeline."""
    names = [name for name in PIPELINES if name not in SETS or load(name) is not None]
    rows = over_seeds(behind_network, names, seeds)
    return ["data", *LZC, "counts", "SpikeTrainClassifier"], rows


def novelty(name, seed):
    """Return the area under the curve of new against known classes, for each class left out."""
    make, parameters = LEFT_OUT[name]
    X, y = make(N_TRAIN + N_TEST, random_state=seed, **parameters)
    found = []
    for left_out in range(3):
        rows = np.flatnonzero(y[:N_TRAIN] != left_out)
        model = SpikeTrainClassifier().fit(X[rows], y[rows])
        found.append(roc_auc_score(y[N_TRAIN:] == left_out, model.novelty(X[N_TRAIN:])))
    return found


def shuffled(name, seed):
    """Return the accuracy in percent after training on shuffled labels."""
    X, y, X_test, y_test = TASKS[name].parts(seed)
    y = np.random.default_rng(seed).permutation(y)
    return 100 * SpikeTrainClassifier().fit(X, y).score(X_test, y_test)


def compiled(seeds):
    """Return the decisions of C and Python that differ."""
    rows = []
    for expert in ["history", "age", "population", "rate", "linear"]:
        X, y = datasets.make_markov(10_500, 3, 60, random_state=seeds[0])
        model = SpikeTrainClassifier(expert).fit(X[:500], y[:500])
        differ = CompiledModel(model).predict(X[500:]) != model.predict(X[500:])
        rows.append([expert, str(differ.sum())])
    return ["C, expert", "of 10,000 decisions differ"], rows


def median_time(function, n=15):
    """Return the median CPU time of a function in ms."""
    function()
    times = []
    for _ in range(n):
        began = time.process_time()
        function()
        times.append(time.process_time() - began)
    return 1000 * float(np.median(times))


def times():
    """Return rows of CPU times in ms, for 10,000 trains of 100 steps."""
    X, y = datasets.make_markov(10_000, 1, 100, random_state=0)
    X.flags.writeable = False
    expert, weights = History(), np.ones(len(X))
    tables = expert.tables(expert.count(X, y, weights, 2))
    model = SpikeTrainClassifier("history").fit(X, y)
    lzc = dict(zip(LZC[:2], lzc_classifiers(), strict=False))
    return [
        ["history, fit", median_time(lambda: expert.tables(expert.count(X, y, weights, 2)))],
        ["history, predict", median_time(lambda: expert.score(tables, X, 2))],
        ["SpikeTrainClassifier, history, fit", median_time(lambda: model.fit(X, y))],
        ["SpikeTrainClassifier, history, predict", median_time(lambda: model.predict(X))],
        *(
            [f"{name}, {method}", median_time(function)] for name, one in lzc.items()
            for method, function in (
                ("fit", lambda one=one: one.fit(X, y)),
                ("predict", lambda one=one: one.predict(X))))]


def spread(values, digits=1):
    """Return the mean and standard deviation over seeds, or nothing if there are no values."""
    if np.isnan(values).any():
        return ""
    deviation = f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{np.mean(values):.{digits}f}{deviation}"


def report_of_tasks(names, seeds):
    """Return the table of tasks."""
    rows = []
    for name in names:
        found = np.array([measured(TASKS[name], seed) for seed in seeds])
        progress(name, found.mean(axis=0).round(3))
        accuracies = [spread(column) for column in found.T[:6]]
        losses = [spread(column, 3) for column in found.T[6:8]]
        rows.append([name, *accuracies, *losses, f"{found[:, 8].mean():.2f}"])
    header = [
        "task", "limit", "SpikeTrainClassifier", *LZC, "counts", "log loss, trains",
        "log loss, counts", "s"]
    return table(header, rows)


def over_seeds(function, names, seeds, digits=1):
    """Return rows of the results of a function of a name and a seed."""
    rows = []
    for name in names:
        found = np.array([np.atleast_1d(function(name, seed)) for seed in seeds])
        progress(name, found.round(3).tolist())
        rows.append([name, *(spread(column, digits) for column in found.T)])
    return rows


# header and rows of each further part of the report
REPORTS = {
    "experts": lambda seeds: (["expert alone", *EXPERTS], over_seeds(single, SINGLE, seeds)),
    "digits": lambda seeds: (
        ["raster", "trains", "LDA on counts", "difference"],
        over_seeds(lambda name, seed: digits(seed), ["digits"], seeds)),
    "pipelines": pipelines,
    "novelty": lambda seeds: (
        ["area under the curve, class left out", "first", "second", "third"],
        over_seeds(novelty, LEFT_OUT, seeds, 3)),
    "c": compiled,
    "distances": lambda seeds: rows_of_distances(),
    "shuffled": lambda seeds: (
        ["shuffled labels", "accuracy"],
        over_seeds(shuffled, ("markov, 4 x 100", "order, 6 x 400"), seeds)),
    "times": lambda seeds: (
        ["10,000 trains of 100 steps", "CPU time, ms"],
        [[name, f"{value:.2f}"] for name, value in times()])}


def main():
    """Run the tasks and print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--tasks", nargs="*", default=list(TASKS), choices=list(TASKS), metavar="TASK",
        help="; ".join(TASKS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument(
        "--parts", nargs="*", default=list(REPORTS), choices=REPORTS,
        help="other parts of the report")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")  # the complexity of short trains
    seeds = options.seeds
    packages = versions("skspike", "scikit-learn", "numpy", "numba")
    print(f"{machine()}, {packages}, seeds {seeds}")
    if options.tasks:
        print("\n" + report_of_tasks(options.tasks, seeds), flush=True)
    for part in options.parts:
        header, rows = REPORTS[part](seeds)
        print("\n" + table(header, rows), flush=True)


if __name__ == "__main__":
    main()
