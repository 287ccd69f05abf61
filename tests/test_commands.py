"""Commands of ``python -m skspike``."""

import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.datasets import load_digits

from skspike import _demo
from skspike.__main__ import main

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def small(monkeypatch):
    """Give the demo one small model and a few images."""
    X, y = load_digits(n_class=2, return_X_y=True)
    pipeline = _demo.spiking("passthrough").set_params(
        spikeencoder__n_steps=20, snntransformer__hidden_layer_sizes=4, snntransformer__max_iter=1)
    monkeypatch.setattr(_demo, "models", lambda: {"SNN -> LZC": pipeline})
    monkeypatch.setattr(_demo, "load_digits", lambda return_X_y: (X[:20], y[:20]))


@pytest.mark.parametrize("command", [["-m", "skspike", "demo"], ["examples/demo.py"]])
def test_the_demo_is_a_command_and_an_example(command):
    result = subprocess.run(
        [sys.executable, *command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "usage: python -m skspike demo" in result.stdout and "--figure" in result.stdout


@pytest.mark.small
def test_versions_are_printed_by_a_command(capsys):
    main(["versions"])
    assert "scikit-learn" in capsys.readouterr().out


@pytest.mark.small
def test_a_figure_in_a_folder_that_does_not_exist_is_refused_before_the_demo_runs(
        capsys, tmp_path):
    with pytest.raises(SystemExit, match="2"):
        main(["demo", "--figure", str(tmp_path / "absent" / "demo.png")])
    out, error = capsys.readouterr()
    assert out == "" and "must be a file in a folder that exists, with one of .png" in error


def test_the_demo_draws_a_figure(small, capsys, tmp_path):
    pytest.importorskip("matplotlib")
    _demo.fit_and_draw(tmp_path / "demo.png")
    assert str(tmp_path / "demo.png") in capsys.readouterr().out
    assert (tmp_path / "demo.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_the_demo_names_the_extra_and_goes_on(
        small, capsys, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    _demo.fit_and_draw(tmp_path / "demo.png")
    assert 'pip install "skspike[plot]"' in capsys.readouterr().out
    assert [*tmp_path.iterdir()] == []


@pytest.mark.small
def test_the_summary_has_the_differences_of_both_data_sets():
    names = [*_demo.models()]
    means = {
        (data, name): 10 * k + j
        for k, data in enumerate(_demo.DATA) for j, name in enumerate(names)}
    means["digits", "MLPClassifier"] = 0
    text = _demo.summary(means)
    assert "by -1.0 and +13.0 points" in text and "by +1.0 and +1.0 points" in text
