"""
Classify noisy series by their shape, without training a network
================================================================

Archives of time series, and packages such as aeon that load them, use arrays of shape (n_cases,
n_channels, n_timepoints). skspike's estimators take these arrays directly. Cylinder, bell and
funnel is a classic data set of the archives [1]_. It is defined by a formula, so this example needs
no file.

.. [1] N. Saito, "Local feature extraction and its applications using a library of bases", PhD
    thesis, Yale University, 1994.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import RidgeClassifierCV
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from skspike import SNNClassifier, SpikeEncoder, SpikingRocket
from skspike.inspection import RasterDisplay, palette

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers

# %%
# The series
# ----------
# A plateau, a rising ramp or a falling ramp starts and ends at random times, with noise. The
# training part has thirty series, as in the archive.
#
# With aeon installed, you can use any of its data sets instead:
#
# .. code-block:: python
#
#     from aeon.datasets import load_gunpoint
#
#     X_train, y_train = load_gunpoint(split="train")  # (50, 1, 150)
#     X_test, y_test = load_gunpoint(split="test")


def make_cylinder_bell_funnel(n_cases, random_state):
    """Return series (n_cases, 1, 128) and their shapes."""
    rng = np.random.default_rng(random_state)
    y, t = rng.integers(3, size=n_cases), np.arange(1, 129)
    begin = rng.integers(16, 33, (n_cases, 1))
    end = begin + rng.integers(32, 97, (n_cases, 1))
    part = (t - begin) / (end - begin)
    shapes = np.stack([np.ones_like(part), part, 1 - part], axis=1)[np.arange(n_cases), y]
    height = 6 + rng.standard_normal((n_cases, 1))
    X = height * shapes * ((part >= 0) & (part <= 1)) + rng.standard_normal(part.shape)
    return X[:, None], np.array(["cylinder", "bell", "funnel"])[y]


X, y = make_cylinder_bell_funnel(930, random_state=0)
X_train, X_test, y_train, y_test = X[:30], X[30:], y[:30], y[30:]

# %%
# From series to spikes
# ---------------------
# For fewer than 100 series, ``SpikeEncoder`` makes four channels by default: values above and below
# the mean, rises and falls. It does not use the labels.

encoder = SpikeEncoder().fit(X_train)
figure, axes = plt.subplots(
    2, 3, figsize=(7, 3.6), layout="constrained", sharex=True, sharey="row", height_ratios=(3, 2))
for k, (column, name) in enumerate(zip(axes.T, ("cylinder", "bell", "funnel"), strict=True)):
    case = np.flatnonzero(y_train == name)[0]
    column[0].plot(X_train[case, 0], color=f"C{k}")
    column[0].set_title(name)
    RasterDisplay.from_raster(
        encoder.transform(X_train[case : case + 1]), ax=column[1], color=f"C{k}", linewidth=1.5)
    column[1].set(xlabel="time (steps)", ylabel="")
axes[0, 0].set_ylabel("value")
names = encoder.get_feature_names_out()
axes[1, 0].set_yticks(range(len(names)), names)
plt.show()

# %%
# Three classifiers
# -----------------
# We compare a spiking network, `skspike.SpikingRocket` (random neurons with delays, followed by a
# linear classifier) and the nearest neighbour, a common baseline.

models = {
    "nearest neighbour": KNeighborsClassifier(1),
    "SNNClassifier": make_pipeline(SpikeEncoder(), SNNClassifier(random_state=0)),
    "SpikingRocket": make_pipeline(
        SpikingRocket(random_state=0), RidgeClassifierCV(np.logspace(-2, 6, 9)))}
flat = {"nearest neighbour": (X_train[:, 0], X_test[:, 0])}
answers = {}
for name, model in models.items():
    train, test = flat.get(name, (X_train, X_test))
    answers[name] = model.fit(train, y_train).predict(test)
    print(
        f"{name:<18} accuracy on {len(y_test)} new series: {np.mean(answers[name] == y_test):.3f}")

# %%
# Confusion matrices
# ------------------
# Each row is a true class, each column a predicted class.

figure, axes = plt.subplots(1, 3, figsize=(10, 3.6), layout="constrained", sharey=True)
for ax, (name, answer) in zip(axes, answers.items(), strict=True):
    ConfusionMatrixDisplay.from_predictions(
        y_test, answer, normalize="true", values_format=".2f", colorbar=False, ax=ax)
    ax.set_title(f"{name}: {np.mean(answer == y_test):.3f}")
for ax in axes[1:]:
    ax.set_ylabel("")
plt.show()
