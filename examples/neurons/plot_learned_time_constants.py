"""
Find the learned parameter that causes a gain
=============================================

Training changes the time constant of each neuron. This example trains on signals whose classes
differ only in the speed of rate changes, and inspects the learned parameters.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skspike import SNNClassifier
from skspike.datasets import make_order, make_poisson, make_telegraph
from skspike.inspection import IntrinsicsDisplay, RasterDisplay, palette
from skspike.learning import SurrogateGradient

warnings.filterwarnings("ignore", category=ConvergenceWarning)  # training is short on purpose
plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers
# sphinx_gallery_thumbnail_number = 1

# %%
# Fast or slow changes
# --------------------
# All channels share a rate that switches between a low and a high value, every few milliseconds in
# class 0 and much more rarely in class 1. The mean rate is the same in both classes.

X, y = make_telegraph(1000, random_state=0)
two_of_each = np.concatenate([np.flatnonzero(y == label)[:2] for label in (0, 1)])

figure, ax = plt.subplots(figsize=(6, 3.8), layout="constrained")
RasterDisplay.from_raster(X[two_of_each], y[two_of_each], ax=ax)
ax.set_title("A rate that changes fast (0) or slowly (1)")
plt.show()

# %%
# Learned parameters
# ------------------
# All neurons start with the same parameters (dashed lines). Training changes the time constant,
# threshold and reset of each neuron by the gradient of the same loss as the weights. Most time
# constants become shorter, which resolves fast changes. Some become much longer. Time constants are
# learned as logarithms, so the axis is logarithmic.


def network(learn_intrinsic=True, random_state=0):
    """Return a network that trains until it has converged, at a high learning rate."""
    settings = {
        "readout": "count", "delays": None, "learning_rate": 0.01,
        "rule": SurrogateGradient(intrinsic_learning_rate=0.05),
        "max_iter": 20}
    return SNNClassifier(32, learn_intrinsic=learn_intrinsic, random_state=random_state, **settings)


learned = network().fit(X[:500], y[:500])
print(f"Accuracy on test data: {learned.score(X[500:], y[500:]):.3f}")
IntrinsicsDisplay.from_estimator(learned)
plt.show()

# %%
# Parameters that matter
# ----------------------
# ``learn_intrinsic`` also accepts names. Learning one kind of parameter at a time shows which kind
# causes the gain. We do this for a second task: a neuron must remember the first of two volleys.

A, b = make_order(1000, random_state=0)
print("learned      order of volleys     (accuracy, mean ± sd of 3 initialisations)")
for name, learn in {
        "nothing": False, "threshold": ["threshold"], "v_reset": ["v_reset"],
        "tau_mem": ["tau_mem"], "all": True}.items():
    scores = [
        network(learn, seed).fit(A[:300], b[:300]).score(A[300:], b[300:]) for seed in range(3)]
    print(f"{name:<10}   {np.mean(scores):.3f} ± {np.std(scores, ddof=1):.3f}")

# %%
# Learning the time constants is enough. Learning thresholds or resets alone gains little.
#
# Time constants in three tasks
# -----------------------------
# In the third task, classes differ in a constant rate. For the order of volleys, many neurons
# become slow. In the third task, no time constant is better than another, but they spread as well,
# because gradients change a parameter even if it is not needed. A histogram only suggests a cause.
# Compare the accuracy of fixed and learned neurons to test it.

tasks = {
    "fast or slow": (X, y), "order of volleys": (A, b),
    "constant rates": make_poisson(1000, random_state=0)}
figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained", sharex=True, sharey=True)
for ax, (name, (data, labels)) in zip(axes, tasks.items(), strict=True):
    fixed, learned = (network(learn).fit(data[:500], labels[:500]) for learn in (False, True))
    tau = learned.intrinsics_["tau_mem"][0]
    ax.hist(tau, np.geomspace(1.5, 500, 20), color="C0", alpha=0.6)
    ax.axvline(learned.neuron_.tau_mem, color="black", linestyle="--")
    scores = [model.score(data[500:], labels[500:]) for model in (fixed, learned)]
    ax.set(
        title="{}\naccuracy fixed {:.2f}, learned {:.2f}".format(name, *scores),
        xlabel="tau_mem (ms)", xscale="log")
    ax.set_xticks([2, 5, 20, 50, 200], ["2", "5", "20", "50", "200"])
    ax.tick_params(which="minor", labelbottom=False)
    low, middle, high = np.percentile(tau, [10, 50, 90])
    print(
        f"{name:<17} tau_mem: 10 % below {low:.1f} ms, half below {middle:.1f} ms, 90 % below "
        f"{high:.1f} ms")
axes[0].set_ylabel("neurons")
plt.show()
