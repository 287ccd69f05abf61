"""Gestures in a recording, and the times at which a detector finds them."""

import numpy as np
from look import GREY, subplots

from skspike import EventDetector, SNNClassifier
from skspike.datasets import make_gestures
from skspike.inspection import palette

SECONDS = 60


def events():
    """Draw a minute of a recording, its gestures, and the decisions of a detector."""
    X, tables = make_gestures(6, random_state=0)
    network = SNNClassifier(200, rule=None, readout="leaky", dt=20)  # in seconds, not a minute
    detector = EventDetector(network, dt=20, random_state=0).fit(list(X[:4]), tables[:4])
    (found,) = detector.predict([X[4]])
    colours, n_steps = palette(3), SECONDS * 50
    _, ax = subplots(1, 1, height=3.4)
    ax.plot(
        np.arange(n_steps) / 50, X[4, :, :n_steps].T - 4 * np.arange(6), color=GREY, linewidth=0.7)
    for onset, offset, label in tables[4].tolist():
        ax.axvspan(onset / 1000, offset / 1000, color=colours[label], alpha=0.35, linewidth=0)
    for time, _, label in found.tolist():
        ax.plot(time / 1000, 5, "v", color=colours[label])
    ax.set(xlim=(0, SECONDS), ylim=(-24, 6), xlabel="time, s", ylabel="channel", yticks=[])
