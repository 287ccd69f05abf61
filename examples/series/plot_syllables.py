"""
Delays and recurrence, and what they learn
==========================================

A syllable is an onset that glides into a vowel. To tell syllables apart, a neuron must relate what
it hears to what it has heard. Delayed copies of the input bring the past to it, and recurrent
connections let the past go on inside the network. Both are one parameter.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from sklearn.model_selection import GroupShuffleSplit

from skspike import SNNClassifier
from skspike.datasets import make_syllables
from skspike.plotting import RasterDisplay, palette

BLUE, ORANGE = palette(2)
SIGNED = LinearSegmentedColormap.from_list("signed", [BLUE, "white", ORANGE])
# sphinx_gallery_thumbnail_number = 3

# %%
# The syllables
# -------------
# Three bands of activity glide over twenty channels. Of the twelve classes, four share an onset and
# three a vowel. Speakers differ in pitch, tempo and loudness, and those in the test are none of
# those in training.


def draw(seed):
    """Return rasters and labels of some speakers to train on, and of others to test on."""
    X, y, speakers = make_syllables(
        1000, n_steps=150, dt=2.0, return_sources=True, random_state=seed)
    train, test = next(GroupShuffleSplit(1, test_size=0.3, random_state=seed).split(X, y, speakers))
    return X[train], X[test], y[train], y[test]


X_train, X_test, y_train, y_test = draw(2)
pair = [np.flatnonzero(y_train == label)[0] for label in (0, 5)]
figure, ax = plt.subplots(figsize=(8, 4), layout="constrained")
RasterDisplay.from_raster(X_train[pair], y_train[pair], dt=2.0, ax=ax)
ax.set_title("Two syllables of other onset and vowel")
plt.show()

# %%
# With and without
# ----------------
# The readout counts spikes over the whole time, so that whatever is known of order must be known by
# the neurons. Three draws of data, of speakers and of initial weights; chance is one in twelve.

DELAYS = (0, 10, 20, 30, 40, 50)  # ms
kinds = {
    "neither": {},
    "recurrent": {"recurrent": True},
    "delays": {"delays": DELAYS},
    "both": {"delays": DELAYS, "recurrent": True},
}
scores, networks = {name: [] for name in kinds}, {}
for seed in range(3):
    X_train, X_test, y_train, y_test = draw(seed)
    for name, options in kinds.items():
        network = SNNClassifier(
            32, dt=2.0, readout="count", max_iter=20, random_state=seed, **options).fit(
            X_train, y_train)
        scores[name].append(network.score(X_test, y_test))
        networks[name] = network
for name, score in scores.items():
    print(
        f"{name:<10} accuracy {np.mean(score):.3f} ± {np.std(score, ddof=1):.3f}    "
        + "  ".join(f"{value:.3f}" for value in score))

figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
for row in zip(*scores.values(), strict=True):
    ax.plot(list(scores), row, "o-", color="0.75")
ax.plot(
    list(scores), np.mean(list(scores.values()), axis=1), "_", color=BLUE, markersize=40,
    markeredgewidth=4)
ax.set(ylabel="accuracy on new speakers", ylim=(0, 1), title="Each line is a draw; bars are means")
plt.show()

# %%
# What learning has added
# -----------------------
# The same seed without a rule gives the initial weights, and the difference is what was learned.
# For a neuron that is a map of channels and delays, and it is smooth, as the glides are, although
# nothing asked for that: neighbouring delays have changed alike, and so have neighbouring channels,
# if less.

network = networks["both"]
before = SNNClassifier(32, dt=2.0, rule=None, random_state=2, **kinds["both"]).fit(X_train, y_train)
change = (network.weights_[0] - before.weights_[0]).reshape(len(DELAYS), 20, 32)
correlation = {"delays": (change[:-1], change[1:]), "channels": (change[:, :-1], change[:, 1:])}
for name, (one, next_one) in correlation.items():
    print(
        f"neighbouring {name:<9} correlation of the changes "
        f"{np.corrcoef(one.ravel(), next_one.ravel())[0, 1]:.2f}")

strongest = np.argsort(-change.std(axis=(0, 1)))[:6]
figure, axes = plt.subplots(1, 6, figsize=(10, 3.2), layout="constrained", sharey=True)
for ax, neuron in zip(axes, strongest, strict=True):
    limit = np.abs(change[:, :, neuron]).max()
    ax.pcolormesh(
        DELAYS, np.arange(20), change[:, :, neuron].T, cmap=SIGNED, vmin=-limit, vmax=limit)
    ax.set(title=f"neuron {neuron}", xlabel="delay (ms)")
axes[0].set_ylabel("channel")
figure.suptitle("Change of the weights: orange up, blue down")
plt.show()

# %%
# Recurrent weights have changed as well. The neurons stand in the order of the channel that they
# have learned to hear most. The weight between two neurons has grown where they have learned to
# hear alike, if not always.

order = np.argsort(change.mean(axis=0).argmax(axis=0), kind="stable")
added = (network.recurrent_weights_[0] - before.recurrent_weights_[0])[np.ix_(order, order)]
alike = np.corrcoef(change.reshape(-1, 32).T[order])
others = ~np.eye(32, dtype=bool)
correlation = np.corrcoef(alike[others], added[others])[0, 1]
print(
    "pairs of neurons: correlation of how alike they hear and how the weight between them has "
    f"changed: {correlation:.2f}")

figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained", sharey=True)
for ax, values, title in zip(
        axes, (alike, added),
        ("how alike they have learned to hear", "change of the recurrent weights"), strict=True):
    limit = np.abs(values[others]).max()
    image = ax.imshow(values, cmap=SIGNED, vmin=-limit, vmax=limit)
    figure.colorbar(image, ax=ax, shrink=0.8)
    ax.set(title=title, xlabel="to neuron")
axes[0].set_ylabel("from neuron")
plt.show()
