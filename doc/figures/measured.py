"""Measured: accuracy on time series."""

import numpy as np
from look import GREY, subplots
from tables import cells

from skspike.plotting import palette

BLUE, ORANGE, RED = palette(3)
SERIES = ("GunPoint", "ItalyPowerDemand", "ArrowHead", "BasicMotions", "OSULeaf", "JapaneseVowels")
METHODS = {
    "SNNClassifier": BLUE, "currents, regularised, delays": ORANGE, "SpikingRocket": RED,
    "1-NN DTW": "0.75", "MiniRocket": GREY}


def series():
    """Draw the accuracy of each method on each data set, and the mean."""
    _, ax = subplots(1, 1, height=5.4)
    for k, (method, colour) in enumerate(METHODS.items()):
        values = [
            float(cells("measured.md", f"(?i){'_?'.join(name)}", method)[0].split()[0])
            for name in SERIES]
        places = np.arange(len(SERIES) + 1) + 0.16 * (k - 2)
        ax.barh(places, [*values, np.mean(values)], 0.15, color=colour, label=method)
    ax.set_yticks(range(len(SERIES) + 1), [*SERIES, "mean"])
    ax.set(xlabel="accuracy, %", xlim=(40, 101))
    ax.invert_yaxis()
    ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=2)
