"""Check every claim of arXiv:2508.11674, on stated tasks with controls, and write the page with tables and figures.

    table 1   accuracy: intrinsics fixed, tuned, spread and learned; five rules and neurons;
    controls table 2   Lempel-Ziv complexity beside spike counts table 3   latency and estimated
    energy table 4   theory: strict inclusion, nesting, descent, stationarity table 5   every neuron
    of the package: intrinsics fixed, tuned, learned

The work is cut into cells. Each writes one row of a CSV as soon as it is done, so that a run that
was killed goes on where it was: rows that are there are not computed again. A row holds its
settings; changed settings make new rows, and the page shows the present ones.

    python benchmarks/reproduce.py --mnist mnist10k.npz      the whole, within an hour or so on two
    cores python benchmarks/reproduce.py --quick                   some minutes, to see that it
    works

The file of MNIST holds X (n, 784) of 0 to 255 and y (n,).
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
    """Return the options given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="small sets and few seeds; the page says so")
    parser.add_argument(
        "--tables", type=int, nargs="+", choices=(1, 2, 3, 4, 5), default=[1, 2, 3, 4, 5])
    parser.add_argument(
        "--seeds", type=int, nargs="+",
        help="of tables 1, 2 and 5; two at least for standard errors")
    parser.add_argument(
        "--n-jobs", type=int, default=2, help="processes, of one thread each; -1: one per core")
    parser.add_argument(
        "--output", type=Path,
        help="the CSV; figures go beside it, and the page is named like its folder, with .md")
    parser.add_argument(
        "--mnist", type=Path, help="mnist10k.npz; without it the pairs of digits are left out")
    parser.add_argument(
        "--peer-python", default=sys.executable,
        help="interpreter that has snntorch; without it snntorch is left out")
    parser.add_argument("--render-only", action="store_true", help="compute nothing")
    options = parser.parse_args()
    options.n_jobs = effective_n_jobs(options.n_jobs)
    options.output = (options.output or FOLDERS[options.quick] / "results.csv").resolve()
    return options


def all_cells(settings, options):
    """Return the cells of all tables, those that lack their data or library here as well."""
    parts = (
        accuracy.cells(settings), complexity.cells(settings, options.mnist),
        cost.cells(settings, options.peer_python))
    return [*itertools.chain(*parts), *theory.cells(settings), *neurons.cells(settings)]


def possible(cells, options):
    """Return the cells of the tables asked for, without those that lack their data or library, and say what is left out."""
    cells = [cell for cell in cells if cell.table in options.tables]
    if 2 in options.tables and not (options.mnist and options.mnist.exists()):
        print(
            f"There is no file --mnist {options.mnist}: the pairs of digits are left out.",
            file=sys.stderr)
        cells = [cell for cell in cells if cell.task != complexity.MNIST]
    if 3 in options.tables and not cost.has_peer(options.peer_python):
        print("--peer-python has no snntorch: it is left out.", file=sys.stderr)
        cells = [cell for cell in cells if cell.method != cost.PEER]
    return cells


def estimate(cells, n_jobs):
    """Return the seconds that cells take, guessed."""
    return sum(cell.seconds / (1 if cell.alone else n_jobs) for cell in cells)


def announce(cells, todo, n_jobs):
    """Tell what will be computed, and how long it may take."""
    for table in sorted({cell.table for cell in cells}):
        own = [cell for cell in todo if cell.table == table]
        total = sum(cell.table == table for cell in cells)
        print(
            f"table {table}: {len(own)} of {total} cells to compute, about {duration(estimate(own, n_jobs))} min",
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
    """Compute what is missing, then write the page."""
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
    return f"{failed} cells failed; the next run tries them again." if failed else 0


if __name__ == "__main__":
    sys.exit(main())
