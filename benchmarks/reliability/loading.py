"""Load ten thousand damaged files of models and graphs, and count the outcomes.

Each file is loaded and used in a separate process, twice, with bounds checks and with other bytes
in the free memory. tests/faults/mutations.py makes the files: ``skops`` archives with damaged
bytes, with damaged members and correct checksums, or of models with other fitted attributes,
``nir`` graphs with changed numbers, shapes, nodes and edges, and ``hdf5`` files with damaged bytes.
The package nir reads ``hdf5`` with h5py before skspike. After a kill, the same command continues.
"""

import argparse
import datetime
import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from .._report import progress, versions
from ._results import ROOT, write

STATE = ROOT / ".fuzz" / "loading.jsonl"  # ignored by git
SHARES = {"skops": 0.5, "nir": 0.4, "hdf5": 0.1}  # of the files
ROUND = 250  # files that one process loads
BAD = ("crash", "hang", "escape", "overrun", "differs")


def parsed(arguments):
    """Return the command line options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability loading", description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1000, help="seed of the first file")
    parser.add_argument("--processes", type=int, default=1, help="rounds at the same time")
    parser.add_argument("--anew", action="store_true", help="forget the earlier rounds")
    return parser.parse_args(arguments)


def done():
    """Return the outcomes of the rounds so far, by form, first seed and number of files."""
    lines = STATE.read_text(encoding="utf-8").splitlines() if STATE.exists() else []
    rounds = map(json.loads, lines)
    return {tuple(line["round"]): Counter(line["ends"]) for line in rounds}


def run_round(place):
    """Load the files of a round, print the seeds of bad outcomes, and store the outcomes."""
    command = [sys.executable, "tests/faults/mutations.py", place[0], str(place[2]), str(place[1])]
    found = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    *seeds, ends = found.stdout.splitlines()
    progress(place, *seeds, ends)
    line = json.dumps({"round": place, "ends": json.loads(ends)})
    with STATE.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def rounds_of(form, options):
    """Return the rounds of a form: form, first seed and number of files."""
    stop = options.seed + round(SHARES[form] * options.files)
    return [
        (form, first, min(ROUND, stop - first)) for first in range(options.seed, stop, ROUND)]


def row_of(form, ends):
    """Return the row of a form in the table of results."""
    ends = Counter(ends)
    row = {
        "date": datetime.date.today().isoformat(), "form": form, "files": ends.total(),
        **{name: ends.pop(key, 0) for name, key in [("answers", "answer"), *zip(BAD, BAD)]}}
    return row | {
        "errors": ends.total(), "kinds of error": len(ends),
        "versions": versions("skspike", "skops", "nir", "h5py")}


def main(arguments):
    """Load the files, and write a row for each form.

    Bad outcomes of HDF5 files are reported, but do not count as errors of skspike.
    """
    options = parsed(arguments)
    STATE.parent.mkdir(exist_ok=True)
    if options.anew:
        STATE.unlink(missing_ok=True)
    rounds = {form: rounds_of(form, options) for form in SHARES}
    known = done()
    with ThreadPoolExecutor(options.processes) as pool:
        missing = [place for form in rounds.values() for place in form if place not in known]
        list(pool.map(run_round, missing))
    known = done()
    rows = [row_of(form, sum((known[place] for place in rounds[form]), Counter()))
            for form in rounds]
    write("loading", rows)
    progress(*rows)
    return int(any(row[end] for row in rows if row["form"] != "hdf5" for end in BAD))
