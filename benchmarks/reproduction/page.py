"""Conversion of results to a Markdown page with claims, tables and figures."""

import os
from pathlib import Path

from _report import bullets, details, folded

from .claims import MAIN, claims, remarks
from .sections import accuracy, complexity, cost, neurons, prose, theory
from .summary import NOTHING, select

TASKS = (
    "Tasks: which of two groups of channels fires first (order), how fast a common rate switches "
    "(telegraph) or oscillates (am), which channels fire together (sync), and which pattern of "
    "spike times occurs (templates).")
INTRO = """The claims of [arXiv:2508.11674](https://arxiv.org/abs/2508.11674) are tested on our own
tasks, with controls. The tables, parameters, decision rule and energy model of the paper are not
public, so this page tests claims of the same form. `make reproduce` writes the whole page from
`results.csv`. Nothing is chosen on test data."""
QUICK_NOTE = (
    "**This is a quick run** with small data and few seeds. It tests the program, not the "
    "claims.")
CAPTIONS = {
    "gains": (
        "Gain in accuracy by learned intrinsic parameters, in points, with standard errors. The "
        "dashed line is the goal."),
    "complexity": (
        "Accuracy with complexity and with counts of the same spikes. Error bars are standard "
        "deviations."),
    "descent": (
        "Descent of the smoothed loss, and the smallest squared gradient relative to its bound "
        "(first seed).")}
SECTIONS = (  # the figure of the first section is at the top of the page
    (accuracy, None), (complexity, "complexity"), (cost, None), (theory, "descent"),
    (neurons, None))


def page(rows, settings, *, quick=False, figures=None, folder=Path()):
    """Return the page as Markdown, with `figures` (paths by name) relative to `folder`."""

    def shown(name):
        """Return the figure, if it exists."""
        if name not in (figures or {}):
            return []
        path = Path(os.path.relpath(figures[name], folder)).as_posix()
        return [f"![{CAPTIONS[name]}]({path})"]

    parts = [
        "# Reproduction", *([QUICK_NOTE] if quick else []), _summary(rows), *shown("gains"),
        prose(INTRO), _origin(rows), _claims(rows), _remarks(rows)]
    for number, (section, figure) in enumerate(SECTIONS, start=1):
        if not select(rows, table=number):
            parts.append(f"## Table {number}\n\nNot run.")
            continue
        parts += [section(rows, settings), *shown(figure)]
    return "\n\n".join(parts) + "\n"


def _summary(rows):
    """Return the number of claims that hold, and what was found for the main ones."""
    every = claims(rows)
    run = [claim for claim in every if claim.holds is not None]
    n_held = sum(claim.holds for claim in run)
    held = f"{n_held} of {len(run)} claims like those of the paper (arXiv:2508.11674) hold."
    lines = [held, TASKS] + [
        f"{claim.name[0].upper()}{claim.name[1:]}: {claim.found}."
        for claim in run if claim.name in MAIN]
    return bullets(lines)


def _origin(rows):
    """Return date, machines and versions of the results."""
    if not rows:
        return "There are no results yet."
    dates, machines, packages, sources = (
        sorted({row[name] for row in rows}) for name in ("date", "machine", "versions", "source"))
    minutes = sum(float(row["seconds"]) for row in rows) / 60
    dates, machines, packages = (
        " and ".join(dict.fromkeys(names))
        for names in ((dates[0], dates[-1]), machines, packages))
    words = f"""Measured on {dates} on {machines} with skspike {rows[0]['skspike']}, {packages}.
        {len(rows)} results, {minutes:.0f} minutes on one core."""
    if len(sources) > 1:
        words += (
            f" They come from {len(sources)} versions of the source. To use a single version, run "
            "`make reproduce` with an empty file.")
    return prose(words)


def _claims(rows):
    verdict = {True: "holds", False: "**fails**", None: "not run"}
    lines = [
        [claim.name, claim.goal, claim.found or NOTHING, verdict[claim.holds]]
        for claim in claims(rows)]
    return "## Claims\n\n" + folded(["claim", "goal", "found", ""], lines)


def _remarks(rows):
    found = remarks(rows)
    return "## Small or no gains\n\n" + (
        details(f"{len(found)} remarks", bullets(found)) if found else "No results yet.")
