"""Two volleys of spikes: the classes differ in their order."""

import numpy as np
from sklearn.utils import check_random_state

from .._checks import check_number
from .._utils import Dataset, Seed
from ._base import bernoulli, check_rate, check_shape, fill


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
