"""Scores with a common mistake, and with the remedy that its warning names."""

import warnings

import numpy as np
from look import GREY, subplots
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skspike import LZCClassifier, SNNClassifier, SpikeEncoder
from skspike.datasets import make_templates
from skspike.inspection import palette

WINE, TEMPLATES = load_wine(return_X_y=True), make_templates(600, random_state=0)
CASES = (
    {
        "currents of any scale": (
            WINE, SNNClassifier(16, standardize=False, random_state=0),
            SNNClassifier(16, random_state=0)),
        "a table as series": (
            WINE, LZCClassifier(),
            make_pipeline(SpikeEncoder(n_steps=200), LZCClassifier(with_counts=True))),
        "stopped too early": (
            TEMPLATES, SNNClassifier(16, max_iter=3, random_state=0),
            SNNClassifier(16, random_state=0))})


def score(model, X, y):
    """Return the accuracy on a third of the data that is held out."""
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=1 / 3, random_state=0, stratify=y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the mistakes are intended
        return 100 * model.fit(X_train, y_train).score(X_test, y_test)


def mended():
    """Draw the score of each case with the mistake and with the remedy."""
    _, ax = subplots(1, 1, height=3.4)
    places = np.arange(len(CASES))
    for k, (label, colour) in enumerate(
            zip(("as warned of", "mended"), (GREY, palette(1)[0]), strict=True)):
        bars = ax.barh(
            places + 0.36 * k, [score(case[1 + k], *case[0]) for case in CASES.values()], 0.34,
            color=colour, label=label)
        ax.bar_label(bars, fmt="%.0f", padding=3)
    ax.set_yticks(places + 0.18, CASES)
    ax.set(xlabel="accuracy on new samples, %", xlim=(0, 110))
    ax.invert_yaxis()
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=2)
