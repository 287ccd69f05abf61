"""
Three learning rules on one task
================================

A spiking network can learn in different ways. Three of them are compared here on the same data,
beside two controls that every such comparison needs: a classifier that only counts spikes, and a
network that does not learn at all.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skspike import SNNClassifier
from skspike.datasets import make_templates
from skspike.plotting import RasterDisplay, palette

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # everybody can tell them apart
# sphinx_gallery_thumbnail_number = 2

# %%
# Patterns in time
# ----------------
# Each class is a pattern of latencies, one per channel. A sample repeats its class's pattern, with
# every spike moved at random and with background spikes added. All classes have the same expected
# count in every channel.

X, y = make_templates(1000, random_state=0)
shown = np.concatenate([np.flatnonzero(y == label)[:2] for label in (0, 1)])
figure, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
RasterDisplay.from_raster(X[shown], y[shown], ax=ax, linewidth=1.5)
ax.set_title(f"Two samples each of two of the {len(np.unique(y))} classes")
plt.show()

# %%
# The rules
# ---------
# * **Surrogate gradient**: backpropagation through time, with a smooth stand-in for the derivative
# of a spike. It minimises the classification loss, so every weight and intrinsic parameter knows
# what it is for. * **Tempotron**: each neuron belongs to a class and learns to fire at least once
# for it, and for no other. Only the moment of the largest potential counts. * **STDP** in its
# pair-based form, which suits single latencies: inputs that tend to fire shortly before a neuron
# get stronger. It sees no labels; these only name the neurons afterwards.  The network without a
# rule keeps its random weights, and its readout alone is fitted. It is there twice: read by the
# counts of whole trains, as the others, and in windows of time, in which the readout itself can
# tell when something was. Nothing is tuned.

counts = FunctionTransformer(np.sum, kw_args={"axis": 2})
models = {
    "spike counts of the input": make_pipeline(counts, StandardScaler(), LogisticRegression()),
    "random network": SNNClassifier(32, rule=None, readout="count", random_state=0),
    "STDP (no labels)": SNNClassifier(32, rule="pair_stdp", random_state=0),
    "surrogate gradient": SNNClassifier(32, rule="surrogate", readout="count", random_state=0),
    "Tempotron": SNNClassifier(32, rule="tempotron", random_state=0),
    "random network, in windows": SNNClassifier(32, rule=None, readout="windows", random_state=0),
}
splits = StratifiedShuffleSplit(3, train_size=300, random_state=0)
scores = {}
for name, model in models.items():
    begin = time.perf_counter()
    scores[name] = [
        model.fit(X[train], y[train]).score(X[test], y[test]) for train, test in splits.split(X, y)]
    seconds = (time.perf_counter() - begin) / 3
    print(
        f"{name:<27} accuracy {np.mean(scores[name]):.3f} ± {np.std(scores[name], ddof=1):.3f}, "
        f"{seconds:.2f} s a fit")

# %%
# Beside chance
# -------------
# Counts of the input stay near chance: what tells the classes apart is in the timing alone. The
# random network is above it, since its membranes already turn some timing into counts; a rule is
# worth what it adds to that. STDP has found recurring patterns without being told that there are
# classes. The two rules that use labels know more, the surrogate gradient most. And one control
# beats all rules: to a readout in windows of time the random network gives nearly everything. Where
# the readout may see time, ask first what learning adds.

chance = np.bincount(y).max() / len(y)
figure, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
mean, sd = np.mean(list(scores.values()), axis=1), np.std(list(scores.values()), axis=1, ddof=1)
ax.barh(
    list(scores), mean, xerr=sd, color=["0.7", "0.7", "C0", "C0", "C0", "0.7"],
    error_kw={"ecolor": "0.3"})
ax.axvline(chance, color="black", linestyle="--", label="chance")
ax.set(xlabel="accuracy on test data (mean and sd of three splits)", xlim=(0, 1))
ax.invert_yaxis()
ax.legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 0.95))
plt.show()
