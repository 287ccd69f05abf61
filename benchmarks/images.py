"""Compare classifiers of images and of the events of a camera.

The data sets:

    digits        scikit-learn's digits, 8 x 8 pixels. Ten folds, which the seed draws.
    grain         Random textures of 16 x 16 pixels, 2,000 to train and 1,000 to test. The class is
                  one of eight orientations of the grain. Each single pixel has the same
                  distribution in all classes. The seed draws the data.
    MNIST10k      10,000 digits of 28 x 28 pixels, 2,000 of them to test, from a file.
    saccades      Events of images of MNIST10k, 2,000 to train and 1,000 to test: `make_saccades`
                  with its defaults, a sensor of 34 x 34 pixels with two polarities, and 300 steps.
    textures      Events of textures that move in eight directions: `make_textures` with its
                  defaults, 2,000 to train and 1,000 to test. The seed draws the data.

Logistic regression, HOG and SVC choose C by cross-validation on the training part. Classifiers that
do not take events get the square roots of the counts of each channel in six windows, or a time
surface at the end of each window: exp(-age / tau) of the last event of each channel. ``--validate``
replaces the test part by a fifth of the training part.

The energy of a prediction on MNIST10k is an estimate: the number of operations times the picojoules
of `skspike.inspection.energy`. The operations of a spiking network are counted on the test part.
For other models, all multiplications count. A constant current counts in every step, also in the
neurons of `SpikingPatches`, whose spikes are computed without steps here.

All models run on one core. Times are processor times, which then equal the times on an idle
machine. Results are stored in a file, so that an interrupted run continues. Remove the file after a
change of the package.

    python benchmarks/images.py --mnist mnist10k.npz --results images.json > images.md

This measures one convolution and 64 neurons at all defaults:

    python benchmarks/images.py --mnist mnist10k.npz --sets MNIST10k \\
        --models "SNNClassifier, defaults"

The file of MNIST contains X (n, 784) with values 0 to 255 and y (n,). Some models need
scikit-image, torch or snntorch, and are left out if these are not installed. Set OMP_NUM_THREADS=1
and similar variables if numpy or torch would use more cores.
"""

import argparse
import importlib.util
import json
import time
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from _report import bullets, machine, progress, table, versions
from more_datasets import make_textures
from scipy.signal import fftconvolve
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC

from skspike import Convolution, SNNClassifier, SpikingPatches
from skspike.coding import MoveImages
from skspike.datasets import make_saccades
from skspike.inspection import SynapticOperations, energy, synaptic_operations
from skspike.learning import SurrogateGradient
from skspike.neurons import LIF

N_WINDOWS = 6
SIZE = 16  # of the images of grain
NJ_PER_UJ = 1e3


# -- data


def grain(n_samples, seed, n_classes=8):
    """Return random textures (n_samples, SIZE, SIZE), and the orientation of their grain.

    The textures are white noise, filtered by an oriented filter of 9 x 9 pixels, and white noise.
    """
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n_samples)
    rows, columns = np.mgrid[-4:5, -4:5]
    X = np.empty((n_samples, SIZE, SIZE))
    for label in range(n_classes):
        angle = np.pi * label / n_classes
        across = np.cos(angle) * columns + np.sin(angle) * rows
        weights = np.exp(-(rows**2 + columns**2) / 8) * np.cos(2 * np.pi * across / 5)
        weights /= np.sqrt((weights**2).sum())
        noise = rng.normal(size=((y == label).sum(), SIZE + 8, SIZE + 8))
        X[y == label] = fftconvolve(noise, weights[np.newaxis], mode="valid", axes=(1, 2))
    return X + rng.normal(size=X.shape), y


@lru_cache(1)
def mnist_parts(file):
    """Return training and test images with values from 0 to 1, and their labels."""
    with np.load(file) as data:
        X, y = (data["X"] / 255).astype(np.float32).reshape(-1, 28, 28), data["y"].astype(int)
    X, X_test, y, y_test = train_test_split(X, y, test_size=2000, random_state=0, stratify=y)
    return X, y, X_test, y_test


@lru_cache(1)
def saccade_parts(file):
    """Return the events of the first images of MNIST10k."""
    X, y, X_test, y_test = mnist_parts(file)
    events = partial(make_saccades, random_state=0)
    return events(X[:2000]), y[:2000], events(X_test[:1000]), y_test[:1000]


def parts_of(name, seed, file):
    """Yield training data, labels, test data and labels: several for cross-validation."""
    if name == "digits":
        X, y = load_digits(return_X_y=True)
        X = X.reshape(-1, 8, 8) / 16
        folds = StratifiedKFold(10, shuffle=True, random_state=seed)
        yield from ((X[a], y[a], X[b], y[b]) for a, b in folds.split(X, y))
    elif name == "MNIST10k":
        yield mnist_parts(file)
    elif name == "saccades":
        yield saccade_parts(file)
    else:
        X, y = make_textures(3000, random_state=seed) if name == "textures" else grain(3000, seed)
        yield X[:2000], y[:2000], X[2000:], y[2000:]


# name: image shape, whether samples are events, whether the seed draws data
SETS = {
    "digits": ((8, 8), False, True), "grain": ((SIZE, SIZE), False, True),
    "MNIST10k": ((28, 28), False, False), "saccades": ((2, 34, 34), True, False),
    "textures": ((2, 12, 12), True, True)}
OF_MNIST = "MNIST10k", "saccades"


# -- features


def rows(X):
    """Return images as rows of pixels."""
    return X.reshape(len(X), -1)


def windows(X):
    """Return the square roots of counts, (n_samples, n_channels * N_WINDOWS)."""
    bounds = np.linspace(0, X.shape[2], N_WINDOWS + 1).astype(int)
    return np.sqrt(
        np.concatenate(
            [X[:, :, a:b].sum(axis=2, dtype=np.float32) for a, b in zip(bounds, bounds[1:])],
            axis=1))


def surfaces(X, tau=30.0):
    """Return exp(-age / tau) of the last event of each channel at the end of each window."""
    found, last, start = [], np.full(X.shape[:2], -np.inf, np.float32), 0
    for stop in np.linspace(0, X.shape[2], N_WINDOWS + 1).astype(int)[1:]:
        part = X[:, :, start:stop]
        latest = stop - 1 - part[:, :, ::-1].argmax(axis=2)
        last = np.where(part.any(axis=2), latest, last).astype(np.float32)
        found.append(np.exp((last - stop) / tau))
        start = stop
    return np.concatenate(found, axis=1)


def hog(X):
    """Return histograms of oriented gradients (Dalal and Triggs 2005)."""
    from skimage.feature import hog as features

    cell = 2 if X.shape[1] < 16 else 4
    return np.array(
        [
            features(x, orientations=9, pixels_per_cell=(cell, cell), cells_per_block=(2, 2))
            for x in X])


# -- models


class TorchNetwork(ClassifierMixin, BaseEstimator):
    """A convolutional network in torch. Its input are rows of images with some channels."""

    def __init__(self, image_shape, n_epochs=10, seed=0):
        self.image_shape = image_shape
        self.n_epochs = n_epochs
        self.seed = seed

    def fit(self, X, y):
        import torch
        from torch import nn

        torch.set_num_threads(1)
        torch.manual_seed(self.seed)
        self.classes_, y = np.unique(y, return_inverse=True)
        self.network_ = nn.Sequential(
            nn.Conv2d(self.image_shape[0], 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.LazyLinear(128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, len(self.classes_)))
        X = self._tensor(X)
        self.network_(X[:2])
        return self._train(X, torch.as_tensor(y), 1e-3, 64)

    def _train(self, X, y, learning_rate, batch_size):
        import torch

        solver = torch.optim.Adam(self.network_.parameters(), lr=learning_rate)
        n_updates = self.n_epochs * -(-len(X) // batch_size)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(solver, n_updates)
        self.network_.train()
        for _ in range(self.n_epochs):
            for batch in torch.randperm(len(X)).split(batch_size):
                loss = torch.nn.functional.cross_entropy(self.network_(X[batch]), y[batch])
                solver.zero_grad()
                loss.backward()
                solver.step()
                schedule.step()
        return self

    def _tensor(self, X):
        import torch

        return torch.as_tensor(np.asarray(X, np.float32).reshape(len(X), *self.image_shape))

    def predict(self, X):
        import torch

        self.network_.eval()
        with torch.no_grad():
            found = [self.network_(x).argmax(1).numpy() for x in self._tensor(X).split(200)]
        return self.classes_[np.concatenate(found)]


class TutorialNetwork(TorchNetwork):
    """The convolutional spiking network of snntorch's tutorial 6: 12C5-MP2-64C5-MP2-10."""

    n_steps = 50

    def fit(self, X, y):
        import snntorch
        import torch
        from snntorch import utils
        from torch import nn

        torch.set_num_threads(1)
        torch.manual_seed(self.seed)
        self.classes_, y = np.unique(y, return_inverse=True)
        n_steps, kind = self.n_steps, partial(
            snntorch.Leaky, beta=0.5, spike_grad=snntorch.surrogate.fast_sigmoid(slope=25),
            init_hidden=True)

        class Network(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(
                    nn.Conv2d(1, 12, 5), nn.MaxPool2d(2), kind(), nn.Conv2d(12, 64, 5),
                    nn.MaxPool2d(2), kind(), nn.Flatten(), nn.Linear(64 * 4 * 4, 10), kind())

            def forward(self, x):
                utils.reset(self.layers)
                return sum(self.layers(x) for _ in range(n_steps))

        self.network_ = Network()
        return self._train(self._tensor(X), torch.as_tensor(y), 1e-2, 128)


def on_rows(classifier):
    """Return a function that puts a classifier behind the pixels or the counts in windows."""

    def model(seed, image_shape, is_events):
        return make_pipeline(
            FunctionTransformer(windows if is_events else rows), classifier(seed))

    return model


def searched(classifier, values):
    """Return a classifier whose parameter C is chosen by cross-validation."""
    return GridSearchCV(classifier, {"C": values}, cv=3)


def on_surfaces(seed, image_shape, is_events):
    """Return a linear classifier of time surfaces."""
    return make_pipeline(
        FunctionTransformer(surfaces), StandardScaler(), RidgeClassifierCV(np.logspace(0, 6, 7)))


def with_patches(seed, image_shape, is_events):
    """Return random filters and a linear classifier. Long events have a stride of 2, for time."""
    stride = 2 if image_shape == SETS["saccades"][0] else 1
    return make_pipeline(
        SpikingPatches(stride=stride, image_shape=image_shape, random_state=seed),
        RidgeClassifierCV())


def dense(seed, image_shape, is_events):
    """Return a network without convolution."""
    network = SNNClassifier(256, random_state=seed)
    return network if is_events else make_pipeline(FunctionTransformer(rows), network)


def with_defaults(seed, image_shape, is_events):
    """Return a network with one convolution and 64 neurons, and otherwise default settings."""
    size, stride = (3, 1) if image_shape[-1] < 14 else (5, 2)
    layers = Convolution(16, size=size, stride=stride, image_shape=image_shape), 64
    network = SNNClassifier(layers, random_state=seed)
    return make_pipeline(FunctionTransformer(rows), network)


def convolutional(seed, image_shape, is_events):
    """Return a network with two convolutions, or for events with one and 64 neurons.

    Training images are shifted by up to a pixel, and images of MNIST10k are also rotated and
    stretched. The settings were chosen on validation images of MNIST10k and of the digits.
    """
    if is_events:
        return SNNClassifier(
            (Convolution(16, size=5, stride=2, image_shape=image_shape), 64), max_iter=10,
            random_state=seed)
    if image_shape[-1] < 20:
        first, moves, n_epochs = Convolution(32, size=3, image_shape=image_shape), {}, 40
    else:
        first, n_epochs = Convolution(32, size=5, stride=2, image_shape=image_shape), 20
        moves = {"rotation": 12.0, "stretch": 0.15}
    network = SNNClassifier(
        (first, Convolution(64, size=3, stride=2)), n_steps=10,
        max_iter=n_epochs, standardize=False, neuron=LIF(reset="subtract"),
        rule=SurrogateGradient(slope=10.0, augment=MoveImages(image_shape, **moves)),
        random_state=seed)
    return make_pipeline(FunctionTransformer(rows), network)


def convolutional_torch(seed, image_shape, is_events):
    """Return a convolutional network in torch, of pixels or counts in windows."""
    shape = (N_WINDOWS * image_shape[0], *image_shape[1:]) if is_events else (1, *image_shape)
    return make_pipeline(
        FunctionTransformer(windows if is_events else rows), TorchNetwork(shape, seed=seed))


def tutorial(seed, image_shape, is_events):
    """Return the network of snntorch's tutorial, with as many updates as in its epoch of 60,000."""
    return TutorialNetwork((1, *image_shape), n_epochs=8, seed=seed)


# -- energy


def convolved(network, images):
    """Return the multiplications of a network in torch for each of some images."""
    import torch

    found = []

    def count(layer, inputs, outputs):
        # each value of an output channel is a sum over the weights of this channel
        found.append(outputs[0].numel() * layer.weight[0].numel())

    layers = [layer for layer in network.modules() if getattr(layer, "weight", None) is not None]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    with torch.no_grad():
        network(images)
    for hook in hooks:
        hook.remove()
    return sum(found)


def patch_operations(patches):
    """Return the multiplications of the filters of `SpikingPatches` for an image."""
    return patches.n_steps_ * sum(
        layer.filters.size * np.prod(layer.n_positions(patches.image_shape_[1:]))
        for layer in patches.layers_)


def energy_of(model, X):
    """Return the estimated energy in nJ of the prediction of an image, None if it is unknown."""
    steps = [step for _, step in model.steps] if isinstance(model, Pipeline) else [model]
    *steps, last = steps
    for step in steps:
        X = step.transform(X)
    if isinstance(last, SNNClassifier):
        return NJ_PER_UJ * energy(synaptic_operations(last, X))
    if isinstance(last, MLPClassifier):
        macs = sum(weights.size for weights in last.coefs_)
    elif isinstance(last, RidgeClassifierCV) and isinstance(steps[-1], SpikingPatches):
        macs = last.coef_.size + patch_operations(steps[-1])
    elif type(last) is TorchNetwork:  # spikes of the tutorial are not multiplied
        last.network_.eval()
        macs = convolved(last.network_, last._tensor(X[:2]))
    else:
        return None
    return NJ_PER_UJ * energy(SynapticOperations(0.0, float(macs), float(macs)))


# A function of the seed, the image shape and whether samples are events. Whether a seed changes
# results. A package that the model needs. The sets that it takes.
IMAGES, EVENTS = (
    [name for name, (_, is_events, _) in SETS.items() if is_events == kind]
    for kind in (False, True))
MODELS = {
    "logistic regression": (
        on_rows(
            lambda seed: make_pipeline(
                StandardScaler(), searched(LogisticRegression(max_iter=1000), (0.01, 0.1, 1)))),
        False, None, SETS),
    "MLPClassifier": (
        on_rows(lambda seed: MLPClassifier(256, random_state=seed)), True, None, SETS),
    "SVC": (on_rows(lambda seed: searched(SVC(), (1, 10))), False, None, IMAGES),
    "HOG, linear": (
        lambda seed, image_shape, is_events: make_pipeline(
            FunctionTransformer(hog), searched(LinearSVC(), (0.01, 0.1, 1))),
        False, "skimage", IMAGES),
    "time surfaces, linear": (on_surfaces, False, None, EVENTS),
    "CNN in torch": (convolutional_torch, True, "torch", SETS),
    "snntorch, tutorial": (tutorial, True, "snntorch", ["MNIST10k"]),
    "SNNClassifier, dense": (dense, True, None, SETS),
    "SNNClassifier, defaults": (with_defaults, True, None, IMAGES),
    "SNNClassifier, convolution": (convolutional, True, None, SETS),
    "SpikingPatches, ridge": (with_patches, True, None, SETS),
}


def validation(parts):
    """Return parts whose test data are a fifth of the training data."""
    X, y, _, _ = parts
    a, b = train_test_split(np.arange(len(X)), test_size=0.2, random_state=1, stratify=y)
    return X[a], y[a], X[b], y[b]


def measure(model, name, seed, options):
    """Return the accuracy in %, processor seconds of a fit and of the predictions, and energy."""
    image_shape, is_events, _ = SETS[name]
    scores, times, nj = [], [], None
    for parts in parts_of(name, seed, options.mnist):
        X, y, X_test, y_test = validation(parts) if options.validate else parts
        classifier = MODELS[model][0](seed, image_shape, is_events)
        start = time.process_time()
        classifier.fit(X, y)
        fitted = time.process_time()
        scores.append(np.mean(classifier.predict(X_test) == y_test))
        times.append([fitted - start, time.process_time() - fitted])
        if name == "MNIST10k":
            nj = energy_of(classifier, X_test)
    return 100 * float(np.mean(scores)), *np.mean(times, axis=0).tolist(), nj


def seeds_of(model, name, seeds):
    """Return the seeds that change the results of a model on a set. Slow ones have fewer."""
    if model == "snntorch, tutorial" or not (MODELS[model][1] or SETS[name][2]):
        return seeds[:1]
    return seeds[:3] if name in (*OF_MNIST, "digits") else seeds


def run(names, models, options, results, store):
    """Measure all models on all sets, and skip measurements that `results` contains."""
    for name in names:
        for model in models:
            if name not in MODELS[model][3]:
                continue
            for seed in seeds_of(model, name, options.seeds):
                done = results.setdefault(name, {}).setdefault(model, {})
                if str(seed) not in done:
                    done[str(seed)] = measure(model, name, seed, options)
                    progress(f"{name}, {model}, seed {seed}: {done[str(seed)]}")
                    store()


def spread(values):
    """Return mean ± standard deviation, or the value if there is one, or nothing."""
    if len(values) < 2:
        return "".join(f"{value:.2f}" for value in values)
    return f"{np.mean(values):.2f} ± {np.std(values, ddof=1):.2f}"


def report(results, names, models, seeds):
    """Return rows of accuracies, times and energies for each model, from the stored seeds."""
    accuracies, times, energies = [], [], []
    for model in models:
        found = [
            [done for seed, done in results.get(name, {}).get(model, {}).items()
                if int(seed) in seeds]
            for name in names]
        accuracies.append([model, *(spread([one[0] for one in of]) for of in found)])
        times.append(
            [
                model, *(
                    " + ".join(f"{np.median([one[k] for one in of]):.1f}" for k in (1, 2))
                    if of else "" for of in found)])
        nj = [one[3] for of in found for one in of if one[3] is not None]
        if nj:
            energies.append([model, f"{np.mean(nj):,.0f}"])
    return accuracies, times, energies


def main():
    """Measure models on data sets and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mnist", type=Path, help="file with X and y of MNIST")
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS), metavar="SET")
    parser.add_argument(
        "--models", nargs="+", default=list(MODELS), choices=list(MODELS), metavar="MODEL",
        help=", ".join(MODELS))
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4],
        help="the first three are used on digits")
    parser.add_argument("--results", type=Path, help="JSON file that keeps the results")
    parser.add_argument(
        "--print", action="store_true", help="print stored results, and measure nothing")
    parser.add_argument(
        "--validate", action="store_true", help="test on a fifth of the training part")
    options = parser.parse_args()
    names, models = options.sets, []
    if options.mnist is None:
        progress("Pass --mnist to measure MNIST10k and its saccades. They are left out.")
        names = [name for name in names if name not in OF_MNIST]
    for model in options.models:
        package = MODELS[model][2]
        if package is None or importlib.util.find_spec(package) is not None:
            models.append(model)
        else:
            progress(f"{model} is left out, because {package} is not installed.")
    results, file = {}, options.results
    if file is not None and file.exists():
        results = json.loads(file.read_text(encoding="utf-8"))

    def store():
        """Write the results."""
        if file is not None:
            file.write_text(json.dumps(results, indent=1), encoding="utf-8")

    if not options.print:
        run(names, models, options, results, store)
    packages = "skspike", "scikit-learn", "numpy", "numba", "scikit-image", "torch", "snntorch"
    print(f"{machine()}, {versions(*packages)}.")
    print(bullets([f"Seeds {options.seeds}, the first three on digits and saccades."]))
    accuracies, times, energies = report(results, names, models, options.seeds)
    print("\nAccuracy in %, mean ± sd over seeds:\n")
    print(table(["model", *names], accuracies), end="\n\n")
    print("Processor seconds of fit + predictions, median over seeds (of a fold for digits):\n")
    print(table(["model", *names], times), end="\n\n")
    print("Estimated energy of a prediction on MNIST10k in nJ, mean over seeds:\n")
    print(table(["model", "nJ"], energies))


if __name__ == "__main__":
    main()
