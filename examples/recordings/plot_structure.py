"""
Test recorded spike trains for structure with complexity
========================================================

Are the spikes of a neuron independent, apart from their rate? This example compares the Lempel-Ziv
complexity of recorded spike trains with two kinds of surrogate trains. One keeps the number of
spikes, the other also keeps the intervals between spikes. The recordings are from an auditory
receptor of a grasshopper during two different sounds [1]_.

.. [1] The recordings are part of the package nitime. The experiment is described in A. Rokem et
    al., "Spike-timing precision underlies the coding efficiency of auditory receptor neurons",
    Journal of Neurophysiology 95, 2541, 2006.
"""

from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np

from skspike.complexity import LZ76
from skspike.inspection import RasterDisplay, palette
from skspike.io import from_spike_times
from skspike.trains import firing_rate, isi_cv

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers
# sphinx_gallery_thumbnail_number = 2

# %%
# The recordings
# --------------
# Each file contains the spike times of ten seconds in microseconds. A raster with steps of 1 ms has
# one sample and one channel per recording. The figure shows the first two seconds.

data = files("nitime") / "data"
X = np.concatenate(
    [
        from_spike_times(
            [[np.loadtxt(data / f"grasshopper_spike_times{k}.txt")]], bin_width=1, unit="us",
            t_start=0, t_stop=10_000) for k in (1, 2)])
for k in (0, 1):
    print(
        f"sound {k + 1}: rate {firing_rate(X[k : k + 1], dt=1.0).item():.1f} Hz, variation of "
        f"intervals {isi_cv(X[k : k + 1], pool=(0, 1)):.2f} (Poisson: 1)")

figure, ax = plt.subplots(figsize=(8, 2), layout="constrained")
RasterDisplay.from_raster(X[:, 0, :2000], ax=ax)
ax.set_yticks([0, 1], ["sound 1", "sound 2"])
ax.set_ylabel("")
plt.show()

# %%
# Surrogate trains
# ----------------
# The first kind of surrogate places the same number of spikes at random times. The second kind
# shuffles the intervals between spikes. It keeps the distribution of intervals, for example the
# refractory time, but not their order.

rng = np.random.default_rng(0)


def shuffled_times(train):
    """Return a train with the same number of spikes at random times."""
    return rng.permutation(train)


def shuffled_intervals(train):
    """Return a train with the same intervals in random order."""
    times = np.flatnonzero(train)
    surrogate = np.zeros_like(train)
    surrogate[times[0] + np.cumsum([0, *rng.permutation(np.diff(times))])] = 1
    return surrogate


# %%
# Comparison
# ----------
# If the complexity of a recording is outside the range of its surrogates, the recording has
# structure that these surrogates lack. The z-score is the difference to their mean in standard
# deviations. Both recordings are less complex than trains with random spike times, so their spikes
# are not independent. They are not less complex than trains with shuffled intervals. The
# distribution of intervals explains the low complexity, their order does not.

figure, axes = plt.subplots(2, 1, figsize=(5.5, 4.2), layout="constrained", sharex=True)
for k, ax in enumerate(axes):
    train = X[k, 0]
    observed = LZ76().each(train)
    for surrogate in (shuffled_times, shuffled_intervals):
        name = surrogate.__name__.replace("_", " ")
        values = LZ76().each(np.stack([surrogate(train) for _ in range(500)]))
        z = (observed - values.mean()) / values.std()
        print(f"sound {k + 1}: {observed} words, {name} {values.mean():.0f}, z-score {z:+.1f}")
        ax.hist(values, bins=15, alpha=0.75, label=name)
    ax.axvline(observed, color="black", linestyle="--", label="recording")
    ax.set(title=f"sound {k + 1}", ylabel="surrogate trains")
axes[1].set_xlabel("LZ76 complexity (words)")
axes[0].legend(frameon=False)
plt.show()
