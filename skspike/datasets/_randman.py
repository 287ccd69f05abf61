"""Smooth random manifolds: each class is a curved surface in the space of spike times.

    g_ij(x) = sum_k theta_ijk / k^smoothness sin(2 pi (k x phi_ijk + psi_ijk))
    theta, phi, psi ~ U(0, 1)
    f_i(x) = prod_j g_ij(x_j),    x ~ U(0, 1)^manifold_dim
    spike time of channel i = (f_i - min f_i) / (max f_i - min f_i)    as a fraction of the train
"""

import numpy as np
from sklearn.utils import check_random_state

from .._checks import SIZE_LIMITS, check_number
from .._utils import Dataset, Seed
from ._base import check_shape, fill, single_spikes

MIN_AMPLITUDE = 1e-3  # of the waves that are summed, relative to the first one
MAX_WAVES = 100
N_REFERENCE = 1000  # random points of each manifold that set its scale


def make_randman(
        n_samples: int = 1000, n_channels: int = 20, n_steps: int = 100, *, n_classes: int = 10,
        manifold_dim: int = 2, smoothness: float = 2.0, random_state: Seed = None) -> Dataset:
    """Make trains whose spike times are points of a smooth random manifold, one per class.

    Each channel spikes exactly once. A sample is a random point of the manifold of its class. The
    coordinates of the point are the times of the spikes. Counts carry no information about the
    class. The times of several channels together do.

    Every call draws new manifolds. Make training and test data in one call and split them. With the
    same seed the manifolds are the same for any `n_samples`.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples. Labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels, which is the dimension of the space.
    n_steps : int, default=100
        Length of a train in steps.
    n_classes : int, default=10
        Number of manifolds.
    manifold_dim : int, default=2
        Dimension of the manifolds, from 1 to 10.
    smoothness : float, default=2.0
        Exponent of the amplitudes, from 0.5 to 100: a wave of frequency k has the amplitude
        ``k**-smoothness``. A smoothness of 1 makes a hard task, 3 an easy one.
    random_state : int, RandomState instance or None, default=None
        Seed of the manifolds, labels and points.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, from 0 to ``n_classes - 1``.

    See Also
    --------
    make_templates : Trains that repeat one pattern of spike times per class, with noise.

    Notes
    -----
    Waves are summed up to the first with an amplitude ``k**-smoothness`` below 0.001, and at most
    100 of them. The first and last step of a channel are the extremes of 1000 random points of the
    manifold, not of the samples. Points beyond them spike in the first or last step. With more than
    three dimensions the product is close to zero for almost all points, and zero lies at another
    time in each class and channel. The task then becomes easier again, also for linear classifiers
    of the times.

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
    (n_samples, n_channels, n_steps), _ = check_shape(n_samples, n_channels, n_steps)
    n_classes = check_number(n_classes, "n_classes", **SIZE_LIMITS)
    manifold_dim = check_number(manifold_dim, "manifold_dim", low=1, high=10, integer=True)
    smoothness = check_number(smoothness, "smoothness", low=0.5, high=100)
    rng = check_random_state(random_state)
    # draw one manifold per class
    n_waves = int(min(np.ceil(MIN_AMPLITUDE ** (-1 / smoothness)), MAX_WAVES))
    waves = rng.random_sample((3, n_waves, n_classes, n_channels, manifold_dim))
    # scale each channel by reference points
    points = rng.random_sample((N_REFERENCE, 1, 1, manifold_dim))
    reference = _sum_of_waves(points, waves, smoothness).prod(axis=-1)
    low, span = reference.min(axis=0), np.ptp(reference, axis=0)
    # draw a point for each sample
    y = rng.randint(n_classes, size=n_samples)
    points = rng.random_sample((n_samples, 1, manifold_dim))

    def draw(rows, batch_shape):
        labels = y[rows]
        heights = _sum_of_waves(points[rows], waves, smoothness, labels).prod(axis=-1)
        return single_spikes((heights - low[labels]) / span[labels], n_steps)

    return fill((n_samples, n_channels, n_steps), draw), y


def _sum_of_waves(x, waves, smoothness, labels=slice(None)):
    """Return g of the given classes at x, which broadcasts to (classes, n_channels, dimension)."""
    total = 0.0
    for k, wave in enumerate(np.moveaxis(waves, 1, 0), start=1):
        theta, phi, psi = wave[:, labels]
        total += theta / k**smoothness * np.sin(2 * np.pi * (k * x * phi + psi))
    return total
