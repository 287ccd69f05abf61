"""Statistics of spike trains: rate, variation of intervals, variation of counts.

    rate = n / T       CV = sd(interval) / mean(interval)       F = var(count) / mean(count)

Variances are those of the population. None of the functions returns NaN: where a statistic is not
defined, it is `undefined`.
"""

import math
import numbers

import numpy as np
from numpy.typing import ArrayLike

from .._checks import DT, as_spikes, check_number, shown
from .._utils import Numbers


def firing_rate(raster: ArrayLike, dt: float = 1.0) -> Numbers:
    """Return the firing rate of each train.

    Parameters
    ----------
    raster : array-like of shape (..., n_steps)
        Spike trains of 0 and 1, such as (n_samples, n_channels, n_steps).
    dt : float, default=1.0
        Length of a step in ms.

    Returns
    -------
    rates : float or ndarray of shape (...)
        Spikes per second (Hz), such as (n_samples, n_channels).

    Raises
    ------
    TypeError
        If `raster` is no array of real numbers, nor sequences of them: a mapping, a set, dates,
        complex numbers.
    ValueError
        If there is a value other than 0 and 1, there are no steps, or `dt` is not positive.

    See Also
    --------
    fano_factor : How counts vary.
    skspike.plotting.PSTHDisplay : The rate over time.

    Examples
    --------
    >>> from skspike.metrics import firing_rate
    >>> firing_rate([[0, 1, 0, 0], [1, 1, 1, 1]], dt=2.0)
    array([125., 500.])
    """
    dt = check_number(dt, "dt", **DT)
    return as_spikes(raster, "firing_rate", "n_steps").mean(axis=-1) * (1000 / dt)


def isi_cv(
        raster: ArrayLike, *, pool: int | tuple[int, ...] = (), undefined: float = 0.0) -> Numbers:
    """Return the coefficient of variation of the intervals between neighbouring spikes of a train.

    It is 0 for a regular train and 1 for a long Poisson train (``sqrt(1 - p)`` with probability p
    per step).

    Parameters
    ----------
    raster : array-like of shape (..., n_steps)
        Spike trains of 0 and 1, such as (n_samples, n_channels, n_steps).
    pool : int or tuple of int, default=()
        Axes whose trains' intervals are taken together: of (n_samples, n_channels, n_steps), 0
        gives one number per channel and (0, 1) a single one. Short trains hold few intervals, of
        which the long ones are missing; pooling does not mend that.
    undefined : float, default=0.0
        What is returned where there are fewer than two intervals (in one train, fewer than three
        spikes).

    Returns
    -------
    cv : float or ndarray of shape (...) without the pooled axes
        Coefficients of variation, without unit.

    Raises
    ------
    TypeError
        If `raster` is no array of real numbers, nor sequences of them: a mapping, a set, dates,
        complex numbers.
    ValueError
        If there is a value other than 0 and 1, there are no steps, or an axis is not one of the
        leading axes.

    See Also
    --------
    fano_factor : Variation of counts, within a train or over trials.
    skspike.complexity.lz76 : Irregularity of any kind.

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
    train, step = np.nonzero(raster.reshape(len(group), -1))
    same = train[1:] == train[:-1]
    n, mean, variance = _moments(np.diff(step)[same], group[train[1:][same]], math.prod(shape))
    # no interval is below 1
    return np.where(n >= 2, np.sqrt(variance) / np.maximum(mean, 1), undefined).reshape(shape)[()]


def fano_factor(raster: ArrayLike, window: int, *, pool: int | tuple[int, ...] = (), undefined: float = 0.0) -> Numbers:
    """Return the Fano factor of spike counts: their variance divided by their mean.

    Every train is cut into windows side by side; a rest at its end that fills no window is left
    out. The Fano factor is 0 where all counts are equal and 1 for a Poisson process (``1 - p`` with
    probability p per step).

    Parameters
    ----------
    raster : array-like of shape (..., n_steps)
        Spike trains of 0 and 1, such as (n_samples, n_channels, n_steps).
    window : int
        Length of a window in steps, at most n_steps.
    pool : int or tuple of int, default=()
        Axes whose trains' windows are taken together: of (n_samples, n_channels, n_steps), 0 with
        ``window=n_steps`` gives the variation from trial to trial of each channel.
    undefined : float, default=0.0
        What is returned where there is no spike.

    Returns
    -------
    fano : float or ndarray of shape (...) without the pooled axes
        Fano factors, in spikes.

    Raises
    ------
    TypeError
        If `raster` is no array of real numbers, nor sequences of them: a mapping, a set, dates,
        complex numbers.
    ValueError
        If there is a value other than 0 and 1, an axis is not one of the leading axes, the window
        is longer than the trains, or there is only one window.

    See Also
    --------
    isi_cv : Variation of intervals.
    firing_rate : The mean.

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
    if len(group) * n_windows == math.prod(shape):
        raise ValueError(
            f"The variance needs two windows, got one of window={window} in n_steps={n_steps}; "
            "shorten it, or pool samples.")
    counts = raster.reshape(len(group), -1)[:, : n_windows * window].reshape(
        len(group), n_windows, window).sum(axis=2)
    _, mean, variance = _moments(counts.ravel(), np.repeat(group, n_windows), math.prod(shape))
    return np.where(mean > 0, variance / np.where(mean > 0, mean, 1), undefined).reshape(shape)[()]


def _groups(lead, pool):
    """Return the group of each train when some of the leading axes are pooled, and the shape of the groups."""
    axes = pool if isinstance(pool, (tuple, list)) else (pool,)
    possible = range(len(lead))
    if not all(isinstance(axis, numbers.Integral) and axis in possible for axis in axes) or len(
            set(axes)) < len(axes):
        raise ValueError(
            f"pool must be a tuple of axes out of {tuple(possible)}, those before time, got "
            f"{shown(pool)}.")
    shape = tuple(n for axis, n in enumerate(lead) if axis not in axes)
    index = np.arange(math.prod(shape)).reshape(
        [1 if axis in axes else n for axis, n in enumerate(lead)])
    return np.broadcast_to(index, lead).ravel(), shape


def _moments(values, group, n_groups):
    """Return the number, mean and variance of the values of each group, 0 where there are none."""
    n = np.bincount(group, minlength=n_groups)
    some = np.maximum(n, 1)
    mean = np.bincount(group, values, n_groups) / some
    return n, mean, np.bincount(group, (values - mean[group]) ** 2, n_groups) / some
