"""Fit, predict, stream, save and load random configurations for half an hour.

Nothing may fail, and memory must not grow. A catalogue of estimators is drawn that contains each
registered part. Each round takes one of them and data of random sizes. Memory is measured after
each estimator has run three times, because loaded loops stay in memory. It is the resident set
after a garbage collection, as the median over a tenth of the time.

Before that, a detector of events takes a day of signals step by step: 6 channels at 50 Hz.
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
from sklearn.naive_bayes import GaussianNB

import skspike
from skspike import EarlyClassifier, EventDetector, SpikeTrainClassifier, SpikingRocket
from skspike.coding import CODINGS
from skspike.complexity import MEASURES
from skspike.datasets import make_gestures
from skspike.learning import RULES, Rule
from skspike.neurons import NEURONS
from skspike.simulation import READOUTS
from skspike.trains import EXPERTS, DistanceTransformer

from .._report import progress, versions
from ._results import write

SIZES = (3, (4, 3), 9)
RATE, MINUTES = 50, 4  # steps per second, and length of a recording in the day of stream


def parsed(arguments):
    """Return the command line options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="time of the random rounds")
    parser.add_argument(
        "--hours", type=float, default=24.0, help="length of the signals of the detector")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


def data(rng, kind):
    """Return small input of a kind, and labels of two or three classes."""
    n, channels, steps = rng.integers(12, 30), rng.integers(1, 6), rng.integers(8, 60)
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
        kind, n_steps = ("series", None) if 2 in coding.refuses else ("features", 30)
        found.append((kind, skspike.SpikeEncoder(name, n_steps=n_steps, random_state=0)))
    found += [
        ("raster", cls(name)) for name in MEASURES
        for cls in (skspike.LZCClassifier, skspike.LZCTransformer)]
    # some experts need two channels
    found += [("raster", SpikeTrainClassifier(sorted({name, "rate"}))) for name in EXPERTS]
    rate, rocket = SpikeTrainClassifier("rate"), SpikingRocket(70, streaming=True, random_state=0)
    early = EarlyClassifier(rate, cv=2, random_state=0)
    return [
        *found, ("raster", skspike.SpikeCounter(3)), ("series", rocket), ("raster", early),
        ("series", SpikingRocket(70, random_state=0)), ("raster", DistanceTransformer()),
        ("features", skspike.SpikingPatches(8, random_state=0)),
        ("raster", skspike.LZCClassifier(relative=True)),
        ("series", EarlyClassifier(rocket, random_state=0)),
        ("raster", skspike.RejectingClassifier(early, unknown=-1, random_state=0)),
        ("raster", skspike.SlidingDecoder(GaussianNB(), window=5.0, cv=2))]


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
    if kind != "features" and streams(model):
        stream = model.stream()
        spikes = stream.step(X[0])
        if hasattr(stream, "predict"):
            one, other = stream.predict(), model.predict(X[:1])[0]
        elif hasattr(model, "running_features"):  # random neurons
            one, other = stream.features(), model.running_features(X[:1])[0, -1]
        else:
            one, other = spikes, model.transform(X[:1])[0]
        if not np.array_equal(one, other):
            raise AssertionError("a stream gives other predictions")


def streams(model):
    """Return whether a fitted model can stream: not all rules, random neurons and experts do."""
    if hasattr(model, "rule_"):
        return type(model.rule_).run is Rule.run
    return hasattr(model, "stream") and getattr(model, "streaming", True) and "neighbours" not in (
        getattr(model, "experts", ()))


def day(hours):
    """Return a row of results of a detector that takes some hours of signals step by step.

    Raise an error if a new recording is then not answered as in a batch.
    """
    n_steps = RATE * 60 * MINUTES
    X, events = make_gestures(30, n_steps=n_steps, dt=1000 / RATE, random_state=0)
    detector = EventDetector(dt=1000 / RATE, augment=None, max_false_alarms=None, random_state=0)
    detector.fit(X[:6], events[:6])
    stream, begin, n_found, memory = detector.stream(), time.monotonic(), 0, []
    for k in range(round(60 * hours / MINUTES)):
        n_found += sum(label is not None for label in stream.step(X[6 + k % 24]))
        memory.append(resident())
    seconds = time.monotonic() - begin
    stream.reset()
    found = [label for label in stream.step(X[6]) if label is not None]
    if found != detector.predict(X[6:7])[0]["label"].tolist():
        raise AssertionError("after a day, a stream gives other decisions than a batch")
    tenth = -(-len(memory) // 10)
    return {
        "hours": hours, "steps": len(memory) * n_steps, "events": n_found,
        "microseconds per step": round(1e6 * seconds / (len(memory) * n_steps), 1),
        "MB at first": round(statistics.median(memory[:tenth])),
        "MB at last": round(statistics.median(memory[-tenth:]))}


def store(name, row):
    """Write a table of one row, with the date and the versions."""
    about = versions("skspike", "numpy", "numba", "scikit-learn")
    write(name, [{"date": datetime.date.today().isoformat(), **row, "versions": about}])
    progress(name, row)


def resident():
    """Return the resident set in MB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main(arguments):
    """Run the rounds, print failures, and write a row of results."""
    options = parsed(arguments)
    warnings.simplefilter("ignore")
    streamed = day(options.hours)
    store("stream", streamed)
    rng, start, failures, memory = np.random.default_rng(options.seed), time.monotonic(), 0, []
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
        "minutes": round(minutes, 1),
        "rounds": count,
        "failures": failures,
        "MB at first": round(first),
        "MB at last": round(last)}  # fmt: skip
    store("soak", row)
    grown = [row["MB at last"] / row["MB at first"] for row in (row, streamed)]
    return int(bool(failures) or max(grown) > 1.05)
