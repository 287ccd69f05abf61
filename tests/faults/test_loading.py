"""Damaged and hostile files raise an error or give a result, and nothing uses the internet."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.exhaustive

SCRIPT = Path(__file__).with_name("mutations.py")
OFFLINE = """
    import io
    import pickle
    import sys

    def forbid(event, arguments):
        if event.startswith("socket."):
            raise SystemError(f"{event}{arguments}")

    sys.addaudithook(forbid)

    import skops.io
    import skspike
    from skspike.datasets import make_order

    X, y = make_order(40, random_state=0)
    networks = skspike.SNNClassifier(5, max_iter=2), skspike.SpikingRocket(10)
    for model in (*networks, skspike.LZCClassifier()):
        model.fit(X, y)
        trusted = skspike.trusted_types()
        for loaded in (
                pickle.loads(pickle.dumps(model)),
                skops.io.loads(skops.io.dumps(model), trusted=trusted)):
            getattr(loaded, "predict", getattr(loaded, "transform", None))(X)
    skspike.show_versions()
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"),
    reason="only Linux can limit the memory of a process")
@pytest.mark.parametrize("form", ["skops", "nir"])
def test_damaged_files_raise_an_error_or_give_a_result(form):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), form, "60", "0"], capture_output=True, text=True,
        timeout=3600)
    assert done.returncode == 0, done.stderr
    ends = json.loads(done.stdout.splitlines()[-1])
    assert sum(ends.values()) == 60 and len(ends) > 1 and not ends.keys() & {
        "crash", "hang", "escape", "overrun", "differs"}, done.stdout


def test_import_fit_and_load_do_not_use_the_internet():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(OFFLINE)], capture_output=True, text=True)
    assert done.returncode == 0 and "scikit-learn" in done.stdout, done.stderr
