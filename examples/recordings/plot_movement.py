"""
Decode a movement at each moment
================================

An arm reaches for targets while the spikes of a population are recorded. `~skspike.SNNRegressor`
learns the velocity of the arm at each step of 5 ms from the spikes so far, as a prosthesis needs
it. The usual decoders, a Wiener and a Kalman filter, stand next to it in a few lines each.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import RidgeCV

from skspike import SNNRegressor
from skspike.datasets import make_reach
from skspike.inspection import palette
from skspike.metrics import step_r2

# %%
# Spikes and velocity
# -------------------
# Four recordings of two minutes have the spikes of 40 neurons, and the velocity in two directions.
# Both have a value for each step. The last recording is for testing, because neighbouring steps of
# one recording are almost equal.

X, y = make_reach(random_state=0)
print(X.shape, y.shape)

# %%
# A network
# ---------
# A target with three dimensions has a value for each step. Recordings of unequal length are lists.

decoder = SNNRegressor(dt=5.0, random_state=0).fit(X[:3], y[:3])
decoded = {"network": decoder.predict(X[3:])[0]}

# %%
# A Wiener filter
# ---------------
# Ridge regression on the spike counts of the last 12 bins of 50 ms, at each step.


def counts_of_bins(x):
    """Return the counts of the last 12 bins of 50 ms, (n_steps, 12 * n_channels)."""
    sums = np.cumsum(np.pad(x, ((0, 0), (600 // 5, 0))), axis=1, dtype=float)
    ends = [sums[:, 120 - 10 * k : sums.shape[1] - 10 * k] for k in range(12)]
    starts = [sums[:, 110 - 10 * k : sums.shape[1] - 10 - 10 * k] for k in range(12)]
    return np.concatenate([end - start for end, start in zip(ends, starts, strict=True)]).T


every = slice(None, None, 5)  # neighbouring steps teach little
wiener = RidgeCV(np.logspace(0, 5, 6)).fit(
    np.concatenate([counts_of_bins(x)[every] for x in X[:3]]),
    np.concatenate([target.T[every] for target in y[:3]]))
decoded["Wiener filter"] = wiener.predict(counts_of_bins(X[3])).T

# %%
# A Kalman filter
# ---------------
# The state is the velocity and its change, and moves linearly from one bin of 50 ms to the next.
# The counts of a bin depend linearly on the state.


def bins_of(x, target):
    """Return the counts and the states of bins of 50 ms, one column for each."""
    counts, velocity = x.reshape(len(x), -1, 10).sum(axis=2), target[:, 9::10]
    return counts, np.concatenate([velocity, np.diff(velocity, prepend=velocity[:, :1])])


parts = [bins_of(x, target) for x, target in zip(X[:3], y[:3], strict=True)]
Z, S = (np.concatenate(arrays, axis=1) for arrays in zip(*parts, strict=True))
mean = Z.mean(axis=1, keepdims=True)
A = S[:, 1:] @ np.linalg.pinv(S[:, :-1])  # of the next state
W = np.cov(S[:, 1:] - A @ S[:, :-1])
H = (Z - mean) @ np.linalg.pinv(S)  # of the counts
Q = np.cov(Z - mean - H @ S)

state, P, states = np.zeros(4), W, []
for counts in bins_of(X[3], y[3])[0].T:
    state, P = A @ state, A @ P @ A.T + W
    gain = P @ H.T @ np.linalg.inv(H @ P @ H.T + Q)
    state, P = state + gain @ (counts - mean[:, 0] - H @ state), P - gain @ H @ P
    states.append(state[:2])
held = np.repeat(np.array(states).T, 10, axis=1)
decoded["Kalman filter"] = np.pad(held, ((0, 0), (9, 0)))[:, :24000]  # known at the end of a bin

# %%
# Which is closest?
# -----------------
# Rates of neurons are no linear function of the velocity, which the filters assume. The network
# assumes nothing. Its score is r2: 1 is perfect.

for name, found in decoded.items():
    print(f"{name:<14} r2 {step_r2(y[3:], [found]):.2f}")

# %%
# While the arm moves
# -------------------
# A stream takes the spikes of each step and predicts at once, with the same result.

stream = decoder.stream()
for step in range(400):
    stream.step(np.ascontiguousarray(X[3][:, step]))
print("after 2 s:", stream.predict().round(3), "and on the whole recording:",
      decoded["network"][:, 399].round(3))

time = np.arange(1200) * 0.005
figure, axes = plt.subplots(2, figsize=(8, 4.5), sharex=True, layout="constrained")
for ax, true, row, axis in zip(axes, y[3], range(2), "xy", strict=True):
    ax.plot(time, true[:1200], color="black", label="movement")
    for (name, found), colour in zip(decoded.items(), palette(3), strict=True):
        ax.plot(time, found[row, :1200], color=colour, label=name, linewidth=1)
    ax.set_ylabel(f"velocity in {axis} (m/s)")
axes[0].legend(frameon=False, ncols=4, loc="upper right", fontsize="small")
axes[1].set_xlabel("time (s)")
plt.show()
