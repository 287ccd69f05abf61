"""
Explain a classification by complexity with Lempel-Ziv words
============================================================

Lempel-Ziv complexity splits a spike train into words, each the shortest piece that has not occurred
before, and counts them. This example lists and draws the words, to explain the classification of
two trains.
"""

import matplotlib.pyplot as plt
import numpy as np

from skspike import LZCClassifier
from skspike.complexity import LZ76
from skspike.datasets import make_markov
from skspike.inspection import ComplexityDisplay, RasterDisplay, palette

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers
# sphinx_gallery_thumbnail_number = 3

# %%
# Two trains of equal count
# -------------------------
# Each sample is a single train. Its spikes are independent (class 0) or come in bursts (class 1). A
# classifier uses the complexity and the spike count. We select one test sample of each class with
# the same count.

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
        f"train {k}: {X[k].sum()} spikes, {LZ76().each(X[k, 0])} words, class {y[k]}, probability "
        f"of class 1: {p[1]:.3f}")

figure, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
ComplexityDisplay.from_estimator(classifier, X[test], y[test], ax=ax, alpha=0.6)
ax.plot(
    LZ76().each(X[pair, 0]), X[pair].sum(axis=(1, 2)), "o", markersize=14, markerfacecolor="none",
    color="black")
ax.set(title="Test samples (circles: the two trains)", xlabel="LZ76 complexity (words)")
plt.show()

# %%
# Word boundaries
# ---------------
# Each band is one word. A short band is new content. A long band repeats earlier content.
# Independent spikes give short words throughout. Bursts repeat earlier silences and earlier bursts.


def words_of(train):
    """Return the words of a train as text."""
    return LZ76.words("".join(map(str, train)))


words = [words_of(X[k, 0]) for k in pair]
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
# The longest words
# -----------------
# ``0`` is a step without a spike and ``1`` a spike. A word repeats an earlier piece except for its
# last step. The longest words show the repeated content.

for k, parsed in zip(pair, words, strict=True):
    print(f"class {y[k]}, longest words of {len(parsed)}:")
    for word in sorted(parsed, key=len, reverse=True)[:4]:
        print(f"    {word}  ({len(word)} steps, {word.count('1')} spikes)")

# %%
# Number of words over time
# -------------------------
# Independent spikes add words at a constant pace. A bursting train adds few words during long
# silences and more during bursts, but fewer in total. The classifier uses the final number. Faint
# lines are other test samples with the same count.

figure, ax = plt.subplots(figsize=(5.5, 3.8), layout="constrained")
for k in (k for k in range(500, 1000) if X[k].sum() == usual):
    ends = np.cumsum([0, *map(len, words_of(X[k, 0]))])
    shown = {"linewidth": 2.5, "label": f"class {y[k]}"} if k in pair else {
        "linewidth": 0.8, "alpha": 0.35}
    ax.step(ends, range(len(ends)), where="post", color=f"C{y[k]}", **shown)
ax.set(xlabel="time (ms)", ylabel="words so far", title=f"Trains of {usual} spikes")
ax.legend(frameon=False)
plt.show()
