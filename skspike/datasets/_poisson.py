"""Independent spikes: what differs between the classes is how many.

    Bernoulli  P(spike in a step) = p
    Poisson    p = rate dt / 1000
"""

from collections.abc import Sequence

from sklearn.utils import check_random_state

from .._utils import Dataset, Seed
from ._base import bernoulli, check_classes, check_shape, fill


def make_poisson(
    n_samples: int = 1000,
    n_channels: int = 20,
    n_steps: int = 250,
    *,
    rates: Sequence[float] = (20.0, 24.0),
    dt: float = 1.0,
    random_state: Seed = None,
) -> Dataset:
    """Make Poisson trains whose rate tells the class.

    In every step a spike falls with probability ``rate * dt / 1000``, whatever has happened before
    and in other channels. All that the trains say about the class is their number of spikes: no
    decision beats one by the total count.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples; labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=250
        Length of a train in steps.
    rates : sequence of float, default=(20.0, 24.0)
        Rate of each class in Hz, at most ``1000 / dt``; as many classes as there are rates.
    dt : float, default=1.0
        Length of a step in ms.
    random_state : int, RandomState instance or None, default=None
        Fixes labels and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, the indices of `rates`.

    See Also
    --------
    make_bernoulli : The same with probabilities in place of rates.

    Notes
    -----
    With p the probability per step, a train's count is binomial with mean ``n_steps * p`` and Fano
    factor ``1 - p``; intervals between spikes are geometric with mean ``1 / p`` steps.

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
    n_samples: int = 1000,
    n_channels: int = 20,
    n_steps: int = 250,
    *,
    probabilities: Sequence[float] = (0.02, 0.024),
    random_state: Seed = None,
) -> Dataset:
    """Make trains of independent spikes, one probability per step for each class.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples; labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=250
        Length of a train in steps.
    probabilities : sequence of float, default=(0.02, 0.024)
        Probability of a spike in a step for each class; as many classes as there are probabilities.
    random_state : int, RandomState instance or None, default=None
        Fixes labels and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, the indices of `probabilities`.

    See Also
    --------
    make_poisson : The same with rates in Hz in place of probabilities.

    Examples
    --------
    >>> from skspike.datasets import make_bernoulli
    >>> X, y = make_bernoulli(1000, probabilities=(0.2, 0.5, 0.8), random_state=0)
    >>> [float(X[y == label].mean().round(2)) for label in (0, 1, 2)]
    [0.2, 0.5, 0.8]
    """
    shape, _ = check_shape(n_samples, n_channels, n_steps, 1.0)
    return _independent(
        shape, check_classes(probabilities, "probabilities", low=0, high=1), random_state)


def _independent(shape, probabilities, random_state):
    rng = check_random_state(random_state)
    y = rng.randint(len(probabilities), size=shape[0])
    return fill(
        shape, lambda rows, part: bernoulli(rng, probabilities[y[rows], None, None], part)), y
