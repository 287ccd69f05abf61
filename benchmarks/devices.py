"""Compare early decisions on a microcontroller with forests, in C.

Recorded signals from aeon, half of them for training, as in `decoding.py sensors`. "Neurons" are an
`EarlyClassifier` of 192 random neurons. A forest is a random forest of scikit-learn, converted to C
by emlearn, which decides at the mean time of the decisions of the neurons in float32. It gets mean,
variance, minimum and maximum of each channel ("statistics"), or all values, as 16-bit integers.
Accuracy and times are those of C on this machine. "Minus neurons" is the difference from the
neurons in int8 on the same splits. "Other classes" is the share of samples for which the C code has
another class than Python, for forests than the votes of the trees. Flash and RAM, without the
stack, are those of a Cortex-M4, compiled by ziglang. "Instructions" are the median over the steps
of one sample, and the largest number, in a step with a possible decision, in an emulator of a
Cortex-M4, in thousands. "Instructions, RISC-V" were counted in an emulator of a RISC-V of 32 bits
without an FPU.

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
from decoding import SEEDS, SENSORS, in_percent
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedShuffleSplit

from skspike import EarlyClassifier, SpikingRocket
from skspike.export import CompiledModel, Emulator
from skspike.export._toolchain import (
    PROCESSORS, SIZE_FLAGS, compile_file, memory_of, program_of, ziglang)

N_NEURONS = 192
N_TREES = 100, 10
LARGEST = 32_000
START = Template("""
#include "trees.h"
#define CHANNELS $n_channels
#define STEPS $n_steps
static const float scale[] = {$scale};
static int n;

void forest_reset(void) { n = 0; }

static int16_t scaled(int k, float x)
{
    x *= scale[k];
    return x < -32767.0f ? -32767 : x > 32767.0f ? 32767 : (int16_t)x;
}
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
    int16_t features[4 * CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
        features[c] = scaled(c, channels[c].mean);
        features[CHANNELS + c] = scaled(CHANNELS + c, channels[c].squares / (float)n);
        features[2 * CHANNELS + c] = scaled(2 * CHANNELS + c, channels[c].low);
        features[3 * CHANNELS + c] = scaled(3 * CHANNELS + c, channels[c].high);
    }
    return trees_predict(features, 4 * CHANNELS);
}
"""
VALUES = """
static int16_t values[CHANNELS * STEPS];

void forest_step(const float *x)
{
    for (int c = 0; c < CHANNELS; c++) { values[c * STEPS + n] = scaled(c, x[c]); }
    n++;
}

int forest_predict(void) { return trees_predict(values, CHANNELS * STEPS); }
"""


def statistics(X):
    """Return mean, variance, minimum and maximum of each channel."""
    return np.hstack([X.mean(axis=2), X.var(axis=2), X.min(axis=2), X.max(axis=2)])


def values(X):
    """Return all values, with one row for each step and sample."""
    return X.transpose(0, 2, 1).reshape(-1, X.shape[1])


FEATURES = {"statistics": (statistics, STATISTICS), "values": (values, VALUES)}


class Forest:
    """A random forest of integer features, in Python and in C."""

    def __init__(self, name, n_trees, seed):
        self.compute, self.functions = FEATURES[name]
        self.forest = RandomForestClassifier(n_trees, random_state=seed)

    def fit(self, X, y):
        """Choose the scale of each feature, and fit the trees."""
        self.scale_ = (LARGEST / np.abs(self.compute(X)).max(axis=0)).astype(np.float32)
        self.forest.fit(self.features(X), y)
        return self

    def features(self, X):
        """Return the features as integers, one row for each sample."""
        scaled = np.clip(self.compute(X) * self.scale_, -32767, 32767).astype(np.int16)
        if self.compute is values:
            scaled = scaled.reshape(len(X), X.shape[2], -1).transpose(0, 2, 1)
        return scaled.reshape(len(X), -1)

    def votes(self, X):
        """Return the index of the class for which most trees vote."""
        trees = [tree.predict(self.features(X)) for tree in self.forest.estimators_]
        return (np.array(trees)[:, :, np.newaxis] == np.arange(
            len(self.forest.classes_))).sum(axis=0).argmax(axis=1)

    def in_c(self, X):
        """Return the indices of classes from C code, and its bytes of flash and RAM."""
        trees = importlib.import_module("emlearn").convert(
            self.forest, method="inline", dtype="int16_t")
        with tempfile.TemporaryDirectory() as folder:
            file, library, program = (Path(folder) / f"forest.{end}" for end in ("c", "so", "elf"))
            trees.save(
                file=str(file.with_name("trees.h")), name="trees", include_proba=False)
            start = START.substitute(
                n_channels=X.shape[1], n_steps=X.shape[2],
                scale=", ".join(f"{x:.9e}f" for x in self.scale_))
            file.write_text(start + self.functions, encoding="utf-8")
            command, error = ziglang("devices.py"), "The forest cannot be compiled"
            compile_file(file, library, [*command, "-shared", "-fPIC", "-O1"], error)
            triple, cpu = PROCESSORS["cortex-m4"]
            compile_file(file, program, [
                *command, "-target", triple, f"-mcpu={cpu}", *SIZE_FLAGS, "-Wl,-e,forest_step",
                "-Wl,-u,forest_reset", "-Wl,-u,forest_predict"], error)
            code = ctypes.CDLL(str(library))
            labels = np.array([label_of(code, series) for series in X])
            return labels, memory_of(program.read_bytes())


def label_of(code, series):
    """Return the index of the class of a series of shape (n_channels, n_steps)."""
    code.forest_reset()
    for step in np.ascontiguousarray(series.T, dtype=np.float32):
        code.forest_step(step.ctypes.data_as(ctypes.c_void_p))
    return code.forest_predict()


def instructions(program, series):
    """Return the median and the largest number of instructions of the steps of a series."""
    counts = Emulator(program).instructions(series.T)
    return np.median(counts) / 1000, counts.max() / 1000


def measured(X, y, train, test, seed):
    """Return the results of each model for one split.

    They are accuracy, mean time, flash, RAM, other classes, and instructions of neurons, median and
    largest on a Cortex-M4 and on a RISC-V.
    """
    rocket = SpikingRocket(N_NEURONS, streaming=True, random_state=seed)
    model = EarlyClassifier(rocket).fit(X[train], y[train])
    found = {}
    for weights in ("float32", "int8"):
        labels, steps = CompiledModel(model, weights).decisions(X[test])
        program, other = (
            program_of(model, processor, weights) for processor in ("cortex-m4", "riscv32"))
        found[f"neurons, {weights}"] = (
            (labels == y[test]).mean(), steps.mean() / X.shape[2], *memory_of(program),
            (labels != model.predict(X[test])).mean(), *instructions(program, X[test[0]]),
            *instructions(other, X[test[0]]))
    end = round(found["neurons, float32"][1] * X.shape[2])
    begun = X[:, :, :end]
    for name, n_trees in itertools.product(FEATURES, N_TREES):
        forest = Forest(name, n_trees, seed).fit(begun[train], y[train])
        labels, memory = forest.in_c(begun[test])
        found[f"{n_trees} trees of {name}"] = (
            (forest.forest.classes_[labels] == y[test]).mean(), end / X.shape[2], *memory,
            (labels != forest.votes(begun[test])).mean(), *4 * [np.nan])
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
        neurons = np.array([found["neurons, int8"][0] for found in every])
        for model in every[0]:
            accuracy, time, flash, ram, other, *counts = np.transpose(
                [found[model] for found in every])
            is_tree = "trees" in model
            rows.append([
                f"{signals}, {model}", in_percent(accuracy),
                in_percent(accuracy - neurons) if is_tree else "", in_percent(time),
                f"{flash.mean() / 1000:.1f}", f"{ram.mean() / 1000:.2f}",
                f"{100 * other.mean():.1f}",
                *("" if is_tree else " / ".join(f"{count.mean():.0f}" for count in pair)
                  for pair in (counts[:2], counts[2:]))])
    print(table([
        "signals and model", "accuracy", "minus neurons", "mean time", "flash, kB", "RAM, kB",
        "other classes", "instructions", "instructions, RISC-V"], rows))


if __name__ == "__main__":
    main()
