"""Measure the network of digits of the page "Live": energy, novelty and adaptation.

    python benchmarks/live_page.py > live_page.md

Accuracy is measured on 360 test digits of scikit-learn and on 1,000 generated drawings that are not
in the training data. The settings of the network were chosen on both. The measure of novelty and
the number of repetitions were chosen on other drawings of the same forms. The energy of a
perceptron counts a multiplication for each weight, or only for the weights of pixels that are not
0. The energy of networks includes the encoder.

Novelty: "scribbles" are one to three strokes through random points. "Signs" are letters and
symbols, and "digits of a pointer" the forms of `benchmarks/browser.py`, five random variations of
each. The area under the curve (AUC) compares scribbles with digits. `RejectingClassifier` has its
defaults, and the same limit of false alarms.

Adaptation: a network learns three drawings of a form, one by one, as the page does: it adapts to
all drawings so far, three times. It is tested on ten more drawings of the form. "Unusual digits"
are forms with at most 85 % accuracy before. "Signs as 7" learns each sign as a seven. The accuracy
on test digits shows the loss.
"""

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
from _report import machine, progress, table, versions
from browser import SHAPES, strokes_of, varied
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier

from skspike import RejectingClassifier, SNNClassifier, SpikeEncoder
from skspike.coding import Poisson
from skspike.inspection import SynapticOperations, energy, synaptic_operations

sys.path.append(str(Path(__file__).resolve().parents[1] / "doc"))
from live import networks, novelty  # noqa: E402
from live.drawings import make_drawings, pixels_of, smooth  # noqa: E402

N_TEST, N_SCRIBBLES, N_VARIATIONS = 1000, 100, 5
HIDDEN = 12, 16, 24, 32, 64
NJ_PER_UJ, PASSES, N_LEARNED, N_JUDGED = 1000, 3, 3, 10
KNOWN = 0.85  # accuracy on a form above which it is left out

# as SHAPES in browser.py, in a field of 10 x 10
SIGNS = {
    "A": "0 10, 5 0, 10 10; 2 6, 8 6", "K": "0 0, 0 10; 10 0, 0 5, 10 10",
    "M": "0 10, 0 0, 5 6, 10 0, 10 10", "W": "0 0, 3 10, 5 4, 7 10, 10 0",
    "X": "0 0, 10 10; 10 0, 0 10", "E": "10 0, 0 0, 0 10, 10 10; 0 5, 8 5",
    "H": "0 0, 0 10; 10 0, 10 10; 0 5, 10 5", "N": "0 10, 0 0, 10 10, 10 0",
    "T": "0 0, 10 0; 5 0, 5 10", "F": "10 0, 0 0, 0 10; 0 5, 8 5",
    "R": "0 10, 0 0, 8 1, 8 4, 0 5, 10 10", "P": "0 10, 0 0, 8 1, 9 3, 8 5, 0 5",
    "plus": "5 0, 5 10; 0 5, 10 5", "star": "5 0, 8 10, 0 4, 10 4, 2 10, 5 0",
    "heart": "5 10, 0 4, 1 1, 3 0, 5 3, 7 0, 9 1, 10 4, 5 10",
    "triangle": "5 0, 10 10, 0 10, 5 0", "square": "0 0, 10 0, 10 10, 0 10, 0 0",
    "house": "0 10, 0 4, 5 0, 10 4, 10 10, 0 10", "arrow": "0 5, 10 5; 6 1, 10 5, 6 9",
    "hash": "3 0, 3 10; 7 0, 7 10; 0 3, 10 3; 0 7, 10 7"}
UNUSUAL = {
    7: ["1 3, 1 1, 8 1, 3 9", "1 2, 3 1, 5 2, 8 1, 4 9; 2 5, 8 5", "2 1, 8 1, 3 9; 1 6, 8 4",
        "1 1, 9 1, 8 3, 2 9", "1 1, 6 1, 6 9", "1 3, 2 1, 7 1, 5 9, 3 9", "1 2, 8 0, 7 9"],
    1: ["1 5, 6 1, 6 9", "2 4, 5 1, 5 9; 2 9, 8 9", "0 6, 6 0, 6 9"],
    0: ["5 1, 2 4, 2 7, 5 9, 8 7, 8 4, 5 1; 8 1, 2 9"], 2: ["2 1, 8 1, 2 9, 8 9"],
    3: ["2 1, 8 1, 8 9, 2 9; 4 5, 8 5"], 4: ["1 0, 1 5, 8 5; 8 0, 8 9"],
    5: ["8 1, 2 1, 2 5, 8 5, 8 9, 2 9"], 6: ["2 1, 2 9, 8 9, 8 5, 2 5"],
    9: ["7 3, 4 1, 3 3, 4 5, 7 3, 4 9", "8 2, 4 1, 2 3, 4 5, 8 3, 8 9"]}


def scribble(rng):
    """Return one to three strokes through random points, straight or smooth."""
    strokes = [rng.uniform(0, 1, (rng.integers(4, 10), 2)) for _ in range(rng.integers(1, 4))]
    return [smooth(points) if rng.random() < 0.5 else points for points in strokes]


def drawings_of(shapes, n, rng):
    """Return the pixels of n variations of each shape, (n_shapes * n, 64)."""
    return np.array([
        pixels_of(varied(strokes_of(shape), rng)) for shape in shapes for _ in range(n)])


def energy_of(model, X):
    """Return the energy of a sample in nJ, with the encoder."""
    return NJ_PER_UJ * (
        energy(synaptic_operations(model, X)) + energy(synaptic_operations(model.encoder_, X)))


def networks_of(data, test, drawn, seeds):
    """Yield a row for each model: accuracy on digits and drawings, and energy."""
    (X, y), n_inks = data, (test[0] > 0).sum(axis=1).mean()
    models = {
        "the network of the page": networks.digits_network,
        "96 neurons, Poisson, 50 steps": lambda seed: SNNClassifier(
            96, encoder=SpikeEncoder(coding=Poisson(max_rate=400.0), n_steps=50),
            random_state=seed),
        **{f"perceptron, {n} hidden units": lambda seed, n=n: MLPClassifier(
            n, max_iter=400, random_state=seed) for n in HIDDEN}}
    for name, make in models.items():
        progress(name)
        fits = [make(seed).fit(X / 16, y) for seed in seeds]
        scores = [
            100 * np.array([model.score(Z / 16, labels) for model in fits])
            for Z, labels in (test, drawn)]
        text = [f"{score.mean():.1f} ± {score.std():.1f}" for score in scores]
        if isinstance(fits[0], MLPClassifier):
            n, per_input = fits[0].coefs_[1].size, fits[0].coefs_[0].shape[1]
            nj = [NJ_PER_UJ * energy(SynapticOperations(0.0, n + inputs * per_input, 0.0))
                  for inputs in (64, n_inks)]
            found = "{:.1f}, without zeros {:.1f}".format(*nj)
        else:
            nj = [energy_of(model, test[0] / 16) for model in fits]
            found = f"{np.mean(nj):.1f} ± {np.std(nj):.1f}"
        yield [name, *text, found]


def novelty_rows(data, is_drawing, test):
    """Yield rows of novelty."""
    X, y = data
    rng = np.random.default_rng(11)
    scribbles = np.array([pixels_of(scribble(rng)) for _ in range(N_SCRIBBLES)])
    signs = drawings_of(SIGNS.values(), N_VARIATIONS, rng)
    pointer = drawings_of(sum(SHAPES.values(), []), N_VARIATIONS, rng)
    chosen = test[0][networks.some_of_each(test[1], 10)]
    kept, limits = novelty.usual(X, is_drawing, random_state=0)
    groups = {
        "scribbles": (scribbles, "drawing"), "signs": (signs, "drawing"),
        "test digits": (chosen, "sample"), "digits of a pointer": (pointer, "drawing")}
    progress("novelty")
    rejecting = RejectingClassifier(
        networks.digits_network(), unknown=-1, random_state=0,
        false_alarms=novelty.FALSE_ALARMS["sample"]).fit(X, y)
    for name, (Z, kind) in groups.items():
        rejected = int((novelty.distances(kept, Z) > limits[kind]).sum())
        others = int((rejecting.predict(Z) == -1).sum())
        yield [f"{name}, not a digit", f"{rejected} of {len(Z)}", f"{others} of {len(Z)}"]
    for name, Z in (("test digits", test[0]), ("digits of a pointer", pointer)):
        labels, both = np.repeat([1, 0], [len(scribbles), len(Z)]), np.concatenate([scribbles, Z])
        areas = [
            roc_auc_score(labels, score)
            for score in (novelty.distances(kept, both), rejecting.novelty(both))]
        yield [f"AUC, scribbles and {name}", *(f"{area:.3f}" for area in areas)]


def adaptation_rows(model, test):
    """Yield rows of adaptation."""
    rng, shares = np.random.default_rng(12), {"unusual digits": [], "signs as 7": []}
    forms = [("unusual digits", digit, shape) for digit, all_ in UNUSUAL.items() for shape in all_]
    forms += [("signs as 7", 7, shape) for shape in SIGNS.values()]
    tested = model.encoder_.transform(test[0])
    before = 100 * np.mean(predicted(model.stream(encoded=True), tested) == test[1])
    for group, digit, shape in forms:
        trains = model.encoder_.transform(drawings_of([shape], N_LEARNED + N_JUDGED, rng))
        few, rest = trains[:N_LEARNED], trains[N_LEARNED:]
        stream = model.stream(encoded=True)
        row = [np.mean(predicted(stream, rest) == digit)]
        if row[0] > KNOWN:
            continue
        for k in range(N_LEARNED):
            for train in [*few[: k + 1]] * PASSES:
                stream.reset()
                stream.step(train)
                stream.adapt(digit, penalty=networks.ADAPT_PENALTY)
            row.append(np.mean(predicted(stream, rest) == digit))
        shares[group].append([*row, np.mean(predicted(stream, tested) == test[1])])
    for group, rows in shares.items():
        means = 100 * np.mean(rows, axis=0)
        lost = 100 * np.std([row[-1] for row in rows])
        yield [
            f"{group} ({len(rows)} forms)", *(f"{mean:.0f}" for mean in means[:-1]),
            f"{means[-1]:.1f} ± {lost:.1f}, before {before:.1f}"]


def predicted(stream, trains):
    """Return the class of each raster."""
    found = []
    for train in trains:
        stream.reset()
        stream.step(train)
        found.append(stream.predict())
    return np.array(found)


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(5)))
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    train, test, drawings = networks.digits_parts()
    data = [np.concatenate(parts) for parts in zip(train, drawings, strict=True)]
    is_drawing = np.arange(len(data[0])) >= len(train[0])
    print(f"{machine()}, {versions('skspike', 'scikit-learn', 'numpy', 'numba')}.\n")
    rows = networks_of(data, test, make_drawings(N_TEST, random_state=1), options.seeds)
    print(table(["model", "digits, %", "drawings, %", "energy, nJ"], list(rows)), end="\n\n")
    print(table(["measure", "page", "RejectingClassifier"], list(
        novelty_rows(data, is_drawing, test))), end="\n\n")
    progress("adaptation")
    header = ["drawings", "before, %", "after 1", "after 2", "after 3", "test digits, %"]
    print(table(header, list(adaptation_rows(networks.digits_network().fit(*data), test))))


if __name__ == "__main__":
    main()
