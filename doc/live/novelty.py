"""Whether pixels look like a digit: their distance to the nearest of some training samples.

The distance is Euclidean, with the same unit for all pixels. It is compared with the distances of
usual samples that are not kept. Drawings have their own limit, because generated drawings are more
alike than digits of many writers. live.js has a twin of `distances`.
"""

import numpy as np

N_KEPT = 2000
MOST = 15  # largest value that fits into half a byte
FALSE_ALARMS = {"sample": 0.03, "drawing": 0.02}  # share of usual samples above the limit


def limited(X):
    """Return pixels, at most MOST."""
    return np.minimum(np.asarray(X, float), MOST)


def distances(kept, X):
    """Return the distance of each row of X to the nearest kept sample."""
    kept, X = limited(kept), limited(X)
    squares = np.square(X).sum(axis=1)[:, np.newaxis] + np.square(kept).sum(axis=1)
    return np.sqrt(np.maximum(squares - 2 * X @ kept.T, 0).min(axis=1))


def usual(X, is_drawing, random_state):
    """Return the kept samples, and the limits of samples and drawings, from training samples."""
    order = np.random.default_rng(random_state).permutation(len(X))
    kept, others = X[order[:N_KEPT]], order[N_KEPT:]
    found, is_drawing = distances(kept, X[others]), is_drawing[others]
    parts = {"sample": found[~is_drawing], "drawing": found[is_drawing]}
    return kept, {
        kind: float(np.quantile(part, 1 - FALSE_ALARMS[kind])) for kind, part in parts.items()}


def packed(kept):
    """Return kept samples as bytes, two pixels in each."""
    pixels = limited(kept).astype(np.uint8).reshape(-1, 2)
    return (pixels[:, 0] << 4 | pixels[:, 1]).tobytes()
