"""pynapple: channels are the units of a group, samples the epochs of an interval set or windows about events."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from .._checks import check_number, check_numbers
from .._utils import Raster
from ._binning import Spikes, binned, check_options, documented
from ._neo import check_names
from ._times import check_times, times_of

ROUNDED = 1e-6  # ms: pynapple rounds to nanoseconds, times in some ways and edges of bins always


@documented
def from_pynapple(
    tsgroup: Any,
    trials: Any,
    *,
    bin_width: float,
    window: tuple[float, float] | None = None,
    length: Literal["pad", "cut"] | None = None,
    align: Literal["start", "stop"] = "start",
    counts: bool = False,
    return_info: bool = False,
) -> Raster:
    """Make a raster of the units of a pynapple group, in each of some trials.

    A spike at time t falls into the step ``floor((t - start) / bin_width)`` of its trial: one on an
    edge into the step that begins there, and one at the end of the trial outside. Spikes in no
    trial are not in the samples, and so not lost; trials may overlap.

    Parameters
    ----------
    tsgroup : pynapple.TsGroup or pynapple.Ts
        The units, in the order of their keys, or a single one. Files of NWB give it by
        ``pynapple.load_file(path)["units"]``.
    trials : pynapple.IntervalSet or pynapple.Ts
        The trials, or events with a `window`.
    bin_width : float
        Length of a step in ms.
    window : tuple of (float, float), default=None
        Begin and end of the trials about events, in ms, such as (-100, 400); None for an interval
        set.
    <options>

    <returns>

    Raises
    ------
    TypeError
        If `tsgroup` or `trials` is something else.
    ValueError
        If there is no trial or no unit, trials differ in their length without `length`, or a window
        is missing or not wanted.

    <warns>

    See Also
    --------
    to_pynapple : The way back.

    Notes
    -----
    Channels are called what the group's column ``channel_name`` says, or by their keys. Where one
    interval ends as the next begins, pynapple takes 1 us away from the end: that calls for
    ``length="pad"``.

    Examples
    --------
    >>> import pynapple
    >>> from skspike.io import from_pynapple
    >>> units = pynapple.TsGroup({0: pynapple.Ts([1.01, 1.05, 3.07]), 1: pynapple.Ts([1.02, 3.03])})
    >>> trials = pynapple.IntervalSet([1.0, 3.0], [1.08, 3.08])  # in seconds
    >>> from_pynapple(units, trials, bin_width=20.0).tolist()
    [[[1, 0, 1, 0], [0, 1, 0, 0]], [[0, 0, 0, 1], [0, 1, 0, 0]]]
    """
    name = "from_pynapple"
    bin_width = check_options(bin_width, length, align, counts)
    units = [tsgroup[key] for key in tsgroup.keys()] if hasattr(tsgroup, "keys") else [tsgroup]
    if not all(hasattr(unit, "t") for unit in units):
        raise TypeError(
            f"{name} expects a TsGroup or a Ts, got {type(tsgroup).__name__}; arrays of times go "
            "to from_spike_times.")
    starts, stops = _trials(trials, window, name)
    if not units or not len(starts):
        raise ValueError(
            f"{name} needs one unit and one trial at least, got {len(units)} and {len(starts)}.")
    found = [_in_trials(unit.t * 1000.0, starts, stops) for unit in units]
    times, samples = (np.concatenate(parts) for parts in zip(*found, strict=True))
    spikes = Spikes(times, samples, np.repeat(np.arange(len(units)), [len(t) for t, _ in found]))
    return binned(
        spikes, starts, stops, _names(tsgroup), name, bin_width=bin_width, length=length,
        align=align, counts=counts, return_info=return_info, rounding=ROUNDED)  # fmt: skip


def _trials(trials, window, name):
    """Return when each trial begins and ends, in ms."""
    if hasattr(trials, "end") and not hasattr(trials, "t"):
        if window is not None:
            raise ValueError(
                f"window of {name} goes with events, a Ts such as pynapple.Ts(trials.start); an "
                "IntervalSet has its own.")
        return np.asarray(trials.start) * 1000.0, np.asarray(trials.end) * 1000.0
    if not hasattr(trials, "t"):
        raise TypeError(
            f"trials of {name} must be an IntervalSet, or events in a Ts with a window, got "
            f"{type(trials).__name__}.")
    if window is None or len(window := check_numbers(window, "window")) != 2:
        raise ValueError(
            f"{name} needs window=(begin, end) in ms about events, such as (-100, 400).")
    return trials.t * 1000.0 + window[0], trials.t * 1000.0 + window[1]


def _in_trials(times, starts, stops):
    """Return the times of one unit that lie in each trial, one trial after the other, and the trials."""
    low = np.searchsorted(times, starts - ROUNDED)
    high = np.searchsorted(times, stops + ROUNDED, side="right")
    sizes = np.maximum(high - low, 0)
    samples = np.repeat(np.arange(len(starts)), sizes)
    return times[
        np.arange(len(samples)) + np.repeat(low - np.cumsum(sizes) + sizes, sizes)], samples


def _names(tsgroup):
    """Return the names of units: what their column says, or their keys."""
    if not hasattr(tsgroup, "keys"):
        return ["x0"]
    return list(
        tsgroup["channel_name"] if "channel_name" in getattr(tsgroup, "metadata_columns", ())
        else tsgroup.keys())


def to_pynapple(
    raster: ArrayLike,
    *,
    bin_width: float,
    t_start: ArrayLike | None = None,
    gap: float = 1000.0,
    channel_names: Sequence[str] | None = None,
) -> tuple[Any, Any]:
    """Make a pynapple group of a raster, and the interval set of its samples.

    Parameters
    ----------
    raster : array-like of shape (n_samples, n_channels, n_steps)
        Spikes, 0 and 1. Each is told by the beginning of its step.
    bin_width : float
        Length of a step in ms.
    t_start : array-like of shape (n_samples,), default=None
        When each sample begins, in ms, as in `RasterInfo`; by default one after the other from 0
        on, with gaps between them.
    gap : float, default=1000.0
        Time between samples in ms, where `t_start` does not tell it: pynapple keeps no intervals
        apart that touch.
    channel_names : sequence of str, default=None
        Names of the units, as in `RasterInfo`, for the group's column ``channel_name``; ``x0``,
        ``x1``, ... by default.

    Returns
    -------
    tsgroup : pynapple.TsGroup
        The channels, with keys from 0 on.
    trials : pynapple.IntervalSet
        The samples. `from_pynapple` of both with the same `bin_width` gives the raster back.

    Raises
    ------
    ImportError
        If pynapple is not installed.
    ValueError
        If `raster` has other dimensions or other values, samples overlap or touch, or there is not
        one name for each channel.

    See Also
    --------
    from_pynapple : The way back.

    Examples
    --------
    >>> from skspike.io import to_pynapple
    >>> group, trials = to_pynapple([[[1, 0, 0, 1], [0, 1, 0, 0]]], bin_width=2.5)
    >>> group[0].t.tolist(), group[1].t.tolist()  # in seconds
    ([0.0, 0.0075], [0.0025])
    """
    raster, bin_width, starts = check_times(
        raster, bin_width, 0.0 if t_start is None else t_start, "to_pynapple")
    names = check_names(channel_names, raster.shape[1], "to_pynapple")
    span = raster.shape[2] * bin_width
    if t_start is None:
        starts = np.arange(len(raster)) * (span + check_number(gap, "gap", above=0))
    if (np.diff(starts) <= span + 2 * ROUNDED).any():
        raise ValueError(
            "to_pynapple needs samples in their order that do not touch: t_start must rise by "
            f"more than their {span:g} ms.")
    try:
        import pynapple
    except ImportError as error:
        raise ImportError('to_pynapple needs pynapple, which is not installed: pip install "skspike[io]"') from error
    trials = pynapple.IntervalSet(starts / 1000.0, (starts + span) / 1000.0)
    samples = times_of(raster, bin_width, starts)
    units = [np.concatenate([sample[k] for sample in samples]) / 1000.0 for k in range(len(names))]
    group = {k: pynapple.Ts(times, time_support=trials) for k, times in enumerate(units)}
    return pynapple.TsGroup(group, time_support=trials, metadata={"channel_name": names}), trials
