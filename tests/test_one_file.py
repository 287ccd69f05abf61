"""A plug-in is one file and one export line: thirteen parts are added to a copy of the package.

Seven are the examples of the guide, found on its pages. Six are in tests/one_file, one of each
family, written from the pages alone. The tests of registered parts, the contracts and the
documentation run on the copy, restricted to the new parts. Nothing else is edited.
"""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# the page of each family in the guide, and its folder in the package
FOLDERS = {
    "a_coding": "coding", "a_measure": "complexity", "a_neuron": "neurons",
    "a_readout": "simulation", "a_rule": "learning", "an_expert": "trains"}
ONE_FILE = {
    "rank_order": "coding", "number_of_runs": "complexity", "rising_synapse": "neurons",
    "alpha_function": "simulation", "oja": "learning", "spikes_so_far": "trains"}


REGISTRIES = re.compile(
    r"\b(CODINGS|EXPERTS|MEASURES|NEURONS|READOUTS|RULES|PLUGINS|PLACES|EVERYTHING)\b"
    r"|\bneurons\(\)")


def parts():
    """Yield the file and the folder of each new part."""
    for page, folder in FOLDERS.items():
        text = (ROOT / "doc" / f"add_{page}.rst").read_text(encoding="utf-8")
        for name in sorted({*re.findall(r"literalinclude:: \.\./tests/(user_\w+)\.py", text)}):
            yield ROOT / "tests" / f"{name}.py", folder
    for name, folder in ONE_FILE.items():
        yield ROOT / "tests" / "one_file" / f"{name}.py", folder


def named(path):
    """Return the names of the part in a file: of its class, and in the registry."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    *_, cls = (node for node in tree.body if isinstance(node, ast.ClassDef))
    values = {
        node.targets[0].id: node.value for node in cls.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)}
    return cls.name, ast.literal_eval(values["name"])


def files():
    """Return the files with tests of registered parts."""
    texts = {
        path.relative_to(ROOT): path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "tests").rglob("test_*.py"))}
    return [
        str(path) for path, text in texts.items() if REGISTRIES.search(text)
        and path.parent.name != "testing" and path.name != Path(__file__).name]


# the class of each part and its folder, by its name in the registry
PARTS = {named(path)[1]: (named(path)[0], folder) for path, folder in parts()}
COPIED = (
    "skspike", "tests", "doc", "examples", "benchmarks", "pyproject.toml", "setup.cfg",
    "CONTRIBUTING.md", "README.md")
MADE = shutil.ignore_patterns("_build", "api", "gallery")  # by Sphinx

PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
FIGURES = """
import sys
sys.path.insert(0, "doc/figures")
import codings, complexity, neurons, readouts
neurons.rising_synapse(), codings.features(), readouts.filters(), complexity.rates()
"""
RUNS = {
    # contracts of the parts that no other test checks
    "contracts": [
        *PYTEST, *(f"--part={name}" for name in (*ONE_FILE, "feedback_alignment")),
        "tests/testing/test_contracts.py", "-k", "test_every"],
    # the cases of `make test`
    "tests": [
        *PYTEST, *(f"--part={name}" for name in PARTS), "-m", "not exhaustive", *files(),
        *(f"skspike/{folder}/_{path.stem}.py" for path, folder in parts())],
    "figures": ["-c", FIGURES],
    "pages": ["-m", "sphinx", "-q", "-b", "xml", "pages", "built"]}
HAS_DOCS = importlib.util.find_spec("pydata_sphinx_theme") is not None

# The configuration of the documentation, without examples, figures and networks in the browser.
CONF = """
__file__ = {path!r}
exec(open(__file__, encoding="utf-8").read())
slow = "sphinx_gallery.gen_gallery", "matplotlib.sphinxext.plot_directive", "live.extension"
extensions = [name for name in extensions if name not in slow]
templates_path, html_static_path, nitpicky = [str(DOC / "_templates")], [], False

from sphinx.util.docutils import SphinxDirective

class Nothing(SphinxDirective):
    has_content = True

    def run(self):
        return []

def setup(app):
    app.add_directive("minigallery", Nothing)
"""


def add_parts(folder):
    """Copy the file of each part into the package, and export its class by one line."""
    for path, part in parts():
        shutil.copy2(path, folder / part / f"_{path.stem}.py")
        init = folder / part / "__init__.py"
        before = init.read_text(encoding="utf-8")
        line = f"from ._{path.stem} import {named(path)[0]} as {named(path)[0]}\n"
        after = re.sub(r"^(?=\w+(?:: Registry)? = Registry\()", line, before, flags=re.MULTILINE)
        assert len(after) == len(before) + len(line)
        init.write_text(after, encoding="utf-8")


def write_pages(folder):
    """Write a small documentation: a page for each part, and the tables of their families."""
    modules = sorted({part for _, part in PARTS.values()})
    pages = [f"   skspike.{part}.{cls}" for cls, part in PARTS.values()]
    tables = [f".. parts:: skspike.{module}\n" for module in modules]
    text = ["Parts", "=====", "", ".. autosummary::", "   :toctree: api", "", *pages, "", *tables]
    (folder / "pages").mkdir()
    (folder / "pages" / "index.rst").write_text("\n".join(text), encoding="utf-8")
    conf = CONF.format(path=str(folder / "doc" / "conf.py"))
    (folder / "pages" / "conf.py").write_text(conf, encoding="utf-8")


@pytest.mark.exhaustive
def test_parts_of_one_file_each_pass_all_tests_and_have_pages(tmp_path):
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=MADE if name == "doc" else None)
        else:
            shutil.copy2(ROOT / name, tmp_path / name)
    add_parts(tmp_path / "skspike")
    write_pages(tmp_path)
    running = {
        name: subprocess.Popen(
            [sys.executable, *command], cwd=tmp_path, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
            env={
                **os.environ, "PYTHONPATH": str(tmp_path), "MPLBACKEND": "Agg",
                "QUICK_EXAMPLES": "2"})
        for name, command in RUNS.items() if HAS_DOCS or name != "pages"}
    output = {name: process.communicate()[0] for name, process in running.items()}
    assert [output[name] for name, process in running.items() if process.returncode] == []
    if not HAS_DOCS:
        pytest.skip("The pages need the packages of the extra docs. All else is tested.")
    index = (tmp_path / "built" / "index.xml").read_text(encoding="utf-8")
    for name, (cls, part) in PARTS.items():
        page = tmp_path / "built" / "api" / f"skspike.{part}.{cls}.xml"
        assert f'"{name}"' in index and f'"{name}"' in page.read_text(encoding="utf-8")
        assert cls not in output["pages"]  # no warning is about it
