"""Allowed imports between folders, and modules that must not be loaded."""

import ast
import functools
import itertools
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

TOP = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
ESTIMATORS = {"_networks", "_meta"}  # views of an estimator have its private attributes
# set by the checks of input for each estimator
OF_CHECKS = {"_equal_length_in", "_n_dims_in"}
# public methods of named tuples, and a public attribute of libraries in ctypes
UNDERSCORED = {"_replace", "_asdict", "_fields", "_getvalue", "_handle"}


def allowed(name):
    """Return the folders from which a folder or a module at the top may import."""
    if name not in FOLDERS:
        return FOLDERS | TOP
    above = set(ORDER[: ORDER.index(name)])
    return above | {name}


@functools.cache
def private_names(folder):
    """Return the private attributes and methods that the files of a folder define."""
    names = set()
    for path in FILES:
        if part(path) == folder:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    names.add(node.name)
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                    names.add(node.attr)
                if isinstance(node, ast.ClassDef):
                    names |= {
                        target.id for line in node.body if isinstance(line, ast.Assign)
                        for target in line.targets if isinstance(target, ast.Name)}
    return {name for name in names if name.startswith("_")} | OF_CHECKS


def test_every_folder_has_its_place_in_the_order():
    assert sorted(ORDER) == sorted(FOLDERS)
    assert ORDER[: len(HELPERS)] == sorted(HELPERS)


def test_the_top_of_the_package_holds_at_most_five_modules():
    assert len(TOP) <= 5


def test_the_imports_of_the_folders_have_no_circle():
    assert set(TopologicalSorter(folders_imported()).static_order()) == FOLDERS


def test_the_picture_of_the_imports_shows_all_folders_and_implies_all_imports(monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.syspath_prepend(PACKAGE.parent / "doc" / "figures")
    import architecture

    imported = folders_imported()
    graph = {name: imported[name] - HELPERS for name in architecture.DRAWN}
    arrows = architecture.reduced(graph)
    assert arrows.keys() == FOLDERS - HELPERS
    for name in graph:
        assert architecture.reached(arrows, name) == architecture.reached(graph, name)
        for other in arrows[name]:
            without = arrows | {name: arrows[name] - {other}}
            assert other not in architecture.reached(without, name)
    places, ways = architecture.placed(arrows)
    assert len({*places.values()}) == len(places)
    assert {(way[0], way[-1]) for way in ways} == {
        (name, other) for name in arrows for other in arrows[name]}
    for upper, lower in (pair for way in ways for pair in itertools.pairwise(way)):
        assert places[lower][1] == places[upper][1] - 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    assert parts_imported(path) <= allowed(part(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_parts_meet_at_their_init(path):
    found = [name.split(".") for name in names_imported(path)]
    parts = FOLDERS - {part(path)}
    inside = [words for words in found if words[0] == "skspike" and words[1] in parts]
    assert [
        words for words in inside if len(words) > 3 or words[2:] and words[2].startswith("_")] == []


@pytest.mark.parametrize(
    "path", [path for path in FILES if part(path) in FOLDERS - HELPERS - ESTIMATORS],
    ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_part_touches_what_is_private_to_an_object_of_another(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & {"self", "cls"}
    own |= {
        alias.asname or alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
        for alias in node.names}
    of_folder = private_names(part(path))
    touched = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and re.match(r"_[a-z]", node.attr)]
    foreign = [
        f"{ast.unparse(node)}"
        for node in touched if ast.unparse(node.value).split(".")[0] not in own]
    assert [
        name for name in foreign if name.rpartition(".")[2] not in UNDERSCORED | of_folder] == []


def test_all_forms_of_import_are_seen():
    source = (
        "import skspike.a\nfrom . import b\nfrom .. import c\nfrom ..d import e\nfrom skspike "
        "import f\ndef g(): from ..h.i import j")
    assert list(imports(source, ("skspike", "x"))) == [
        "skspike.a", "skspike.x.b", "skspike.c", "skspike.d.e", "skspike.f", "skspike.h.i.j",
    ]  # fmt: skip
    assert parts_imported(PACKAGE / "__init__.py") >= {"_networks", "_meta", "_installation"}


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
    assert set(dir(skspike)) == {"__version__", *skspike.__all__, *public} and {
        "datasets", "inspection", "testing"} <= set(public)


@pytest.mark.parametrize("name", ["nothing", "_nothing", "datasets.make", ""])
def test_what_is_not_there_is_no_attribute(name):
    with pytest.raises(AttributeError, match=f"'skspike' has no attribute '{name}'"):
        getattr(skspike, name)


def test_time_loops_name_no_neuron_and_no_rule():
    plugins = [*NEURONS.values(), *RULES.values()]
    names = {cls.__name__ for cls in plugins} | set(NEURONS)
    assert names >= {"LIF", "lif", "SurrogateGradient"}
    pattern = re.compile(rf"(?<![a-z])({'|'.join(names)})(?![a-z])", re.IGNORECASE)
    examples = re.compile(r"^ +(>>>|\.\.\.) .*$", re.MULTILINE)
    loops = {
        path.name: examples.sub("", path.read_text(encoding="utf-8"))
        for path in FILES
        # readouts are plug-ins
        if part(path) == "simulation" and path.name not in ("__init__.py", "_filters.py")}
    assert any("for t in" in text for text in loops.values())
    assert [name for name, text in loops.items() if pattern.search(text)] == []


def test_neurons_do_not_step_through_time():
    neurons = [path for path in FILES if part(path) == "neurons"]
    assert neurons
    assert [
        path.name for path in neurons
        if re.search(r"\bfor t in\b", path.read_text(encoding="utf-8"))] == []


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


def test_every_package_that_a_function_imports_is_among_those():
    functions = [
        node for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)]
    found = {
        name.split(".")[0] for function in functions
        for name in imports(ast.unparse(function), ("skspike",))}
    assert found - {"skspike"} == NEED.keys()
