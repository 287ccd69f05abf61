"""Evidence of the channels and steps of a spike train for its class."""

import numpy as np
from look import GREY, subplots

from skspike import SpikeTrainClassifier
from skspike.datasets import make_telegraph
from skspike.inspection import EvidenceDisplay, palette


def evidence():
    """Draw a raster with the evidence of each entry, and the decision after each step."""
    X, y = make_telegraph(400, 10, random_state=0)
    model = SpikeTrainClassifier(["history", "age", "population"]).fit(X[:300], y[:300])
    row = 300 + int(np.argmax(X[300:].sum(axis=(1, 2)) * (y[300:] == 1)))
    _, axes = subplots(2, 1, height=4.6, height_ratios=(1.4, 1))
    EvidenceDisplay.from_estimator(model, X[row], target=1, ax=axes[0])
    axes[1].plot(model.running_decision(X[row : row + 1])[0], color=palette(2)[1])
    axes[1].axhline(0, color=GREY, linewidth=0.8)
    axes[1].set(xlabel="time (ms)", ylabel="log odds of class 1", xlim=(0, X.shape[2]))
