"""Exported models called from Python."""

import gc
import os
import shlex
import shutil
import subprocess
import tempfile

import numpy as np
import pandas as pd
import pytest
from c_code import FLAGS, compiler
from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline

from skspike import (
    LZCClassifier, SNNClassifier, SNNRegressor, SNNTransformer, SpikeCounter, SpikeEncoder)
from skspike.export import CompiledModel, _compiled
from skspike.export._compiled import options_of
from skspike.export._program import resource
from skspike.export._to_c import exported

RNG = np.random.default_rng(0)
RASTER = (RNG.random((50, 12, 40)) < 0.2).astype(np.uint8)
FEATURES = RNG.normal(size=(50, 6)).astype(np.float32)
Y = np.array(["a", "b", "c"])[np.arange(50) % 3]
OPTIONS = {"rule": None, "random_state": 0}


@pytest.fixture(autouse=True)
def skip_without_compiler():
    compiler()


LABELS = {
    "one": Y, "columns": np.stack([Y, Y == "a"], axis=1),
    "indicator": (np.arange(50)[:, None] % [2, 3] == 0).astype(int),
    "constant label": (np.arange(50)[:, None] % [1, 3] == 0).astype(int),
    "constant column": np.stack([np.full(50, "x"), Y, np.full(50, "y")], axis=1)}


@pytest.mark.parametrize("y", LABELS.values(), ids=LABELS)
def test_classes_are_those_of_the_model(y):
    model = SNNClassifier(8, max_iter=2, random_state=0).fit(RASTER, y)
    compiled = CompiledModel(model)
    np.testing.assert_array_equal(compiled.predict(RASTER), model.predict(RASTER))
    assert compiled.predict(RASTER).shape == y.shape
    assert compiled.predict(RASTER).dtype == model.predict(RASTER).dtype
    spikes = [model.stream().step(x) for x in RASTER]
    np.testing.assert_array_equal(compiled.transform(RASTER), spikes)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_first_of_equal_scores_is_predicted(n_classes):
    model = make_pipeline(SpikeCounter(), RidgeClassifier())
    model.fit(RASTER, np.arange(50) % n_classes)
    model[-1].coef_[:] = 0
    model[-1].intercept_[:] = 0 if n_classes == 2 else [-1, 1, 1]
    compiled = CompiledModel(model)
    assert np.ptp(compiled.decision_function(RASTER)[:, -2:]) == 0
    np.testing.assert_array_equal(compiled.predict(RASTER), model.predict(RASTER))
    np.testing.assert_array_equal(compiled.predict(RASTER), n_classes - 2)


def test_pipelines_and_features_are_equal():
    model = make_pipeline(SpikeEncoder(n_steps=30), SNNClassifier(8, **OPTIONS)).fit(FEATURES, Y)
    compiled = CompiledModel(model)
    np.testing.assert_array_equal(compiled.predict(FEATURES), model.predict(FEATURES))
    np.testing.assert_allclose(
        compiled.decision_function(FEATURES), model.decision_function(FEATURES), atol=1e-4)
    complexity = LZCClassifier().fit(RASTER, Y)
    np.testing.assert_array_equal(
        CompiledModel(complexity, "int16").predict(RASTER), complexity.predict(RASTER))


def test_what_all_classes_share_costs_no_digits():
    model = make_pipeline(SpikeCounter(), RidgeClassifier()).fit(RASTER, Y)
    classes = model.predict(RASTER)
    model[-1].coef_ += 1e4 * np.arange(model[-1].coef_.shape[1])
    model[-1].intercept_ += 1e6
    compiled = CompiledModel(model, "int16")
    np.testing.assert_array_equal(compiled.predict(RASTER), classes)
    assert np.abs(compiled.decision_function(RASTER)).max() < 100


def test_values_and_spikes_are_equal():
    values = RASTER.mean(axis=(1, 2))
    one = SNNRegressor(8, **OPTIONS).fit(RASTER, values)
    two = SNNRegressor(8, **OPTIONS).fit(RASTER, np.stack([values, -values], axis=1))
    column = SNNRegressor(8, **OPTIONS).fit(RASTER, values[:, None])
    assert CompiledModel(column).predict(RASTER).shape == (50, 1)
    linear = make_pipeline(SpikeCounter(), LinearRegression()).fit(RASTER, values[:, None])
    assert CompiledModel(linear).predict(RASTER).shape == linear.predict(RASTER).shape == (50, 1)
    for model in (one, two):
        np.testing.assert_allclose(
            CompiledModel(model).predict(RASTER), model.predict(RASTER), atol=1e-4)
    network = SNNTransformer(8, **OPTIONS).fit(RASTER)
    first, second = CompiledModel(network), CompiledModel(one)  # with states of their own
    np.testing.assert_array_equal(first.transform(RASTER), network.transform(RASTER))
    np.testing.assert_allclose(second.predict(RASTER), one.predict(RASTER), atol=1e-4)
    with pytest.raises(ValueError, match="Use transform"):
        first.predict(RASTER)


@pytest.mark.parametrize("model", [
    SNNTransformer(8, **OPTIONS), SNNClassifier(8, **OPTIONS), SNNRegressor(8, **OPTIONS)], ids=[
        "spikes", "classes", "values"])
def test_the_code_that_runs_samples_compiles_without_warnings(tmp_path, model):
    code = exported(model.fit(RASTER, np.arange(50) % 3), "net", "float32")
    code.save(tmp_path / "net.c")
    (tmp_path / "run.c").write_text(resource("run.c"), encoding="utf-8")
    command = [*compiler(), *FLAGS, *options_of(code.interface), "-fPIC", "-c", "-o"]
    done = subprocess.run(
        [*command, tmp_path / "run.o", tmp_path / "run.c"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_input_that_is_not_as_in_fit_is_refused():
    compiled = CompiledModel(SNNClassifier(8, readout="windows", **OPTIONS).fit(RASTER, Y))
    for X, message in (
            (2 * RASTER, "spikes, 1 or 0"), (0.5 * RASTER, "spikes, 1 or 0"),
            (np.where(RASTER, np.nan, 0), "NaN"), (RASTER[:0], "0 sample"),
            (np.tile(RASTER, 2), "fitted on 40 steps and got 80"),
            (RASTER[:, :5], r"expects X of shape \(n_samples, 12, n_steps\)"),
            (RASTER[:, :, 0], r"expects X of shape \(n_samples, 12, n_steps\)")):
        with pytest.raises(ValueError, match=message):
            compiled.predict(X)


def test_values_that_c_cannot_read_are_refused():
    table = pd.DataFrame(FEATURES, columns=list("abcdef"))
    compiled = CompiledModel(SNNClassifier(8, encoder=SpikeEncoder(n_steps=30), **OPTIONS).fit(
        table, Y))
    refused = {
        "infinity": [table * np.inf], "same order": [table[list("fedcba")]],
        "beyond the range of float32": [
            sign * table.astype(float).abs() * 1e39 for sign in (1, -1)]}
    for message, X in [(message, X) for message, inputs in refused.items() for X in inputs]:
        with pytest.raises(ValueError, match=message):
            compiled.predict(X)


def test_counts_have_no_largest_length():
    model = SNNClassifier(8, readout="count", **OPTIONS).fit(RASTER, Y)
    long = np.tile(RASTER, 2)
    with pytest.warns(UserWarning, match="got 80 steps"):
        wanted = model.predict(long)
    np.testing.assert_array_equal(CompiledModel(model).predict(long), wanted)


def test_features_of_spikes_have_the_largest_length_of_their_fit():
    # with a rule that learns the classes, the network has a readout, which takes any length
    network = SNNTransformer(8, readout="count", max_iter=2, random_state=0)
    for steps in ((network, SpikeCounter(2), RidgeClassifier()), (network, LZCClassifier())):
        model = make_pipeline(*steps).fit(RASTER, Y)
        compiled, long = CompiledModel(model), np.tile(RASTER, 2)
        np.testing.assert_array_equal(compiled.transform(long), model[0].transform(long))
        for predict in (model.predict, compiled.predict):
            with pytest.raises(ValueError, match="fitted on .*40 steps and got 80"):
                predict(long)


def test_without_a_compiler_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setitem(__import__("sys").modules, "ziglang", None)
    with pytest.raises(ImportError, match=r'pip install "skspike\[export\]"'):
        CompiledModel(SNNTransformer(8, **OPTIONS).fit(RASTER))


@pytest.fixture
def fakes(tmp_path, monkeypatch):
    """Return a function that puts a fake compiler first on the path, and the log of their calls.

    The end of a fake is "works", "fails", "garbage", a file that is no library, or "other", a
    library of other code.
    """
    if os.name != "posix":
        pytest.skip("needs scripts of the shell")
    real = shlex.join([shutil.which(compiler()[0]), *compiler()[1:]])
    log, folder = tmp_path / "log", tmp_path / "commands"
    result = 'while [ $# -gt 2 ]; do shift; done'
    ends = {
        "works": f'exec {real} -fPIC "$@"', "garbage": f'{result}; echo garbage > "$1"',
        "fails": 'echo "$0: no license" >&2; exit 1',
        "other": f'{result}; echo "int other;" | {real} -shared -fPIC -x c -o "$1" -'}

    def add(name, end):
        file = folder / name
        file.write_text(
            f'#!/bin/sh\necho {name} "$@" >> {shlex.quote(str(log))}\n{ends[end]}\n',
            encoding="utf-8")
        file.chmod(0o755)

    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CC", raising=False)
    return add, lambda: [line.split() for line in log.read_text(encoding="utf-8").splitlines()]


def test_compilers_are_tried_in_order_until_one_works(fakes, monkeypatch):
    add, calls = fakes
    for name, end in {"mine": "fails", "cc": "garbage", "gcc": "other", "clang": "works"}.items():
        add(name, end)
    monkeypatch.setenv("CC", "mine -m64")
    model = SNNTransformer(8, **OPTIONS).fit(RASTER)
    np.testing.assert_array_equal(CompiledModel(model).transform(RASTER), model.transform(RASTER))
    assert [call[0] for call in calls()] == ["mine", "cc", "gcc", "clang"]
    assert calls()[0][1] == "-m64" and all("-fPIC" in call for call in calls())
    monkeypatch.setenv("CC", "clang")
    CompiledModel(model)
    assert [call[0] for call in calls()][4:] == ["clang"]


@pytest.mark.parametrize("command", ["{}", '"{}" -m64'], ids=["alone", "with an option"])
def test_the_path_of_a_compiler_may_have_spaces(fakes, tmp_path, monkeypatch, command):
    add, calls = fakes
    add("a compiler", "works")
    monkeypatch.setenv("CC", command.format(tmp_path / "commands" / "a compiler"))
    CompiledModel(SNNTransformer(8, **OPTIONS).fit(RASTER))
    (call,) = calls()
    assert call[:2] == ["a", "compiler"] and ("-m64" in call) == ("-m64" in command)


@pytest.mark.parametrize(("command", "words"), [
    (r"C:\bin\clang.exe -m64", [r"C:\bin\clang.exe", "-m64"]),
    (r'"C:\Program Files\clang.exe" -m64', [r"C:\Program Files\clang.exe", "-m64"]),
    ('"clang', ['"clang'])])
def test_commands_of_windows_are_split_at_spaces_outside_quotation_marks(
        monkeypatch, command, words):
    monkeypatch.setattr(_compiled, "IS_WINDOWS", True)
    assert _compiled._words(command) == words


def test_the_error_has_the_messages_of_all_compilers(fakes, monkeypatch):
    add, calls = fakes
    for name, end in {"cc": "fails", "gcc": "garbage", "clang": "other"}.items():
        add(name, end)
    monkeypatch.setenv("CC", "absent")
    monkeypatch.setitem(__import__("sys").modules, "ziglang", None)
    model = SNNTransformer(8, **OPTIONS).fit(RASTER)
    with pytest.raises(RuntimeError, match=r'works.*pip install "skspike\[export\]"') as caught:
        CompiledModel(model)
    parts = ("\nabsent: ", "\ncc: ", "no license", "\ngcc: ", "net2.so", "\nclang: ", "net3.so")
    places = [str(caught.value).index(part) for part in parts]
    assert places == sorted(places)


def test_windows_begins_with_ziglang_and_needs_no_position_independent_code(fakes, monkeypatch):
    add, calls = fakes
    for name in ("mine", "zig", "cc"):
        add(name, "fails")
    add("gcc", "works")
    monkeypatch.setenv("CC", "mine")
    monkeypatch.setattr(_compiled, "IS_WINDOWS", True)
    monkeypatch.setattr(_compiled, "ziglang", lambda user: ["zig", "cc"])
    CompiledModel(SNNTransformer(8, **OPTIONS).fit(RASTER))
    assert [call[0] for call in calls()] == ["mine", "zig", "cc", "gcc"]
    assert not any("-fPIC" in call for call in calls())


def test_a_library_that_cannot_be_deleted_is_deleted_after_its_last_use(tmp_path, monkeypatch):
    model = SNNTransformer(8, **OPTIONS).fit(RASTER)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    CompiledModel(model)
    assert list(tmp_path.iterdir()) == []
    with monkeypatch.context() as patch:
        # as Windows
        patch.setattr(tempfile.TemporaryDirectory, "_rmtree", lambda *arguments, **options: None)
        compiled = CompiledModel(model)
    (folder,) = tmp_path.iterdir()
    assert folder.name.startswith("skspike-")
    np.testing.assert_array_equal(compiled.transform(RASTER), model.transform(RASTER))
    assert folder.exists()
    del compiled
    gc.collect()
    assert list(tmp_path.iterdir()) == []
