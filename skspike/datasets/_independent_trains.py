"""Trains whose channels are independent: the classes differ within single trains.

    poisson    P(spike in a step) = p = rate dt / 1000, one rate per class

Classes of equal rate, which differ in regularity or serial correlation:

    gamma      interval = 1 + N steps,   N ~ Poisson(G),   G ~ Gamma(shape, mean 1 / p - 1)
    markov     P(spike | spike) = p + rho (1 - p),   P(spike | silence) = p (1 - rho)
               P(spike) = p,   correlation at lag k = rho**k

N of gamma trains has the negative binomial distribution, the gamma distribution of discrete time.
An interval lasts at least one step and 1 / p steps on average. With shape 1 intervals are
geometric, as in a Poisson train. With short steps they become gamma distributed.
"""

from collections.abc import Sequence

import numpy as np

from .._base import Dataset, Seed, check_number
from ._arguments import bernoulli, check_classes, check_rate, check_shape, labelled


def make_poisson(
        n_samples: int = 1000, n_channels: int = 20, n_steps: int = 250, *,
        rates: Sequence[float] = (20.0, 24.0), dt: float = 1.0,
        random_state: Seed = None) -> Dataset:
    """Make Poisson trains with one rate per class.

    In every step each channel spikes with probability ``rate * dt / 1000``, independent of other
    steps and channels. Only the number of spikes carries information about the class: no classifier
    does better than one that uses the total count.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples. Labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=250
        Length of a train in steps.
    rates : sequence of float, default=(20.0, 24.0)
        Rate of each class in Hz, at most ``1000 / dt``. Their number is the number of classes.
    dt : float, default=1.0
        Length of a step in ms.
    random_state : int, RandomState instance or None, default=None
        Seed of the labels and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, the indices of `rates`.

    See Also
    --------
    make_gamma : Trains of the same rate that differ in regularity.

    Notes
    -----
    If p is the probability of a spike per step, the count of a train is binomial with mean
    ``n_steps * p`` and Fano factor ``1 - p``. Intervals between spikes are geometric with mean ``1
    / p`` steps.

    Examples
    --------
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(1000, rates=(10.0, 40.0), random_state=0)
    >>> [float(X[y == label].mean().round(3)) for label in (0, 1)]  # spikes per ms
    [0.01, 0.04]
    """
    shape, dt = check_shape(n_samples, n_channels, n_steps, dt)
    rates = check_classes(rates, "rates", low=0, high=1000 / dt)

    def draw(rng, y, batch_shape):
        return bernoulli(rng, rates[y, None, None] * (dt / 1000), batch_shape)

    return labelled(shape, len(rates), random_state, draw)


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
    skspike.trains.isi_cv : Measure the regularity of trains.

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
    shape, dt = check_shape(n_samples, n_channels, n_steps, dt)
    shapes = check_classes(shapes, "shapes", low=1e-3)
    rate = check_number(rate, "rate", low=1e-9 / dt, high=1000 / dt)  # interval fits an int
    p = min(rate * (dt / 1000), 1.0)  # rounding may exceed 1

    def draw(rng, y, batch_shape):
        return _renewal_trains(rng, p, np.repeat(shapes[y], shape[1]), batch_shape)

    return labelled(shape, len(shapes), random_state, draw)


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


def make_markov(
        n_samples: int = 1000, n_channels: int = 20, n_steps: int = 250, *,
        correlations: Sequence[float] = (0.0, 0.3), rate: float = 40.0, dt: float = 1.0,
        random_state: Seed = None) -> Dataset:
    """Make two-state Markov chains with one serial correlation per class and the same rate.

    With ``p = rate * dt / 1000`` and the correlation rho of a class, the probability of a spike is
    ``p + rho * (1 - p)`` after a spike and ``p * (1 - rho)`` after silence. Trains start in the
    stationary state. Channels are independent. Every class has the same expected count. A positive
    correlation makes bursts and spreads the counts.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples. Labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=250
        Length of a train in steps.
    correlations : sequence of float, default=(0.0, 0.3)
        Correlation rho of neighbouring steps for each class, from ``1 - 1 / max(p, 1 - p)`` to 1.
        At these limits one of the probabilities above is 0 or 1. Correlation 0 is a Poisson train.
    rate : float, default=40.0
        Rate of all classes in Hz, at most ``1000 / dt``.
    dt : float, default=1.0
        Length of a step in ms.
    random_state : int, RandomState instance or None, default=None
        Seed of the labels and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, the indices of `correlations`.

    See Also
    --------
    make_gamma : Trains with regular intervals.
    make_poisson : Trains of independent steps.

    Notes
    -----
    The expected count of a train is ``n_steps * p``, and its autocorrelation at lag k is
    ``rho**k``. The Fano factor of long trains is ``(1 - p) * (1 + rho) / (1 - rho)``.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.datasets import make_markov
    >>> X, y = make_markov(1000, random_state=0)
    >>> [float(X[y == label].mean().round(2)) for label in (0, 1)]
    [0.04, 0.04]
    >>> both = X[:, :, 1:] & X[:, :, :-1]
    >>> [round(float(both[y == label].mean() / 0.04), 2) for label in (0, 1)]  # P(spike | spike)
    [0.04, 0.33]
    """
    shape, dt = check_shape(n_samples, n_channels, n_steps, dt)
    rate = check_rate(rate, "rate", dt)
    p = min(rate * (dt / 1000), 1.0)  # rounding may exceed 1
    # accept the limit even if the caller has computed it with other rounding errors
    low = 1 - 1 / max(p, 1 - p) - 1e-15
    correlations = check_classes(correlations, "correlations", low=low, high=1)

    def draw(rng, y, batch_shape):
        return markov_chain(rng, p, correlations[y, None], batch_shape)

    return labelled(shape, len(correlations), random_state, draw)


def markov_chain(rng, p, rho, shape):
    """Draw stationary chains along the last axis. p and rho broadcast to the other axes."""
    after_one, after_zero = p + rho * (1 - p), p * (1 - rho)
    u = rng.random_sample((shape[-1], *shape[:-1]))
    x = np.empty(u.shape, dtype=bool)
    x[0] = u[0] < p
    for t in range(1, len(x)):
        x[t] = u[t] < np.where(x[t - 1], after_one, after_zero)
    return np.moveaxis(x, 0, -1)
