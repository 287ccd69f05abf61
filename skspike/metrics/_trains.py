"""Statistics of spike trains: rates, and the variation of intervals and counts.

    rate = n / T       CV = sd(interval) / mean(interval)       F = var(count) / mean(count)

Variances are population variances. The functions never return NaN. If a statistic is not defined,
they return the value of `undefined`.
"""

import math
import numbers

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_spikes, check_dt, check_number, shown
from .._utils import Numbers, Step


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
    fano_factor : Variation of counts.
    skspike.plotting.PSTHDisplay : Plot the rate over time.

    Examples
    --------
    >>> from skspike.metrics import firing_rate
    >>> firing_rate([[0, 1, 0, 0], [1, 1, 1, 1]], dt=2.0)
    array([125., 500.])
    """
    dt = check_dt(dt)
    return as_spikes(raster, "firing_rate", "n_steps").mean(axis=-1) * (1000 / dt)


def isi_cv(
        raster: ArrayLike, *, pool: int | tuple[int, ...] = (), undefined: float = 0.0) -> Numbers:
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
    undefined : float, default=0.0
        Value to return if there are fewer than two intervals (in one train, fewer than three
        spikes).

    Returns
    -------
    cv : float or ndarray of shape (...) without the pooled axes
        Coefficients of variation, dimensionless.

    Raises
    ------
    TypeError
        If `raster` is not an array or nested sequence of real numbers.
    ValueError
        If a value is not 0 or 1, there are no steps, or an axis is not one of the
        leading axes.

    See Also
    --------
    fano_factor : Variation of counts, within a train or over trials.
    skspike.complexity.LZ76 : Complexity, which measures irregularity of any kind.

    References
    ----------
    .. [1] F. Gabbiani, C. Koch, "Principles of spike train analysis", in "Methods in Neuronal
        Modeling", MIT Press, 1998.

    Examples
    --------
    >>> from skspike.metrics import isi_cv
    >>> isi_cv([[1, 0, 1, 0, 1, 0], [1, 1, 0, 0, 1, 0]])
    array([0. , 0.5])
    """
    raster = as_spikes(raster, "isi_cv", "n_steps")
    group, shape = _groups(raster.shape[:-1], pool)
    train, step = np.nonzero(raster.reshape(-1, raster.shape[-1]))
    same_train = train[1:] == train[:-1]
    n, mean, variance = _moments(
        np.diff(step)[same_train], group[train[1:][same_train]], math.prod(shape))
    # intervals are at least 1
    return np.where(n >= 2, np.sqrt(variance) / np.maximum(mean, 1), undefined).reshape(shape)[()]


def fano_factor(
        raster: ArrayLike, window: int, *, pool: int | tuple[int, ...] = (),
        undefined: float = 0.0) -> Numbers:
    """Return the Fano factor of spike counts, their variance divided by their mean.

    Each train is cut into adjacent windows. A remainder at its end that does not fill a window is
    left out. The Fano factor is 0 if all counts are equal and 1 for a Poisson process in short
    steps (``1 - p`` if p is the probability of a spike per step).

    Parameters
    ----------
    raster : array-like of shape (..., n_steps)
        Spike trains of 0 and 1, such as (n_samples, n_channels, n_steps).
    window : int
        Length of a window in steps, at most n_steps.
    pool : int or tuple of int, default=()
        Axes to pool windows over. For a raster (n_samples, n_channels, n_steps), 0 with
        ``window=n_steps`` gives the variation of each channel from trial to trial.
    undefined : float, default=0.0
        Value to return if there are no spikes.

    Returns
    -------
    fano : float or ndarray of shape (...) without the pooled axes
        Fano factors, in spikes.

    Raises
    ------
    TypeError
        If `raster` is not an array or nested sequence of real numbers.
    ValueError
        If a value is not 0 or 1, an axis is not one of the leading axes, the window is longer than
        the trains, or there is only one window.

    See Also
    --------
    isi_cv : Variation of intervals.
    firing_rate : Mean rate.

    References
    ----------
    .. [1] U. Fano, "Ionization yield of radiations. II. The fluctuations of the number of ions",
        Physical Review 72, 26-29, 1947.

    Examples
    --------
    >>> from skspike.metrics import fano_factor
    >>> fano_factor([[1, 0, 1, 0], [1, 1, 0, 0]], window=2)
    array([0., 1.])
    """
    raster = as_spikes(raster, "fano_factor", "n_steps")
    n_steps = raster.shape[-1]
    window = check_number(window, "window", low=1, high=n_steps, integer=True)
    n_windows = n_steps // window
    group, shape = _groups(raster.shape[:-1], pool)
    if len(group) * n_windows == math.prod(shape) > 0:
        raise ValueError(
            "fano_factor needs at least two windows for a variance, got one of "
            f"window={window} in n_steps={n_steps}. Take a shorter window, or pool samples.")
    windows = raster[..., : n_windows * window].reshape(len(group), n_windows, window)
    _, mean, variance = _moments(
        windows.sum(axis=2).ravel(), np.repeat(group, n_windows), math.prod(shape))
    return np.where(mean > 0, variance / np.where(mean > 0, mean, 1), undefined).reshape(shape)[()]


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


def _moments(values, group, n_groups):
    """Return the number, mean and variance of the values of each group, 0 for empty groups."""
    n = np.bincount(group, minlength=n_groups)
    divisor = np.maximum(n, 1)
    mean = np.bincount(group, values, n_groups) / divisor
    return n, mean, np.bincount(group, (values - mean[group]) ** 2, n_groups) / divisor
