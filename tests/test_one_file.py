"""A plug-in is one file and one export line: six parts are added to a copy of the package.

The files are in tests/one_file. The tests of registered parts and the documentation run on the
copy, restricted to the new parts. Nothing else is edited.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# the class in each file, and its folder in the package
PARTS = {
    "constant_leak": ("ConstantLeak", "neurons"),
    "distinct_blocks": ("DistinctBlocks", "complexity"),
    "cosine": ("Cosine", "readouts"),
    "burst": ("Burst", "coding"),
    "weight_perturbation": ("WeightPerturbation", "learning"),
    "feedback_alignment": ("FeedbackAlignment", "learning")}
COPIED = ("skspike", "tests", "doc", "pyproject.toml", "setup.cfg", "CONTRIBUTING.md")
MADE = shutil.ignore_patterns("_build", "api", "gallery")  # by Sphinx

NAMES = " or ".join([*PARTS, *(cls for cls, _ in PARTS.values())])
# The common checks run as in `make test`. New rules with most neurons are left out, to save time.
CHOSEN = (
    f"({NAMES}) and not (test_common and exhaustive) "
    "and (not test_matrix or constant_leak or [lif-)")
FIGURES = """
import sys
sys.path.insert(0, "doc/figures")
import codings, complexity, neurons, readouts
neurons.constant_leak(), codings.features(), readouts.filters(), complexity.rates()
"""
RUNS = {
    "tests": [
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", CHOSEN, "tests/test_common.py",
        "tests/testing", "tests/export/test_to_c.py", "tests/checks/test_numbers.py",
        "tests/test_documentation.py", "tests/test_imports.py", "tests/snn/test_matrix.py",
        "tests/snn/test_differential.py",
        *(f"skspike/{part}/_{name}.py" for name, (_, part) in PARTS.items())],
    "figures": ["-c", FIGURES],
    "pages": ["-m", "sphinx", "-q", "-b", "xml", "pages", "built"]}

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
    for name, (cls, part) in PARTS.items():
        shutil.copy2(ROOT / "tests" / "one_file" / f"{name}.py", folder / part / f"_{name}.py")
        init = folder / part / "__init__.py"
        before = init.read_text(encoding="utf-8")
        line = f"from ._{name} import {cls} as {cls}\n"
        after = re.sub(r"^(?=\w+ = Registry\()", line, before, flags=re.MULTILINE)
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
def test_six_parts_of_one_file_each_pass_all_tests_and_have_pages(tmp_path):
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
            env={**os.environ, "PYTHONPATH": str(tmp_path), "MPLBACKEND": "Agg"})
        for name, command in RUNS.items()}
    output = {name: process.communicate()[0] for name, process in running.items()}
    assert [output[name] for name, process in running.items() if process.returncode] == []
    index = (tmp_path / "built" / "index.xml").read_text(encoding="utf-8")
    for name, (cls, part) in PARTS.items():
        page = tmp_path / "built" / "api" / f"skspike.{part}.{cls}.xml"
        assert f'"{name}"' in index and f'"{name}"' in page.read_text(encoding="utf-8")
        assert cls not in output["pages"]  # no warning is about it
