"""Arrays of spike times: the form that every other one can be brought into."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .._checks import DT, as_spikes, check_container, check_number, check_option
from .._utils import Array, Raster
from ._binning import UNITS, binned, check_options, check_samples, documented, gather, windows
from ._info import default_names


@documented
def from_spike_times(
    trials: Sequence[Sequence[ArrayLike]],
    *,
    bin_width: float,
    t_start: ArrayLike,
    t_stop: ArrayLike,
    unit: Literal["s", "ms", "us"] = "ms",
    length: Literal["pad", "cut"] | None = None,
    align: Literal["start", "stop"] = "start",
    counts: bool = False,
    return_info: bool = False,
) -> Raster:
    """Make a raster of lists of spike times.

    A spike at time t falls into the step ``floor((t - t_start) / bin_width)``: one on an edge into
    the step that begins there, whatever the last digit of its time, and one at `t_stop` outside.

    Parameters
    ----------
    trials : sequence of sequence of array-like of shape (n_spikes,)
        Samples x channels of spike times in any order, finite, in `unit`, or with a unit of their
        own; as many channels in each sample.
    bin_width : float
        Length of a step in ms.
    t_start, t_stop : float or array-like of shape (n_samples,)
        When the window begins and ends, in ms on the clock of the spikes; one value, or one for
        each sample. Events with a window are ``t_start=events - 100, t_stop=events + 400``.
    unit : {"s", "ms", "us"}, default="ms"
        Unit of the spike times; all else is in ms.
    <options>

    <returns>

    Raises
    ------
    TypeError
        If `trials` holds something else than numbers.
    ValueError
        If samples differ in their number of channels or in their length without `length`, or a time
        is not finite.

    <warns>

    See Also
    --------
    to_spike_times : The way back.

    Examples
    --------
    >>> from skspike.io import from_spike_times
    >>> trials = [[[0.0, 0.3], [0.1]], [[], [0.2, 0.399]]]  # two samples of two channels, in seconds
    >>> from_spike_times(trials, bin_width=100, t_start=0, t_stop=400, unit="s").tolist()
    [[[1, 0, 0, 1], [0, 1, 0, 0]], [[0, 0, 0, 0], [0, 0, 1, 1]]]
    """
    name = "from_spike_times"
    bin_width = check_options(bin_width, length, align, counts)
    check_option(unit, "unit", tuple(UNITS))
    check_container(trials, name)
    if hasattr(trials, "columns"):
        way = (
            "make lists of it, as in [[times[(trial == i) & (channel == j)] for j in channels] for "
            "i in trials]")
        raise TypeError(
            f"{name} expects samples x channels of arrays of times, got a table, "
            f"{type(trials).__name__}; {way}.")
    if not np.iterable(trials) or not all(map(np.iterable, trials)):
        raise ValueError(
            f"{name} expects samples x channels of arrays of times; a single sample is written "
            "[[channel, ...]].")
    trials = check_samples(trials, name, "channels")
    starts, stops = windows(t_start, len(trials), "t_start"), windows(t_stop, len(trials), "t_stop")
    return binned(
        gather(trials, "trials", unit), starts, stops, default_names(len(trials[0])), name,
        bin_width=bin_width, length=length, align=align, counts=counts, return_info=return_info,
        chosen=np.ndim(t_start) > 0)  # fmt: skip


def to_spike_times(
        raster: ArrayLike, *, bin_width: float, t_start: ArrayLike = 0.0,
        unit: Literal["s", "ms", "us"] = "ms") -> list[list[Array]]:
    """Return the spike times of a raster, each the beginning of its step.

    `from_spike_times` with the same `bin_width`, `t_start` and `unit` gives the raster back, bit
    for bit.

    Parameters
    ----------
    raster : array-like of shape (n_samples, n_channels, n_steps)
        Spikes, 0 and 1.
    bin_width : float
        Length of a step in ms.
    t_start : float or array-like of shape (n_samples,), default=0.0
        When the first step begins, in ms; one value, or one for each sample, as in `RasterInfo`.
    unit : {"s", "ms", "us"}, default="ms"
        Unit of the times that are returned.

    Returns
    -------
    trials : list of list of ndarray of shape (n_spikes,), float64
        Samples x channels of ascending times.

    Raises
    ------
    ValueError
        If `raster` has other dimensions or other values.

    See Also
    --------
    from_spike_times : The way back.
    to_neo : Times as neo's spike trains.

    Examples
    --------
    >>> from skspike.io import to_spike_times
    >>> [[times.tolist() for times in sample] for sample in to_spike_times([[[1, 0, 0, 1], [0, 1, 0, 0]]], bin_width=2.5)]
    [[[0.0, 7.5], [2.5]]]
    """
    raster, bin_width, starts = check_times(raster, bin_width, t_start, "to_spike_times")
    check_option(unit, "unit", tuple(UNITS))
    return [
        [train / UNITS[unit] for train in sample] for sample in times_of(raster, bin_width, starts)]


def check_times(raster, bin_width, t_start, name):
    """Return a raster of three dimensions, the length of a step and when each sample begins, all checked."""
    raster = as_spikes(raster, name, "n_samples", "n_channels", "n_steps")
    if raster.ndim != 3:
        raise ValueError(
            f"{name} expects a raster (n_samples, n_channels, n_steps), got shape {raster.shape}.")
    return raster, check_number(bin_width, "bin_width", **DT), windows(
        t_start, len(raster), "t_start")


def times_of(raster, bin_width, starts):
    """Return samples x channels of times in ms, each the beginning of its step."""
    sample, channel, step = np.nonzero(raster)
    sizes = np.bincount(sample * raster.shape[1] + channel, minlength=len(raster) * raster.shape[1])
    trains = np.split(starts[sample] + step * bin_width, np.cumsum(sizes)[:-1])
    return [trains[k : k + raster.shape[1]] for k in range(0, len(trains), raster.shape[1])]
