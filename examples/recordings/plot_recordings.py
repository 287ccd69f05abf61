"""
Decode a sound from recorded spikes with delays
===============================================

The spikes of an auditory receptor of a grasshopper were recorded for ten seconds, during a sound of
random loudness [1]_. This example decodes from the spikes whether the sound has just become loud or
has just faded. The spike times contain this information, the number of spikes does not.

.. [1] The recording is part of the package nitime. The experiment is described in A. Rokem et al.,
    "Spike-timing precision underlies the coding efficiency of auditory receptor neurons", Journal
    of Neurophysiology 95, 2541, 2006.
"""

from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline

from skspike import SNNClassifier, SpikeCounter
from skspike.inspection import PSTHDisplay, RasterDisplay, palette
from skspike.io import from_spike_times

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers
# sphinx_gallery_thumbnail_number = 2

# %%
# From a file to events
# ---------------------
# The files contain spike times in microseconds and the envelope of the sound. We smooth the
# envelope over 5 ms. An event is a crossing of its median. At an upward crossing the sound gets
# loud, at a downward crossing it fades.

data = files("nitime") / "data"
spikes = np.loadtxt(data / "grasshopper_spike_times1.txt")
# mean of each ms
level = np.loadtxt(data / "grasshopper_stimulus1.txt", usecols=1).reshape(10_000, 20).mean(axis=1)
loud = np.convolve(level, np.ones(5) / 5, "same") > np.median(level)
events = np.flatnonzero(loud[1:] != loud[:-1]) + 1
events = events[(events > 20) & (events < 9970)]
y = np.where(loud[events], "gets loud", "fades")
print(
    f"{len(spikes)} spikes, {len(events)} events: "
    + ", ".join(f"{np.sum(y == name)} {name}" for name in np.unique(y)))

# %%
# From events to a raster
# -----------------------
# ``from_spike_times`` cuts a window around each event, here from 10 ms before to 20 ms after it, in
# steps of 1 ms.

BEFORE, AFTER = 10, 20
X = from_spike_times(
    [[spikes]] * len(events), bin_width=1, unit="us", t_start=events - BEFORE,
    t_stop=events + AFTER)
print("raster:", X.shape)

# %%
# Spikes around the events
# ------------------------
# The upper panel shows some trials of both classes. The lower panel shows the mean rate over all
# trials around the event with its standard error, in bins of 1 ms (a PSTH). The receptor responds
# with a latency. If the sound gets loud, the rate first falls, which reflects the quiet time
# before, and peaks eight to ten milliseconds after the event. If the sound fades, the peak comes
# first, followed by silence.

shown = np.concatenate([np.flatnonzero(y == name)[:40] for name in np.unique(y)])
figure, axes = plt.subplots(
    2, 1, figsize=(8, 6), layout="constrained", sharex=True, height_ratios=(3, 2))
RasterDisplay.from_raster(
    X[shown], y[shown], t_start=-BEFORE, origin="lower", linewidth=1.5, ax=axes[0])
PSTHDisplay.from_raster(X, y, t_start=-BEFORE, bin_width=1, linewidth=2, ax=axes[1])
for ax in axes:
    ax.axvline(0, color="black", linestyle="--")
axes[0].set(xlabel="", ylabel="trials, sorted by class")
axes[1].set_xlabel("time from the event (ms)")
axes[1].get_legend().remove()  # same as in the upper panel
plt.show()

# %%
# Decoders
# --------
# Each fold is a stretch of two seconds, so the test part does not overlap with the training part in
# time. The number of spikes in the window is at chance. A linear classifier on the spikes of each
# time step, and a spiking network with delays, classify most events correctly from thirty
# milliseconds of a single neuron.

models = {
    "number of spikes": make_pipeline(SpikeCounter(), LogisticRegression()),
    "each step, linear": make_pipeline(
        SpikeCounter(n_windows=BEFORE + AFTER), LogisticRegression()),
    "spiking network": SNNClassifier(32, delays=(0, 2, 4, 6, 8, 10), max_iter=30, random_state=0)}
scores = {name: cross_val_score(model, X, y, cv=KFold(5)) for name, model in models.items()}
for name, score in scores.items():
    print(f"{name:<20} accuracy {score.mean():.3f} ± {score.std(ddof=1):.3f}")

figure, ax = plt.subplots(figsize=(5.5, 3), layout="constrained")
for row, score in enumerate(scores.values()):
    ax.plot(score, np.full(5, row), "o", color=f"C{row}", alpha=0.7)
    ax.plot(score.mean(), row, "|", color="black", markersize=20, markeredgewidth=2)
ax.axvline(0.5, color="black", linestyle="--", label="chance")
ax.set_yticks(range(len(scores)), list(scores))
ax.set(xlabel="accuracy (five folds, and mean)", xlim=(0.4, 1), ylim=(2.5, -0.5))
ax.legend(frameon=False, loc="lower right")
plt.show()
