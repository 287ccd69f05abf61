"""
Evidence as it comes in
=======================

A decision need not wait for the end of a signal. Here a stream is asked after every step, and the
film shows how the answer of a network forms while the spikes arrive, and how long it takes until it
is right.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

from skspike import SNNClassifier
from skspike.datasets import make_templates
from skspike.plotting import palette

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # everybody can tell them apart
plt.rcParams["animation.writer"] = "pillow"  # comes with matplotlib
# sphinx_gallery_thumbnail_number = 2

# %%
# The patterns
# ------------
# Each class is a pattern of latencies, one spike per channel, which a sample repeats with jitter
# among spikes of the background. A network learns to tell the patterns apart.

X, y = make_templates(1000, n_classes=4, random_state=0)
n_steps = X.shape[2]
network = SNNClassifier(64, readout="count", max_iter=30, random_state=0).fit(X[:600], y[:600])
print(f"accuracy on whole trains: {network.score(X[600:], y[600:]):.3f}")

# %%
# Asking after each step
# ----------------------
# ``step`` takes the spikes of one step, and ``predict_proba`` tells the probabilities by what has
# come so far. Of 200 new trains we keep the course of all probabilities.

stream = network.stream()
courses = np.empty((200, n_steps, 4))
for course, train in zip(courses, X[600:800], strict=True):
    stream.reset()
    for step, spikes in enumerate(train.T):
        stream.step(spikes)
        course[step] = stream.predict_proba()

# %%
# One train, as a film
# --------------------
# Above, the spikes that have come so far; below, the probability of each class.

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
figure.set_layout_engine("none")  # a layout for all pictures, found once


def draw(until):
    """Show what is known after so many steps."""
    marks.set_data(step[step < until], channel[step < until])
    for line, values in zip(lines, courses[shown].T, strict=True):
        line.set_data(range(until), values[:until])
    for line in now:
        line.set_xdata([until, until])


film = FuncAnimation(figure, draw, frames=np.linspace(0, n_steps, 21, dtype=int), interval=150)
plt.show()

# %%
# How soon is it right?
# ---------------------
# The share of the 200 trains on which the network would be right, had it to answer at this moment,
# and the share of those on which it is sure, with a probability above 0.9. Evidence can be traded
# for time.

right = (courses.argmax(axis=2) == y[600:800, None]).mean(axis=0)
sure = (courses.max(axis=2) > 0.9).mean(axis=0)
for moment in (n_steps // 4, n_steps // 2, n_steps - 1):
    print(f"after {moment + 1:3d} ms: right on {right[moment]:.2f}, sure on {sure[moment]:.2f}")

figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
ax.plot(right, label="right")
ax.plot(sure, label="sure")
ax.axhline(0.25, color="black", linestyle="--", label="chance")
ax.set(xlabel="time (ms)", ylabel="share of 200 new trains", ylim=(0, 1.02))
ax.legend(frameon=False, loc="upper left")
plt.show()
