"""Conversion of spike trains of neo to rasters and back."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._base import Raster, optional, shown
from ._arrays import check_times, times_of
from ._binning import (
    Align, Length, binned, check_names, check_options, check_samples, default_names, gather,
    has_own_windows, in_ms, window_times, with_binning_options)


@with_binning_options
def from_neo(
        samples: Any, *, bin_width: float, t_start: ArrayLike | None = None,
        t_stop: ArrayLike | None = None, length: Length = None, align: Align = "start",
        counts: bool = False, return_info: bool = False) -> Raster:
    """Convert spike trains of neo to a raster.

    A spike at time t belongs to the step ``floor((t - t_start) / bin_width)``. A spike on an edge
    belongs to the step that begins there. A spike at the stop of a train, which neo allows, is
    outside.

    Parameters
    ----------
    samples : list of list of neo.SpikeTrain, list of neo.Segment, neo.Segment or neo.Block
        Samples x channels. A segment is one sample, and a block is the list of its segments. To cut
        one long segment into many samples, pass ``[segment] * len(events)`` with `t_start` and
        `t_stop` for each event.
    bin_width : float
        Length of a step in ms.
    t_start, t_stop : float, quantity or array-like of shape (n_samples,), default=None
        Start and stop of the window, in ms or as quantities with a unit, as one value or one for
        each sample. By default a sample has the window of its trains.
    <parameters>

    Returns
    -------
    <returns>

    Raises
    ------
    TypeError
        If `samples` holds objects other than spike trains.
    ValueError
        If samples differ in the number or order of their channels, or the trains of one sample
        differ in their start or stop. If a window exceeds the trains and `length` is not "pad". If
        samples differ in length and `length` is None.

    Warns
    -----
    <warns>

    See Also
    --------
    to_neo : Convert back to spike trains of neo.
    from_array : Convert binned spike trains of elephant, ``from_array(binned.to_array(), "CT")``.

    Notes
    -----
    Channels have the names of the trains, if these are unique and the same in all samples.

    Examples
    --------
    >>> import neo
    >>> from skspike.io import from_neo
    >>> first = neo.SpikeTrain([1.0, 2.5, 7.0], units="ms", t_stop=8.0)
    >>> second = neo.SpikeTrain([4.0], units="ms", t_stop=8.0)
    >>> from_neo([[first, second]], bin_width=2.0).tolist()
    [[[1, 1, 0, 1], [0, 0, 1, 0]]]
    """
    name = "from_neo"
    options = check_options(name, bin_width, length, align, counts, return_info)
    samples = check_samples(_samples(samples), name, "spike trains")
    for train in itertools.chain(*samples):
        if not (hasattr(train, "rescale") and hasattr(train, "t_stop")):
            raise TypeError(
                f"{name} expects a neo.SpikeTrain for each channel, got {type(train).__name__}. "
                "For arrays, use from_spike_times.")
    starts, stops = _windows(samples, t_start, t_stop, length == "pad", name)
    spikes = gather(samples, "samples", "ms", starts, stops, options.bin_width)
    return binned(
        spikes, starts, stops, _names(samples), options,
        per_sample=has_own_windows(t_start, t_stop))


def _samples(samples):
    """Return the lists of spike trains in a container of neo."""
    samples = getattr(samples, "segments", samples)
    samples = [samples] if hasattr(samples, "spiketrains") else samples
    if not np.iterable(samples) or isinstance(samples, str):
        raise TypeError(
            "from_neo expects a list of samples, a Segment or a Block, got "
            f"{type(samples).__name__}.")
    found = [getattr(sample, "spiketrains", sample) for sample in samples]
    if any(isinstance(sample, np.ndarray) or not np.iterable(sample) for sample in found):
        raise TypeError(
            "from_neo expects samples x channels. Write the trains of a single sample as "
            "[[train, ...]].")
    return found


def _windows(samples, t_start, t_stop, pad, name):
    """Return the start and stop of each sample in ms, as given, or else of its trains."""
    starts, first = _ends(samples, t_start, "t_start", name)
    stops, last = _ends(samples, t_stop, "t_stop", name)
    # conversion between units rounds
    tolerance = 1e-9 * (np.abs(first) + np.abs(last))
    begin, end = starts.max(axis=1), stops.min(axis=1)
    beyond = np.flatnonzero((first < begin - tolerance) | (last > end + tolerance))
    if len(beyond) and not pad:
        i = beyond[0]
        raise ValueError(
            f"{name} got the window {first[i]:g} to {last[i]:g} ms of sample {i}, but its trains "
            f"cover {begin[i]:g} to {end[i]:g} ms. Take a smaller window, or pass length='pad' to "
            "fill it with silence.")
    return first, last


def _ends(samples, given, end, name):
    """Return one end of all trains in ms, and of each window, as given or of its trains."""
    values = np.array([in_ms(sample, end) for sample in samples])
    if given is not None:
        return values, window_times(given, len(samples), end)
    differ = np.flatnonzero(np.ptp(values, axis=1))
    if len(differ):
        found = ", ".join(f"{value:g}" for value in np.unique(values[differ[0]]))
        raise ValueError(
            f"{name} found trains with {end} of {found} ms in sample {differ[0]}. Pass {end}.")
    return values, values[:, 0]


def _names(samples):
    """Return the names of the trains if they are unique and the same in all samples."""
    first, *others = [[train.name for train in sample] for sample in samples]
    if not all(first) or len(set(first)) < len(first):
        return default_names(len(first))
    for i, names in enumerate(others, 1):
        if names != first and set(names) == set(first):
            raise ValueError(
                f"from_neo needs one order of trains in all samples, got {shown(names)} in sample "
                f"{i} and {shown(first)} in sample 0. Sort the trains.")
    return first if all(names == first for names in others) else default_names(len(first))


def to_neo(
        raster: ArrayLike, *, bin_width: float, t_start: ArrayLike = 0.0,
        channel_names: Sequence[str] | None = None) -> Any:
    """Convert a raster to a neo.Block, with a segment per sample and a train per channel.

    Parameters
    ----------
    raster : array-like of shape (n_samples, n_channels, n_steps), or list
        Spikes of 0 and 1, or a list of rasters (n_channels, n_steps) of unequal length. The time of
        a spike is the start of its step.
    bin_width : float
        Length of a step in ms.
    t_start : float or array-like of shape (n_samples,), default=0.0
        Start of the first step in ms, as one value or one for each sample, as in `RasterInfo`.
    channel_names : sequence of str, default=None
        Names of the trains, as in `RasterInfo`. None means ``x0``, ``x1``, ...

    Returns
    -------
    block : neo.Block
        `from_neo` with the same `bin_width` converts it back to the raster.

    Raises
    ------
    ImportError
        If neo is not installed.
    ValueError
        If `raster` is not three-dimensional or holds values other than 0 and 1, or there is not one
        name for each channel.

    See Also
    --------
    from_neo : Convert back to a raster.

    Examples
    --------
    >>> from skspike.io import to_neo
    >>> block = to_neo([[[1, 0, 0, 1], [0, 1, 0, 0]]], bin_width=2.5)
    >>> [train.magnitude.tolist() for train in block.segments[0].spiketrains]
    [[0.0, 7.5], [2.5]]
    """
    rasters, bin_width, starts = check_times(raster, bin_width, t_start, "to_neo")
    names = check_names(channel_names, len(rasters[0]), "to_neo")
    with optional("neo", "io", "to_neo"):
        import neo
    block = neo.Block()
    trains = times_of(rasters, bin_width, starts)
    for start, raster, sample in zip(starts, rasters, trains, strict=True):
        stop = start + raster.shape[1] * bin_width
        segment = neo.Segment()
        segment.spiketrains.extend([
            neo.SpikeTrain(times, units="ms", t_start=start, t_stop=stop, name=name)
            for times, name in zip(sample, names, strict=True)])
        block.segments.append(segment)
    return block
