"""
Explain a classification by neurons, time and words
===================================================

The output of a network is a sum over neurons and time windows. Each term is evidence for one class
or the other. This example shows the terms, finds the neurons that matter, and shows the Lempel-Ziv
words of one of them.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from skspike import SNNClassifier
from skspike.complexity import LZ76
from skspike.datasets import make_templates
from skspike.inspection import palette
from skspike.simulation import Windows

BLUE, ORANGE = palette(2)
SIGNED = LinearSegmentedColormap.from_list("signed", [BLUE, "white", ORANGE])
# sphinx_gallery_thumbnail_number = 2

# %%
# A classification task
# ---------------------
# Two classes are two patterns of spike times. The readout counts the spikes of 16 neurons in ten
# windows of 15 ms.

X, y = make_templates(1000, n_classes=2, random_state=0)
network = SNNClassifier(16, readout=Windows(10), max_iter=30, random_state=0).fit(X[:600], y[:600])
print(f"accuracy on new samples {network.score(X[600:], y[600:]):.3f}")

# %%
# Terms of the sum
# ----------------
# The readout multiplies standardised counts by coefficients. For two classes, the difference of the
# two outputs decides. The sum of all terms equals ``decision_function``.


def explain(sample):
    """Return spikes (16, 150), and evidence for class 1 by neuron and window (16, 10)."""
    spikes = network.stream().step(sample)
    counts = spikes.reshape(16, 10, 15).sum(axis=2).ravel()
    weights = network.decoder_coef_[:, 1] - network.decoder_coef_[:, 0]
    standardised = (counts - network.feature_mean_) / network.feature_scale_
    return spikes, (standardised * weights).reshape(16, 10)


start = network.decoder_intercept_[1] - network.decoder_intercept_[0]
new = {label: X[600:][y[600:] == label] for label in (0, 1)}
print("class    evidence added up    decision_function")
for label, samples in new.items():
    print(
        f"{label}    {start + explain(samples[0])[1].sum():18.4f}   "
        f"{network.decision_function(samples[:1])[0]:18.4f}")

# %%
# Neurons and time windows
# ------------------------
# The figure shows one sample of each class. Colours show the evidence of a neuron in a window,
# orange for class 1 and blue for class 0. Silence is evidence too if there usually are spikes. The
# lower panels show the cumulative sum over the windows.

figure, axes = plt.subplots(
    2, 2, figsize=(10, 6), layout="constrained", sharex=True, sharey="row", height_ratios=(3, 1))
parts = {label: explain(samples[0]) for label, samples in new.items()}
limit = max(np.abs(evidence).max() for _, evidence in parts.values())
for (top, bottom), (label, (spikes, evidence)) in zip(axes.T, parts.items(), strict=True):
    edges = np.arange(0, 151, 15)
    image = top.pcolormesh(
        edges, np.arange(17) - 0.5, evidence, cmap=SIGNED, vmin=-limit, vmax=limit)
    neuron, step = np.nonzero(spikes)
    top.plot(step + 0.5, neuron, "|", color="black", markersize=7)
    top.set_title(f"a sample of class {label}")
    bottom.axhline(0, color="0.7")
    bottom.stairs(
        start + evidence.sum(axis=0).cumsum(), edges, baseline=None, color="black", linewidth=2)
    bottom.set_xlabel("time (ms)")
figure.colorbar(image, ax=axes[0], label="evidence for class 1")
axes[0, 0].set_ylabel("neuron")
axes[1, 0].set_ylabel("sum so far")
plt.show()

# %%
# Mean over many samples
# ----------------------
# The mean absolute evidence of each neuron over all test samples shows that some neurons hardly
# matter.

every = np.array([explain(sample)[1] for sample in X[600:]])
weight = np.abs(every.sum(axis=2)).mean(axis=0)
order = np.argsort(-weight)
print(
    "the four most important of 16 neurons contribute "
    f"{weight[order[:4]].sum() / weight.sum():.0%} of the evidence")

figure, ax = plt.subplots(figsize=(5.5, 3.3), layout="constrained")
ax.bar(range(16), weight[order], color=BLUE)
ax.set_xticks(range(16), order)
ax.set(xlabel="neuron", ylabel="mean size of its evidence")
plt.show()

# %%
# Words of the most important neuron
# ----------------------------------
# Lempel-Ziv complexity splits a train into words, each the shortest piece that has not occurred
# before. The figure shows the words of the most important neuron in ten samples of each class. Each
# band is one word.

spoken = order[0]
figure, ax = plt.subplots(figsize=(9, 4.5), layout="constrained")
for row, (label, sample) in enumerate(
        (label, sample) for label, samples in new.items() for sample in samples[:10]):
    train = explain(sample)[0][spoken]
    lengths = [len(word) for word in LZ76.words("".join(map(str, train)))]
    shades = np.resize(["0.92", "0.8"], len(lengths))
    ax.barh(row, lengths, left=np.cumsum([0, *lengths[:-1]]), height=0.9, color=shades)
    ax.plot(
        np.flatnonzero(train) + 0.5, np.full(train.sum(), row), "|", color=(BLUE, ORANGE)[label],
        markersize=11, markeredgewidth=2)
    ax.text(152, row, f"{len(lengths)} words, {train.sum()} spikes", va="center", fontsize=8)
ax.set(
    xlabel="time (ms)", xlim=(0, 150), ylim=(19.5, -0.5),
    title=f"Neuron {spoken}: blue class 0, orange class 1")
ax.set_yticks([])
plt.show()
