"""
Search time constants in parallel with joblib or dask
=====================================================

A grid search fits many networks independently, so it can run in parallel, in processes of one
machine or on workers of a dask cluster. One line selects the backend. The scores are the same.
"""

import importlib.util
import time
from contextlib import ExitStack

import joblib
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV

from skspike import SNNClassifier
from skspike.datasets import make_order
from skspike.inspection import palette

RED = palette(3)[2]

# %%
# The grid
# --------
# The task is to classify which of two volleys came first. The neurons are fixed. The search covers
# their time constant and threshold, 15 pairs with three folds each.

X, y = make_order(200, random_state=0)
grid = {"neuron__tau_mem": [5.0, 10.0, 20.0, 40.0, 80.0], "neuron__threshold": [0.25, 1.0, 4.0]}
network = SNNClassifier(
    16, readout="count", delays=None, learn_intrinsic=False, learning_rate=0.02, max_iter=15,
    random_state=0)
search = GridSearchCV(network, grid, cv=3, n_jobs=2)

# %%
# The backend
# -----------
# joblib's own processes need no cluster. If dask is installed (the extra ``cluster``, see
# :doc:`/install`), we create a client with two processes on this machine.
# ``Client("tcp://scheduler:8786")`` would connect to a cluster.

with ExitStack() as stack:
    backend = "dask" if importlib.util.find_spec("distributed") else "loky"
    if backend == "dask":
        from distributed import Client

        stack.enter_context(Client(n_workers=2, threads_per_worker=1, dashboard_address=None))
    stack.enter_context(joblib.parallel_config(backend))
    begin = time.perf_counter()
    search.fit(X, y)
    print(f"{backend}: 46 fits in {time.perf_counter() - begin:.1f} s")
print(f"best of {search.best_score_:.3f} at {search.best_params_}")

# %%
# The scores
# ----------
# Each cell is a pair of parameters. Neurons with a time constant up to 10 ms are near chance for
# every threshold. With longer time constants, low thresholds are better. The frame marks the best
# pair.

score = search.cv_results_["mean_test_score"].reshape(5, 3).T
figure, ax = plt.subplots(figsize=(6.5, 3.3), layout="constrained")
figure.colorbar(
    ax.imshow(score, origin="lower", vmin=0.5, vmax=1), ax=ax, label="accuracy (3 folds)")
for (row, column), value in np.ndenumerate(score):
    ax.text(
        column, row, f"{value:.2f}", ha="center", va="center",
        color="black" if value > 0.75 else "white")
row, column = np.unravel_index(score.argmax(), score.shape)
ax.plot(column, row, "s", color=RED, markersize=40, markerfacecolor="none", markeredgewidth=3)
ax.set_xticks(range(5), [f"{value:g}" for value in grid["neuron__tau_mem"]])
ax.set_yticks(range(3), [f"{value:g}" for value in grid["neuron__threshold"]])
ax.set(xlabel="time constant (ms)", ylabel="threshold")
plt.show()
