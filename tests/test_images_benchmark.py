"""Benchmark of images: features of events, generated images, stored results and their report."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import images  # noqa: E402

pytestmark = pytest.mark.small


def test_windows_count_and_surfaces_fade_since_the_last_event(rng):
    X = (rng.random((3, 4, 31)) < 0.1).astype(np.uint8)
    bounds = np.linspace(0, 31, images.N_WINDOWS + 1).astype(int)
    windows = images.windows(X).reshape(3, images.N_WINDOWS, 4)
    surfaces = images.surfaces(X, tau=7.0).reshape(3, images.N_WINDOWS, 4)
    for b, k, c in np.ndindex(windows.shape):
        count = X[b, c, bounds[k] : bounds[k + 1]].sum()
        assert windows[b, k, c] == pytest.approx(np.sqrt(count))
        spikes = np.flatnonzero(X[b, c, : bounds[k + 1]])
        expected = np.exp((spikes[-1] - bounds[k + 1]) / 7.0) if len(spikes) else 0.0
        assert surfaces[b, k, c] == pytest.approx(expected, rel=1e-5)


def test_single_pixels_of_grain_have_equal_distributions_and_neighbours_do_not():
    X, y = images.grain(2000, 0, n_classes=2)
    assert X.shape == (2000, images.SIZE, images.SIZE)
    pixels = [X[y == label, 5, 5] for label in (0, 1)]
    assert abs(pixels[0].mean() - pixels[1].mean()) < 0.3
    assert pixels[0].std() == pytest.approx(pixels[1].std(), rel=0.1)
    # the grain of class 0 is along the columns
    neighbours = [(X[y == label, 1:] * X[y == label, :-1]).mean() for label in (0, 1)]
    assert neighbours[0] > 2 * max(neighbours[1], 0.1)


@pytest.fixture
def file(tmp_path, rng):
    """Write a small file in the form of MNIST."""
    y = np.repeat(np.arange(10), 300)
    X = rng.integers(0, 256, (3000, 784)).astype(np.uint8)
    np.savez(tmp_path / "mnist.npz", X=X, y=y)
    return tmp_path / "mnist.npz"


def test_parts_of_mnist_are_disjoint_and_scaled(file):
    ((X, y, X_test, y_test),) = images.parts_of("MNIST10k", 0, file)
    assert X.shape == (1000, 28, 28) and X_test.shape == (2000, 28, 28)
    assert X.min() == 0 and X.max() == 1 and set(y) == set(y_test) == set(range(10))
    assert not {x.tobytes() for x in X} & {x.tobytes() for x in X_test}
    X, y, X_test, y_test = images.validation((X, y, X_test, y_test))
    assert len(X) == len(y) == 800 and len(X_test) == len(y_test) == 200


def test_digits_have_ten_folds():
    folds = list(images.parts_of("digits", 3, None))
    assert len(folds) == 10 and sum(len(part[2]) for part in folds) == 1797
    assert folds[0][0].max() == 1


def test_results_are_stored_reused_and_reported(monkeypatch):
    calls = []

    class Model:
        def fit(self, X, y):
            calls.append(len(X))
            return self

        def predict(self, X):
            return np.zeros(len(X))

    monkeypatch.setitem(images.MODELS, "zero", (lambda *_: Model(), True, None, ["digits"]))
    options = SimpleNamespace(seeds=[0, 1], mnist=None, validate=False)
    results = {"digits": {"zero": {"0": [9.0, 1.0, 2.0, 3.0]}}}
    images.run(["digits", "grain"], ["zero"], options, results, lambda: None)
    assert len(calls) == 10 and list(results) == ["digits"]
    accuracy = results["digits"]["zero"]["1"][0]
    assert accuracy == pytest.approx(9.9, abs=0.1)
    accuracies, times, energies = images.report(results, ["digits", "grain"], ["zero"], [0, 1])
    assert accuracies[0][0] == "zero" and accuracies[0][1].startswith("9.4") and "±" in accuracies[
        0][1]
    assert accuracies[0][2] == times[0][2] == "" and energies == [["zero", "3"]]
    images.run(["digits"], ["zero"], options, results, lambda: None)
    assert len(calls) == 10


def test_seeds_are_repeated_only_if_they_change_results():
    seeds = [0, 1, 2, 3, 4]
    assert images.seeds_of("SVC", "MNIST10k", seeds) == [0]
    assert images.seeds_of("SVC", "grain", seeds) == seeds
    assert images.seeds_of("SNNClassifier, dense", "saccades", seeds) == seeds[:3]


def test_energy_counts_operations_of_networks_perceptrons_and_patches(rng):
    X, y = rng.random((40, 12, 12)), np.arange(40) % 2
    perceptron = images.MODELS["MLPClassifier"][0](0, (12, 12), False)
    perceptron.set_params(mlpclassifier__hidden_layer_sizes=3, mlpclassifier__max_iter=1)
    with pytest.warns(match="Maximum iterations"):
        perceptron.fit(X, y)
    assert images.energy_of(perceptron, X) == pytest.approx(4.6e-3 * (144 * 3 + 3))
    filters = images.SpikingPatches(4, sizes=(3, 5), padding=False, n_steps=7)
    patches = make_pipeline(filters, images.RidgeClassifierCV()).fit(X, y)
    per_step = 2 * 9 * 10**2 + 2 * 25 * 8**2  # weights times positions
    assert images.energy_of(patches, X) == pytest.approx(4.6e-3 * (7 * per_step + 4 * 9))
    other = images.on_rows(lambda seed: images.SVC())(0, (12, 12), False)
    assert images.energy_of(other, X) is None


def test_energy_counts_multiplications_of_networks_in_torch():
    torch = pytest.importorskip("torch")
    network = torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, 3, padding=1), torch.nn.ReLU(), torch.nn.Flatten(),
        torch.nn.Linear(3 * 20, 7))
    assert images.convolved(network, torch.zeros(4, 2, 5, 4)) == 20 * 2 * 3 * 9 + 60 * 7


@pytest.mark.parametrize("name", images.IMAGES)
def test_one_convolution_and_64_neurons_have_default_settings(name):
    model = images.MODELS["SNNClassifier, defaults"][0](3, images.SETS[name][0], False)
    network = model[-1]
    convolution, size = network.hidden_layer_sizes
    given = {"hidden_layer_sizes": (convolution, 64), "random_state": 3}
    assert size == 64
    assert network.get_params() == images.SNNClassifier(**given).get_params()
