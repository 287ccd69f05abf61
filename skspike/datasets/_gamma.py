"""Gamma renewal trains: as many spikes in both classes, but one is more regular.

    interval = 1 + N steps,   N ~ Poisson(G),   G ~ Gamma(shape, mean m - 1),   m = 1000 / (rate dt)

N is negative binomial, the gamma distribution of discrete time: intervals of at least one step and
of mean m exactly, which shape 1 makes geometric, as in a Poisson train, and which become gamma
distributed as the step gets short.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.utils import check_random_state

from .._checks import check_number
from .._utils import Dataset, Seed
from ._base import check_classes, check_shape, fill


def make_gamma(
    n_samples: int = 1000,
    n_channels: int = 20,
    n_steps: int = 250,
    *,
    shapes: Sequence[float] = (1.0, 3.0),
    rate: float = 25.0,
    dt: float = 1.0,
    random_state: Seed = None,
) -> Dataset:
    """Make trains of one rate, each a gamma renewal process, whose regularity tells the class.

    Intervals between spikes are independent draws. An interval is ``1 + N`` steps, where N is a
    Poisson number whose mean is gamma distributed (so N is negative binomial), with the class's
    shape and with mean ``m - 1`` for ``m = 1000 / (rate * dt)``. The mean interval is m for every
    shape, and for short steps the interval in ms is gamma distributed. The train has been running
    for ever when the sample begins, so that every step has the same probability of a spike, ``1 /
    m``, in every class.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples; labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=250
        Length of a train in steps.
    shapes : sequence of float, default=(1.0, 3.0)
        Shape of each class, at least 0.001. One is a Poisson train; greater is more regular, less
        makes bursts.
    rate : float, default=25.0
        Rate in Hz of all classes, from ``1e-9 / dt`` to ``1000 / dt``.
    dt : float, default=1.0
        Length of a step in ms.
    random_state : int, RandomState instance or None, default=None
        Fixes labels and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, the indices of `shapes`.

    See Also
    --------
    make_markov : Correlation of steps in place of intervals.
    make_poisson : Rates alone.
    skspike.metrics.isi_cv : Measures the regularity.

    Notes
    -----
    Expected count ``n_steps / m``. Intervals have mean m and variance ``(m - 1) + (m - 1)**2 /
    shape``, so a squared coefficient of variation close to ``1 / shape``; the Fano factor of long
    trains is the same number.

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
    shape, dt = check_shape(n_samples, n_channels, n_steps, dt)
    n_samples, n_channels, n_steps = shape
    shapes = check_classes(shapes, "shapes", low=1e-3)
    rate = check_number(rate, "rate", low=1e-9 / dt, high=1000 / dt)  # intervals stay countable
    p = min(rate * (dt / 1000), 1.0)  # it may round up to more
    rng = check_random_state(random_state)
    y = rng.randint(len(shapes), size=n_samples)
    return fill(
        shape, lambda rows, part: _renewal(rng, p, np.repeat(shapes[y[rows]], n_channels), part)), y


def _renewal(rng, p, k, shape):
    """Draw stationary trains of probability p per step; k has the gamma shape of each train."""
    X = np.zeros((len(k), shape[-1]), dtype=bool)
    scale = (1 / p - 1) / k
    # the interval under way at the start is drawn in proportion to its length, and the start falls
    # anywhere in it
    longer = rng.random_sample(len(k)) < 1 - p
    interval = 1 + longer + rng.poisson(rng.gamma(k + longer, scale))
    when = (rng.random_sample(len(k)) * interval).astype(int)
    train = np.arange(len(k))
    while len(train):
        inside = when < shape[-1]
        train, when = train[inside], when[inside]
        X[train, when] = True
        when = when + 1 + rng.poisson(rng.gamma(k[train], scale[train]))
    return X.reshape(shape)
