"""Evidence within a sample, and importance of channels, on trains with planted bursts."""

import numpy as np
from look import subplots

from skspike import SNNClassifier
from skspike.datasets import make_poisson
from skspike.inspection import EvidenceDisplay, ImportanceDisplay, channel_importance


def planted():
    """Return a network, rasters for a test and their labels.

    In class 1, channel 2 fires more from 40 to 60 ms, and channel 5 from 100 to 120 ms.
    """
    X, _ = make_poisson(400, 8, 150, rates=(30.0,), random_state=0)
    y, rng = np.arange(400) % 2, np.random.default_rng(0)
    for channel, start in ((2, 40), (5, 100)):
        X[y == 1, channel, start : start + 20] |= rng.random((200, 20)) < 0.2
    network = SNNClassifier(32, max_iter=30, random_state=0).fit(X[:300], y[:300])
    return network, X[300:], y[300:]


def evidence():
    """Draw the evidence within one sample."""
    network, X, y = planted()
    _, ax = subplots(1, 1, height=3.2)
    EvidenceDisplay.from_estimator(network, X[y == 1][0], n_windows=15, random_state=0, ax=ax)


def importance():
    """Draw the importance of the channels."""
    network, X, y = planted()
    _, ax = subplots(1, 1, height=2.8)
    ImportanceDisplay(channel_importance(network, X, y, random_state=0)).plot(ax)
