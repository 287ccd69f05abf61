"""Five findings in a minute: what spiking networks of this package do, and where others are better.

Each part prints its progress and its numbers, and ends in one sentence that states what was shown.
All data come with scikit-learn or from `skspike.datasets`. Numbers are of one seed. The benchmarks
of the documentation repeat them.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import textwrap
import time
import warnings
import webbrowser
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ._base import address_of_pages, optional
from ._meta import EarlyClassifier
from ._networks import SNNClassifier, SpikingRocket
from .coding import SpikeEncoder
from .complexity import LZCClassifier
from .datasets import make_gamma, make_markov, make_order, make_poisson, make_telegraph
from .export import CompiledModel, to_c
from .inspection import EarlyDisplay, IntrinsicsDisplay, RasterDisplay, palette
from .learning import SurrogateGradient
from .neurons import LIF
from .trains import SpikeTrainClassifier

N_TRAIN, N_TEST = 300, 400  # signals of part 1
N_TRAINS = 500, 1000  # spike trains to train on and to test on
LONG = 1024  # steps of the trains of part 2
EPOCHS, HIDDEN, N_RANDOM = 30, 64, 700
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)
# Settings that a network would otherwise choose from the data, which takes time. Without delays,
# only the neurons can remember.
RULE = SurrogateGradient(dropout=0.0)
PLAIN = {"readout": "count", "learning_rate": 0.01, "alpha": 0.0, "rule": RULE, "random_state": 0}
FAST, SLOW = 5.0, 20.0  # fixed membrane time constants in ms
FILM_STEP, BAR = 20, 30  # ms, characters


def run(figure):
    """Run the five parts, print their findings and draw them to the file `figure`."""
    begin = time.perf_counter()
    with _compilation_in_background() as background, warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # training is short on purpose
        print("Five parts in about a minute. The first run on a machine compiles.", flush=True)
        compile_network()
        print(f"Ready after {time.perf_counter() - begin:.0f} s.")
        findings = {"early": decide_early()}
        background()
        findings["trains"] = equal_rates()
        findings["neurons"] = learned_neurons()
        export_to_c(findings["early"])
        findings["real"] = real_data()
    try:
        draw(findings, figure)
    except ImportError as error:
        print(f"\n{error}")
    else:
        print(f"\nFigure: {figure.resolve()}")
    print(f"Total time: {time.perf_counter() - begin:.0f} s.")
    open_live_page()


def decide_early():
    """Classify signals while they arrive."""
    _title("1. A signal arrives, and the network decides before it ends")
    print("Two groups of ten channels fire, one after the other. The class is which one is first.")
    X, y = make_order(N_TRAIN + N_TEST, random_state=0)
    network = SNNClassifier(HIDDEN // 2, **{**PLAIN, "delays": (0, 40, 80)}, max_iter=EPOCHS)
    print(f"  training on {N_TRAIN} signals, three folds to choose when to decide ...", flush=True)
    model = EarlyClassifier(network, cv=3).fit(X[:N_TRAIN], y[:N_TRAIN])
    test, labels = X[N_TRAIN:], y[N_TRAIN:]
    sample = int(np.flatnonzero(labels == 1)[0])
    _film(model, test[sample], X.shape[2])
    right, times = model.predict(test) == labels, model.decision_times(test)
    whole = model.estimator_.score(test, labels)
    length, early = model.times_[-1], float(times.mean())
    _shown(
        f"the network decides after {early:.0f} of {length:.0f} ms on average, and is right on "
        f"{_percent(right.mean())} of {len(labels)} new signals. With whole signals it is right on "
        f"{_percent(whole)}.")
    return {
        "model": model, "X": test, "sample": sample, "time": early, "length": length,
        "accuracy": right.mean()}


def _film(model, signal, n_steps):
    """Print the evidence after each part of a signal, until the decision."""
    print("  One signal:   time   probability of class 1")
    stream = model.stream()
    for start in range(0, n_steps, FILM_STEP):
        decided = stream.step(signal[:, start : start + FILM_STEP])
        probability = stream.predict_proba()[1]
        bar = ("#" * round(BAR * probability)).ljust(BAR, ".")
        end = f"  decided: class {stream.predict()}" if decided else ""
        print(f"             {stream.time:4.0f} ms   {bar} {100 * probability:3.0f} %{end}")
        if decided:
            return


def equal_rates():
    """Classify spike trains of equal rate by counts, by complexity and by models of the classes."""
    _title("2. Spike trains of equal rate")
    print(
        "Both classes have equally many spikes. In the first task, spikes follow each other more "
        "often in one\nclass. In the second, they are more regular.")
    models = {
        "spike counts": None, "complexity of each train": LZCClassifier(relative=False),
        "complexity relative to each class (LZCClassifier)": LZCClassifier(),
        "class models (SpikeTrainClassifier)": SpikeTrainClassifier()}
    found = {name: [] for name in models}
    for make, text in (
            (make_markov, "order"), (make_gamma, "regularity")):
        X, y = make(sum(N_TRAINS), 10, LONG, random_state=0)
        n = N_TRAINS[0]
        counts = X.sum(axis=2)
        for name, model in models.items():
            model, inputs = (_linear(), counts) if model is None else (model, X)
            score = model.fit(inputs[:n], y[:n]).score(inputs[n:], y[n:])
            found[name].append(score)
            _row(f"{text}: {name}", score)
    counts, own, relative, classes = ([100 * one for one in scores] for scores in found.values())
    _shown(
        f"counts are near chance ({counts[0]:.0f} and {counts[1]:.0f} %). The complexity of each "
        f"train finds order ({own[0]:.0f} %), but not\nregularity ({own[1]:.0f} %). The complexity "
        f"relative to each class finds both ({relative[0]:.0f} and {relative[1]:.0f} %), as class "
        f"models do\n({classes[0]:.0f} and {classes[1]:.0f} %; the limit is 100 %).")
    return found


def learned_neurons():
    """Compare fixed and learned time constants, on a task of timing and on a control."""
    _title("3. Fixed or learned time constants")
    print(
        "The rate of all channels switches, quickly in one class, slowly in the other. In the "
        "control, classes\ndiffer in their rate alone. Networks have no delays, so only the "
        "neurons remember.")
    variants = {
        f"all {SLOW:g} ms": (LIF(tau_mem=SLOW), False),
        f"all {FAST:g} ms": (LIF(tau_mem=FAST), False),
        "learned": (LIF(tau_mem=SLOW), True)}
    found = {name: [] for name in variants}
    for make, text in ((make_telegraph, "rate switches"), (make_poisson, "control")):
        X, y = make(sum(N_TRAINS), random_state=0)
        n = N_TRAINS[0]
        for name, (neuron, learns) in variants.items():
            network = SNNClassifier(
                HIDDEN, **{**PLAIN, "rule": SurrogateGradient(dropout=0.0, bias=False)},
                neuron=neuron, learn_intrinsic=learns, delays=None, max_iter=EPOCHS).fit(
                X[:n], y[:n])
            found[name].append(network.score(X[n:], y[n:]))
            _row(f"{text}: {name}", found[name][-1])
            if make is make_telegraph:
                last = network
    gain, control = (
        100 * (found["learned"][k] - max(scores[k] for scores in list(found.values())[:2]))
        for k in (0, 1))
    _shown(
        f"learned time constants change the accuracy by {gain:+.0f} points over the better fixed "
        f"one if classes differ in timing, and by {control:+.0f} points in the control, where "
        "there is nothing to gain.")
    return {"scores": found, "network": last, "gain": gain, "control": control}


def export_to_c(early):
    """Export the model of part 1 to C, compile it, and compare its decisions."""
    _title("4. The same network in C")
    model, X = early["model"], early["X"]
    with tempfile.TemporaryDirectory() as folder:
        to_c(model, Path(folder) / "net.c")
        size = (Path(folder) / "net.c").stat().st_size / 1000
    what = f"the model of part 1 is one C file of {size:.0f} kB without libraries. "
    try:
        compiled = CompiledModel(model)
    except (ImportError, RuntimeError, OSError):
        _shown(f"{what}It was not compiled, because no compiler was found.")
        return
    labels, steps = compiled.decisions(X)
    same = (labels == model.predict(X)) & (steps == model.decision_times(X))
    _shown(
        f"{what}Compiled now, it gives the same class at the same time as Python on {same.sum()} "
        f"of {len(X)} signals.")


def real_data():
    """Compare models on a table and on series, by cross-validation."""
    _title("5. A real table and real series")
    print(
        "The table is breast cancer, 30 columns. The series are handwritten digits, read row by "
        "row or pixel by\npixel. Three folds, the same for all models.")
    perceptron = make_pipeline(
        StandardScaler(), MLPClassifier(HIDDEN, max_iter=400, random_state=0))
    table, images = load_breast_cancer(return_X_y=True), load_digits(return_X_y=True)
    pixels = images[0]
    rocket = make_pipeline(
        SpikingRocket(N_RANDOM, random_state=0), RidgeClassifierCV(np.logspace(-2, 6, 9)))
    network = make_pipeline(
        SpikeEncoder(n_steps=24), SNNClassifier(
            HIDDEN, readout="count", delays=(0, 5, 10, 20), alpha=1.0,
            rule=SurrogateGradient(dropout=0.1, augment=None),
            max_iter=8, random_state=0))
    jobs = {
        ("table", "perceptron"): (perceptron, *table),
        ("table", "logistic regression"): (_linear(), *table),
        ("table", "SNNClassifier"): (SNNClassifier(HIDDEN, random_state=0), *table),
        ("series", "perceptron"): (perceptron, *images),
        ("series", "SNNClassifier, rows"): (network, pixels.reshape(-1, 8, 8), images[1]),
        ("series", "SpikingRocket, pixels"): (rocket, pixels[:, np.newaxis], images[1])}
    found = {}
    for (kind, name), (model, X, y) in jobs.items():
        begin = time.perf_counter()
        found[kind, name] = cross_val_score(model, X, y, cv=FOLDS).mean()
        _row(f"{kind}: {name}", found[kind, name], f"{time.perf_counter() - begin:5.1f} s")
    table, series = (
        [f"{100 * score:.1f} %" for (kind, _), score in found.items() if kind == wanted]
        for wanted in ("table", "series"))
    _shown(
        f"on this table, a linear model has {table[1]}, a perceptron {table[0]} and a network "
        f"{table[2]}: it needs no spikes. On the series, features like MiniRocket's by spiking "
        f"neurons have {series[2]}, a trained network {series[1]}, a perceptron {series[0]}.")
    return found


def open_live_page():
    """Print the address of the page "Live" if there is one, and open it if there is a display."""
    pages = address_of_pages()
    address = f"{pages}/live.html"
    path = Path(url2pathname(urlparse(address).path))
    if not pages or (pages.startswith("file:") and not path.exists()):
        return
    print(f"Draw a digit, and a network decides in your browser: {address}", flush=True)
    if sys.stdout.isatty() and _has_display():
        with contextlib.suppress(webbrowser.Error, OSError):
            webbrowser.open(address)


def _has_display():
    """Return whether a browser can open a window here."""
    if "SSH_CONNECTION" in os.environ or "CI" in os.environ:
        return False
    return sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def draw(findings, path):
    """Draw the findings as one figure."""
    with optional("matplotlib", "plot", "The figure"):
        from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 7.5), layout="constrained")
    (signal, accuracy, real), (trains, neurons, scores) = figure.subplots(2, 3)
    early, learned = findings["early"], findings["neurons"]
    sample = early["X"][early["sample"]]
    decision = early["model"].decision_times(sample[np.newaxis])[0]
    RasterDisplay.from_raster(sample, ax=signal)
    signal.axvline(decision, color="black", linewidth=2)
    signal.set_title(f"This signal is recognised after {decision:.0f} ms")
    EarlyDisplay.from_estimator(early["model"], ax=accuracy)
    accuracy.set_title(
        f"{_percent(early['accuracy'])} right after {early['time']:.0f} of "
        f"{early['length']:.0f} ms")
    accuracy.legend(frameon=False, loc="lower right")
    IntrinsicsDisplay.from_estimator(learned["network"], names=["tau_mem"], ax=[neurons])
    tau = learned["network"].intrinsics_["tau_mem"][0]
    neurons.set_title(f"Neurons learn time constants of {tau.min():.0f} to {tau.max():.0f} ms")
    neurons.legend(frameon=False)
    _bars(
        scores, learned["scores"], ("rate switches", "control"),
        f"Learning them: {learned['gain']:+.0f} points (control {learned['control']:+.0f})")
    _bars(
        trains, findings["trains"], ("order", "regularity"),
        "At equal rates, class models find the class")
    names = [f"{kind}: {name}" for kind, name in findings["real"]]
    values = [100 * score for score in findings["real"].values()]
    blue, orange = palette(2)
    colours = [orange if ": S" in name else blue for name in names]
    real.barh(range(len(names)), values, color=colours)
    real.set(
        xlim=(90, 100), yticks=range(len(names)), yticklabels=names, xlabel="accuracy (%)",
        title=f"Network against perceptron:\ntable {values[2] - values[0]:+.1f}, "
              f"digits {values[4] - values[3]:+.1f} points")
    real.invert_yaxis()
    figure.savefig(path, dpi=120)


def _bars(ax, found, groups, title):
    """Draw accuracies by model, in two groups."""
    width = 0.8 / len(found)
    for k, ((name, values), colour) in enumerate(
            zip(found.items(), palette(len(found)), strict=True)):
        ax.bar(
            np.arange(len(groups)) + (k - (len(found) - 1) / 2) * width,
            [100 * value for value in values], width, color=colour, label=name)
    ax.axhline(50, color="0.5", linestyle=":")
    ax.set(ylim=(40, 125), yticks=range(40, 101, 20), ylabel="accuracy (%)", title=title)
    ax.set_xticks(range(len(groups)), groups)
    ax.legend(frameon=False, loc="upper right", fontsize="small")


def _linear():
    """Return a linear model of features."""
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def _title(text):
    print(f"\n{text}", flush=True)


def _row(name, score, more=""):
    print(f"  {name:<50}{100 * score:6.1f} %  {more}".rstrip(), flush=True)


def _shown(text):
    print(textwrap.fill(f"Shown: {text}", 100), flush=True)


def _percent(share):
    return f"{100 * share:.1f} %"


def compile_network():
    """Compile the functions of the network of part 1, by a fit on a few signals."""
    X, y = make_order(40, random_state=0)
    network = SNNClassifier(2, **{**PLAIN, "delays": (0, 40)}, max_iter=1)
    model = EarlyClassifier(network, cv=2).fit(X, y)
    model.stream().step(X[0])


def compile_others():
    """Compile the functions of the other parts, by fits on few samples."""
    X, y = make_order(40, 4, 100, width=20.0, gap=10.0, random_state=0)
    for model in (LZCClassifier(), SpikeTrainClassifier()):
        model.fit(X, y).predict(X)
    SpikingRocket(64, random_state=0).fit_transform(X.astype(float))
    counts = X.sum(axis=2)
    SNNClassifier(2, max_iter=1, random_state=0).fit(counts, y).predict(counts)


@contextlib.contextmanager
def _compilation_in_background():
    """Compile the functions of later parts in a second process, and return how to wait for it."""
    command = "from skspike._demo import compile_others; compile_others()"
    with subprocess.Popen(
            [sys.executable, "-c", command], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL) as process:
        try:
            yield process.wait
        finally:
            process.kill()
