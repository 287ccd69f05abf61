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

# Look for examples only in the parts of users. Import of other files takes time, and the script
# tests/faults/mutations.py changes the environment of all processes that a test starts.
HERE = Path(__file__).parent
collect_ignore = [
    "one_file",  # parts that test_one_file.py copies into the package
    *(path for path in HERE.rglob("*.py") if not path.name.startswith(("test_", "user_")))]


def pytest_configure(config):
    """Ignore overflow in hash kernels without compilation, as in compiled ones."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
        for problem in ("overflow", "invalid value"):
            config.addinivalue_line(
                "filterwarnings", f"ignore:{problem} encountered in scalar:RuntimeWarning")


def pytest_addoption(parser):
    """Add the option of `make check-part`."""
    parser.addoption(
        "--part", action="append", metavar="NAME",
        help="run only the tests of a registered part, such as lif. Can be repeated")


def pytest_collection_modifyitems(config, items):
    """Mark the cases that only `make test-all` runs, and choose those of ``--part``."""
    from choice import mark

    mark(items)
    if names := config.getoption("part"):
        from selection import of_parts

        chosen = of_parts(items, names)
        config.hook.pytest_deselected(items=[*{*items}.difference(chosen)])
        items[:] = chosen


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
