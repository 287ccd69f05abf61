"""Calls of a fit and of a prediction, from a trace: a row for each file, a tick for each call."""

import sys
import warnings
from pathlib import Path

from look import subplots
from sklearn.datasets import load_wine

import skspike
from skspike import SNNClassifier
from skspike.inspection import palette

PACKAGE = Path(skspike.__file__).parent
X, Y = load_wine(return_X_y=True)


def traced(function):
    """Return the files of the package in the order of their first call, and all calls of each.

    Compiled loops are not traced.
    """
    found, n_calls = {}, 0

    def profile(frame, event, argument):
        nonlocal n_calls
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(PACKAGE):
            found.setdefault(str(path.relative_to(PACKAGE)), []).append(n_calls)
            n_calls += 1

    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(None)
    return found


def draw(function):
    """Draw the calls of the second call of a function, when all loops are compiled."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two epochs do not converge
        function()
        found = traced(function)
    _, ax = subplots(height=0.6 + 0.17 * len(found))
    ax.eventplot(
        list(found.values()), lineoffsets=range(len(found)), linelengths=0.8, linewidths=0.6,
        colors=palette(1)[0])
    ax.set(xlabel="call", ylim=(len(found) - 0.5, -0.5), yticks=range(len(found)))
    ax.set_yticklabels(found, fontsize=7)


def fit():
    """Draw the calls of a fit on a table."""
    draw(lambda: SNNClassifier(max_iter=2, random_state=0).fit(X[::4], Y[::4]))


def predict():
    """Draw the calls of a prediction."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = SNNClassifier(max_iter=2, random_state=0).fit(X[::4], Y[::4])
    draw(lambda: network.predict(X[::4]))
