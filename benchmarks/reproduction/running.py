"""Run cells without rows: in parallel, longest first, then the timings one by one."""

import functools
import os
import sys
import threading
import time
import traceback

from _report import machine, versions
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from . import accuracy, complexity, cost, neurons, theory
from .cells import canonical, key_of, source_digest

TABLES = {1: accuracy, 2: complexity, 3: cost, 4: theory, 5: neurons}


@functools.cache
def end_with(parent):
    """End this worker process when its parent has ended. Otherwise it waits for minutes."""

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    if os.getpid() != parent:
        threading.Thread(target=watch, daemon=True).start()


def compute(cell, parent):
    """Return the cell with its results, seconds and None, or with the text of the error."""
    end_with(parent)
    start = time.perf_counter()
    try:
        with threadpool_limits(1):
            results = TABLES[cell.table].run(cell)
    except Exception:
        return cell, None, 0.0, traceback.format_exc()
    return cell, results, time.perf_counter() - start, None


def missing(cells, rows):
    """Return the cells that have no row."""
    there = {key_of(row) for row in rows}
    return [cell for cell in cells if cell.key not in there]


def run(cells, store, n_jobs, stream=sys.stderr):
    """Compute missing cells, write each row at once, and return the number of failed cells."""
    todo = sorted(missing(cells, store.rows()), key=lambda cell: -cell.seconds)
    together = [cell for cell in todo if not cell.alone]
    progress = Progress(todo, n_jobs, stream)
    source, failed = source_digest(), 0
    for part, jobs in ((together, n_jobs), ([cell for cell in todo if cell.alone], 1)):
        work = Parallel(jobs, batch_size=1, pre_dispatch="all", return_as="generator_unordered")
        for cell, results, seconds, error in work(
                delayed(compute)(cell, os.getpid()) for cell in part):
            if error:
                # the whole trace once, because an error in one cell often occurs in all
                words = error.strip().splitlines()[-1] if failed else f"\n{error}"
                print(
                    f"\n{cell.task}, {cell.method}, {cell.variant}, seed {cell.seed} failed: "
                    f"{words}",
                    file=stream)
                failed += 1
            else:
                store.append(_row(cell, results, seconds, source))
            progress.done(cell)
    progress.close()
    return failed


def _row(cell, results, seconds, source):
    """Return the row of a cell: identity, origin and results."""
    date, where = machine().split(", ", 1)
    origin = {
        "source": source, "date": date, "machine": where,
        "versions": versions("scikit-learn", "numpy", "numba")}
    return {**cell.identity(), **origin, "seconds": f"{seconds:.2f}", "results": canonical(results)}


def duration(seconds):
    """Return minutes and seconds as text."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Progress:
    """A progress bar with elapsed and remaining time, or a few lines without a terminal."""

    WIDTH, PAUSE = 24, 15.0

    def __init__(self, cells, n_jobs, stream):
        self.n_cells, self.n_done = len(cells), 0
        self.guess, self.guess_done = sum(cell.seconds for cell in cells), 0.0
        self.n_jobs, self.stream = n_jobs, stream
        self.start, self.printed = time.perf_counter(), -self.PAUSE
        self.terminal = stream.isatty()
        if cells:
            self._print()

    def done(self, cell):
        """Count a cell as done."""
        self.n_done += 1
        self.guess_done += cell.seconds
        if (
                self.terminal or self.n_done == self.n_cells
                or time.perf_counter() - self.start - self.printed > self.PAUSE):
            self._print()

    def left(self):
        """Return the remaining seconds.

        The estimates are scaled by the ratio of real to estimated time so far.
        """
        gone = time.perf_counter() - self.start
        pace = gone / self.guess_done if self.guess_done > 0.02 * self.guess else 1 / self.n_jobs
        return pace * (self.guess - self.guess_done)

    def _print(self):
        gone = self.printed = time.perf_counter() - self.start
        filled = round(self.WIDTH * self.guess_done / self.guess)
        bar = "#" * filled + "." * (self.WIDTH - filled)
        text = (
            f"[{bar}] {self.n_done}/{self.n_cells} cells, {duration(gone)} gone, about "
            f"{duration(self.left())} left")
        print(
            f"\r{text}" if self.terminal else text, end="" if self.terminal else "\n",
            file=self.stream, flush=True)

    def close(self):
        """End the line."""
        if self.terminal and self.n_cells:
            print(file=self.stream)
