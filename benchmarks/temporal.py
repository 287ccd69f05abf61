"""Tasks with time, and the accuracy of spiking networks and baselines.

A task has three parts. A recipe returns candidates. The best candidate on the validation part is
fitted again on the training and validation parts, and the test part is used once. A seed draws the
data (for series from aeon: the validation part) and initialises the models. "Mean ± sd" is over
seeds. Syllables and speakers are tested on sources that are in no other part. Speakers also differ
in the channels that they use.

    python benchmarks/temporal.py --tasks order am \
        --recipes "logistic, windows" SNNClassifier > temporal.md

aeon provides seven of the tasks, MiniRocket and 1-NN DTW (dynamic time warping without a window).
Without aeon these are omitted and a message states this. Results are stored in a file, so that an
interrupted run continues, and runs with the same recipes share them.
"""

import argparse
import importlib
import importlib.util
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _report import machine, progress, table, versions
from more_datasets import make_am, make_randman, make_yin_yang
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV
from sklearn.model_selection import GroupShuffleSplit, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import SNNClassifier, SpikeCounter, SpikeEncoder, SpikingRocket, datasets
from skspike.coding import Augment, Direct
from skspike.neurons import LIF, SEAdLIF

SIZES = 1000, 500, 1000  # of the parts of generated tasks
WINDOWS = 1, 2, 5, 10, 20, 50


class Task(NamedTuple):
    """Three parts of (X, y): rasters, or series of numbers."""

    train: tuple
    validation: tuple
    test: tuple


def drawn(make, **parameters):
    """Return a function of the seed that generates a task."""

    def task(seed):
        X, y = make(sum(SIZES), random_state=seed, **parameters)
        ends = np.cumsum(SIZES)
        return Task(
            *(
                (X[end - size : end], y[end - size : end])
                for size, end in zip(SIZES, ends, strict=True)))

    return task


def by_source(make, n_sources, **parameters):
    """Return a function of the seed that generates a task whose parts have different sources.

    Half of the sources are for training, a fifth for validation and the rest for testing.
    """

    def task(seed):
        X, y, sources = make(
            sum(SIZES), n_sources=n_sources, return_sources=True, random_state=seed, **parameters)

        def split(rows, size):
            groups = GroupShuffleSplit(1, test_size=size, random_state=seed)
            first, second = next(groups.split(rows, groups=sources[rows]))
            return rows[first], rows[second]

        rest, test = split(np.arange(len(X)), 3 * n_sources // 10)
        train, validation = split(rest, n_sources // 5)
        return Task(*((X[rows], y[rows]) for rows in (train, validation, test)))

    return task


def series(name, unequal=False):
    """Return a function of the seed that loads a data set of aeon as a task.

    With `unequal`, series keep their lengths. Otherwise they are made equally long.
    """

    def task(seed):
        load = getattr(importlib.import_module("aeon.datasets"), f"load_{name}")
        (X, y), (X_test, y_test) = (load(split=split) for split in ("train", "test"))
        if not unequal:
            length = max(np.shape(x)[1] for x in X)
            X, X_test = even(X, length), even(X_test, length)
        train, validation, y_train, y_validation = train_test_split(
            X, y, test_size=0.3, stratify=y, random_state=seed)
        return Task((train, y_train), (validation, y_validation), (X_test, y_test))

    return task


def even(X, length):
    """Return series as one array. Longer ones are cut, shorter ones repeat their last value."""
    return (
        np.stack(
            [
                np.pad(x, ((0, 0), (0, max(length - x.shape[1], 0))), mode="edge")[:, :length]
                for x in X]).astype(float))


TASKS = {
    "randman": drawn(make_randman),
    "randman, 1-D": drawn(make_randman, manifold_dim=1, smoothness=0.8),
    "randman, rough": drawn(make_randman, smoothness=1.0),
    "yin-yang": drawn(make_yin_yang),
    "syllables": by_source(datasets.make_syllables, 10),
    "speakers": by_source(
        datasets.make_syllables, 20, n_channels=40, n_vowels=3, variety=0.1, shift=0.1),
    "order": drawn(datasets.make_order),
    "telegraph": drawn(datasets.make_telegraph),
    "am": drawn(make_am),
}
OF_AEON = (
    "gunpoint", "italy_power_demand", "arrow_head", "basic_motions", "osuleaf", "japanese_vowels")
UNEQUAL = ("pickup_gesture_wiimoteZ",)
if importlib.util.find_spec("aeon"):
    TASKS |= {name: series(name) for name in OF_AEON}
    TASKS |= {name: series(name, unequal=True) for name in UNEQUAL}


def is_raster(X):
    """Return whether the samples of a task are spikes."""
    return X[0].dtype == np.uint8


def joined(X, others):
    """Return the samples of two parts, arrays or lists, together."""
    return [*X, *others] if isinstance(X, list) else np.concatenate([X, others])


def encoder(coding="integrate_and_fire"):
    """Return an encoder of series."""
    return SpikeEncoder(coding, random_state=0)


def on_counts(decide, windows):
    """Return a recipe: a classifier of standardised counts for each number of windows."""

    def candidates(X, seed):
        before, length = [] if is_raster(X) else [encoder()], min(x.shape[1] for x in X)
        fitting = [n for n in windows if n <= length]
        return [
            make_pipeline(*before, SpikeCounter(n), StandardScaler(), decide(seed))
            for n in fitting]

    return candidates


def networks(*settings, coding="integrate_and_fire"):
    """Return a recipe: a network with each of the settings. A coding encodes series."""

    def candidates(X, seed):
        before = None if is_raster(X) else encoder(coding)
        return [
            SNNClassifier(128, encoder=before, random_state=seed).set_params(**own)
            for own in settings]

    return candidates


def ridge(seed):
    """Return a ridge classifier."""
    return RidgeClassifierCV(np.logspace(-2, 6, 9))


def rocket(**parameters):
    """Return a recipe: a ridge classifier of the counts of random neurons with delays."""

    def candidates(X, seed):
        return [make_pipeline(SpikingRocket(random_state=seed, **parameters), ridge(seed))]

    return candidates


def mini_rocket(X, seed):
    """Return MiniRocket with the classifier of its authors. It refuses unequal lengths."""
    if isinstance(X, list):
        return []
    transformer = importlib.import_module(
        "aeon.transformations.collection.convolution_based").MiniRocket(random_state=seed)
    return (
        [
            make_pipeline(
                transformer, StandardScaler(with_mean=False),
                RidgeClassifierCV(np.logspace(-3, 3, 10)))])


def nearest_warped(X, seed):
    """Return a nearest-neighbour classifier with dynamic time warping."""
    return [
        importlib.import_module(
            "aeon.classification.distance_based").KNeighborsTimeSeriesClassifier(
            n_neighbors=1, distance="dtw")]


PLAIN, REG = {}, {"alpha": 30.0, "rule__dropout": 0.2}
STRONG = {**REG, "alpha": 100.0}
CURRENTS = Direct(differences=True)
ALONE, DELAYED = {"delays": None}, {"delays": (0, 5, 10, 20, 40)}  # by default, the data choose
SHIFTED = Augment(channel_shift=0.05, channel_stretch=0.05, time_shift=0.05, time_stretch=0.05)
AUGMENTED = {"rule__augment": SHIFTED, "max_iter": 60}
FORGETFUL = LIF(tau_mem=1e-3, tau_mem_bounds="fixed")  # with delays, like a kernel of ROCKET

ADAPTIVE = {
    "meta": "meta", "adaptive": "adaptive_lif",
    "SE-adLIF": SEAdLIF(tau_mem=(5.0, 40.0), tau_w=(60.0, 300.0), a=(0.3, 30.0), b=(0.0, 1.0))}
WITH_WINDOWS = {
    "windows, regularised": {"readout": "windows", **REG, **ALONE},
    "windows, regularised, delays": {"readout": "windows", **REG, **DELAYED},
    "windows, regularised, delays, recurrent": {
        "readout": "windows", **REG, **DELAYED, "recurrent": True}}
# All settings that help on syllables of new speakers, and the changes to compare with
ALL_PARTS = {"readout": "windows", **REG, **DELAYED, "recurrent": True, **AUGMENTED}
ABLATION = {
    "all parts": {}, "no augmentation": {"rule__augment": None},
    "no recurrence": {"recurrent": False},
    "no delays": {"delays": (0,)}, "neither recurrence nor augmentation": {
        "recurrent": False, "rule__augment": None},
    "no biases": {"rule__bias": False},
    "no weight decay, no dropout": {"alpha": 0.0, "rule__dropout": 0.0},
    "with SE-adLIF": {"neuron": ADAPTIVE["SE-adLIF"]},
    "with 256 neurons": {"hidden_layer_sizes": (256,)}}

# A recipe returns candidates for training data X and a seed.
RECIPES = {
    "logistic, counts": on_counts(lambda seed: LogisticRegression(C=0.01, max_iter=1000), (1,)),
    "logistic, windows": on_counts(lambda seed: LogisticRegression(C=0.01, max_iter=1000), WINDOWS),
    "MLP, 10 windows": on_counts(
        lambda seed: MLPClassifier((128,), alpha=1.0, max_iter=200, random_state=seed), (10,)),
    "MLP, windows": on_counts(
        lambda seed: MLPClassifier((128,), alpha=1.0, max_iter=200, random_state=seed), WINDOWS),
    "SNNClassifier": networks(PLAIN),
    "no bias": networks({"rule__bias": False}),
    "regularised, no bias": networks({**REG, "rule__bias": False}),
    "direct": networks(PLAIN, coding="direct"),
    "counts": networks({"readout": "count", **ALONE}),
    "counts, recurrent": networks({"readout": "count", **ALONE, "recurrent": True}),
    "windows": networks({"readout": "windows", **ALONE}),
    **{name: networks(settings) for name, settings in WITH_WINDOWS.items()},
    **{
        f"{name}, {word}": networks({**settings, "neuron": neuron})
        for name, settings in WITH_WINDOWS.items() for word, neuron in ADAPTIVE.items()},
    "windows, regularised, recurrent": networks(
        {"readout": "windows", **REG, **ALONE, "recurrent": True}),
    **{name: networks({**ALL_PARTS, **without}) for name, without in ABLATION.items()},
    "regularised": networks(REG),
    "regularised, delays": networks({**REG, **DELAYED}),
    "currents, regularised, delays": networks({**REG, **DELAYED}, coding=CURRENTS),
    "ridge, 10 windows": on_counts(ridge, (10,)),
    "SpikingRocket": rocket(),
    "SpikingRocket, no memory": rocket(neuron=FORGETFUL),
    "chosen, spikes": networks(
        PLAIN, REG, {**REG, **DELAYED}, {**REG, **DELAYED, "neuron": "meta"}),
    "chosen": networks(
        {**REG, **DELAYED, "neuron": "meta"}, {**STRONG, **DELAYED}, {**REG, **DELAYED},
        coding=CURRENTS)}
if importlib.util.find_spec("aeon"):
    RECIPES |= {"MiniRocket": mini_rocket, "1-NN DTW": nearest_warped}
WITHOUT_SEED = "1-NN DTW"  # whose results no seed changes


def score(recipe, task, seed):
    """Return the accuracy on the test part of the candidate that is best on the validation part.

    It is nan if the recipe has no candidate for this kind of data.
    """
    candidates = recipe(task.train[0], seed)
    if not candidates:
        return np.nan
    if len(candidates) > 1:
        # the sort is stable, so the last of equal candidates is taken
        candidates.sort(key=lambda model: clone(model).fit(*task.train).score(*task.validation))
    both = (joined(*parts) for parts in zip(task.train, task.validation, strict=True))
    return candidates[-1].fit(*both).score(*task.test)


def run(options):
    """Return the scores in % by task, recipe and seed, and keep them in the file."""
    path = options.results
    done = json.loads(path.read_text(encoding="utf-8")) if path and path.exists() else {}
    for name in options.tasks:
        for recipe in options.recipes:
            found = done.setdefault(name, {}).setdefault(recipe, {})
            for seed in options.seeds[:1] if recipe == WITHOUT_SEED else options.seeds:
                if str(seed) not in found:
                    found[str(seed)] = 100 * score(RECIPES[recipe], TASKS[name](seed), seed)
                    progress(f"{name}, {recipe}, seed {seed}: {found[str(seed)]:.1f}")
                    if path:
                        path.write_text(json.dumps(done), encoding="utf-8")
    return done


def spread(scores, sign=""):
    """Return mean ± standard deviation, the value if there is one, or nothing if it is nan."""
    if np.isnan(scores).any():
        return ""
    mean = f"{np.mean(scores):{sign}.1f}"
    return f"{mean} ± {np.std(scores, ddof=1):.1f}" if len(scores) > 1 else mean


def main():
    """Run recipes on tasks and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--tasks", nargs="+", default=list(TASKS), choices=list(TASKS), metavar="TASK",
        help=", ".join(TASKS))
    parser.add_argument(
        "--recipes", nargs="+", default=list(RECIPES), choices=list(RECIPES), metavar="RECIPE",
        help=", ".join(RECIPES))
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4], help="two at least")
    parser.add_argument(
        "--paired", action="store_true", help="also compare with the first recipe, seed by seed")
    parser.add_argument("--results", type=Path, help="JSON file that keeps the results")
    options = parser.parse_args()
    done, rows, paired = run(options), [], []
    for name in options.tasks:
        first, *others = scores = [
            [found[str(seed)] for seed in options.seeds if str(seed) in found]
            for found in (done[name][recipe] for recipe in options.recipes)]
        rows.append([name, *map(spread, scores)])
        paired.append([name, *(spread(np.subtract(other, first), "+") for other in others)])
    print(f"{machine()}, {versions('skspike', 'scikit-learn', 'numpy', 'numba', 'aeon')}.")
    print(f"Seeds {options.seeds}. Accuracy on the test part in %, mean ± sd over seeds.\n")
    print(table(["task", *options.recipes], rows))
    if options.paired:
        print(f"\nThe same, minus {options.recipes[0]}. The sd is of the difference.\n")
        print(table(["task", *options.recipes[1:]], paired))


if __name__ == "__main__":
    main()
