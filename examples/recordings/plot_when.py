"""
Find when neurons have information, and whether exact spike times matter
========================================================================

Twenty neurons respond to one of two stimuli. When after the stimulus can it be decoded? Is the code
the same at all times, and does it need exact spike times? This example answers with
`skspike.SlidingDecoder` and with surrogates (`skspike.inspection.timing_scores`).
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skspike import SlidingDecoder, SpikeCounter
from skspike.inspection import GeneralizationDisplay, SlidingDisplay, palette, timing_scores

# %%
# A recording
# -----------
# A trial begins 100 ms before the stimulus. After stimulus B, neurons 0 to 5 fire more from 50 to
# 120 ms, and neurons 6 to 11 from 120 to 200 ms. The trials of each of six blocks have their own
# mean rates, because the recording drifts.

rng = np.random.default_rng(0)
block, y = np.arange(180) // 30, np.resize(["A", "B"], 180)
rate = np.full((180, 20, 400), 0.01) * rng.uniform(0.7, 1.3, (6, 20, 1))[block]
rate[y == "B", :6, 150:220] *= 2.2
rate[y == "B", 6:12, 220:300] *= 2.2
X = (rng.random(rate.shape) < rate).astype(np.uint8)

# %%
# When?
# -----
# The grey band contains all scores in 95 % of recordings without information. Folds keep blocks
# together, and labels are permuted within blocks.

decoder = SlidingDecoder(
    GaussianNB(), window=40.0, step=20.0, generalize=True, n_permutations=39, random_state=0)
decoder.fit(X, y, groups=block)
start, stop = decoder.best_window_
print(f"best window: {start - 100:.0f} to {stop - 100:.0f} ms after the stimulus")
low, high = decoder.chance_band()
above = decoder.windows_[decoder.scores_.mean(axis=0) > high] - 100
print(f"above chance: windows from {above.min():.0f} to {above.max():.0f} ms")

figure, axes = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained", width_ratios=(3, 2))
SlidingDisplay.from_estimator(decoder, t_start=-100, ax=axes[0])
axes[0].axvline(0, color="black", linestyle=":")
GeneralizationDisplay.from_estimator(decoder, t_start=-100, ax=axes[1])
axes[1].set_title("train at one time, test at another")
plt.show()

# %%
# The two squares on the diagonal show two codes: a classifier of the early response does not
# recognise the late one.

# %%
# Do spike times matter?
# ----------------------
# A classifier of counts in ten windows of 40 ms is fitted on surrogates. Jitter within 20 ms does
# not change its score. Jitter over the whole trial leaves only the number of spikes of each neuron.

counts = make_pipeline(SpikeCounter(10), GaussianNB())
scores = timing_scores(
    counts, X, y, windows=(20.0, 400.0), groups=block, n_repeats=2, random_state=0)
names = ["original", *scores.surrogates]
values = [scores.original, *scores.surrogates.values()]
figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.barh(names, [each.mean() for each in values], color=palette()[0])
ax.axvline(0.5, color="black", linestyle="--", label="chance")
ax.set(xlabel="accuracy", xlim=(0.4, 1))
ax.invert_yaxis()
ax.legend(frameon=False)
for name, each in zip(names, values, strict=True):
    print(f"{name:<16} {each.mean():.2f}")
plt.show()
