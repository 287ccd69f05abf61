"""Load ten thousand damaged files of models and graphs, and count the outcomes.

Each load runs in a separate process. tests/faults/mutations.py makes the files: ``skops`` archives
with damaged bytes or, with correct checksums, damaged members, ``nir`` graphs with changed numbers,
shapes, nodes and edges, and ``hdf5`` files with damaged bytes. The package nir reads ``hdf5`` with
h5py before skspike.
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
    """Load the files, print the seeds of bad outcomes, and write a row for each form.

    Bad outcomes of HDF5 files are reported, but do not count as errors of skspike.
    """
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
