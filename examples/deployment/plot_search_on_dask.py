"""
A search on many cores, or on dask
==================================

A grid search fits many networks, each alone, and so it runs side by side: in processes of this
machine, or on the workers of a dask cluster. One line says where, and the scores are the same.
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
from skspike.plotting import palette

RED = palette(3)[2]

# %%
# The grid
# --------
# Which of two volleys came first? The neurons stay as they are set, and the search goes over their
# time constant and their threshold: 15 pairs, each on three folds.

X, y = make_order(200, random_state=0)
grid = {"neuron__tau_mem": [5.0, 10.0, 20.0, 40.0, 80.0], "neuron__threshold": [0.25, 1.0, 4.0]}
network = SNNClassifier(
    16, readout="count", learn_intrinsic=False, learning_rate=0.02, max_iter=15, random_state=0)
search = GridSearchCV(network, grid, cv=3, n_jobs=2)

# %%
# Where it runs
# -------------
# joblib's own processes do without any cluster. Where dask is installed (``pip install
# "skspike[cluster]"``), a client is made, here of two processes on this machine;
# ``Client("tcp://scheduler:8786")`` would reach others.

with ExitStack() as stack:
    backend = "dask" if importlib.util.find_spec("distributed") else "loky"
    if backend == "dask":
        from distributed import Client

        stack.enter_context(Client(n_workers=2, threads_per_worker=1, dashboard_address=None))
    stack.enter_context(joblib.parallel_config(backend))
    begin = time.perf_counter()
    search.fit(X, y)
    print(f"{backend}: 45 fits and the last one on all data in {time.perf_counter() - begin:.1f} s")
print(f"best of {search.best_score_:.3f} at {search.best_params_}")

# %%
# The table of scores
# -------------------
# In the table that comes back, a row is a pair of parameters. The picture shows what matters:
# neurons that forget within 10 ms are near chance whatever their threshold. Where they remember
# longer, low thresholds do better; the frame is about the best pair.

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
