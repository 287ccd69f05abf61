"""
One step at a time
==================

A recording that is still running has no last step to wait for. ``stream()`` turns a fitted network
into one that takes a step when it comes and answers at once: a microsecond or two for a small
network. What it gives is what the whole train would give, bit for bit.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skspike import SNNClassifier, SNNTransformer, SpikeEncoder
from skspike.coding import Poisson
from skspike.datasets import make_order
from skspike.plotting import palette

# %%
# A network that remembers
# ------------------------
# Two groups of channels fire, one after the other, and the class is which came first. Spikes that
# come back to their own layer (``recurrent=True``) help to keep the first group in mind until the
# second is there.

X, y = make_order(1000, random_state=0)
classifier = SNNClassifier(32, recurrent=True, max_iter=15, random_state=0).fit(X[:500], y[:500])
print(f"accuracy {classifier.score(X[500:], y[500:]):.3f}")

# %%
# The decision as it is made
# --------------------------
# Each step takes the spikes of all channels, and returns those of the neurons. ``predict_proba()``
# says what the train so far tells.

figure, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
for train, label in zip(X[500:512], y[500:512], strict=True):
    stream, course = classifier.stream(), []
    for spikes in train.T:
        stream.step(spikes)
        course.append(stream.predict_proba()[1])
    ax.plot(course, color=palette()[label])
ax.set(xlabel="time (ms)", ylabel="probability of class 1", ylim=(0, 1))
plt.show()
print(
    "the same as on the whole train:",
    bool((stream.predict_proba() == classifier.predict_proba(X[511:512])[0]).all()))

# %%
# The state is a plain array. What was saved goes on where it was, in another process too;
# ``reset()`` begins the next train.

stream = classifier.stream()
stream.step(X[500][:, :100])
kept = stream.state
stream.step(X[501])
stream.state = kept
stream.step(X[500][:, 100:])
print(
    "as if nothing had been between:",
    bool((stream.predict_proba() == classifier.predict_proba(X[500:501])[0]).all()))

# %%
# A whole pipeline
# ----------------
# An analog signal needs an encoder before the network, and any classifier may read the spikes.
# Poisson coding knows no past, so a signal can be encoded in pieces: the range of values is given,
# and the encoder of the stream has the length of a piece.


def make_tones(n_samples, random_state):
    """Make noisy series of 200 ms of a slow or a fast tone, on two channels."""
    rng = np.random.default_rng(random_state)
    fast = rng.integers(2, size=n_samples)
    angle = 2 * np.pi * (
        np.arange(200) / np.where(fast, 25, 50)[:, None] + rng.random((n_samples, 1)))
    return np.stack([np.sin(angle), -np.sin(angle)], axis=1) + 0.2 * rng.standard_normal(
        (n_samples, 2, 200)), fast


series, fast = make_tones(600, random_state=0)
coding = {"coding": Poisson(max_rate=1000.0), "value_range": (-1.5, 1.5), "random_state": 0}
counts = FunctionTransformer(lambda raster: raster.sum(axis=2))
network = SNNTransformer(64, neuron="lif", recurrent=True, max_iter=20, random_state=0)
pipeline = make_pipeline(
    SpikeEncoder(n_steps=200, **coding), network, counts, LogisticRegression(max_iter=1000))
pipeline.fit(series[:400], fast[:400])
print(f"accuracy on whole series {pipeline.score(series[400:], fast[400:]):.3f}")

encoder = SpikeEncoder(n_steps=10, **coding).fit(series[:, :, :10])
stream, readout = pipeline["snntransformer"].stream(), pipeline["logisticregression"]
totals = np.zeros((200, 20, 64))
for total, signal in zip(totals, series[400:], strict=True):
    stream.reset()
    for k, piece in enumerate(np.split(signal, 20, axis=1)):
        (spikes,) = encoder.transform(piece[None])
        total[k] = stream.step(spikes).sum(axis=1)
totals = totals.cumsum(axis=1)
print(f"accuracy piece by piece  {readout.score(totals[:, -1], fast[400:]):.3f}")

# %%
# The readout has learned the counts of whole series. What comes before the end is given to it as if
# it came at that pace to the end.

ends = 10 * np.arange(1, 21)
course = [readout.score(totals[:, k] * 200 / end, fast[400:]) for k, end in enumerate(ends)]
figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
ax.plot(ends, course, "o-", color=palette()[0])
ax.axhline(0.5, color="black", linestyle="--", label="chance")
ax.set(xlabel="length of the signal so far (ms)", ylabel="accuracy", ylim=(0.4, 1.02))
ax.legend(frameon=False, loc="lower right")
plt.show()
