"""Contestants, each a process of its own, that take turns on the same arrays."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .._report import progress

ROOT = Path(__file__).parents[2]
THREADS = ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON", "VECLIB_MAXIMUM")
# Environments of contestants. Other contestants run in the present environment.
ENVIRONMENTS = {
    **dict.fromkeys(
        ("snntorch", "spikingjelly", "norse", "sinabs", "bindsnet", "torch_scan"), "torch"),
    **dict.fromkeys(("spyx", "jax_scan"), "jax"),
    **dict.fromkeys(("lzcomplexity", "antropy"), "complexity")}


@dataclass(eq=False)
class Entrant:
    """One column of a table: a contestant with options, and the cases that it skips.

    If `same`, its result must be equal to the result of the first entrant, within the tolerance of
    the topic.
    """

    label: str
    module: str
    options: dict = field(default_factory=dict)
    without: tuple = ()
    same: bool = True


@dataclass
class Measure:
    """Measurement of one entrant on one case.

    `runs` contains the seconds of the calls of each run, and `totals` the sums of both clocks.
    """

    value: float | None
    clock: str
    runs: list = field(default_factory=list)
    totals: dict = field(default_factory=lambda: {"wall": 0.0, "processor": 0.0})

    def add(self, run):
        """Add the measurements of a worker in one run."""
        self.runs.append(run[self.clock])
        for clock, calls in run.items():
            self.totals[clock] += sum(calls)

    @property
    def seconds(self):
        """The median over runs of the median call."""
        return statistics.median(statistics.median(calls) for calls in self.runs)

    @property
    def load(self):
        """Processor seconds per wall second."""
        return self.totals["processor"] / self.totals["wall"]

    def quantile(self, q):
        """Return a quantile of the seconds of all calls."""
        return float(np.quantile(np.concatenate(self.runs), q))


def last_cores(n=1):
    """Return the last cores that this process may use, or an empty list if they are unknown."""
    known = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return known[-n:]


class ContestantError(Exception):
    """Raised if a contestant cannot process a request."""


class Worker:
    """The process of one contestant, with a number of threads, on some cores (none: on all)."""

    def __init__(self, module, python, cores, threads=1):
        # these variables may select slower kernels
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
        environment.update(
            {f"{library}_NUM_THREADS": str(threads) for library in THREADS},
            XLA_FLAGS=f"--xla_cpu_multi_thread_eigen={str(threads > 1).lower()}")
        command = [str(python), "-m", f"{__package__}.worker", module, *map(str, cores)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, cwd=ROOT, env=environment)

    def ask(self, do, **arguments):
        """Send a request and return the answer."""
        try:
            self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self.process.stdin.flush()
            reply = json.loads(self.process.stdout.readline() or '{"error": "the process ended"}')
        except BrokenPipeError:
            reply = {"error": "the process ended"}
        if "error" in reply:
            raise ContestantError(reply["error"].splitlines()[0])
        return reply

    def close(self):
        """End the process."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@contextmanager
def saved(arrays):
    """Write arrays to a temporary folder, and yield its path."""
    with tempfile.TemporaryDirectory() as folder:
        for name, array in arrays.items():
            np.save(Path(folder) / name, array)
        yield folder


class Session:
    """Settings of one run of the benchmarks, with the versions and notes on errors so far."""

    def __init__(self, runs, core, peers, slice_seconds, clock="wall"):
        self.runs = runs
        self.core = core
        self.peers = peers
        self.slice_seconds = slice_seconds
        self.clock = clock
        self.versions, self.notes = {}, []

    def note(self, text):
        """Add a remark to the report."""
        progress("  !", text)
        if text not in self.notes:
            self.notes.append(text)

    def cores(self, threads):
        """Return the cores of processes with some threads. Empty: the system chooses them."""
        return [] if self.core < 0 else [self.core] if threads == 1 else last_cores(threads)

    def start(self, entrant, pin=True, threads=1):
        """Return a worker for an entrant, or None if its library is not installed."""
        environment = ENVIRONMENTS.get(entrant.module)
        python = Path(
            sys.executable) if environment is None else self.peers / environment / "bin" / "python"
        if not python.exists():
            return self.note(f"{entrant.label} is skipped: no environment {environment}.")
        worker = Worker(entrant.module, python, self.cores(threads) if pin else [], threads)
        try:
            self.versions.update(worker.ask("versions")["versions"])
        except ContestantError as error:
            worker.close()
            return self.note(f"{entrant.label} is skipped: {error}")
        return worker

    def contest(
            self, topic, cases, entrants, *, calls=None, tolerance=None, pin=True, threads=None):
        """Run all entrants in turn on each case, and return {case: {label: Measure}}.

        Entrants that are not installed are skipped. `cases` maps names to functions that make the
        arrays. `calls` sets the number of calls per run. If `threads` is given, each process has as
        many threads and cores, and the clock is the wall clock.
        """
        workers = {entrant: self.start(entrant, pin, threads or 1) for entrant in entrants}
        clock = self.clock if pin and threads is None else "wall"
        results = {}
        try:
            for case, arrays in cases.items():
                progress(f"{topic}, {case}")
                present = {
                    entrant: worker
                    for entrant, worker in workers.items()
                    if worker and case not in entrant.without}
                with saved(arrays()) as folder:
                    results[case] = self._alternate(topic, case, folder, present, calls, clock)
                self._compare(topic, case, results[case], entrants, tolerance)
        finally:
            for worker in filter(None, workers.values()):
                worker.close()
        return results

    def peak(self, topic, arrays, entrant):
        """Return the increase of the memory of a new process in a call, in bytes.

        None if the entrant is not installed.
        """
        worker = self.start(entrant)
        if worker is None:
            return None
        try:
            with saved(arrays) as folder:
                worker.ask("prepare", topic=topic, data=folder, options=entrant.options, warm=False)
            return worker.ask("peak")["bytes"]
        finally:
            worker.close()

    def _alternate(self, topic, case, folder, workers, calls, clock):
        measures, numbers = {}, {}
        for entrant, worker in workers.items():
            try:
                warm = worker.ask("prepare", topic=topic, data=folder, options=entrant.options)
            except ContestantError as error:
                self.note(f"{entrant.label} failed at {topic}, {case}: {error}")
                continue
            measures[entrant.label] = Measure(warm["value"], clock)
            # repeat calls within a run that are too short for the clock
            numbers[entrant] = calls or max(
                1, min(200, int(self.slice_seconds / max(warm["seconds"], 1e-6))))
        for _ in range(self.runs):
            for entrant, n in list(numbers.items()):
                try:
                    measures[entrant.label].add(workers[entrant].ask("run", n=n))
                except ContestantError as error:
                    self.note(f"{entrant.label} failed at {topic}, {case}: {error}")
                    del measures[entrant.label], numbers[entrant]
        return measures

    def _compare(self, topic, case, measures, entrants, tolerance):
        values = {
            entrant.label: measures[entrant.label].value
            for entrant in entrants if entrant.same and entrant.label in measures}
        if tolerance is None or not values:
            return
        (first, expected), *others = values.items()
        for label, value in others:
            if not abs(value - expected) <= tolerance * abs(expected):
                self.note(
                    f"MISMATCH at {topic}, {case}: {label} gives {value:g}, {first} {expected:g}.")
