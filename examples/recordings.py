"""Decode loud or soft sound from the spikes of an auditory receptor (recording from nitime)."""

from importlib.resources import files

import numpy as np
from sklearn.model_selection import KFold, cross_val_score

from skspike import SNNClassifier
from skspike.io import from_spike_times

data = files("nitime") / "data"
spikes = np.loadtxt(data / "grasshopper_spike_times1.txt")  # 929 times in us
# mean level of each 10 ms, from samples of 50 us
level = np.loadtxt(data / "grasshopper_stimulus1.txt", usecols=1).reshape(1000, 200).mean(axis=1)
starts = np.arange(0, 9990, 10)
# the receptor responds after 4 ms
X = from_spike_times(
    [[spikes]] * 999, bin_width=1, unit="us", t_start=starts + 4, t_stop=starts + 14)
y = level[:999] > np.median(level)
# each fold is a stretch of time
scores = cross_val_score(SNNClassifier(max_iter=60, random_state=0), X, y, cv=KFold(5))
chance = max(y.mean(), 1 - y.mean())
print(f"accuracy {scores.mean():.2f} +- {scores.std():.2f}, larger class {chance:.2f}")
