"""Run the properties of tests/properties on new cases, up to a number of cases or seconds.

Each round is a process of pytest with its own seed, so that a crash in compiled code ends a round
and not the search. The results of each property are written at once. After a kill, the same command
continues with the next seed and adds to the counts. Loops are compiled: the first run of a loop
takes seconds and later cases take milliseconds, which is about a hundred times faster than the
interpreter.
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
import time

from .._report import versions
from ._failures import as_test
from ._results import ROOT, write

STATE = ROOT / ".fuzz" / "rounds.jsonl"  # ignored by git
EXAMPLES = 100  # cases of each property in a round
CASES = 100_000


def parsed(arguments):
    """Return the command line options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability fuzz", description=__doc__)
    parser.add_argument(
        "--cases", type=int, default=CASES,
        help="end with the round in which so many are reached, earlier runs included")
    parser.add_argument(
        "--seconds", type=float, default=float("inf"),
        help="begin no further round after so many, of this run alone")
    parser.add_argument(
        "--examples", type=int, default=EXAMPLES, help="cases of each property in a round")
    parser.add_argument(
        "--only", default="", help="properties that contain these words, as for pytest -k")
    parser.add_argument("--anew", action="store_true", help="forget the earlier runs")
    return parser.parse_args(arguments)


def done():
    """Return the results of the rounds so far, without an incomplete last line."""
    text = STATE.read_text(encoding="utf-8") if STATE.exists() else ""
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        STATE.write_text(whole, encoding="utf-8")
    return [json.loads(line) for line in whole.splitlines()]


def run_round(seed, options):
    """Run all properties once, and return the finished process."""
    environment = {
        **os.environ, "FUZZ_EXAMPLES": str(options.examples), "FUZZ_SEED": str(seed),
        "FUZZ_STATE": str(STATE)}
    command = [
        sys.executable, "-m", "pytest", "tests/properties", "-q", "-p",
        "benchmarks.reliability._counting"]
    command += [
        "-p", "no:cacheprovider", f"--hypothesis-seed={seed}",
        *(["-k", options.only] if options.only else [])]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def main(arguments):
    """Run rounds until the budget is spent, print each failure once, and write a row of results."""
    options = parsed(arguments)
    STATE.parent.mkdir(exist_ok=True)
    if options.anew:
        STATE.unlink(missing_ok=True)
    start, printed, crashes = time.monotonic(), set(), 0
    while True:
        lines = done()
        cases, last = sum(line["cases"] for line in lines), {line["test"]: line for line in lines}
        # corrected failures pass in a later round
        failed = [line for line in last.values() if line["failed"]]
        for line in failed:
            if line["test"] not in printed:
                printed.add(line["test"])
                print(as_test(line), flush=True)
        print(
            f"{cases} cases, {len(failed)} properties failed, {crashes} crashes", file=sys.stderr,
            flush=True)
        if cases >= options.cases or time.monotonic() - start > options.seconds:
            break
        ended = run_round(max([line["seed"] for line in lines], default=-1) + 1, options)
        if ended.returncode not in (0, 1):  # all passed, some failed
            crashes += 1
            print(
                f"The round has ended with {ended.returncode}:\n{ended.stdout[-3000:]}"
                f"{ended.stderr[-3000:]}",
                flush=True)
            if crashes > 3:
                break
    row = {
        "date": datetime.date.today().isoformat(), "cases": cases, "properties": len(last),
        "failed": len(failed), "crashes": crashes, "rounds": len({line["seed"] for line in lines}),
        "seconds": round(sum(line["seconds"] for line in lines)),
        "versions": versions("skspike", "hypothesis", "numpy", "numba", "scikit-learn"),
    }  # fmt: skip
    write("fuzz", [row])
    return int(bool(failed or crashes))
