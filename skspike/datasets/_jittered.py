"""Spikes at set times, more or less: what counts is how precise they are (sync), or which times they are (templates).

    spike time = event or latency + jitter N(0, 1),   on a background of independent spikes
"""

from collections.abc import Sequence

import numpy as np
from sklearn.utils import check_random_state

from .._checks import SIZE, check_number
from .._utils import Dataset, Seed
from ._base import bernoulli, check_classes, check_rate, check_shape, fill

MOST_STEPS = 1e6  # of jitter
MOST_EVENTS = 100  # in a step


def make_sync(
    n_samples: int = 1000,
    n_channels: int = 20,
    n_steps: int = 200,
    *,
    jitters: Sequence[float] = (1.0, 8.0),
    participation: float = 0.6,
    event_rate: float = 10.0,
    rate: float = 20.0,
    dt: float = 1.0,
    random_state: Seed = None,
) -> Dataset:
    """Make trains in which channels fire together at common events, precisely or loosely by class.

    Events fall at random times, as a Poisson process. Each channel joins each event with
    probability `participation`, and its spike comes after (or before) the event by a normal random
    time. Independent spikes are added so that every channel fires at `rate`. A channel by itself is
    a Poisson train of the same rate in every class: only the relation of channels tells the class.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples; labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=200
        Length of a train in steps.
    jitters : sequence of float, default=(1.0, 8.0)
        Standard deviation in ms of a spike's distance from its event, for each class; at most a
        million steps.
    participation : float, default=0.6
        Probability with which a channel joins an event.
    event_rate : float, default=10.0
        Rate of events in Hz; at most a hundred in a step.
    rate : float, default=20.0
        Rate in Hz of every channel, with the background; not less than ``participation *
        event_rate``.
    dt : float, default=1.0
        Length of a step in ms.
    random_state : int, RandomState instance or None, default=None
        Fixes labels, events and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, the indices of `jitters`.

    See Also
    --------
    make_templates : Patterns of times in place of common ones.
    make_order : Which group comes first.

    Notes
    -----
    A channel has a spike in a step with probability ``p = rate * dt / 1000``: the background's
    probability is the b that solves ``1 - p = (1 - b) * exp(-participation * event_rate * dt /
    1000)``. Events before the start and after the end whose spikes reach into the sample are made
    too. The covariance of two channels at a lag of d ms is ``(1 - p)**2 * (exp(q) - 1)``, where q
    is ``participation**2 * event_rate * dt / 1000`` times the probability that two spikes of one
    event lie d ms apart, to the step: about `dt` times the normal density of variance ``2 *
    jitter**2`` at d.

    Examples
    --------
    >>> from skspike.datasets import make_sync
    >>> X, y = make_sync(1000, random_state=0)
    >>> together = X.sum(axis=1).max(axis=1)  # most channels in one step
    >>> [round(float(together[y == label].mean()), 1) for label in (0, 1)]
    [5.9, 3.2]
    """
    shape, dt = check_shape(n_samples, n_channels, n_steps, dt)
    n_samples, n_channels, n_steps = shape
    jitters = check_classes(jitters, "jitters", low=0, high=MOST_STEPS * dt)
    participation = check_number(participation, "participation", low=0, high=1)
    event_rate = check_number(event_rate, "event_rate", low=0, high=MOST_EVENTS * 1000 / dt)
    rate = check_rate(rate, "rate", dt)
    background = 1 - (1 - rate * dt / 1000) * np.exp(participation * event_rate * dt / 1000)
    if background < 0:
        raise ValueError(
            f"rate must not be less than participation * event_rate = {participation * event_rate} "
            f"Hz, got {rate!r}.")
    rng = check_random_state(random_state)
    y = rng.randint(len(jitters), size=n_samples)
    begin, end = np.array([0, n_steps * dt]) + np.array([-6, 6]) * jitters.max()

    def draw(rows, part):
        sample = np.repeat(
            np.arange(part[0]), rng.poisson(event_rate * (end - begin) / 1000, part[0]))
        event = rng.uniform(begin, end, len(sample))
        joined, channel = np.nonzero(bernoulli(rng, participation, (len(sample), n_channels)))
        sample = sample[joined]
        spike = event[joined] + jitters[y[rows]][sample] * rng.standard_normal(len(joined))
        inside = (spike >= 0) & (spike < n_steps * dt)
        X = bernoulli(rng, background, part)
        X[sample[inside], channel[inside], _steps(spike[inside], dt, n_steps)] = True
        return X

    return fill(shape, draw), y


def make_templates(
    n_samples: int = 1000,
    n_channels: int = 20,
    n_steps: int = 150,
    *,
    n_classes: int = 4,
    jitter: float = 6.0,
    background: float = 10.0,
    dt: float = 1.0,
    random_state: Seed = None,
) -> Dataset:
    """Make trains that repeat one of a few patterns of latencies, which is the class.

    A pattern is one random latency for each channel, uniform over the train. In a sample, each
    channel has one spike at its pattern's latency plus a normal random time, and independent spikes
    at the background rate. A spike that the jitter would carry out of the train is reflected back
    into it. Every channel has the same expected count in every class.

    Patterns are drawn anew by each call: make training and test data in one call and split them.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples; labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=150
        Length of a train in steps.
    n_classes : int, default=4
        Number of patterns.
    jitter : float, default=6.0
        Standard deviation in ms of a spike's distance from its latency, at most a million steps; 15
        is a hard task.
    background : float, default=10.0
        Rate in Hz of the independent spikes.
    dt : float, default=1.0
        Length of a step in ms.
    random_state : int, RandomState instance or None, default=None
        Fixes patterns, labels and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, from 0 to ``n_classes - 1``.

    See Also
    --------
    make_randman : Patterns that vary along a manifold.
    make_order : Two groups of channels.

    Notes
    -----
    Expected count ``1 + (n_steps - 1) * background * dt / 1000``.

    Examples
    --------
    >>> from skspike.datasets import make_templates
    >>> X, y = make_templates(5, jitter=0.0, background=0.0, random_state=0)
    >>> y
    array([2, 2, 3, 2, 3])
    >>> X[y == 3, :4].argmax(axis=2)  # latencies of four channels
    array([[23, 16, 98, 20],
           [23, 16, 98, 20]])
    """
    shape, dt = check_shape(n_samples, n_channels, n_steps, dt)
    n_samples, n_channels, n_steps = shape
    n_classes = check_number(n_classes, "n_classes", **SIZE)
    jitter = check_number(jitter, "jitter", low=0, high=MOST_STEPS * dt)
    background = check_rate(background, "background", dt)
    rng = check_random_state(random_state)
    length = n_steps * dt
    latencies = rng.uniform(0, length, (n_classes, n_channels))
    y = rng.randint(n_classes, size=n_samples)

    def draw(rows, part):
        spike = latencies[y[rows]] + jitter * rng.standard_normal(part[:2])
        spike = abs((spike + length) % (2 * length) - length)  # reflected at both ends
        X = bernoulli(rng, background * dt / 1000, part)
        np.put_along_axis(X, _steps(spike, dt, n_steps)[..., None], True, axis=2)
        return X

    return fill(shape, draw), y


def _steps(times, dt, n_steps):
    # a time just below the end can round up to it
    return np.minimum((times / dt).astype(int), n_steps - 1)
