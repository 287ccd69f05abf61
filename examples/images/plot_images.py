"""
Classify images with filters that are random or learned
=======================================================

A pixel means little without its neighbours. `skspike.SpikingPatches` draws random filters of
neighbouring pixels, which need no training. The filters of a `skspike.Convolution` are learned with
the network. Which is better, and how long does each take?
"""

import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import RidgeClassifierCV
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skspike import Convolution, SNNClassifier, SpikingPatches
from skspike.inspection import palette

# %%
# Three models
# ------------
# Images are rows of pixels, and ``image_shape`` states which pixels are neighbours. The last model
# is a network that does not know it.

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
models = {
    "random filters": make_pipeline(
        SpikingPatches(image_shape=(8, 8), random_state=0), RidgeClassifierCV()),
    "learned filters": SNNClassifier(
        (Convolution(16, size=3, image_shape=(8, 8)), 32), max_iter=15, random_state=0),
    "no filters": SNNClassifier(32, max_iter=15, random_state=0)}
scores = {}
for name, model in models.items():
    start = time.perf_counter()
    model.fit(X_train, y_train)
    scores[name] = model.score(X_test, y_test)
    seconds = time.perf_counter() - start
    print(f"{name:<16} {100 * scores[name]:.1f} % right, fitted in {seconds:.0f} s")

# %%
# Which digits does each model confuse?
# -------------------------------------
# The network without filters gets these test digits wrong. Below each digit are the answers of all
# models, and above it is the truth.

answers = {name: model.predict(X_test) for name, model in models.items()}
wrong = np.flatnonzero(answers["no filters"] != y_test)[:8]
figure, axes = plt.subplots(1, 8, figsize=(9, 2), layout="constrained")
for ax, k in zip(axes, wrong, strict=True):
    ax.imshow(X_test[k].reshape(8, 8), cmap=plt.cm.gray_r)
    ax.set(xticks=[], yticks=[], title=str(y_test[k]))
    ax.set_xlabel("\n".join(f"{name}: {found[k]}" for name, found in answers.items()), fontsize=7)
plt.show()

# %%
# Random filters are enough here. Learned filters can run as a stream, on the events of a camera.

figure, ax = plt.subplots(figsize=(5, 2), layout="constrained")
ax.barh(list(scores), [100 * (1 - score) for score in scores.values()], color=palette()[0])
ax.set(xlabel="errors (%)")
ax.invert_yaxis()
plt.show()
