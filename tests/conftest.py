"""Configuration and fixtures of all tests."""

import os

# Before scipy and matplotlib are imported: scikit-learn's array API checks run, and nothing opens a
# window.
os.environ["SCIPY_ARRAY_API"] = "1"
os.environ["MPLBACKEND"] = "Agg"

import numba  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402
from choice import mark  # noqa: E402

collect_ignore = ["one_file"]  # parts that test_one_file.py copies into the package


def pytest_configure(config):
    """Ignore overflow in hash kernels without compilation, as in compiled ones."""
    if numba.config.DISABLE_JIT:
        for problem in ("overflow", "invalid value"):
            config.addinivalue_line(
                "filterwarnings", f"ignore:{problem} encountered in scalar:RuntimeWarning")


def pytest_collection_modifyitems(items):
    """Mark the cases that only `make test-all` runs."""
    mark(items)


@pytest.fixture
def rng():
    """A fresh generator with a fixed seed."""
    return np.random.default_rng(0)
