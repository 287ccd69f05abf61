"""Reaches of an arm, and spikes of a population that precede them.

    v(t) = distance 30 s^2 (1 - s)^2 / duration         speed of a reach, s = elapsed fraction
    drive_i(t) = (depth_i d_i . v(t + lag_i) + gain_i |v(t + lag_i)|) / SPEED
                                                        of neuron i with the direction d_i
    rate_i(t) = base_i exp(2 tanh(drive_i / 2))
"""

import math

import numpy as np
from sklearn.utils import check_random_state

from .._base import Array, Seed, check_number
from ._arguments import bernoulli, check_shape

REACH = 0.1  # largest distance of a target from the centre in each direction, m
SPEED = 0.4  # m/s
PAUSES = 100.0, 600.0  # before a reach, ms
DEPTHS = 0.5, 2.5  # of the drive by the direction at the speed SPEED, range over neurons
GAINS = -1.0, 1.0  # of the drive by the speed, range over neurons


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
