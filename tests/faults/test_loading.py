"""Damaged and hostile files end in an error or an answer, and nothing reaches the network."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

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
    for model in (skspike.SNNClassifier(5, max_iter=2), skspike.LZCClassifier(), skspike.SpikingRocket(10)):
        model.fit(X, y)
        for loaded in (pickle.loads(pickle.dumps(model)), skops.io.loads(skops.io.dumps(model), trusted=skspike.trusted_types())):
            getattr(loaded, "predict", getattr(loaded, "transform", None))(X)
    skspike.show_versions()
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"),
    reason="limits the memory of a process, as only Linux can")
@pytest.mark.parametrize("form", ["skops", "nir"])
def test_damaged_files_end_in_an_error_or_an_answer(form):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), form, "60", "0"], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    ends = json.loads(done.stdout.splitlines()[-1])
    assert sum(ends.values()) == 60 and len(ends) > 1 and not ends.keys() & {
        "crash", "hang", "escape"}, done.stdout


def test_nothing_asks_the_network_at_import_fit_or_load():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(OFFLINE)], capture_output=True, text=True)
    assert done.returncode == 0 and "scikit-learn" in done.stdout, done.stderr
