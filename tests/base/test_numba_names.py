"""Undocumented names of numba that the package uses."""

import numba_names
import pytest


@pytest.mark.skipif(
    numba_names.numba.config.DISABLE_JIT, reason="without compilation, numba makes no objects")
def test_the_installed_numba_has_all_names_in_use():
    assert list(numba_names.missing()) == []
