"""
Read a population of neurons: which way, when, and how exactly
==============================================================

Fifteen neurons of a mouse were recorded while it explored an arena (`load_head_direction
<skspike.datasets.load_head_direction>`). From their spike times we learn which way the head turns,
when its direction is known, whether the times of spikes matter, and the direction at each moment.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skspike import SlidingDecoder, SNNRegressor, SpikeCounter, SpikeTrainClassifier
from skspike.datasets import load_head_direction
from skspike.inspection import RasterDisplay, SlidingDisplay, palette, timing_scores
from skspike.io import from_spike_times

# %%
# From spike times to trials
# --------------------------
# A neuron has a list of spike times in ms. The direction of the head has a value for each 20 ms. A
# trial is a turn by more than 40 degrees in 0.8 s. Neurons of an NWB file become trials in the same
# way, by `skspike.io.from_pynapple`.

spikes, angle = load_head_direction()
print(f"{len(spikes)} neurons, {sum(map(len, spikes))} spikes in {len(angle) / 50:.0f} s")

direction = np.unwrap(angle)
turn = direction[40:] - direction[:-40]  # in the next 0.8 s
starts, free = [], 0
for step in np.flatnonzero(abs(turn) > np.radians(40)):
    if step >= free:  # trials do not overlap
        starts.append(step)
        free = step + 40
starts = np.array(starts)
y = np.where(turn[starts] > 0, "left", "right")
X = from_spike_times(
    [spikes] * len(y), bin_width=5, t_start=20.0 * starts, t_stop=20.0 * starts + 800)
print(f"X {X.shape}, {sum(y == 'left')} turns to the left and {sum(y == 'right')} to the right")

RasterDisplay.from_raster(X[0], dt=5)
plt.show()

# %%
# Which way does the head turn?
# -----------------------------
# During a turn, neurons fire one after the other. The order depends on the way, and the number of
# spikes hardly does. So counts in the whole trial are at chance. Counts in four windows need a
# model that combines them, such as a support vector machine. Class models of spike trains
# (`skspike.SpikeTrainClassifier`) learn in which order the spikes of a class follow each other, and
# are the most accurate. Each fold is a stretch of time.

folds = KFold(5)
models = {
    "counts": make_pipeline(SpikeCounter(), LogisticRegression(max_iter=1000)),
    "counts in windows": make_pipeline(
        SpikeCounter(n_windows=4), LogisticRegression(max_iter=1000)),
    "the same, SVM": make_pipeline(SpikeCounter(n_windows=4), StandardScaler(), SVC()),
    "class models": SpikeTrainClassifier()}
for name, model in models.items():
    print(f"{name:<18} accuracy {cross_val_score(model, X, y, cv=folds).mean():.2f}")

# %%
# Do spike times matter?
# ----------------------
# Surrogates keep some statistics of the spikes and destroy others. The score remains if spikes
# move within windows of 200 ms, and is lost if they move within the whole trial. It also falls if
# the neurons of a trial come from different trials of the same class ("shuffled trials"). So the
# order of the neurons in a turn matters, at a scale of some hundred ms.

scores = timing_scores(
    SpikeTrainClassifier(), X, y, windows=(200, 800), dt=5, cv=folds, n_repeats=1, random_state=0)
print(f"{'original':<16} {scores.original.mean():.2f}")
for name, values in scores.surrogates.items():
    print(f"{name:<16} {values.mean():.2f}")

# %%
# When is the direction known?
# ----------------------------
# Now a trial ends in one of four directions, at time 0. A window of 100 ms slides over the 1.2 s
# before and the 0.4 s after. The score is highest before time 0: these neurons fire before the head
# arrives.

ends = starts + 40
ends = ends[(ends > 60) & (ends < len(angle) - 20)]
quadrant = (angle[ends] // (np.pi / 2)).astype(int)
around = from_spike_times(
    [spikes] * len(ends), bin_width=5, t_start=20.0 * ends - 1200, t_stop=20.0 * ends + 400)
decoder = SlidingDecoder(LogisticRegression(max_iter=1000), window=100, step=50, dt=5, cv=folds)
decoder.fit(around, quadrant)
start, stop = decoder.best_window_
print(f"{start - 1200:.0f} to {stop - 1200:.0f} ms is best, accuracy {decoder.best_score_:.2f}")
display = SlidingDisplay.from_estimator(decoder, t_start=-1200)
display.ax_.axvline(0, color="black", linestyle=":")
plt.show()

# %%
# The direction at each moment
# ----------------------------
# The whole session is one recording. Its target has two values for each step, the cosine and the
# sine of the direction. The network learns from the first 7 minutes, and decodes the rest.

(session,) = from_spike_times(
    [spikes], bin_width=20, t_start=0, t_stop=20 * len(angle), counts=True)
target = np.stack([np.cos(angle), np.sin(angle)])
cut = 7 * 60 * 50
network = SNNRegressor(dt=20, random_state=0).fit([session[:, :cut]], [target[:, :cut]])
(found,) = network.predict([session[:, cut:]])
decoded, true = np.arctan2(found[1], found[0]) % (2 * np.pi), angle[cut:]
error = np.degrees(abs(np.angle(np.exp(1j * (decoded - true)))))
print(f"median error {np.median(error):.0f} degrees")

time = np.arange(3000) / 50
figure, ax = plt.subplots(figsize=(8, 3), layout="constrained")
ax.plot(time, np.degrees(true[:3000]), ".", markersize=3, color="black", label="head")
ax.plot(time, np.degrees(decoded[:3000]), ".", markersize=3, color=palette()[0], label="decoded")
ax.set(xlabel="time (s)", ylabel="direction (degrees)", yticks=range(0, 361, 90))
ax.legend(frameon=False, ncols=2, loc="upper right", markerscale=3)
plt.show()
