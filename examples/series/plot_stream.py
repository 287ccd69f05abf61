"""
Classify a signal while it arrives
==================================

``stream()`` turns a fitted network into an object that processes one time step at a time. A step
takes one or two microseconds for a small network. After the last step, the result is bit-identical
to the result for the whole sample.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline

from skspike import SNNClassifier, SpikeEncoder, stream_of
from skspike.datasets import make_order
from skspike.inspection import palette

# %%
# A recurrent network
# -------------------
# Two groups of channels fire one after the other, and the class is their order. Recurrent
# connections (``recurrent=True``) help to remember the first group until the second group fires.

X, y = make_order(1000, random_state=0)
classifier = SNNClassifier(32, recurrent=True, max_iter=15, random_state=0).fit(X[:500], y[:500])
print(f"accuracy {classifier.score(X[500:], y[500:]):.3f}")

# %%
# Probability after each step
# ---------------------------
# ``step`` takes the spikes of all channels in one time step and returns the spikes of the neurons.
# ``predict_proba()`` returns the class probabilities for the spikes so far.

figure, ax = plt.subplots(figsize=(5.5, 3.5), layout="constrained")
for train, label in zip(X[500:512], y[500:512], strict=True):
    stream, course = classifier.stream(), []
    for spikes in train.T:
        stream.step(spikes)
        course.append(stream.predict_proba()[1])
    ax.plot(course, color=palette()[label])
ax.set(xlabel="time (ms)", ylabel="probability of class 1", ylim=(0, 1))
plt.show()
print(
    "same result as for the whole sample:",
    bool((stream.predict_proba() == classifier.predict_proba(X[511:512])[0]).all()))

# %%
# Save and restore the state
# --------------------------
# The state is an array. You can save it and continue later, also in another process. ``reset()``
# starts the next sample.

stream = classifier.stream()
stream.step(X[500][:, :100])
kept = stream.state
stream.step(X[501])
stream.state = kept
stream.step(X[500][:, 100:])
print(
    "same result after restoring the state:",
    bool((stream.predict_proba() == classifier.predict_proba(X[500:501])[0]).all()))

# %%
# A whole pipeline
# ----------------
# An analog signal must be encoded before the network. ``stream_of`` returns the stream of a fitted
# pipeline of an encoder and a network. It takes the values of one or more steps. After the last
# step, the result is that of the pipeline. With ``streaming=True``, "auto" chooses only settings
# that work step by step.


def make_tones(n_samples, random_state):
    """Make noisy slow or fast tones of 200 ms on two channels."""
    rng = np.random.default_rng(random_state)
    fast = rng.integers(2, size=n_samples)
    angle = 2 * np.pi * (
        np.arange(200) / np.where(fast, 25, 50)[:, None] + rng.random((n_samples, 1)))
    return np.stack([np.sin(angle), -np.sin(angle)], axis=1) + 0.2 * rng.standard_normal(
        (n_samples, 2, 200)), fast


series, fast = make_tones(600, random_state=0)
pipeline = make_pipeline(
    SpikeEncoder(), SNNClassifier(64, streaming=True, max_iter=20, random_state=0))
pipeline.fit(series[:400], fast[:400])
print(f"accuracy on whole series {pipeline.score(series[400:], fast[400:]):.3f}")

stream, right = stream_of(pipeline), np.zeros((200, 20), dtype=bool)
for row, signal, label in zip(right, series[400:], fast[400:], strict=True):
    stream.reset()
    for k, piece in enumerate(np.split(signal, 20, axis=1)):
        stream.step(piece)
        row[k] = stream.predict_proba().argmax() == label
print(f"accuracy piece by piece  {right[:, -1].mean():.3f}")

# %%
# Classification before the end
# -----------------------------
# The probabilities are available after each piece. `~skspike.EarlyClassifier` chooses when to use
# them.

figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
ax.plot(10 * np.arange(1, 21), right.mean(axis=0), "o-", color=palette()[0])
ax.axhline(0.5, color="black", linestyle="--", label="chance")
ax.set(xlabel="length of the signal so far (ms)", ylabel="accuracy", ylim=(0.4, 1.02))
ax.legend(frameon=False, loc="lower right")
plt.show()
