"""
Fixed or learned neurons
========================

A neuron forgets at the pace of its membrane time constant. Usually somebody sets that number; here
it can be learned together with the weights. Whether this helps is one line of a grid search, and it
should be asked each time: it helps where timing carries the answer, and not where only the number
of spikes does.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, train_test_split

from skspike import SNNClassifier
from skspike.datasets import make_order, make_poisson
from skspike.plotting import LossCurveDisplay, RasterDisplay, palette

warnings.filterwarnings("ignore", category=ConvergenceWarning)  # short training says enough here
plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # everybody can tell them apart
# sphinx_gallery_thumbnail_number = 3

# %%
# The task
# --------
# Two groups of channels send a volley each. In class 0 the first half of the channels comes first,
# in class 1 the second half. Every channel has the same expected number of spikes in both classes,
# so counting input spikes tells nothing, and a neuron has to remember the first volley when the
# second one arrives.

X, y = make_order(1500, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=500, random_state=0, stratify=y)
one_of_each = [np.flatnonzero(y == label)[0] for label in (0, 1)]

figure, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
RasterDisplay.from_raster(X[one_of_each], y[one_of_each], ax=ax)
ax.set_title("One sample of each class")
plt.show()

# %%
# One line of a grid
# ------------------
# The readout counts spikes over the whole time (left to itself it would count in windows, which
# tell the order without any memory in the neurons). ``learn_intrinsic`` is a parameter like any
# other. The search compares both settings by cross-validation on the training data; the test data
# is asked once, afterwards.

grid = {"learn_intrinsic": [False, True]}
search = GridSearchCV(
    SNNClassifier(32, readout="count", max_iter=20, random_state=0), grid, cv=3).fit(
    X_train, y_train)
results = search.cv_results_
for learn, mean, sd in zip(grid["learn_intrinsic"], results["mean_test_score"], results["std_test_score"], strict=True):
    print(f"learn_intrinsic={learn!s:<6} accuracy {mean:.3f} ± {sd:.3f} over the folds")
print(f"Chosen: {search.best_params_}; accuracy on test data {search.score(X_test, y_test):.3f}")

# %%
# How they learn
# --------------
# Both networks start from the same weights and the same time constants. The fixed one cannot lower
# its loss much, however long it trains: what its neurons have forgotten, no weight brings back.

networks = {
    name: SNNClassifier(
        32, readout="count", learn_intrinsic=learn, max_iter=40, random_state=0).fit(
        X_train, y_train)
    for name, learn in (("fixed neurons", False), ("learned neurons", True))}
figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
LossCurveDisplay.from_estimators(networks, ax=ax)
ax.set(title="Training loss on the order of two volleys", ylim=(0, None))
plt.show()

# %%
# A control
# ---------
# In the second task the classes differ by their rate alone, and the best possible decision is by
# the total count of spikes. There is nothing that another time constant could find. One data set
# proves little, so both tasks are drawn several times.

scores = {}
for task, make in (("order of volleys", make_order), ("rate alone (control)", make_poisson)):
    for learn in (False, True):
        for seed in range(3):
            X, y = make(1500, random_state=seed)
            network = SNNClassifier(
                32, readout="count", learn_intrinsic=learn, max_iter=20, random_state=seed).fit(
                X[:500], y[:500])
            scores.setdefault((task, learn), []).append(network.score(X[500:], y[500:]))
    fixed, learned = (np.array(scores[task, learn]) for learn in (False, True))
    gain = 100 * (learned - fixed)
    print(
        f"{task:<22} fixed {fixed.mean():.3f}, learned {learned.mean():.3f}, gain "
        f"{gain.mean():+.1f} ± {gain.std(ddof=1):.1f} points")

# %%
# Each dot is one draw of data and network. Where rates tell the classes apart, learning more
# parameters gains nothing, and it may cost a little, since there is more to fit.

figure, ax = plt.subplots(figsize=(6, 3.5), layout="constrained")
for place, ((task, learn), values) in enumerate(scores.items()):
    ax.plot(np.full(len(values), place), values, "o", color="C1" if learn else "C0", alpha=0.7)
ax.axhline(0.5, color="0.5", linestyle=":")
ax.text(3.4, 0.505, "chance", color="0.4", ha="right", va="bottom")
ax.set_xticks(
    range(4), [f"{task}\n{'learned' if learn else 'fixed'}" for task, learn in scores], fontsize=8)
ax.set(
    ylabel="accuracy on test data", ylim=(0.45, 1.02), xlim=(-0.5, 3.5),
    title="Learning intrinsics: a gain, and none")
plt.show()
