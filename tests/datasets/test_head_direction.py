"""Recorded neurons and head direction, derived again from the package that has the recording."""

import os
from pathlib import Path

import numpy as np
import pytest

from skspike.datasets import _head_direction, load_head_direction

pytestmark = pytest.mark.small
FOLDER = Path(_head_direction.__file__).parent
RECORDING = "tests/nwbfilestest/neurosuite/pynapplenwb/A2929-200711.nwb"


def derived(file):
    """Return the stored arrays, from the file of pynapple."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(file) as data:
        angle = data["acquisition/CompassDirection/ry"]
        seconds, angle = np.array(angle["timestamps"]), np.unwrap(angle["data"])
        times, ends = np.array(data["units/spike_times"]), np.array(data["units/spike_times_index"])
    start, n_steps = seconds[0], int((seconds[-1] - seconds[0]) / 0.02)
    trains = [
        np.round(1000 * (train - start)) for train in np.split(times, ends[:-1].astype(int))]
    trains = [train[(train >= 0) & (train < 20 * n_steps)] for train in trains]
    middle = start + 0.02 * (np.arange(n_steps) + 0.5)
    return {
        "intervals": np.concatenate([
            np.diff(train, prepend=0) for train in trains]).astype(np.uint32),
        "counts": np.array([len(train) for train in trains], np.uint16),
        "angle": np.round(np.interp(middle, seconds, angle) * 128 / np.pi).astype(int).astype(
            np.uint8)}


def test_neurons_of_the_thalamus_prefer_a_direction():
    spikes, angle = load_head_direction()
    assert len(spikes) == 15 and angle.shape == (26467,)
    assert 0 <= angle.min() < 0.1 and 6.2 < angle.max() < 2 * np.pi
    strength = []
    for times in spikes:
        assert (np.diff(times) >= 0).all() and 0 <= times[0] and times[-1] < 20 * len(angle)
        strength.append(abs(np.exp(1j * angle[(times // 20).astype(int)]).mean()))
    assert np.mean(strength[:7]) > 0.8 > 0.3 > np.mean(strength[7:])


def test_the_file_is_small_and_has_its_licence_next_to_it():
    assert (FOLDER / "head_direction.npz").stat().st_size < 150_000
    text = (FOLDER / "head_direction.txt").read_text(encoding="utf-8")
    assert "Copyright (c) pynapple authors" in text and "Permission is hereby granted" in text


def test_the_file_follows_from_the_recording_of_pynapple():
    folder = os.environ.get("PYNAPPLE_SOURCE")  # unpacked: pip download --no-binary pynapple ...
    if folder is None:
        pytest.skip("PYNAPPLE_SOURCE names no folder with the source distribution of pynapple.")
    with np.load(FOLDER / "head_direction.npz") as stored:
        for name, values in derived(Path(folder) / RECORDING).items():
            np.testing.assert_array_equal(stored[name], values)
