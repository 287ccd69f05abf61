"""Compare ways to learn from weighted samples: accuracy and processor time.

"Loss alone": weights only multiply the loss. "Presentations": as in the package, an epoch presents
samples of large weight several times, up to a limit. "Up to 10,000": the same with a limit of
10,000 presentations. Each way learns from AdaBoost's weights, from bootstrap counts, from balanced
classes, and from the equal samples of short trains, in 10 epochs. "mean ± standard error" is over 5
seeds, which draw the data, the networks and the split. Seconds are processor time of one seed.

    python benchmarks/weights.py > weights.md
"""

import time
import warnings

import numpy as np
from _report import machine, progress, table, versions
from sklearn.datasets import load_digits, make_classification
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.utils.class_weight import compute_sample_weight

from skspike import SNNClassifier
from skspike._networks import _training_samples

SEEDS = range(5)
ours = _training_samples.in_common_unit


def in_loss(weight):
    """Present each sample once."""
    return weight / weight.mean(), np.ones(len(weight), int)


def more(weight):
    """Present up to 10,000 samples in an epoch."""
    weight, _ = ours(weight)
    share = min(10_000 / weight.sum(), 1)
    return weight, np.maximum(np.rint(share * weight), 1).astype(int)


WAYS = {"loss alone": in_loss, "presentations": ours, "up to 10,000": more}


def network(size, seed):
    """Return a small network."""
    return SNNClassifier(size, n_steps=20, max_iter=10, random_state=seed)


def digits(seed, n):
    """Return handwritten digits, n of them for training."""
    X, y = load_digits(return_X_y=True)
    return train_test_split(X, y, train_size=n, random_state=seed, stratify=y)


def boosting(seed):
    """Return the accuracy of AdaBoost over tiny networks."""
    X, test, y, y_test = digits(seed, 400)
    model = AdaBoostClassifier(network(4, seed), n_estimators=6, random_state=seed)
    return model.fit(X, y).score(test, y_test)


def bagging(seed):
    """Return the accuracy of networks on bootstrap samples."""
    X, test, y, y_test = digits(seed, 300)
    model = BaggingClassifier(network(8, seed), n_estimators=6, random_state=seed)
    return model.fit(X, y).score(test, y_test)


def balanced(seed):
    """Return the balanced accuracy with a class of 7 % of the samples."""
    X, y = make_classification(
        4000, 10, n_informative=4, weights=[0.93], flip_y=0.02, random_state=seed)
    X, test, y, y_test = train_test_split(X, y, train_size=400, random_state=seed, stratify=y)
    model = network(16, seed).fit(X, y, compute_sample_weight("balanced", y))
    return balanced_accuracy_score(y_test, model.predict(test))


def short_trains(seed, n):
    """Return trains of one channel and six steps. The rate rises in one class."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    rising = np.array([0.05, 0.05, 0.1, 0.3, 0.3, 0.1])
    p = np.where(y[:, np.newaxis], rising, rising[::-1])
    return (rng.random((n, 1, 6)) < p[:, np.newaxis]).astype(np.uint8), y


def recording(seed):
    """Return the accuracy on 400 short trains. About 35 of them are different."""
    model = network(16, seed).fit(*short_trains(seed, 400))
    return model.score(*short_trains(seed + 1000, 4000))


TASKS = {
    "AdaBoost": boosting, "bagging": bagging, "balanced classes": balanced,
    "equal short trains": recording}


def measured(task, way):
    """Return a cell of the table."""
    _training_samples.in_common_unit = WAYS[way]
    start = time.process_time()
    scores = [task(seed) for seed in SEEDS]
    seconds = (time.process_time() - start) / len(SEEDS)
    error = np.std(scores, ddof=1) / np.sqrt(len(scores))
    return f"{np.mean(scores):.3f} ± {error:.3f}, {seconds:.1f} s"


def main():
    warnings.simplefilter("ignore")
    rows = []
    for name, task in TASKS.items():
        rows.append([name, *(measured(task, way) for way in WAYS)])
        progress(*rows[-1])
    print(f"{machine()}. {versions('skspike', 'scikit-learn', 'numba')}.\n")
    print(table(["weights of", *WAYS], rows))


if __name__ == "__main__":
    main()
