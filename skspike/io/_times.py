"""Conversion of spike times to rasters and back."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    DT_LIMITS, Ragged, as_spikes, check_container, check_number, check_option, check_raster,
    collected)
from .._utils import Array, Raster
from ._binning import (
    MS_PER_UNIT, Align, Length, Unit, binned, check_options, check_samples, default_names, gather,
    has_own_windows, window_times, with_binning_options)


@with_binning_options
def from_spike_times(
        trials: Sequence[Sequence[ArrayLike]], *, bin_width: float, t_start: ArrayLike,
        t_stop: ArrayLike, unit: Unit = "ms", length: Length = None, align: Align = "start",
        counts: bool = False, return_info: bool = False) -> Raster:
    """Convert lists of spike times to a raster.

    A spike at time t belongs to the step ``floor((t - t_start) / bin_width)``. A spike on an edge
    belongs to the step that begins there, regardless of rounding. A spike at `t_stop` is outside.

    Parameters
    ----------
    trials : sequence of sequence of array-like of shape (n_spikes,)
        Samples x channels of finite spike times in any order, in `unit` or as quantities with a
        unit. Each sample has the same number of channels.
    bin_width : float
        Length of a step in ms.
    t_start, t_stop : float or array-like of shape (n_samples,)
        Start and stop of the window, in ms on the clock of the spikes, as one value or one for each
        sample. For windows around events, pass ``t_start=events - 100, t_stop=events + 400``.
    unit : {"s", "ms", "us"}, default="ms"
        Unit of the spike times. All other times are in ms.
    <parameters>

    Returns
    -------
    <returns>

    Raises
    ------
    TypeError
        If `trials` is a table, or holds values that are not numbers.
    ValueError
        If samples differ in their number of channels, or a time is not finite. If samples differ in
        length and `length` is None.

    Warns
    -----
    <warns>

    See Also
    --------
    to_spike_times : Convert back to spike times.

    Examples
    --------
    >>> from skspike.io import from_spike_times
    >>> trials = [[[0.0, 0.3], [0.1]], [[], [0.2, 0.399]]]  # two samples, two channels, in s
    >>> from_spike_times(trials, bin_width=100, t_start=0, t_stop=400, unit="s").tolist()
    [[[1, 0, 0, 1], [0, 1, 0, 0]], [[0, 0, 0, 0], [0, 0, 1, 1]]]
    """
    name = "from_spike_times"
    options = check_options(name, bin_width, length, align, counts, return_info)
    check_option(unit, "unit", tuple(MS_PER_UNIT))
    check_container(trials, name)
    if hasattr(trials, "columns"):
        raise TypeError(
            f"{name} expects samples x channels of arrays of times, got a table, "
            f"{type(trials).__name__}. Make lists from it: [[times[(trial == i) & (channel == j)] "
            "for j in channels] for i in trials].")
    if not np.iterable(trials) or not all(map(np.iterable, trials)):
        raise ValueError(
            f"{name} expects samples x channels of arrays of times. Write a single sample as "
            "[[channel, ...]].")
    trials = check_samples(trials, name, "channels")
    starts = window_times(t_start, len(trials), "t_start")
    stops = window_times(t_stop, len(trials), "t_stop")
    return binned(
        gather(trials, "trials", unit, starts, stops, options.bin_width), starts, stops,
        default_names(len(trials[0])), options, per_sample=has_own_windows(t_start, t_stop))


def to_spike_times(
        raster: ArrayLike, *, bin_width: float, t_start: ArrayLike = 0.0,
        unit: Unit = "ms") -> list[list[Array]]:
    """Convert a raster to spike times, each at the start of its step.

    `from_spike_times` with the same `bin_width`, `t_start` and `unit` returns exactly the same
    raster.

    Parameters
    ----------
    raster : array-like of shape (n_samples, n_channels, n_steps), or list
        Spikes of 0 and 1, or a list of rasters (n_channels, n_steps) of unequal length.
    bin_width : float
        Length of a step in ms.
    t_start : float or array-like of shape (n_samples,), default=0.0
        Start of the first step in ms, as one value or one for each sample, as in `RasterInfo`.
    unit : {"s", "ms", "us"}, default="ms"
        Unit of the returned times.

    Returns
    -------
    trials : list of list of ndarray of shape (n_spikes,), float64
        Samples x channels of ascending times.

    Raises
    ------
    ValueError
        If `raster` is not three-dimensional, or holds values other than 0 and 1.

    See Also
    --------
    from_spike_times : Convert back to a raster.
    to_neo : Convert to spike trains of neo.

    Examples
    --------
    >>> from skspike.io import to_spike_times
    >>> trials = to_spike_times([[[1, 0, 0, 1], [0, 1, 0, 0]]], bin_width=2.5)
    >>> [times.tolist() for times in trials[0]]
    [[0.0, 7.5], [2.5]]
    """
    rasters, bin_width, starts = check_times(raster, bin_width, t_start, "to_spike_times")
    check_option(unit, "unit", tuple(MS_PER_UNIT))
    return [
        [times / MS_PER_UNIT[unit] for times in sample]
        for sample in times_of(rasters, bin_width, starts)]


def check_times(raster, bin_width, t_start, name):
    """Return the raster of each sample, the bin width and the start of each sample in ms."""
    raster = collected(raster, name)
    if isinstance(raster, Ragged):
        raster = raster.with_values(check_raster(raster.values, name))
    else:
        raster = as_spikes(raster, name, "n_samples", "n_channels", "n_steps")
    if raster.ndim != 3:
        raise ValueError(
            f"{name} expects a raster (n_samples, n_channels, n_steps), got shape {raster.shape}.")
    bin_width = check_number(bin_width, "bin_width", **DT_LIMITS)
    return list(raster), bin_width, window_times(t_start, len(raster), "t_start")


def times_of(rasters, bin_width, starts):
    """Return samples x channels of spike times in ms, each at the start of its step."""
    found = []
    for raster, start in zip(rasters, starts, strict=True):
        channel, step = np.nonzero(raster)
        n_spikes = np.bincount(channel, minlength=len(raster))
        found.append(np.split(start + step * bin_width, np.cumsum(n_spikes)[:-1]))
    return found
