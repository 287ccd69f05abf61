"""
Recognise movements of a sensor: from recordings to C
=====================================================

Ten people did seven exercises with a smartwatch. Here their signals go through the whole
job: a pipeline, a search for its settings, decisions before a signal ends, and C code. Each step
is scored on people whom the model has not seen, because the next owner of the watch is one of them.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.linear_model import RidgeClassifierCV
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from skspike import EarlyClassifier, SpikingRocket
from skspike.datasets import load_exercises
from skspike.export import to_c
from skspike.inspection import EarlyDisplay, palette

# %%
# The signals
# -----------
# X has the axes (samples, channels, steps). Here a sample has acceleration and rotation along three
# axes, and 25 values of each in a second. If your files have a row for each time, transpose them:
# ``X = np.stack([np.loadtxt(file, delimiter=",").T for file in files])``.

X, y, person = load_exercises()
print(X.shape, *np.unique(y), sep="\n")

figure, axes = plt.subplots(1, 7, figsize=(11, 2), sharey=True, layout="constrained")
for ax, name in zip(axes, np.unique(y), strict=True):
    for channel, colour in zip(X[y == name][0, :3], palette(3), strict=True):
        ax.plot(np.arange(100) / 25, channel, color=colour)
    ax.set_title(name, fontsize="small")
axes[0].set_ylabel("acceleration (g)")
axes[3].set_xlabel("time (s)")
plt.show()

# %%
# A pipeline
# ----------
# Random spiking neurons turn a signal into features, and a linear model reads them. The folds keep
# the signals of a person together.

folds = GroupKFold(4)
known = person <= 8  # the last two people are for the end
groups = person[known]
pipeline = make_pipeline(
    SpikingRocket(256, streaming=True, random_state=0), RidgeClassifierCV(np.logspace(-2, 6, 9)))
scores = cross_val_score(pipeline, X[known], y[known], groups=groups, cv=folds)
print(f"whole signals: {scores.mean():.2f} right")

# %%
# A search
# --------
# `skspike.EarlyClassifier` decides as soon as it is sure. More neurons are more accurate, and need
# more memory and time. ``cost`` is the accuracy that a whole signal of time is worth. ``dt`` is the
# time between two values in ms.

early = EarlyClassifier(SpikingRocket(streaming=True, random_state=0), dt=1000 / 25)
search = GridSearchCV(early, {"estimator__n_neurons": [128, 256, 512]}, cv=folds)
search.fit(X[known], y[known], groups=groups)
for n, score in zip([128, 256, 512], search.cv_results_["mean_test_score"], strict=True):
    print(f"{n} neurons: {score:.2f} right")

# %%
# Decisions
# ---------
# The best setting of the search meets the last two people. A search passes no groups to ``fit`` of
# a model, so fit once more with them: the threshold of decisions is then also chosen on people who
# were left out. The line shows the accuracy on them for other costs.

best = clone(search.best_estimator_).fit(X[known], y[known], groups=groups)
right = best.predict(X[~known]) == y[~known]
times = best.decision_times(X[~known])
print(f"{right.mean():.2f} right on new people, after {times.mean() / 1000:.1f} of 4 s on average")
EarlyDisplay.from_estimator(best)
plt.show()

# %%
# Errors are between exercises that look alike: abduction lifts the arm sideways, and forward
# elevation to the front.

figure, ax = plt.subplots(figsize=(6, 5), layout="constrained")
ConfusionMatrixDisplay.from_estimator(
    best, X[~known], y[~known], ax=ax, colorbar=False, cmap=plt.cm.Greys, xticks_rotation=90)
plt.show()

# %%
# C
# -
# One line writes the model as C, which decides at the same steps. The next example puts it on a
# device: :doc:`/gallery/deployment/plot_microcontroller`.

with tempfile.TemporaryDirectory() as folder:
    files = to_c(best, Path(folder) / "watch.c", weights="int8")
    print(f"{files.constants} bytes of constants, {files.variables} bytes of variables")
plt.show()
