"""Scores of windows of time, and accuracy of early decisions."""

import numpy as np
from look import subplots

from skspike import EarlyClassifier, SlidingDecoder, SpikeTrainClassifier
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
    model = EarlyClassifier(SpikeTrainClassifier(["rate"]), cv=3).fit(X, y)
    _, ax = subplots(1, 1, height=2.8)
    EarlyDisplay.from_estimator(model, ax=ax)
