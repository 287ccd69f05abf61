"""
Classify images with random and with learned filters
====================================================

Neighbouring pixels of an image belong together. `skspike.SpikingPatches` draws random filters and
counts the spikes of neurons that share them over all positions, and a linear classifier reads the
counts. A `skspike.Convolution` is a layer of a network, which learns its filters. This example
compares both on handwritten digits, with the time that they take.
"""

import time
import warnings

import matplotlib.pyplot as plt
from matplotlib.colors import LinearSegmentedColormap
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import RidgeClassifierCV
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skspike import Convolution, SNNClassifier, SpikingPatches
from skspike.inspection import palette

warnings.filterwarnings("ignore", category=ConvergenceWarning)  # training is short on purpose
BLUE, ORANGE = palette(2)
SIGNED = LinearSegmentedColormap.from_list("signed", [BLUE, "white", ORANGE])
# sphinx_gallery_thumbnail_number = 2

# %%
# Fit and score
# -------------
# A fit of random filters computes features once, and solves one linear system. Learned filters need
# epochs. On digits of 8 x 8 pixels both are accurate.

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
patches = SpikingPatches(64, image_shape=(8, 8), random_state=0)
layers = (Convolution(16, size=3, image_shape=(8, 8)), 32)
network = SNNClassifier(layers, max_iter=15, alpha=0.0, random_state=0)
network.set_params(rule__augment=None, rule__dropout=0.0)  # no trials, to save time
models = {"random filters": make_pipeline(patches, RidgeClassifierCV()), "learned filters": network}
for name, model in models.items():
    start = time.perf_counter()
    model.fit(X_train, y_train)
    seconds = time.perf_counter() - start
    print(f"{name:<16} accuracy {model.score(X_test, y_test):.3f}, fit {seconds:.1f} s")

figure, axes = plt.subplots(2, 8, figsize=(8, 2.2), layout="constrained")
for ax, image, label, found in zip(
        axes.flat, X_test, y_test, network.predict(X_test[:16]), strict=False):
    ax.imshow(image.reshape(8, 8), cmap="Greys")
    ax.set_title(found, color="black" if found == label else ORANGE)
    ax.axis("off")
figure.suptitle("Digits and the class that the network predicts")
plt.show()

# %%
# The learned filters
# -------------------
# Each neuron of the first layer sees 3 x 3 pixels. Positive weights are orange, negative ones are
# blue.

weights = network.weights_[0][:, :, 0]
limit = abs(weights).max()
figure, axes = plt.subplots(2, 8, figsize=(8, 2.2), layout="constrained")
for k, ax in enumerate(axes.flat):
    ax.imshow(weights[:, :, k], cmap=SIGNED, vmin=-limit, vmax=limit)
    ax.axis("off")
figure.suptitle("16 filters of 3 x 3 pixels")
plt.show()
