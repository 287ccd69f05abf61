"""Recorded exercises, derived again from the package that has the recordings."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from skspike.datasets import _exercises, load_exercises

pytestmark = pytest.mark.small
FOLDER = Path(_exercises.__file__).parent
NAMES = {
    "PEN": "pendulum", "ABD": "abduction", "FEL": "forward elevation", "IR": "internal rotation",
    "ER": "external rotation", "TRAP": "trapezius extension", "ROW": "upright row"}


def derived(folder):
    """Return the stored arrays, from the folder of seglearn."""
    data = np.load(folder / "data" / "watch_dataset.npy", allow_pickle=True).item()
    order = np.lexsort((data["y"], data["side"], data["subject"]))
    pieces = [data["X"][k][50:650].reshape(3, 100, 2, 6).mean(axis=2) for k in order]
    X = np.concatenate(pieces).swapaxes(1, 2) / _exercises.STEPS
    return {
        "X": np.clip(np.round(X), -128, 127).astype(np.int8),
        "y": np.repeat(data["y"][order], 3).astype(np.uint8),
        "person": np.repeat(data["subject"][order], 3).astype(np.uint8),
        "names": np.array([NAMES[name] for name in data["y_labels"]])}


def test_each_person_has_three_signals_of_each_exercise_and_arm():
    X, y, person = load_exercises()
    assert X.shape == (420, 6, 100) and X.dtype == np.float32
    assert sorted(set(y)) == sorted(NAMES.values())
    pairs, counts = np.unique(list(zip(y, person, strict=True)), axis=0, return_counts=True)
    assert len(pairs) == 70 and set(counts) == {6}
    assert (np.diff(person) >= 0).all()


def test_the_signals_have_units_with_gravity():
    X, _, _ = load_exercises()
    assert 0.9 < np.linalg.norm(X[:, :3], axis=1).mean() < 1.3
    assert np.allclose(X[:, :3] / 0.05, np.round(X[:, :3] / 0.05), atol=1e-4)


def test_the_file_is_small_and_has_its_licence_beside_it():
    assert (FOLDER / "exercises.npz").stat().st_size < 200_000
    text = (FOLDER / "exercises.txt").read_text(encoding="utf-8")
    assert "Copyright (c) 2018, David M. Burns" in text and "Redistribution" in text


def test_the_file_follows_from_the_recordings_of_seglearn():
    found = importlib.util.find_spec("seglearn")
    if found is None:
        pytest.skip("There is no seglearn.")
    (folder,) = found.submodule_search_locations
    with np.load(FOLDER / "exercises.npz") as stored:
        for name, values in derived(Path(folder)).items():
            np.testing.assert_array_equal(stored[name], values)
