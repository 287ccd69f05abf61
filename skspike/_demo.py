"""Spiking pipelines on real data, compared with a multilayer perceptron of the same size.

    features -> spike trains -> spiking network -> Lempel-Ziv complexity (LZC) -> class

The network learns its weights together with the parameters of its neurons (time constant,
threshold, reset). Complexity depends on the number of spikes. Therefore each LZC result has a
control: a classifier of the spike counts of the same network. All models have default settings and
a hidden layer of 64 and use the same folds.
"""

import time

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from ._estimators import LZCClassifier, SpikeEncoder
from ._networks import SNNClassifier, SNNTransformer
from ._utils import optional
from ._warm_up import warm_up
from .coding import Poisson
from .plotting import palette

DATA = {"breast cancer": load_breast_cancer, "digits": load_digits}
FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)
HIDDEN = 64


def encoder():
    """Return the encoder of all spiking models."""
    return SpikeEncoder(coding=Poisson(max_rate=500.0), n_steps=100, random_state=0)


def spiking(*readout):
    """Return a pipeline of the encoder, a network and the given last steps."""
    return make_pipeline(encoder(), SNNTransformer(HIDDEN, random_state=0), *readout)


def models():
    """Return the models by their names in the table."""
    counts = FunctionTransformer(np.sum, kw_args={"axis": 2})
    return {
        "SNN -> LZC": spiking(LZCClassifier()),
        "SNN -> spike counts (control)": spiking(
            counts, LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")),
        "SNN -> LZC and spike counts": spiking(LZCClassifier(with_counts=True)),
        "SNNClassifier": SNNClassifier(HIDDEN, encoder=encoder(), random_state=0),
        "MLPClassifier": make_pipeline(
            StandardScaler(), MLPClassifier(HIDDEN, max_iter=400, random_state=0))}


def draw(encoder, network, X, path):
    """Draw the input and output spikes of one sample, and the learned time constants."""
    with optional("matplotlib", "plot", "The figure"):
        from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    raster = encoder.transform(X[:1])
    for axes, trains, title in (
            (left, raster, "Input: one digit"),
            (middle, network.transform(raster), "Learned network")):
        axes.eventplot(
            [np.flatnonzero(train) * encoder.dt for train in trains[0]], colors="black",
            linelengths=0.8)
        axes.set(
            title=title, xlabel="time (ms)", xlim=(-1, encoder.n_steps * encoder.dt),
            ylim=(-1, len(trains[0])))
    left.set_ylabel("pixel")
    middle.set_ylabel("neuron")
    tau = network.intrinsics_["tau_mem"][0]
    before = network.neuron_.tau_mem
    blue, orange = palette(2)
    counts, *_ = right.hist(tau, bins=20, color=blue, label="after learning")
    right.axvline(before, color=orange, linewidth=2, label=f"before: all {before:g} ms")
    right.set(
        title="Membrane time constants", xlabel="time constant (ms)", ylabel="neurons",
        ylim=(0, 1.35 * counts.max()))
    right.legend(frameon=False)
    figure.savefig(path, dpi=120)


def run(figure):
    """Fit, draw to the file `figure`, cross-validate and print."""
    begin = time.perf_counter()
    print("Compiling the simulation. This happens once per machine.", flush=True)
    warm_up()
    fit_and_draw(figure)
    print(f"\n{'5-fold cross-validation':<47}{'accuracy, %':>14}{'fit, s':>9}")
    means = {
        (data, name): cross_validated(data, name, model)
        for data in DATA for name, model in models().items()}
    print(
        "\nAccuracy is the mean ± standard deviation over the folds. Fit times are the mean over "
        "the folds, on one core, without compilation.")
    print(summary(means))
    print(f"Total time: {time.perf_counter() - begin:.0f} s.")


def fit_and_draw(figure):
    """Fit a pipeline on digits and draw it, if matplotlib is installed."""
    print("Fitting one pipeline on digits for the figure.", flush=True)
    X, y = load_digits(return_X_y=True)
    pipeline = models()["SNN -> LZC"].fit(X, y)
    try:
        draw(*pipeline[:2], X, figure)
    except ImportError as error:
        print(error)
    else:
        print(f"Figure: {figure.resolve()}")


def cross_validated(data, name, model):
    """Cross-validate a model, print the row of the table and return the mean accuracy."""
    X, y = DATA[data](return_X_y=True)
    clone(model).fit(X[::10], y[::10])  # compile everything before the clock starts
    result = cross_validate(model, X, y, cv=FOLDS)
    score = 100 * result["test_score"]
    print(
        f"{data:<15}{name:<32}{score.mean():>7.1f} ± {score.std(ddof=1):.1f}"
        f"{result['fit_time'].mean():>10.2f}", flush=True)
    return score.mean()


def summary(means):
    """Return one sentence on the table."""
    network, gain = (
        " and ".join(f"{means[data, a] - means[data, b]:+.1f}" for data in DATA)
        for a, b in (
            ("SNNClassifier", "MLPClassifier"),
            ("SNN -> LZC and spike counts", "SNN -> spike counts (control)")))
    return (
        f"On {' and '.join(DATA)}, SNNClassifier differs from the perceptron by {network} points, "
        f"and adding complexity to spike counts changes the accuracy by {gain} points.")
