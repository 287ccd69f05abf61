"""Run `make test`, and measure the lines and branches of skspike/ that the tests reach.

First the small tests run without compilation, except those that run the kernels of others. Then the
tests of `make test` run. coverage does not see compiled kernels, so only the small tests count for
them. All tests count for other code.
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .._report import progress, versions
from ._results import ROOT, write


def unreached(found):
    """Yield a row for each line that never runs, and for each branch that is never taken.

    Branches from or to a line that never runs are left out.
    """
    for path, of in sorted(found["files"].items()):
        source = (ROOT / path).read_text(encoding="utf-8").splitlines()
        lines = set(of["missing_lines"])
        missing = [(line, "never run") for line in lines]
        ways = [(a, b) for a, b in of["missing_branches"] if not lines & {a, b}]
        missing += [(a, f"never goes on to {f'line {b}' if b > 0 else 'the end'}") for a, b in ways]
        for line, what in sorted(missing):
            yield {"file": path, "line": line, "code": source[line - 1].strip(), "what": what}


def report(folder):
    """Write a row of results from the data in a folder, and unreached lines to unreached.csv."""
    command = [sys.executable, "-m", "coverage", "json", "-q", "-o", str(folder / "found.json")]
    subprocess.run(
        command, cwd=ROOT, env={**os.environ, "COVERAGE_FILE": str(folder / "coverage")},
        check=True)
    found = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    write("unreached", list(unreached(found)))
    total = found["totals"]
    row = {
        "date": datetime.date.today().isoformat(),
        "lines": total["num_statements"],
        "lines reached, %": f"{100 * total['covered_lines'] / total['num_statements']:.1f}",
        "branches": total["num_branches"],
        "branches reached, %": f"{100 * total['covered_branches'] / total['num_branches']:.1f}",
        "both, %": f"{total['percent_covered']:.1f}",
        "versions": versions("skspike", "coverage", "numpy", "numba", "scikit-learn")}  # fmt: skip
    write("coverage", [row])
    progress(row)


def main(arguments):
    """Run the tests, and report the reached lines and branches."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability coverage", description=__doc__)
    parser.add_argument("pytest", nargs="*", help="options for pytest, after --, such as -n 2")
    options = parser.parse_args(arguments).pytest
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options += ["--cov=skspike", "--cov-branch", "--cov-append", "--cov-report="]
        # with an empty cache, so that the compilation is measured too
        own = {"COVERAGE_FILE": str(folder / "coverage"), "NUMBA_CACHE_DIR": str(folder / "numba")}
        small = [sys.executable, "-m", "pytest", "-q", "-m", "small and not compiled", *options]
        failed = subprocess.run(
            small, cwd=ROOT, env={**os.environ, **own, "NUMBA_DISABLE_JIT": "1"}).returncode
        quick = [sys.executable, "-m", "pytest", "-q", "-m", "not exhaustive", *options]
        failed |= subprocess.run(quick, cwd=ROOT, env={**os.environ, **own}).returncode
        report(folder)
    return failed
