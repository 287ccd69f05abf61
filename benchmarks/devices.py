"""Compare early decisions on a microcontroller with forests, in C.

Recorded signals from aeon, half of them for training, with default settings, as in
`decoding.py sensors`. "Network" is an `EarlyClassifier` of an encoder and a network. "Forest" is a
random forest, trained on signals that end at the mean time of the network's decisions. It gets
mean, variance, minimum and maximum of each channel ("statistics"), or all values. Its trees are C
from emlearn, and a function computes the statistics from one value at a time, or keeps the values.
Accuracy and times are those of C on this machine. Flash and RAM, without the stack, are those of a
Cortex-M4, compiled by ziglang.

    python benchmarks/devices.py > devices.md
"""

import ctypes
import importlib
import itertools
import tempfile
from pathlib import Path
from string import Template

import numpy as np
from _report import machine, progress, table, versions
from decoding import SEEDS, SENSORS, early_network, in_percent
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedShuffleSplit

from skspike.export import CompiledModel
from skspike.export._toolchain import (
    PROCESSORS, SIZE_FLAGS, compile_file, memory_of, program_of, ziglang)

N_TREES = 100, 10
START = Template("""
#include "trees.h"
#define CHANNELS $n_channels
#define STEPS $n_steps
static int n;
void forest_reset(void) { n = 0; }
""")
STATISTICS = """
static struct { float mean, squares, low, high; } channels[CHANNELS];

void forest_step(const float *x)
{
    n++;
    for (int c = 0; c < CHANNELS; c++) {
        if (n == 1) {
            channels[c].mean = channels[c].squares = 0.0f;
            channels[c].low = channels[c].high = x[c];
        }
        float change = x[c] - channels[c].mean;
        channels[c].mean += change / (float)n;
        channels[c].squares += change * (x[c] - channels[c].mean);
        if (x[c] < channels[c].low) { channels[c].low = x[c]; }
        if (x[c] > channels[c].high) { channels[c].high = x[c]; }
    }
}

int forest_predict(void)
{
    float features[4 * CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
        features[c] = channels[c].mean;
        features[CHANNELS + c] = channels[c].squares / (float)n;
        features[2 * CHANNELS + c] = channels[c].low;
        features[3 * CHANNELS + c] = channels[c].high;
    }
    return trees_predict(features, 4 * CHANNELS);
}
"""
VALUES = """
static float values[CHANNELS * STEPS];

void forest_step(const float *x)
{
    for (int c = 0; c < CHANNELS; c++) { values[c * STEPS + n] = x[c]; }
    n++;
}

int forest_predict(void) { return trees_predict(values, CHANNELS * STEPS); }
"""


def statistics(X):
    """Return mean, variance, minimum and maximum of each channel."""
    return np.hstack([X.mean(axis=2), X.var(axis=2), X.min(axis=2), X.max(axis=2)])


def values(X):
    """Return all values."""
    return X.reshape(len(X), -1)


FEATURES = {"statistics": (statistics, STATISTICS), "values": (values, VALUES)}


def forest_results(model, functions, X, y):
    """Return the accuracy of a forest in C, and its bytes of flash and RAM."""
    trees = importlib.import_module("emlearn").convert(model, method="inline", dtype="float")
    with tempfile.TemporaryDirectory() as folder:
        file, library, program = (Path(folder) / f"forest.{end}" for end in ("c", "so", "elf"))
        trees.save(file=str(file.with_name("trees.h")), name="trees")
        start = START.substitute(n_channels=X.shape[1], n_steps=X.shape[2])
        file.write_text(start + functions, encoding="utf-8")
        command, error = ziglang("devices.py"), "The forest cannot be compiled"
        compile_file(file, library, [*command, "-shared", "-fPIC", "-O1"], error)
        triple, cpu = PROCESSORS["cortex-m4"]
        compile_file(file, program, [
            *command, "-target", triple, f"-mcpu={cpu}", *SIZE_FLAGS, "-Wl,-e,forest_step",
            "-Wl,-u,forest_reset", "-Wl,-u,forest_predict"], error)
        code = ctypes.CDLL(str(library))
        labels = model.classes_[[forest_label(code, series) for series in X]]
        return (labels == y).mean(), *memory_of(program.read_bytes())


def forest_label(code, series):
    """Return the index of the class of a series of shape (n_channels, n_steps)."""
    code.forest_reset()
    for values in np.ascontiguousarray(series.T, dtype=np.float32):
        code.forest_step(values.ctypes.data_as(ctypes.c_void_p))
    return code.forest_predict()


def measured(X, y, train, test, seed):
    """Return accuracy, mean time, flash and RAM of each model, for one split."""
    model = early_network(0, seed).fit(X[train], y[train])
    found = {}
    for weights in ("float32", "int8"):
        labels, steps = CompiledModel(model, weights).decisions(X[test])
        found[f"network, {weights}"] = (
            (labels == y[test]).mean(), steps.mean() / X.shape[2],
            *memory_of(program_of(model, "cortex-m4", weights)))
    end = round(found["network, float32"][1] * X.shape[2])
    begun = X[:, :, :end]
    for (name, (compute, functions)), n_trees in itertools.product(FEATURES.items(), N_TREES):
        forest = RandomForestClassifier(n_trees, random_state=seed)
        forest.fit(compute(begun[train]), y[train])
        accuracy, *memory = forest_results(forest, functions, begun[test], y[test])
        found[f"{n_trees} trees of {name}"] = accuracy, end / X.shape[2], *memory
    return found


def main():
    """Print the table."""
    print(f"{machine()}, {versions('skspike', 'scikit-learn', 'emlearn', 'ziglang')}\n")
    sets, rows = importlib.import_module("aeon.datasets"), []
    for signals, name in SENSORS.items():
        X, y = getattr(sets, f"load_{name}")()
        X, every = X.astype(np.float32), []
        for seed in SEEDS:
            split = StratifiedShuffleSplit(1, test_size=0.5, random_state=seed)
            every.append(measured(X, y, *next(split.split(X, y)), seed))
            progress(name, seed, every[-1])
        for model in every[0]:
            accuracy, time, flash, ram = np.transpose([found[model] for found in every])
            rows.append([
                f"{signals}, {model}", in_percent(accuracy), in_percent(time),
                f"{flash.mean() / 1000:.1f}", f"{ram.mean() / 1000:.2f}"])
    print(table(["signals and model", "accuracy", "mean time", "flash, kB", "RAM, kB"], rows))


if __name__ == "__main__":
    main()
