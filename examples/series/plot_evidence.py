"""
Classify spike patterns step by step, as a film
===============================================

A stream can classify a signal before it ends. This example computes class probabilities after every
time step, shows them in a film, and measures how early the classification is correct.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

from skspike import SNNClassifier
from skspike.datasets import make_templates
from skspike.inspection import palette

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers
plt.rcParams["animation.writer"] = "pillow"  # part of matplotlib
# sphinx_gallery_thumbnail_number = 2

# %%
# The patterns
# ------------
# Each class is a pattern with one spike time per channel. A sample repeats the pattern with jitter
# and background spikes. A network is trained to classify the patterns.

X, y = make_templates(1000, n_classes=4, random_state=0)
n_steps = X.shape[2]
network = SNNClassifier(64, readout="count", max_iter=30, random_state=0).fit(X[:600], y[:600])
print(f"accuracy on whole trains: {network.score(X[600:], y[600:]):.3f}")

# %%
# Probabilities after each step
# -----------------------------
# ``step`` takes the spikes of one time step. ``predict_proba`` returns the class probabilities for
# the spikes so far. We store the probabilities of 200 new samples at all steps.

stream = network.stream()
courses = np.empty((200, n_steps, 4))
for course, train in zip(courses, X[600:800], strict=True):
    stream.reset()
    for step, spikes in enumerate(train.T):
        stream.step(spikes)
        course[step] = stream.predict_proba()

# %%
# A film of one sample
# --------------------
# The upper panel shows the spikes so far. The lower panel shows the probability of each class.

shown = int(np.argmax(courses[:, -1].max(axis=1) * (courses[:, -1].argmax(axis=1) == y[600:800])))
step, channel = np.nonzero(X[600 + shown].T)
figure, (top, bottom) = plt.subplots(
    2, 1, figsize=(6.4, 4.4), dpi=60, layout="constrained", sharex=True)
(marks,) = top.plot([], [], "|", color="black", markersize=4)
lines = [
    bottom.plot([], [], linewidth=2.5, label=f"class {label}")[0] for label in network.classes_]
now = [ax.axvline(0, color="0.6", linewidth=1) for ax in (top, bottom)]
top.set(ylabel="channel", ylim=(X.shape[1], -1), title=f"A train of class {y[600 + shown]}")
bottom.set(xlabel="time (ms)", ylabel="probability", xlim=(0, n_steps), ylim=(0, 1.02))
bottom.legend(frameon=False, loc="center right")
figure.draw_without_rendering()
figure.set_layout_engine("none")  # use one layout for all frames


def draw(until):
    """Draw spikes and probabilities up to a time step."""
    marks.set_data(step[step < until], channel[step < until])
    for line, values in zip(lines, courses[shown].T, strict=True):
        line.set_data(range(until), values[:until])
    for line in now:
        line.set_xdata([until, until])


film = FuncAnimation(figure, draw, frames=np.linspace(0, n_steps, 21, dtype=int), interval=150)
plt.show()

# %%
# Accuracy against time
# ---------------------
# The figure shows the proportion of the 200 samples that would be classified correctly at each
# time, and the proportion with a probability above 0.9. An early decision is faster and less
# accurate.

right = (courses.argmax(axis=2) == y[600:800, None]).mean(axis=0)
sure = (courses.max(axis=2) > 0.9).mean(axis=0)
for moment in (n_steps // 4, n_steps // 2, n_steps - 1):
    print(f"after {moment + 1:3d} ms: right on {right[moment]:.2f}, sure on {sure[moment]:.2f}")

figure, ax = plt.subplots(figsize=(5.5, 3.5), layout="constrained")
ax.plot(right, label="right")
ax.plot(sure, label="sure")
ax.axhline(0.25, color="black", linestyle="--", label="chance")
ax.set(xlabel="time (ms)", ylabel="share of 200 new trains", ylim=(0, 1.02))
ax.legend(frameon=False, loc="center right")
plt.show()
