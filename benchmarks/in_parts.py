"""Compare training in parts, whose networks are averaged, with training on one machine.

All networks make the same number of passes over the data: `skspike.fit_in_parts` with
one or more parts, and ``fit``. Accuracy on the test part.

    python benchmarks/in_parts.py > parts.md
    python benchmarks/in_parts.py --mnist mnist10k.npz > parts.md
    python benchmarks/in_parts.py --files FOLDER

The file of MNIST has the arrays ``X``, (n_samples, 784), and ``y``. 2,000 images are for testing.
The last command measures the time and the memory of one pass over 20 million rows, in files that it
writes to a folder (1.6 GB).
"""

import argparse
import functools
import os
import time
from pathlib import Path

import joblib
import numpy as np
from _report import machine, progress, table, versions
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skspike import SNNClassifier, SpikeEncoder, fit_in_parts
from skspike.datasets import make_order, make_syllables

ROUNDS, PARTS = 20, (1, 2, 4, 8)
FILES, ROWS, COLUMNS, WORKERS, N_SCORED = 80, 250_000, 20, 2, 20_000


def digits(seed):
    """Return training and test parts of digits, and a network."""
    X, y = load_digits(return_X_y=True)
    return (*train_test_split(X, y, test_size=0.3, stratify=y, random_state=seed), SNNClassifier(
        64, encoder=SpikeEncoder(n_steps=25), random_state=seed))


def generated(make, n_samples, n_hidden):
    """Return a function that returns training and test parts of generated spikes, and a network."""

    def load(seed):
        X, y = make(n_samples, random_state=seed)
        return (*train_test_split(X, y, test_size=0.4, random_state=seed), SNNClassifier(
            n_hidden, random_state=seed))

    return load


def mnist(file):
    """Return a function that returns training and test parts of MNIST, and a network."""

    def load(seed):
        with np.load(file) as arrays:
            X, y = arrays["X"], arrays["y"].astype(int)
        return (*train_test_split(X, y, test_size=2000, stratify=y, random_state=seed),
                SNNClassifier(128, encoder=SpikeEncoder(n_steps=25), random_state=seed))

    return load


def accuracies(X, X_test, y, y_test, network):
    """Yield the name and the accuracy in % of each way of training."""
    fitted = network.set_params(max_iter=ROUNDS, batch_size=16).fit(X, y)
    yield "fit", 100 * fitted.score(X_test, y_test)
    for n in PARTS:
        parts = [(X[k::n], y[k::n]) for k in range(n)]
        fitted = fit_in_parts(network, parts, classes=np.unique(y), n_rounds=ROUNDS)
        yield f"{n} parts" if n > 1 else "1 part", 100 * fitted.score(X_test, y_test)


def write_part(file, seed):
    """Write rows whose class depends on the signs of three columns."""
    X = np.random.default_rng(seed).normal(size=(ROWS, COLUMNS)).astype(np.float32)
    np.savez(file, X=X, y=(X[:, 0] * X[:, 1] > 0) ^ (X[:, 2] > 0))


def read_part(file):
    """Return the part in a file."""
    with np.load(file) as arrays:
        return arrays["X"], arrays["y"]


def peak(_):
    """Return the number of this process and the most memory that it has used, in MB."""
    import resource  # of POSIX systems alone

    return os.getpid(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def large(folder):
    """Print time, accuracy and memory of one pass over many rows in files."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    files = [Path(folder) / f"{k}.npz" for k in range(FILES)]
    for seed, file in enumerate(files):
        if not file.exists():
            write_part(file, seed)
    network = SNNClassifier(32, n_steps=10, batch_size=4096, random_state=0)
    with joblib.parallel_config("loky", n_jobs=WORKERS):
        start = time.perf_counter()
        network = fit_in_parts(
            network, [functools.partial(read_part, file) for file in files],
            classes=[False, True], n_rounds=1)
        seconds = time.perf_counter() - start
        peaks = dict(joblib.Parallel()(joblib.delayed(peak)(k) for k in range(4 * WORKERS)))
    X, y = (values[:N_SCORED] for values in read_part(files[0]))
    print(f"{machine()}, {versions('skspike', 'numpy', 'numba')}.")
    print(
        f"{FILES * ROWS:,} rows, {WORKERS} workers: {seconds:.0f} s, accuracy "
        f"{network.score(X, y):.3f}, at most {max(*peaks.values(), peak(0)[1]):.0f} MB a process.")


def main():
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mnist", help="file of MNIST images")
    parser.add_argument("--files", help="folder for files of 20 million rows")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    options = parser.parse_args()
    if options.files is not None:
        large(options.files)
        return
    tasks = {
        "digits": digits, "order": generated(make_order, 1000, 32),
        "syllables": generated(make_syllables, 2500, 64)}
    if options.mnist is not None:
        tasks["MNIST"] = mnist(options.mnist)
    rows, header = [], []
    for name, load in tasks.items():
        found = [dict(accuracies(*load(seed))) for seed in options.seeds]
        header = list(found[0])
        rows.append([name, *(
            f"{np.mean(values):.1f} ± {np.std(values, ddof=1):.1f}"
            for values in ([one[way] for one in found] for way in header))])
        progress(": ".join(rows[-1]))
    print(f"{machine()}, {versions('skspike', 'scikit-learn', 'numpy', 'numba')}.")
    print(
        f"Seeds {options.seeds}, {ROUNDS} passes, mini-batches of 16. Accuracy in %, mean ± sd.\n")
    print(table(["task", *header], rows))


if __name__ == "__main__":
    main()
