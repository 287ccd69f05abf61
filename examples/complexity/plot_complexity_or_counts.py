"""
Complexity or spike counts
==========================

Lempel-Ziv complexity (LZC) measures how much new there is in a spike train, but a train with more
spikes is usually a more complex one as well. So a result with LZC says something only beside that
of plain counts. Here are a case in which complexity knows more, and a case in which it does not.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skspike import LZCClassifier, SNNTransformer
from skspike.datasets import make_markov
from skspike.plotting import ComplexityDisplay, RasterDisplay, palette

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # everybody can tell them apart
# sphinx_gallery_thumbnail_number = 2

# %%
# Equal rates, different structure
# --------------------------------
# In class 0 spikes are independent. In class 1 one spike makes the next more likely, so that they
# come in little bursts. The rates are equal.

X, y = make_markov(600, random_state=0)
one_of_each = [np.flatnonzero(y == label)[0] for label in (0, 1)]
figure, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
RasterDisplay.from_raster(X[one_of_each], y[one_of_each], ax=ax)
ax.set_title("One sample of each class")
plt.show()

# %%
# Raw trains: complexity knows more
# ---------------------------------
# Bursts repeat, and what repeats is not new. The picture shows each sample by its mean complexity
# and its mean count, with the regions of a linear classifier on both. The two rise together, so
# that complexity alone mixes the classes up to a point; but at any given count, bursts have the
# lower complexity, and the oblique line makes use of that. The count alone tells nothing.

train, test = slice(0, 300), slice(300, None)
figure, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
both = LZCClassifier(channels="mean", with_counts=True).fit(X[train], y[train])
ComplexityDisplay.from_estimator(both, X[test], y[test], ax=ax)
ax.set_title(f"Raw trains: accuracy {both.score(X[test], y[test]):.2f} on these new samples")
plt.show()

# %%
# Behind a trained network: counts do as well
# -------------------------------------------
# Now a network learns to tell the classes apart, and the same classifiers read its spikes instead.
# Training has made it say the class by how much its neurons fire, so that the counts know all that
# complexity knows. All numbers are cross-validated.


def counts():
    """Return a classifier that sees the spike count of each channel, and decides as LZCClassifier does."""
    return make_pipeline(
        FunctionTransformer(np.sum, kw_args={"axis": 2}),
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"))


readers = {
    "spike counts": counts(), "complexity": LZCClassifier(),
    "both": LZCClassifier(with_counts=True)}
scores = {}
for name, reader in readers.items():
    behind = make_pipeline(SNNTransformer(32, max_iter=20, random_state=0), reader)
    scores[name] = [cross_val_score(model, X, y, cv=5) for model in (reader, behind)]
    raw, learned = (f"{score.mean():.3f} ± {score.std(ddof=1):.3f}" for score in scores[name])
    print(f"{name:<14} raw trains {raw}    behind a trained network {learned}")

# %%
# Which is the better feature depends on what the trains have been through. Raw recordings may hold
# structure that counts miss. Behind a network that was trained for the task, start with the counts.

figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
places = np.arange(2)
for k, (name, values) in enumerate(scores.items()):
    mean, sd = np.mean(values, axis=1), np.std(values, axis=1, ddof=1)
    ax.bar(places + 0.25 * (k - 1), mean, 0.23, yerr=sd, label=name, error_kw={"ecolor": "0.3"})
ax.axhline(0.5, color="black", linestyle="--", label="chance")
ax.set_xticks(places, ["raw trains", "behind a trained network"])
ax.set(ylabel="accuracy (5 folds)", ylim=(0, 1.05))
ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1.0))
plt.show()
