"""Steps of a stream."""

from ..cases import Case, network
from ..report import Goal, Section, load
from ..session import Entrant

STEPS = 2000
CASES = {"64-64": (Case(1, 64, 64, STEPS, 0.1), 1), "784-512": (Case(1, 784, 512, STEPS, 0.05), 5)}
ENTRANTS = [
    Entrant("feed-forward", "skspike", {"recurrent": False}),
    Entrant("recurrent", "skspike", {"recurrent": True})]
TEXT = """`step` of a stream in microseconds, including the call from Python, the check of the input
and a copy of the spikes."""


def run(session):
    """Measure, and return a section."""
    results = session.contest(
        "stream", {name: (lambda case=case: network(case)) for name, (case, _) in CASES.items()},
        ENTRANTS)
    rows, goals = [], []
    for name, (case, bound) in CASES.items():
        times = [1e6 * results[name][entrant.label].seconds / STEPS for entrant in ENTRANTS]
        rows.append(
            [
                f"{name}, p = {case.rate}", *(f"{time:.2f}" for time in times),
                load(results[name].values())])
        goals.append(Goal.at_most(f"stream {name}: one step", bound, times[0], " µs"))
    return Section(
        "Streams", TEXT,
        ["network", *(f"{entrant.label}, µs" for entrant in ENTRANTS), "processor s per s"], rows,
        goals)
