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
        return np.array(cells("decoding", row, name), float)

    _, ax = subplots(1, 1, height=3.2)
    own = r"neurons, cost \d"
    times, accuracies = column(own, "time"), column(own, "accuracy")
    ax.plot(times, accuracies, "o-", label="random neurons")
    for x, y, cost in zip(times, accuracies, (1, 0.4, 0.2, 0.1, 0.05), strict=False):
        ax.annotate(f"cost {cost}", (x, y), (4, -12), textcoords="offset points", fontsize=9)
    for name, marker in {"TEASER": "s", "TEASER, corrected": "D"}.items():
        ax.plot(
            column(f"{name} \\d", "time")[0], column(f"{name} \\d", "accuracy")[0], marker,
            color=GREY, label=name)
    ax.set(xlabel="mean time of decision, % of the sample", ylabel="accuracy, %")
    ax.legend(loc="lower right")
