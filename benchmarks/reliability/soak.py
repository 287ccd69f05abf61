"""Fit, predict, stream, save and load random configurations for half an hour.

Nothing may fail, and memory must not grow. A catalogue of estimators is drawn that contains each
registered part. Each round takes one of them and data of random sizes. Memory is measured after
each estimator has run three times, because loaded loops stay in memory. It is the resident set
after a garbage collection, as the median over a tenth of the time.
"""

import argparse
import datetime
import gc
import itertools
import os
import pickle
import statistics
import sys
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import clone

import skspike
from skspike.coding import CODINGS
from skspike.complexity import MEASURES
from skspike.learning import RULES, Rule
from skspike.neurons import NEURONS
from skspike.simulation import READOUTS

from .._report import progress, versions
from ._results import append

SIZES = (3, (4, 3), 9)


def parsed(arguments):
    """Return the command line options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


def data(rng, kind):
    """Return small input of a kind, and labels of two or three classes."""
    n, channels, steps = rng.integers(8, 30), rng.integers(1, 6), rng.integers(8, 60)
    X = rng.random((n, channels) if kind == "features" else (n, channels, steps))
    return (X < 0.3).astype(np.uint8) if kind == "raster" else X, np.arange(n) % rng.integers(2, 4)


def network(rng, neuron, rule, readout):
    """Return a network of some parts, and the kind of its input."""
    classes = RULES[rule].only_classes if rule else False
    cls = rng.choice(
        [skspike.SNNClassifier, skspike.SNNTransformer] + [skspike.SNNRegressor] * (not classes))
    recurrent = rule in (None, "surrogate") and bool(rng.integers(2))
    options = {"readout": readout} if rule in (None, "surrogate") else {}
    kind = rng.choice(["features", "raster"])
    seed = int(rng.integers(1000))
    options |= (
        {"encoder": skspike.SpikeEncoder(n_steps=20, random_state=seed)}
        if kind == "features" and rng.integers(2) else {})
    # tempotron has one layer
    size = 3 if rule == "tempotron" else SIZES[rng.integers(len(SIZES))]
    return kind, cls(
        size, neuron=neuron, rule=rule, recurrent=recurrent, n_steps=20, max_iter=2,
        random_state=seed, **options)


def catalogue(rng):
    """Return pairs of input kind and estimator.

    Each registered part is used at least once. Networks contain random parts too.
    """
    rules = [None, *RULES]
    parts = list(itertools.zip_longest(NEURONS, rules, READOUTS))
    parts += [
        (rng.choice(list(NEURONS)), rules[rng.integers(len(rules))], rng.choice(list(READOUTS)))
        for _ in range(4 * len(parts))]
    found = [
        network(rng, str(neuron or "lif"), rule, str(readout or "count"))
        for neuron, rule, readout in parts]
    for name, coding in CODINGS.items():
        found.append(
            (
                "series" if 2 in coding.refuses else "features",
                skspike.SpikeEncoder(name, n_steps=30, random_state=0)))
    found += [
        ("raster", cls(name)) for name in MEASURES
        for cls in (skspike.LZCClassifier, skspike.LZCTransformer)]
    return [
        *found, ("raster", skspike.SpikeCounter(3)),
        ("series", skspike.SpikingRocket(70, random_state=0)),
        ("features", skspike.SpikingPatches(8, random_state=0))]


def answers(model, X):
    """Return the predictions of a model for X, from each of its methods."""
    return [
        getattr(model, name)(X)
        for name in ("transform", "predict", "predict_proba") if hasattr(model, name)]


def live(model, kind, rng):
    """Fit, predict, partially fit, stream, save, load and fit a model again.

    Raise an error if a result changes.
    """
    X, y = data(rng, kind)
    model.fit(X, y)
    first = answers(model, X)
    again = answers(pickle.loads(pickle.dumps(model)), X)
    refitted = answers(clone(model).fit(X, y), X) if model.get_params().get(
        "random_state", 0) is not None else first
    if not all(
            np.array_equal(one, other) and np.isfinite(one).all()
            for one, *others in zip(first, again, refitted) for other in others):
        raise AssertionError("a loaded or refitted model gives other predictions")
    if hasattr(model, "partial_fit"):
        answers(model.partial_fit(X, y), X)
    # other rules cannot stream
    if kind == "raster" and hasattr(model, "stream") and type(model.rule_).run is Rule.run:
        spikes = model.stream().step(X[0])
        if hasattr(model, "transform") and not np.array_equal(spikes, model.transform(X[:1])[0]):
            raise AssertionError("a stream gives other predictions")


def resident():
    """Return the resident set in MB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main(arguments):
    """Run the rounds, print failures, and write a row of results."""
    options = parsed(arguments)
    rng, start, failures, memory = np.random.default_rng(options.seed), time.monotonic(), 0, []
    warnings.simplefilter("ignore")
    entries = catalogue(rng)
    for count in itertools.count(1):
        kind, model = entries[
            count % len(entries) if count <= 3 * len(entries) else rng.integers(len(entries))]
        try:
            live(clone(model), kind, rng)
        except Exception:
            failures += 1
            print(
                f"round {count} of seed {options.seed}: {model!r} on {kind}\n"
                f"{traceback.format_exc()}",
                flush=True)
        minutes = (time.monotonic() - start) / 60
        if count > 3 * len(entries) and count % 20 == 0:
            memory.append((minutes, resident()))
        if minutes > options.minutes:
            break
    begin = memory[0][0] if memory else sys.exit(
        "The time is too short: memory is measured after each estimator has run three times.")
    tenth = (minutes - begin) / 10
    first, last = (
        statistics.median(megabytes for at, megabytes in memory if low <= at <= low + tenth)
        for low in (begin, minutes - tenth))
    row = {
        "date": datetime.date.today().isoformat(),
        "minutes": round(minutes, 1),
        "rounds": count,
        "failures": failures,
        "MB at first": round(first),
        "MB at last": round(last),
        "versions": versions("skspike", "numpy", "numba", "scikit-learn")}  # fmt: skip
    progress(
        row, f"memory grew by {100 * (last / first - 1):+.1f} %; written to {append('soak', row)}")
    return int(bool(failures) or abs(last / first - 1) > 0.05)
