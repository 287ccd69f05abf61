"""Versions and settings for bug reports."""

import importlib.metadata
import platform
import subprocess
import sys
from pathlib import Path

import numba
import pytest

import skspike
from skspike import _installation


def requires(*lines):
    """Return a replacement for `importlib.metadata.requires`."""
    return lambda name: {"skspike": list(lines)}[name]


@pytest.mark.small
def test_versions_of_python_and_of_each_dependency_are_shown(monkeypatch):
    lines = [
        "numpy", "numba>=0.63", 'matplotlib>=3.8; extra == "plot"',
        'no-such-package; extra == "torch"', 'flake8; extra == "test"']
    monkeypatch.setattr(importlib.metadata, "requires", requires(*lines))
    found = _installation.versions()
    assert found["System"]["python"].startswith(platform.python_version())
    assert list(found["Dependencies"]) == ["skspike", "numpy", "numba"]
    assert found["Dependencies"]["numba"] == numba.__version__
    optional = found["Optional packages"]
    assert optional == {
        "matplotlib (extra plot)": importlib.metadata.version("matplotlib"),
        "no-such-package (extra torch)": "not installed"}  # fmt: skip


@pytest.mark.small
def test_without_an_installed_package_the_rest_is_shown(monkeypatch):
    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", absent)
    monkeypatch.setattr(importlib.metadata, "version", absent)
    found = _installation.versions()
    assert found["Dependencies"] == {
        "skspike": "not installed"} and found["Optional packages"] == {}
    assert found["Threads"]["cores"] >= 1


def printed(**environment):
    command = [sys.executable, "-c", "import skspike; skspike.show_versions()"]
    root = Path(skspike.__file__).parents[1]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=True).stdout


def test_settings_of_the_compiler_follow_the_environment(tmp_path):
    output = printed(NUMBA_CACHE_DIR=str(tmp_path), NUMBA_NUM_THREADS="1", NUMBA_DISABLE_JIT="1")
    assert f"folder of compiled code: {tmp_path}" in output
    assert "compiled: False" in output and "threads of numba: 1," in output


def test_a_missing_cache_folder_is_shown_with_the_reason(monkeypatch):
    def refuse(function):
        raise RuntimeError("no locator available")

    monkeypatch.setattr(_installation, "Cache", refuse)
    assert _installation.versions()["Compilation"]["folder of compiled code"].endswith(
        "again: no locator available")


def test_sections_are_printed_with_titles_and_values(capsys):
    skspike.show_versions()
    text = capsys.readouterr().out
    titles = [line[:-1] for line in text.splitlines() if line[:1].strip()]
    assert titles == list(_installation.versions())
    assert f"python: {platform.python_version()}" in text
