"""Lines and branches of skspike/ that the tests reach: the small ones without compilation, and then all.

Compiled kernels run outside of what coverage sees, so that they count by the small tests alone; everything else counts by both.
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
from ._results import FOLDER, ROOT, append


def run(folder, arguments, **environment):
    """Run tests and keep what they reach."""
    command = [sys.executable, "-m", "pytest", "-q", "--cov=skspike", "--cov-branch", "--cov-append", "--cov-report="]
    own = {"COVERAGE_FILE": str(folder / "coverage"), "NUMBA_CACHE_DIR": str(folder / "numba")}  # compiling is to be seen too
    environment = {**os.environ, **own, **environment}
    return subprocess.run([*command, *arguments], cwd=ROOT, env=environment).returncode


def ranges(numbers):
    """Return line numbers as text, neighbours joined."""
    found = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return " ".join(f"{a}-{b}" if b > a else str(a) for a, b in found)


def main(arguments):
    """Measure, write a row of results, and list what is not reached in uncovered.csv."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reliability coverage", description=__doc__)
    parser.add_argument("--small", action="store_true", help="the small tests alone")
    parser.add_argument("pytest", nargs="*", help="options for pytest, after --, such as -n 2")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        failed = run(folder, ["-m", "small", *options.pytest], NUMBA_DISABLE_JIT="1")
        if not options.small:
            failed |= run(folder, options.pytest)
        command = [sys.executable, "-m", "coverage", "json", "-q", "-o", str(folder / "found.json")]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "COVERAGE_FILE": str(folder / "coverage")}, check=True)
        found = json.loads((folder / "found.json").read_text())
    total = found["totals"]
    lines = ["file,lines,branches"]
    for path, of in sorted(found["files"].items()):
        branches = " ".join(f"{a}>{b if b > 0 else 'end'}" for a, b in of["missing_branches"] if a not in of["missing_lines"])
        if of["missing_lines"] or branches:
            lines.append(f"{path},{ranges(of['missing_lines'])},{branches}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "uncovered.csv").write_text("\n".join(lines) + "\n")
    row = {
        "date": datetime.date.today().isoformat(),
        "lines": total["num_statements"], "lines reached, %": f"{100 * total['covered_lines'] / total['num_statements']:.1f}",
        "branches": total["num_branches"], "branches reached, %": f"{100 * total['covered_branches'] / total['num_branches']:.1f}",
        "both, %": f"{total['percent_covered']:.1f}", "versions": versions("skspike", "coverage", "numpy", "numba", "scikit-learn"),
    }  # fmt: skip
    progress(row, f"written to {append('coverage', row)}")
    return failed
