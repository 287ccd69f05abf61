"""Run the whole suite, and write its result and versions: one row for each environment."""

import argparse
import datetime
import os
import re
import subprocess
import sys

from .._report import progress, versions
from ._results import ROOT, replace


def run(options, **environment):
    """Run pytest with options, and write a row of results. Return the exit status."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options], cwd=ROOT, stdout=subprocess.PIPE,
        text=True, env={**os.environ, **environment})
    print(done.stdout)
    last = done.stdout.splitlines()[-1]
    counts = {
        kind: sum(map(int, re.findall(rf"(\d+) {kind}", last)))
        for kind in ("passed", "failed", "error", "skipped")}
    seconds = re.findall(r"in ([\d.]+)s", last)
    row = {
        "date": datetime.date.today().isoformat(), **counts,
        "minutes": round(float(seconds[0]) / 60, 1) if seconds else ""}
    row["versions"] = versions(
        "joblib", "matplotlib", "numba", "numpy", "scikit-learn", "scipy", "threadpoolctl")
    replace("suite", row, "versions")
    progress(row)
    return done.returncode


def main(arguments):
    """Run pytest with the arguments, and write a row of results."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability suite", description=__doc__)
    parser.add_argument("pytest", nargs="*", help="options for pytest, after --, such as -n 2")
    return run(parser.parse_args(arguments).pytest)
