"""
Find the neurons and the moments that reveal a stimulus
=======================================================

A classifier distinguishes two stimuli by the spikes of 12 neurons. Which neurons does it need, and
when do they contain information? This example ranks the neurons with
`skspike.inspection.channel_importance`, and finds the moments with `skspike.inspection.explain`.
"""

import matplotlib.pyplot as plt
import numpy as np

from skspike import SNNClassifier
from skspike.inspection import (
    EvidenceDisplay, ImportanceDisplay, RasterDisplay, channel_importance, explain, palette)

# sphinx_gallery_thumbnail_number = 2

# %%
# A recording
# -----------
# Neurons fire at 20 Hz, except neuron 5 (60 Hz) and neuron 8 (50 Hz). After stimulus B, neuron 3
# fires at 120 Hz from 60 to 90 ms, and neuron 8 is silent from 120 to 180 ms. Neuron 5 has the same
# rate for both stimuli, which is no information. A trial has 250 steps of 1 ms.

rng = np.random.default_rng(0)
y = np.resize(["A", "B"], 500)
rate = np.full((500, 12, 250), 0.02)
rate[:, 5] = 0.06
rate[y == "B", 3, 60:90] = 0.12
rate[:, 8] = 0.05
rate[y == "B", 8, 120:180] = 0.0
X = (rng.random(rate.shape) < rate).astype(np.uint8)

network = SNNClassifier(32, max_iter=40, random_state=0).fit(X[:400], y[:400])
print(f"accuracy on new trials {network.score(X[400:], y[400:]):.2f}")

# %%
# Neurons that matter
# -------------------
# Each neuron is permuted between trials. If the network needs it, the accuracy falls.

figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
importance = channel_importance(network, X[400:], y[400:], random_state=0)
ImportanceDisplay(importance).plot(ax)
ax.set(ylabel="neuron", xlabel="loss of accuracy")
first = np.argsort(-importance.importances_mean)[:2]
print("most important neurons:", *sorted(first.tolist()))
plt.show()

# %%
# Evidence within a trial
# -----------------------
# Orange spikes support the predicted stimulus, blue ones are against it. In a trial of stimulus A,
# the spikes of neuron 8 in the silent time of stimulus B are evidence for A.

figure, axes = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained", sharey=True)
for ax, stimulus in zip(axes, "AB", strict=True):
    trial = X[400:][y[400:] == stimulus][0]
    EvidenceDisplay.from_estimator(network, trial, n_windows=25, random_state=0, ax=ax)
    ax.set(ylabel="neuron", title=f"a trial of stimulus {stimulus}")
plt.show()

# %%
# Moments that matter
# -------------------
# The mean size of the evidence over new trials, in windows of 10 ms, shows when each of the two
# neurons matters.

evidence = explain(network, X[400:], n_windows=25, random_state=0).evidence
size = np.abs(evidence).mean(axis=0).reshape(12, 25, 10).sum(axis=2)
figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
for neuron, colour in zip((3, 8), palette(2), strict=True):
    ax.stairs(size[neuron], np.arange(0, 251, 10), color=colour, linewidth=2)
    ax.text(252, size[neuron, -1], f"neuron {neuron}", color=colour, va="center")
others = np.delete(size, (3, 8), axis=0).max(axis=0)
ax.stairs(others, np.arange(0, 251, 10), color="0.6", label="largest of the other neurons")
ax.set(xlabel="time (ms)", ylabel="mean size of evidence", xlim=(0, 250))
ax.legend(frameon=False)
for neuron in (3, 8):
    window = size[neuron].argmax()
    print(f"neuron {neuron} matters most from {10 * window} to {10 * window + 10} ms")
plt.show()

# %%
# The evidence agrees with the rasters of all trials.

figure, axes = plt.subplots(1, 2, figsize=(10, 3.5), layout="constrained")
for ax, neuron in zip(axes, (3, 8), strict=True):
    RasterDisplay.from_raster(X[:60, [neuron]], y[:60], ax=ax)
    ax.set_title(f"neuron {neuron}")
plt.show()
