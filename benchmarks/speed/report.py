"""Conversion of measurements to Markdown."""

import re
import textwrap
from dataclasses import dataclass, field

from .._report import details, folded


@dataclass
class Goal:
    """A goal with its bound, the measured value, and whether it is met (None: not measured)."""

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
    """The report of one topic."""

    title: str
    text: str
    header: list
    rows: list
    goals: list = field(default_factory=list)

    def markdown(self):
        """Return the section as Markdown."""
        text = textwrap.fill(self.text, 100, break_on_hyphens=False)
        return f"## {self.title}\n\n{details('Method', text)}\n\n{folded(self.header, self.rows)}\n"


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
    """Return an entrant's time divided by our time, or None if either is missing."""
    return measures[label].seconds / measures[own].seconds if {
        label, own} <= set(measures) else None


def fastest(measures, labels, own):
    """Return the ratio of the fastest of some entrants to our time, or None if there is none."""
    return min(
        (value for value in (ratio(measures, label, own) for label in labels) if value is not None),
        default=None)


def compared(results, entrants, case_names=None, per=1):
    """Return header and rows of a table of milliseconds and ratios to the first entrant.

    `per` divides the times, for example by the number of samples.
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


def ratios(section, label=""):
    """Return the ratio of each row for an entrant, or the smallest one of other packages."""
    columns = [
        k for k, name in enumerate(section.header)
        if name.startswith(label) and not name.startswith("skspike")]
    rows = [[re.search(r"\(([\d.]+)×\)", str(row[k])) for k in columns] for row in section.rows]
    return [min(float(match[1]) for match in row if match) for row in rows if any(row)]


def extremes(values):
    """Return the smallest and the largest value as text."""
    return " to ".join(f"{value:.3g}" for value in (min(values), max(values)))


SUMMARY = (
    ("Training", "snntorch", "Training in snntorch"),
    ("Training", "", "Training in the fastest other package or loop"),
    ("Recurrent layers", "", "Recurrent layers in the fastest other loop"),
    ("Convolution", "", "Convolution in the fastest other form"),
    ("Forward pass", "", "Forward pass in the fastest other package or loop"),
    ("Density of the input", "", "Forward pass by a matrix product, on sparse to dense input"),
    ("Lempel-Ziv complexity", "lzcomplexity", "LZ76 complexity in lzcomplexity (Rust)"))


def summary(sections):
    """Return sentences on what is faster or slower than skspike, and by how much."""
    by_title = {section.title: section for section in sections}
    sentences, slower = [], []
    for title, label, words in SUMMARY:
        if title not in by_title:
            continue
        if found := ratios(by_title[title], label):
            sentences.append(f"{words}: {extremes(found)} times as long as in skspike.")
        if not label:
            slower += faster_others(by_title[title])
    if slower:
        sentences.append(f"Faster than skspike: {', '.join(slower)}.")
    return sentences


def faster_others(section):
    """Return the entrants that took less time than skspike, with the case and the ratio."""
    found = []
    for row in section.rows:
        for name, cell in zip(section.header, row, strict=True):
            match = re.search(r"\(([\d.]+)×\)", str(cell))
            if match and not name.startswith("skspike") and float(match[1]) < 1:
                case = str(row[0]).partition(":")[0]
                found.append(f"{name.removesuffix(', ms')} in {section.title.lower()}, {case} "
                             f"({match[1]}×)")
    return found
