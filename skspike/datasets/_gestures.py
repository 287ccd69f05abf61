"""Gestures in long recordings of motion, with movements backward in time as distractors.

    u = (t - onset) / duration                  elapsed fraction of a movement
    K_kc(u) = sum_f weight_kcf sin(pi f u)      curve of kind k in channel c, f = 1, 2, 3
    x_c(t) = drift_c(t) + noise_c(t) + size K_kc(u)       while 0 <= u < 1

Drift and noise are Ornstein-Uhlenbeck processes. A distractor has K_kc(1 - u).
"""

import numpy as np
from scipy.signal import lfilter
from sklearn.utils import check_random_state

from .._base import SIZE_LIMITS, Array, Seed, check_number
from ._arguments import check_shape

EVENT = [("onset", float), ("offset", float), ("label", int)]
PAUSE = 300.0  # shortest time between movements, ms
DURATIONS = 700.0, 1400.0  # range of the mean duration of a kind, ms
DRIFT = 3000.0, 0.5  # time constant of the drift in ms, and its standard deviation
RESTLESS = 100.0  # time constant of the noise, ms


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
        Mean time from one movement to the next in ms, at least 2000. A movement is a gesture or a
        distractor.
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
    every = check_number(every, "every", low=2000)
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
