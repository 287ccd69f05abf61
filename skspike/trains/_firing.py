"""Statistics of spike trains: rates, and the variation of intervals.

    rate = n / T       CV = sd(interval) / mean(interval), of the population
"""

import math
import numbers

import numpy as np
from numpy.typing import ArrayLike

from .._base import Numbers, Step, as_spikes, check_dt, shown


def firing_rate(raster: ArrayLike, dt: Step = 1.0) -> Numbers:
    """Return the firing rate of each train.

    Parameters
    ----------
    raster : array-like of shape (..., n_steps)
        Spike trains of 0 and 1, such as (n_samples, n_channels, n_steps).
    dt : float or RasterInfo, default=1.0
        Length of a step in ms, or the `skspike.io.RasterInfo` of the raster, which has it.

    Returns
    -------
    rates : float or ndarray of shape (...)
        Spikes per second (Hz), such as (n_samples, n_channels).

    Raises
    ------
    TypeError
        If `raster` is not an array or nested sequence of real numbers.
    ValueError
        If a value is not 0 or 1, there are no steps, or `dt` is not positive.

    See Also
    --------
    isi_cv : Variation of intervals.
    skspike.inspection.PSTHDisplay : Plot the rate over time.

    Examples
    --------
    >>> from skspike.trains import firing_rate
    >>> firing_rate([[0, 1, 0, 0], [1, 1, 1, 1]], dt=2.0)
    array([125., 500.])
    """
    dt = check_dt(dt)
    return as_spikes(raster, "firing_rate", "n_steps").mean(axis=-1) * (1000 / dt)


def isi_cv(raster: ArrayLike, *, pool: int | tuple[int, ...] = ()) -> Numbers:
    """Return the coefficient of variation of the intervals between neighbouring spikes.

    It is 0 for a regular train and 1 for a long Poisson train in short steps (``sqrt(1 - p)`` if p
    is the probability of a spike per step).

    Parameters
    ----------
    raster : array-like of shape (..., n_steps)
        Spike trains of 0 and 1, such as (n_samples, n_channels, n_steps).
    pool : int or tuple of int, default=()
        Axes to pool intervals over. For a raster (n_samples, n_channels, n_steps), 0
        gives one number per channel, and (0, 1) a single number. Short trains lack long intervals,
        and pooling does not correct this bias.

    Returns
    -------
    cv : float or ndarray of shape (...) without the pooled axes
        Coefficients of variation, dimensionless. 0 if there are fewer than two intervals (in one
        train, fewer than three spikes).

    Raises
    ------
    TypeError
        If `raster` is not an array or nested sequence of real numbers.
    ValueError
        If a value is not 0 or 1, there are no steps, or an axis is not one of the
        leading axes.

    See Also
    --------
    skspike.complexity.LZ76 : Complexity, which measures irregularity of any kind.

    References
    ----------
    .. [1] F. Gabbiani, C. Koch, "Principles of spike train analysis", in "Methods in Neuronal
        Modeling", MIT Press, 1998.

    Examples
    --------
    >>> from skspike.trains import isi_cv
    >>> isi_cv([[1, 0, 1, 0, 1, 0], [1, 1, 0, 0, 1, 0]])
    array([0. , 0.5])
    """
    raster = as_spikes(raster, "isi_cv", "n_steps")
    group, shape = _groups(raster.shape[:-1], pool)
    train, step = np.nonzero(raster.reshape(-1, raster.shape[-1]))
    same_train = train[1:] == train[:-1]
    interval, of = np.diff(step)[same_train], group[train[1:][same_train]]
    n_groups = math.prod(shape)
    n = np.maximum(np.bincount(of, minlength=n_groups), 1)
    mean = np.bincount(of, interval, n_groups) / n
    variance = np.bincount(of, (interval - mean[of]) ** 2, n_groups) / n
    # intervals are at least 1
    return (np.sqrt(variance) / np.maximum(mean, 1)).reshape(shape)[()]


def _groups(lead, pool):
    """Return the group index of each train after pooling leading axes, and the group shape."""
    axes = pool if isinstance(pool, (tuple, list)) else (pool,)
    allowed = range(len(lead))
    known = all(isinstance(axis, numbers.Integral) and axis in allowed for axis in axes)
    if not known or len(set(axes)) < len(axes):
        raise ValueError(
            f"pool must be a tuple of axes out of {tuple(allowed)}, the axes before time, got "
            f"{shown(pool)}.")
    shape = tuple(n for axis, n in enumerate(lead) if axis not in axes)
    index = np.arange(math.prod(shape)).reshape(
        [1 if axis in axes else n for axis, n in enumerate(lead)])
    return np.broadcast_to(index, lead).ravel(), shape
