"""Forward pass of a layer of leaky neurons."""

from ..cases import CASES, network
from ..report import Goal, Section, compared, fastest, ratio
from ..session import Entrant

TORCH = ("snntorch", "spikingjelly", "norse", "sinabs")
LIBRARIES = (*TORCH, "spyx")
SCANS = ("torch loop", "JAX scan")
ENTRANTS = [
    Entrant("skspike", "skspike"),
    *(Entrant(name, name) for name in TORCH),
    Entrant("spyx", "spyx", same=False),
    Entrant("torch loop", "torch_scan"),
    Entrant("JAX scan", "jax_scan"),
]
TEXT = """One call of `transform` on a raster, and the same layer with the same weights in other
packages. The neurons are leaky and are reset to zero (spyx: by subtraction). Other packages get
floats in their preferred layout, prepared before the clock starts. skspike takes the uint8 raster
and checks it. Brackets contain the ratio to skspike's time."""


def run(session):
    """Measure, and return a section."""
    cases = {name: (lambda case=case: network(case)) for name, case in CASES.items()}
    results = session.contest("forward", cases, ENTRANTS, tolerance=1e-3)
    names = {name: f"{name}: {case}" for name, case in CASES.items()}
    return Section("Forward pass", TEXT, *compared(results, ENTRANTS, names), goals(results))


def goals(results):
    """Compare with the bounds."""
    found = []
    for case, by_fastest, by_snntorch in (("A", 2.5, 15), ("B", 10, 9), ("C", 10, 9)):
        measures = results[case]
        found.append(
            Goal.at_least(
                f"forward {case}: fastest library / skspike", by_fastest,
                fastest(measures, LIBRARIES, "skspike")))
        everything = fastest(measures, LIBRARIES + SCANS, "skspike")
        found.append(
            Goal.at_least(
                f"forward {case}: fastest library or loop / skspike", by_fastest, everything))
        found.append(
            Goal.at_least(
                f"forward {case}: snntorch / skspike", by_snntorch,
                ratio(measures, "snntorch", "skspike")))
    found.append(
        Goal.at_least("forward D: spyx / skspike", 1, ratio(results["D"], "spyx", "skspike")))
    found.append(
        Goal.at_least(
            "forward D: fastest torch library / skspike", 15,
            fastest(results["D"], TORCH, "skspike")))
    return found
