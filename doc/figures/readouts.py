"""Filters of every registered readout, and the accuracy with windows and delays on two tasks."""

import numpy as np
from look import GREY, subplots

from skspike import SNNClassifier
from skspike.datasets import make_syllables, make_templates
from skspike.inspection import palette
from skspike.simulation import READOUTS

TASKS = {
    "syllables: bands of activity that glide": make_syllables(900, random_state=0),
    "templates: single spikes": make_templates(900, random_state=0)}
TRAIN, TEST = slice(0, 500), slice(500, None)
DELAYS = (0, 10, 20, 40)


def filters():
    """Draw the filters of each readout, one above the other."""
    _, axes = subplots(len(READOUTS), 1, height=1.5 * len(READOUTS), sharex=True)
    for ax, (name, cls) in zip(axes, READOUTS.items(), strict=True):
        rows = cls().filters(200, 1.0)
        rows = rows / np.abs(rows).max(axis=1, keepdims=True)
        for k, row in enumerate(rows):
            ax.fill_between(
                np.arange(200), k, k + 0.8 * row, color=palette(1)[0], step="mid", linewidth=0)
        ax.set(
            title=f"{name}: {len(rows)} feature{'s' * (len(rows) > 1)} a neuron", yticks=[],
            xlim=(0, 200))
    axes[-1].set_xlabel("time (ms)")


def worth():
    """Draw the accuracy with counts and with windows, with delays and without."""
    _, axes = subplots(2, 1, height=4, sharex=True)
    settings = [(readout, delays) for readout in ("count", "windows") for delays in (None, DELAYS)]
    labels = [readout + (" and delays" if delays else "") for readout, delays in settings]
    for ax, (task, (X, y)) in zip(axes, TASKS.items(), strict=True):
        models = [
            SNNClassifier(32, readout=readout, delays=delays, max_iter=15, random_state=0)
            for readout, delays in settings]
        scores = [100 * model.fit(X[TRAIN], y[TRAIN]).score(X[TEST], y[TEST]) for model in models]
        bars = ax.barh(labels, scores, color=palette(1)[0])
        ax.bar_label(bars, fmt="%.0f", padding=3)
        ax.axvline(100 * np.bincount(y[TEST]).max() / len(y[TEST]), color=GREY, linestyle="--")
        ax.set(title=task, xlim=(0, 110))
        ax.invert_yaxis()
    axes[-1].set_xlabel("accuracy on new samples, % (dashed: chance)")
