"""Results of a seed do not change by mistake."""

import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from make_golden import FAR, FILE, MOST, change, changes, kept

STORED = json.loads(FILE.read_text(encoding="utf-8"))
# import the package that is tested here
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(FILE.parents[1]), *sys.path])}
WAY_OUT = """
If the change is intended, run `python tests/make_golden.py`, which increases the number of the
file, and describe it in the message of the commit. After a release, describe it in CHANGELOG.md,
too. Otherwise a commit has changed results by mistake."""


def test_results_of_a_seed_equal_the_golden_values():
    """Bits are equal on the same kind of machine, and values within tolerances on others.

    The results are computed in a new process, as the golden values were.
    """
    code = (
        "import make_golden, pickle, sys; pickle.dump((make_golden.results(), "
        "make_golden.machine()), sys.stdout.buffer)")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=FILE.parent, stdout=subprocess.PIPE, check=True,
        env=ENVIRONMENT)
    found, here = pickle.loads(done.stdout)
    exact = here == STORED["machine"]
    changed = changes(STORED["results"], found, exact)
    against = "the same kind of machine" if exact else f"another kind of machine, this being {here}"
    lines = "\n".join(f"  {name}: {how}" for name, how in sorted(changed.items()))
    assert not changed, (
        f"Results of a seed differ from golden values {STORED['number']}, made on {against}:\n"
        f"{lines}{WAY_OUT}")
    new = sorted(found.keys() - STORED["results"].keys())
    assert not new, f"{', '.join(new)} have no golden values. Run `python tests/make_golden.py`."


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
    stored = json.loads(json.dumps(kept(before)))
    assert (change(stored, after, exact=True) is not None) == exactly
    assert (change(stored, after, exact=False) is not None) == elsewhere


@pytest.mark.small
def test_what_is_gone_is_a_change_and_what_is_new_is_none():
    stored = {"a": kept(RASTER), "b": kept(WEIGHTS)}
    assert changes(stored, {"b": WEIGHTS, "c": RASTER}, exact=True) == {"a": "is gone"}
