"""Measure some topics, or all, and print Markdown."""

import argparse
import importlib
import os
import time
from pathlib import Path

from .._report import machine, progress, table, versions
from . import topics as folder
from .session import ROOT, Session

TOPICS = (
    *("forward", "training", "recurrent", "temporal", "density", "rules", "complexity", "encoding"),
    *("latency", "stream", "threads", "startup", "memory", "growth"),
)
INTRODUCTION = """# Speed

Printed by `make bench`. Every time is a median over {runs} runs ({clock} clock), in which the contestants take turns, one process each,
on the same arrays, with one thread on one core and in float32. Ours goes through the public estimators, their input checks included."""


def last_core():
    """Return the last core that this process may use, or -1 where the system does not tell."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else -1


def parsed():
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("topics", nargs="*", metavar="topic", help=", ".join(TOPICS))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--slice", type=float, default=0.2, help="seconds for which a run repeats a short call")
    parser.add_argument(
        "--quick", action="store_true", help="two short runs: whether it works, not how fast")
    clocks = (
        "processor time is, with one thread, the wall time on a quiet machine: for a busy one; "
        "threads are always by the wall")
    parser.add_argument("--clock", choices=("wall", "processor"), default="wall", help=clocks)
    parser.add_argument(
        "--core", type=int, default=last_core(), help="the core on which all run; -1 for any")
    parser.add_argument(
        "--peers", type=Path, default=ROOT / ".venv-peers",
        help="folder of the peers' environments")
    parser.add_argument(
        "--output", type=Path, help="also write the report to this file, section by section")
    options = parser.parse_args()
    if unknown := set(options.topics) - set(TOPICS):
        parser.error(f"no such topic: {', '.join(sorted(unknown))}; there are {', '.join(TOPICS)}")
    return options


def report(session, sections):
    """Return all that was measured so far as Markdown."""
    names = {True: "yes", False: "**no**", None: "–"}
    goals = [
        [goal.what, goal.bound, goal.measured, names[goal.holds]] for section in sections
        for goal in section.goals]
    packages = ", ".join(f"{name} {version}" for name, version in sorted(session.versions.items()))
    parts = [
        INTRODUCTION.format(runs=session.runs, clock=session.clock),
        f"{machine()}; {versions()}; {packages}.",
        *(section.markdown().strip() for section in sections),
        "## Goals\n\nWhat the package set out to reach, and whether it does on this machine.",
        table(["goal", "bound", "measured", "holds"], goals),
    ]
    if session.notes:
        parts += ["## Remarks", "\n".join(f"- {note}" for note in session.notes)]
    return "\n\n".join(parts) + "\n"


def main():
    """Measure topic by topic; the report is written after each, so that a stop loses little."""
    options = parsed()
    runs, seconds = (2, 0.02) if options.quick else (options.runs, options.slice)
    session = Session(runs, options.core, options.peers.absolute(), seconds, options.clock)
    sections = []
    for name in options.topics or TOPICS:
        start = time.perf_counter()
        sections.append(importlib.import_module(f"{folder.__name__}.{name}").run(session))
        progress(f"{name}: {time.perf_counter() - start:.0f} s\n\n{sections[-1].markdown()}")
        if options.output:
            options.output.write_text(report(session, sections))
    print(report(session, sections))


if __name__ == "__main__":
    main()
