"""Accuracy on the Spiking Heidelberg Digits, or the Spiking Speech Commands, with other results.

    python benchmarks/shd.py > shd.md
    python benchmarks/shd.py --dataset ssc --data folder/with/files > ssc.md

The data are HDF5 files such as `shd_train.h5`. Files that are not in the folder are downloaded by
tonic, if it is installed. Reading them needs h5py.

The spikes of 700 channels are counted in wider channels and in time steps. The split into training
and test part is the official one. If there are several recipes, each seed chooses one by its
accuracy on a validation part, and fits it again on the training and validation parts. Two of the
training speakers of SHD are its validation part. SSC has an official validation part. The test part
is used once for each seed. A seed draws the validation speakers, the initial weights and the order
of samples.
"""

import argparse
import importlib
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _report import machine, progress, table, versions
from sklearn.model_selection import GroupShuffleSplit

from skspike import SNNClassifier
from skspike.coding import Augment
from skspike.io import from_tonic
from skspike.learning import SurrogateGradient
from skspike.neurons import LIF, SEAdLIF

N_CHANNELS = 700  # of the files
EVENT = np.dtype([("t", "f8"), ("x", "i4"), ("p", "i1")])
PARTS = {"shd": ("train", "test"), "ssc": ("train", "valid", "test")}
MISSING = (
    "{name} is not in {folder}. Download it from https://zenkelab.org/datasets and unpack it, or "
    "install tonic, which does so.")

# Accuracy on the test part in %, as published.
PUBLISHED = {
    "shd": [
        ("recurrent LIF, augmented", 83.2, "Cramer et al., IEEE TNNLS 33, 2022"),
        ("convolutional network, not spiking", 92.4, "Cramer et al., IEEE TNNLS 33, 2022"),
        ("recurrent, adaptive thresholds", 90.4, "Yin et al., Nat. Mach. Intell. 3, 2021"),
        ("recurrent adLIF, batch norm", 94.6, "Bittar and Garner, Front. Neurosci. 16, 2022"),
        ("LIF, learned delays, batch norm", 95.1, "Hammouamri et al., ICLR, 2024")],
    "ssc": [
        ("LIF, learned delays, batch norm", 80.7, "Hammouamri et al., ICLR, 2024")]}


class Part(NamedTuple):
    """Samples of a file."""

    X: np.ndarray
    y: np.ndarray
    speakers: np.ndarray

    def rows(self, chosen):
        """Return some of the samples."""
        return Part(*(values[chosen] for values in self))


def joined(*parts):
    """Return the samples of several parts together."""
    return Part(*map(np.concatenate, zip(*parts, strict=True)))


def path_of(dataset, part, folder):
    """Return the path of a file. tonic downloads it if it is missing."""
    name = f"{dataset}_{part}.h5"
    for path in (folder / name, folder / dataset.upper() / name):
        if path.exists():
            return path
    try:
        tonic = importlib.import_module("tonic.datasets")
    except ImportError:
        raise SystemExit(MISSING.format(name=name, folder=folder.resolve())) from None
    which = {"train": part == "train"} if dataset == "shd" else {"split": part}
    downloaded = getattr(tonic, dataset.upper())(save_to=str(folder), **which)
    return Path(downloaded.location_on_system) / downloaded.data_filename


def read(path, *, channels, step, duration):
    """Return the samples of a file as spike counts (n_samples, channels, n_steps).

    `step` and `duration` are in ms.
    """
    try:
        h5py = importlib.import_module("h5py")
    except ImportError:
        raise SystemExit(f"Reading {path} needs h5py. Install it by pip install h5py.") from None
    with h5py.File(path, "r") as file:
        labels = file["labels"][()].astype(int)
        speakers = file["extra/speaker"][()].astype(int)
        spikes = zip(file["spikes/times"][()], file["spikes/units"][()], strict=True)
        samples = [events(times, units, channels) for times, units in spikes]
    X = from_tonic(
        samples, sensor_size=(channels, 1, 1), bin_width=step, t_stop=duration, unit="s",
        length="pad", counts=True)
    return Part(X, labels, speakers)


def events(times, units, channels):
    """Return spikes as events of tonic, with the 700 channels joined to fewer."""
    found = np.zeros(len(times), EVENT)
    found["t"], found["x"] = times, units.astype(int) * channels // N_CHANNELS
    return found


def network(options, **own):
    """Return a function of the seed that makes a network."""
    return lambda seed: SNNClassifier(
        options.neurons, recurrent=True, delays=(0, 20, 40, 80, 160), readout="windows",
        neuron=LIF(), dt=options.step, alpha=30.0, rule=SurrogateGradient(dropout=0.2),
        max_iter=options.epochs, n_jobs=options.jobs, random_state=seed).set_params(**own)


# A recipe is settings of a network. The changes were chosen on the task "speakers" of temporal.py.
SHIFTED = Augment(channel_shift=0.05, channel_stretch=0.05, time_shift=0.05, time_stretch=0.05)
SPREAD = SEAdLIF(tau_mem=(5.0, 40.0), tau_w=(60.0, 300.0), a=(0.3, 30.0), b=(0.0, 1.0))
RECIPES = {
    "LIF": {}, "LIF, augmented": {"rule__augment": SHIFTED},
    "SE-adLIF, augmented": {"rule__augment": SHIFTED, "neuron": SPREAD}}


def split(parts, seed):
    """Return the training and the validation part."""
    if "valid" in parts:
        return parts["train"], parts["valid"]
    train = parts["train"]
    speakers = GroupShuffleSplit(1, test_size=2, random_state=seed)
    first, second = next(speakers.split(train.X, groups=train.speakers))
    return train.rows(first), train.rows(second)


def chosen(recipes, parts, seed):
    """Return the name of the best recipe on the validation part, and its accuracy there."""
    train, validation = split(parts, seed)
    scores = {}
    for name, make in recipes.items():
        model = make(seed).fit(train.X, train.y)
        scores[name] = 100 * model.score(validation.X, validation.y)
        progress(f"seed {seed}, {name}: {scores[name]:.1f} on the validation part")
    best = max(scores, key=scores.get)
    return best, scores[best]


def result(recipes, parts, seed):
    """Return the row of a seed: recipe, accuracy in validation and test, seconds of the fit."""
    name, validated = chosen(recipes, parts, seed)
    both = joined(*(parts[part] for part in ("train", "valid") if part in parts))
    start = time.perf_counter()
    model = recipes[name](seed).fit(both.X, both.y)
    seconds = time.perf_counter() - start
    accuracy = 100 * model.score(parts["test"].X, parts["test"].y)
    progress(f"seed {seed}, {name}: {accuracy:.1f} on the test part, fit in {seconds:.0f} s")
    return name, validated, accuracy, seconds


def parser():
    """Return the parser of the command line."""
    found = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    found.add_argument("--dataset", choices=list(PARTS), default="shd")
    found.add_argument("--data", type=Path, default=Path("data"), help="folder of the HDF5 files")
    found.add_argument(
        "--recipes", nargs="+", default=list(RECIPES)[1:], choices=list(RECIPES), metavar="RECIPE",
        help=", ".join(RECIPES))
    found.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    found.add_argument("--channels", type=int, default=140, help="number of channels, up to 700")
    found.add_argument("--step", type=float, default=10.0, help="length of a time step in ms")
    found.add_argument("--duration", type=float, default=1200.0, help="length of a sample in ms")
    found.add_argument("--neurons", type=int, default=256)
    found.add_argument("--epochs", type=int, default=60)
    found.add_argument("--jobs", type=int, default=-1, help="number of threads, -1 for all")
    return found


def main(arguments=None):
    """Run recipes on a data set and print Markdown tables."""
    options = parser().parse_args(arguments)
    parts = {
        part: read(
            path_of(options.dataset, part, options.data), channels=options.channels,
            step=options.step, duration=options.duration)
        for part in PARTS[options.dataset]}
    recipes = {name: network(options, **RECIPES[name]) for name in options.recipes}
    rows = [(seed, *result(recipes, parts, seed)) for seed in options.seeds]
    scores = [row[3] for row in rows]
    spread = f" ± {np.std(scores, ddof=1):.1f}" if len(scores) > 1 else ""
    print(f"{machine()}, {versions('skspike', 'scikit-learn', 'numpy', 'numba')}.")
    print(
        f"{options.dataset.upper()}: {options.channels} channels, steps of {options.step:g} ms, "
        f"{options.neurons} neurons, {options.epochs} epochs.\n")
    print(
        table(
            ["seed", "recipe", "validation, %", "test, %", "fit, s"],
            [(a, b, f"{c:.1f}", f"{d:.1f}", f"{e:.0f}") for a, b, c, d, e in rows]))
    ours = ("skspike", f"{np.mean(scores):.1f}{spread}", "this run")
    print("\n" + table(["model", "test, %", "source"], [ours, *PUBLISHED[options.dataset]]))


if __name__ == "__main__":
    main()
