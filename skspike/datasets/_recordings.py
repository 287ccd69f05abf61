"""Generated recordings: gestures in signals, and spikes that precede reaches of an arm.

    u = (t - onset) / duration                  elapsed fraction of a movement
    K_kc(u) = sum_f weight_kcf sin(pi f u)      curve of kind k in channel c, f = 1, 2, 3
    x_c(t) = drift_c(t) + noise_c(t) + size K_kc(u)       while 0 <= u < 1

Drift and noise of gestures are Ornstein-Uhlenbeck processes. A distractor has K_kc(1 - u).

    v(t) = distance 30 s^2 (1 - s)^2 / duration         speed of a reach, s = elapsed fraction
    drive_i(t) = (depth_i d_i . v(t + lag_i) + gain_i |v(t + lag_i)|) / SPEED
                                                        of neuron i with the direction d_i
    rate_i(t) = base_i exp(2 tanh(drive_i / 2))
"""

import math

import numpy as np
from scipy.signal import lfilter
from sklearn.utils import check_random_state

from .._base import SIZE_LIMITS, Array, Seed, check_number
from ._arguments import bernoulli, check_shape

EVENT = [("onset", float), ("offset", float), ("label", int)]
PAUSE = 300.0  # shortest time between movements, ms
DURATIONS = 700.0, 1400.0  # range of the mean duration of a kind, ms
DRIFT = 3000.0, 0.5  # time constant of the drift in ms, and its standard deviation
RESTLESS = 100.0  # time constant of the noise, ms

REACH = 0.1  # largest distance of a target from the centre in each direction, m
SPEED = 0.4  # m/s
PAUSES = 100.0, 600.0  # before a reach, ms
DEPTHS = 0.5, 2.5  # of the drive by the direction at the speed SPEED, range over neurons
GAINS = -1.0, 1.0  # of the drive by the speed, range over neurons


def make_gestures(
        n_recordings: int = 6, n_channels: int = 6, n_steps: int = 12000, *, n_kinds: int = 3,
        every: float = 5000.0, distractors: float = 0.5, variety: float = 0.2, noise: float = 0.4,
        dt: float = 20.0, random_state: Seed = None) -> tuple[Array, list[Array]]:
    """Make long recordings of motion with gestures, and a table of the gestures of each recording.

    A gesture is a curve of all channels. Its size and its duration differ each time. Distractors
    are gestures backward in time. They have the same sizes, durations and correlations between
    channels, so they differ from gestures only in the order of their values in time.

    Every call draws new kinds of gestures. So make all recordings in one call, and hold some out.

    Parameters
    ----------
    n_recordings : int, default=6
        Number of recordings.
    n_channels : int, default=6
        Number of channels.
    n_steps : int, default=12000
        Length of a recording in steps. The default is 4 minutes.
    n_kinds : int, default=3
        Number of kinds of gestures.
    every : float, default=5000.0
        Mean time from one movement to the next in ms, from 2000 to 1e12. A movement is a gesture or
        a distractor.
    distractors : float, default=0.5
        Share of the movements that are distractors, from 0 to 1.
    variety : float, default=0.2
        Standard deviation of the logarithms of size and duration, from 0 to 0.5.
    noise : float, default=0.4
        Standard deviation of the noise, at least 0 and at most 1e6. A gesture of size 1 has a root
        mean square of 1.
    dt : float, default=20.0
        Length of a step in ms.
    random_state : int, RandomState instance or None, default=None
        Seed of the kinds, movements and noise.

    Returns
    -------
    X : ndarray of shape (n_recordings, n_channels, n_steps), dtype float32
        Signals.
    events : list of ndarray of shape (n_events,)
        A structured array for each recording, with the fields onset and offset, in ms, and label,
        the kind from 0 to ``n_kinds - 1``. Movements do not overlap.

    Raises
    ------
    ValueError
        If a parameter is outside its range.

    See Also
    --------
    make_reach : Spikes of a population, and a movement at each step.
    skspike.EventDetector : Find the gestures.
    skspike.metrics.event_scores : Score decisions about them.

    Notes
    -----
    Kinds have mean durations from 0.7 to 1.4 s. Movements are at least 0.3 s apart. The noise has a
    time constant of 0.1 s. The drift has one of 3 s, and a standard deviation of 0.5.

    Examples
    --------
    >>> from skspike.datasets import make_gestures
    >>> X, events = make_gestures(2, random_state=0)
    >>> X.shape
    (2, 6, 12000)
    >>> events[0].dtype.names
    ('onset', 'offset', 'label')
    >>> sorted({int(label) for label in events[0]["label"]})
    [0, 1, 2]
    """
    (n_recordings, n_channels, n_steps), dt = check_shape(
        n_recordings, n_channels, n_steps, dt, "n_recordings")
    n_kinds = check_number(n_kinds, "n_kinds", **SIZE_LIMITS)
    every = check_number(every, "every", low=2000, high=1e12)
    distractors = check_number(distractors, "distractors", low=0, high=1)
    variety = check_number(variety, "variety", low=0, high=0.5)
    noise = check_number(noise, "noise", low=0, high=1e6)
    rng = check_random_state(random_state)
    weights = rng.standard_normal((n_kinds, n_channels, 3))
    # the mean square of a curve is half the sum of its squared weights
    weights /= np.sqrt((weights**2).sum(axis=(1, 2), keepdims=True) / (2 * n_channels))
    means = rng.uniform(*DURATIONS, n_kinds)
    mean_pause = every - PAUSE - means.mean() * np.exp(variety**2 / 2)
    X, events = np.empty((n_recordings, n_channels, n_steps), np.float32), []
    for x in X:
        for channel in x:
            channel[:] = wander(rng, n_steps, dt, *DRIFT) + wander(
                rng, n_steps, dt, RESTLESS, noise)
        gestures = []
        for start, stop, kind, size, backward in _movements(
                rng, n_steps, dt, means, mean_pause, variety, distractors):
            u = (np.arange(stop - start) + 0.5) / (stop - start)
            basis = np.sin(np.pi * np.outer([1, 2, 3], 1 - u if backward else u))
            x[:, start:stop] += size * (weights[kind] @ basis)
            if not backward:
                gestures.append((start * dt, stop * dt, kind))
        events.append(np.array(gestures, EVENT))
    return X, events


def _movements(rng, n_steps, dt, means, mean_pause, variety, distractors):
    """Yield first step, end, kind, size and direction of the movements of a recording."""
    stop = 0
    while True:
        start = stop + max(round((PAUSE + rng.exponential(mean_pause)) / dt), 1)
        kind, backward = rng.randint(len(means)), rng.random_sample() < distractors
        length, size = np.exp(variety * rng.standard_normal(2))
        stop = start + max(round(means[kind] * length / dt), 1)
        if stop > n_steps:
            return
        yield start, stop, kind, size, backward


def wander(rng, n_steps, dt, tau, deviation):
    """Return an Ornstein-Uhlenbeck process, which begins in its stationary state."""
    steps = deviation * rng.standard_normal(n_steps)
    steps[1:] *= np.sqrt(-np.expm1(-2 * dt / tau))
    return lfilter([1.0], [1.0, -np.exp(-dt / tau)], steps)


def make_reach(
        n_recordings: int = 4, n_channels: int = 40, n_steps: int = 24000, *, rate: float = 8.0,
        lag: float = 150.0, dt: float = 5.0, random_state: Seed = None) -> tuple[Array, Array]:
    """Make spikes of a population, and the velocity of the arm that they precede at each step.

    An arm reaches from one random target in a plane to the next, along straight lines with the
    speed profile of a minimum jerk, and rests between reaches. The rate of a neuron depends on the
    velocity a fixed time later: it rises along a preferred direction, and it also rises or falls
    with the speed in any direction. So the best decoder is not linear.

    Every call draws new neurons. So make all recordings in one call, and hold some out.

    Parameters
    ----------
    n_recordings : int, default=4
        Number of recordings of the same neurons.
    n_channels : int, default=40
        Number of neurons.
    n_steps : int, default=24000
        Length of a recording in steps. The default is 2 minutes.
    rate : float, default=8.0
        Mean rate of the neurons at rest in Hz. The rate of each is between half and one and a half
        of it. Movement changes it by a factor of at most ``exp(2)``, so ``1.5 * exp(2) * rate``
        must not exceed ``1000 / dt``.
    lag : float, default=150.0
        Longest time by which spikes precede the movement in ms, at least 0. Lags of neurons are
        uniform from 0 to `lag`.
    dt : float, default=5.0
        Length of a step in ms.
    random_state : int, RandomState instance or None, default=None
        Seed of the neurons, reaches and spikes.

    Returns
    -------
    X : ndarray of shape (n_recordings, n_channels, n_steps), dtype uint8
        Spikes.
    y : ndarray of shape (n_recordings, 2, n_steps)
        Velocity in m/s.

    Raises
    ------
    ValueError
        If a parameter is outside its range.

    See Also
    --------
    make_gestures : Signals, and events in them.
    skspike.metrics.step_r2 : Score predictions of the velocity.

    Notes
    -----
    Targets are uniform in a square of 0.2 m. A reach lasts 0.25 s, and 2.2 s more per metre. Rests
    last from 0.1 to 0.6 s.

    Examples
    --------
    >>> from skspike.datasets import make_reach
    >>> X, y = make_reach(2, random_state=0)
    >>> X.shape, y.shape
    ((2, 40, 24000), (2, 2, 24000))
    """
    (n_recordings, n_channels, n_steps), dt = check_shape(
        n_recordings, n_channels, n_steps, dt, "n_recordings")
    rate = check_number(rate, "rate", low=0, high=1000 / dt / (1.5 * math.exp(2)))
    lag = check_number(lag, "lag", low=0)
    rng = check_random_state(random_state)
    angle, depth = rng.uniform(0, 2 * np.pi, n_channels), rng.uniform(*DEPTHS, n_channels)
    base, lags = rng.uniform(0.5, 1.5, n_channels) * rate, rng.uniform(0, lag, n_channels)
    gain = rng.uniform(*GAINS, n_channels)
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    # the movement goes on after the end, so that the last spikes precede some of it
    shifts = np.minimum(np.round(lags / dt), n_steps).astype(int)
    X = np.empty((n_recordings, n_channels, n_steps), np.uint8)
    y = np.empty((n_recordings, 2, n_steps))
    for x, target in zip(X, y, strict=True):
        velocity = reaches(rng, n_steps + shifts.max(), dt)
        target[:] = velocity[:, :n_steps]
        drives = (depth[:, None] * direction) @ velocity + np.outer(gain, np.hypot(*velocity))
        for train, drive, shift, low in zip(x, drives / SPEED, shifts, base, strict=True):
            rates = low * np.exp(2 * np.tanh(drive[shift : shift + n_steps] / 2))
            train[:] = bernoulli(rng, rates * (dt / 1000), n_steps)
    return X, y


def reaches(rng, n_steps, dt):
    """Return the velocity of an arm that reaches and rests, shape (2, n_steps)."""
    velocity, position, stop = np.zeros((2, n_steps)), np.zeros(2), 0
    while stop < n_steps:
        start = stop + max(round(rng.uniform(*PAUSES) / dt), 1)
        target = rng.uniform(-REACH, REACH, 2)
        way, position = target - position, target
        n = max(round((250 + 2200 * np.hypot(*way)) / dt), 1)
        stop = start + n
        n_inside = min(max(n_steps - start, 0), n)
        s = (np.arange(n_inside) + 0.5) / n
        velocity[:, start : start + n_inside] = np.outer(
            way, 30 * s**2 * (1 - s) ** 2 / (n * dt / 1000))
    return velocity
