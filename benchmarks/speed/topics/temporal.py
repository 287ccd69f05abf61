"""Training of networks with delays or recurrence, windows, dropout and weight decay."""

import numpy as np

from ..cases import Case, network, weights
from ..report import Goal, Section, compared, ratio
from ..session import Entrant

SAMPLES, SHARE, BOUND = 1024, 0.3, 5
DELAYS = 0, 5, 10, 20, 40
CASES = {"sparse": Case(SAMPLES, 20, 128, 250, 0.03), "dense": Case(SAMPLES, 64, 128, 100, 0.1)}
ENTRANTS = [
    Entrant("skspike", "skspike"), Entrant("snntorch", "snntorch"),
    Entrant("torch loop", "torch_scan")]
TEXT = f"""One epoch of {SAMPLES} samples in mini-batches of 128, as above. The networks have delays
of {DELAYS} ms with separate weights, or recurrent weights of standard deviation {SHARE} / √hidden.
They drop 0.2 of the input spikes, use standardised counts in ten windows, and have weight decay.
"Sparse" has the size and rate of the tasks in `benchmarks/temporal.py`. Other packages get prepared
mini-batches, drop spikes before they delay them, and multiply all steps by the weights at once.
With recurrent weights, snntorch resets by subtraction, which is faster than its reset to zero."""


def delayed(case):
    """Return the arrays of a network with delays."""
    own = case._replace(channels=case.channels * len(DELAYS))
    return {**network(case), "weights": weights(own), "delays": np.array(DELAYS)}


def recurrent(case):
    """Return the arrays of a recurrent network without delays."""
    scale = SHARE / np.sqrt(case.hidden)
    own = np.random.default_rng(7).normal(0, scale, (case.hidden,) * 2).astype(np.float32)
    return {**network(case), "recurrent": own, "delays": np.array([0])}


def run(session):
    """Measure, and return a section."""
    arrays, names = {}, {}
    for make in (delayed, recurrent):
        for name, case in CASES.items():
            key = f"{make.__name__}, {name}"
            arrays[key], names[key] = (lambda make=make, case=case: make(case)), f"{key}: {case}"
    results = session.contest("temporal", arrays, ENTRANTS)
    goals = [
        Goal.at_least(
            f"networks with time, {key}: snntorch / skspike", BOUND,
            ratio(measures, "snntorch", "skspike"))
        for key, measures in results.items()]
    return Section(
        "Networks with delays or recurrence", TEXT, *compared(results, ENTRANTS, names), goals)
