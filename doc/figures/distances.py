"""Distances of two trains against the shift of a spike."""

import numpy as np
from look import subplots

from skspike.inspection import palette
from skspike.trains import isi_distance, spike_distance, van_rossum, victor_purpura

STEPS, PLACE = 120, 60
CURVES = [
    ("van Rossum", "tau = 5 ms", lambda X, Y: van_rossum(X, Y, tau=5.0)),
    ("van Rossum", "tau = 20 ms", lambda X, Y: van_rossum(X, Y, tau=20.0)),
    ("Victor-Purpura", "cost = 0.2 per ms", lambda X, Y: victor_purpura(X, Y, cost=0.2)),
    ("Victor-Purpura", "cost = 0.05 per ms", lambda X, Y: victor_purpura(X, Y, cost=0.05)),
    ("ISI and SPIKE", "ISI", isi_distance), ("ISI and SPIKE", "SPIKE", spike_distance)]


def shifts():
    """Draw each distance of two trains against the shift of the middle one of their spikes."""
    moves = np.arange(-40, 41)
    train = np.zeros((1, STEPS), np.uint8)
    train[0, [10, PLACE, 110]] = 1
    moved = np.repeat(train, len(moves), axis=0)
    moved[:, PLACE] = 0
    moved[np.arange(len(moves)), PLACE + moves] = 1
    titles = list(dict.fromkeys(title for title, _, _ in CURVES))
    _, axes = subplots(len(titles), 1, height=5.6, sharex=True)
    for ax, title in zip(axes, titles, strict=True):
        chosen = [(label, distance) for name, label, distance in CURVES if name == title]
        for (label, distance), colour in zip(chosen, palette(2), strict=True):
            ax.plot(moves, distance(train, moved)[0], color=colour, label=label)
        ax.set(title=title, ylabel="distance")
        ax.set_ylim(bottom=0)
        ax.legend(loc="lower left")
    axes[-1].set_xlabel("shift of a spike (ms)")
