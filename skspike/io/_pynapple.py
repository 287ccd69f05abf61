"""Conversion of units and trials of pynapple to rasters and back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._base import Raster, check_number, check_numbers, optional
from ._arrays import check_times, times_of
from ._binning import (
    Align, Length, binned, check_names, check_options, gather, with_binning_options)

ROUNDING = 1e-6  # ms. pynapple rounds times and edges of bins to nanoseconds


@with_binning_options
def from_pynapple(
        tsgroup: Any, trials: Any, *, bin_width: float, window: tuple[float, float] | None = None,
        length: Length = None, align: Align = "start", counts: bool = False,
        return_info: bool = False) -> Raster:
    """Convert the units of a pynapple group to a raster with one sample per trial.

    A spike at time t belongs to the step ``floor((t - start) / bin_width)`` of its trial. A spike
    on an edge belongs to the step that begins there. A spike at the stop of a trial is outside.
    Spikes outside all trials are ignored and do not count as lost. Trials may overlap.

    Parameters
    ----------
    tsgroup : pynapple.TsGroup or pynapple.Ts
        Units in the order of their keys, or a single unit. For NWB files, pass
        ``pynapple.load_file(path)["units"]``.
    trials : pynapple.IntervalSet or pynapple.Ts
        Trials, or events with a `window`.
    bin_width : float
        Length of a step in ms.
    window : tuple of (float, float), default=None
        Start and stop of a trial relative to its event, in ms, such as (-100, 400). None for an
        interval set.
    <parameters>

    Returns
    -------
    <returns>

    Raises
    ------
    TypeError
        If `tsgroup` or `trials` has another type.
    ValueError
        If there is no trial or no unit. If `window` is missing for events, or given for an interval
        set. If trials differ in length and `length` is None.

    Warns
    -----
    <warns>

    See Also
    --------
    to_pynapple : Convert back to a group and trials of pynapple.

    Notes
    -----
    Channels have the names in the column ``channel_name`` of the group, or else its keys. If an
    interval ends where the next one begins, pynapple shortens it by 1 us. Such trials need
    ``length="pad"``.

    Examples
    --------
    >>> import pynapple
    >>> from skspike.io import from_pynapple
    >>> first, second = pynapple.Ts([1.01, 1.05, 3.07]), pynapple.Ts([1.02, 3.03])
    >>> units = pynapple.TsGroup({0: first, 1: second})
    >>> trials = pynapple.IntervalSet([1.0, 3.0], [1.08, 3.08])  # in seconds
    >>> from_pynapple(units, trials, bin_width=20.0).tolist()
    [[[1, 0, 1, 0], [0, 1, 0, 0]], [[0, 0, 0, 1], [0, 1, 0, 0]]]
    """
    name = "from_pynapple"
    options = check_options(name, bin_width, length, align, counts, return_info)
    units = [tsgroup[key] for key in tsgroup.keys()] if hasattr(tsgroup, "keys") else [tsgroup]
    if not all(hasattr(unit, "t") for unit in units):
        raise TypeError(
            f"{name} expects a TsGroup or a Ts, got {type(tsgroup).__name__}. For arrays of times, "
            "use from_spike_times.")
    starts, stops = _trials(trials, window, name)
    if not units or not len(starts):
        raise ValueError(
            f"{name} needs at least one unit and one trial, got {len(units)} and {len(starts)}.")
    trains = [unit.t for unit in units]
    spikes = gather([trains] * len(starts), "units", "s", starts, stops, options.bin_width)
    return binned(
        spikes, starts, stops, _names(tsgroup), options, ignore_outside=True, rounding=ROUNDING)


def _trials(trials, window, name):
    """Return the start and stop of each trial in ms."""
    if hasattr(trials, "end") and not hasattr(trials, "t"):
        if window is not None:
            raise ValueError(
                f"{name} takes a window only with events, such as pynapple.Ts(trials.start), got "
                "an IntervalSet. Pass window=None.")
        return np.asarray(trials.start) * 1000.0, np.asarray(trials.end) * 1000.0
    if not hasattr(trials, "t"):
        raise TypeError(
            f"{name} expects trials in an IntervalSet, or events in a Ts, got "
            f"{type(trials).__name__}.")
    if window is None or len(window := check_numbers(window, "window")) != 2:
        raise ValueError(
            f"{name} needs window=(start, stop) in ms relative to events, such as (-100, 400).")
    return trials.t * 1000.0 + window[0], trials.t * 1000.0 + window[1]


def _names(tsgroup):
    """Return the channel names in the metadata of a group, or else its keys."""
    if not hasattr(tsgroup, "keys"):
        return ["x0"]
    has_names = "channel_name" in getattr(tsgroup, "metadata_columns", ())
    return list(tsgroup["channel_name"] if has_names else tsgroup.keys())


def to_pynapple(
        raster: ArrayLike, *, bin_width: float, t_start: ArrayLike | None = None,
        gap: float = 1000.0, channel_names: Sequence[str] | None = None) -> tuple[Any, Any]:
    """Convert a raster to a pynapple group of units, and an interval set of its samples.

    Parameters
    ----------
    raster : array-like of shape (n_samples, n_channels, n_steps), or list
        Spikes of 0 and 1, or a list of rasters (n_channels, n_steps) of unequal length. The time of
        a spike is the start of its step.
    bin_width : float
        Length of a step in ms.
    t_start : array-like of shape (n_samples,), default=None
        Start of each sample in ms, as in `RasterInfo`. None places samples one after the other from
        0 on, with gaps between them.
    gap : float, default=1000.0
        Time between samples in ms if `t_start` is None. It must be positive, because pynapple
        merges intervals that touch.
    channel_names : sequence of str, default=None
        Names of the units, as in `RasterInfo`, for the column ``channel_name`` of the group. None
        means ``x0``, ``x1``, ...

    Returns
    -------
    tsgroup : pynapple.TsGroup
        Channels, with keys from 0 on.
    trials : pynapple.IntervalSet
        Samples. `from_pynapple` of both with the same `bin_width` returns the same raster.

    Raises
    ------
    ImportError
        If pynapple is not installed.
    ValueError
        If `raster` is not three-dimensional or holds values other than 0 and 1, samples overlap or
        touch, or there is not one name for each channel.

    See Also
    --------
    from_pynapple : Convert back to a raster.

    Examples
    --------
    >>> from skspike.io import to_pynapple
    >>> group, trials = to_pynapple([[[1, 0, 0, 1], [0, 1, 0, 0]]], bin_width=2.5)
    >>> group[0].t.tolist(), group[1].t.tolist()  # in seconds
    ([0.0, 0.0075], [0.0025])
    """
    rasters, bin_width, starts = check_times(
        raster, bin_width, 0.0 if t_start is None else t_start, "to_pynapple")
    names = check_names(channel_names, len(rasters[0]), "to_pynapple")
    spans = np.array([raster.shape[1] for raster in rasters]) * bin_width
    if t_start is None:
        starts = np.arange(len(rasters)) * (spans.max() + check_number(gap, "gap", above=0))
    touching = np.diff(starts) <= spans[:-1] + 2 * ROUNDING
    if touching.any():
        raise ValueError(
            "to_pynapple needs ordered samples that do not touch. Successive values of t_start "
            f"must differ by more than the {spans[touching.argmax()]:g} ms of a sample.")
    with optional("pynapple", "io", "to_pynapple"):
        import pynapple
    trials = pynapple.IntervalSet(starts / 1000.0, (starts + spans) / 1000.0)
    samples = times_of(rasters, bin_width, starts)
    units = [np.concatenate([sample[k] for sample in samples]) / 1000.0 for k in range(len(names))]
    group = {k: pynapple.Ts(times, time_support=trials) for k, times in enumerate(units)}
    return pynapple.TsGroup(group, time_support=trials, metadata={"channel_name": names}), trials
