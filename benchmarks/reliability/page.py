"""Write doc/reliability.md from what the other commands have found; what is said about peers stands in doc/reliability/peers.md."""

import argparse
import csv
import subprocess
import sys

from .._report import progress, table
from . import coverage, mutants
from ._results import FOLDER, ROOT

PAGE = FOLDER.with_suffix(".md")
INTRO = """# Reliability

How hard it is to break the package, as far as we have tried; every number is made by the command beside it, on one machine of two cores.
What is in the suite runs before every change lands, with warnings as errors."""
ORDER = (
    {
        "suite": (
            "The suite, by versions", "make test",
            "The oldest versions are those that `pyproject.toml` allows: `make test-oldest`."),
        "fuzz": (
            "Properties", "make fuzz",
            "Every public estimator, function, converter and plug-in on cases that hypothesis "
            "draws: shapes, types, layouts and containers, "
            "parameters up to their bounds. The answer is finite and of the promised shape, or an "
            "error names the parameter."),
        "loading": (
            "Damaged and hostile files", "make loading",
            "Each is loaded in a process of its own and asked for an answer. An escape is an "
            "attempt to start a process, to open a "
            "connection, or to remove or rename a file. HDF5 is read by h5py before this package "
            "sees it: what goes wrong there is told, "
            "and not ours."),
        "soak": (
            "Soak", "make soak",
            "Random estimators of every kind fit, answer, stream, are saved and loaded, for as long "
            "as it says."),
        "coverage": (
            "Coverage", "make coverage",
            "Compiled kernels count by the tests that run without compilation.")})  # fmt: skip
MUTANTS = """A mutant is one small wrong change of the source: an operator, a bound, a sign, a constant, a statement less. The tests that
can see a file run on it; first the small ones without compilation, then, on what is left, more of them compiled. (`make mutants`)"""
NOT_NOTICED = ("All that change something are noticed.", "Not noticed:")
FAULTS = """## Faults

Tests in `tests/faults` and beside them inject what goes wrong outside: {n} of them.

| fault | what is held |
| --- | --- |
| an interrupt before any line of fit, partial_fit, answers and streams, of all that is registered | the old fit, none, or the new one |
| threads that fit, answer and set parameters at once on one estimator, 8 times 540 calls | each answer is that of one of the two fits |
| memory that ends amid a fit or an answer | a MemoryError, the fit from before, and work as before once there is room |
| no further thread to be had | one thread does the work and says so |
| a worker of a search killed; fork, spawn and forkserver; threads within processes | the same scores |
| a neuron that only the main script has | reaches the workers of a search |
| eight processes on one cold cache; a full, read-only, blocked, broken or foreign one | the right answer; what is broken is replaced |
| sockets forbidden | import, fit and load work |"""


def rows(name):
    """Return what a command has found."""
    path = FOLDER / f"{name}.csv"
    return list(
        csv.DictReader(path.read_text(encoding="utf-8").splitlines())) if path.exists() else []


def section(name):
    """Return one command's rows as a table."""
    title, command, words = ORDER[name]
    found = rows(name)
    shown = table(list(found[0]), [list(row.values()) for row in found]) if found else "Not run."
    return f"## {title}\n\n{words} (`{command}`)\n\n{shown}"


def killed():
    """Return how many mutants the tests have noticed, which they have not, and which change nothing."""
    found = rows("mutants")
    counts, *open_ones = mutants.report(found).split("\n\n")
    survivors = "\n\n".join(f"```text\n{one}\n```" for one in open_ones)
    known = mutants.reasons()
    changes = [
        (row["file"], row["original"], row["mutated"])
        for row in found if row["outcome"] == "survived"]
    harmless = [
        [file.removeprefix("skspike/"), f"`{code}`", known[file, _, code]]
        for file, _, code in changes if (file, _, code) in known]
    listed = table(["file", "mutant", "why nothing changes"], harmless).replace("||", "\\|\\|")
    return (
        "## "
        f"Mutants\n\n{MUTANTS}\n\n{counts}\n\n{NOT_NOTICED[bool(open_ones)]}\n\n{survivors}\n\nNothing "
        f"to notice:\n\n{listed}")


def reached():
    """Return how much the tests reach, and each line that they do not."""
    known = coverage.reasons()
    left = [
        [row["file"], f"`{row['code']}`", row["what"], known.get((row["file"], row["code"]), "")]
        for row in rows("unreached")]
    return section("coverage") + (
        f"\n\nNot reached:\n\n{table(['file', 'code', 'what', 'why'], left)}" if left else "")


def faults():
    """Return the table of faults, with the number of its tests."""
    command = [
        sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/faults",
        "tests/compile/test_cache.py", "tests/test_concurrency.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return FAULTS.format(n=sum("::" in line for line in done.stdout.splitlines()))


def main(arguments):
    """Write the page."""
    argparse.ArgumentParser(
        prog="python -m benchmarks.reliability page", description=__doc__).parse_args(arguments)
    peers, suite = FOLDER / "peers.md", rows("suite")
    n_tests = f"{int(suite[-1]['passed']):,}" if suite else "not run"
    parts = [
        INTRO, section("suite"), section("fuzz"), faults(), section("loading"), killed(), reached(),
        section("soak")]
    parts.append(peers.read_text(encoding="utf-8").strip().replace("{n_tests}", n_tests))
    PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    progress(f"Written to {PAGE}")
