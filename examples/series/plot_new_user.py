"""
Adapt a speech recogniser to a new user, and reject what is no speech
=====================================================================

A recogniser that was trained on some speakers makes more errors with a new one. One spoken sample
of each syllable is enough to adapt its readout (`skspike.adapt`). A recogniser also
names a syllable for noise. `skspike.RejectingClassifier` rejects it.
"""

import matplotlib.pyplot as plt
import numpy as np

from skspike import RejectingClassifier, SNNClassifier, adapt
from skspike.datasets import make_syllables
from skspike.inspection import palette

# %%
# Speakers who were not in the training data
# ------------------------------------------
# Each of 20 speakers has their own pitch, tempo and loudness. The network has 256 random neurons
# and a fitted readout. It learns from 12 speakers.

X, y, speaker = make_syllables(
    2000, n_onsets=2, n_vowels=3, n_sources=20, shift=0.1, return_sources=True, random_state=0)
known = speaker < 12
network = SNNClassifier(256, rule=None, delays=(0, 10, 20, 40), random_state=0)
network.fit(X[known], y[known])
print(f"accuracy on new speakers {network.score(X[~known], y[~known]):.2f}")

# %%
# One sample of each syllable
# ---------------------------
# ``adapt`` returns a copy with other coefficients of the readout. For each new speaker, we adapt a
# copy to one sample of each of the six syllables, and score it on the other samples.

before, after = [], []
for one in range(12, 20):
    rows = np.flatnonzero(speaker == one)
    few = rows[np.unique(y[rows], return_index=True)[1]]
    rest = np.setdiff1d(rows, few)
    before.append(network.score(X[rest], y[rest]))
    after.append(adapt(network, X[few], y[few]).score(X[rest], y[rest]))
print(f"mean accuracy {np.mean(before):.2f}, adapted {np.mean(after):.2f}")

colours = palette(3)
fig, ax = plt.subplots(figsize=(6.5, 2.8), layout="constrained")
place = np.arange(8)
ax.bar(place - 0.2, before, 0.4, color=colours[0], label="before")
ax.bar(place + 0.2, after, 0.4, color=colours[1], label="adapted to one sample per syllable")
ax.set(xlabel="new speaker", ylabel="accuracy", ylim=(0, 1), xticks=place)
ax.legend(loc="upper left", fontsize="small")

# %%
# Sounds that are no syllables
# ----------------------------
# The network is often sure about noise, although it has never learned noise.

rng = np.random.default_rng(0)
noise = (rng.random((300, *X.shape[1:])) < X.mean()).astype(np.uint8)
sure = (network.predict_proba(noise).max(axis=1) > 0.9).mean()
print(f"noise that has a probability above 0.9: {sure:.0%}")

# %%
# A `~skspike.RejectingClassifier` holds out a part of the training data, and sets a
# threshold that 5 % of these samples exceed. Compare this with the share of new speakers that is
# rejected. "Half as loud" are new speakers with half of their spikes. Noise is far above the
# threshold.

rejecting = RejectingClassifier(network, unknown=-1, random_state=0).fit(X[known], y[known])
groups = {"new speakers": X[~known][:300], "noise": noise, "half as loud": X[~known][:300] * (
    rng.random((300, *X.shape[1:])) < 0.5)}
fig, ax = plt.subplots(figsize=(6.5, 2.8), layout="constrained")
for (name, samples), colour in zip(groups.items(), colours, strict=True):
    novelty = rejecting.novelty(samples)
    rejected = (rejecting.predict(samples) == -1).mean()
    print(f"{name}: {rejected:.0%} rejected")
    ax.hist(novelty, 40, color=colour, alpha=0.7, label=f"{name}, {rejected:.0%} rejected")
ax.axvline(rejecting.novelty_threshold_, color="black", linestyle="--")
ax.set(xlabel="novelty", ylabel="samples")
ax.legend(fontsize="small")
plt.show()
