"""Trains whose channels are related: the classes differ in the times that channels have in common.

    order       two groups fire in volleys, one after the other
    sync        spike time = event + jitter N(0, 1), for events that channels have in common
    templates   spike time = latency of the pattern + jitter N(0, 1)
    telegraph   rate(t) of all channels = low or high, switching with probability dt / dwell

Independent background spikes are added to the first three.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.utils import check_random_state

from .._base import SIZE_LIMITS, Dataset, Seed, check_number
from ._arguments import bernoulli, check_classes, check_rate, check_shape, fill, labelled
from ._independent_trains import markov_chain

MAX_JITTER = 1e6  # steps
MAX_EVENTS = 100  # per step


def make_order(
        n_samples: int = 1000, n_channels: int = 20, n_steps: int = 250, *, width: float = 50.0,
        gap: float = 30.0, rate: float = 60.0, background: float = 5.0, dt: float = 1.0,
        random_state: Seed = None) -> Dataset:
    """Make trains of two volleys: group A fires before group B in class 0, and after it in class 1.

    Every channel fires at the background rate, and at `rate` during the volley of its group. The
    first volley begins at a random time. Every channel has the same expected count in both classes,
    so counts of input spikes carry no information about the class.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples. Labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels, at least 2. The first half is group A.
    n_steps : int, default=250
        Length of a train in steps.
    width : float, default=50.0
        Duration of a volley in ms, rounded to steps.
    gap : float, default=30.0
        Time between the volleys in ms, rounded to steps.
    rate : float, default=60.0
        Rate during a volley in Hz, at most ``1000 / dt``.
    background : float, default=5.0
        Rate outside the volley in Hz, at most ``1000 / dt``.
    dt : float, default=1.0
        Length of a step in ms.
    random_state : int, RandomState instance or None, default=None
        Seed of the labels, onsets and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels: 0 if group A comes first, 1 if group B does.

    Raises
    ------
    ValueError
        If the two volleys and the gap are longer than the train.

    See Also
    --------
    make_templates : Trains that repeat a pattern of spike times.
    make_sync : Trains of channels that fire together.

    Examples
    --------
    >>> from skspike.datasets import make_order
    >>> X, y = make_order(4, random_state=0)
    >>> X.shape, y
    ((4, 20, 250), array([0, 1, 1, 0]))
    """
    (n_samples, n_channels, n_steps), dt = check_shape(n_samples, n_channels, n_steps, dt)
    n_channels = check_number(n_channels, "n_channels", low=2, integer=True)
    # a longer time than the train does not fit either, and may be infinite in steps
    n_wide, n_between = (
        round(min(check_number(value, name, low=0) / dt, n_steps + 1))
        for name, value in (("width", width), ("gap", gap)))
    rate = check_rate(rate, "rate", dt)
    background = check_rate(background, "background", dt)
    spare = n_steps - (2 * n_wide + n_between)
    if spare < 0:
        raise ValueError(
            f"Two volleys of width={width} ms and a gap={gap} ms do not fit into {n_steps} steps "
            f"of {dt} ms. Use more steps or shorter volleys.")
    rng = check_random_state(random_state)
    y = rng.randint(2, size=n_samples)
    onset = rng.uniform(0, spare, n_samples)
    in_group_b = np.arange(n_channels) >= n_channels // 2

    def draw(rows, batch_shape):
        is_second = in_group_b != y[rows, None].astype(bool)
        start = onset[rows, None] + is_second * (n_wide + n_between)
        elapsed = np.arange(n_steps) - start[:, :, None]  # steps since the volley began
        rates = np.where((elapsed >= 0) & (elapsed < n_wide), rate, background)
        return bernoulli(rng, rates * (dt / 1000), batch_shape)

    return fill((n_samples, n_channels, n_steps), draw), y


def make_sync(
        n_samples: int = 1000, n_channels: int = 20, n_steps: int = 200, *,
        jitters: Sequence[float] = (1.0, 8.0), participation: float = 0.6, event_rate: float = 10.0,
        rate: float = 20.0, dt: float = 1.0, random_state: Seed = None) -> Dataset:
    """Make trains of channels that fire together at common events, with one jitter per class.

    Events are a Poisson process. Each channel takes part in each event with probability
    `participation`. Its spike is shifted from the event by a normal random time. Independent spikes
    are added so that every channel fires at `rate`. A single channel is a Poisson train of the same
    rate in every class, so the classes differ only in the relation between channels.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples. Labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=200
        Length of a train in steps.
    jitters : sequence of float, default=(1.0, 8.0)
        Standard deviation of the time between a spike and its event in ms, one value per class. At
        most a million steps.
    participation : float, default=0.6
        Probability that a channel takes part in an event.
    event_rate : float, default=10.0
        Rate of events in Hz, at most 100 per step.
    rate : float, default=20.0
        Rate of every channel in Hz, background included. At most ``1000 / dt``, and at least the
        rate of the spikes of events, about ``participation * event_rate`` (see Notes).
    dt : float, default=1.0
        Length of a step in ms.
    random_state : int, RandomState instance or None, default=None
        Seed of the labels, events and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, the indices of `jitters`.

    Raises
    ------
    ValueError
        If `rate` is less than the rate of the spikes of events.

    See Also
    --------
    make_templates : Trains that repeat a pattern of spike times.
    make_order : Trains that differ in the order of two groups.

    Notes
    -----
    A channel spikes in a step with probability ``p = rate * dt / 1000``. The background probability
    b solves ``1 - p = (1 - b) * exp(-participation * event_rate * dt / 1000)``. A step with spikes
    of several events counts once. The rate is lowest if b is 0. Events outside the
    sample are included if their spikes reach into it. The covariance of two channels at a lag of d
    ms is ``(1 - p)**2 * (exp(q) - 1)``. Here q is ``participation**2 * event_rate * dt / 1000``
    times the probability that two spikes of one event lie d ms apart within one step. This
    probability is about `dt` times the normal density of variance ``2 * jitter**2`` at d.

    Examples
    --------
    >>> from skspike.datasets import make_sync
    >>> X, y = make_sync(1000, random_state=0)
    >>> together = X.sum(axis=1).max(axis=1)  # most channels in one step
    >>> [round(float(together[y == label].mean()), 1) for label in (0, 1)]
    [5.9, 3.2]
    """
    shape, dt = check_shape(n_samples, n_channels, n_steps, dt)
    jitters = check_classes(jitters, "jitters", low=0, high=MAX_JITTER * dt)
    participation = check_number(participation, "participation", low=0, high=1)
    event_rate = check_number(event_rate, "event_rate", low=0, high=MAX_EVENTS * 1000 / dt)
    rate = check_rate(rate, "rate", dt)
    lowest = -np.expm1(-participation * event_rate * dt / 1000) * 1000 / dt
    background = 1 - (1 - rate * dt / 1000) * np.exp(participation * event_rate * dt / 1000)
    if background < 0:
        raise ValueError(
            f"rate must be at least {lowest:.6g} Hz, so that it includes the spikes of events, got "
            f"{rate!r}. Lower event_rate or participation.")
    n_channels, n_steps = shape[1:]
    # include events outside the sample whose spikes may fall into it
    begin, end = -6 * jitters.max(), n_steps * dt + 6 * jitters.max()

    def draw(rng, y, batch_shape):
        # draw the events, and the channels that take part in each
        n_events = rng.poisson(event_rate * (end - begin) / 1000, batch_shape[0])
        sample = np.repeat(np.arange(batch_shape[0]), n_events)
        event = rng.uniform(begin, end, len(sample))
        index, channel = np.nonzero(bernoulli(rng, participation, (len(sample), n_channels)))
        sample = sample[index]
        # shift each spike from its event
        times = event[index] + jitters[y][sample] * rng.standard_normal(len(index))
        inside = (times >= 0) & (times < n_steps * dt)
        X = bernoulli(rng, background, batch_shape)
        X[sample[inside], channel[inside], _steps(times[inside], dt, n_steps)] = True
        return X

    return labelled(shape, len(jitters), random_state, draw)


def make_templates(
        n_samples: int = 1000, n_channels: int = 20, n_steps: int = 150, *, n_classes: int = 4,
        jitter: float = 6.0, background: float = 10.0, dt: float = 1.0,
        random_state: Seed = None) -> Dataset:
    """Make trains that repeat one pattern of latencies per class.

    A pattern is one random latency for each channel, uniform over the train. In a sample, each
    channel spikes once at its latency plus a normal random time. Spikes shifted beyond an end of
    the train are reflected back into it. Independent spikes are added at the background rate. Every
    channel has the same expected count in every class.

    Every call draws new patterns. Make training and test data in one call and split them.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples. Labels are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=150
        Length of a train in steps.
    n_classes : int, default=4
        Number of patterns.
    jitter : float, default=6.0
        Standard deviation of the time between a spike and its latency in ms, at most a million
        steps. A jitter of 15 ms makes a hard task.
    background : float, default=10.0
        Rate of the independent spikes in Hz, at most ``1000 / dt``.
    dt : float, default=1.0
        Length of a step in ms.
    random_state : int, RandomState instance or None, default=None
        Seed of the patterns, labels and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels, from 0 to ``n_classes - 1``.

    See Also
    --------
    make_syllables : Patterns of different sources and speeds.
    make_order : Trains that differ in the order of two groups.

    Notes
    -----
    The expected count of a train is ``1 + (n_steps - 1) * background * dt / 1000``.

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
    (n_samples, n_channels, n_steps), dt = check_shape(n_samples, n_channels, n_steps, dt)
    n_classes = check_number(n_classes, "n_classes", **SIZE_LIMITS)
    jitter = check_number(jitter, "jitter", low=0, high=MAX_JITTER * dt)
    background = check_rate(background, "background", dt)
    rng = check_random_state(random_state)
    length = n_steps * dt
    latencies = rng.uniform(0, length, (n_classes, n_channels))
    y = rng.randint(n_classes, size=n_samples)

    def draw(rows, batch_shape):
        times = latencies[y[rows]] + jitter * rng.standard_normal(batch_shape[:2])
        times = abs((times + length) % (2 * length) - length)  # reflect at both ends
        X = bernoulli(rng, background * dt / 1000, batch_shape)
        np.put_along_axis(X, _steps(times, dt, n_steps)[..., None], True, axis=2)
        return X

    return fill((n_samples, n_channels, n_steps), draw), y


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
    make_sync : Trains of channels that fire together.
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
    shape, dt = check_shape(n_samples, n_channels, n_steps, dt)
    dwells = check_classes(dwells, "dwells", low=dt)
    low = check_rate(low, "low", dt)
    high = check_rate(high, "high", dt)

    def draw(rng, y, batch_shape):
        common = len(y), 1, shape[2]
        is_high = markov_chain(rng, 0.5, 1 - 2 * dt / dwells[y, None], common)
        return bernoulli(rng, np.where(is_high, high, low) * (dt / 1000), batch_shape)

    return labelled(shape, len(dwells), random_state, draw)


def _steps(times, dt, n_steps):
    """Return the step of each time. A time just below the end may round up to it."""
    return np.minimum((times / dt).astype(int), n_steps - 1)
