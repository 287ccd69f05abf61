"""Results of a seed stay as they are, and where they change on purpose, CHANGELOG.md says so."""

import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from make_golden import FAR, FILE, MOST, change, changes, kept

TOLD = json.loads(FILE.read_text())
CHANGELOG = (Path(__file__).resolve().parents[1] / "CHANGELOG.md").read_text()
# the package that is tested here
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(FILE.parents[1]), *sys.path])}
WAY_OUT = """
If this is meant, run `python tests/make_golden.py`, which gives the file its next number, and say under "### Changed results" in
CHANGELOG.md what has changed, beginning with "Golden values" and that number. If it is not, a commit has changed results unseen."""


def test_results_of_a_seed_are_those_that_were_told():
    """To the bit on the kind of machine that wrote them, within tolerances elsewhere; in a process of its own, as they were made."""
    code = (
        "import make_golden, pickle, sys; pickle.dump((make_golden.results(), "
        "make_golden.machine()), sys.stdout.buffer)")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=FILE.parent, stdout=subprocess.PIPE, check=True,
        env=ENVIRONMENT)
    found, here = pickle.loads(done.stdout)
    exact = here == TOLD["machine"]
    changed = changes(TOLD["results"], found, exact)
    against = "the same kind of machine" if exact else f"another kind of machine, this being {here}"
    told = "\n".join(f"  {name}: {how}" for name, how in sorted(changed.items()))
    assert not changed, f"Results of a seed differ from golden values {TOLD['number']}, made on {against}:\n{told}{WAY_OUT}"
    new = sorted(found.keys() - TOLD["results"].keys())
    assert not new, f"No golden values are kept of {', '.join(new)}; run `python tests/make_golden.py`."


@pytest.mark.small
def test_the_changelog_tells_of_every_change_of_results():
    sections = "".join(
        re.findall(r"^### Changed results\n(.*?)(?=^##|\Z)", CHANGELOG, flags=re.M | re.S))
    named = {int(number) for number in re.findall(r"^- Golden values (\d+):", sections, flags=re.M)}
    assert named == set(range(1, TOLD["number"] + 1)), f"'- Golden values {TOLD['number']}: ...' is to say what has changed"


@pytest.mark.small
def test_golden_values_are_few():
    assert FILE.stat().st_size < 200_000


RASTER = (np.random.default_rng(0).random((4, 5, 20)) < 0.2).astype(np.uint8)
WEIGHTS = np.random.default_rng(1).normal(size=(7, 5))


def flipped(n):
    """Return the raster with n entries that are others."""
    return np.where(
        np.arange(RASTER.size).reshape(RASTER.shape) < n, 1 - RASTER, RASTER).astype(np.uint8)


CHANGES = {
    # before, after, whether that is a change on the same machine, and elsewhere
    "nothing": (RASTER, RASTER, False, False),
    "one spike": (RASTER, flipped(1), True, False),
    "more spikes than may differ": (RASTER, flipped(int(MOST * RASTER.size) + 1), True, True),
    "the last bit": (WEIGHTS, np.nextafter(WEIGHTS, 9), True, False),
    "all weights": (WEIGHTS, WEIGHTS + 2 * FAR * np.abs(WEIGHTS).max(), True, True),
    "one weight": (WEIGHTS, np.where(WEIGHTS == WEIGHTS[0, 0], 9.0, WEIGHTS), True, True),
    "the shape": (WEIGHTS, WEIGHTS.T.copy(), True, True),
    "the type": (WEIGHTS, WEIGHTS.astype(np.float32), True, True),
}


@pytest.mark.small
@pytest.mark.parametrize(("before", "after", "exactly", "elsewhere"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen_to_the_bit_or_by_tolerance(before, after, exactly, elsewhere):
    told = json.loads(json.dumps(kept(before)))
    assert (change(told, after, exact=True) is not None) == exactly
    assert (change(told, after, exact=False) is not None) == elsewhere


@pytest.mark.small
def test_what_is_gone_is_a_change_and_what_is_new_is_none():
    told = {"a": kept(RASTER), "b": kept(WEIGHTS)}
    assert changes(told, {"b": WEIGHTS, "c": RASTER}, exact=True) == {"a": "is gone"}
