"""Accuracy of every registered rule on a task of spike times and on a task of rates."""

import numpy as np
from look import GREY, subplots

from skspike import SNNClassifier
from skspike.datasets import make_poisson, make_templates
from skspike.inspection import palette
from skspike.learning import RULES

TASKS = {
    "templates: times of spikes": make_templates(1200, random_state=0),
    "poisson: numbers of spikes": make_poisson(1200, random_state=0)}
TRAIN, TEST = slice(0, 200), slice(200, None)


def accuracy(rule, X, y):
    """Return the accuracy of 20 neurons on new samples.

    Their spikes are counted, unless the rule has its own readout.
    """
    counts = rule is None or "readout" in RULES[rule]().supports
    options = {"readout": "count"} if counts else {}
    return SNNClassifier(
        20, rule=rule, random_state=0, **options).fit(X[TRAIN], y[TRAIN]).score(X[TEST], y[TEST])


def compared():
    """Draw the accuracy of each rule on both tasks, next to a network that does not learn."""
    rules = [None, *RULES]
    _, axes = subplots(2, 1, height=5, sharex=True)
    for ax, (task, (X, y)) in zip(axes, TASKS.items(), strict=True):
        scores = [100 * accuracy(rule, X, y) for rule in rules]
        bars = ax.barh(["none", *RULES], scores, color=[GREY] + [palette(1)[0]] * len(RULES))
        ax.bar_label(bars, fmt="%.0f", padding=3)
        ax.axvline(100 * np.bincount(y[TEST]).max() / len(y[TEST]), color=GREY, linestyle="--")
        ax.set(title=task, xlim=(0, 110))
        ax.invert_yaxis()
    axes[-1].set_xlabel("accuracy on new samples, % (dashed: chance)")
