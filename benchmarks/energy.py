"""Compare accuracy and estimated energy of spiking networks with a multilayer perceptron.

All networks have the same size. The energy is an estimate: the number of operations times the
picojoules of `skspike.inspection.energy`. For the perceptron, all multiplications count. For a
spiking network, the operations are counted on the test part. The operations of its encoder
are added: a multiplication for each feature, which scales
it, and an addition for each feature and step.

"Converted" networks have the weights of the perceptron of the same split
(`skspike.from_mlp`). "Trained further" means 20 more epochs with surrogate gradients.
For "chosen" networks, gain and number of steps of the encoder are chosen out of 30 pairs, on
training data. Pairs that need a quarter of the perceptron's energy or more are left out. Of the
others, the one with the most similar predictions is taken.

    python benchmarks/energy.py > energy.md
    python benchmarks/energy.py --mnist mnist10k.npz > energy.md

The file of MNIST has the arrays ``X``, (n_samples, 784), and ``y``. Its splits have 2,000 test
images.
"""

import argparse
import itertools

import numpy as np
from _report import machine, progress, table, versions
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from skspike import SNNClassifier, SpikeEncoder, from_mlp
from skspike.coding import IntegrateAndFire
from skspike.inspection import SynapticOperations, energy, synaptic_operations
from skspike.learning import SurrogateGradient

HIDDEN, SEEDS, STEPS, MORE_EPOCHS = 64, range(5), (3, 4, 5, 10), 20
CHOICE = tuple(itertools.product((0.2, 0.25, 0.3, 0.4, 0.5, 0.7), (3, 4, 5, 6, 8)))
SHARE, N_JUDGED = 0.25, 2000  # of the perceptron's energy, on so many training samples
DATA = {"digits": load_digits, "breast cancer": load_breast_cancer, "wine": load_wine}
NJ_PER_UJ, EPSILON = 1e3, 1e-12


def of_perceptron(mlp, X, y):
    """Return accuracy, and energy in nJ."""
    macs = float(sum(weights.size for weights in mlp.coefs_))
    return mlp.score(X, y), NJ_PER_UJ * energy(SynapticOperations(0.0, macs, macs))


def of_network(network, X, y):
    """Return accuracy, and energy in nJ with the operations of the encoder."""
    used = energy(synaptic_operations(network, X)) + energy(
        synaptic_operations(network.encoder_, X))
    return network.score(X, y), NJ_PER_UJ * used


def trained(parts, seed):
    """Yield names and results of networks that are trained from random weights."""
    train, test, y_train, y_test = parts
    for n_steps, penalty in ((100, 0.0), (10, 0.0), (10, 0.02), (10, 0.1)):
        network = SNNClassifier(
            HIDDEN, encoder=SpikeEncoder(n_steps=n_steps), readout="count",
            rule=SurrogateGradient(spike_penalty=penalty), random_state=seed).fit(train, y_train)
        suffix = f", spike_penalty={penalty}" * (penalty > 0)
        yield f"SNNClassifier, {n_steps} steps{suffix}", of_network(network, test, y_test)


def converted(parts, seed):
    """Yield names and results of a perceptron, and of networks with its weights."""
    train, test, y_train, y_test = parts
    mlp = MLPClassifier((HIDDEN,), max_iter=400, random_state=seed).fit(train, y_train)
    yield "MLPClassifier", of_perceptron(mlp, test, y_test)
    names = [f"{n_steps} steps" for n_steps in STEPS]
    networks = [
        from_mlp(mlp, train, n_steps=n_steps, random_state=seed) for n_steps in STEPS]
    names, networks = [*names, "chosen"], [*networks, chosen(mlp, train, seed)]
    for name, network in zip(names, networks, strict=True):
        yield f"converted, {name}", of_network(network, test, y_test)
        network.set_params(warm_start=True, max_iter=MORE_EPOCHS).fit(train, y_train)
        yield f"converted, trained further, {name}", of_network(network, test, y_test)


def chosen(mlp, X, seed):
    """Return the converted network that is closest to the perceptron at a share of its energy."""
    judged = X[:N_JUDGED]
    wanted, found = mlp.predict_proba(judged), []
    _, budget = of_perceptron(mlp, judged, mlp.predict(judged))
    for gain, n_steps in CHOICE:
        encoder = SpikeEncoder(n_steps=n_steps, coding=IntegrateAndFire(gain=gain, signed=True))
        network = from_mlp(mlp, X, encoder=encoder, random_state=seed)
        _, cost = of_network(network, judged, mlp.predict(judged))
        if cost < SHARE * budget:
            given = np.maximum(network.predict_proba(judged), EPSILON)
            found.append((-(wanted * np.log(given)).sum(axis=1).mean(), network))
    return min(found, key=lambda pair: pair[0])[1]


def split(X, y, seed):
    """Return standardised training and test parts, and their classes."""
    n_test = 2000 if len(y) > 5000 else 0.3
    train, test, y_train, y_test = train_test_split(
        X, y, test_size=n_test, stratify=y, random_state=seed)
    scaler = StandardScaler().fit(train)
    return scaler.transform(train), scaler.transform(test), y_train, y_test


def main():
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mnist", help="file of MNIST images")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    options = parser.parse_args()
    sets = {name: load(return_X_y=True) for name, load in DATA.items()}
    if options.mnist is not None:
        with np.load(options.mnist) as file:
            sets["MNIST"] = file["X"] / 255, file["y"].astype(int)
    rows = []
    for data, (X, y) in sets.items():
        found = {}
        for seed in options.seeds:
            parts = split(X, y, seed)
            for family in (converted, trained):
                for name, result in family(parts, seed):
                    found.setdefault(name, []).append(result)
            progress(f"{data}: seed {seed}")
        for name, results in found.items():
            scores, energies = zip(*results, strict=True)
            accuracy = f"{100 * np.mean(scores):.2f} ± {100 * np.std(scores, ddof=1):.2f}"
            rows.append([data, name, accuracy, f"{np.mean(energies):.1f}"])
            progress(": ".join(rows[-1]))
    print(f"{machine()}, {versions('skspike', 'scikit-learn', 'numpy', 'numba')}.")
    print(
        f"Seeds {options.seeds}, each with a separate split (30 % to test), hidden size {HIDDEN}, "
        "mean ± sd.\n")
    print(table(["data", "model", "accuracy, %", "estimated energy, nJ a sample"], rows))


if __name__ == "__main__":
    main()
