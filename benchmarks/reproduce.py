"""Check every claim of arXiv:2508.11674 on tasks with controls, and write the page of results.

    table 1   accuracy: intrinsics fixed, tuned, spread and learned, rules, neurons, controls
    table 2   Lempel-Ziv complexity compared with spike counts
    table 3   latency and estimated energy
    table 4   theory: strict inclusion, nesting, descent, stationarity
    table 5   every neuron of the package: intrinsics fixed, tuned, learned

The work is divided into cells. Each cell writes one row of a CSV file as soon as it is done. A run
that was killed continues from there, because existing rows are not computed again. A row contains
its settings. Changed settings make new rows, and the page shows the rows of the present settings.

    python benchmarks/reproduce.py --mnist mnist10k.npz   # all, about an hour on two cores
    python benchmarks/reproduce.py --quick                # a few minutes, to see that it works

The MNIST file contains X (n, 784) with values 0 to 255 and y (n,).
"""

import argparse
import itertools
import sys
from dataclasses import replace
from pathlib import Path

from joblib import effective_n_jobs
from reproduction import accuracy, complexity, cost, neurons, theory
from reproduction.cells import key_of
from reproduction.figures import draw
from reproduction.page import page
from reproduction.running import duration, missing, run
from reproduction.settings import FULL, QUICK
from reproduction.store import Store

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {False: ROOT / "doc" / "reproduction", True: ROOT / "build" / "reproduction-quick"}


def arguments():
    """Return the command line options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="small data sets and few seeds. The page says so")
    parser.add_argument(
        "--tables", type=int, nargs="+", choices=(1, 2, 3, 4, 5), default=[1, 2, 3, 4, 5])
    parser.add_argument(
        "--seeds", type=int, nargs="+",
        help="seeds of tables 1, 2 and 5. At least two for standard errors")
    parser.add_argument(
        "--n-jobs", type=int, default=2,
        help="number of processes with one thread each. -1: one per core")
    parser.add_argument(
        "--output", type=Path,
        help="CSV file. Figures are written next to it, and the page to the folder's name with .md")
    parser.add_argument(
        "--mnist", type=Path, help="mnist10k.npz. Without it the pairs of digits are skipped")
    parser.add_argument(
        "--peer-python", default=sys.executable,
        help="interpreter with snntorch. Without it snntorch is skipped")
    parser.add_argument("--render-only", action="store_true", help="compute nothing")
    options = parser.parse_args()
    options.n_jobs = effective_n_jobs(options.n_jobs)
    options.output = (options.output or FOLDERS[options.quick] / "results.csv").resolve()
    return options


def all_cells(settings, options):
    """Return the cells of all tables, including cells that lack data or a library."""
    parts = (
        accuracy.cells(settings), complexity.cells(settings, options.mnist),
        cost.cells(settings, options.peer_python))
    return [*itertools.chain(*parts), *theory.cells(settings), *neurons.cells(settings)]


def possible(cells, options):
    """Return the cells of the requested tables, and report the skipped ones.

    Cells that lack data or a library are skipped.
    """
    cells = [cell for cell in cells if cell.table in options.tables]
    if 2 in options.tables and not (options.mnist and options.mnist.exists()):
        print(
            f"The pairs of digits are skipped: --mnist {options.mnist} does not exist.",
            file=sys.stderr)
        cells = [cell for cell in cells if cell.task != complexity.MNIST]
    if 3 in options.tables and not cost.has_peer(options.peer_python):
        print("snntorch is skipped: --peer-python does not have it.", file=sys.stderr)
        cells = [cell for cell in cells if cell.method != cost.PEER]
    return cells


def estimate(cells, n_jobs):
    """Return an estimate of the seconds that the cells take."""
    return sum(cell.seconds / (1 if cell.alone else n_jobs) for cell in cells)


def announce(cells, todo, n_jobs):
    """Print the number of cells to compute and the estimated time."""
    for table in sorted({cell.table for cell in cells}):
        own = [cell for cell in todo if cell.table == table]
        total = sum(cell.table == table for cell in cells)
        print(
            f"table {table}: {len(own)} of {total} cells to compute, "
            f"about {duration(estimate(own, n_jobs))} min",
            file=sys.stderr)
    print(
        f"in all about {duration(estimate(todo, n_jobs))} min with {n_jobs} processes",
        file=sys.stderr)


def write(rows, settings, options):
    """Draw the figures and write the page."""
    folder = options.output.parent
    path = folder.with_suffix(".md")
    figures = draw(rows, folder)
    path.write_text(
        page(rows, settings, quick=options.quick, figures=figures, folder=path.parent),
        encoding="utf-8")
    print(f"Page: {path}")


def main():
    """Compute missing cells, then write the page."""
    options = arguments()
    settings = QUICK if options.quick else FULL
    if options.seeds:
        settings = replace(settings, seeds=tuple(options.seeds))
    store, everything = Store(options.output), all_cells(settings, options)
    failed = 0
    if not options.render_only:
        cells = possible(everything, options)
        announce(cells, missing(cells, store.rows()), options.n_jobs)
        failed = run(cells, store, options.n_jobs)
    present = {cell.key for cell in everything}
    write([row for row in store.rows() if key_of(row) in present], settings, options)
    return f"{failed} cells failed. The next run tries them again." if failed else 0


if __name__ == "__main__":
    sys.exit(main())
