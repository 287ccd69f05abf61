"""Import, and the first fit of a new process."""

import os
import statistics
import subprocess
import sys
import tempfile

from ..._report import progress
from ..report import Goal, Section, milliseconds
from ..session import ROOT

IMPORTS = (
    "import numba, sklearn.base, sklearn.linear_model, sklearn.model_selection, "
    "sklearn.discriminant_analysis")
FIT = """import time, numpy
from skspike import SNNTransformer
X = (numpy.random.default_rng(0).random((64, 16, 50)) < 0.1).astype("uint8")
start = time.perf_counter()
SNNTransformer(16, max_iter=1, random_state=0).fit(X, numpy.arange(64) % 2).transform(X)
print(time.perf_counter() - start)"""
TEXT = """New processes, one after the other. The import is timed inside the process, after numba
and the required parts of scikit-learn. The first fit trains on and transforms a small raster.
"Cold" starts with an empty cache of compiled code, "warm" is the next process. Then a second fit
in the same process. The last rows are the first fits of further neurons and rules in a process that
has an empty cache and has fitted LIF with surrogate gradients."""
PARTS = """import time, numpy
from skspike import SNNTransformer, learning, neurons
X = (numpy.random.default_rng(0).random((64, 16, 50)) < 0.1).astype("uint8")
def fit(neuron, rule):
    model = SNNTransformer(16, neuron=neuron, rule=rule, max_iter=1, random_state=0)
    start = time.perf_counter()
    model.fit(X, numpy.arange(64) % 2).transform(X)
    return time.perf_counter() - start
fit("lif", "surrogate")
for name in neurons.NEURONS:
    if name != "lif":
        print(name, fit(name, "surrogate"))
for name in learning.RULES:
    if name != "surrogate":
        print(name, fit("lif", name))"""


def words(code, cache):
    """Return the words that some code prints in a new process."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # users import modules that are compiled
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=True).stdout.split()


def seconds(code, cache):
    """Return the number that some code prints last in a new process."""
    return float(words(code, cache)[-1])


def run(session):
    """Measure, and return a section."""
    progress("startup")
    imports = (
        f"{IMPORTS}\nimport time\nstart = time.perf_counter()\nimport "
        "skspike\nprint(time.perf_counter() - start)")
    again = FIT + "\n" + "\n".join(FIT.splitlines()[3:])
    with tempfile.TemporaryDirectory() as cache:
        seconds(imports, cache)  # Python compiles the modules
        cold = [seconds(FIT, cache)]
        warm, second, imported = (
            [seconds(code, cache) for _ in range(session.runs)] for code in (FIT, again, imports))
    with tempfile.TemporaryDirectory() as cache:
        printed = words(PARTS, cache)
    further = {
        f"first fit of {name} after LIF, cold": ([float(value)], 2.0)
        for name, value in zip(printed[::2], printed[1::2], strict=True)}
    measured = {
        "import skspike, beyond numba and scikit-learn": (imported, 0.3),
        "first fit, warm": (warm, 0.25),
        "first fit, cold": (cold, 3.5),
        "second fit in a process": (second, None),
        **further,
    }
    rows = [
        [what, milliseconds(statistics.median(values)), len(values)]
        for what, (values, _) in measured.items()]
    goals = [
        Goal.at_most(what, bound, statistics.median(values), " s")
        for what, (values, bound) in measured.items() if bound]
    return Section("Start-up", TEXT, ["", "median, ms", "processes"], rows, goals)
