"""Compare early classifiers on series: accuracy, time of decision, time of a fit and size.

Half of the samples of each bundled set of equal length are for training, stratified, and the seed
draws them. Families are generated series, and "order" and "syllables" are spike trains, 200 for
training and 400 for the test. "Development" are the sets on which the defaults of `EarlyClassifier`
were chosen. The other sets were not looked at before the table was made.

"neurons" are 1000 random neurons, the default of `EarlyClassifier`, with its default ``cost=0.1``
and others. A cost of 1 has the largest harmonic mean on the development sets. "At its time" is the
threshold whose mean time on left-out training samples is nearest to the mean time of "TEASER" on
the test samples. "Network" is ``EarlyClassifier(make_pipeline(SpikeEncoder(),
SNNClassifier(streaming=True)))``.

"TEASER" is aeon's early classifier with QUANT, at each twentieth of the series after eight steps.
Its default classifier takes minutes. It is measured with three seeds, on eight bundled sets and on
families alone, because it takes an hour in all, and so is a network. Neurons have five seeds. aeon
1.6.0 trains the second stage of TEASER on probabilities of whole series: ``_fit_estimator`` passes
``X`` to ``cross_val_predict`` (``_teaser.py``, line 411), and not ``X[:, :, :end]``. "TEASER,
corrected" passes the beginnings.

"time" is the mean time of decisions in percent of the series, "HM" the harmonic mean of accuracy
and 100 - time. "Loss" is the accuracy of decisions at the end minus that of early ones. "fit" is
the processor time in seconds, of one core. "MB" is the size of the pickled model. Results are kept
in a file, so that an interrupted run continues.

    python benchmarks/early.py --results early.json > early.md
    python benchmarks/early.py --results early.json --models neurons --seeds 0 1
"""

import argparse
import importlib
import json
import pickle
import time
import warnings
from pathlib import Path

import defaults
import numpy as np
import series
from _report import machine, progress, table, versions
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline

from skspike import EarlyClassifier, SNNClassifier, SpikeEncoder, datasets

N_CHECKS, SHORTEST = 20, 9  # of TEASER with QUANT
BUNDLED = (
    "BasicMotions", "GunPoint", "ItalyPowerDemand", "ArrowHead", "UnitTest", "Coffee", "Trace",
    "cylinder_bell_funnel")
FAMILIES = (
    "accelerometer", "frequencies", "events", "levels", "phases", "numbers", "waves", "leaders")
COSTS = 1.0, 0.4, 0.2, 0.1, 0.05
DEVELOPMENT = (
    "BasicMotions", "GunPoint", "ItalyPowerDemand", "ArrowHead", "accelerometer", "frequencies",
    "events", "levels", "syllables", "OSULeaf")
TEST = (
    "UnitTest", "Coffee", "Trace", "cylinder_bell_funnel", "phases", "numbers", "waves", "leaders",
    "order", "Covid3Month", "ACSF1", "PigCVP")


def load(name, seed):
    """Return training and test samples and labels."""
    if name in series.SETS:
        X, y, X_test, y_test = series.load(name)
        X, y = np.concatenate([X, X_test]), np.concatenate([y, y_test])
        split = StratifiedShuffleSplit(1, test_size=0.5, random_state=seed)
        train, test = next(split.split(X, y))
        return X[train], y[train], X[test], y[test]
    if name in ("order", "syllables"):
        X, y = getattr(datasets, f"make_{name}")(600, random_state=seed)
        X = X.astype(float)
    else:
        X, y = getattr(defaults, name)(np.random.default_rng(seed), 600)
    y = y.astype(str)
    return X[:200], y[:200], X[200:], y[200:]


def teaser(corrected):
    """Return a function that returns aeon's TEASER with QUANT for series of a length."""
    base = importlib.import_module("aeon.classification.early_classification").TEASER
    quant = importlib.import_module("aeon.classification.interval_based").QUANTClassifier

    class Corrected(base):
        """TEASER whose second stage learns from series that end at each time."""

        def _fit_estimator(self, X, y, i, rng):
            return super()._fit_estimator(X[:, :, : self._classification_points[i]], y, i, rng)

    def make(length, seed):
        ends = (round(length * part / N_CHECKS) for part in range(1, N_CHECKS + 1))
        return (Corrected if corrected else base)(
            quant(random_state=seed), random_state=seed,
            classification_points=[end for end in ends if end >= SHORTEST])

    return make


def network(seed):
    """Return a network with an encoder."""
    return make_pipeline(SpikeEncoder(), SNNClassifier(streaming=True, random_state=seed))


# functions of the length and the seed
MODELS = {
    "TEASER": lambda length, seed: teaser(False)(length, seed),
    "TEASER, corrected": lambda length, seed: teaser(True)(length, seed),
    **{
        f"neurons, cost {cost}": lambda length, seed, cost=cost: EarlyClassifier(
            cost=cost, random_state=seed) for cost in COSTS},
    "network": lambda length, seed: EarlyClassifier(network(seed)),
}
DEFAULT, AT_ITS_TIME = "neurons, cost 0.1", "neurons, at its time"


def spent(call, *arguments):
    """Return the result of a call and its processor time in seconds."""
    start = time.process_time()
    return call(*arguments), time.process_time() - start


def measure(model, name, seed, time_of_teaser):
    """Return the results of a model by name: accuracy, time, fit, predict, bytes, and of whole.

    They are accuracy and mean time of decisions, seconds of fit and predictions, the size in bytes,
    and the accuracy of whole samples if it is known.
    """
    X, y, X_test, y_test = load(name, seed)
    classifier = MODELS[model](X.shape[2], seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, fit = spent(classifier.fit, X, y)
        labels, predict = spent(classifier.predict, X_test)
    if model.startswith("TEASER"):
        labels, _ = labels
        n_bytes = sum(len(pickle.dumps(part)) for part in classifier.estimators_)
        time_of = classifier.get_state_info()[:, 3].mean() / X.shape[2]
        return {model: [float((labels == y_test).mean()), float(time_of), fit, predict, n_bytes]}
    found = {model: [*decided(classifier, X_test, y_test), fit, predict, len(
        pickle.dumps(classifier))]}
    if model == DEFAULT and time_of_teaser is not None:
        times = classifier.mean_times_ / classifier.times_[-1]
        classifier.threshold_ = classifier.thresholds_[abs(times - time_of_teaser).argmin()]
        found[AT_ITS_TIME] = [*decided(classifier, X_test, y_test), *found[model][2:]]
    classifier.threshold_ = np.inf
    found[model].append(decided(classifier, X_test, y_test)[0])
    return found


def decided(classifier, X, y):
    """Return accuracy and mean time of the decisions of an `EarlyClassifier`."""
    times = classifier.decision_times(X) / classifier.times_[-1]
    return classifier.score(X, y), float(times.mean())


def n_seeds(model, name):
    """Return the number of seeds with which a model is measured on a set."""
    if model.startswith("neurons"):
        return 5
    return 3 if name in BUNDLED or (name in FAMILIES and model != "TEASER, corrected") else 0


def run(options):
    """Return all measurements by set, model and seed, and keep them in the file."""
    path = options.results
    done = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for seed in map(str, options.seeds):
        for name in options.sets:
            of_set = done.setdefault(name, {})
            for model in options.models:
                if seed in of_set.get(model, {}) or int(seed) >= n_seeds(model, name):
                    continue
                peer = of_set.get("TEASER", {}).get(seed)
                for found, values in measure(
                        model, name, int(seed), peer and peer[1]).items():
                    of_set.setdefault(found, {})[seed] = values
                    progress(name, found, seed, *values)
                path.write_text(json.dumps(done), encoding="utf-8")
    return done


def harmonic(values):
    """Return the harmonic mean of accuracy and earliness."""
    accuracy, time_of = values[:2]
    return 2 * accuracy * (1 - time_of) / max(accuracy + 1 - time_of, 1e-9)


def matched(done, name, models):
    """Return the results of some models on the seeds that all of them have, or None."""
    seeds = [
        seed for seed in map(str, range(5))
        if all(seed in done[name].get(model, {}) for model in models)]
    return {model: [done[name][model][seed] for seed in seeds] for model in models} if (
        seeds) else None


def cell(values):
    """Return accuracy and time as text."""
    accuracy, time_of = 100 * np.mean([row[:2] for row in values], axis=0)
    return f"{accuracy:.1f} @ {time_of:.0f}"


def report(done):
    """Print a table of all sets, and tables of means over the sets that models share."""
    models = [*MODELS]
    models.insert(models.index(DEFAULT), AT_ITS_TIME)
    present = [model for model in models if any(model in of_set for of_set in done.values())]
    shown = [model for model in present if "cost" not in model or model in (
        DEFAULT, "neurons, cost 1.0")]
    rows = [
        ["development" if name in DEVELOPMENT else "test", name, *(
            cell(list(of_set[model].values())) if model in of_set else "" for model in shown)]
        for name, of_set in done.items()]
    print(table(["half", "set", *shown], rows))
    print()
    own = [model for model in present if model.startswith("neurons")]
    print(means(done, ["TEASER", *own]))
    print()
    print(means(done, ["TEASER", "TEASER, corrected", DEFAULT]))
    print()
    print(means(done, ["network", DEFAULT]))
    print()
    unseen = {name: done[name] for name in TEST if name in done}
    print(means(unseen, [model for model in own if model != AT_ITS_TIME]))


def means(done, models):
    """Return a table of means over the sets on which some models were measured."""
    found = {name: one for name in done if (one := matched(done, name, models))}
    rows = []
    for model in models if found else ():
        every = [one[model] for one in found.values()]
        accuracy, time_of, hm = (
            100 * np.mean([np.mean([take(row) for row in rows_of]) for rows_of in every])
            for take in (lambda row: row[0], lambda row: row[1], harmonic))
        fit, n_bytes = (np.median([row[k] for rows_of in every for row in rows_of]) for k in (2, 4))
        rows.append([
            model, len(every), f"{accuracy:.1f}", f"{time_of:.1f}", f"{hm:.1f}", f"{fit:.2g}",
            f"{n_bytes / 1e6:.2f}", loss(found, model)])
    return table(["model", "sets", "accuracy", "time", "HM", "fit, s", "MB", "loss"], rows)


def loss(found, model):
    """Return the mean loss of accuracy against whole samples as text, if it is known."""
    losses = [
        row[5] - row[0] for one in found.values() for row in one[model] if len(row) > 5]
    return f"{100 * np.mean(losses):.1f}" if losses else ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("early.json"))
    parser.add_argument("--sets", nargs="+", default=[*DEVELOPMENT, *TEST])
    parser.add_argument("--models", nargs="+", default=[*MODELS], choices=MODELS)
    parser.add_argument("--seeds", nargs="+", type=int, default=range(5))
    arguments = parser.parse_args()
    measured = run(arguments)
    print(f"{machine()}, {versions('skspike', 'scikit-learn', 'numpy', 'numba', 'aeon')}\n")
    report(measured)
