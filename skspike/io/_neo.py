"""neo: samples are segments, channels their spike trains."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from .._checks import shown
from .._utils import Raster
from ._binning import binned, check_options, check_samples, documented, gather, windows
from ._info import default_names
from ._times import check_times, times_of


@documented
def from_neo(
    samples: Any,
    *,
    bin_width: float,
    t_start: ArrayLike | None = None,
    t_stop: ArrayLike | None = None,
    length: Literal["pad", "cut"] | None = None,
    align: Literal["start", "stop"] = "start",
    counts: bool = False,
    return_info: bool = False,
) -> Raster:
    """Make a raster of neo's spike trains.

    A spike at time t falls into the step ``floor((t - t_start) / bin_width)``: one on an edge into
    the step that begins there, and one at the end of a train, which neo allows, outside.

    Parameters
    ----------
    samples : list of list of neo.SpikeTrain, list of neo.Segment, neo.Segment or neo.Block
        Samples x channels. A segment is a sample, a block the list of its segments; one long
        segment becomes many samples by ``[segment] * len(events)`` with `t_start` and `t_stop` for
        each.
    bin_width : float
        Length of a step in ms.
    t_start, t_stop : float, quantity or array-like of shape (n_samples,), default=None
        When the window begins and ends, in ms or with a unit of its own; one value, or one for each
        sample. By default a sample's window is that of its trains.
    <options>

    <returns>

    Raises
    ------
    TypeError
        If something else than spike trains is found.
    ValueError
        If samples differ in the number or the order of their channels, the trains of one in their
        extent, or lengths without `length`.

    <warns>

    See Also
    --------
    to_neo : The way back.
    from_elephant : Trains that are binned already.

    Notes
    -----
    A window beyond what the trains cover is refused, but for ``length="pad"``. Channels are called
    as their trains, if all samples agree.

    Examples
    --------
    >>> import neo
    >>> from skspike.io import from_neo
    >>> trains = [neo.SpikeTrain(times, units="ms", t_stop=8.0) for times in ([1.0, 2.5, 7.0], [4.0])]
    >>> from_neo([trains], bin_width=2.0).tolist()
    [[[1, 1, 0, 1], [0, 0, 1, 0]]]
    """
    name = "from_neo"
    bin_width = check_options(bin_width, length, align, counts)
    samples = check_samples(_samples(samples), name, "spike trains")
    wrong = [
        train for sample in samples
        for train in sample if not hasattr(train, "rescale") or not hasattr(train, "t_stop")]
    if wrong:
        raise TypeError(
            f"{name} expects a neo.SpikeTrain for each channel, got {type(wrong[0]).__name__}; "
            "arrays go to from_spike_times.")
    starts, stops = _windows(samples, t_start, t_stop, length == "pad", name)
    spikes = gather(
        [[train.rescale("ms").magnitude for train in sample] for sample in samples], "samples")
    # rescaling may widen them
    if any(train.dtype.itemsize < 8 for sample in samples for train in sample):
        spikes = spikes._replace(rounding=np.abs(spikes.times) * np.finfo(np.float32).eps)
    return binned(
        spikes, starts, stops, _names(samples), name, bin_width=bin_width, length=length,
        align=align, counts=counts, return_info=return_info,
        chosen=t_start is not None and np.ndim(t_start) > 0)  # fmt: skip


def _samples(samples):
    """Return the lists of trains of whatever neo's containers hold them."""
    samples = getattr(samples, "segments", samples)
    samples = [samples] if hasattr(samples, "spiketrains") else samples
    if not np.iterable(samples) or isinstance(samples, str):
        raise TypeError(
            "from_neo expects a list of samples, a Segment or a Block, got "
            f"{type(samples).__name__}.")
    found = [getattr(sample, "spiketrains", sample) for sample in samples]
    if any(isinstance(sample, np.ndarray) or not np.iterable(sample) for sample in found):
        raise TypeError(
            "from_neo expects samples x channels: the trains of one sample are written [[train, "
            "...]].")
    return found


def _windows(samples, t_start, t_stop, pad, name):
    """Return when the window of each sample begins and ends, in ms: as given, or as the trains say."""
    ends = [
        [
            (train.t_start.rescale("ms").magnitude, train.t_stop.rescale("ms").magnitude)
            for train in sample]
        for sample in samples]
    starts, stops = np.array(ends, dtype=float).transpose(2, 0, 1)
    for given, what, values in ((t_start, "t_start", starts), (t_stop, "t_stop", stops)):
        differ = np.flatnonzero((values != values[:, :1]).any(axis=1))
        if given is None and len(differ):
            found = ", ".join(f"{value:g}" for value in np.unique(values[differ[0]]))
            raise ValueError(
                f"{name} found trains with {what} of {found} ms in sample {differ[0]}: pass "
                f"{what}.")
    first = starts[:, 0] if t_start is None else windows(t_start, len(samples), "t_start")
    last = stops[:, 0] if t_stop is None else windows(t_stop, len(samples), "t_stop")
    near = 1e-9 * (np.abs(first) + np.abs(last))  # times in other units
    beyond = np.flatnonzero((first < starts.max(axis=1) - near) | (last > stops.min(axis=1) + near))
    if len(beyond) and not pad:
        i = beyond[0]
        covered = f"{starts[i].max():g} to {stops[i].min():g} ms"
        raise ValueError(
            f"{name}: the window {first[i]:g} to {last[i]:g} ms of sample {i} is more than its "
            f"trains cover, {covered}: "
            "take another one, or length='pad' to fill it with silence.")
    return first, last


def _names(samples):
    """Return the names of the trains, if they are unique and the same in all samples."""
    names = [[train.name for train in sample] for sample in samples]
    first = names[0]
    if None in first or "" in first or len(set(first)) < len(first):
        return default_names(len(first))
    for i, other in enumerate(names):
        if other != first and set(other) == set(first):
            raise ValueError(
                f"from_neo found the trains of sample {i} in the order {shown(other)}, those of "
                f"sample 0 as {shown(first)}.")
    return first if all(other == first for other in names) else default_names(len(first))


def to_neo(
        raster: ArrayLike, *, bin_width: float, t_start: ArrayLike = 0.0,
        channel_names: Sequence[str] | None = None) -> Any:
    """Make a neo.Block of a raster: a segment for each sample, a spike train for each channel.

    Parameters
    ----------
    raster : array-like of shape (n_samples, n_channels, n_steps)
        Spikes, 0 and 1. Each is told by the beginning of its step.
    bin_width : float
        Length of a step in ms.
    t_start : float or array-like of shape (n_samples,), default=0.0
        When the first step begins, in ms; one value, or one for each sample, as in `RasterInfo`.
    channel_names : sequence of str, default=None
        Names of the trains, as in `RasterInfo`; ``x0``, ``x1``, ... by default.

    Returns
    -------
    block : neo.Block
        `from_neo` with the same `bin_width` gives the raster back.

    Raises
    ------
    ImportError
        If neo is not installed.
    ValueError
        If `raster` has other dimensions or other values, or there is not one name for each channel.

    See Also
    --------
    from_neo : The way back.

    Examples
    --------
    >>> from skspike.io import to_neo
    >>> block = to_neo([[[1, 0, 0, 1], [0, 1, 0, 0]]], bin_width=2.5)
    >>> [train.magnitude.tolist() for train in block.segments[0].spiketrains]
    [[0.0, 7.5], [2.5]]
    """
    raster, bin_width, starts = check_times(raster, bin_width, t_start, "to_neo")
    names = check_names(channel_names, raster.shape[1], "to_neo")
    try:
        import neo
    except ImportError as error:
        raise ImportError(
            'to_neo needs neo, which is not installed: pip install "skspike[io]"') from error
    block = neo.Block()
    for start, sample in zip(starts, times_of(raster, bin_width, starts), strict=True):
        stop = start + raster.shape[2] * bin_width
        trains = [
            neo.SpikeTrain(t, units="ms", t_start=start, t_stop=stop, name=n)
            for t, n in zip(sample, names, strict=True)]
        segment = neo.Segment()
        segment.spiketrains.extend(trains)
        block.segments.append(segment)
    return block


def check_names(names, n_channels, name):
    """Return the names of channels as a list of str."""
    names = default_names(n_channels) if names is None else [str(one) for one in names]
    if len(names) != n_channels:
        raise ValueError(
            f"channel_names of {name} must be one for each of the {n_channels} channels, got "
            f"{len(names)}.")
    return names
