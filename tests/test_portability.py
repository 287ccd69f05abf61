"""Rules for source files, so that they also work on systems where the tests do not run often."""

import ast
import functools
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from make_fixtures import MODELS
from make_golden import draws_of

from skspike import datasets

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import arm, portability  # noqa: E402

BUILT = {"_build", "api", "gallery"}  # folders of doc/ that `make docs` writes
POSIX = {"fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"}  # not on Windows
OTHER_OPEN = {"os", "tarfile", "webbrowser"}  # modules whose function `open` has another purpose


def sources():
    """Return the paths of all source files, relative to the project."""
    files = [
        file.relative_to(ROOT)
        for folder in ("benchmarks", "doc", "examples", "skspike", "tests")
        for file in sorted((ROOT / folder).rglob("*.py"))]
    return [file.as_posix() for file in files if not BUILT & {*file.parts}]


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


def imported(tree):
    """Return the names of the modules that a file imports when it is imported itself."""
    return [
        name.name
        for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in (node.names if isinstance(node, ast.Import) else [ast.alias(node.module)])]


@functools.cache
def facts():
    """Return the lines without an encoding and the imports of all source files, by path.

    The syntax trees of all files together would take 200 MB.
    """
    found = {}
    for file in sources():
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        found[file] = without_encoding(tree), imported(tree)
    return found


def test_text_files_are_opened_with_an_encoding():
    found = {file: lines for file, (lines, _) in facts().items()}
    assert len(found) > 300 and {file: lines for file, lines in found.items() if lines} == {}


@pytest.mark.parametrize(("code", "depends"), [
    ("open(x)", True), ("open(x, 'w')", True), ("open(x, mode='a')", True), ("x.open()", True),
    ("x.read_text()", True), ("x.write_text(y)", True), ("open(x, 'rb')", False),
    ("x.open('wb')", False), ("open(x, mode='rb')", False), ("os.open(x, y)", False),
    ("x.read_text(encoding='utf-8')", False), ("x.open('a', encoding='utf-8')", False)])
def test_calls_that_depend_on_the_encoding_of_the_system_are_found(code, depends):
    assert bool(without_encoding(ast.parse(code))) == depends


def test_modules_of_posix_are_imported_only_by_functions_that_need_them():
    found = [(file, name) for file, (_, names) in facts().items() for name in names]
    assert ("tests/test_portability.py", "ast") in found
    assert [(file, name) for file, name in found if name in POSIX] == []


def test_modules_that_are_imported_by_the_name_of_their_file_have_different_names():
    files = [Path(file) for file in sources() if file.startswith(("tests/", "benchmarks/"))]
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


def test_the_description_of_the_checks_names_each():
    named = re.findall(r"^- (\w+): ", portability.__doc__, re.MULTILINE)
    assert named == [*portability.CHECKS]


def test_results_of_older_processors_may_change_only_in_models_that_use_fma(monkeypatch):
    names = {*portability.FUSED, "neuron lif"}

    def golden(environment, changed=(), lost=()):
        old = environment.get("NUMBA_CPU_NAME") == "x86-64"
        wrong = {*changed, *portability.FUSED} if old else {*changed}
        return {f"{name}, predict": np.array(float(name in wrong - {*lost})) for name in names}

    monkeypatch.setattr(portability, "golden", golden)
    portability.fma()
    for change in ({"lost": ["two layers"]}, {"changed": ["neuron lif"]}):
        monkeypatch.setattr(
            portability, "golden",
            lambda environment, change=change: golden(environment, **change if environment else {}))
        with pytest.raises(AssertionError, match="x86-64.* differs in"):
            portability.fma()


LIBRARIES = {
    ("ELF", 183): b"\x7fELF" + bytes(14) + b"\xb7\x00",
    ("Mach-O", 0x100000C): b"\xcf\xfa\xed\xfe\x0c\x00\x00\x01",
    ("PE", 0xAA64): b"MZ" + bytes(58) + b"\x40\x00\x00\x00PE\x00\x00\x64\xaa"}


@pytest.mark.parametrize(("expected", "content"), LIBRARIES.items())
def test_the_header_of_a_library_has_its_format_and_processor(expected, content):
    assert portability.header(content) == [*expected]


def test_a_file_without_the_header_of_a_library_is_refused():
    with pytest.raises(AssertionError, match="!<ar"):
        portability.header(b"!<arch>\n" + bytes(80))


SPIKES, WEIGHTS = np.eye(3, dtype=np.uint8), np.array([[1.0, -4.0]])


@pytest.mark.parametrize(("key", "value", "expected"), [
    ("coding poisson, transform", SPIKES, "spikes"),
    ("coding direct, transform", WEIGHTS, "other numbers"),
    ("neuron lif, weights_[0]", WEIGHTS, "weights and biases"),
    ("two layers, recurrent_weights_[1]", WEIGHTS, "weights and biases"),
    ("neuron lif, biases_[0]", WEIGHTS, "weights and biases"),
    ("neuron lif, intrinsics_['tau_mem'][0]", WEIGHTS, "intrinsic parameters"),
    ("neuron lif, predict", np.arange(3), "labels"),
    ("SNNRegressor rule None, predict", WEIGHTS, "other numbers"),
    ("neuron lif, predict_proba", WEIGHTS, "probabilities"),
    ("neuron lif, labels in C", np.arange(3), "exported C"), ("make_order, X", SPIKES, "data sets"),
    ("make_order, y", np.arange(3), "data sets")])
def test_results_of_emulated_processors_are_listed_by_kind(key, value, expected):
    assert arm.kind(key, value) == expected


def test_results_of_emulated_processors_are_compared_by_bits():
    one = {"a, transform": SPIKES, "a, weights_[0]": WEIGHTS, "b, weights_[0]": WEIGHTS}
    other = {**one, "b, weights_[0]": np.array([[1.0, -4.5]])}
    assert arm.compare(one, one)[1] == []
    rows, differences = arm.compare(one, other)
    assert rows == {
        "spikes": {"results": 1, "equal bits": 1, "largest difference": 0.0},
        "weights and biases": {"results": 2, "equal bits": 1, "largest difference": 0.125}}
    (row,) = differences
    assert row == {
        "result": "b, weights_[0]", "entries": 2, "that differ": 1,
        "largest difference": "1.2e-01"}


@pytest.mark.parametrize("other", [
    -WEIGHTS, WEIGHTS.astype(np.float32), WEIGHTS.T.copy(), WEIGHTS[:, :1],
    np.nextafter(WEIGHTS, 9)])
def test_results_with_another_type_shape_or_bit_differ(other):
    assert arm.same(WEIGHTS, WEIGHTS.copy()) and not arm.same(WEIGHTS, other)


@pytest.mark.parametrize("name", datasets.__all__)
def test_data_sets_of_emulated_processors_can_be_compared(name):
    rows, _ = arm.compare(draws_of(name), draws_of(name))
    assert rows["data sets"]["equal bits"] == rows["data sets"]["results"] > 0


@pytest.mark.parametrize("name", [*arm.EXPORTED, *portability.EXPORTED])
def test_models_of_which_the_c_code_is_compiled_are_golden_models(name):
    assert name in MODELS


def test_the_install_page_says_compiled_for_only_about_targets_of_the_check():
    page = (ROOT / "doc" / "install.rst").read_text(encoding="utf-8")
    rows = re.findall(r"^   \* - (.+)\n     -(.*)\n     - ((?:.+\n)(?:       .+\n)*)", page, re.M)
    compiled = {name for name, _, state in rows if "ompiled for by" in state}
    assert len(rows) > 15 and len(compiled) == 4
    for name in compiled:
        assert any(name.startswith(target) for target in portability.TARGETS), name
