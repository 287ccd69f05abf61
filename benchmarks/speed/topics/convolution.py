"""Convolutional layers, alone and in the training of a network."""

import itertools

import numpy as np
from sklearn.datasets import load_digits

from ..cases import DECAY
from ..report import Goal, Section, compared, fastest, ratio
from ..session import Entrant

BATCH, RATE, STEPS = 64, 0.1, (25, 100)
# image shape, filters, size and stride. Only a second layer passes on the gradient of its input.
LAYERS = {
    "first, 1×28×28-16, 5×5, stride 2": ((1, 28, 28), 16, 5, 2),
    "first, 2×34×34-32, 5×5, stride 2": ((2, 34, 34), 32, 5, 2),
    "first, 2×34×34-32, 5×5": ((2, 34, 34), 32, 5, 1),
    "second, 16×12×12-32, 3×3": ((16, 12, 12), 32, 3, 1),
}
SAMPLES, NETWORK_STEPS, NETWORK_BATCH = 1024, 10, 32
FILTERS, SIZES, STRIDE, CLASSES = (32, 64), (5, 3), 2, 10
NETWORK = (
    f"network, {SAMPLES} × 1×28×28-{FILTERS[0]}-{FILTERS[1]}-{CLASSES}, {NETWORK_STEPS} steps")
TORCH = ("torch loop", "torch loop, second form")
ENTRANTS = [
    Entrant("skspike", "skspike"),
    Entrant("torch loop", "torch_scan"),
    Entrant("torch loop, second form", "torch_scan", {"lot": 8}),
    Entrant("snntorch", "snntorch"),
]
NETWORKS = [
    Entrant("skspike", "skspike"),
    Entrant("torch loop", "torch_scan"),
    Entrant("torch loop, second form", "torch_scan", {"at_once": True}),
    Entrant("snntorch", "snntorch"),
]
TEXT = f"""Layers: {BATCH} samples, p = {RATE}, leaky neurons. "Forward" computes the spikes of all
neurons with `transform`. "Gradient" computes, in a forward and a backward pass, the gradients of a
weighted sum of the spike counts, with respect to weights, decays and thresholds, and for a second
layer to the input spikes. skspike does so with `skspike.simulation.Network`. The torch loop
convolves all steps in one call. Its second form takes 8 samples at a time, whose currents stay in
the cache. snntorch convolves step by step. The network has filters of {SIZES[0]}×{SIZES[0]} and
{SIZES[1]}×{SIZES[1]}, both with a stride of {STRIDE}, and a linear decoder of spike counts. Images
are digits of scikit-learn, enlarged, as constant currents, without augmentation, dropout and
weight decay. The time is one epoch in mini-batches of {NETWORK_BATCH} with Adam, measured as in
the section "Training". Here the torch loop convolves the images once and the spikes step by
step, and its second form the spikes of all steps in one call."""


def layer(image_shape, n_filters, size, stride, n_steps, batch=BATCH):
    """Return the arrays of a layer. Weights are scaled as in `cases.weights`."""
    rng = np.random.default_rng(0)
    n_channels, height, width = image_shape
    raster = rng.random((batch, n_channels * height * width, n_steps)) < RATE
    scale = np.sqrt((1 - DECAY**2) / (size * size * n_channels * RATE * (1 - RATE)))
    out = [(length - size) // stride + 1 for length in (height, width)]
    return {
        "raster": raster.astype(np.uint8), "shape": np.array(image_shape), "stride": stride,
        "weights": rng.normal(0, scale, (size, size, n_channels, n_filters)).astype(np.float32),
        "gradient": rng.normal(size=(batch, n_filters, *out)).astype(np.float32)}


def digits(n_samples=SAMPLES):
    """Return the arrays of a network of two convolutions on enlarged digits."""
    X, y = load_digits(return_X_y=True)
    images = np.kron(X[:n_samples].reshape(-1, 8, 8) / 16, np.ones((3, 3)))
    images = np.pad(images, ((0, 0), (2, 2), (2, 2))).astype(np.float32)
    return {
        "images": images.reshape(len(images), -1), "labels": y[:n_samples],
        "filters": np.array(FILTERS), "sizes": np.array(SIZES), "stride": np.array(STRIDE),
        "steps": np.array(NETWORK_STEPS), "batch": np.array(NETWORK_BATCH)}


def run(session):
    """Measure, and return a section."""
    results = {}
    for topic in ("forward", "gradient"):
        cases = {
            f"{topic}, {name}, {n_steps} steps": (lambda own=own, n_steps=n_steps, name=name: {
                **layer(*own, n_steps), "second": np.array(name.startswith("second"))})
            for (name, own), n_steps in itertools.product(LAYERS.items(), STEPS)}
        results |= session.contest(f"convolution_{topic}", cases, ENTRANTS, tolerance=1e-3)
    results |= session.contest("convolution_training", {NETWORK: digits}, NETWORKS)
    header, rows = compared(results, ENTRANTS)
    return Section("Convolution", TEXT, header, rows, goals(results))


def goals(results):
    """Compare the least favourable cases with the bounds."""
    found = []
    for start, end, bound in (
            ("forward", "25 steps", 4), ("forward", "100 steps", 4), ("gradient, first", "", 4),
            ("gradient, second", "", 1.8)):
        own = [
            measures for case, measures in results.items()
            if case.startswith(start) and case.endswith(f" {end}" if end else "")]
        what = f"{start}, {end}" if end else start
        for form, labels in (("torch loop", TORCH[:1]), ("faster torch form", TORCH)):
            ratios = [fastest(measures, labels, "skspike") for measures in own]
            found.append(Goal.at_least(
                f"convolution, {what}: {form} / skspike, least of {len(own)}", bound,
                None if None in ratios else min(ratios)))
    measures = results[NETWORK]
    found.append(Goal.at_least(
        "convolution, network: snntorch / skspike", 4, ratio(measures, "snntorch", "skspike")))
    found.append(Goal.at_least(
        "convolution, network: faster torch form / skspike", 2,
        fastest(measures, TORCH, "skspike")))
    return found
