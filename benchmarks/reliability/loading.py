"""Load ten thousand damaged files of models and graphs, each in a process of its own, and count how the loads end.

The files and how they are damaged are those of tests/faults/mutations.py: ``skops``, archives with
damage to their bytes or, under right checksums, to their members; ``nir``, graphs with other
numbers, shapes, nodes and edges; ``hdf5``, the bytes of their files, which the package nir reads by
h5py before skspike sees anything.
"""

import argparse
import datetime
import json
import subprocess
import sys

from .._report import progress, versions
from ._results import ROOT, append

FORMS = {"skops": 0.5, "nir": 0.4, "hdf5": 0.1}  # shares of the files
BAD = ("crash", "hang", "escape")


def main(arguments):
    """Load them, print the seeds of bad ends, and write a row for each form; bad ends of HDF5 are told, and are not ours."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability loading", description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1000)
    options, failed = parser.parse_args(arguments), 0
    for form, share in FORMS.items():
        n = round(share * options.files)
        command = [sys.executable, "tests/faults/mutations.py", form, str(n), str(options.seed)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        *seeds, ends = done.stdout.splitlines()
        ends = json.loads(ends)
        row = {
            "date": datetime.date.today().isoformat(), "form": form, "files": n,
            "answers": ends.pop("answer", 0)}
        row |= {end: ends.pop(end, 0) for end in BAD}
        row |= {
            "errors": sum(ends.values()), "kinds of error": len(ends),
            "versions": versions("skspike", "skops", "nir", "h5py")}
        failed += sum(row[end] for end in BAD) if form != "hdf5" else 0
        progress(*seeds, row, f"written to {append('loading', row)}")
    return int(failed > 0)
