"""From rows to a page: Markdown with every table, the claims, and what fails, all made from the numbers."""

import os
from pathlib import Path

from _report import table

from .claims import claims, remarks
from .sections import accuracy, complexity, cost, neurons, prose, theory
from .summary import NOTHING, select

INTRO = """# Reproduction

The claims of [arXiv:2508.11674](https://arxiv.org/abs/2508.11674), on our own stated tasks, with controls. That paper's tables,
parameter list, decision rule and energy model are not public: what is reproduced has the form of its claims. Everything below, words
included, is made from the rows of `results.csv` by `make reproduce`; nothing is chosen on test data."""
QUICK_NOTE = (
    "**This is a quick run** of small sets and few seeds: it shows that everything works, and says "
    "nothing about the claims.")
CAPTIONS = (
    {
        "gains": "What learned intrinsics gain, in points of accuracy, with standard errors; the dashed line is the goal.",
        "complexity": "Accuracy of complexity and of counts of the same spikes; error bars are standard deviations.",
        "descent": "Monotone descent of the smoothed loss, and the least squared gradient as a "
            "share of its bound (first seed)."})
SECTIONS = (
    (accuracy, "gains"), (complexity, "complexity"), (cost, None), (theory, "descent"),
    (neurons, None))


def page(rows, settings, *, quick=False, figures=None, folder=Path()):
    """Return the page as Markdown; `figures` are paths by name, shown relative to the `folder` that the page is for."""
    parts = [INTRO, *([QUICK_NOTE] if quick else []), _origin(rows), _claims(rows), _remarks(rows)]
    for number, (section, figure) in enumerate(SECTIONS, start=1):
        if not select(rows, table=number):
            parts.append(f"## Table {number}\n\nNot run.")
            continue
        parts.append(section(rows, settings))
        if figure in (figures or {}):
            parts.append(f"![{CAPTIONS[figure]}]({Path(os.path.relpath(figures[figure], folder)).as_posix()})")
    return "\n\n".join(parts) + "\n"


def _origin(rows):
    """Return where and when the rows were computed."""
    if not rows:
        return "There are no results yet."
    dates, machines, packages, sources = (
        sorted({row[name] for row in rows}) for name in ("date", "machine", "versions", "source"))
    minutes = sum(float(row["seconds"]) for row in rows) / 60
    words = f"""{' to '.join(dict.fromkeys((dates[0], dates[-1])))}; {'; '.join(machines)}; skspike {rows[0]['skspike']},
        {'; '.join(packages)}. {len(rows)} results, {minutes:.0f} minutes of work on one core."""
    if len(sources) > 1:
        words += (
            f" They come from {len(sources)} states of the package's source: run it anew into an "
            "empty file for a single one.")
    return prose(words)


def _claims(rows):
    verdict = {True: "holds", False: "**fails**", None: "not run"}
    lines = [
        [claim.name, claim.goal, claim.found or NOTHING, verdict[claim.holds]]
        for claim in claims(rows)]
    return "## Claims\n\n" + table(["claim", "goal", "found", ""], lines)


def _remarks(rows):
    found = [f"* {sentence}" for sentence in remarks(rows)]
    return "## Where little or nothing is gained\n\n" + ("\n".join(found) or "Nothing to tell yet.")
