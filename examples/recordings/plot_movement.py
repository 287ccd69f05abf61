"""
Decode a movement at each moment
================================

An arm reaches for targets while the spikes of a population are recorded. `~skspike.SNNRegressor`
learns the velocity of the arm at each step of 5 ms from the spikes so far, as a prosthesis needs
it.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import cross_val_score

from skspike import SNNRegressor
from skspike.datasets import make_reach
from skspike.inspection import palette
from skspike.metrics import step_r2

# %%
# Spikes and velocity
# -------------------
# Four recordings of two minutes have the spikes of 40 neurons, and the velocity in two directions.
# Both have a value for each step.

X, y = make_reach(random_state=0)
print(X.shape, y.shape)

# %%
# Fit and score
# -------------
# A target with three dimensions has a value for each step. Recordings of unequal length are lists.
# Held-out data are whole recordings, because neighbouring steps are almost equal.

decoder = SNNRegressor(dt=5.0, random_state=0)
print("r2 of each left-out recording:", cross_val_score(decoder, X, y, cv=4).round(2))
decoder.fit(X[:3], y[:3])
predicted = decoder.predict(X[3:])
print("r2 of each direction:", step_r2(y[3:], predicted, multioutput="raw_values").round(2))

# %%
# While the arm moves
# -------------------
# A stream takes the spikes of each step and predicts at once, with the same result.

stream = decoder.stream()
for step in range(400):
    stream.step(np.ascontiguousarray(X[3][:, step]))
print("same as on the whole recording:", bool((stream.predict() == predicted[0][:, 399]).all()))

# %%
# The decoder follows the movement. It knows the past alone, so it could run while the arm moves.

time = np.arange(2000) * 0.005
figure, axes = plt.subplots(2, figsize=(8, 4), sharex=True, layout="constrained")
for ax, true, found, name in zip(axes, y[3], predicted[0], "xy", strict=True):
    ax.plot(time, true[:2000], color="black", label="movement")
    ax.plot(time, found[:2000], color=palette()[0], label="decoded")
    ax.set_ylabel(f"velocity in {name} (m/s)")
axes[0].legend(frameon=False, ncols=2, loc="upper right")
axes[1].set_xlabel("time (s)")
plt.show()
