"""Benchmark of temporal tasks: parts are disjoint, and the choice does not use the test part."""

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from skspike import datasets

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import temporal  # noqa: E402

pytestmark = pytest.mark.small


class Knows(BaseEstimator):
    """A model that is right with a given probability on each part, and records its fits."""

    def __init__(self, on_validation, on_test):
        self.on_validation = on_validation
        self.on_test = on_test

    def fit(self, X, y):
        self.fitted_on = len(X)
        return self

    def score(self, X, y):
        return self.on_test if y[0] == "test" else self.on_validation


def rows(part):
    """Return the samples of a part, each as bytes."""
    return {x.tobytes() for x in part[0]}


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(temporal, "SIZES", (60, 30, 50))


OF_AEON = temporal.OF_AEON + temporal.UNEQUAL


TASKS = [
    # these samples take seconds to make
    pytest.param(name, marks=[pytest.mark.exhaustive] * name.startswith("randman, "))
    for name in temporal.TASKS if name not in OF_AEON]


@pytest.mark.parametrize("name", TASKS)
def test_parts_of_a_task_share_no_sample_and_a_seed_fixes_them(few, name):
    task, again, other = (temporal.TASKS[name](seed) for seed in (3, 3, 4))
    assert sum(len(X) for X, _ in task) == 140 and all(len(X) == len(y) for X, y in task)
    parts = [rows(part) for part in task]
    alike = sum(len(one & two) for one, two in itertools.combinations(parts, 2))
    assert alike == 0 or (name == "yin-yang" and alike < 5)  # two points may fall on the same steps
    assert all(
        np.array_equal(one[0], same[0]) and np.array_equal(one[1], same[1])
        for one, same in zip(task, again, strict=True))
    assert parts[2] != rows(other.test)


def test_series_of_unequal_length_are_lists(rng):
    series = [rng.normal(size=(1, length)) for length in (12, 15, 20, 12)]
    assert not temporal.is_raster(series)
    assert temporal.joined(series, series) == series + series
    np.testing.assert_array_equal(temporal.joined(np.eye(2), np.eye(2)), np.tile(np.eye(2), (2, 1)))
    task = temporal.Task((series, [0, 1, 1, 0]), (series, [0, 1, 1, 0]), (series, [0, 1, 1, 0]))
    assert np.isnan(temporal.score(temporal.mini_rocket, task, 0))
    (model,) = temporal.RECIPES["logistic, counts"](series, 0)
    assert model.fit(series, [0, 1, 1, 0]).predict(series).shape == (4,)


@pytest.mark.parametrize(
    ("name", "n_sources", "parameters"), [
        ("syllables", 10, {}),
        ("speakers", 20, {"n_channels": 40, "n_vowels": 3, "variety": 0.1, "shift": 0.1})])
def test_sources_are_in_one_part_alone(few, name, n_sources, parameters):
    X, _, sources = datasets.make_syllables(
        140, n_sources=n_sources, return_sources=True, random_state=0, **parameters)
    source = {x.tobytes(): int(of) for x, of in zip(X, sources, strict=True)}
    heard = [{source[row] for row in rows(part)} for part in temporal.TASKS[name](0)]
    assert [len(part) for part in heard] == [n_sources * share // 10 for share in (5, 2, 3)]
    assert len(set.union(*heard)) == n_sources


def test_series_become_equally_long_at_their_last_value():
    X = temporal.even([np.array([[1, 2, 3, 4]]), np.array([[5, 6]])], 3)
    assert X.tolist() == [[[1, 2, 3]], [[5, 6, 6]]] and X.dtype == float


def test_the_best_on_validation_is_fitted_on_both_parts_and_tested():
    candidates = [Knows(0.5, 1.0), Knows(0.9, 0.3), Knows(0.7, 0.8)]
    parts = [
        (np.zeros((n, 1, 2)), np.full(n, name))
        for name, n in (("train", 4), ("validation", 3), ("test", 2))]
    assert temporal.score(lambda X, seed: list(candidates), temporal.Task(*parts), 0) == 0.3
    assert candidates[1].fitted_on == 7 and not hasattr(candidates[0], "fitted_on")


def test_recipes_take_rasters_and_series(few, rng):
    raster = temporal.TASKS["order"](0).train[0]
    for name, recipe in temporal.RECIPES.items():
        for X in (raster, rng.random((20, 2, 15))):
            candidates = recipe(X, 0)
            assert candidates, name
            counters = [
                getattr(model, "named_steps", {}).get("spikecounter") for model in candidates]
            assert all(
                counter.n_windows <= X.shape[2] for counter in counters if counter is not None)
