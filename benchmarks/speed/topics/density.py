"""Forward pass on sparse and dense input, compared with a matrix product."""

from ..cases import CASES, raster, weights
from ..report import Goal, Section, compared, fastest
from ..session import Entrant

RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
ENTRANTS = [
    Entrant("skspike", "skspike"),
    Entrant("product + scan (numba)", "numpy_scan", {"compiled": True}),
    Entrant("product + scan (numpy)", "numpy_scan", {"compiled": False}),
]
TEXT = """The forward pass of cases A and B for input of different density. The time of skspike
grows with the number of spikes, up to a quarter of the channels. The time of a matrix product does
not depend on it. The two matrix products get floats, prepared before the clock starts."""


def arrays(case):
    """Return spikes at a rate, and weights scaled for this rate."""
    return {"raster": raster(case), "weights": weights(case)}


def run(session):
    """Measure, and return a section."""
    sizes = {
        f"{name}, p = {rate:g}": CASES[name]._replace(rate=rate) for name in "AB" for rate in RATES}
    results = session.contest(
        "density", {name: (lambda case=case: arrays(case)) for name, case in sizes.items()},
        ENTRANTS, tolerance=1e-3)
    ratios = {
        name: fastest(measures, [e.label for e in ENTRANTS[1:]], "skspike")
        for name, measures in results.items()}
    case = min(ratios, key=ratios.get)
    goal = Goal.at_least(
        f"density: product + scan / skspike, worst case ({case})", 1.2, ratios[case])
    return Section("Density of the input", TEXT, *compared(results, ENTRANTS), [goal])
