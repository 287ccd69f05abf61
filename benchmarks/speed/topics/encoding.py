"""Poisson encoding."""

import numpy as np

from ..report import Goal, Section, compared, ratio
from ..session import Entrant

ENTRANTS = [
    Entrant("skspike", "skspike"),
    Entrant("numpy", "numpy_scan"),
    Entrant("snntorch", "snntorch"),
    Entrant("spikingjelly", "spikingjelly"),
]
TEXT = """10,000 samples of 64 features, encoded to 100 steps by `SpikeEncoder.transform`, numpy's
`rng.random(dtype=float32) < x`, `snntorch.spikegen.rate` and spikingjelly's `PoissonEncoder`. The
last two return floats with time first."""


def arrays():
    """Return features in [0, 1], used as spike probabilities."""
    return {"x": np.random.default_rng(0).random((10_000, 64), dtype=np.float32), "steps": 100}


def run(session):
    """Measure, and return a section."""
    results = session.contest("encoding", {"10,000 × 64 × 100": arrays}, ENTRANTS, tolerance=0.01)
    (measures,) = results.values()
    goals = [
        Goal.at_least("encoding: numpy / skspike", 4, ratio(measures, "numpy", "skspike")),
        Goal.at_least(
            "encoding: spikingjelly / skspike", 10, ratio(measures, "spikingjelly", "skspike"))]
    return Section("Poisson encoding", TEXT, *compared(results, ENTRANTS), goals)
