"""Undocumented names of numba that the package uses."""

import ast
import functools

import numba_names
import pytest
from imports import PACKAGE
from numba.core import lowering

pytestmark = pytest.mark.skipif(
    numba_names.numba.config.DISABLE_JIT, reason="without compilation, numba makes no objects")


def test_the_installed_numba_has_all_names_in_use():
    assert list(numba_names.missing()) == []


def test_an_absent_name_is_reported_with_the_file_that_uses_it(monkeypatch):
    monkeypatch.delattr(lowering.BaseLower, "setup_function")
    monkeypatch.setitem(numba_names.OBJECTS, "an intrinsic", lambda: None)
    first, *others = numba_names.missing()
    assert "_base/_digest.py uses _defn of an intrinsic, which numba" in first
    assert any("setup_function of numba.core.lowering.Lower" in text for text in others)


@functools.cache
def names_in(file):
    """Return all names and texts in the code of a file."""
    nodes = [*ast.walk(ast.parse((PACKAGE / file).read_text(encoding="utf-8")))]
    return {
        getattr(node, attribute, None)
        for node in nodes for attribute in ("attr", "name", "id", "value")
        if isinstance(getattr(node, attribute, None), str)}


def test_every_name_in_the_list_is_in_use():
    unused = [
        (file, name) for file, _, name in numba_names.names()
        if not names_in(file).issuperset(name.split("."))]
    assert unused == []
