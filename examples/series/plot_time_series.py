"""
Recognise motions from a sensor with two axes
=============================================

A pipeline of an encoder and a spiking network takes time series as arrays of shape (samples,
channels, times). The coding determines which information the network receives. This example
compares two codings with a linear baseline.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ValidationCurveDisplay, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skspike import SNNClassifier, SpikeEncoder
from skspike.coding import Delta, Poisson
from skspike.inspection import RasterDisplay, palette

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers
# sphinx_gallery_thumbnail_number = 2

# %%
# The series
# ----------
# A sensor with two axes moves in a circle to the left, in a circle to the right, or to and fro.
# Speed, size, starting point and noise differ between samples. The classes differ in the phase
# between the axes.


def make_motions(n_samples, n_times=150, random_state=None):
    """Make series of two channels, sampled every 10 ms, of three motions."""
    rng = np.random.default_rng(random_state)
    motion = rng.integers(3, size=n_samples)
    seconds = np.arange(n_times) / 100
    lag = np.array([np.pi / 2, -np.pi / 2, 0.0])[motion]
    turns = rng.uniform(0.8, 2.0, (n_samples, 1)) * seconds + rng.uniform(0, 1, (n_samples, 1))
    angle = 2 * np.pi * turns[:, None] - np.stack([np.zeros(n_samples), lag], axis=1)[:, :, None]
    size = rng.uniform(0.6, 1.4, (n_samples, 1, 1))
    return size * np.sin(angle) + 0.15 * rng.standard_normal(angle.shape), np.array(
        ["left", "right", "to and fro"])[motion]


X, y = make_motions(240, random_state=0)

# %%
# Two codings
# -----------
# **Poisson** coding emits spikes at a rate proportional to the value, that is the position on each
# axis. **Delta** coding emits a spike when the value has changed by a threshold, in one channel
# upwards and in another downwards. It encodes the direction of movement.

encoders = {
    "Poisson": SpikeEncoder(coding=Poisson(max_rate=1000.0), n_steps=150, random_state=0),
    "Delta": SpikeEncoder(coding=Delta(threshold=0.1), n_steps=150),
}
figure, axes = plt.subplots(
    3, 3, figsize=(10, 6), layout="constrained", height_ratios=(2, 1, 2), sharex=True)
for column, motion in zip(axes.T, np.unique(y), strict=True):
    k = np.flatnonzero(y == motion)[0]
    column[0].plot(X[k].T)
    column[0].set(title=motion, ylim=(X.min(), X.max()))
    for ax, (name, encoder) in zip(column[1:], encoders.items(), strict=True):
        RasterDisplay.from_raster(encoder.fit(X).transform(X[k : k + 1]), ax=ax)
        names = encoder.get_feature_names_out() if ax in axes[:, 0] else ()
        ax.set_yticks(range(len(names)), names)
        ax.set(xlabel="", ylabel=name if len(names) else "")
    column[2].set_xlabel("step")
axes[0, 0].set_ylabel("two axes")
for name, encoder in encoders.items():
    print(f"{name:<8} {encoder.transform(X).sum(axis=(1, 2)).mean():.0f} spikes a sample")
plt.show()

# %%
# Cross-validation of the whole pipeline
# --------------------------------------
# The encoder is the first step of the pipeline, so each fold scales the data by its own training
# part. The linear baseline has one coefficient for each value at each time. It fails because the
# motions start at a random point.

flat = FunctionTransformer(lambda series: series.reshape(len(series), -1))
models = {
    "linear, on the values": make_pipeline(
        flat, StandardScaler(), LogisticRegression(max_iter=1000))}
for name, encoder in encoders.items():
    for learn in (False, True):
        network = SNNClassifier(32, learn_intrinsic=learn, max_iter=15, random_state=0)
        models[
            f"{name}, {'learned' if learn else 'fixed'} neurons"] = make_pipeline(encoder, network)
for name, model in models.items():
    scores = cross_val_score(model, X, y, cv=3)
    print(f"{name:<25} accuracy {scores.mean():.3f} ± {scores.std(ddof=1):.3f}")

# %%
# The coding has the largest effect. Delta coding uses fewer spikes and directly encodes directions
# and their order. From Poisson spikes, the network must estimate directions in noise. Learning the
# neurons has a smaller effect.
#
# A parameter of the coding
# -------------------------
# The threshold of a coding can be searched like any other parameter. A low threshold also encodes
# noise. A high threshold encodes only large movements.

thresholds = [0.02, 0.05, 0.1, 0.2, 0.4]
figure, ax = plt.subplots(figsize=(5.5, 3.5), layout="constrained")
ValidationCurveDisplay.from_estimator(
    models["Delta, learned neurons"], X, y, param_name="spikeencoder__coding__threshold",
    param_range=thresholds, cv=3, ax=ax)
ax.set(xscale="linear", xlabel="threshold of Delta coding")
plt.show()
