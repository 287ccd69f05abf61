"""Short recordings with events, for tests."""

import numpy as np

DT = 10.0  # ms


def recordings(n, seed, n_steps=1500, labels=("tap", "wave")):
    """Return signals of three channels, in which each label is a bump with a sign of its own."""
    rng, X, y = np.random.default_rng(seed), [], []
    for _ in range(n):
        x, t, events = rng.normal(0, 0.5, (3, n_steps)), 60, []
        while t < n_steps - 60:
            k, width = rng.integers(2), int(rng.integers(25, 35))
            bump = 3 * np.hanning(width)
            x[k, t : t + width] += bump
            x[2, t : t + width] += bump if k else -bump
            events.append((t * DT, (t + width) * DT, labels[k]))
            t += width + int(rng.integers(50, 100))
        X.append(x)
        y.append(events)
    return X, y


def rasters(n, seed):
    """Return spike trains in which channels fire during the events of their labels."""
    rng, X, y = np.random.default_rng(seed), [], []
    for x, events in zip(*recordings(n, seed), strict=True):
        rate = np.full((6, x.shape[1]), 0.05)
        for onset, offset, label in events:
            first = 0 if label == "tap" else 3
            rate[first : first + 3, int(onset / DT) : int(offset / DT)] = 0.5
        X.append((rng.random(rate.shape) < rate).astype(np.uint8))
        y.append(events)
    return X, y
