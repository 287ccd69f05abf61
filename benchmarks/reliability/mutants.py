"""Mutation testing: the number of small wrong changes of the source that the tests detect.

The command prints the killed mutants of each folder, and the mutants that no test detects. A
stopped run continues where it was. A change of a source file tries its mutants again. Mutants run
without compilation, against the small tests. The survivors run compiled, against more tests. A
mutant without any visible effect gets a line with the reason in `equivalent.csv`.
"""

import argparse
import collections
import csv
import difflib
import itertools
import random
import sys
import time
from pathlib import Path

from .._report import progress, table
from ._operators import OPERATORS, compiles, mutants
from ._results import write
from ._tests_of import FOLDERS, tests_of
from ._trial import ROOT, Finder, prepare, trials

COLUMNS = (
    "key", "file", "line", "operator", "original", "mutated", "outcome", "compiled", "seconds",
    "test")
BATCH = 24  # mutants that are tried without and then with compilation
REASONS = Path(__file__).with_name("equivalent.csv")


def parsed(arguments):
    """Return the command line options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability mutants", description=__doc__)
    parser.add_argument(
        "--mutants", type=int, default=400, metavar="N", help="number of mutants to draw")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--seconds", type=float, default=float("inf"),
        help="begin no further mutants after so many. They are tried in random order")
    parser.add_argument("--jobs", type=int, default=1, help="number of parallel trials")
    parser.add_argument(
        "--only", default="", metavar="PART",
        help="only files with this in their path, such as coding/")
    parser.add_argument(
        "--again", action="store_true", help="try survivors again, after adding tests")
    parser.add_argument(
        "--interpreted", action="store_true", help="do not try survivors with compilation")
    parser.add_argument("--list", action="store_true", help="only list the survivors")
    parser.add_argument("--output", type=Path, default=ROOT / "doc/reliability/mutants.csv")
    return parser.parse_args(arguments)


def drawn(file, source, seed):
    """Return the mutants of a file in the order of sampling.

    The operators take turns, each with its mutants in random order.
    """
    found, chance = mutants(file, source), random.Random(f"{seed} {file}")
    chance.shuffle(found)
    seen, names = collections.Counter(), [operator.__name__ for operator in OPERATORS]
    chance.shuffle(names)
    ranked = []
    for mutant in found:
        ranked.append((seen[mutant.operator], names.index(mutant.operator), mutant))
        seen[mutant.operator] += 1
    return [mutant for *_, mutant in sorted(ranked, key=lambda rank: rank[:2])]


def sample(sources, n, seed):
    """Return n mutants.

    The share of a file grows with the square root of its number of mutants, and is at least one.
    """
    pools = {file: drawn(file, source, seed) for file, source in sources.items()}
    pools = {file: pool for file, pool in pools.items() if pool}
    total = sum(len(pool) ** 0.5 for pool in pools.values())
    wanted = {file: n * len(pool) ** 0.5 / total for file, pool in pools.items()}
    taken = {file: min(len(pool), max(1, int(wanted[file]))) for file, pool in pools.items()}
    for file in sorted(
            pools, key=lambda file: taken[file] - wanted[file])[: max(0, n - sum(taken.values()))]:
        taken[file] = min(len(pools[file]), taken[file] + 1)
    sound = {
        file: (mutant for mutant in pool if compiles(mutant.source(sources[file])))
        for file, pool in pools.items()}
    return [mutant for file in pools for mutant in itertools.islice(sound[file], taken[file])]


def lines(mutant, source):
    """Return the lines that a mutant changes, before and after, joined to one line."""
    start = source.rfind(b"\n", 0, mutant.start) + 1
    stop = source.find(b"\n", mutant.stop)
    before = source[start:stop]
    after = source[start : mutant.start] + mutant.text.encode() + source[mutant.stop : stop]
    return tuple(" ".join(text.decode().split()) for text in (before, after))


class Results:
    """The CSV file of trials, one row each. The last row of a mutant is valid."""

    def __init__(self, path):
        self.path = path
        self.rows = {}
        self.unchanged = set()  # tests that have passed on the unchanged package
        if path.exists():
            with path.open(newline="", encoding="utf-8") as file:
                self.rows = {
                    row["key"]: row for row in csv.DictReader(file) if row["test"] is not None}

    def add(self, row):
        """Add a row, and write it to the disk."""
        self.rows[row["key"]] = row
        new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writerows([dict(zip(COLUMNS, COLUMNS, strict=True))] * new + [row])

    def tidy(self, keys):
        """Write the rows of these mutants only, sorted by file and line."""
        kept = [self.rows[key] for key in keys if key in self.rows]
        with self.path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(sorted(kept, key=lambda row: (row["file"], int(row["line"]))))


def reasons():
    """Return the reasons for equivalent mutants, by file and lines."""
    with REASONS.open(newline="", encoding="utf-8") as file:
        return {
            (row["file"], row["original"], row["mutated"]): row["reason"]
            for row in csv.DictReader(file)}


def attempt(chosen, sources, results, compiled, jobs):
    """Try mutants, and write each result at once.

    The unchanged package is tried first, because its tests must pass.
    """
    needed = dict.fromkeys(
        (compiled, test, *options) for mutant in chosen.values()
        for test, options in tests_of(mutant.file, compiled))
    needed = [test for test in needed if test not in results.unchanged]
    results.unchanged.update(needed)
    for test, found in trials(
            [(test, None, [(test, options)], compiled) for _, test, *options in needed], jobs):
        progress(f"{test}, nothing changed: {found.outcome} in {found.seconds} s")
        if found.outcome != "survived":
            sys.exit(
                f"The tests must pass before mutants are tried: {found.test} does not "
                f"({found.outcome}).")
    waiting = (
        (
            key, Finder(mutant.file, mutant.source(sources[mutant.file])),
            tests_of(mutant.file, compiled), compiled)
        for key, mutant in chosen.items())
    for count, (key, found) in enumerate(trials(waiting, jobs), 1):
        mutant = chosen[key]
        original, mutated = lines(mutant, sources[mutant.file])
        words = (
            key, mutant.file, mutant.line, mutant.operator, original, mutated, found.outcome,
            int(compiled), found.seconds, found.test)
        results.add(dict(zip(COLUMNS, map(str, words), strict=True)))
        progress(
            f"{count}/{len(chosen)} {mutant.file}:{mutant.line} {mutant.operator}: {found.outcome} "
            f"{found.seconds} s {found.test}")


def report(rows):
    """Return a row of counts for each folder, and the survivors as differences."""
    known, count = reasons(), collections.defaultdict(collections.Counter)
    survivors = []
    for row in rows:
        reason = known.get((row["file"], row["original"], row["mutated"]))
        outcome = "equivalent" if row["outcome"] == "survived" and reason else row["outcome"]
        count[row["file"].split("/")[1]][outcome] += 1
        count["all"][outcome] += 1
        if outcome == "survived":
            change = difflib.ndiff([row["original"]], [row["mutated"]])
            place = f"{row['file']}:{row['line']} {row['operator']}"
            survivors.append("\n    ".join([place, *map(str.rstrip, change)]))
    kinds = ("killed", "timeout", "equivalent", "survived")
    folders = []
    for name, of in sorted(count.items(), key=lambda item: item[0] == "all"):
        dead, living = of["killed"] + of["timeout"], of["survived"]
        folders.append({
            "folder": name, "mutants": sum(of.values()), **{kind: of[kind] for kind in kinds},
            "detected, of those that change a result": f"{100 * dead / max(1, dead + living):.1f} %"
        })
    return folders, survivors


def main(arguments):
    """Draw mutants, try new ones, and print the ones that the tests do not detect."""
    options = parsed(arguments)
    paths = sorted(path for folder in FOLDERS for path in (ROOT / "skspike" / folder).glob("*.py"))
    sources = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    every = {
        mutant.key(sources[mutant.file]): mutant
        for mutant in sample(sources, options.mutants, options.seed)}
    chosen = {key: mutant for key, mutant in every.items() if options.only in mutant.file}
    results = Results(options.output.absolute())
    known = reasons()

    def survived(key, again):
        row = results.rows.get(key)
        if row is None:
            return False
        lives = row["outcome"] == "survived" and (
            row["file"], row["original"], row["mutated"]) not in known
        return lives and (again or row["compiled"] == "0")

    if not options.list:
        begin = time.monotonic()
        prepare(ROOT / "build" / "mutants" / (options.only.replace("/", "-") or "all") / "tree")
        waiting = [
            key for key in chosen if key not in results.rows or survived(key, options.again)]
        random.Random(options.seed).shuffle(waiting)
        while waiting and time.monotonic() - begin < options.seconds:
            batch, waiting = waiting[:BATCH], waiting[BATCH:]
            new = {
                key: chosen[key] for key in batch
                if key not in results.rows or options.again and survived(key, True)}
            if new:
                attempt(new, sources, results, False, options.jobs)
            left = {key: chosen[key] for key in batch if survived(key, False)}
            if left and not options.interpreted:
                attempt(left, sources, results, True, options.jobs)
        results.tidy(every)
    folders, survivors = report([results.rows[key] for key in chosen if key in results.rows])
    if not options.list:
        write("mutants_by_folder", folders)
    print("\n\n".join([table(folders[0], [row.values() for row in folders]), *survivors]))
