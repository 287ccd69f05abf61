"""
Classify bursts of equal rate by complexity or counts
=====================================================

Lempel-Ziv complexity (LZC) measures how much of a spike train is new. Complexity also grows with
the number of spikes. A result with LZC therefore needs a comparison with spike counts. This example
shows one case with an advantage of complexity, and one without. It also shows the complexity
relative to each class, which uses the labels and finds more.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skspike import LZCClassifier, SNNTransformer
from skspike.datasets import make_markov
from skspike.inspection import ComplexityDisplay, RasterDisplay, palette

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers
# sphinx_gallery_thumbnail_number = 2

# %%
# Equal rates, different structure
# --------------------------------
# In class 0 spikes are independent. In class 1 a spike makes the next one more likely, so spikes
# come in bursts. The rates are equal.

X, y = make_markov(600, random_state=0)
one_of_each = [np.flatnonzero(y == label)[0] for label in (0, 1)]
figure, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
RasterDisplay.from_raster(X[one_of_each], y[one_of_each], ax=ax)
ax.set_title("One sample of each class")
plt.show()

# %%
# Raw spike trains
# ----------------
# Bursts repeat, so they reduce complexity. The figure shows the mean complexity and mean count of
# each sample, and the regions of a linear classifier of both. Both grow together, so complexity
# alone separates the classes only partly. At a given count, bursts have the lower complexity, which
# the oblique boundary uses. Counts alone do not separate the classes.

train, test = slice(0, 300), slice(300, None)
figure, ax = plt.subplots(figsize=(5.5, 4), layout="constrained")
both = LZCClassifier(channels="mean", with_counts=True, relative=False).fit(X[train], y[train])
ComplexityDisplay.from_estimator(both, X[test], y[test], ax=ax)
ax.set_title(f"Raw trains: accuracy {both.score(X[test], y[test]):.2f} on these new samples")
plt.show()

# %%
# Spike trains of a trained network
# ---------------------------------
# Now a network is trained to classify the samples, and the same classifiers use its spikes. Trained
# neurons represent the class by their number of spikes, so counts are as accurate as complexity.
# "relative" is the default of `skspike.LZCClassifier`: it also counts the bits that a train takes
# with the phrases of each class. All accuracies are cross-validated.


def counts():
    """Return a classifier of spike counts, of the same kind as in LZCClassifier."""
    return make_pipeline(
        FunctionTransformer(np.sum, kw_args={"axis": 2}),
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"))


readers = {
    "spike counts": counts(), "complexity": LZCClassifier(relative=False),
    "both": LZCClassifier(with_counts=True, relative=False), "relative": LZCClassifier()}
scores = {}
for name, reader in readers.items():
    behind = make_pipeline(SNNTransformer(32, max_iter=15, random_state=0), reader)
    scores[name] = [cross_val_score(model, X, y, cv=3) for model in (reader, behind)]
    raw, learned = (f"{score.mean():.3f} ± {score.std(ddof=1):.3f}" for score in scores[name])
    print(f"{name:<14} raw trains {raw}    behind a trained network {learned}")

# %%
# The better feature depends on the source of the trains. Raw recordings may contain structure that
# counts miss. For a network that was trained on the task, start with counts.

figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
places = np.arange(2)
for k, (name, values) in enumerate(scores.items()):
    mean, sd = np.mean(values, axis=1), np.std(values, axis=1, ddof=1)
    ax.bar(places + 0.2 * (k - 1.5), mean, 0.18, yerr=sd, label=name, error_kw={"ecolor": "0.3"})
ax.axhline(0.5, color="black", linestyle="--", label="chance")
ax.set_xticks(places, ["raw trains", "behind a trained network"])
ax.set(ylabel="accuracy (3 folds)", ylim=(0, 1.05))
ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1.0))
plt.show()
