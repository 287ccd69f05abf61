"""
Recognise handwritten digits by spikes and their complexity
===========================================================

Pixels of handwritten digits are encoded as spike trains. A spiking network is trained on them, and
a classifier uses the Lempel-Ziv complexity and the spike counts of its neurons. Each step is a
scikit-learn estimator.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skspike import LZCClassifier, SNNTransformer, SpikeEncoder
from skspike.inspection import palette

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers
# sphinx_gallery_thumbnail_number = 2

# %%
# Each of the 64 pixels becomes two spike trains, for values above and below its mean. The network
# learns its weights together with the parameters of its neurons: time constant, threshold and
# reset. Complexity depends on the number of spikes, so the classifier gets both
# (``with_counts=True``).

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
pipeline = make_pipeline(
    SpikeEncoder(n_steps=100, random_state=0),
    SNNTransformer(64, learn_intrinsic=True, random_state=0),
    LZCClassifier(with_counts=True),
)
pipeline.fit(X_train, y_train)
print(f"Accuracy on new digits: {pipeline.score(X_test, y_test):.3f}")

# %%
# The output of each step is an array of 0 and 1 with shape (samples, channels, steps). The
# attribute ``intrinsics_`` contains the learned parameters of the neurons. All neurons started with
# the same time constant.

encoder, network = pipeline[:2]
spikes_in = encoder.transform(X_test)
spikes_out = network.transform(spikes_in)
tau = network.intrinsics_["tau_mem"][0]

figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
for ax, spikes, title in zip(axes, (spikes_in, spikes_out), ("Channels", "Neurons"), strict=True):
    ax.eventplot([np.flatnonzero(train) for train in spikes[0]], colors="black", linelengths=0.8)
    ax.set(title=f"{title}: spikes of one digit", xlabel="time (ms)", ylabel=title.lower())

figure, ax = plt.subplots(figsize=(5.5, 3.5), layout="constrained")
ax.hist(tau, bins=20, label="after learning")
ax.axvline(network.neuron_.tau_mem, color="C1", linewidth=3, label="before learning")
ax.set(title="Time constants of 64 neurons", xlabel="time constant (ms)", ylabel="neurons")
ax.legend(frameon=False)
plt.show()
