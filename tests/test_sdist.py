"""Content and metadata of the source distribution and the wheel."""

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import skspike

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ["skspike", "tests", "examples", "benchmarks", "doc", ".ci", ".github"]
FILES = [
    "CHANGELOG.md", "CITATION.cff", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE",
    "MANIFEST.in", "Makefile", "README.md", "SECURITY.md", "pyproject.toml", "setup.cfg"]
FILES += [
    ".editorconfig", ".gitattributes", ".gitignore", ".pre-commit-config.yaml", ".readthedocs.yaml"]
MADE = shutil.ignore_patterns("__pycache__", "_build", "api", "gallery", "*.egg-info")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a copy of the project and the names of its files.

    The copy is without the list of files of an earlier build, which would be used again.
    """
    copy = tmp_path_factory.mktemp("project") / "skspike"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, copy / name, ignore=MADE)
    for name in FILES:
        shutil.copy(ROOT / name, copy)
    return copy, {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}


def built(project, kind, folder):
    """Build an sdist or a wheel and return the file."""
    build = f"import setuptools.build_meta as backend; backend.build_{kind}({str(folder)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=project[0], capture_output=True, check=True)
    (archive,) = folder.iterdir()
    return archive


def test_source_distribution_holds_every_file_of_the_project(project, tmp_path):
    with tarfile.open(built(project, "sdist", tmp_path)) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert {"tests/conftest.py", *FILES} <= project[1] <= names


def test_wheel_holds_the_package_alone_and_its_mark_of_types(project, tmp_path):
    names = set(zipfile.ZipFile(built(project, "wheel", tmp_path)).namelist())
    assert "skspike/py.typed" in names
    assert {name for name in names if ".dist-info/" not in name} == {
        name for name in project[1] if name.startswith("skspike/")}


def test_changelog_and_citation_speak_of_this_version():
    changelog, citation = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("CHANGELOG.md", "CITATION.cff"))
    assert re.search(r"^## (\d\S+),", changelog, re.MULTILINE)[1] == skspike.__version__
    assert re.search(r"^version: (.+)$", citation, re.MULTILINE)[1] == skspike.__version__


def test_the_oldest_python_that_is_named_is_the_oldest_that_is_taken():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [
        word.rpartition(" ")[2]
        for word in project["classifiers"] if re.search(r":: 3\.\d+$", word)]
    assert f">={named[0]}" == project["requires-python"]
    assert named == sorted(named, key=lambda version: int(version[2:]))


def test_the_oldest_versions_that_are_tested_are_those_that_are_taken():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [project["optional-dependencies"][name] for name in ("test", "plot", "nir")]
    bounds = [
        re.fullmatch(r"([\w-]+)>=([\d.]+)", requirement)
        for group in (project["dependencies"], *extras) for requirement in group]
    tested = [
        line
        for line in (ROOT / "tests/oldest.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")]
    assert tested == sorted(f"{bound[1]}=={bound[2]}" for bound in bounds if bound)


def test_pre_commit_runs_the_linters_of_make_lint():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (lint,) = re.findall(r"^lint:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    linters = re.findall(r"-m (.+?)(?: \.)?$", lint, re.MULTILINE)
    assert len(linters) == 3
    assert re.findall(r"entry: \.venv/bin/python -m (.+)", hooks) == linters


def test_all_widths_of_lines_are_equal():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in (".editorconfig", "setup.cfg")]
    widths = [int(re.search(r"max.line.length = (\d+)", text)[1]) for text in texts]
    assert {*widths, project["tool"]["isort"]["line_length"]} == {100}
