"""
Find out whether learned neurons help on your task
==================================================

The membrane time constant sets how fast a neuron forgets. It can be fixed, or learned together with
the weights. A grid search decides this in one line. Learning helps if classes differ in timing. It
does not help if they differ only in the number of spikes.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, train_test_split

from skspike import SNNClassifier
from skspike.datasets import make_order, make_poisson
from skspike.inspection import LossCurveDisplay, RasterDisplay, palette

warnings.filterwarnings("ignore", category=ConvergenceWarning)  # training is short on purpose
plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers
# sphinx_gallery_thumbnail_number = 2

# %%
# The task
# --------
# Each of two groups of channels fires one volley. In class 0 the first half of the channels fires
# first, in class 1 the second half. The expected number of spikes of each channel is the same in
# both classes. Therefore counts of the input do not help, and a neuron must remember the first
# volley until the second one arrives.

X, y = make_order(1000, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=300, random_state=0, stratify=y)
one_of_each = [np.flatnonzero(y == label)[0] for label in (0, 1)]

figure, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
RasterDisplay.from_raster(X[one_of_each], y[one_of_each], ax=ax)
ax.set_title("One sample of each class")
plt.show()

# %%
# One line of a grid
# ------------------
# The readout counts spikes over the whole sample. The default readout would count in time windows,
# which show the order without any memory in the neurons, and the network would choose delays.
# ``learn_intrinsic`` is a parameter like any other. The search compares both values by
# cross-validation on the training data. The test data are used once, at the end.

grid = {"learn_intrinsic": [False, True]}
search = GridSearchCV(
    SNNClassifier(32, readout="count", delays=None, max_iter=20, random_state=0), grid, cv=3).fit(
    X_train, y_train)
results = search.cv_results_
for learn, mean, sd in zip(
        grid["learn_intrinsic"], results["mean_test_score"], results["std_test_score"],
        strict=True):
    print(f"learn_intrinsic={learn!s:<6} accuracy {mean:.3f} ± {sd:.3f} over the folds")
print(f"Chosen: {search.best_params_}; accuracy on test data {search.score(X_test, y_test):.3f}")

# %%
# Training loss
# -------------
# Both networks start with the same weights and time constants. The loss of the fixed network stays
# high, because weights cannot restore information that the neurons have lost.

networks = {
    name: SNNClassifier(
        32, readout="count", delays=None, learn_intrinsic=learn, max_iter=20, random_state=0).fit(
        X_train, y_train)
    for name, learn in (("fixed neurons", False), ("learned neurons", True))}
figure, ax = plt.subplots(figsize=(5.5, 3.5), layout="constrained")
LossCurveDisplay.from_estimator(networks, ax=ax)
ax.set(title="Training loss on the order of two volleys", ylim=(0, None))
plt.show()

# %%
# A control
# ---------
# In the second task, classes differ only in rate, and the best possible classifier uses the total
# number of spikes. Other time constants cannot improve it. We repeat both tasks with three seeds.

scores = {}
for task, make in (("order of volleys", make_order), ("rate alone (control)", make_poisson)):
    for learn in (False, True):
        for seed in range(3):
            X, y = make(1000, random_state=seed)
            network = SNNClassifier(
                32, readout="count", delays=None, learn_intrinsic=learn, max_iter=20,
                random_state=seed).fit(X[:300], y[:300])
            scores.setdefault((task, learn), []).append(network.score(X[300:], y[300:]))
    fixed, learned = (np.array(scores[task, learn]) for learn in (False, True))
    gain = 100 * (learned - fixed)
    print(
        f"{task:<22} fixed {fixed.mean():.3f}, learned {learned.mean():.3f}, gain "
        f"{gain.mean():+.1f} ± {gain.std(ddof=1):.1f} points")

# %%
# Each dot is one seed. If classes differ in rate, learning more parameters gains nothing, and may
# lose a little because there are more parameters to fit.

figure, ax = plt.subplots(figsize=(6, 3.5), layout="constrained")
for place, ((task, learn), values) in enumerate(scores.items()):
    ax.plot(np.full(len(values), place), values, "o", color="C1" if learn else "C0", alpha=0.7)
ax.axhline(0.5, color="0.5", linestyle=":")
ax.text(3.4, 0.505, "chance", color="0.4", ha="right", va="bottom")
ax.set_xticks(
    range(4), [f"{task}\n{'learned' if learn else 'fixed'}" for task, learn in scores], fontsize=8)
ax.set(
    ylabel="accuracy on test data", ylim=(0.45, 1.02), xlim=(-0.5, 3.5),
    title="Learned intrinsic parameters: a gain and a control")
plt.show()
