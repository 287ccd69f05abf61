"""
What the learned time constants look like
=========================================

After training, a network's time constants are an answer to a question about the data: over which times did it pay to remember?
This example trains on signals that differ in nothing but their pace, and looks at what the neurons have become.
"""

import matplotlib.pyplot as plt
import numpy as np

from skspike import SNNClassifier
from skspike.datasets import make_poisson, make_telegraph
from skspike.plotting import IntrinsicsDisplay, RasterDisplay

# %%
# Fast or slow
# ------------
# All channels share a rate that switches between a low and a high value: every few milliseconds in class 0, and much more rarely in
# class 1. On average both classes fire equally.

X, y = make_telegraph(1500, random_state=0)
X_train, X_test, y_train, y_test = X[:500], X[500:], y[:500], y[500:]
two_of_each = np.concatenate([np.flatnonzero(y == label)[:2] for label in (0, 1)])

figure, ax = plt.subplots(figsize=(8, 4), layout="constrained")
RasterDisplay.from_raster(X[two_of_each], y[two_of_each], ax=ax)
ax.set_title("A rate that changes fast (0) or slowly (1)")
plt.show()

# %%
# Before and after
# ----------------
# All neurons start with the same parameters, the dashed lines. Learning moves each neuron's time constant, threshold and reset
# by the gradient of the same loss that moves the weights, and the neurons spread out: some forget within a few steps and see the
# quick changes, others hold on and see the slow ones.

network = SNNClassifier(64, random_state=0).fit(X_train, y_train)
print(f"Accuracy on test data: {network.score(X_test, y_test):.3f}")
IntrinsicsDisplay.from_estimator(network)
plt.show()

# %%
# Which parameter matters?
# ------------------------
# ``learn_intrinsic`` also takes names. Learning one kind of parameter at a time shows which of them carries the gain.

for learn in (False, ("threshold",), ("v_reset",), ("tau_mem",), True):
    scores = [SNNClassifier(64, learn_intrinsic=learn, random_state=s).fit(X_train, y_train).score(X_test, y_test) for s in range(3)]
    name = {False: "nothing", True: "all three"}[learn] if isinstance(learn, bool) else learn[0]
    print(f"learned: {name:<10} accuracy {np.mean(scores):.3f} ± {np.std(scores, ddof=1):.3f} over 3 initialisations")

# %%
# Do they follow the data?
# ------------------------
# If time constants only spread by chance, they would do so on any data. The same network learns three tasks: fast against slow as
# above, two paces that are both slow, and two constant rates, for which no pace is better than another. A wide spread is not yet
# a gain: the test accuracy says whether it was needed.

tasks = {
    "5 or 60 ms": (X, y),
    "60 or 240 ms": make_telegraph(1500, dwells=(60.0, 240.0), random_state=0),
    "constant rates": make_poisson(1500, random_state=0),
}
figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained", sharex=True, sharey=True)
for ax, (name, (A, b)) in zip(axes, tasks.items(), strict=True):
    network = SNNClassifier(64, random_state=0).fit(A[:500], b[:500])
    tau = network.intrinsics_["tau_mem"][0]
    ax.hist(tau, np.geomspace(1.5, 300, 24), color="C0", alpha=0.6)
    ax.axvline(network.neuron_.tau_mem, color="black", linestyle="--")
    ax.set(title=f"{name}: accuracy {network.score(A[500:], b[500:]):.2f}", xlabel="tau_mem (ms)", xscale="log")
    ax.set_xticks([2, 5, 20, 50, 200], ["2", "5", "20", "50", "200"])
    quartiles = np.percentile(tau, [10, 50, 90])
    print(f"{name:<15} tau_mem: 10 % below {quartiles[0]:.1f} ms, half below {quartiles[1]:.1f} ms, 90 % below {quartiles[2]:.1f} ms")
axes[0].set_ylabel("neurons")
plt.show()
