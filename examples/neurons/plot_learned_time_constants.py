"""
What the learned time constants look like
=========================================

After training, a network's time constants are an answer to a question about the data: over which
times did it pay to remember? This example trains on signals that differ in nothing but their pace,
and looks at what the neurons have become.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skspike import SNNClassifier
from skspike.datasets import make_order, make_poisson, make_telegraph
from skspike.plotting import IntrinsicsDisplay, RasterDisplay, palette

warnings.filterwarnings("ignore", category=ConvergenceWarning)  # short training says enough here
plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # everybody can tell them apart
# sphinx_gallery_thumbnail_number = 2

# %%
# Fast or slow
# ------------
# All channels share a rate that switches between a low and a high value: every few milliseconds in
# class 0, and much more rarely in class 1. On average both classes fire equally.

X, y = make_telegraph(1500, random_state=0)
two_of_each = np.concatenate([np.flatnonzero(y == label)[:2] for label in (0, 1)])

figure, ax = plt.subplots(figsize=(8, 4), layout="constrained")
RasterDisplay.from_raster(X[two_of_each], y[two_of_each], ax=ax)
ax.set_title("A rate that changes fast (0) or slowly (1)")
plt.show()

# %%
# Before and after
# ----------------
# All neurons start with the same parameters, the dashed lines. Learning moves each neuron's time
# constant, threshold and reset by the gradient of the same loss that moves the weights, and the
# neurons part: most get faster, to see the quick changes before they are over, and some get far
# slower. Time constants are learned as logarithms, so the axis is logarithmic.


def network(learn_intrinsic=True, random_state=0):
    """Return a network that has time enough to settle, at a learning rate higher than the default."""
    settings = {
        "readout": "count", "learning_rate": 0.01, "intrinsic_learning_rate": 0.05, "max_iter": 20}
    return SNNClassifier(32, learn_intrinsic=learn_intrinsic, random_state=random_state, **settings)


learned = network().fit(X[:500], y[:500])
print(f"Accuracy on test data: {learned.score(X[500:], y[500:]):.3f}")
IntrinsicsDisplay.from_estimator(learned)
plt.show()

# %%
# Which parameter matters?
# ------------------------
# ``learn_intrinsic`` also takes names. Learning one kind of parameter at a time shows which of them
# carries the gain, here and on a second task, in which one of two volleys comes first and must be
# remembered until the other arrives.

A, b = make_order(1500, random_state=0)
print(
    "learned      fast or slow        order of volleys     (accuracy, mean ± sd of 3 "
    "initialisations)")
for name, learn in {
        "nothing": False, "threshold": ["threshold"], "v_reset": ["v_reset"],
        "tau_mem": ["tau_mem"], "all": True}.items():
    line = f"{name:<10}"
    for data, labels in ((X, y), (A, b)):
        scores = [
            network(learn, seed).fit(data[:500], labels[:500]).score(data[500:], labels[500:])
            for seed in range(3)]
        line += f"   {np.mean(scores):.3f} ± {np.std(scores, ddof=1):.3f}     "
    print(line)

# %%
# For the order of volleys the time constants do it alone: what counts is how long a neuron
# remembers. For fast against slow no kind of parameter gets far by itself, and all three together
# do. That a time constant has moved is not yet the reason for a gain.  Do they follow the data?
# ------------------------ Now the same network learns a third task, to tell two constant rates
# apart. For the order of volleys, many neurons get slow. In the third no time constant is better
# than another, yet they spread as well: gradients push a parameter whether or not it is needed. So
# a histogram is a hypothesis, and the accuracies beside it, with fixed and learned neurons, are the
# test.

tasks = {
    "fast or slow": (X, y), "order of volleys": (A, b),
    "constant rates": make_poisson(1500, random_state=0)}
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
