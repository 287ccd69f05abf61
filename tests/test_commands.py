"""Commands of ``python -m skspike``."""

import contextlib
import runpy
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from skspike import EarlyClassifier, SpikeTrainClassifier, _demo, _installation
from skspike.__main__ import main
from skspike.datasets import load_exercises, make_order


@pytest.fixture
def small(monkeypatch):
    """Give the demo few samples, few neurons and no second process."""
    X, y, person = load_exercises()
    few = np.isin(person, [1, 2, _demo.NEW])
    monkeypatch.setattr(_demo, "load_exercises", lambda: (X[few], y[few], person[few]))
    sizes = {
        "N_TRAINS": (40, 10), "EPOCHS": 2, "HIDDEN": 4, "MINUTES": 1, "N_RANDOM": 30, "LONG": 100}
    for name, value in sizes.items():
        monkeypatch.setattr(_demo, name, value)
    monkeypatch.setattr(
        _demo, "_compilation_in_background", lambda: contextlib.nullcontext(lambda: 0))


def test_the_demo_is_a_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["", "demo", "--help"])
    monkeypatch.delitem(sys.modules, "skspike.__main__")  # as in a new process
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module("skspike", run_name="__main__")
    out = capsys.readouterr().out
    assert "usage: python -m skspike demo" in out and "--figure" in out


@pytest.mark.small
def test_versions_are_printed_by_a_command(capsys):
    main(["versions"])
    assert "scikit-learn" in capsys.readouterr().out


@pytest.fixture
def warmed(monkeypatch):
    """Replace `warm_up`, and return the names of the neurons for which it was called."""
    names = []
    monkeypatch.setattr(_installation, "warm_up", names.append)
    return names


@pytest.mark.small
def test_the_cache_is_filled_by_a_command_that_names_its_folder_and_size(
        warmed, capsys, monkeypatch, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "loop-1.py311.1.nbc").write_bytes(bytes(10**6))
    monkeypatch.setattr(
        _installation.Cache, "folders", {str(tmp_path / folder) for folder in ("a", "b")})
    main(["warm-up", "--neurons", "meta", "lif"])
    first, *times, last = capsys.readouterr().out.splitlines()
    assert warmed == ["meta", "lif"] and "meta, lif" in first
    assert [line.split(":")[0] for line in times] == warmed
    assert last == f"2.0 MB of compiled code in {tmp_path}"


@pytest.mark.small
def test_the_command_says_if_nothing_was_stored(warmed, capsys, monkeypatch):
    monkeypatch.setattr(_installation.Cache, "folders", set())
    main(["warm-up"])
    assert warmed == ["lif"] and "Nothing was stored" in capsys.readouterr().out


@pytest.mark.small
def test_an_unknown_neuron_is_refused_before_anything_is_compiled(warmed, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["warm-up", "--neurons", "lif", "lfi"])
    assert warmed == [] and "invalid choice: 'lfi' (choose from" in capsys.readouterr().err


@pytest.mark.small
def test_a_figure_in_a_folder_that_does_not_exist_is_refused_before_the_demo_runs(
        capsys, tmp_path):
    with pytest.raises(SystemExit, match="2"):
        main(["demo", "--figure", str(tmp_path / "absent" / "demo.png")])
    out, error = capsys.readouterr()
    assert out == "" and "must be a file in a folder that exists, with one of .png" in error


def test_the_demo_draws_a_figure_and_states_five_findings(small, capsys, tmp_path):
    pytest.importorskip("matplotlib")
    _demo.run(tmp_path / "demo.png")
    out = capsys.readouterr().out
    assert [line[0] for line in out.splitlines() if line[1:3] == ". "] == [*"12345"]
    assert out.count("Shown: ") == 5 and str(tmp_path / "demo.png") in out
    assert (tmp_path / "demo.png").read_bytes().startswith(b"\x89PNG")
    assert "demo_step" in (tmp_path / "demo.c").read_text(encoding="utf-8")


def test_without_matplotlib_the_demo_names_the_extra_and_goes_on(
        small, capsys, monkeypatch, tmp_path):
    for name in (
            "compile_early", "decide_early", "find_events", "equal_rates", "learned_neurons",
            "export_to_c"):  # other tests run the parts
        monkeypatch.setattr(_demo, name, lambda *arguments: None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    _demo.run(tmp_path / "demo.png")
    out = capsys.readouterr().out
    assert 'pip install "skspike[plot]"' in out and "Total time" in out
    assert [*tmp_path.iterdir()] == []


def test_without_a_compiler_the_demo_says_that_the_c_code_was_not_compiled(
        small, capsys, monkeypatch, tmp_path):
    def absent(model):
        raise ImportError("no compiler")

    monkeypatch.setattr(_demo, "CompiledModel", absent)
    X, y = make_order(40, random_state=0)
    model = EarlyClassifier(SpikeTrainClassifier(["rate"]), cv=2).fit(X, y)
    _demo.export_to_c({"model": model, "X": X}, tmp_path / "demo.c")
    assert "without libraries. It was not compiled" in capsys.readouterr().out


@pytest.mark.parametrize("display, exists, opened", [
    ("", True, 0), (":0", False, 0), (":0", True, 1)])
def test_the_demo_opens_the_live_page_if_there_is_one_and_a_display(
        capsys, monkeypatch, tmp_path, display, exists, opened):
    page, found = tmp_path / "live.html", []
    if exists:
        page.touch()
    monkeypatch.setattr(_demo, "address_of_pages", lambda: tmp_path.as_uri())
    monkeypatch.setattr(_demo.webbrowser, "open", found.append)
    monkeypatch.setattr(_demo.sys, "platform", "linux")
    monkeypatch.setattr(_demo.sys.stdout, "isatty", lambda: True, raising=False)
    for name in ("SSH_CONNECTION", "CI", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", display)
    _demo.open_live_page()
    assert found == [page.as_uri()] * opened
    assert (page.as_uri() in capsys.readouterr().out) == exists


def test_the_functions_of_all_parts_can_be_compiled_beforehand():
    _demo.compile_early()
    _demo.compile_others()


def test_the_second_process_ends_with_the_demo():
    with pytest.raises(KeyboardInterrupt):
        with _demo._compilation_in_background() as wait:
            raise KeyboardInterrupt
    assert wait() != 0  # killed


@pytest.mark.parametrize(("variable", "opens"), [
    ("DISPLAY", True), ("SSH_CONNECTION", False), ("CI", False)])
def test_no_browser_opens_on_another_machine(variable, opens, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WAYLAND_DISPLAY", "0")
    monkeypatch.setenv(variable, "1")
    assert _demo._has_display() == opens


@pytest.mark.small
@pytest.mark.parametrize("decides_at", [20, 1000])
def test_the_film_ends_with_the_decision_or_with_the_signal(decides_at, capsys):
    class Stream:
        time = 0

        def step(self, part):
            self.time += part.shape[1]
            return self.time >= decides_at

        def predict_proba(self):
            return [0.25, 0.75]

        def predict(self):
            return "row"

    model = SimpleNamespace(stream=Stream, classes_=np.array(["rest", "row"]), times_=[20, 40, 60])
    _demo._film(model, np.zeros((1, 60)), "row")
    out = capsys.readouterr().out
    assert out.count("75 %") == min(decides_at // 20, 3)
    assert ("decided: row" in out) == (decides_at <= 60)
    assert "0.0 s   ######################........  75 %" in out
