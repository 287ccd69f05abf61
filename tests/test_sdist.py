"""The source distribution, from which others build packages and run the tests."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ["skspike", "tests", "examples", "benchmarks", "doc", ".ci"]
MADE = shutil.ignore_patterns("__pycache__", "_build", "*.egg-info")


def test_source_distribution_holds_every_file_of_the_project(tmp_path):
    copy = tmp_path / "skspike"  # of its own: a list of files from an earlier build would be read again
    for name in FOLDERS:
        shutil.copytree(ROOT / name, copy / name, ignore=MADE)
    for name in ["CONTRIBUTING.md", "LICENSE", "MANIFEST.in", "Makefile", "README.md", "pyproject.toml", "setup.cfg"]:
        shutil.copy(ROOT / name, copy)
    files = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    build = f"import setuptools.build_meta as backend; backend.build_sdist({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=copy, capture_output=True, check=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        assert files <= {name.partition("/")[2] for name in packed.getnames()}
