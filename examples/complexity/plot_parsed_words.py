"""
Explaining a decision by its words
==================================

A classifier by Lempel-Ziv complexity can be asked why. It has cut a spike train into words, each
the shortest piece that has not been read before, and it has counted them. The words can be listed
and looked at.
"""

import matplotlib.pyplot as plt
import numpy as np

from skspike import LZCClassifier
from skspike.complexity import lz76, lz76_words
from skspike.datasets import make_markov
from skspike.plotting import ComplexityDisplay, RasterDisplay, palette

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # everybody can tell them apart
# sphinx_gallery_thumbnail_number = 2

# %%
# Two trains of equal rate
# ------------------------
# Single trains, in which spikes are independent (class 0) or come in bursts (class 1). A classifier
# decides by the complexity of the train and its spike count. Of new trains that have equal counts,
# we take one of each class.

X, y = make_markov(
    1000, n_channels=1, n_steps=300, correlations=(0.0, 0.7), rate=100.0, random_state=0)
train, test = slice(0, 500), slice(500, None)
classifier = LZCClassifier(normalize=False, with_counts=True).fit(X[train], y[train])
print(f"Accuracy on new trains: {classifier.score(X[test], y[test]):.3f}")

usual = int(np.median(X.sum(axis=2)))
pair = [
    next(k for k in range(500, 1000) if X[k].sum() == usual and y[k] == label) for label in (0, 1)]
probability = classifier.predict_proba(X[pair])
for k, p in zip(pair, probability, strict=True):
    print(
        f"train {k}: {X[k].sum()} spikes, {lz76(X[k, 0])} words, class {y[k]}, probability of "
        f"class 1: {p[1]:.3f}")

figure, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
ComplexityDisplay.from_estimator(classifier, X[test], y[test], ax=ax, alpha=0.6)
ax.plot(
    lz76(X[pair, 0]), X[pair].sum(axis=(1, 2)), "o", markersize=14, markerfacecolor="none",
    color="black")
ax.set(title="New trains, and the two to be explained", xlabel="LZ76 complexity (words)")
plt.show()

# %%
# Where new words begin
# ---------------------
# Each band is one word. Where bands are short the train keeps saying something new; a long band is
# a stretch that could be copied from before. Independent spikes give words all along. Bursts
# repeat: silence copies silence, and a burst copies a burst.

words = [lz76_words(X[k, 0]) for k in pair]
figure, axes = plt.subplots(2, 1, figsize=(10, 3), layout="constrained", sharex=True)
for ax, k, parsed in zip(axes, pair, words, strict=True):
    edges = np.cumsum([0, *map(len, parsed)])
    for left, right, shade in zip(
            edges[:-1], edges[1:], np.resize(["0.93", "0.78"], len(parsed)), strict=True):
        ax.axvspan(left, right, color=shade, linewidth=0, zorder=0)
    RasterDisplay.from_raster(X[k], ax=ax, color=f"C{y[k]}", linewidth=1.5)
    ax.set(title=f"class {y[k]}: {len(parsed)} words", xlabel="", ylabel="", yticks=[])
axes[1].set_xlabel("time (ms)")
plt.show()

# %%
# The words themselves
# --------------------
# The longest words tell what could be copied. ``0`` is a step of silence and ``1`` a spike; all but
# a word's last step had been read before.

for k, parsed in zip(pair, words, strict=True):
    print(f"class {y[k]}, longest words of {len(parsed)}:")
    for word in sorted(parsed, key=len, reverse=True)[:4]:
        print(f"    {word}  ({len(word)} steps, {word.count('1')} spikes)")

# %%
# How the count grows
# -------------------
# Independent spikes give new words at a steady pace. A train in bursts stalls in its long silences
# and catches up while it fires, but not fully: where the curves end is what the classifier decides
# by. The faint lines are the other new trains of the same count.

figure, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
for k in (k for k in range(500, 1000) if X[k].sum() == usual):
    ends = np.cumsum([0, *map(len, lz76_words(X[k, 0]))])
    shown = {"linewidth": 2.5, "label": f"class {y[k]}"} if k in pair else {
        "linewidth": 0.8, "alpha": 0.35}
    ax.step(ends, range(len(ends)), where="post", color=f"C{y[k]}", **shown)
ax.set(xlabel="time (ms)", ylabel="words so far", title=f"Trains of {usual} spikes")
ax.legend(frameon=False)
plt.show()
