"""Independent spikes: the classes differ in their rate.

    Bernoulli  P(spike in a step) = p
    Poisson    p = rate dt / 1000
"""

from collections.abc import Sequence

from sklearn.utils import check_random_state

from .._utils import Dataset, Seed
from ._base import bernoulli, check_classes, check_shape, fill


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
    make_bernoulli : The same trains from probabilities per step.

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
    return _independent(shape, rates * (dt / 1000), random_state)


def make_bernoulli(
        n_samples: int = 1000, n_channels: int = 20, n_steps: int = 250, *,
        probabilities: Sequence[float] = (0.02, 0.024), random_state: Seed = None) -> Dataset:
    """Make trains of independent spikes with one probability per step for each class.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples. Labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=250
        Length of a train in steps.
    probabilities : sequence of float, default=(0.02, 0.024)
        Probability of a spike per step for each class. Their number is the number of classes.
    random_state : int, RandomState instance or None, default=None
        Seed of the labels and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, the indices of `probabilities`.

    See Also
    --------
    make_poisson : The same trains from rates in Hz.

    Examples
    --------
    >>> from skspike.datasets import make_bernoulli
    >>> X, y = make_bernoulli(1000, probabilities=(0.2, 0.5, 0.8), random_state=0)
    >>> [float(X[y == label].mean().round(2)) for label in (0, 1, 2)]
    [0.2, 0.5, 0.8]
    """
    shape, _ = check_shape(n_samples, n_channels, n_steps)
    probabilities = check_classes(probabilities, "probabilities", low=0, high=1)
    return _independent(shape, probabilities, random_state)


def _independent(shape, probabilities, random_state):
    rng = check_random_state(random_state)
    y = rng.randint(len(probabilities), size=shape[0])

    def draw(rows, batch_shape):
        return bernoulli(rng, probabilities[y[rows], None, None], batch_shape)

    return fill(shape, draw), y
