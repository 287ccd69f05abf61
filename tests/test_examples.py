"""Examples keep the promises of their text, use public names only, and run."""

import ast
import gc
import importlib
import inspect
import re
import runpy
import sys
import warnings
from pathlib import Path

import pytest
from matplotlib import pyplot as plt

import skspike

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").rglob("plot_*.py"))
QUICKEST = ("parsed_words", "quickstart")
each_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)


@pytest.fixture
def closed_figures():
    """Close figures of an example, and restore the colours. Its animations are not drawn."""
    with plt.rc_context():
        yield
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Animation was deleted without rendering")
        plt.close("all")
        gc.collect()


def imported(tree):
    """Return (module, name) for everything that a script imports from skspike.

    The name is None if it imports the module.
    """
    nodes = list(ast.walk(tree))
    modules = [
        (item.name, None) for node in nodes if isinstance(node, ast.Import) for item in node.names]
    names = [
        (node.module, item.name) for node in nodes if isinstance(node, ast.ImportFrom)
        for item in node.names]
    return [(module, name) for module, name in modules + names if module.split(".")[0] == "skspike"]


def test_there_are_examples():
    assert {f"plot_{name}" for name in QUICKEST} < {path.stem for path in EXAMPLES}


@pytest.mark.small
@each_example
def test_an_example_opens_with_a_title_and_has_cells_with_text(path):
    source = path.read_text(encoding="utf-8")
    compile(source, path, "exec")
    title, line, blank, *text = ast.get_docstring(ast.parse(source)).split("\n")
    assert title and line == "=" * len(title) and blank == "" and any(text)
    cells = re.split(r"^# %%\n", source, flags=re.MULTILINE)[1:]
    assert cells and all(cell.startswith("# ") for cell in cells)


@pytest.mark.small
@each_example
def test_the_first_cell_of_its_notebook_installs_all_packages_of_an_example(path):
    conf = (ROOT / "doc" / "conf.py").read_text(encoding="utf-8")
    (cell,) = re.findall(r'"first_notebook_cell": (.+),$', conf, re.MULTILINE)
    extras, packages = re.fullmatch(
        r'%pip install --quiet "skspike\[(.+)\]" (.+)', ast.literal_eval(cell)).groups()
    installed = {"joblib", "numpy", "sklearn", "skspike", *extras.split(","), *packages.split()}
    installed = {"matplotlib" if name == "plot" else name for name in installed}
    source = path.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(source)))
    names = {item.name for node in nodes if isinstance(node, ast.Import) for item in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    names |= set(re.findall(r'files\("(\w+)"\)', source))  # packages with recordings
    names = {name.split(".")[0] for name in names} - {*sys.stdlib_module_names}
    optional = set(re.findall(r'find_spec\("(\w+)"\)', source))
    assert names - optional <= installed


@pytest.mark.small
@each_example
def test_an_example_imports_public_names_that_exist(path):
    names = imported(ast.parse(path.read_text(encoding="utf-8")))
    assert names
    for module, name in names:
        assert not any(part.startswith("_") for part in module.split("."))
        assert name is None or name in importlib.import_module(module).__all__


@pytest.mark.small
@each_example
def test_an_example_gives_the_same_numbers_every_time(path):
    # random draws have a seed
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)]
    seeded = re.compile(r"make_(?!pipeline)|SNN|MLPClassifier$|train_test_split$|ShuffleSplit$")
    for call in calls:
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        if seeded.search(name) and not name.startswith("from_"):
            keywords = {keyword.arg for keyword in call.keywords}
            assert "random_state" in keywords, f"line {call.lineno}: {name} without random_state"


@pytest.mark.small
@each_example
def test_an_example_lies_in_a_section_of_the_gallery(path):
    conf = (ROOT / "doc" / "conf.py").read_text(encoding="utf-8")
    (sections,) = re.findall(r"^SECTIONS = (.+)$", conf, re.MULTILINE)
    assert path.parent.name in ast.literal_eval(sections)
    assert (path.parent / "GALLERY_HEADER.rst").exists()


@pytest.mark.small
@each_example
def test_an_example_ends_with_a_picture(path):
    code = [
        line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    assert code[-1] == "plt.show()"


@pytest.mark.small
def test_each_estimator_is_used_in_an_example():
    names = {
        name for path in EXAMPLES
        for _, name in imported(ast.parse(path.read_text(encoding="utf-8")))}
    parts = {name for name in skspike.__all__ if inspect.isclass(getattr(skspike, name))}
    assert parts - names == {"Stream"}  # `stream()` returns one


# `make docs` runs the examples too, and `.ci/run` does not
@pytest.mark.parametrize("path", [
    pytest.param(
        path, id=path.stem,
        marks=() if path.stem.removeprefix("plot_") in QUICKEST else pytest.mark.exhaustive)
    for path in EXAMPLES])
def test_an_example_runs(path, closed_figures, capsys):
    runpy.run_path(str(path), run_name="__main__")
    assert plt.get_fignums()
    assert re.search(r"\d", capsys.readouterr().out)
