"""
Recognise syllables of new speakers
===================================

A syllable consists of an onset that glides into a vowel. To classify syllables, a neuron must
combine present and past input. Delays present past input again. Recurrent connections keep past
activity in the network. Each is one parameter.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from sklearn.model_selection import GroupShuffleSplit

from skspike import SNNClassifier
from skspike.datasets import make_syllables
from skspike.inspection import RasterDisplay, palette

BLUE, ORANGE = palette(2)
SIGNED = LinearSegmentedColormap.from_list("signed", [BLUE, "white", ORANGE])
# sphinx_gallery_thumbnail_number = 2

# %%
# The syllables
# -------------
# Three bands of activity glide over twenty channels. Four of the twelve classes share each onset,
# and three share each vowel. Speakers differ in pitch, tempo and loudness. The test part contains
# other speakers than the training part.


def draw(seed):
    """Return rasters and labels of training speakers and of other test speakers."""
    X, y, speakers = make_syllables(
        600, n_steps=150, dt=2.0, return_sources=True, random_state=seed)
    train, test = next(GroupShuffleSplit(1, test_size=0.3, random_state=seed).split(X, y, speakers))
    return X[train], X[test], y[train], y[test]


X_train, X_test, y_train, y_test = draw(2)
pair = [np.flatnonzero(y_train == label)[0] for label in (0, 5)]
figure, ax = plt.subplots(figsize=(8, 4), layout="constrained")
RasterDisplay.from_raster(X_train[pair], y_train[pair], dt=2.0, ax=ax)
ax.set_title("Two syllables with different onset and vowel")
plt.show()

# %%
# Accuracy with and without delays and recurrence
# -----------------------------------------------
# The readout counts spikes over the whole sample, so only the neurons can use the order of events.
# We repeat the comparison with three seeds, for data, speakers and initial weights. Chance is one
# in twelve.

DELAYS = (0, 10, 20, 30, 40, 50)  # ms
kinds = {
    "neither": {"delays": None},
    "recurrent": {"delays": None, "recurrent": True},
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

figure, ax = plt.subplots(figsize=(5.5, 3.5), layout="constrained")
for row in zip(*scores.values(), strict=True):
    ax.plot(list(scores), row, "o-", color="0.75")
ax.plot(
    list(scores), np.mean(list(scores.values()), axis=1), "_", color=BLUE, markersize=40,
    markeredgewidth=4)
ax.set(ylabel="accuracy on new speakers", ylim=(0, 1), title="Lines: seeds. Bars: means")
plt.show()

# %%
# Learned delayed weights
# -----------------------
# A network without training (``rule=None``) has the same initial weights if it has the same seed.
# The difference is the effect of training. For each neuron it is a map over channels and delays.
# The maps are smooth, like the glides, although nothing in training enforces this. Weights of
# neighbouring delays have changed in a similar way, weights of neighbouring channels less so.

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
figure.suptitle("Change of weights (orange: increase, blue: decrease)")
plt.show()

# %%
# Learned recurrent weights
# -------------------------
# Neurons are sorted by the channel with the largest increase of their weights. The weight between
# two neurons tends to increase if their learned maps are similar.

order = np.argsort(change.mean(axis=0).argmax(axis=0), kind="stable")
added = (network.recurrent_weights_[0] - before.recurrent_weights_[0])[np.ix_(order, order)]
alike = np.corrcoef(change.reshape(-1, 32).T[order])
others = ~np.eye(32, dtype=bool)
correlation = np.corrcoef(alike[others], added[others])[0, 1]
print(
    "pairs of neurons: correlation between similarity of maps and change of weight "
    f"{correlation:.2f}")

figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained", sharey=True)
for ax, values, title in zip(
        axes, (alike, added),
        ("similarity of learned maps", "change of recurrent weights"), strict=True):
    limit = np.abs(values[others]).max()
    image = ax.imshow(values, cmap=SIGNED, vmin=-limit, vmax=limit)
    figure.colorbar(image, ax=ax, shrink=0.8)
    ax.set(title=title, xlabel="to neuron")
axes[0].set_ylabel("from neuron")
plt.show()
