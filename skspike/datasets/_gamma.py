"""Gamma renewal trains: the classes have equal rates and differ in regularity.

    interval = 1 + N steps,   N ~ Poisson(G),   G ~ Gamma(shape, mean m - 1),   m = 1000 / (rate dt)

N has the negative binomial distribution, the gamma distribution of discrete time. An interval lasts
at least one step and m steps on average. With shape 1 intervals are geometric, as in a Poisson
train. With short steps they become gamma distributed.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.utils import check_random_state

from .._checks import check_number
from .._utils import Dataset, Seed
from ._base import check_classes, check_shape, fill


def make_gamma(
        n_samples: int = 1000, n_channels: int = 20, n_steps: int = 250, *,
        shapes: Sequence[float] = (1.0, 3.0), rate: float = 25.0, dt: float = 1.0,
        random_state: Seed = None) -> Dataset:
    """Make gamma renewal trains with one regularity per class and the same rate.

    Intervals between spikes are independent. An interval lasts ``1 + N`` steps. N is a Poisson
    number whose mean is gamma distributed, with the shape of the class and mean ``m - 1``, where
    ``m = 1000 / (rate * dt)``. So the mean interval is m for every shape. The trains are
    stationary: every step of every class has the same probability of a spike, ``1 / m``.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples. Labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=250
        Length of a train in steps.
    shapes : sequence of float, default=(1.0, 3.0)
        Shape of each class, at least 0.001. Shape 1 is a Poisson train. Greater shapes are more
        regular, smaller ones make bursts.
    rate : float, default=25.0
        Rate in Hz of all classes, from ``1e-9 / dt`` to ``1000 / dt``.
    dt : float, default=1.0
        Length of a step in ms.
    random_state : int, RandomState instance or None, default=None
        Seed of the labels and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, the indices of `shapes`.

    See Also
    --------
    make_markov : Trains with correlated steps.
    make_poisson : Trains that differ in rate.
    skspike.metrics.isi_cv : Measure the regularity of trains.

    Notes
    -----
    The expected count of a train is ``n_steps / m``. Intervals have mean m and variance ``(m - 1) +
    (m - 1)**2 / shape``, so their squared coefficient of variation is close to ``1 / shape``. The
    Fano factor of long trains is the same number.

    References
    ----------
    .. [1] D. R. Cox, Renewal Theory, Methuen 1962 (the equilibrium process).

    Examples
    --------
    >>> from skspike.datasets import make_gamma
    >>> X, y = make_gamma(1000, random_state=0)
    >>> [float(X[y == label].mean().round(3)) for label in (0, 1)]
    [0.025, 0.025]
    """
    (n_samples, n_channels, n_steps), dt = check_shape(n_samples, n_channels, n_steps, dt)
    shapes = check_classes(shapes, "shapes", low=1e-3)
    rate = check_number(rate, "rate", low=1e-9 / dt, high=1000 / dt)  # interval fits an int
    p = min(rate * (dt / 1000), 1.0)  # rounding may exceed 1
    rng = check_random_state(random_state)
    y = rng.randint(len(shapes), size=n_samples)

    def draw(rows, batch_shape):
        return _renewal_trains(rng, p, np.repeat(shapes[y[rows]], n_channels), batch_shape)

    return fill((n_samples, n_channels, n_steps), draw), y


def _renewal_trains(rng, p, shapes, batch_shape):
    """Draw stationary trains with probability p of a spike per step, one gamma shape per train."""
    n_steps = batch_shape[-1]
    X = np.zeros((len(shapes), n_steps), dtype=bool)
    scale = (1 / p - 1) / shapes
    # draw the interval that contains step 0 with probability proportional to its length
    longer = rng.random_sample(len(shapes)) < 1 - p
    interval = 1 + longer + rng.poisson(rng.gamma(shapes + longer, scale))
    # place step 0 uniformly in this interval
    step = (rng.random_sample(len(shapes)) * interval).astype(int)
    train = np.arange(len(shapes))
    while len(train):
        inside = step < n_steps
        train, step = train[inside], step[inside]
        X[train, step] = True
        step = step + 1 + rng.poisson(rng.gamma(shapes[train], scale[train]))
    return X.reshape(batch_shape)
