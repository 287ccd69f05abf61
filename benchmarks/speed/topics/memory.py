"""Memory for training on long spike trains."""

import numpy as np

from ..._report import progress
from ..cases import Case, weights
from ..report import Goal, Section
from ..session import ContestantError, Entrant

CASE = Case(128, 64, 64, 10_000, 0.05)
ENTRANTS = [Entrant("skspike", "skspike"), Entrant("snntorch", "snntorch")]
TEXT = f"""Memory that one mini-batch of training needs in addition to the data, in a new process:
{CASE}. The data are 82 MB of uint8 for skspike and 328 MB of floats for snntorch."""


def run(session):
    """Measure, and return a section."""
    arrays = {
        "weights": weights(CASE),
        "sizes": np.array([CASE.batch, CASE.channels, CASE.steps, CASE.rate])}
    peaks = {}
    for entrant in ENTRANTS:
        progress(f"memory, {entrant.label}")
        try:
            peaks[entrant.label] = session.peak("memory", arrays, entrant)
        except ContestantError as error:
            session.note(f"{entrant.label} failed at memory: {error}")
    rows = [[label, f"{value / 1e6:,.0f}"] for label, value in peaks.items() if value is not None]
    own = peaks.get("skspike")
    return Section(
        "Memory", TEXT, ["", "MB"], rows,
        [Goal.at_most("memory: training on 10,000 steps", 100, own and own / 1e6, " MB")])
