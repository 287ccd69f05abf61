"""Model of training on up to 16 cores."""

import statistics

from ..._report import progress
from ..cases import CASES, network
from ..contestants import skspike
from ..contestants.skspike import CORES
from ..report import Goal, Section, milliseconds
from .training import SAMPLES

TEXT = """A model of the training step in the section "Training" on more cores than this machine
may have. It uses processor times that are measured on one core. The gradient of a mini-batch is
computed in chunks, which threads share. Each core takes the next chunk as soon as it is free. The
rest of the step is serial: the sum over chunks, Adam, and the new weights in the layout of the
loops. Between compiled loops, Python code in the chunks holds the lock of the interpreter. So the
chunks together take at least the sum of these times. The model assumes that all cores are equally
fast, that threads start at once, and that they do not share caches and memory bandwidth. Real
machines are slower."""


def run(session):
    """Measure, and return a section."""
    rows, goals = [], []
    for name in "ABC":
        case = CASES[name]._replace(batch=SAMPLES)
        progress(f"cores, {name}")
        measure = skspike.cores(network(case))
        measure()  # compiles
        steps = [measure() for _ in range(session.runs)]
        one, serial, locked, *others = (
            statistics.median(step[key] for step in steps)
            for key in (1, "serial", "locked", *CORES))
        gains = [one / seconds for seconds in others]
        rows.append(
            [
                f"{name}: {case}", milliseconds(one), steps[0]["chunks"], f"{serial / one:.1%}",
                f"{locked / one:.1%}", *(f"{gain:.2f}×" for gain in gains)])
        goals.append(Goal.at_least(f"training {name}: model of {CORES[-1]} cores", 8, gains[-1]))
    header = [
        "case", "one core, ms per step", "chunks", "serial", "under the lock",
        *(f"{n} cores" for n in CORES)]
    return Section("Training on more cores", TEXT, header, rows, goals)
