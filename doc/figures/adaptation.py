"""Novelty of usual samples, of a class that is left out, and of noise."""

import numpy as np
from look import subplots
from sklearn.datasets import load_digits

from skspike import RejectingClassifier, SNNClassifier
from skspike.inspection import palette


def novelty():
    """Draw histograms of the novelty."""
    X, y = load_digits(return_X_y=True)
    train, test = np.flatnonzero(y[:1200] != 4), np.arange(1200, len(X))
    model = RejectingClassifier(
        SNNClassifier(n_steps=20, max_iter=20, random_state=0), random_state=0)
    model.fit(X[train], y[train])
    groups = {
        "digits as in fit": X[test[y[test] != 4]], "4, left out": X[test[y[test] == 4]],
        "noise": np.random.default_rng(0).permuted(X[test[:200]], axis=1)}
    _, ax = subplots(1, 1, height=2.6)
    for (name, samples), colour in zip(groups.items(), palette(3), strict=True):
        ax.hist(
            model.novelty(samples), 30, density=True, color=colour, alpha=0.7, label=name)
    ax.axvline(model.novelty_threshold_, color="gray", linestyle="--")
    ax.set(xlabel="novelty", ylabel="density")
    ax.legend(frameon=False)
