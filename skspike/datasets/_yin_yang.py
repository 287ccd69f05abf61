"""Yin and yang: points of a disc of two interlocked halves, each with a dot, as four spike times.

    channels    x, y, 1 - x, 1 - y, and optionally a bias that spikes at the first step
    spike time = value    as a fraction of the train
"""

import numpy as np
from sklearn.utils import check_random_state

from .._checks import check_option
from .._utils import Dataset, Seed
from ._base import check_shape, fill, single_spikes

DISC, DOT = 0.5, 0.1  # radii. The disc fills the unit square
LEFT, RIGHT = (0.5 * DISC, DISC), (1.5 * DISC, DISC)  # centres of the dots


def make_yin_yang(
        n_samples: int = 1000, n_steps: int = 100, *, bias: bool = True,
        random_state: Seed = None) -> Dataset:
    """Make trains that encode a point of a yin-yang sign. The class is the part with the point.

    Each channel spikes exactly once. Coordinates from 0 to 1 are spike times from the first to the
    last step, and each coordinate is given twice, as itself and mirrored. The classes are not
    linearly separable: a linear classifier of the times is right for two samples in three. Hidden
    neurons do better.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples. Labels are drawn with equal probability, and points uniformly from the
        part of their class.
    n_steps : int, default=100
        Length of a train in steps.
    bias : bool, default=True
        Whether to add a channel that always spikes at the first step.
    random_state : int, RandomState instance or None, default=None
        Seed of the labels and points.

    Returns
    -------
    X : ndarray of shape (n_samples, 5 or 4, n_steps), dtype uint8
        Spike trains of x, y, 1 - x, 1 - y and the bias, if there is one.
    y : ndarray of shape (n_samples,)
        Class labels: 0 for the lower half, whose head is on the right, 1 for the upper half, whose
        head is on the left, 2 for the dots in the heads.

    See Also
    --------
    make_randman : Spike times in more dimensions.
    skspike.coding.Latency : Encode any features as spike times.

    Notes
    -----
    The disc has radius 0.5, the dots 0.1, and the heads 0.25. Labels are the same as in the
    generator of the authors.

    References
    ----------
    .. [1] L. Kriener, J. Göltz, M. A. Petrovici, "The Yin-Yang dataset", Neuro-Inspired
        Computational Elements Conference, 2022.

    Examples
    --------
    >>> from skspike.datasets import make_yin_yang
    >>> X, y = make_yin_yang(4, n_steps=11, random_state=0)
    >>> X.argmax(axis=2)  # x, y, 1 - x, 1 - y, bias
    array([[ 6,  4,  4,  6,  0],
           [ 4,  9,  6,  1,  0],
           [ 2,  1,  8,  9,  0],
           [ 4, 10,  6,  0,  0]])
    >>> y
    array([0, 1, 0, 1])
    """
    check_option(bias, "bias", (True, False))
    shape, _ = check_shape(n_samples, 4 + bool(bias), n_steps)
    rng = check_random_state(random_state)
    y = rng.randint(3, size=shape[0])
    points = _points(rng, y)
    values = np.hstack([points, 1 - points, np.zeros((len(y), int(bias)))])
    return fill(shape, lambda rows, batch_shape: single_spikes(values[rows], batch_shape[2])), y


def _points(rng, y):
    """Draw a point from the part of each label, by rejection sampling from the unit square."""
    points, missing = np.empty((len(y), 2)), np.arange(len(y))
    while len(missing):
        points[missing] = rng.random_sample((len(missing), 2))
        missing = missing[part_of(points[missing]) != y[missing]]
    return points


def part_of(points):
    """Return the part that contains each point (x, y), or -1 outside the disc."""
    centre, left, right = (np.hypot(*(points - place).T) for place in ((DISC, DISC), LEFT, RIGHT))
    upper = (left <= DISC / 2) | ((points[:, 1] > DISC) & (right > DISC / 2))
    part = np.where((left < DOT) | (right < DOT), 2, upper)
    return np.where(centre > DISC, -1, part)
