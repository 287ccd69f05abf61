"""Compare exported C with Python: accuracy with integer weights, spikes, time and memory.

Networks have default settings. "rasters" is a network of 64 neurons that counts spikes, on digits
of scikit-learn that were encoded before, and "digits" a pipeline of encoder and network.
"complexity" are the same digits with an untrained network and `LZCClassifier`. "order" and
"syllables" are rasters of `skspike.datasets`, syllables of new speakers. "GunPoint" and
"BasicMotions" are series of the UCR archive from aeon, left out if aeon is not installed. "random
neurons" are `SpikingRocket`, with the default number of neurons or 512, and a ridge classifier.
Test data are used for scores only.

The C code is compiled for this machine by cc, and for a Cortex-M4 by ziglang for size. The time of
a step is the shortest of several runs over the test samples, and includes the decision.

    python benchmarks/export.py > export.md
    python benchmarks/export.py --tasks digits --seeds 0
"""

import argparse
import time
import warnings

import numpy as np
from _report import bullets, machine, progress, table, versions
from series import load
from sklearn.datasets import load_digits
from sklearn.linear_model import Ridge, RidgeClassifierCV
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from temporal import TASKS as TEMPORAL

from skspike import LZCClassifier, SNNClassifier, SNNTransformer, SpikeEncoder, SpikingRocket
from skspike._networks import checked, run
from skspike.export import CompiledModel
from skspike.inspection import c_size

WEIGHTS = ("float32", "int16", "int8")
N_STEPS = 50


def digits(seed):
    """Return training and test digits as float32."""
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(
        X.astype(np.float32), y, test_size=1000, random_state=seed, stratify=y)
    return X, y, X_test, y_test


def encoded_digits(seed):
    """Return training and test digits as rasters of two channels per pixel."""
    X, y, X_test, y_test = digits(seed)
    encoder = SpikeEncoder(n_steps=N_STEPS).fit(X)
    return encoder.transform(X), y, encoder.transform(X_test), y_test


def temporal(name):
    """Return a function of the seed that generates rasters."""
    def task(seed):
        train, _, test = TEMPORAL[name](seed)
        return *train, *test

    return task


def series(name):
    """Return a function of the seed that loads series as float32, or returns None without aeon."""
    def task(seed):
        found = load(name)
        return found and (
            found[0].astype(np.float32), found[1], found[2].astype(np.float32), found[3])

    return task


def network(seed):
    """Return the default classifier of rasters."""
    return SNNClassifier(random_state=seed)


def encoded(seed, n_steps=None):
    """Return a pipeline of an encoder and the default classifier."""
    return make_pipeline(SpikeEncoder(n_steps=n_steps), SNNClassifier(random_state=seed))


def complexity(seed):
    """Return a pipeline of an encoder, an untrained network and complexity."""
    return make_pipeline(
        SpikeEncoder(n_steps=N_STEPS), SNNTransformer(64, rule=None, random_state=seed),
        LZCClassifier(with_counts=True, relative=False))


def random_neurons(n):
    """Return a function of the seed that returns a pipeline of n random neurons."""
    def build(seed):
        return make_pipeline(
            SpikingRocket(n, random_state=seed), RidgeClassifierCV(np.logspace(-2, 6, 9)))

    return build


TASKS = {
    "rasters": (encoded_digits, lambda seed: SNNClassifier(readout="count", random_state=seed)),
    "digits": (digits, lambda seed: encoded(seed, N_STEPS)),
    "complexity": (digits, complexity),
    "order": (temporal("order"), network),
    "syllables": (temporal("syllables"), network),
    "GunPoint": (series("GunPoint"), encoded),
    "GunPoint, random neurons": (series("GunPoint"), random_neurons(3000)),
    "GunPoint, 512 random neurons": (series("GunPoint"), random_neurons(512)),
    "BasicMotions, 512 random neurons": (series("BasicMotions"), random_neurons(512))}


def spikes_of(model, X):
    """Return the spikes of the network of a model in Python."""
    steps = [step for _, step in getattr(model, "steps", [(None, model)])]
    for step in steps:
        if hasattr(step, "weights_"):
            return run(step, checked(step, X), step.rule_.run)
        X = step.transform(X)
    raise ValueError("no network")


def compared(model, compiled, X):
    """Return how many spikes differ between Python and C, or counts of random neurons, of all."""
    if not isinstance(model[0] if hasattr(model, "steps") else model, SpikingRocket):
        want = spikes_of(model, X)
        return np.sum(compiled.transform(X) != want), want.size
    counts, different = model[0].transform(X), 0
    n = counts.shape[1]
    # linear models that return some of the counts
    for part in np.array_split(np.arange(n), -(-n // 500)):
        linear = Ridge()
        linear.coef_, linear.intercept_ = np.eye(n)[part], np.zeros(len(part))
        found = CompiledModel(make_pipeline(model[0], linear)).decision_function(X)
        different += np.sum(found != counts[:, part])
    return different, counts.size


def step_time(compiled, X, n_steps, n_runs=5):
    """Return the time of a step in microseconds."""
    times = []
    for _ in range(n_runs):
        start = time.perf_counter()
        compiled.predict(X)
        times.append(time.perf_counter() - start)
    return 1e6 * min(times) / (len(X) * n_steps)


def measured(name, seed):
    """Return the results of a task and a seed, or None if its data are missing."""
    make, build = TASKS[name]
    data = make(seed)
    if data is None:
        return None
    X, y, X_test, y_test = data
    model = build(seed).fit(X, y)
    found = {"Python": model.score(X_test, y_test)}
    for weights in WEIGHTS:
        compiled = CompiledModel(model, weights)
        classes = compiled.predict(X_test)
        found[weights] = np.mean(classes == y_test)
        n_steps = X_test.shape[2] if X_test.ndim == 3 else N_STEPS
        found[f"{weights} time"] = step_time(compiled, X_test, n_steps)
        size = c_size(model, X_test, "cortex-m4", weights)
        found[f"{weights} flash"], found[f"{weights} ram"] = size.flash, size.ram
        found[f"{weights} energy"] = size.energy
        if weights == "float32":
            found["different"], found["spikes"] = compared(model, compiled, X_test)
            found["other classes"] = np.sum(classes != model.predict(X_test))
    return found


def report(results, seeds):
    """Return the report in Markdown."""
    def mean(name, key):
        return np.mean([found[key] for found in results[name]])

    accuracy = [
        [name, *(f"{100 * mean(name, key):.2f}" for key in ("Python", *WEIGHTS)),
         f"{sum(found['different'] for found in found_all)} of "
         f"{sum(found['spikes'] for found in found_all):,}",
         sum(found["other classes"] for found in found_all)]
        for name, found_all in results.items()]
    memory = [
        [name, *(f"{mean(name, f'{weights} flash') / 1000:.1f}" for weights in WEIGHTS),
         f"{max(mean(name, f'{weights} ram') for weights in WEIGHTS) / 1000:.1f}",
         *(f"{mean(name, f'{weights} time'):.2f}" for weights in ("float32", "int8")),
         *(f"{mean(name, f'{weights} energy'):.2f}" for weights in ("float32", "int8"))]
        for name in results]
    return "\n\n".join([
        bullets([
            f"{machine()}.", versions("skspike", "numpy", "numba", "scikit-learn", "ziglang"),
            f"Means over seeds {', '.join(map(str, seeds))}. Accuracy in % on test data."]),
        table(
            ["Task", "Python", *(f"C, {w}" for w in WEIGHTS),
             "Spikes or counts that differ (float32)", "Classes that differ (float32)"], accuracy),
        "Flash (three columns) and RAM of a Cortex-M4 in kB, time of a step on this machine in µs, "
        "estimated energy of the encoder and the synaptic operations in a step in nJ:",
        table(
            ["Task", *WEIGHTS, "RAM", "µs, float32", "µs, int8", "nJ, float32", "nJ, int8"],
            memory)])


def main():
    """Run the tasks and print the report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=[*TASKS])
    parser.add_argument("--seeds", nargs="+", type=int, default=[*range(5)])
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    results = {}
    for name in options.tasks:
        for seed in options.seeds:
            found = measured(name, seed)
            progress(name, seed, found)
            if found is not None:
                results.setdefault(name, []).append(found)
    print(report(results, options.seeds))


if __name__ == "__main__":
    main()
