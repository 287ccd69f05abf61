"""Benchmark of bundled series: the halves, the form of a loaded set, results and their report."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import series  # noqa: E402

pytestmark = pytest.mark.small


def test_each_set_is_in_one_half_and_both_have_about_the_same_number():
    assert not set(series.DEVELOPMENT) & set(series.TEST)
    assert list(series.SETS) == [*series.DEVELOPMENT, *series.TEST]
    assert abs(len(series.DEVELOPMENT) - len(series.TEST)) <= 1


def stored(monkeypatch, lengths, package="numpy", name="tiny"):
    """Store a set of two training and two test series with the given lengths."""
    X = [np.arange(length)[np.newaxis] for length in lengths]
    monkeypatch.setitem(series.SETS, name, (package, lambda: (X[:2], [0, 1], X[2:], [1, 0])))


def test_sets_are_arrays_or_lists_of_series_with_classes_as_strings(monkeypatch):
    stored(monkeypatch, (3, 3, 3, 3))
    X, y, X_test, y_test = series.load("tiny")
    assert X.shape == X_test.shape == (2, 1, 3) and X.dtype == float
    assert (list(y), list(y_test)) == (["0", "1"], ["1", "0"])
    stored(monkeypatch, (3, 3, 3, 4))
    X, _, X_test, _ = series.load("tiny")
    assert isinstance(X, list) and [x.shape for x in X_test] == [(1, 3), (1, 4)]


def test_sets_of_packages_that_are_not_installed_are_left_out_and_named(monkeypatch):
    stored(monkeypatch, (3, 3, 3, 3), "absent_package")
    assert series.load("tiny") is None and "absent_package" in series.missing()


class Records:
    """A model that predicts class 1, and records the shapes of the series that it gets."""

    def __init__(self):
        self.got = []

    def fit(self, X, y):
        self.got.append((type(X), [np.shape(x) for x in X]))
        self.largest = max(np.abs(x).max() for x in X)
        return self

    def predict(self, X):
        self.got.append((type(X), [np.shape(x) for x in X]))
        return np.full(len(X), "1")


@pytest.mark.parametrize("unequal", [True, False])
def test_models_that_refuse_unequal_lengths_get_the_length_of_the_longest_training_series(
        monkeypatch, unequal):
    stored(monkeypatch, (3, 5, 4, 6))
    model = Records()
    monkeypatch.setitem(series.MODELS, "records", (lambda seed: model, True, unequal))
    accuracy, seconds = series.measure("records", "tiny", 0, False)
    assert accuracy == 50 and seconds >= 0
    expected = [(list, [(1, 3), (1, 5)]), (list, [(1, 4), (1, 6)])] if unequal else [
        (np.ndarray, [(1, 5)] * 2)] * 2
    assert model.got == expected


def test_each_sample_is_multiplied_by_its_own_factor(rng, monkeypatch):
    X = np.ones((50, 2, 3))
    found = series.scaled(X, rng)
    assert len(np.unique(found)) == 50 and 0.01 <= found.min() < 0.05 and 0.5 < found.max() <= 1
    assert [x.shape for x in series.scaled(list(X), rng)] == [(2, 3)] * 50
    stored(monkeypatch, (9, 9, 9, 9))
    model = Records()
    monkeypatch.setitem(series.MODELS, "records", (lambda seed: model, True, True))
    series.measure("records", "tiny", 0, True)
    assert model.largest < 8


def test_a_report_is_printed_and_stored_results_are_not_measured_again(
        monkeypatch, tmp_path, capsys):
    for name in ("one", "two"):
        stored(monkeypatch, (3, 3, 3, 3), name=name)
    monkeypatch.setattr(series, "SCALED", ("two",))
    monkeypatch.setattr(series, "DEVELOPMENT", {"one": series.SETS["one"]})
    monkeypatch.setattr(series, "TEST", {"two": series.SETS["two"]})
    calls = []

    def measured(model, name, seed, is_scaled):
        calls.append((model, name, seed, is_scaled))
        return {"SpikingRocket": 90.0, "1-NN with DTW": 80.0}[model] + seed - 5 * is_scaled, 2.0

    monkeypatch.setattr(series, "measure", measured)
    command = [
        "series.py", "--sets", "one", "two", "--models", "SpikingRocket", "1-NN with DTW",
        "--seeds", "0", "1", "--results", str(tmp_path / "results.json")]
    monkeypatch.setattr(sys, "argv", command)
    monkeypatch.setattr(series, "missing", lambda: [])
    series.main()
    # DTW is measured once for each set, and not with factors that a seed draws
    assert len(calls) == 2 * (2 + 1) + 2
    report = capsys.readouterr().out
    assert "- Mean accuracy on 2 sets in %: SpikingRocket 90.5, 1-NN with DTW 80.0." in report
    assert "- On the test half in %: SpikingRocket 90.5, 1-NN with DTW 80.0." in report
    assert "SpikingRocket loses at most 5.0 points." in report
    assert "| development | one | 90.5 ± 0.7 | 80.0 |" in report
    assert "| scaled two | 85.5 ± 0.7 |\n" in report
    assert "| 1-NN with DTW | 80.0 | 80.0 | 80.0 | 2.00 | 0.50 |" in report
    assert "| two | test | numpy | 2 | 2 | 1 | 2 | 3 |" in report
    series.main()
    assert len(calls) == 8 and capsys.readouterr().out == report
