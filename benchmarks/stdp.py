"""Compare spike-timing rules on digits: learning without labels, and from rewards.

The training digits are shown once or a few times. Then the weights are fixed, and the spikes of all
digits are counted. Three decoders, the same for all networks, classify the counts:

    assigned     Each neuron is assigned to the class that it responds to most. The class whose
                 neurons spike most wins (Diehl, Cook 2015).
    shares       Each spike adds the logarithms of the shares of the classes in the spikes of its
                 neuron (naive Bayes).
    regression   A logistic regression on the square roots of the counts: a trained readout.

The controls are an untrained network of the same size, k-means with as many centres, which learns
prototypes from pixels, and the network of bindsnet after Diehl and Cook with the settings of its
own example, if an environment for it exists. A second table has scikit-learn's digits with 8 by 8
pixels. The seed draws a stratified test part of 30 %.

    python benchmarks/stdp.py mnist10k.npz --peer-python /path/to/venv/bin/python > stdp.md

The file contains X (n, 784) with values 0 to 255 and y (n,). Without it only the second table is
measured. bindsnet needs an environment with `pip install numpy torch bindsnet`. With `--validate`,
a quarter of the training digits of MNIST replaces the test digits. The settings were chosen in this
way.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _report import machine, progress, table, versions
from mnist import ONE_THREAD, split

N_STEPS, MAX_RATE = 100, 255.0  # one step is a millisecond
# number of last training digits: their spikes during learning label the neurons of the peer, as in
# its example
LABELLED = 2000
PEER = {
    "steps": 250, "rate": 128.0,
    "settings": {"exc": 22.5, "inh": 120.0, "norm": 78.4, "theta_plus": 0.05}}
RULES = (None, "stdp", "rstdp")
CASES = ((100, 1), (400, 1), (400, 3))  # neurons and passes
SMALL_CASES = ((100, 5), (400, 5))  # of scikit-learn's digits
HEADER = ["", "neurons", "passes", "assigned", "shares", "regression", "processor s a pass"]


def skspike_counts(data, rule, n_neurons, n_passes, seed):
    """Return the seconds of learning, and the counts of the training and test digits."""
    from skspike import SNNTransformer, SpikeEncoder
    from skspike.coding import Poisson

    encoder = SpikeEncoder(
        coding=Poisson(max_rate=MAX_RATE), n_steps=N_STEPS, value_range=(0.0, 1.0))
    network = SNNTransformer(
        n_neurons, rule=rule, encoder=encoder, max_iter=n_passes, random_state=seed)
    start = time.process_time()
    network.fit(data["X_train"], data["y_train"])
    seconds = time.process_time() - start
    return seconds, *(network.transform(data[name]).sum(axis=2) for name in ("X_train", "X_test"))


def bindsnet_counts(data, n_neurons, seed):
    """Return the same from one pass through bindsnet.

    The training counts are the counts of the last digits during learning.
    """
    import torch
    from bindsnet.models import DiehlAndCook2015
    from bindsnet.network.monitors import Monitor

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    network = DiehlAndCook2015(
        n_inpt=784, n_neurons=n_neurons, inpt_shape=(784,), **PEER["settings"])
    spikes = Monitor(network.layers["Ae"], ["s"], time=PEER["steps"])
    network.add_monitor(spikes, "spikes")

    def counts(X):
        found = np.zeros((len(X), n_neurons))
        for row, x in enumerate(torch.as_tensor(X)):
            probability = (x * PEER["rate"] / 1000).expand(PEER["steps"], 1, 784)
            network.run(inputs={"X": torch.bernoulli(probability).byte()}, time=PEER["steps"])
            found[row] = spikes.get("s").sum(dim=(0, 1)).numpy()
            network.reset_state_variables()
        return found

    start = time.process_time()
    trained = counts(data["X_train"])[-LABELLED:]
    seconds = time.process_time() - start
    network.train(False)
    return seconds, trained, counts(data["X_test"])


def assigned(counts, y, tested):
    """Return the classes by the neurons that are assigned to them."""
    classes = np.unique(y)
    owner = np.array([counts[y == k].mean(axis=0) for k in classes]).argmax(axis=0)
    means = [
        tested[:, owner == k].mean(axis=1) if (owner == k).any() else np.full(len(tested), -1.0)
        for k in range(len(classes))]
    return classes[np.argmax(means, axis=0)]


def shares(counts, y, tested):
    """Return the classes by their shares in the spikes of each neuron."""
    classes = np.unique(y)
    mean = np.array([(counts[y == k].sum(axis=0) + 1) / (y == k).sum() for k in classes])
    return classes[(tested @ np.log(mean).T - mean.sum(axis=1)).argmax(axis=1)]


def regression(counts, y, tested):
    """Return the classes by a logistic regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200))
    return model.fit(np.sqrt(counts), y).predict(np.sqrt(tested))


READERS = (assigned, shares, regression)


def kmeans(data, n_centres, seed):
    """Return the seconds of k-means on pixels, and its accuracy.

    A centre predicts the most frequent class of its training digits.
    """
    from sklearn.cluster import KMeans

    start = time.process_time()
    model = KMeans(n_centres, n_init=1, random_state=seed).fit(data["X_train"])
    seconds = time.process_time() - start
    centres, y = np.eye(n_centres), data["y_train"]
    return seconds, np.mean(
        assigned(centres[model.labels_], y, centres[model.predict(data["X_test"])])
        == data["y_test"])


def accuracies(data, found):
    """Return the accuracy of each decoder."""
    _, counts, tested = found
    y = data["y_train"][-len(counts) :]
    return [np.mean(read(counts, y, tested) == data["y_test"]) for read in READERS]


def peer(options, data, n_neurons, seed, folder):
    """Run the peer in a new process, and return its results."""
    out = Path(folder) / "peer.npz"
    command = [
        options.peer_python, __file__, str(data), f"--peer={out}", f"--neurons={n_neurons}",
        f"--seeds={seed}"]
    subprocess.run(command, env={**os.environ, **ONE_THREAD}, check=True)
    with np.load(out) as file:
        return file["seconds"], file["counts"], file["tested"]


def spread(values):
    """Return mean and standard deviation in percent, or the value if there is one."""
    mean = f"{100 * np.mean(values):.1f}"
    return f"{mean} ± {100 * np.std(values):.1f}" if len(values) > 1 else mean


def row(name, n_neurons, n_passes, seconds, scores):
    """Return a row of the table. `scores` has one list per seed."""
    columns = [spread(column) for column in zip(*scores, strict=True)]
    return [
        name, n_neurons, n_passes, *columns, *[""] * (len(READERS) - len(columns)),
        f"{np.mean(seconds) / n_passes:.1f}"]


def own_rows(options, data):
    """Yield the rows of skspike and of k-means."""
    for n_neurons, n_passes in CASES:
        for rule in RULES:
            if rule or n_passes == 1:
                found = [
                    skspike_counts(data, rule, n_neurons, n_passes, seed) for seed in options.seeds]
                name = "untrained" if rule is None else f'rule="{rule}"'
                yield row(
                    name, n_neurons, n_passes, [one[0] for one in found],
                    [accuracies(data, one) for one in found])
        if n_passes == 1:
            seconds, scores = zip(
                *(kmeans(data, n_neurons, seed) for seed in options.seeds), strict=True)
            yield row("k-means on pixels", n_neurons, 1, seconds, [[score] for score in scores])


def peer_rows(options, data, path, folder):
    """Yield the rows of the peer."""
    for n_neurons in options.peer_neurons:
        found = [peer(options, path, n_neurons, seed, folder) for seed in options.peer_seeds]
        yield row(
            f"bindsnet, {PEER['steps']} steps", n_neurons, 1, [one[0] for one in found],
            [accuracies(data, one) for one in found])


def small_digits(seed):
    """Return scikit-learn's digits, 70 % to train and 30 % to test."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    X, y = load_digits(return_X_y=True)
    parts = train_test_split(X / 16, y, test_size=0.3, stratify=y, random_state=seed)
    return dict(zip(("X_train", "X_test", "y_train", "y_test"), parts, strict=True))


def small_rows(seeds):
    """Yield the rows of scikit-learn's digits."""
    data = {seed: small_digits(seed) for seed in seeds}
    for (n_neurons, n_passes), rule in itertools.product(SMALL_CASES, RULES):
        found = [
            skspike_counts(data[seed], rule, n_neurons, n_passes if rule else 1, seed)
            for seed in seeds]
        scores = [accuracies(data[seed], one) for seed, one in zip(seeds, found, strict=True)]
        name = "untrained" if rule is None else f'rule="{rule}"'
        yield row(name, n_neurons, n_passes if rule else 1, [one[0] for one in found], scores)


def shown(rows):
    """Return the table of rows, and report each row when it is done."""
    rows = list(rows)
    for one in rows:
        progress(*one)
    return table(HEADER, rows)


def held_out(data):
    """Return the training digits only, with a quarter of them as test digits."""
    n = len(data["y_train"]) * 3 // 4
    parts = {"train": slice(n), "test": slice(n, None)}
    return {
        f"{name}_{part}": data[f"{name}_train"][rows] for name in "Xy"
        for part, rows in parts.items()}


def print_mnist(options):
    """Measure all methods on MNIST digits, and print the table."""
    has_peer = not subprocess.run(
        [options.peer_python, "-c", "import bindsnet"], capture_output=True).returncode
    if not has_peer:
        print(
            "bindsnet is left out: `pip install numpy torch bindsnet` into an environment and give "
            "its --peer-python.\n")
    with tempfile.TemporaryDirectory() as folder:
        path = split(options.data, folder)
        with np.load(path) as file:
            data = held_out(file) if options.validate else dict(file)
        path = Path(folder) / "data.npz"
        np.savez(path, **data)
        own = () if options.peer_alone else own_rows(options, data)
        theirs = peer_rows(options, data, path, folder) if has_peer else ()
        print(
            f"MNIST, {len(data['y_train'])} digits to "
            f"train:\n\n{shown(itertools.chain(own, theirs))}\n")


def main():
    """Measure all rules and print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "data", type=Path, nargs="?", default=Path("mnist10k.npz"), help="mnist10k.npz")
    parser.add_argument(
        "--peer-python", default=sys.executable,
        help="interpreter of an environment with numpy, torch and bindsnet")
    parser.add_argument(
        "--peer-neurons", type=int, nargs="*", default=[100],
        help="sizes of the peer's network: minutes a seed")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument(
        "--peer-seeds", type=int, nargs="+", default=[0],
        help="of the peer, which takes a quarter of an hour for each")
    parser.add_argument(
        "--peer-alone", action="store_true", help="measure the peer and nothing else")
    parser.add_argument("--validate", action="store_true", help="use no test digits of MNIST")
    parser.add_argument("--peer", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--neurons", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        with np.load(options.data) as file:
            seconds, counts, tested = bindsnet_counts(dict(file), options.neurons, options.seeds[0])
        return np.savez(options.peer, seconds=seconds, counts=counts, tested=tested)
    for rule in RULES:
        # compiles
        skspike_counts(
            {name: value[:100] for name, value in small_digits(0).items()}, rule, 10, 1, 0)
    print(f"{machine()}, {versions('skspike', 'numpy', 'numba', 'scikit-learn')}.")
    print(
        f"{N_STEPS} steps at up to {MAX_RATE:g} Hz, seeds {options.seeds}: mean ± deviation, in "
        "percent.\n")
    if options.data.exists():
        print_mnist(options)
    else:
        print(
            f"MNIST is left out: there is no file {options.data}. It must hold X (n, 784) of 0 to "
            "255 and y (n,).\n")
    if not options.peer_alone:
        print(
            "scikit-learn's digits, of which each seed holds out 30 "
            f"%:\n\n{shown(small_rows(options.seeds))}")


if __name__ == "__main__":
    main()
