"""
Recognise spike patterns, with and without labels
=================================================

This example compares three learning rules on the same data, with two controls: a classifier of
input spike counts, and a network that is not trained.
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
from skspike.inspection import RasterDisplay, palette

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers
# sphinx_gallery_thumbnail_number = 2

# %%
# Patterns of spike times
# -----------------------
# Each class is a pattern with one spike time per channel. A sample repeats the pattern of its
# class, with random jitter and background spikes. The expected count of every channel is the same
# in all classes.

X, y = make_templates(1000, random_state=0)
shown = np.concatenate([np.flatnonzero(y == label)[:2] for label in (0, 1)])
figure, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
RasterDisplay.from_raster(X[shown], y[shown], ax=ax, linewidth=1.5)
ax.set_title(f"Two samples each of two of the {len(np.unique(y))} classes")
plt.show()

# %%
# The rules
# ---------
# * **Surrogate gradient**: backpropagation through time with a smooth replacement for the
#   derivative of a spike. It minimises the classification loss over all weights and intrinsic
#   parameters.
# * **Tempotron**: each neuron belongs to a class and learns to fire at least once for it, and for
#   no other class. Learning uses only the time of the largest potential.
# * **Pair-based STDP**, which suits single spikes per channel: inputs that tend to fire shortly
#   before a neuron get stronger. It uses no labels. Labels are only used to assign neurons to
#   classes after training.
#
# The network without a rule keeps its random weights, and only its readout is fitted. We fit it
# twice: with spike counts like the other networks, and with counts in time windows. With windows,
# the readout itself can use time. No parameter is tuned.

counts = FunctionTransformer(np.sum, kw_args={"axis": 2})
models = {
    "spike counts of the input": make_pipeline(counts, StandardScaler(), LogisticRegression()),
    "random network": SNNClassifier(32, rule=None, readout="count", random_state=0),
    "STDP (no labels)": SNNClassifier(32, rule="pair_stdp", random_state=0),
    "surrogate gradient": SNNClassifier(32, readout="count", delays=None, random_state=0),
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
# Results
# -------
# Counts of the input are near chance, because only spike times differ between classes. The random
# network is better, because its membranes convert some timing into counts. The gain of a rule is
# the difference to this network.
#
# STDP finds recurring patterns without labels. The two rules with labels are better, the surrogate
# gradient most of all. The random network with time windows is better than all rules with counts.
# If the readout may use time, measure first how much training adds.

chance = np.bincount(y).max() / len(y)
figure, ax = plt.subplots(figsize=(6, 3.5), layout="constrained")
mean, sd = np.mean(list(scores.values()), axis=1), np.std(list(scores.values()), axis=1, ddof=1)
ax.barh(
    list(scores), mean, xerr=sd, color=["0.7", "0.7", "C0", "C0", "C0", "0.7"],
    error_kw={"ecolor": "0.3"})
ax.axvline(chance, color="black", linestyle="--", label="chance")
ax.set(xlabel="test accuracy (mean and sd of three splits)", xlim=(0, 1))
ax.invert_yaxis()
ax.legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 0.95))
plt.show()
