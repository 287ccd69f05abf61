"""Recorded data have the stated sizes and units, and their licences."""

from pathlib import Path

import numpy as np
import pytest

from skspike.datasets import _recorded, load_exercises, load_head_direction

pytestmark = pytest.mark.small
FOLDER = Path(_recorded.__file__).parent


def test_each_person_has_three_signals_of_each_exercise_and_arm():
    X, y, person = load_exercises()
    assert X.shape == (420, 6, 100) and X.dtype == np.float32
    pairs, counts = np.unique(list(zip(y, person, strict=True)), axis=0, return_counts=True)
    assert len(pairs) == 70 and set(counts) == {6} and len(set(y)) == 7
    assert (np.diff(person) >= 0).all()
    # units with gravity
    assert 0.9 < np.linalg.norm(X[:, :3], axis=1).mean() < 1.3
    assert np.allclose(X[:, :3] / 0.05, np.round(X[:, :3] / 0.05), atol=1e-4)


def test_neurons_of_the_thalamus_prefer_a_direction():
    spikes, angle = load_head_direction()
    assert len(spikes) == 15 and angle.shape == (26467,)
    assert 0 <= angle.min() < 0.1 and 6.2 < angle.max() < 2 * np.pi
    strength = []
    for times in spikes:
        assert (np.diff(times) >= 0).all() and 0 <= times[0] and times[-1] < 20 * len(angle)
        strength.append(abs(np.exp(1j * angle[(times // 20).astype(int)]).mean()))
    assert np.mean(strength[:7]) > 0.8 > 0.3 > np.mean(strength[7:])


@pytest.mark.parametrize(("name", "words"), [
    ("exercises", ["Copyright (c) 2018, David M. Burns", "Redistribution"]),
    ("head_direction", ["Copyright (c) pynapple authors", "Permission is hereby granted"])])
def test_a_file_is_small_and_has_its_licence_next_to_it(name, words):
    assert (FOLDER / f"{name}.npz").stat().st_size < 200_000
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert all(word in text for word in words)
