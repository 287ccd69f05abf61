"""Undocumented names of numba that the package uses."""

import ast

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


@pytest.mark.parametrize(
    ("file", "name"), [(file, name) for file, _, name in numba_names.names()])
def test_every_name_in_the_list_is_in_use(file, name):
    tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
    found = {getattr(node, "attr", getattr(node, "name", None)) for node in ast.walk(tree)}
    found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert {*name.split(".")} <= found
