"""Prediction of one sample in a whole pipeline."""

import numpy as np

from ..report import Goal, Section, load, milliseconds
from ..session import Entrant

CALLS, CHANNELS, STEPS, TRAINED = 1000, 10, 1000, 100
BOUNDS = {64: 0.45, 16: 0.45}
ENTRANTS = [Entrant(f"{hidden} neurons", "skspike", {"hidden": hidden}) for hidden in BOUNDS]
TEXT = f"""`predict` for one sample in a fitted pipeline after warm-up: SpikeEncoder ({CHANNELS}
features, {STEPS} steps), SNNTransformer, LZCClassifier. Quantiles over all runs, with {CALLS} calls
each."""


def arrays():
    """Return features of two classes."""
    rng = np.random.default_rng(0)
    labels = np.arange(TRAINED) % 2
    return {
        "x": rng.random((TRAINED, CHANNELS)) + 0.5 * labels[:, None], "labels": labels,
        "steps": STEPS}


def run(session):
    """Measure, and return a section."""
    (measures,) = session.contest("latency", {"one sample": arrays}, ENTRANTS, calls=CALLS).values()
    rows = [
        [label, milliseconds(m.seconds), milliseconds(m.quantile(0.99)), load([m])]
        for label, m in measures.items()]
    goals = [
        Goal.at_most(
            f"latency: {entrant.label}, median", bound, 1000 * measures[entrant.label].seconds,
            " ms")
        for entrant, bound in zip(ENTRANTS, BOUNDS.values(), strict=True)]
    return Section(
        "Latency of one prediction", TEXT,
        ["network", "median, ms", "99th percentile, ms", "processor s per s"], rows, goals)
