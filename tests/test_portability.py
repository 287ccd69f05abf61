"""Rules for source files, so that they also work on systems where the tests do not run often."""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BUILT = {"_build", "api", "gallery"}  # folders of doc/ that `make docs` writes
POSIX = {"fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"}  # not on Windows
OTHER_OPEN = {"os", "tarfile"}  # modules whose function `open` has another purpose


@functools.cache
def trees():
    """Return the syntax trees of all source files, by path relative to the project."""
    files = [
        file.relative_to(ROOT)
        for folder in ("benchmarks", "doc", "examples", "skspike", "tests")
        for file in sorted((ROOT / folder).rglob("*.py"))]
    return {
        file.as_posix(): ast.parse((ROOT / file).read_text(encoding="utf-8"))
        for file in files if not BUILT & {*file.parts}}


def opens_text(call):
    """Return whether a call opens, reads or writes a file in text mode."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    is_method = isinstance(call.func, ast.Attribute)
    if name != "open" or is_method and getattr(call.func.value, "id", "") in OTHER_OPEN:
        return name in ("read_text", "write_text")
    modes = [word.value for word in call.keywords if word.arg == "mode"]
    modes += call.args[0 if is_method else 1 :]
    return not (modes and "b" in ast.literal_eval(modes[0]))


def without_encoding(tree):
    """Return the lines of calls that depend on the encoding of the system."""
    return [
        node.lineno for node in ast.walk(tree)
        if isinstance(node, ast.Call) and opens_text(node)
        and "encoding" not in {word.arg for word in node.keywords}]


def test_text_files_are_opened_with_an_encoding():
    found = {file: without_encoding(tree) for file, tree in trees().items()}
    assert len(found) > 300 and {file: lines for file, lines in found.items() if lines} == {}


@pytest.mark.parametrize(("code", "depends"), [
    ("open(x)", True), ("open(x, 'w')", True), ("open(x, mode='a')", True), ("x.open()", True),
    ("x.read_text()", True), ("x.write_text(y)", True), ("open(x, 'rb')", False),
    ("x.open('wb')", False), ("open(x, mode='rb')", False), ("os.open(x, y)", False),
    ("x.read_text(encoding='utf-8')", False), ("x.open('a', encoding='utf-8')", False)])
def test_calls_that_depend_on_the_encoding_of_the_system_are_found(code, depends):
    assert bool(without_encoding(ast.parse(code))) == depends


def test_modules_of_posix_are_imported_only_by_functions_that_need_them():
    found = [
        (file, name.name)
        for file, tree in trees().items()
        for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in (node.names if isinstance(node, ast.Import) else [ast.alias(node.module)])]
    assert ("tests/test_portability.py", "ast") in found
    assert [(file, name) for file, name in found if name in POSIX] == []


def test_modules_that_are_imported_by_the_name_of_their_file_have_different_names():
    files = [Path(file) for file in trees() if file.startswith(("tests/", "benchmarks/"))]
    files = [file for file in files if file.parts[0] == "tests" or len(file.parts) == 2]
    names = [file.stem for file in files if file.stem not in ("__init__", "conftest")]
    assert sorted({name for name in names if names.count(name) > 1}) == []


WORKFLOW = ".github/workflows/portability.yml"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "doc/install.rst", WORKFLOW])
def test_the_commands_without_make_are_those_of_the_makefile(page):
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    (demo,) = re.findall(r"^demo:.*\n\t@\$\(RUN\) (.+)", text, re.MULTILINE)
    (pytest_command,) = re.findall(r"^PYTEST = \$\(RUN\) (.+)", text, re.MULTILINE)
    (options,) = re.findall(r"^test:.*\n\t\$\(PYTEST\) (.+) \$\(ARGS\)", text, re.MULTILINE)
    lines = {
        line.strip().removeprefix("- run: ")
        for line in (ROOT / page).read_text(encoding="utf-8").splitlines()}
    assert {f"python {demo}", f"python {pytest_command} {options}"} < lines


def test_the_workflow_runs_all_versions_of_python_that_the_package_names():
    workflow, project = (
        (ROOT / name).read_text(encoding="utf-8") for name in (WORKFLOW, "pyproject.toml"))
    (versions,) = re.findall(r"^ +python: (\[.+\])$", workflow, re.MULTILINE)
    named = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)
    assert ast.literal_eval(versions) == [*named, f"{named[-1]}t"]
