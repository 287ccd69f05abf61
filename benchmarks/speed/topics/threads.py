"""One and two threads."""

from ..cases import CASES, Case, network
from ..report import Goal, Section, compared, ratio
from ..session import Entrant

SIZES = {
    "large": CASES["B"]._replace(batch=1024), "small": Case(32, 64, 64, 100, 0.1),
    "one sample": CASES["D"]}
ENTRANTS = [
    Entrant(f"{n_jobs} thread{'s'[: n_jobs - 1]}", "skspike", {"n_jobs": n_jobs})
    for n_jobs in (1, 2)]
LONG = 0.05  # s, two threads must be faster from here
TEXT = """`n_jobs=1` and `n_jobs=2`, not bound to a core. Other processes on the second core affect
these times."""


def run(session):
    """Measure, and return a section."""
    header, rows, goals = None, [], []
    for topic, method in (("forward", "transform"), ("fit", "fit")):
        sizes = {name: case for name, case in SIZES.items() if topic == "forward" or case.batch > 1}
        cases = {name: (lambda case=case: network(case)) for name, case in sizes.items()}
        results = session.contest(topic, cases, ENTRANTS, pin=False, tolerance=0.0)
        header, lines = compared(
            results, ENTRANTS, {name: f"{method}, {name}: {case}" for name, case in sizes.items()})
        rows += lines
        for name, measures in results.items():
            one = measures["1 thread"].seconds
            gain = ratio(measures, "1 thread", "2 threads")
            goals.append(
                Goal.at_least(
                    f"two threads: {method}, {name}, speed-up", 1.6 if one >= LONG else 0.95, gain))
    return Section("Threads", TEXT, header, rows, goals)
