"""Write doc/reliability.md from the results of the other commands and doc/reliability/peers.md."""

import argparse
import csv
import subprocess
import sys
import textwrap

from .._report import bullets, folded, progress, table
from . import coverage, mutants
from ._results import FOLDER, ROOT

PAGE = FOLDER.with_suffix(".md")
INTRO = """Each section names the command that produced its numbers, on one machine with two cores.
The tests run before every change, with warnings as errors."""
FIGURE = """```{eval-rst}
.. plot:: figures/reliability.py mutants
   :filename-prefix: reliability_mutants
   :include-source: false
   :class: dark-light ink
   :alt: Number of small changes in the source that the tests detect, by folder.
```"""
ORDER = {
    "suite": (
        "Tests by versions", "make test-all",
        "`make test-oldest` uses the oldest versions that `pyproject.toml` allows."),
    "arm": (
        "Another processor", "make arm",
        """The golden models of the tests are fitted on this machine (x86-64) and on an emulated
        arm64 processor, with the same versions of all packages. Results are compared bit by bit.
        Probabilities and some other numbers pass through BLAS and LAPACK, and intrinsic parameters
        that the Tempotron learns through `exp` and `log` of numpy. Both may round differently on
        other processors. Class models round their intercepts to 8 decimals, and probabilities of
        steps have 32 bits, so such a difference can become 1e-8 to 1e-7. Differences are relative
        to the largest number of a result."""),
    "fuzz": (
        "Properties", "make fuzz",
        """hypothesis draws cases for every public estimator, function, conversion and plug-in:
        shapes, types, layouts and containers, and parameters up to their bounds. The result must be
        finite and have the documented shape, or an error must name the parameter."""),
    "loading": (
        "Damaged and malicious files", "make loading",
        """Each file is loaded in its own process, and the model predicts, streams and learns if
        there is one. This is done twice, with other bytes in the free memory, and loops check the
        bounds of arrays. An escape is an attempt to start a process, to open a connection, or to
        remove or rename a file. An overrun is an index out of bounds in a loop. h5py reads HDF5
        files before skspike. Its errors are counted separately."""),
    "soak": (
        "Soak test", "make soak",
        """Random estimators of every kind fit, predict, stream, and are saved and loaded for the
        given time. Before that, a detector of events takes a day of signals step by step, with 6
        channels at 50 Hz."""),
    "coverage": (
        "Coverage", "make coverage",
        "Kernels are covered by the tests that run without compilation.")}
MUTANTS = """A mutant is a small change of the source, in an operator, a bound, a sign, a constant
or a statement. All tests that use the file run on it, first small tests without compilation, then
further tests with compilation. (`make mutants`)"""
BAD = {
    "crash": "crashes", "hang": "hangs", "escape": "escapes", "overrun": "overruns",
    "differs": "predictions that differ between two runs"}
NOT_NOTICED = ("The tests detect every mutant that changes a result.", "Mutants without detection:")
FAULTS = """{} tests in `tests/faults`, `tests/base/test_cache.py` and `tests/test_concurrency.py`
inject external faults."""
REQUIRED = {
    "an interrupt before any line of fit, partial_fit, predictions and streams of every part": (
        "the previous fit, no fit or the new fit, complete"),
    "threads that fit, predict and set parameters on one estimator, 8 times 540 calls": (
        "each prediction belongs to one of the two fits"),
    "no memory left during a fit or a prediction": (
        "a MemoryError, the previous fit, and normal operation afterwards"),
    "no further thread available": "one thread does the work and a log message states it",
    "a killed worker of a search, start methods fork, spawn and forkserver, threads in processes": (
        "the same scores"),
    "a neuron that is defined in the main script": "the workers of a search can use it",
    "eight processes with one empty cache, and a full, read-only, blocked, broken or foreign one": (
        "correct results. Broken files are replaced"),
    "forbidden sockets": "import, fit and load work"}


def rows(name):
    """Return the results of a command."""
    path = FOLDER / f"{name}.csv"
    return list(
        csv.DictReader(path.read_text(encoding="utf-8").splitlines())) if path.exists() else []


def section(name):
    """Return the results of a command as a table."""
    title, command, words = ORDER[name]
    found = rows(name)
    shown = folded(list(found[0]), [list(row.values()) for row in found]) if found else "Not run."
    return f"## {title}\n\n{prose(f'{words} (`{command}`)')}\n\n{shown}"


def prose(words):
    """Return words as a wrapped paragraph."""
    return textwrap.fill(" ".join(words.split()), 100, break_on_hyphens=False)


def summary():
    """Return the main results as a list."""
    suite, fuzz, loading, soak, coverage_, stream = (
        rows(name) for name in ("suite", "fuzz", "loading", "soak", "coverage", "stream"))
    lines = []
    if suite:
        failed = sum(int(row["failed"]) + int(row["error"]) for row in suite)
        lines.append(
            f"{int(suite[-1]['passed']):,} tests. {failed} failures in {len(suite)} environments, "
            "from the oldest to the newest versions.")
    if fuzz:
        lines.append(
            f"{int(fuzz[-1]['cases']):,} random cases: {fuzz[-1]['failed']} properties fail in "
            "their last run.")
    if loading:
        # older results lack the kinds that were added later
        known = [key for key in BAD if all(key in row for row in loading)]
        counts = {key: sum(int(row[key]) for row in loading) for key in ("files", *known)}
        bad = ", ".join(f"{counts[key]} {BAD[key]}" for key in known)
        lines.append(f"{counts['files']:,} damaged or malicious files: {bad}.")
    if coverage_ and soak:
        missed = sum(row["what"] == "never run" for row in rows("unreached"))
        lines.append(
            f"The tests run all but {missed} of {int(coverage_[-1]['lines']):,} lines, and cover "
            f"{coverage_[-1]['branches reached, %']} % of branches. {soak[-1]['failures']} "
            f"failures in {soak[-1]['minutes']} minutes of random use.")
    if stream:
        lines.append(
            f"A detector of events uses {stream[-1]['MB at first']} MB at the start and "
            f"{stream[-1]['MB at last']} MB at the end of {float(stream[-1]['hours']):g} hours of "
            "signals.")
    return lines


def killed():
    """Return the section on mutants, with undetected ones and ones that change no result."""
    counts, *open_ones = mutants.report(rows("mutants")).split("\n\n")
    survivors = "\n\n".join(f"```text\n{one}\n```" for one in open_ones)
    known = mutants.reasons()
    changes = [
        (row["file"], row["original"], row["mutated"])
        for row in rows("mutants") if row["outcome"] == "survived"]
    harmless = [
        [file.removeprefix("skspike/"), f"`{code}`", known[file, _, code]]
        for file, _, code in changes if (file, _, code) in known]
    listed = folded(["file", "mutant", "reason"], harmless).replace("||", "\\|\\|")
    return "\n\n".join(
        [
            "## Mutants", prose(MUTANTS), counts, NOT_NOTICED[bool(open_ones)], survivors,
            "Mutants that change no result:", listed])


def detected():
    """Return a sentence on the mutants that change a result."""
    found, known = rows("mutants"), mutants.reasons()
    changing = [
        row for row in found if row["outcome"] != "survived"
        or (row["file"], row["original"], row["mutated"]) not in known]
    dead = sum(row["outcome"] != "survived" for row in changing)
    return f"The tests detect {dead} of {len(changing)} source changes that affect a result."


def reached():
    """Return the section on coverage, with each line that is not covered."""
    known = coverage.reasons()
    left = [
        [row["file"], f"`{row['code']}`", row["what"], known.get((row["file"], row["code"]), "")]
        for row in rows("unreached")]
    return section("coverage") + (
        f"\n\nNot covered:\n\n{folded(['file', 'code', 'gap', 'reason'], left)}" if left else "")


def soaked():
    """Return the section on random use, with the day of signals."""
    found = [list(row.values()) for row in rows("stream")]
    return section("soak") + (f"\n\n{folded(list(rows('stream')[0]), found)}" if found else "")


def emulated():
    """Return the section on an emulated processor, with each result that differs."""
    found = [list(row.values()) for row in rows("arm_differences")]
    header = ["result", "entries", "that differ", "largest difference"]
    return section("arm") + (
        f"\n\nResults with other bits:\n\n{folded(header, found)}" if found else "")


def faults():
    """Return the section on faults, with the number of tests."""
    command = [
        sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/faults",
        "tests/base/test_cache.py", "tests/test_concurrency.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    words = FAULTS.format(sum("::" in line for line in done.stdout.splitlines()))
    shown = table(["fault", "required result"], REQUIRED.items())
    return f"## Faults\n\n{prose(words)}\n\n{shown}"


def main(arguments):
    """Write the page."""
    argparse.ArgumentParser(
        prog="python -m benchmarks.reliability page", description=__doc__).parse_args(arguments)
    peers, suite = FOLDER / "peers.md", rows("suite")
    n_tests = f"{int(suite[-1]['passed']):,}" if suite else "not run"
    listed = bullets([*summary(), detected()])
    parts = [
        "# Reliability", listed, FIGURE, prose(INTRO), section("suite"), emulated(),
        section("fuzz"), faults(), section("loading"), killed(), reached(), soaked()]
    parts.append(peers.read_text(encoding="utf-8").strip().replace("{n_tests}", n_tests))
    PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    progress(f"Written to {PAGE}")
