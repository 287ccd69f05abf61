"""Compare accuracy and estimated energy of spiking networks with a multilayer perceptron.

All networks have the same size. The energy is an estimate: the number of operations times the
picojoules of `skspike.metrics.energy`. For the perceptron, all multiplications count. For a
spiking network, the operations are counted on the test part. The operations of encoders are not
counted for any model.

    python benchmarks/energy.py > energy.md
"""

import numpy as np
from _report import machine, progress, table, versions
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import SNNClassifier, SpikeEncoder
from skspike.metrics import SynapticOperations, energy, synaptic_operations

HIDDEN, SEEDS, N_STEPS = 64, range(5), 10
DATA = {"digits": load_digits, "breast cancer": load_breast_cancer}
NJ_PER_UJ = 1e3


def perceptron(parts, seed):
    """Return accuracy and energy in nJ of a multilayer perceptron."""
    train, test, y_train, y_test = parts
    model = make_pipeline(
        StandardScaler(), MLPClassifier((HIDDEN,), max_iter=400, random_state=seed)).fit(
        train, y_train)
    macs = sum(weights.size for weights in model[-1].coefs_)
    return model.score(test, y_test), energy(SynapticOperations(0.0, float(macs), float(macs)))


def spiking(n_steps, **parameters):
    """Return a function like `perceptron` for a spiking network."""

    def run(parts, seed):
        train, test, y_train, y_test = parts
        model = make_pipeline(
            SpikeEncoder(n_steps=n_steps),
            SNNClassifier(HIDDEN, readout="count", random_state=seed, **parameters))
        model.fit(train, y_train)
        return model.score(test, y_test), energy(
            synaptic_operations(model[-1], model[0].transform(test)))

    return run


MODELS = {
    "MLPClassifier": perceptron,
    "SNNClassifier, 100 steps": spiking(100),
    f"SNNClassifier, {N_STEPS} steps": spiking(N_STEPS),
    f"SNNClassifier, {N_STEPS} steps, spike_penalty=0.02": spiking(N_STEPS, spike_penalty=0.02),
    f"SNNClassifier, {N_STEPS} steps, spike_penalty=0.1": spiking(N_STEPS, spike_penalty=0.1),
}


def main():
    """Print a Markdown table."""
    rows = []
    for data, load in DATA.items():
        X, y = load(return_X_y=True)
        splits = [
            train_test_split(X, y, test_size=0.3, stratify=y, random_state=seed) for seed in SEEDS]
        for name, run in MODELS.items():
            scores, energies = zip(
                *(run(parts, seed) for seed, parts in zip(SEEDS, splits, strict=True)), strict=True)
            accuracy = f"{100 * np.mean(scores):.2f} ± {100 * np.std(scores, ddof=1):.2f}"
            rows.append([data, name, accuracy, f"{NJ_PER_UJ * np.mean(energies):.1f}"])
            progress(": ".join(rows[-1]))
    print(f"{machine()}, {versions('skspike', 'scikit-learn', 'numpy', 'numba')}.")
    print(
        f"Seeds {list(SEEDS)}, each with a separate split (30 % to test), hidden size {HIDDEN}, "
        "mean ± sd.\n")
    print(table(["data", "model", "accuracy, %", "estimated energy, nJ a sample"], rows))


if __name__ == "__main__":
    main()
