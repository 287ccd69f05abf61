"""Compare models on recorded exercises, of people who are new to them.

The five folds of `GroupKFold` leave two people out each. "Early" is the default `EarlyClassifier`,
and "early, C, int8" its C code with integer weights, on the same signals. "MiniRocket" is that of
aeon with a ridge classifier. "Forest" has 500 trees and five statistics of each channel: mean,
deviation, least and largest value, and mean change between steps. Both get whole signals, or their
beginnings until the mean time of the early decisions, which a user would have to know in advance.
Flash, RAM and instructions are those of a model that is fitted to all people, on a Cortex-M4.

    python benchmarks/exercises.py > exercises.md
"""

import numpy as np
from _report import machine, table, versions
from aeon.transformations.collection.convolution_based import MiniRocket
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import RidgeClassifierCV
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skspike import EarlyClassifier
from skspike.datasets import load_exercises
from skspike.export import CompiledModel
from skspike.inspection import c_instructions, c_size

DT = 40  # ms


def statistics(X):
    """Return five statistics of each channel."""
    change = np.abs(np.diff(X, axis=2)).mean(axis=2)
    return np.hstack([X.mean(axis=2), X.std(axis=2), X.min(axis=2), X.max(axis=2), change])


def others():
    """Return classifiers of whole signals by name."""
    ridge = RidgeClassifierCV(np.logspace(-3, 3, 10))
    return {
        "MiniRocket": make_pipeline(
            MiniRocket(random_state=0), StandardScaler(with_mean=False), ridge),
        "forest": make_pipeline(
            FunctionTransformer(statistics), RandomForestClassifier(500, random_state=0))}


def measured():
    """Return the accuracies of each model in percent, and its times in seconds, of each fold."""
    X, y, person = load_exercises()
    found = {}

    def add(name, accuracy, seconds):
        found.setdefault(name, []).append((100 * accuracy, seconds))

    for train, test in GroupKFold(5).split(X, y, person):
        early = EarlyClassifier(dt=DT, random_state=0).fit(X[train], y[train])
        seconds = early.decision_times(X[test]).mean() / 1000
        add("early", early.score(X[test], y[test]), seconds)
        compiled = CompiledModel(early, "int8").predict(X[test])
        add("early, C, int8", (compiled == y[test]).mean(), seconds)
        for until, steps in ((X.shape[2] * DT / 1000, X.shape[2]), (
                seconds, round(1000 * seconds / DT))):
            for name, model in others().items():
                words = name if steps == X.shape[2] else f"{name}, at that time"
                model.fit(X[train, :, :steps], y[train])
                add(words, model.score(X[test, :, :steps], y[test]), until)
    return found


def sizes():
    """Return flash and RAM in kB, and the median of the instructions of a step."""
    X, y, _ = load_exercises()
    model = EarlyClassifier(dt=DT, random_state=0).fit(X, y)
    size = c_size(model, X, weights="int8")
    steps = np.median(c_instructions(model, X[:5], weights="int8"))
    return [f"{size.flash / 1000:.0f}", f"{size.ram / 1000:.0f}", f"{steps:,.0f}"]


def main():
    """Print the machine and two tables."""
    print(f"{machine()}, {versions('skspike', 'scikit-learn', 'aeon', 'ziglang')}\n")
    rows = []
    for name, folds in measured().items():
        accuracy, seconds = np.array(folds).T
        rows.append([
            name, f"{accuracy.mean():.1f} ± {accuracy.std(ddof=1):.1f}", f"{seconds.mean():.1f}"])
    print(table(["exercises of new people", "right, %", "after, s"], rows), end="\n\n")
    print(table(["early, C, int8", "flash, kB", "RAM, kB", "instructions in a step"], [
        ["exercises", *sizes()]]))


if __name__ == "__main__":
    main()
