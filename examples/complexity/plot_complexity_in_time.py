"""
Find when spike trains become more regular
==========================================

A stimulus may change the pattern of spikes and not their number. Lempel-Ziv complexity, which
measures how much of a train is new, then falls while the rate stays the same. This example computes
both in successive windows of time.
"""

import matplotlib.pyplot as plt
import numpy as np

from skspike import LZCTransformer, SpikeCounter
from skspike.datasets import make_markov
from skspike.inspection import RasterDisplay, palette

BLUE, ORANGE = palette(2)
# sphinx_gallery_thumbnail_number = 2

# %%
# Bursts from 400 to 800 ms
# -------------------------
# Each of 100 trials has 20 neurons. In the middle third of a trial, a spike makes the next one more
# likely, so spikes come in bursts. The rates are equal at all times.

trains, bursts = make_markov(500, 20, 400, random_state=0)
quiet, busy = trains[bursts == 0], trains[bursts == 1][:100]
X = np.concatenate([quiet[:100], busy, quiet[100:200]], axis=2)
figure, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
RasterDisplay.from_raster(X[0], ax=ax, color=BLUE)
ax.axvspan(400, 800, color=ORANGE, alpha=0.2)
ax.set_title("One trial. Bursts are shaded")
plt.show()

# %%
# Complexity and counts in windows
# --------------------------------
# ``n_windows=12`` cuts each trial into windows of 100 ms, and gives a feature for each. With
# ``channels="mean"``, a feature is the mean over neurons. Complexity is lower in the four windows
# with bursts. The mean count hardly changes.

complexity = LZCTransformer(channels="mean", n_windows=12).fit_transform(X)
counts = SpikeCounter(n_windows=12).fit_transform(X).reshape(len(X), -1, 12).mean(axis=1)
inside = np.arange(12) // 4 == 1
for name, values in (("complexity", complexity), ("spikes", counts)):
    print(
        f"{name:<10} with bursts {values[:, inside].mean():.2f}, without "
        f"{values[:, ~inside].mean():.2f}")

figure, axes = plt.subplots(2, 1, figsize=(8, 5), sharex=True, layout="constrained")
centres = np.arange(12) * 100 + 50
labels = "complexity, bits per step", "spikes in a window"
for ax, values, label in zip(axes, (complexity, counts), labels, strict=True):
    mean, sd = values.mean(axis=0), values.std(axis=0)
    ax.fill_between(centres, mean - sd, mean + sd, color=BLUE, alpha=0.3, linewidth=0)
    ax.plot(centres, mean, "o-", color=BLUE)
    ax.axvspan(400, 800, color=ORANGE, alpha=0.2)
    ax.set(ylabel=label)
axes[1].set(xlabel="time (ms)")
axes[0].set_title("Mean and standard deviation over trials")
plt.show()
