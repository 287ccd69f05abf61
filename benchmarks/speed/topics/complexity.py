"""Lempel-Ziv complexity LZ76."""

import numpy as np

from ..report import Goal, Section, compared, ratio
from ..session import Entrant

SHAPES = ((10_000, 100), (1_000, 1_000), (100, 10_000), (5, 100_000))
CASES = {
    f"{n:,} trains of {steps:,}, p = {rate:g}": (n, steps, rate) for n, steps in SHAPES
    for rate in (0.5, 0.05)}
LONG = tuple(name for name, (_, steps, _) in CASES.items() if steps >= 100_000)
ENTRANTS = [
    Entrant("skspike", "skspike"),
    Entrant("lzcomplexity", "lzcomplexity"),
    Entrant("antropy", "antropy", without=LONG),
]
BOUNDS = {100: (20, 60), 1_000: (8, None), 10_000: (2, None), 100_000: (1, None)}
TEXT = """Number of LZ76 words of many trains, in one call of `LZ76.each`, and in a loop over
trains in lzcomplexity (Rust) and antropy (numba). lzcomplexity gets bytes, prepared before the
clock starts, antropy the rows of a uint8 array. antropy needs quadratic time and is not run on the
longest trains."""


def arrays(n, steps, rate):
    """Return trains of independent steps."""
    return {"trains": (np.random.default_rng(0).random((n, steps)) < rate).astype(np.uint8)}


def run(session):
    """Measure, and return a section."""
    cases = {name: (lambda sizes=sizes: arrays(*sizes)) for name, sizes in CASES.items()}
    results = session.contest("lz76", cases, ENTRANTS, tolerance=0.0)
    goals = []
    for name, measures in results.items():
        for peer, bound in zip(("lzcomplexity", "antropy"), BOUNDS[CASES[name][1]], strict=True):
            if bound:
                goals.append(
                    Goal.at_least(
                        f"lz76, {name}: {peer} / skspike", bound, ratio(measures, peer, "skspike")))
    return Section("Lempel-Ziv complexity", TEXT, *compared(results, ENTRANTS), goals)
