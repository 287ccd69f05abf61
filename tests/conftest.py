"""Configuration and fixtures of all tests.

Functions import packages when they are called, because the process that distributes the tests needs
none of them.
"""

import gc
import os
from pathlib import Path

import pytest

# Before numpy is imported: there are as many processes as cores, so threads of BLAS would only wait
# for each other. This takes a third of the time of some tests.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Before scipy and matplotlib are imported: scikit-learn's array API checks run, and nothing opens a
# window.
os.environ["SCIPY_ARRAY_API"] = "1"
os.environ["MPLBACKEND"] = "Agg"

# Look for examples only in the parts of users, because import of other files takes time.
collect_ignore = [
    path for path in Path(__file__).parent.rglob("*.py")
    if not path.name.startswith(("test_", "user_"))]

# Compiling the loops of a neuron takes seconds. So `make test` runs the tests of all neurons with
# one of them, which depends on the folder. The tests of the other neurons are marked `exhaustive`.
NEURONS = {
    "base": "adaptive_lif", "export": "adex", "inspection": "hodgkin_huxley", "io": "exponential",
    "learning": "izhikevich", "meta": "izhikevich", "networks": "meta", "neurons": "quadratic",
    "properties": "resonator", "testing": "se_adlif"}


def pytest_configure(config):
    """Ignore overflow in hash kernels without compilation, as in compiled ones."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
        for problem in ("overflow", "invalid value"):
            config.addinivalue_line(
                "filterwarnings", f"ignore:{problem} encountered in scalar:RuntimeWarning")


def pytest_collection_modifyitems(items):
    """Mark the cases of a test of all neurons with other neurons than that of the folder."""
    from skspike.neurons import NEURONS as registered

    tests = {}
    for item in items:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        for name, value in parameters.items():
            tests.setdefault((item.path, item.originalname, name), []).append((item, value))
    for (path, *_), cases in tests.items():
        if registered.keys() <= {neuron_of(value) for _, value in cases}:
            chosen = NEURONS.get(path.parent.name, "lif")
            first = next(repr(value) for _, value in cases if neuron_of(value) == chosen)
            for item, value in cases:
                if neuron_of(value) in registered and repr(value) != first:
                    item.add_marker(pytest.mark.exhaustive)


def neuron_of(value):
    """Return the name of a neuron, given as an object, a class, a name or that of an estimator."""
    value = getattr(value, "neuron", value)
    if isinstance(value, str):
        return value.removeprefix("neuron ").partition(" ")[0]
    return getattr(value, "name", None)


def pytest_collection_finish():
    """Collect garbage less often, and not in tests and packages. It took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture
def rng():
    """A fresh generator with a fixed seed."""
    import numpy as np

    return np.random.default_rng(0)
