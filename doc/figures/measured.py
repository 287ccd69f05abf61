"""Measured: accuracy on time series."""

import itertools

import numpy as np
from look import GREY, subplots
from scipy.stats import rankdata
from tables import SERIES, accuracies, cells

from skspike.inspection import palette

BLUE, ORANGE, RED = palette(3)
METHODS = {
    "SNNClassifier": BLUE, "currents, regularised, delays": ORANGE, "SpikingRocket": RED,
    "1-NN DTW": "0.75", "MiniRocket": GREY}
RANKED = "SpikingRocket", "MiniRocket", "MultiRocketHydra", "QUANT", "1-NN with DTW", "network"


def series():
    """Draw the accuracy of each method on each data set, and the mean."""
    _, ax = subplots(1, 1, height=5.4)
    for k, (method, colour) in enumerate(METHODS.items()):
        values = accuracies(method)
        places = np.arange(len(SERIES) + 1) + 0.16 * (k - 2)
        ax.barh(places, [*values, np.mean(values)], 0.15, color=colour, label=method)
    ax.set_yticks(range(len(SERIES) + 1), [*SERIES, "mean"])
    ax.set(xlabel="accuracy, %", xlim=(40, 101))
    ax.invert_yaxis()
    ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=2)


def ranks():
    """Draw the mean rank of each classifier of series, and join classifiers that do not differ.

    Pairs are compared by Wilcoxon's signed-rank test over the data sets, at 5 % with Holm's
    correction.
    """
    columns = [cells("series", "(development|test) ", name) for name in RANKED]
    rows = [row for row in zip(*columns, strict=True) if all(row)]
    scores = np.array([[float(cell.split()[0]) for cell in row] for row in rows])
    mean = rankdata(-scores, axis=1).mean(axis=0)
    order = np.argsort(mean)
    _, ax = subplots(1, 1, height=2.8)
    n, left, right = len(order), mean.min() - 0.2, mean.max() + 0.2
    for place, k in enumerate(order):
        is_left = place < n / 2
        height, end = -1 - min(place, n - 1 - place), left if is_left else right
        ax.plot([mean[k], mean[k], end], [0, height, height], color=GREY, linewidth=1)
        ax.plot(mean[k], 0, "o", color=RED if k == 0 else BLUE)
        ax.annotate(
            f"{RANKED[k]} {mean[k]:.1f}", (end, height), ha="right" if is_left else "left",
            va="center", textcoords="offset points", xytext=(-3 if is_left else 3, 0))
    for level, (first, last) in enumerate(_alike(scores[:, order])):
        height = 0.5 + 0.4 * level
        ax.plot(mean[order[[first, last]]], [height] * 2, color=ORANGE, linewidth=4)
    ax.axhline(0, color=GREY, linewidth=1)
    span = right - left
    ax.set(
        xlim=(left - 0.6 * span, right + 0.5 * span), ylim=(-n / 2 - 1, 2), yticks=[],
        xticks=range(int(np.ceil(left)), int(right) + 1),
        xlabel=f"mean rank on {len(rows)} data sets (1 is best)")
    ax.spines["left"].set_visible(False)


def _p_value(differences):
    """Return the exact p value of Wilcoxon's signed-rank test, by all signs of the differences.

    It equals that of `scipy.stats.wilcoxon`, which takes a second for 13 differences with ties.
    """
    differences = differences[differences != 0]
    ranks = rankdata(np.abs(differences))
    sums = np.array([*itertools.product([0, 1], repeat=len(ranks))]) @ ranks
    own = ranks[differences > 0].sum()
    return min(2 * (sums <= own).mean(), 2 * (sums >= own).mean(), 1.0)


def _alike(scores):
    """Return the first and last column of each longest run without a significant difference."""
    n, pairs = scores.shape[1], []
    for i, j in itertools.combinations(range(n), 2):
        pairs.append((_p_value(scores[:, i] - scores[:, j]), i, j))
    differ = set()
    for k, (p, i, j) in enumerate(sorted(pairs)):
        if p > 0.05 / (len(pairs) - k):
            break
        differ.add((i, j))
    runs = []
    for first in range(n):
        last = max(
            j for j in range(first, n)
            if not any((a, b) in differ for a, b in itertools.combinations(range(first, j + 1), 2)))
        if last > first and not any(last <= other for _, other in runs):
            runs.append((first, last))
    return runs
