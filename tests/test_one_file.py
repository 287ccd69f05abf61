"""A new part is one file and one export line: nothing else is edited, and all registry tests pass.

The parts lie in tests/one_file. The tests run on a copy of the package that exports them.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {
    "constant_leak": "neurons", "distinct_blocks": "complexity", "cosine": "readouts",
    "burst": "coding", "weight_perturbation": "learning", "feedback_alignment": "learning"}
REGISTRY_TESTS = {
    "estimators": ["tests/test_common.py"],
    "networks": ["tests/snn/test_matrix.py", "tests/snn/test_differential.py"],
    "contracts": ["tests/testing/test_contracts.py", "tests/checks/test_numbers.py"],
    "documentation": ["tests/test_documentation.py", "tests/test_imports.py"],
    "examples": [
        "--doctest-modules",
        *(f"skspike/{folder}/_{part}.py" for part, folder in FOLDERS.items())]}


def class_name(part):
    """Return the name of the class that the file of a part exports."""
    tree = ast.parse((ROOT / "tests" / "one_file" / f"{part}.py").read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    (name,) = [name for name in names if not name.startswith("_")]
    return name


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of the project with the new parts."""
    root = tmp_path_factory.mktemp("copy")
    skipped = shutil.ignore_patterns("__pycache__", "_build", "gallery", "fixtures", "api")
    for folder in ("skspike", "tests", "doc", "examples"):
        shutil.copytree(ROOT / folder, root / folder, ignore=skipped)
    shutil.copy(ROOT / "pyproject.toml", root)
    for part, folder in FOLDERS.items():
        home = root / "skspike" / folder
        shutil.copy(ROOT / "tests" / "one_file" / f"{part}.py", home / f"_{part}.py")
        exports = home / "__init__.py"
        name = class_name(part)
        line = f"from ._{part} import {name} as {name}\n"
        text = exports.read_text(encoding="utf-8")
        place = re.search(r"^from \._", text, re.MULTILINE).start()
        exports.write_text(text[:place] + line + text[place:], encoding="utf-8")
    return root


def run(copy, *command):
    """Run a command in the copy, and fail with its output if it fails."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=copy, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("tests", REGISTRY_TESTS)
def test_all_registry_tests_pass_on_new_parts_of_one_file(copy, tests):
    names = [name for part in FOLDERS for name in (part, class_name(part))]
    choice = [] if tests == "examples" else ["-k", " or ".join(names)]
    out = run(copy, "pytest", "-q", "-p", "no:cacheprovider", *REGISTRY_TESTS[tests], *choice)
    assert int(re.search(r"(\d+) passed", out)[1]) >= len(FOLDERS)
