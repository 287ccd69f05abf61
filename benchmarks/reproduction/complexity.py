"""Table 2: Lempel-Ziv complexity (LZC) and spike counts of trains, raw and behind a network."""

import itertools
import warnings

import numpy as np
from likelihoods import of_gamma, of_markov, of_poisson
from sklearn.datasets import load_breast_cancer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.neighbors import NearestCentroid
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skspike import LZCClassifier, SNNTransformer, SpikeEncoder, SpikeTrainClassifier, datasets
from skspike.coding import Poisson

from .cells import Cell
from .settings import PLAIN

MEAN, LDA = "nearest mean", "LDA"
RELATIVE = "relative LZC"
LIMIT = "limit"  # the method of cells of a model of each class, and of the generator
BEST = "SpikeTrainClassifier", "Bayes limit"
LIKELIHOODS = {"poisson": of_poisson, "markov": of_markov, "gamma": of_gamma}
MNIST = "mnist"
TASKS = {"poisson": {"rates": (20.0, 35.0)}, "markov": {}, "gamma": {}}
HIDDEN = {"trains": 16, "features": 64}
CODING = {"max_rate": 1000.0, "n_steps": 100}


def readouts():
    """Return the readouts of a raster by their name in the table."""
    counts = FunctionTransformer(np.sum, kw_args={"axis": 2})
    return {
        f"LZC, {MEAN}": LZCClassifier(relative=False, estimator=NearestCentroid()),
        f"LZC, {LDA}": LZCClassifier(relative=False),
        f"counts, {MEAN}": make_pipeline(counts, NearestCentroid()),
        f"counts, {LDA}": make_pipeline(
            counts, LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")),
        f"LZC and counts, {LDA}": LZCClassifier(with_counts=True, relative=False),
        RELATIVE: LZCClassifier()}


def read(train, y_train, test, y_test):
    """Return the accuracy of every readout in percent."""
    with warnings.catch_warnings():
        # ignore warnings about constant features of silent neurons
        warnings.filterwarnings("ignore", module="sklearn.neighbors")
        return {
            name: 100 * model.fit(train, y_train).score(test, y_test)
            for name, model in readouts().items()}


def cells(settings, mnist=None):
    """Return the cells of the table; `mnist` is the path of its file."""
    trains = {
        "shape": settings.channels_and_steps, "samples": settings.train_and_test,
        "hidden": HIDDEN["trains"]}
    epochs = {"epochs": settings.network_epochs}
    found = []
    for (task, options), seed in itertools.product(TASKS.items(), settings.seeds):
        found.append(
            Cell(
                2, task, "SNN-LZC", "", seed, {**trains, **options, **epochs},
                4.0 * settings.network_epochs / 30))
        sizes = {name: trains[name] for name in ("shape", "samples")}
        found.append(Cell(2, task, LIMIT, "", seed, {**sizes, **options}, 5.0))
    features = {"hidden": HIDDEN["features"], **CODING, **epochs}
    folds = {**features, "folds": settings.folds}
    seconds = 0.025 * settings.network_epochs * settings.folds
    found += [
        Cell(2, "breast cancer", "SNN-LZC", "", seed, folds, seconds) for seed in settings.seeds]
    images = {**features, "images": settings.images}
    seconds = 8.0 * settings.network_epochs / 30 * min(1, settings.images / 2000)
    pairs = [f"{a} or {b}" for a, b in settings.pairs]
    return found + [
        Cell(2, MNIST, "SNN-LZC", pair, 0, images, seconds, place=str(mnist)) for pair in pairs]


def run(cell):
    """Return accuracies in percent by readout."""
    if cell.method == LIMIT:
        return _limit(cell)
    return {MNIST: _pair, "breast cancer": _folds}.get(cell.task, _trains)(cell)


def _drawn(cell):
    """Return trains and labels, and the rows for training and for testing."""
    own = cell.settings
    n_train, n_test = own["samples"]
    options = {name: own[name] for name in TASKS[cell.task]}
    X, y = getattr(datasets, f"make_{cell.task}")(
        n_train + n_test, *own["shape"], **options, random_state=cell.seed)
    return X, y, slice(n_train), slice(n_train, None)


def _limit(cell):
    """Return the accuracies of SpikeTrainClassifier and of the likelihood of the generator."""
    X, y, train, test = _drawn(cell)
    options = {name: cell.settings[name] for name in TASKS[cell.task]}
    exact = LIKELIHOODS[cell.task](X[test], cell.seed, **options).argmax(axis=1)
    model = SpikeTrainClassifier().fit(X[train], y[train])
    return {"raw": {
        "SpikeTrainClassifier": 100 * model.score(X[test], y[test]),
        "Bayes limit": 100 * np.mean(exact == y[test])}}


def _trains(cell):
    own = cell.settings
    X, y, train, test = _drawn(cell)
    network = SNNTransformer(
        own["hidden"], readout="count", max_iter=own["epochs"],
        random_state=cell.seed, **PLAIN).fit(X[train], y[train])
    raster = network.transform(X)
    return {
        "raw": read(X[train], y[train], X[test], y[test]),
        "network": read(raster[train], y[train], raster[test], y[test])}


def _pair(cell):
    digits = [int(digit) for digit in cell.variant.split(" or ")]
    with np.load(cell.place) as file:
        rows = np.random.RandomState(cell.seed).permutation(
            np.flatnonzero(np.isin(file["y"], digits)))[: cell.settings["images"]]
        X, y = file["X"][rows] / 255, file["y"][rows]
    parts = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)
    return _features(cell, *parts, value_range=(0.0, 1.0))


def _folds(cell):
    X, y = load_breast_cancer(return_X_y=True)
    folds = StratifiedKFold(
        cell.settings["folds"], shuffle=True, random_state=cell.seed).split(X, y)
    scores = [_features(cell, X[train], X[test], y[train], y[test]) for train, test in folds]
    return {
        place: {name: np.mean([s[place][name] for s in scores]) for name in scores[0][place]}
        for place in scores[0]}


def _features(cell, train, test, y_train, y_test, value_range=None):
    """Compare readouts behind one network with a multilayer perceptron of the same size.

    The network draws new noise in every epoch.
    """
    own = cell.settings
    encoder = SpikeEncoder(
        coding=Poisson(max_rate=own["max_rate"]), n_steps=own["n_steps"], value_range=value_range)
    settings = {
        "readout": "count", "encoder": encoder, "max_iter": own["epochs"],
        "random_state": cell.seed, **PLAIN}
    network = SNNTransformer(own["hidden"], **settings).fit(train, y_train)
    perceptron = make_pipeline(
        StandardScaler(), MLPClassifier((own["hidden"],), max_iter=400, random_state=cell.seed))
    scores = read(network.transform(train), y_train, network.transform(test), y_test)
    return {"network": {**scores, "MLP": 100 * perceptron.fit(train, y_train).score(test, y_test)}}
