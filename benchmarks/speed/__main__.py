"""Measure some or all topics, and print a report in Markdown."""

import argparse
import importlib
import textwrap
import time
from pathlib import Path

from .._report import bullets, folded, machine, progress, versions
from . import topics as folder
from .report import summary
from .session import ROOT, Session, last_cores

TOPICS = (
    *("forward", "training", "convolution", "recurrent", "temporal", "augmentation"),
    *("density", "rules", "complexity", "encoding", "latency", "stream", "threads", "cores"),
    "two_threads",
    *("startup", "memory", "growth"),
)
METHOD = """Printed by `make bench`. Each time is a median over {runs} runs ({clock} clock). The
packages take turns on the same arrays, each in its own process, with one thread on one core and in
float32. skspike is called through its public estimators, including their checks of the input. "p"
is the proportion of entries with a spike."""
FIGURE = """```{eval-rst}
.. plot:: figures/performance.py training
   :filename-prefix: speed_training
   :include-source: false
   :class: dark-light ink
   :alt: Milliseconds per training epoch in skspike and other packages, for three network sizes.
```"""


def parsed():
    """Return the command line options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("topics", nargs="*", metavar="topic", help=", ".join(TOPICS))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--slice", type=float, default=0.2, help="seconds to repeat a short call in each run")
    parser.add_argument(
        "--quick", action="store_true", help="two short runs, to test the benchmark")
    clocks = (
        "processor time equals wall time on an idle machine with one thread. Use it on a busy "
        "machine. The topics threads and two_threads always use wall time")
    parser.add_argument("--clock", choices=("wall", "processor"), default="wall", help=clocks)
    parser.add_argument(
        "--core", type=int, default=(last_cores() or [-1])[0], help="core for all runs, -1 for any")
    parser.add_argument(
        "--peers", type=Path, default=ROOT / ".venv-peers",
        help="folder of the environments of other packages")
    parser.add_argument(
        "--output", type=Path, help="also write the report to this file after each topic")
    options = parser.parse_args()
    if unknown := set(options.topics) - set(TOPICS):
        parser.error(f"no such topic: {', '.join(sorted(unknown))}. Topics: {', '.join(TOPICS)}")
    return options


def report(session, sections):
    """Return the measurements so far as Markdown."""
    names = {True: "yes", False: "**no**", None: "–"}
    found = [goal for section in sections for goal in section.goals]
    goals = [[goal.what, goal.bound, goal.measured, names[goal.holds]] for goal in found]
    packages = ", ".join(f"{name} {version}" for name, version in sorted(session.versions.items()))
    method = METHOD.format(runs=session.runs, clock=session.clock)
    parts = [
        "# Speed",
        bullets(summary(sections)),
        FIGURE,
        textwrap.fill(f"{method} {machine()}, {versions()}, {packages}.", 100),
        *(section.markdown().strip() for section in sections),
        "## Goals\n\nThe goals of the package, and the values on this machine.",
        folded(["goal", "bound", "measured", "met"], goals),
    ]
    if session.notes:
        parts += ["## Remarks", "\n".join(f"- {note}" for note in session.notes)]
    return "\n\n".join(parts) + "\n"


def main():
    """Measure topic by topic, and write the report after each of them."""
    options = parsed()
    runs, seconds = (2, 0.02) if options.quick else (options.runs, options.slice)
    session = Session(runs, options.core, options.peers.absolute(), seconds, options.clock)
    sections = []
    for name in options.topics or TOPICS:
        start = time.perf_counter()
        sections.append(importlib.import_module(f"{folder.__name__}.{name}").run(session))
        progress(f"{name}: {time.perf_counter() - start:.0f} s\n\n{sections[-1].markdown()}")
        if options.output:
            options.output.write_text(report(session, sections), encoding="utf-8")
    print(report(session, sections))


if __name__ == "__main__":
    main()
