"""One epoch of surrogate gradient training."""

from ..cases import CASES, network
from ..report import Goal, Section, compared, fastest, ratio
from ..session import Entrant
from .forward import LIBRARIES, SCANS, TORCH

SAMPLES = 1024
VARIANTS = {"fixed intrinsics": {"learn_intrinsic": False}, "meta-neuron": {"neuron": "meta"}}
ENTRANTS = [
    Entrant("skspike", "skspike"),
    *(Entrant(f"skspike, {name}", "skspike", options) for name, options in VARIANTS.items()),
    *(Entrant(name, name) for name in (*TORCH, "spyx")),
    Entrant("torch loop", "torch_scan"),
    Entrant("JAX scan", "jax_scan"),
]
WHOLE = [Entrant("skspike, whole fit", "skspike")]
TEXT = f"""One epoch of {SAMPLES} samples in mini-batches of 128. The networks have
channels-hidden-2 classes, a linear decoder of spike counts, cross-entropy and Adam, and learn decay
and threshold (spikingjelly: one decay per layer, sinabs and spyx: decays, no threshold). Other
packages get prepared mini-batches without shuffling. The time of skspike is the median of the
second to fourth epoch of a fit, each from the end of the epoch before. "Whole fit" is a `fit` of
one epoch, including the trials that choose delays and regularisation, initialisation on the data
and the final loss."""


def run(session):
    """Measure, and return a section."""
    cases = {name: CASES[name]._replace(batch=SAMPLES) for name in "ABC"}
    arrays = {name: (lambda case=case: network(case)) for name, case in cases.items()}
    results = session.contest("training", arrays, ENTRANTS)
    for name, measures in session.contest("fit", arrays, WHOLE).items():
        results[name].update(measures)
    header, rows = compared(
        results, ENTRANTS + WHOLE, {name: f"{name}: {case}" for name, case in cases.items()})
    return Section("Training", TEXT, header, rows, goals(results))


def goals(results):
    """Compare with the bounds."""
    found = []
    for case, bound in (("A", 5), ("B", 12), ("C", 20)):
        measures = results[case]
        everything = fastest(measures, LIBRARIES + SCANS, "skspike")
        found.append(
            Goal.at_least(
                f"training {case}: fastest library or loop / skspike", bound,
                everything))
        if case != "B":
            found.append(
                Goal.at_least(
                    f"training {case}: snntorch / skspike", 10,
                    ratio(measures, "snntorch", "skspike")))
        overhead = ratio(measures, "skspike", "skspike, fixed intrinsics")
        found.append(
            Goal.at_most(f"training {case}: learned / fixed intrinsics", 1.1, overhead))
        found.append(
            Goal.at_most(
                f"training {case}: meta-neuron / LIF", 1.8,
                ratio(measures, "skspike, meta-neuron", "skspike")))
    return found
