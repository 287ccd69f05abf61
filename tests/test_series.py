"""Benchmark of bundled series: the split into halves, and the form of a loaded set."""

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


def stored(monkeypatch, lengths, package="numpy"):
    """Store a set "tiny" of two training and two test series with the given lengths."""
    X = [np.arange(length)[np.newaxis] for length in lengths]
    monkeypatch.setitem(series.SETS, "tiny", (package, lambda: (X[:2], [0, 1], X[2:], [1, 0])))


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
