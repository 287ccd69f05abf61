"""Evidence of the channels and steps of a spike train for its class."""

import numpy as np
from look import GREY, show_spikes, subplots

from skspike import SpikeTrainClassifier
from skspike.datasets import make_telegraph
from skspike.plotting import palette


def evidence():
    """Draw a raster, the evidence of each entry, and the decision after each step."""
    X, y = make_telegraph(400, 10, random_state=0)
    model = SpikeTrainClassifier(["history", "age", "population"]).fit(X[:300], y[:300])
    row = 300 + int(np.argmax(model.decision_function(X[300:])))
    _, axes = subplots(3, 1, height=5.4, sharex=True)
    show_spikes(axes[0], X[row], palette(1)[0], ylabel="channel", yticks=[])
    terms = model.explain(X[row : row + 1])[0]
    largest = np.quantile(np.abs(terms), 0.995)
    axes[1].imshow(
        terms, cmap="RdBu_r", vmin=-largest, vmax=largest, aspect="auto", origin="lower",
        interpolation="nearest")
    axes[1].set(ylabel="evidence", yticks=[])
    axes[2].plot(model.running_decision(X[row : row + 1])[0], color=palette(2)[1])
    axes[2].axhline(0, color=GREY, linewidth=0.8)
    axes[2].set(xlabel="time (ms)", ylabel="log odds\nof slow switching")
