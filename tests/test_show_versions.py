"""What a report of a problem says about its machine."""

import importlib.metadata
import platform
import subprocess
import sys
from pathlib import Path

import numba
import pytest

import skspike
from skspike import _show_versions


def requires(*lines):
    """Return what stands in for the list of requirements of an installed package."""
    return lambda name: {"skspike": list(lines)}[name]


@pytest.mark.small
def test_versions_are_those_of_python_and_of_each_dependency(monkeypatch):
    lines = [
        "numpy", "numba>=0.63", 'matplotlib>=3.8; extra == "plot"',
        'no-such-package; extra == "torch"', 'flake8; extra == "test"']
    monkeypatch.setattr(importlib.metadata, "requires", requires(*lines))
    found = _show_versions.versions()
    assert found["System"]["python"].startswith(platform.python_version())
    assert list(found["Dependencies"]) == ["skspike", "numpy", "numba"]
    assert found["Dependencies"]["numba"] == numba.__version__
    optional = found["Optional packages"]
    assert optional == {
        "matplotlib (extra plot)": importlib.metadata.version("matplotlib"),
        "no-such-package (extra torch)": "not installed"}  # fmt: skip


@pytest.mark.small
def test_a_package_that_is_not_installed_shows_the_rest(monkeypatch):
    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", absent)
    monkeypatch.setattr(importlib.metadata, "version", absent)
    found = _show_versions.versions()
    assert found["Dependencies"] == {
        "skspike": "not installed"} and found["Optional packages"] == {}
    assert found["Threads"]["cores"] >= 1


def printed(**environment):
    command = [sys.executable, "-c", "import skspike; skspike.show_versions()"]
    root = Path(skspike.__file__).parents[1]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=True).stdout


def test_where_code_is_kept_and_how_it_runs_follow_the_environment(tmp_path):
    kept = printed(NUMBA_CACHE_DIR=str(tmp_path), NUMBA_NUM_THREADS="1", NUMBA_DISABLE_JIT="1")
    assert f"code is kept in: {tmp_path}" in kept
    assert "compiled: False" in kept and "threads of numba: 1," in kept


def test_a_cache_that_cannot_be_written_is_told(monkeypatch):
    def refuse(function):
        raise RuntimeError("no locator available")

    monkeypatch.setattr(_show_versions, "Cache", refuse)
    assert _show_versions.versions()["Compilation"]["code is kept in"].endswith(
        "anew: no locator available")


def test_sections_are_printed_with_their_facts(capsys):
    skspike.show_versions()
    text = capsys.readouterr().out
    titles = [line[:-1] for line in text.splitlines() if line[:1].strip()]
    assert titles == list(_show_versions.versions())
    assert f"python: {platform.python_version()}" in text
