"""Allowed imports between folders, and optional packages."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter

import numpy as np
import pytest
from imports import (
    FILES, FOLDERS, HELPERS, ORDER, PACKAGE, folders_imported, imports, names_imported, part,
    parts_imported)

import skspike
from skspike import SNNClassifier, export, fit_in_parts, inspection, io
from skspike.learning import RULES
from skspike.neurons import NEURONS


def test_folders_import_only_folders_that_come_before_them_in_the_order():
    assert sorted(ORDER) == sorted(FOLDERS) and ORDER[: len(HELPERS)] == sorted(HELPERS)
    assert set(TopologicalSorter(folders_imported()).static_order()) == FOLDERS
    modules = {path.stem for path in PACKAGE.glob("*.py")}
    for path in FILES:
        if part(path) in FOLDERS:
            allowed = {*ORDER[: ORDER.index(part(path)) + 1]}
            assert parts_imported(path) <= allowed, path
        else:
            assert parts_imported(path) <= FOLDERS | modules - {"__main__", "__init__"}, path


def test_folders_import_each_other_by_what_their_init_exports():
    for path in FILES:
        for name in names_imported(path):
            package, folder, *rest = [*name.split("."), ""]
            if package == "skspike" and folder in FOLDERS - {part(path)}:
                assert len(rest) <= 2 and not rest[0].startswith("_"), f"{name} in {path}"


def test_import_loads_no_optional_package_and_parts_only_when_they_are_used():
    # scikit-learn itself loads pandas where it is installed
    code = (
        "import sys, sklearn.base; before = set(sys.modules); import skspike; "
        "print(*set(sys.modules) - before); "
        "print(*(getattr(skspike, name).__name__ for name in sys.argv[1:]))")
    public = sorted(name for name in {part(path) for path in FILES} if not name.startswith("_"))
    result = subprocess.run(
        [sys.executable, "-c", code, *public], cwd=PACKAGE.parent, capture_output=True, text=True,
        check=True)
    loaded, reached = map(str.split, result.stdout.splitlines())
    assert "skspike" in loaded and not {*loaded} & {
        "matplotlib", "nir", "pandas", "polars", "torch", "skspike.datasets"}
    assert reached == [f"skspike.{name}" for name in public]
    assert set(dir(skspike)) == {"__version__", *skspike.__all__, *public}
    for name in ("nothing", "_nothing", "datasets.make", ""):
        with pytest.raises(AttributeError, match=f"'skspike' has no attribute '{name}'"):
            getattr(skspike, name)


def test_time_loops_name_no_neuron_and_no_rule():
    names = {cls.__name__ for cls in [*NEURONS.values(), *RULES.values()]} | set(NEURONS)
    pattern = re.compile(rf"(?<![a-z])({'|'.join(names)})(?![a-z])", re.IGNORECASE)
    examples = re.compile(r"^ +(>>>|\.\.\.) .*$", re.MULTILINE)
    for path in FILES:
        # readouts are plug-ins
        if part(path) == "simulation" and path.name not in ("__init__.py", "_filters.py"):
            assert not pattern.search(examples.sub("", path.read_text(encoding="utf-8"))), path


RASTER = np.ones((2, 3, 4), np.uint8)
NEED = {
    "matplotlib": ("plot", lambda: inspection.RasterDisplay.from_raster([[0, 1]])),
    "nir": ("nir", lambda: io.from_nir("graph.nir")),
    "ziglang": ("export", lambda: inspection.c_size(
        SNNClassifier(2, rule=None, max_iter=1).fit(RASTER, [0, 1]), RASTER)),
    "unicorn": ("emulator", lambda: export.Emulator(b"")),
    "skops": ("skops", lambda: fit_in_parts(
        SNNClassifier(2), [(RASTER, [0, 1])], classes=[0, 1], checkpoint="state.skops")),
    "neo": ("io", lambda: io.to_neo([[[0, 1]]], bin_width=1.0)),
    "pynapple": ("io", lambda: io.to_pynapple([[[0, 1]]], bin_width=1.0)),
}


@pytest.mark.parametrize("package", NEED)
def test_what_needs_a_package_that_is_absent_names_it_and_the_extra_that_brings_it(
        monkeypatch, package):
    extra, call = NEED[package]
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
            ImportError,
            match=rf'{package}, which is not installed: pip install "skspike\[{extra}\]"'):
        call()


def test_functions_import_no_other_optional_packages():
    functions = [
        node for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)]
    found = {
        name.split(".")[0] for function in functions
        for name in imports(ast.unparse(function), ("skspike",))}
    assert found - {"skspike"} == NEED.keys()
