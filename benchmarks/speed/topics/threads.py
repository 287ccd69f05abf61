"""One and two threads."""

import numpy as np

from ..cases import CASES, Case, network
from ..report import Goal, Section, compared, ratio
from ..session import Entrant
from .recurrent import arrays as recurrent
from .training import SAMPLES

SIZES = {
    "large": CASES["B"]._replace(batch=SAMPLES), "small": Case(32, 64, 64, 100, 0.1),
    "one sample": CASES["D"]}
TRAINED = {name: CASES[name]._replace(batch=SAMPLES) for name in "ABC"}
ENTRANTS = [
    Entrant(f"{n_jobs} thread{'s'[: n_jobs - 1]}", "skspike", {"n_jobs": n_jobs})
    for n_jobs in (1, 2)]
LONG = 0.05  # s, two threads must be faster from here
TEXT = """`n_jobs=1` and `n_jobs=2`, not bound to a core. Other processes on the second core affect
these times. "Epoch" is one epoch of training as in the section "Training", also with recurrent
weights, and with a Poisson encoder in the network that draws new spikes in each epoch."""


def encoded(case):
    """Return random features, with labels. Their Poisson spikes have the mean rate of a case.

    No rows are equal, because a network computes equal samples once.
    """
    found = network(case._replace(steps=1))
    x = np.random.default_rng(3).uniform(0, 2 * case.rate, (case.batch, case.channels))
    return {
        "x": x, "weights": found["weights"], "labels": found["labels"],
        "steps": np.int64(case.steps)}


def run(session):
    """Measure, and return a section."""
    header, rows, goals = None, [], []
    epochs = {name: (network, case) for name, case in TRAINED.items()}
    epochs["C, recurrent"] = recurrent, TRAINED["C"]._replace(batch=256)
    for topic, method, sizes in (
            ("forward", "transform", {name: (network, case) for name, case in SIZES.items()}),
            ("fit", "fit", {name: (network, SIZES[name]) for name in ("large", "small")}),
            ("training", "epoch", epochs),
            ("encoded", "epoch", {"B, encoder inside": (encoded, TRAINED["B"])})):
        cases = {
            name: (lambda make=make, case=case: make(case)) for name, (make, case) in sizes.items()}
        names = {name: f"{method}, {name}: {case}" for name, (_, case) in sizes.items()}
        tolerance = None if method == "epoch" else 0.0  # an epoch returns its time only
        results = session.contest(topic, cases, ENTRANTS, pin=False, tolerance=tolerance)
        header, lines = compared(results, ENTRANTS, names)
        rows += lines
        for name, measures in results.items():
            one = measures["1 thread"].seconds
            bound = 1.7 if method == "epoch" else 1.6 if one >= LONG else 0.95
            gain = ratio(measures, "1 thread", "2 threads")
            goals.append(
                Goal.at_least(f"two threads: {method}, {name}, speed-up", bound, gain))
    return Section("Threads", TEXT, header, rows, goals)
