"""A data set outside the package: two groups of channels fire in bursts, together or in turn.

    lit(t)      a telegraph process of bursts, each on and off for `burst` ms on average
    rate(c, t)  2 rate if lit, else 0, for the first half of the channels. For the second half the
                same (class 0) or the opposite (class 1)
"""

import numpy as np
from sklearn.utils import check_random_state


def make_turns(
        n_samples=1000, n_channels=20, n_steps=250, *, rate=30.0, burst=40.0, dt=1.0,
        random_state=None):
    """Make trains of two groups of channels with coincident (0) or alternating (1) bursts.

    Every channel has the same rate.
    """
    if not 0 <= rate <= 500 / dt:
        raise ValueError(
            f"rate must lie within 0 and 500 / dt = {500 / dt:g} Hz, got {rate!r}. Shorter "
            "steps allow higher rates.")
    rng = check_random_state(random_state)
    y = rng.randint(2, size=n_samples)
    turns = rng.random_sample((n_samples, n_steps)) < dt / burst
    # start on or off with equal probability
    turns[:, 0] = rng.random_sample(n_samples) < 0.5
    lit = np.cumsum(turns, axis=1) % 2 == 1
    second = np.where(y[:, np.newaxis] == 0, lit, ~lit)
    groups = np.where(
        np.arange(n_channels)[:, np.newaxis] < n_channels // 2, lit[:, np.newaxis],
        second[:, np.newaxis])
    spikes = rng.random_sample((n_samples, n_channels, n_steps)) < 2 * rate * dt / 1000
    return (spikes & groups).astype(np.uint8), y
