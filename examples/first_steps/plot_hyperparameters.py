"""
Tune a spiking network by a search
==================================

A search can change every parameter by its path, also inside a neuron that was given by name. This
example searches over the neuron model, its time constant and the learning rate, and shows which of
them matter. A halving search then finds similar parameters in fewer epochs.
"""

import time
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, train_test_split
from sklearn.pipeline import Pipeline

from skspike import SNNClassifier
from skspike.datasets import make_order
from skspike.inspection import palette
from skspike.learning import SurrogateGradient

warnings.filterwarnings("ignore", category=ConvergenceWarning)  # training is short on purpose
plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers
# sphinx_gallery_thumbnail_number = 2

# %%
# Search with fixed and learned neurons
# -------------------------------------
# The task is to classify which of two volleys came first. ``snn__neuron__tau_mem`` sets the time
# constant of the neuron that ``snn__neuron`` names. The readout counts spikes over the whole
# sample, and there are no delays, so the neurons must remember the first volley. The first search
# uses fixed neurons, the second learned neurons.

X, y = make_order(800, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=270, random_state=0, stratify=y)
grid = {
    "snn__neuron": ["lif", "meta"],
    "snn__neuron__tau_mem": [5.0, 20.0, 80.0],
    "snn__learning_rate": [0.003, 0.01],
}


def pipeline(learn_intrinsic):
    """Return a pipeline with one step. An encoder or a scaler could come before it."""
    return Pipeline(
        [
            (
                "snn",
                SNNClassifier(
                    16, readout="count", delays=None, alpha=0.0,
                    rule=SurrogateGradient(dropout=0.0), max_iter=15,
                    learn_intrinsic=learn_intrinsic, random_state=0))])


searches = {}
for name, learn in (("fixed neurons", False), ("learned neurons", True)):
    begin = time.perf_counter()
    searches[name] = GridSearchCV(pipeline(learn), grid, cv=2).fit(X_train, y_train)
    seconds, test = time.perf_counter() - begin, searches[name].score(X_test, y_test)
    print(
        f"{name}: {seconds:.1f} s; cross-validated {searches[name].best_score_:.3f}, on test data "
        f"{test:.3f}, with")
    print(f"    {searches[name].best_params_}")

# %%
# Parameters that matter
# ----------------------
# Each dot is one point of the grid, each bar the mean for one value. A parameter matters if its
# values shift all dots.
#
# The time constant matters most, because the neurons' memory must last from one volley to the next.
# Learned neurons need a good start less: the model "meta" also learns the task from 20 ms. A LIF
# neuron with a short initial time constant has not become slow enough after these few epochs. The
# learning rate matters less in both cases.

figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained", sharey=True)
for ax, (path, values) in zip(axes, grid.items(), strict=True):
    for k, (name, search) in enumerate(searches.items()):
        score = search.cv_results_["mean_test_score"]
        column = np.array([params[path] for params in search.cv_results_["params"]], dtype=object)
        place = np.array([values.index(value) for value in column]) + 0.2 * (k - 0.5)
        ax.plot(place, score, "o", color=f"C{k}", alpha=0.45, label=name)
        mean = [score[place == p].mean() for p in np.unique(place)]
        ax.plot(np.unique(place), mean, "_", color=f"C{k}", markersize=24, markeredgewidth=3)
    ax.set_xticks(range(len(values)), map(str, values))
    ax.set(xlabel=path, xlim=(-0.5, len(values) - 0.5))
axes[0].set_ylabel("cross-validated accuracy")
axes[2].legend(frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1.0))
plt.show()

# %%
# Fewer epochs with a halving search
# ----------------------------------
# Successive halving trains all candidates for a few epochs, then the best third of them for three
# times as many epochs, and so on. The resource is ``max_iter``. The search below needs 126 epochs
# per fold, the full grid needed 180.

halving = HalvingGridSearchCV(
    pipeline(True), grid, resource="snn__max_iter", min_resources=3, max_resources=27, factor=3,
    cv=2, random_state=0)
begin = time.perf_counter()
halving.fit(X_train, y_train)
print(
    f"Halving: {time.perf_counter() - begin:.1f} s; candidates by round {halving.n_candidates_}, "
    f"epochs {halving.n_resources_}")
print(f"    on test data {halving.score(X_test, y_test):.3f}, with\n    {halving.best_params_}")

# %%
# Each line is one candidate. It ends at the round that dropped the candidate.

results = halving.cv_results_
rounds = {}
for params, epochs, score in zip(
        results["params"], results["n_resources"], results["mean_test_score"], strict=True):
    key = tuple(str(params[path]) for path in grid)
    rounds.setdefault(key, []).append((epochs, score))
figure, ax = plt.subplots(figsize=(5.5, 3.5), layout="constrained")
for key, points in rounds.items():
    kept = len(points) == len(halving.n_resources_)
    ax.plot(*zip(*points, strict=True), "o-", color="C0" if kept else "0.75", zorder=2 + kept)
ax.set_xticks(halving.n_resources_, halving.n_resources_)
ax.set(
    xlabel="epochs", ylabel="cross-validated accuracy",
    title="Blue: candidates of the last round")
plt.show()
