"""Benchmark on the Spiking Heidelberg Digits, on small files of the same format."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import shd  # noqa: E402

QUICK = [
    "--channels", "10", "--neurons", "8", "--epochs", "2", "--jobs", "1", "--duration", "200",
    "--seeds", "0", "1"]


def write(path, rng, n_samples, speakers):
    """Write a file with two classes, low and high channels, as the Zenke laboratory does."""
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    labels = np.arange(n_samples) % 2
    times = np.empty(n_samples, object)
    units = np.empty(n_samples, object)
    for i, label in enumerate(labels):
        n = rng.integers(20, 40)
        times[i] = np.sort(rng.uniform(0, 0.2, n)).astype("f2")
        units[i] = (350 * label + rng.integers(0, 350, n)).astype("u2")
    with h5py.File(path, "w") as file:
        file.create_dataset("spikes/times", data=times, dtype=h5py.vlen_dtype("f2"))
        file.create_dataset("spikes/units", data=units, dtype=h5py.vlen_dtype("u2"))
        file["labels"] = labels.astype("u2")
        file["extra/speaker"] = np.resize(speakers, n_samples).astype("u2")
        file["extra/keys"] = np.array([b"null", b"eins"])
        file["extra/meta_info/gender"] = np.array([b"male"] * 6)
    return times, units


@pytest.fixture
def folder(tmp_path, rng):
    """Return a folder with small files of both data sets."""
    for name, n_samples in (("shd_train", 36), ("shd_test", 10)):
        write(tmp_path / f"{name}.h5", rng, n_samples, [0, 1, 2, 3])
    (tmp_path / "SSC").mkdir()
    for part in ("train", "valid", "test"):
        write(tmp_path / "SSC" / f"ssc_{part}.h5", rng, 20, [0])
    return tmp_path


def test_spikes_are_counted_in_channels_and_steps(tmp_path, rng):
    times, units = write(tmp_path / "shd_test.h5", rng, 7, [5, 6])
    part = shd.read(
        shd.path_of("shd", "test", tmp_path), channels=70, step=10.0, duration=200.0)
    expected = np.zeros((7, 70, 20))
    for i in range(7):
        for t, unit in zip(times[i], units[i], strict=True):
            step = int(float(t) / 0.01 + 1e-9)
            if step < 20:
                expected[i, unit // 10, step] += 1
    np.testing.assert_array_equal(part.X, expected)
    assert part.y.tolist() == [0, 1, 0, 1, 0, 1, 0]
    assert part.speakers.tolist() == [5, 6, 5, 6, 5, 6, 5]


def test_a_validation_part_has_speakers_of_its_own():
    labels = np.arange(40) % 2
    parts = {"train": shd.Part(np.arange(40), labels, np.arange(40) // 4)}
    train, validation = shd.split(parts, seed=3)
    assert len(set(validation.speakers)) == 2 and len(set(train.speakers)) == 8
    assert not set(train.speakers) & set(validation.speakers)
    np.testing.assert_array_equal(train.y, train.X % 2)
    np.testing.assert_array_equal(np.sort(shd.joined(train, validation).X), np.arange(40))
    parts = {"train": train, "valid": validation}
    assert shd.split(parts, seed=3) == (train, validation)


class Knows:
    """A model with given accuracies on a validation and a test part, which records its fits."""

    fitted = []

    def __init__(self, name, accuracy):
        self.name, self.accuracy = name, accuracy

    def fit(self, X, y):
        self.fitted.append((self.name, len(X)))
        return self

    def score(self, X, y):
        return self.accuracy[len(X)]


def test_the_best_recipe_in_validation_is_fitted_on_both_parts(monkeypatch):
    monkeypatch.setattr(Knows, "fitted", [])
    recipes = {
        name: lambda seed, name=name, accuracy=accuracy: Knows(name, accuracy)
        for name, accuracy in {"a": {3: 0.5, 2: 1.0}, "b": {3: 0.9, 2: 0.25}}.items()}
    parts = {
        name: shd.Part(*[np.zeros(n)] * 3) for name, n in
        {"train": 4, "valid": 3, "test": 2}.items()}
    assert shd.result(recipes, parts, seed=0)[:3] == ("b", 90.0, 25.0)
    assert Knows.fitted == [("a", 4), ("b", 4), ("b", 7)]


@pytest.mark.parametrize("dataset", ["shd", "ssc"])
def test_the_benchmark_prints_our_result_and_published_ones(folder, dataset, capsys):
    recipe = {"shd": "LIF", "ssc": "SE-adLIF, augmented"}[dataset]
    shd.main([*QUICK, "--dataset", dataset, "--data", str(folder), "--recipes", recipe])
    printed = capsys.readouterr().out
    assert f"| 1 | {recipe} |" in printed and "| skspike | " in printed and " ± " in printed
    assert all(source in printed for _, _, source in shd.PUBLISHED[dataset])


def test_missing_files_and_packages_are_named(tmp_path, monkeypatch):
    absent = {"tonic.datasets": None, "tonic": None, "h5py": None}
    for name in absent:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SystemExit, match=r"shd_train.h5 is not in .*Download it from .*tonic"):
        shd.path_of("shd", "train", tmp_path)
    with pytest.raises(SystemExit, match="needs h5py"):
        shd.read(tmp_path / "shd_train.h5", channels=70, step=10.0, duration=200.0)


def test_tonic_downloads_missing_files(tmp_path, monkeypatch):
    class Downloaded:
        def __init__(self, save_to, **which):
            self.location_on_system, self.data_filename = save_to, f"{which}"

    module = type(sys)("tonic.datasets")
    module.SHD = module.SSC = Downloaded
    monkeypatch.setitem(sys.modules, "tonic.datasets", module)
    assert shd.path_of("shd", "test", tmp_path).name == "{'train': False}"
    assert shd.path_of("ssc", "valid", tmp_path).name == "{'split': 'valid'}"
