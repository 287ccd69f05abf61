"""Show five findings about spiking networks in less than a minute.

Each part prints its progress and its numbers, and ends in a sentence with the result.
The signals of a smartwatch are recorded, all other data are generated. Numbers are of one seed. The
benchmarks of the documentation repeat them, and show where other methods are better.
"""

import contextlib
import os
import subprocess
import sys
import textwrap
import threading
import time
import warnings
import webbrowser
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ._base import address_of_pages, optional
from ._meta import EarlyClassifier, EventDetector
from ._networks import SNNClassifier
from .complexity import LZCClassifier
from .datasets import (
    load_exercises, make_gamma, make_gestures, make_markov, make_poisson, make_telegraph)
from .export import CompiledModel, to_c
from .inspection import EarlyDisplay, EventDisplay, IntrinsicsDisplay, palette
from .learning import SurrogateGradient
from .metrics import event_scores
from .neurons import LIF

NEW = 10  # person of part 1 whom the model has not seen
SHOWN = 4  # signal of this person, in which the arm is lifted sideways
MINUTES, N_RANDOM = 2, 200  # of each recording of part 2, and neurons
N_TRAINS = 500, 1000  # spike trains to train on and to test on
LONG = 1024  # steps of the trains of part 3
EPOCHS, HIDDEN = 30, 64
# Settings that a network would otherwise choose from the data, which takes time. Without delays,
# only the neurons can remember.
PLAIN = {
    "readout": "count", "learning_rate": 0.01, "alpha": 0.0, "delays": None, "random_state": 0,
    "rule": SurrogateGradient(dropout=0.0, bias=False)}
FAST, SLOW = 5.0, 20.0  # fixed membrane time constants in ms
BAR = 30  # characters


def run(figure):
    """Run the five parts, print their findings and draw them to the file `figure`."""
    begin = time.perf_counter()
    with _compilation_in_background() as background, warnings.catch_warnings():
        # training is short on purpose, and minutes show few false alarms
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "EventDetector cannot show", UserWarning)
        print("Five parts in less than a minute.", flush=True)
        with _progress("Compiling for this machine, which the first run needs"):
            compile_early()
        findings = {"early": decide_early()}
        with _progress("\nCompiling the other parts"):
            background()
        findings["events"] = find_events()
        findings["trains"] = equal_rates()
        findings["neurons"] = learned_neurons()
        export_to_c(findings["early"], figure.with_suffix(".c"))
    try:
        draw(findings, figure)
    except ImportError as error:
        print(f"\n{error}")
    else:
        print(f"\nFigure: {figure.resolve()}")
    print(f"C code: {figure.with_suffix('.c').resolve()}")
    print(f"Total time: {time.perf_counter() - begin:.0f} s.")
    open_live_page()


def decide_early():
    """Classify signals of a smartwatch while they arrive."""
    _title("1. An arm moves, and the model knows the exercise before the signal ends")
    X, y, person = load_exercises()
    new = person == NEW
    print(f"Ten people did {len(set(y))} exercises with a smartwatch. The model learns from nine.")
    model = EarlyClassifier(dt=40, random_state=0).fit(X[~new], y[~new])
    X, y = X[new], y[new]
    _film(model, X[SHOWN], y[SHOWN])
    right, times = model.predict(X) == y, model.decision_times(X) / 1000
    length, early = model.times_[-1] / 1000, float(times.mean())
    _shown(
        f"the model recognises an exercise after {early:.1f} of {length:.1f} s on average, and is "
        f"right on {_percent(right.mean())} of {len(y)} signals of the tenth person.")
    return {
        "model": model, "X": X, "time": early, "length": length, "accuracy": right.mean()}


def _film(model, signal, name):
    """Print the probability of the exercise after each part of a signal, until the decision."""
    print(f"  One signal:    time   probability of {name}")
    stream, best = model.stream(), list(model.classes_).index(name)
    for values in np.split(signal, len(model.times_), axis=1):
        decided = stream.step(values)
        probability = stream.predict_proba()[best]
        bar = ("#" * round(BAR * probability)).ljust(BAR, ".")
        end = f"  decided: {stream.predict()}" if decided else ""
        print(f"               {stream.time / 1000:3.1f} s   {bar} {100 * probability:3.0f} %{end}")
        if decided:
            return


def find_events():
    """Find gestures in a signal without an end."""
    _title("2. Gestures in a signal without an end")
    print(
        "A recording has gestures of three kinds, and as many movements that are gestures backward "
        "in time.", flush=True)
    X, events = make_gestures(5, 4, 3000 * MINUTES, every=3000.0, random_state=0)
    network = SNNClassifier(N_RANDOM, rule=None, readout="leaky", dt=20)
    detector = EventDetector(network, dt=20, random_state=0).fit([*X[:-1]], events[:-1])
    found = detector.predict([X[-1]])
    scores = event_scores(
        events[-1:], found, tolerance=detector.tolerance_, duration=60_000 * MINUTES)
    n_events, n_found = len(events[-1]), round(scores.recall * len(events[-1]))
    _shown(
        f"in a new recording of {MINUTES} minutes, the detector finds {n_found} of {n_events} "
        f"gestures when they happen, with {len(found[0]) - n_found} false alarms.")
    return {"model": detector, "X": X[-1], "events": events[-1], "found": (n_found, n_events)}


def equal_rates():
    """Classify spike trains of equal rate by counts and by complexity."""
    _title("3. Spike trains of equal rate")
    print(
        "Both classes have equally many spikes. In the first task, spikes follow each other more "
        "often in one\nclass. In the second, they are more regular.")
    names = (
        "spike counts", "complexity of each train", "complexity relative to each class")
    found = {name: [] for name in names}
    n = N_TRAINS[0]
    for make, text in ((make_markov, "order"), (make_gamma, "regularity")):
        X, y = make(sum(N_TRAINS), 10, LONG, random_state=0)
        for name, model, inputs in zip(
                names, (_linear(), LZCClassifier(relative=False), LZCClassifier()),
                (X.sum(axis=2), X, X), strict=True):
            score = model.fit(inputs[:n], y[:n]).score(inputs[n:], y[n:])
            found[name].append(score)
            _row(f"{text}: {name}", score)
    counts, own, relative = ([100 * one for one in scores] for scores in found.values())
    _shown(
        f"counts are near chance ({counts[0]:.0f} and {counts[1]:.0f} %). Lempel-Ziv complexity of "
        f"a train finds order ({own[0]:.0f} %).\nThe bits that a train takes with the phrases of "
        f"each class find both ({relative[0]:.0f} and {relative[1]:.0f} %).")
    return found


def learned_neurons():
    """Compare fixed and learned time constants, on a task of timing and on a control."""
    _title("4. Fixed or learned time constants")
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
                HIDDEN, **PLAIN, neuron=neuron, learn_intrinsic=learns, max_iter=EPOCHS)
            found[name].append(network.fit(X[:n], y[:n]).score(X[n:], y[n:]))
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


def export_to_c(early, path):
    """Export the model of part 1 to a C file, compile it, and compare its decisions."""
    _title("5. The model of the exercises in C")
    model, X = early["model"], early["X"]
    to_c(model, path)
    text = f"{path.name} is the model of part 1, without libraries. "
    try:
        compiled = CompiledModel(model)
    except (ImportError, RuntimeError, OSError):
        _shown(f"{text}It was not compiled, because no compiler was found.")
        return
    labels, steps = compiled.decisions(X)
    same = (labels == model.predict(X)) & (steps * model.dt == model.decision_times(X))
    _shown(
        f"{text}Compiled now, it recognises the same exercise at the same time as Python on "
        f"{same.sum()} of {len(X)} signals.")


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
    axes = figure.subplot_mosaic("abb;cde")
    early, events, learned = findings["early"], findings["events"], findings["neurons"]
    EarlyDisplay.from_estimator(early["model"], ax=axes["a"])
    axes["a"].set_title(
        f"A new person: {_percent(early['accuracy'])} right,\n"
        f"after {early['time']:.1f} of {early['length']:.1f} s")
    axes["a"].legend(frameon=False, loc="lower right")
    EventDisplay.from_estimator(
        events["model"], events["X"], events["events"], stop=30_000, ax=axes["b"])
    axes["b"].set_title("{} of {} gestures are found when they happen".format(*events["found"]))
    _bars(
        axes["c"], findings["trains"], ("order", "regularity"),
        "At equal rates, the phrases of a class find it")
    IntrinsicsDisplay.from_estimator(learned["network"], names=["tau_mem"], ax=[axes["d"]])
    tau = learned["network"].intrinsics_["tau_mem"][0]
    axes["d"].set_title(f"Neurons learn time constants of {tau.min():.0f} to {tau.max():.0f} ms")
    axes["d"].legend(frameon=False)
    _bars(
        axes["e"], learned["scores"], ("rate switches", "control"),
        f"Learning them: {learned['gain']:+.0f} points (control {learned['control']:+.0f})")
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


def compile_early():
    """Compile the functions of part 1, by a fit on a few signals."""
    X, y, _ = load_exercises()
    model = EarlyClassifier(dt=40, random_state=0).fit(X[::5], y[::5])
    model.decision_times(X[:2])
    model.stream().step(X[0])


def compile_others():
    """Compile the functions of the other parts, by fits on few samples."""
    X, y = make_telegraph(40, 4, 100, random_state=0)
    SNNClassifier(2, **PLAIN, max_iter=1).fit(X, y).predict(X)
    LZCClassifier().fit(X, y).predict(X)
    Z, events = make_gestures(2, 4, 3000, every=2000.0, random_state=0)
    network = SNNClassifier(8, rule=None, readout="leaky", dt=20)
    detector = EventDetector(network, max_false_alarms=None, dt=20, random_state=0)
    detector.fit([*Z], events).predict([Z[0]])


@contextlib.contextmanager
def _progress(text):
    """Print a text, and a dot each second until the block ends."""
    print(text, end=" ", flush=True)
    ended, begin = threading.Event(), time.perf_counter()

    def dots():
        while not ended.wait(1.0):
            print(".", end="", flush=True)

    thread = threading.Thread(target=dots)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        print(f" {time.perf_counter() - begin:.0f} s", flush=True)


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
