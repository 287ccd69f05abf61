"""Scores of windows of time, and accuracy of early decisions."""

import numpy as np
from look import GREY, subplots
from tables import cells

from skspike import EarlyClassifier, SlidingDecoder
from skspike.datasets import make_order
from skspike.inspection import EarlyDisplay, SlidingDisplay


def windows():
    """Draw the scores of a recording with a response from 100 to 250 ms."""
    rng, y = np.random.default_rng(0), np.arange(120) % 2
    rate = np.full((120, 10, 400), 0.01)
    rate[y == 1, :5, 100:250] = 0.02
    X = (rng.random(rate.shape) < rate).astype(np.uint8)
    decoder = SlidingDecoder(window=50.0, n_permutations=39, random_state=0).fit(X, y)
    _, ax = subplots(1, 1, height=2.8)
    SlidingDisplay.from_estimator(decoder, ax=ax)


def early():
    """Draw the accuracy of early decisions on the order of two groups of channels."""
    X, y = make_order(400, random_state=0)
    model = EarlyClassifier(random_state=0).fit(X, y)
    _, ax = subplots(1, 1, height=2.8)
    EarlyDisplay.from_estimator(model, ax=ax)


def costs():
    """Draw accuracy against mean time, for several costs of time, and TEASER."""
    def column(row, name):
        return np.array(cells("early", row, name)[:5], float)  # of the first table

    _, ax = subplots(1, 1, height=3.2)
    times, accuracies = (column(r"neurons, cost \d", name) for name in ("time", "accuracy"))
    ax.plot(times, accuracies, "o-", label="random neurons")
    for x, y, cost in zip(times, accuracies, (1, 0.4, 0.2, 0.1, 0.05), strict=True):
        ax.annotate(f"cost {cost}", (x, y), (4, -12), textcoords="offset points", fontsize=9)
    ax.plot(
        column(r"TEASER \d", "time")[0], column(r"TEASER \d", "accuracy")[0], "s", color=GREY,
        label="TEASER")
    ax.set(xlabel="mean time of decision, % of the sample", ylabel="accuracy, %")
    ax.legend(loc="lower right")
