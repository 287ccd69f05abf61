"""Rates shared by all channels that vary in time: classes differ in the speed of variation.

    telegraph  rate(t) = low or high, switching with probability dt / dwell per step
    am         rate(t) = rate (1 + depth cos(2 pi f t / 1000 + phase))
"""

from collections.abc import Sequence

import numpy as np
from sklearn.utils import check_random_state

from .._checks import check_number
from .._utils import Dataset, Seed
from ._base import bernoulli, check_classes, check_rate, check_shape, fill
from ._markov import markov_chain


def make_telegraph(
        n_samples: int = 1000, n_channels: int = 20, n_steps: int = 250, *,
        dwells: Sequence[float] = (5.0, 60.0), low: float = 5.0, high: float = 55.0,
        dt: float = 1.0, random_state: Seed = None) -> Dataset:
    """Make trains whose common rate switches between two values, with one dwell time per class.

    The rate is a random telegraph signal: in every step the rate of all channels switches with
    probability ``dt / dwell``. A sample starts at either rate with equal probability. Every class
    has the same expected count. A longer dwell time spreads the counts.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples. Labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=250
        Length of a train in steps.
    dwells : sequence of float, default=(5.0, 60.0)
        Mean time between switches in ms for each class, at least `dt`.
    low : float, default=5.0
        First rate in Hz, at most ``1000 / dt``.
    high : float, default=55.0
        Second rate in Hz, at most ``1000 / dt``.
    dt : float, default=1.0
        Length of a step in ms.
    random_state : int, RandomState instance or None, default=None
        Seed of the labels, switches and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, the indices of `dwells`.

    See Also
    --------
    make_am : Trains whose common rate is a sine.
    make_markov : Trains with a serial correlation in each channel.

    Notes
    -----
    The expected count of a train is ``n_steps * p`` with ``p = (low + high) / 2 * dt / 1000``. The
    covariance of two channels at lag k, and the autocovariance of a train at lag k > 0, is ``a**2 *
    (1 - 2 * dt / dwell)**k`` with ``a = (high - low) / 2 * dt / 1000``.

    Examples
    --------
    >>> from skspike.datasets import make_telegraph
    >>> X, y = make_telegraph(1000, random_state=0)
    >>> counts = X.sum(axis=(1, 2))  # equal means, different spread
    >>> [round(float(counts[y == label].std())) for label in (0, 1)]
    [20, 58]
    """
    (n_samples, n_channels, n_steps), dt = check_shape(n_samples, n_channels, n_steps, dt)
    dwells = check_classes(dwells, "dwells", low=dt)
    low = check_rate(low, "low", dt)
    high = check_rate(high, "high", dt)
    rng = check_random_state(random_state)
    y = rng.randint(len(dwells), size=n_samples)

    def draw(rows, batch_shape):
        is_high = markov_chain(
            rng, 0.5, 1 - 2 * dt / dwells[y[rows], None], (batch_shape[0], 1, n_steps))
        return bernoulli(rng, np.where(is_high, high, low) * (dt / 1000), batch_shape)

    return fill((n_samples, n_channels, n_steps), draw), y


def make_am(
        n_samples: int = 1000, n_channels: int = 20, n_steps: int = 300, *,
        frequencies: Sequence[float] = (8.0, 24.0), rate: float = 30.0, depth: float = 0.9,
        dt: float = 1.0, random_state: Seed = None) -> Dataset:
    """Make trains whose common rate is a sine (amplitude modulation), one frequency per class.

    The rate of all channels at time t in ms is ``rate * (1 + depth * cos(2 * pi * frequency * t /
    1000 + phase))``, with a random phase for each sample. Every step has the same probability of a
    spike in every class.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples. Labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=300
        Length of a train in steps.
    frequencies : sequence of float, default=(8.0, 24.0)
        Frequency of the modulation in Hz for each class, at most half the sampling rate, ``500 /
        dt``.
    rate : float, default=30.0
        Mean rate of all classes in Hz. ``rate * (1 + depth)`` must not exceed ``1000 / dt``.
    depth : float, default=0.9
        Depth of the modulation, from 0 to 1.
    dt : float, default=1.0
        Length of a step in ms.
    random_state : int, RandomState instance or None, default=None
        Seed of the labels, phases and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, the indices of `frequencies`.

    See Also
    --------
    make_telegraph : Trains whose common rate switches at random.
    make_poisson : Trains of constant rate.

    Notes
    -----
    With ``p = rate * dt / 1000``, the expected count of a train is ``n_steps * p``. The covariance
    of two channels at lag k is ``(p * depth)**2 / 2 * cos(2 * pi * frequency * k * dt / 1000)``. If
    a sample does not hold a whole number of periods, the total counts of the channels vary more:
    with the defaults 1.5 times as much for 8 Hz, and hardly more for 24 Hz.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.datasets import make_am
    >>> X, y = make_am(1000, n_steps=500, random_state=0)
    >>> power = abs(np.fft.rfft(X.sum(axis=1))) ** 2
    >>> [2 * int(1 + power[y == label, 1:].mean(axis=0).argmax()) for label in (0, 1)]  # Hz
    [8, 24]
    """
    (n_samples, n_channels, n_steps), dt = check_shape(n_samples, n_channels, n_steps, dt)
    frequencies = check_classes(frequencies, "frequencies", low=0, high=500 / dt)
    depth = check_number(depth, "depth", low=0, high=1)
    rate = check_number(rate, "rate", low=0, high=1000 / dt / (1 + depth))
    rng = check_random_state(random_state)
    y = rng.randint(len(frequencies), size=n_samples)
    phase = rng.uniform(0, 2 * np.pi, n_samples)
    seconds = np.arange(n_steps) * (dt / 1000)

    def draw(rows, batch_shape):
        angle = 2 * np.pi * frequencies[y[rows], None] * seconds + phase[rows, None]
        rates = (1 + depth * np.cos(angle))[:, None] * (rate * dt / 1000)
        return bernoulli(rng, rates, batch_shape)

    return fill((n_samples, n_channels, n_steps), draw), y
