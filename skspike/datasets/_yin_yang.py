"""Yin and yang: points of a disc whose halves are wound into each other, each with a dot, told by the times of four spikes.

    channels  x, y, 1 - x, 1 - y    (and one that does not depend on the point)
    spike time = value    of the train
"""

import numpy as np
from sklearn.utils import check_random_state

from .._checks import check_option
from .._utils import Dataset, Seed
from ._base import check_shape, fill, once

R_BIG, R_SMALL = 0.5, 0.1  # of the disc, which fills the unit square, and of the dots
LEFT, RIGHT = (0.5 * R_BIG, R_BIG), (1.5 * R_BIG, R_BIG)  # centres of the dots


def make_yin_yang(n_samples: int = 1000, n_steps: int = 100, *, bias: bool = True, random_state: Seed = None) -> Dataset:
    """Make trains whose spike times are the coordinates of a point in a yin-yang sign; the class is the part in which it lies.

    Each channel has exactly one spike. Coordinates go from 0, the first step, to 1, the last, and
    each is given as it is and mirrored. No line parts the classes: a linear decision on the times
    is right for two samples in three, and hidden neurons do better.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples; labels are drawn with equal probability, and points uniformly from the
        part of their class.
    n_steps : int, default=100
        Length of a train in steps.
    bias : bool, default=True
        Add a channel that always spikes at the first step.
    random_state : int, RandomState instance or None, default=None
        Fixes labels and points.

    Returns
    -------
    X : ndarray of shape (n_samples, 5, n_steps), or (n_samples, 4, n_steps) without bias, dtype uint8
        Spike trains: x, y, 1 - x, 1 - y, bias.
    y : ndarray of shape (n_samples,)
        0 for the lower half, whose head is on the right, 1 for the upper one, whose head is on the
        left, 2 for the dots in the heads.

    See Also
    --------
    make_randman : Spike times in more dimensions.
    skspike.coding.Latency : Spike times of any features.

    Notes
    -----
    The disc has radius 0.5 and the dots 0.1; each head is a disc of radius 0.25. Labels are those
    of the authors' own generator.

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
    shape, _ = check_shape(n_samples, 4 + bool(bias), n_steps, 1.0)
    rng = check_random_state(random_state)
    y = rng.randint(3, size=shape[0])
    points = _points(rng, y)
    values = np.hstack([points, 1 - points, np.zeros((len(y), int(bias)))])
    return fill(shape, lambda rows, part: once(values[rows], part[2])), y


def _points(rng, y):
    """Draw a point from the part of each label: from the square, again and again, until it lies there."""
    points, missing = np.empty((len(y), 2)), np.arange(len(y))
    while len(missing):
        points[missing] = rng.random_sample((len(missing), 2))
        missing = missing[parts(points[missing]) != y[missing]]
    return points


def parts(points):
    """Return the part in which each point (x, y) lies; -1 is outside the disc."""
    centre, left, right = (np.hypot(*(points - place).T) for place in ((R_BIG, R_BIG), LEFT, RIGHT))
    upper = (left <= R_BIG / 2) | ((points[:, 1] > R_BIG) & (right > R_BIG / 2))
    part = np.where((left < R_SMALL) | (right < R_SMALL), 2, upper)
    return np.where(centre > R_BIG, -1, part)
