"""Growth of time with steps, neurons and samples."""

import numpy as np

from ..cases import Case, network
from ..report import Goal, Section, milliseconds
from ..session import Entrant

BASE = Case(128, 64, 64, 200, 0.1)
AXES = {"steps": "steps", "hidden": "neurons", "batch": "samples"}
DOUBLINGS = 3
TEXT = f"""Steps, neurons and samples are each doubled {DOUBLINGS} times from {BASE}. The factor is
the geometric mean per doubling. Linear growth gives 2."""


def run(session):
    """Measure, and return a section."""
    rows, goals = [], []
    for axis, name in AXES.items():
        sizes = [BASE._replace(**{axis: getattr(BASE, axis) * 2**k}) for k in range(DOUBLINGS + 1)]
        for topic, method in (("forward", "transform"), ("training", "an epoch")):
            cases = {str(getattr(case, axis)): (lambda case=case: network(case)) for case in sizes}
            results = session.contest(topic, cases, [Entrant("skspike", "skspike")])
            times = [measures["skspike"].seconds for measures in results.values()]
            factor = float(np.exp(np.log(times[-1] / times[0]) / DOUBLINGS))
            rows.append(
                [
                    method, f"{name} {', '.join(results)}", " / ".join(map(milliseconds, times)),
                    f"{factor:.2f}"])
            goals.append(Goal.at_most(f"growth of {method} per doubling of {name}", 2.1, factor))
    return Section("Growth", TEXT, ["", "sizes", "ms", "factor per doubling"], rows, goals)
