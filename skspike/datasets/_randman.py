"""Smooth random manifolds: a class is a curved surface in the space of spike times.

    g_ij(x) = sum_k theta_ijk / k^smoothness sin(2 pi (k x phi_ijk + psi_ijk)),    theta, phi, psi ~
    U(0, 1) f_i(x)  = prod_j g_ij(x_j),    x ~ U(0, 1)^manifold_dim spike time of channel i = (f_i -
    min f_i) / (max f_i - min f_i)    of the train
"""

import numpy as np
from sklearn.utils import check_random_state

from .._checks import SIZE, check_number
from .._utils import Dataset, Seed
from ._base import check_shape, fill, once

PRECISION = 1e-3  # waves with a smaller part of the first one's height are left out
MOST_WAVES = 100
REFERENCE = 1000  # points of each manifold by which it is scaled


def make_randman(
    n_samples: int = 1000,
    n_channels: int = 20,
    n_steps: int = 100,
    *,
    n_classes: int = 10,
    manifold_dim: int = 2,
    smoothness: float = 2.0,
    random_state: Seed = None,
) -> Dataset:
    """Make trains whose spike times lie on one smooth random manifold for each class.

    Each channel has exactly one spike. A sample is a random point of the manifold of its class,
    whose coordinates are the times of these spikes: a count tells nothing, and only the times of
    several channels together tell the class.

    Manifolds are drawn anew by each call: make training and test data in one call and split them.
    With the same seed they are the same for any `n_samples`.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples; labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels, the dimension of the space.
    n_steps : int, default=100
        Length of a train in steps.
    n_classes : int, default=10
        Number of manifolds.
    manifold_dim : int, default=2
        Dimension of the manifolds, from 1 to 10.
    smoothness : float, default=2.0
        Exponent with which the height of a wave falls with its frequency, from 0.5 to 100; 1 is a
        hard task, 3 an easy one.
    random_state : int, RandomState instance or None, default=None
        Fixes manifolds, labels and points.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, from 0 to ``n_classes - 1``.

    See Also
    --------
    make_templates : Manifolds of dimension 0, with noise around them.

    Notes
    -----
    Waves are summed up to the first whose height ``k**-smoothness`` is below 0.001, and not more
    than 100. The extremes of a channel, its first and last step, are those of 1000 random points of
    the manifold, and not of the samples; what lies beyond stays at the end. With more than three
    dimensions a product is nearly always close to zero, which lies elsewhere in each class and
    channel: the task becomes easier again, for linear decisions on the times too.

    References
    ----------
    .. [1] F. Zenke, T. P. Vogels, "The remarkable robustness of surrogate gradient learning for
        instilling complex function in spiking neural networks", Neural Computation 33(4), 2021.

    Examples
    --------
    >>> from skspike.datasets import make_randman
    >>> X, y = make_randman(1000, n_classes=3, random_state=0)
    >>> X.shape, bool((X.sum(axis=2) == 1).all())
    ((1000, 20, 100), True)
    """
    shape, _ = check_shape(n_samples, n_channels, n_steps, 1.0)
    n_samples, n_channels, n_steps = shape
    n_classes = check_number(n_classes, "n_classes", **SIZE)
    manifold_dim = check_number(manifold_dim, "manifold_dim", low=1, high=10, integer=True)
    smoothness = check_number(smoothness, "smoothness", low=0.5, high=100)
    rng = check_random_state(random_state)
    n_waves = int(min(np.ceil(PRECISION ** (-1 / smoothness)), MOST_WAVES))
    waves = rng.random_sample((3, n_waves, n_classes, n_channels, manifold_dim))
    over = _curves(
        rng.random_sample((REFERENCE, 1, 1, manifold_dim)), waves, smoothness).prod(axis=-1)
    low, span = over.min(axis=0), np.ptp(over, axis=0)
    y = rng.randint(n_classes, size=n_samples)
    points = rng.random_sample((n_samples, 1, manifold_dim))

    def draw(rows, part):
        of = y[rows]
        heights = _curves(points[rows], waves, smoothness, of).prod(axis=-1)
        return once((heights - low[of]) / span[of], n_steps)

    return fill(shape, draw), y


def _curves(x, waves, smoothness, of=slice(None)):
    """Return g at x for the classes `of`; x broadcasts to (classes, n_channels, manifold_dim)."""
    total = 0.0
    for k, wave in enumerate(np.moveaxis(waves, 1, 0), start=1):
        theta, phi, psi = wave[:, of]
        total += theta / k**smoothness * np.sin(2 * np.pi * (k * x * phi + psi))
    return total
