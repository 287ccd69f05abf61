"""
Classifying a time series
=========================

A spiking pipeline takes analog series as they are: an array of shape (samples, channels, times). An encoder turns them into spikes,
and how it does so decides what the network gets to see. Two codings are compared here, beside a linear baseline.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skspike import SNNClassifier, SpikeEncoder
from skspike.coding import Delta, Poisson
from skspike.plotting import RasterDisplay

# %%
# The series
# ----------
# A sensor with two axes is moved in a circle to the left, in a circle to the right, or to and fro. Speed, size, starting point and
# noise differ from sample to sample; what tells the classes apart is which axis runs ahead of the other.


def make_motions(n_samples, n_times=150, random_state=0):
    """Make series of two channels, sampled every 10 ms, of three motions."""
    rng = np.random.default_rng(random_state)
    motion = rng.integers(3, size=n_samples)
    seconds = np.arange(n_times) / 100
    lag = np.array([np.pi / 2, -np.pi / 2, 0.0])[motion]
    turns = rng.uniform(0.8, 2.0, (n_samples, 1)) * seconds + rng.uniform(0, 1, (n_samples, 1))
    angle = 2 * np.pi * turns[:, None] - np.stack([np.zeros(n_samples), lag], axis=1)[:, :, None]
    size = rng.uniform(0.6, 1.4, (n_samples, 1, 1))
    return size * np.sin(angle) + 0.15 * rng.standard_normal(angle.shape), np.array(["left", "right", "to and fro"])[motion]


X, y = make_motions(600)
print(f"X has shape {X.shape}")

# %%
# Two ways into spikes
# --------------------
# **Poisson** coding lets a channel fire at a rate that follows its value: many spikes, and noise. **Delta** coding sends a spike only
# when a value has moved by a threshold, on one channel upwards and on another downwards: few spikes, each a fact.

poisson = SpikeEncoder(coding=Poisson(max_rate=300.0), n_steps=150, random_state=0)
delta = SpikeEncoder(coding=Delta(threshold=0.05), n_steps=150)
motions = np.unique(y)
figure, axes = plt.subplots(3, 3, figsize=(10, 6), layout="constrained", height_ratios=(2, 1, 2))
for column, motion in zip(axes.T, motions, strict=True):
    k = np.flatnonzero(y == motion)[0]
    column[0].plot(X[k].T)
    column[0].set(title=motion, ylim=(X.min(), X.max()), xlim=(0, X.shape[2]))
    for ax, encoder in zip(column[1:], (poisson, delta), strict=True):
        RasterDisplay.from_raster(encoder.fit(X).transform(X[k : k + 1]), ax=ax)
    column[1].set(xlabel="", yticks=range(2), ylabel="")
    column[2].set(xlabel="step", yticks=range(4), ylabel="")
axes[0, 0].set_ylabel("series, two axes")
axes[1, 0].set(ylabel="Poisson", yticks=range(2), yticklabels=poisson.get_feature_names_out())
axes[2, 0].set(ylabel="Delta", yticks=range(4), yticklabels=delta.get_feature_names_out())
plt.show()

# %%
# The whole pipeline in a cross-validation
# ----------------------------------------
# The encoder is the first step of the pipeline, so that each fold scales by its own training data. The baseline sees every value at
# every time, but weighs each on its own, and since the motions start anywhere, no single value means anything.

flat = FunctionTransformer(np.reshape, kw_args={"shape": (-1, X.shape[1] * X.shape[2])})
models = {
    "linear, on the values": make_pipeline(flat, StandardScaler(), LogisticRegression(max_iter=1000)),
    "Poisson, fixed neurons": make_pipeline(poisson, SNNClassifier(32, learn_intrinsic=False, random_state=0)),
    "Poisson, learned neurons": make_pipeline(poisson, SNNClassifier(32, random_state=0)),
    "Delta, fixed neurons": make_pipeline(delta, SNNClassifier(32, learn_intrinsic=False, random_state=0)),
    "Delta, learned neurons": make_pipeline(delta, SNNClassifier(32, random_state=0)),
}
for name, model in models.items():
    scores = cross_val_score(model, X, y, cv=5)
    print(f"{name:<25} accuracy {scores.mean():.3f} ± {scores.std(ddof=1):.3f}")

for name, encoder in (("Poisson", poisson), ("Delta", delta)):
    print(f"{name:<8} {encoder.fit_transform(X).sum(axis=(1, 2)).mean():.0f} spikes a sample")
