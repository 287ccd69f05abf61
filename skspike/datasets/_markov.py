"""Two-state Markov chains: the classes have equal rates and differ in serial correlation.

    P(spike | spike)   = p + rho (1 - p)
    P(spike | silence) = p (1 - rho)
    P(spike)           = p,   correlation at lag k = rho**k
"""

from collections.abc import Sequence

import numpy as np
from sklearn.utils import check_random_state

from .._utils import Dataset, Seed
from ._base import check_classes, check_rate, check_shape, fill


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
    make_bernoulli : Trains of independent steps.

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
    (n_samples, n_channels, n_steps), dt = check_shape(n_samples, n_channels, n_steps, dt)
    rate = check_rate(rate, "rate", dt)
    p = min(rate * (dt / 1000), 1.0)  # rounding may exceed 1
    # accept the limit even if the caller has computed it with other rounding errors
    low = 1 - 1 / max(p, 1 - p) - 1e-15
    correlations = check_classes(correlations, "correlations", low=low, high=1)
    rng = check_random_state(random_state)
    y = rng.randint(len(correlations), size=n_samples)

    def draw(rows, batch_shape):
        return markov_chain(rng, p, correlations[y[rows], None], batch_shape)

    return fill((n_samples, n_channels, n_steps), draw), y


def markov_chain(rng, p, rho, shape):
    """Draw stationary chains along the last axis. p and rho broadcast to the other axes."""
    after_one, after_zero = p + rho * (1 - p), p * (1 - rho)
    u = rng.random_sample((shape[-1], *shape[:-1]))
    x = np.empty(u.shape, dtype=bool)
    x[0] = u[0] < p
    for t in range(1, len(x)):
        x[t] = u[t] < np.where(x[t - 1], after_one, after_zero)
    return np.moveaxis(x, 0, -1)
