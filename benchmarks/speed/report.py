"""From measurements to Markdown."""

import textwrap
from dataclasses import dataclass, field

from .._report import table


@dataclass
class Goal:
    """A bound that the package set itself: what, which bound, what was measured, and whether it holds (None: not measured)."""

    what: str
    bound: str
    measured: str
    holds: bool | None

    @classmethod
    def at_least(cls, what, bound, value, unit="×"):
        """Return a goal for a value that should be large."""
        return cls._of(
            what, f"≥ {bound:g}{unit}", value, unit, value is not None and value >= bound)

    @classmethod
    def at_most(cls, what, bound, value, unit="×"):
        """Return a goal for a value that should be small."""
        return cls._of(
            what, f"≤ {bound:g}{unit}", value, unit, value is not None and value <= bound)

    @classmethod
    def _of(cls, what, bound, value, unit, holds):
        return cls(what, bound, "not measured", None) if value is None else cls(
            what, bound, f"{value:.3g}{unit}", holds)


@dataclass
class Section:
    """What a topic reports."""

    title: str
    text: str
    header: list
    rows: list
    goals: list = field(default_factory=list)

    def markdown(self):
        """Return the section as Markdown."""
        text = textwrap.fill(self.text, 132, break_on_hyphens=False)
        return f"## {self.title}\n\n{text}\n\n{table(self.header, self.rows)}\n"


def milliseconds(seconds):
    """Return seconds as milliseconds with three significant digits."""
    value = 1000 * seconds
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def load(measures):
    """Return the range of processor seconds per wall second of several measures."""
    values = [measure.load for measure in measures]
    low, high = min(values), max(values)
    return f"{low:.2f}" if high - low < 0.005 else f"{low:.2f}–{high:.2f}"


def ratio(measures, label, own):
    """Return how many times as long an entrant took as ours did; None where either is missing."""
    return measures[label].seconds / measures[own].seconds if {
        label, own} <= set(measures) else None


def fastest(measures, labels, own):
    """Return the ratio of the fastest among some entrants to ours; None where there is none."""
    return min(
        (value for value in (ratio(measures, label, own) for label in labels) if value is not None),
        default=None)


def compared(results, entrants, case_names=None, per=1):
    """Return header and rows of a table of milliseconds, and of each entrant's ratio to the first, which is ours.

    `per` divides the times, for instance by the number of samples.
    """
    own, *others = [entrant.label for entrant in entrants]
    rows = []
    for case, measures in results.items():
        row = [
            (case_names or {}).get(case, case),
            milliseconds(measures[own].seconds / per) if own in measures else "failed"]
        for label in others:
            times = ratio(measures, label, own)
            row.append(
                "–" if times is None
                else f"{milliseconds(measures[label].seconds / per)} ({times:.2f}×)")
        rows.append([*row, load(measures.values())])
    return ["case", f"{own}, ms", *(f"{label}, ms" for label in others), "processor s per s"], rows
