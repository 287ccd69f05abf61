"""Compare ways to explain a network on tasks whose informative channels are known.

In each task, some of 20 channels have information: bursts (three channels, each with a burst at a
time of its own), latencies (four channels with early or late spikes), and order (two groups of
three channels). All other channels are random. Each way ranks the entries of every test raster by
their evidence for the predicted class. "Without top 10 %" is the accuracy without the first 10 % of
the entries, "without random 10 %" without others. "Ratio" is the fall of accuracy in relation to
that of random entries, which counts as at least .01. "Channels" is the area under the curve for the
informative channels, ranked by the mean size of their evidence. "Seconds" are the processor time
for 100 rasters. Means and standard errors are over 5 seeds.

    python benchmarks/explanations.py > explanations.md
"""

import time

import numpy as np
from _report import machine, progress, table, versions
from sklearn.metrics import roc_auc_score

from skspike import SNNClassifier
from skspike._networks._fitted_network import network_of
from skspike._networks._input import Input
from skspike.datasets import make_order
from skspike.inspection import channel_importance, explain
from skspike.learning import hard_spikes

SEEDS, N_TRAIN, N_TEST, N_CHANNELS, WINDOW = range(5), 400, 100, 20, 10


def with_noise(X, rng):
    """Return rasters with random channels of the same rate, and which channels are informative."""
    n, n_informative, n_steps = X.shape
    noise = rng.random((n, N_CHANNELS - n_informative, n_steps)) < X.mean()
    return np.concatenate([X, noise], axis=1).astype(np.uint8), np.arange(
        N_CHANNELS) < n_informative


def background(rng, n_channels):
    """Return random trains of 20 Hz, and labels."""
    n = N_TRAIN + N_TEST
    return rng.random((n, n_channels, 150)) < 0.02, rng.integers(0, 2, n)


def bursts(seed):
    """Return rasters of three channels that burst in one class, each at its time."""
    rng = np.random.default_rng(seed)
    X, y = background(rng, 3)
    for channel in range(3):
        steps = slice(20 + 40 * channel, 40 + 40 * channel)
        X[y == channel % 2, channel, steps] |= rng.random((sum(y == channel % 2), 20)) < 0.3
    return *with_noise(X, rng), y


def latencies(seed):
    """Return rasters of four channels, which fire about step 40 or 100, depending on the class."""
    rng = np.random.default_rng(seed)
    X, y = background(rng, 4)
    for channel in range(4):
        early = (y + channel) % 2 == 0
        steps = np.where(early, 40, 100) + rng.normal(0, 10, len(y)).round().astype(int)
        for shift in (-4, 0, 4):
            X[np.arange(len(y)), channel, steps + shift] = True
    return *with_noise(X, rng), y


def order(seed):
    """Return rasters of two groups of three channels, which fire in one or the other order."""
    X, y = make_order(N_TRAIN + N_TEST, 6, 250, random_state=seed)
    return *with_noise(X, np.random.default_rng(seed)), y


def occlusion(network, X):
    """Return the change of the decision if a single window is silenced."""
    decision = network.decision_function(X)
    sign, evidence = np.sign(decision)[:, np.newaxis], np.zeros(X.shape)
    for channel in range(N_CHANNELS):
        for start in range(0, X.shape[2], WINDOW):
            place = slice(None), channel, slice(start, start + WINDOW)
            silenced = X.copy()
            silenced[place] = 0
            change = decision - network.decision_function(silenced)
            evidence[place] = X[place] * sign * change[:, np.newaxis]
    return evidence


def gradient_times_input(network, X):
    """Return the surrogate gradient of the decision at each spike, summed over a window."""
    prepared = network_of(network).with_spikes(hard_spikes("fast_sigmoid", 5.0))
    reading, decoder = prepared.reading(X.shape[2]), network._linear_decoder
    traces = prepared.forward(
        Input.of(network).events(X), bounds=reading.bounds)
    sign = np.sign(network.decision_function(X))[:, np.newaxis]
    dspikes = reading.vjp(sign * [-1.0, 1.0] @ decoder.coef.T / decoder.scale)
    (layer,), (panels,), (trace,) = prepared.layers, prepared.panels, traces
    (total,) = prepared.zero_gradient()
    dinputs = prepared.passes.backward(
        panels, trace, layer.layout.to_lanes(dspikes, prepared.dtype), total, True)
    dinputs = layer.layout.from_lanes(dinputs.reshape(*dinputs.shape[:2], -1))
    delayed = (dinputs @ layer.weights.T).swapaxes(1, 2).reshape(len(X), -1, *X.shape[1:])
    gradient = np.zeros(X.shape)
    for delay, part in zip(network.delay_steps_, delayed.swapaxes(0, 1), strict=True):
        gradient[..., : X.shape[2] - delay] += part[..., delay:]
    by_window = np.add.reduceat(X * gradient, range(0, X.shape[2], WINDOW), axis=2)
    return X * np.repeat(by_window, WINDOW, axis=2)[..., : X.shape[2]]


def shapley(n_orders):
    """Return a function that computes evidence by `explain`."""

    def compute(network, X):
        return explain(
            network, X, n_windows=X.shape[2] // WINDOW, n_orders=n_orders, random_state=0).evidence

    return compute


WAYS = {
    "gradient x input": gradient_times_input, "occlusion": occlusion,
    "explain, 1 order": shapley(1), "explain, 4 orders": shapley(4)}
TASKS = {"bursts": bursts, "latencies": latencies, "order": order}


def without(X, ranks, share=0.1):
    """Return rasters without the entries of the highest ranks."""
    flat, ranks = X.reshape(len(X), -1).copy(), ranks.reshape(len(X), -1)
    first = np.argsort(-ranks, axis=1, kind="stable")[:, : int(share * ranks.shape[1])]
    np.put_along_axis(flat, first, 0, axis=1)
    return flat.reshape(X.shape)


def results(task, seed):
    """Return accuracy, random, ranked, ratio, channels and s of each way, and of importance."""
    X, informative, y = TASKS[task](seed)
    network = SNNClassifier(32, max_iter=30, random_state=seed).fit(X[:N_TRAIN], y[:N_TRAIN])
    X, y, rng = X[N_TRAIN:], y[N_TRAIN:], np.random.default_rng(seed)
    score = network.score(X, y)
    at_random = np.mean([network.score(without(X, rng.random(X.shape)), y) for _ in range(5)])
    found = {}
    for name, compute in WAYS.items():
        compute(network, X[:2])  # compile
        start = time.process_time()
        evidence = compute(network, X)
        seconds = time.process_time() - start
        ranked = network.score(without(X, evidence), y)
        area = roc_auc_score(informative, np.abs(evidence).sum(axis=2).mean(axis=0))
        ratio = (score - ranked) / max(score - at_random, 0.01)
        found[name] = score, at_random, ranked, ratio, area, seconds
    start = time.process_time()
    importance = channel_importance(network, X, y, random_state=0).importances_mean
    seconds = time.process_time() - start
    area = roc_auc_score(informative, importance)
    found["channel_importance"] = score, *[np.nan] * 3, area, seconds
    return found


def main():
    """Print the table."""
    rows = []
    for task in TASKS:
        every = []
        for seed in SEEDS:
            every.append(results(task, seed))
            progress(task, seed)
        for way in every[0]:
            values = np.array([found[way] for found in every])
            mean, error = values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(SEEDS))
            digits = 3, 3, 3, 0, 3, 2
            rows.append([task, way, *(
                "" if np.isnan(m) else f"{m:.{d}f} ± {e:.{d}f}"
                for m, e, d in zip(mean, error, digits, strict=True))])
    print(f"{machine()}, {versions('skspike', 'numba', 'scikit-learn')}\n")
    header = (
        "task", "method", "accuracy", "without random 10 %", "without top 10 %", "ratio",
        "channels", "seconds")
    print(table(header, rows))


if __name__ == "__main__":
    main()
