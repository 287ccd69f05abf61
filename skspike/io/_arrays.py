"""Conversion of arrays to rasters: spike times (and back), dense arrays, and events of tonic."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .._base import (
    DT_LIMITS, SIZE_LIMITS, Array, Ragged, Raster, as_numbers, as_spikes, check_container,
    check_number, check_numbers, check_option, check_raster, collected, is_raster)
from ._binning import (
    MS_PER_UNIT, Align, Length, RasterInfo, Unit, binned, check_options, check_samples,
    default_names, gather, grid_names, has_own_windows, memory_of, steps_since, window_times,
    with_binning_options, with_info)


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


def from_array(
        x: ArrayLike, layout: str, *, counts: bool = False, return_info: bool = False) -> Raster:
    """Convert a dense array of spikes to a raster (n_samples, n_channels, n_steps).

    Parameters
    ----------
    x : array-like or torch.Tensor
        Spikes of 0 and 1, or spike counts.
    layout : str
        Axes of `x`, one letter each: N samples, T time steps, C channels, H rows and W columns. C,
        H and W are flattened to channels in their order. "NTC" has time before channels, "TNC" has
        time first as in torch and snntorch, and "NTCHW" is for frames of events. T is required.
        Without N there is one sample, without C, H and W one channel.
    counts : bool, default=False
        Whether to keep the values, as graded spikes or currents for networks. Otherwise any number
        of spikes becomes 1.
    return_info : bool, default=False
        Whether to return channel names and the numbers of lost spikes. Flattened channels have
        names such as ``c1_h3_w7``.

    Returns
    -------
    raster : ndarray of shape (n_samples, n_channels, n_steps), uint8 or float
        1 for each step with a spike, or the values with `counts`.
    info : RasterInfo
        Names and lost spikes, without times. Only with `return_info`.

    Raises
    ------
    TypeError
        If `x` does not hold numbers.
    ValueError
        If `layout` does not fit the axes of `x`, a value is not finite, or a value is negative or
        fractional and `counts` is False.

    Warns
    -----
    UserWarning
        If more than 1 % of the spikes are lost, because they share a step with another one.

    See Also
    --------
    from_spike_times : Convert spike times.
    from_tonic : Convert events.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.io import from_array
    >>> time_first = np.zeros((100, 8, 3))  # 100 steps of 8 samples with 3 channels
    >>> from_array(time_first, "TNC").shape
    (8, 3, 100)
    """
    name = "from_array"
    check_option(counts, "counts", (False, True))
    # a tensor may need gradients, or be on another device
    x = as_numbers(x.detach().cpu() if hasattr(x, "detach") else x, name)
    _check_layout(layout, x.shape)
    if not np.isfinite(x).all():
        raise ValueError(f"{name} expects finite numbers, got NaN or infinity.")
    # order the axes, and flatten the axes of channels
    axes = layout.replace("N", "").replace("T", "")
    order = "N" * ("N" in layout) + axes + "T"
    x = x.transpose([*map(layout.index, order)])
    sizes = x.shape["N" in layout : -1]
    x = x.reshape(-1, math.prod(sizes), x.shape[-1])
    if counts:
        raster = np.array(x, x.dtype if x.dtype.kind == "f" else np.float32, order="C")
    elif is_raster(x) or ((x >= 0) & (x == np.floor(x))).all():
        raster = np.ascontiguousarray(x > 0, np.uint8)
    else:
        raise ValueError(
            "from_array expects spikes of 0 and 1, or spike counts. To keep other values, for "
            "networks and encoders, pass counts=True.")
    names = grid_names(axes.lower(), sizes) if len(axes) > 1 else default_names(x.shape[1])
    total = int(x.sum(dtype=float))
    n_clipped = 0 if counts else total - int(np.count_nonzero(raster))
    image_shape = (1, *sizes)[-3:] if axes in ("CHW", "HW") else None
    info = RasterInfo(names, None, None, total, n_clipped, 0, image_shape)
    return with_info(raster, info, name, return_info)


def _check_layout(layout, shape):
    """Raise unless a layout describes the axes of a shape."""
    known = isinstance(layout, str) and "T" in layout and set(layout) <= set("NTCHW")
    if not known or len(set(layout)) < len(layout):
        raise ValueError(
            "layout must consist of different letters out of N, T, C, H and W, T among them, got "
            f"{layout!r}.")
    if len(layout) != len(shape) or 0 in shape:
        raise ValueError(
            f"layout={layout!r} needs an array of {len(layout)} axes, none of them empty, got "
            f"shape {shape}.")


@with_binning_options
def from_tonic(
        samples: Sequence[Array], *, sensor_size: tuple[int, int, int], bin_width: float,
        t_start: ArrayLike = 0.0, t_stop: ArrayLike | None = None,
        unit: Unit = "us", length: Length = None, align: Align = "start", counts: bool = False,
        return_info: bool = False) -> Raster:
    """Convert events of tonic, structured arrays with fields t, x, p or t, x, y, p, to a raster.

    An event at time t belongs to the step ``floor((t - t_start) / bin_width)``. An event on an edge
    belongs to the step that begins there. Channels are in the order of flattened frames of tonic:
    by polarity, then row, then column.

    Parameters
    ----------
    samples : list of structured ndarray of shape (n_events,)
        Events of each sample, such as ``[events for events, label in dataset]``.
    sensor_size : tuple of (int, int, int)
        Width, height and number of polarities, such as ``dataset.sensor_size``. With one polarity
        the field p is ignored.
    bin_width : float
        Length of a step in ms.
    t_start : float or array-like of shape (n_samples,), default=0.0
        Start of the window, in ms on the clock of the events, as one value or one for each sample.
    t_stop : float or array-like of shape (n_samples,), default=None
        Stop of the window. None ends each sample after the step of its last event.
    unit : {"s", "ms", "us"}, default="us"
        Unit of the field t. All other times are in ms.
    <parameters>

    Returns
    -------
    <returns>

    Raises
    ------
    TypeError
        If `samples` is not a list of structured arrays with these fields.
    ValueError
        If an event is outside the sensor. If `t_stop` is None and a sample has no events. If
        samples differ in length and `length` is None.

    Warns
    -----
    <warns>

    See Also
    --------
    from_array : Convert frames, which tonic makes from events.

    Notes
    -----
    Channels have names such as ``p0_y3_x7``, without coordinates that have a single value.
    ``image_shape`` of the information is ``(polarities, height, width)``, for estimators that use
    neighbouring pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.io import from_tonic
    >>> fields = [("t", "i8"), ("x", "i2"), ("p", "i1")]
    >>> events = np.array([(0, 0, 1), (999, 1, 1), (1000, 1, 1)], dtype=fields)
    >>> from_tonic([events], sensor_size=(2, 1, 1), bin_width=1.0, t_stop=3.0).tolist()
    [[[1, 0, 0], [1, 1, 0]]]
    """
    name = "from_tonic"
    options = check_options(name, bin_width, length, align, counts, return_info)
    check_option(unit, "unit", tuple(MS_PER_UNIT))
    sizes = check_numbers(sensor_size, "sensor_size", **SIZE_LIMITS)
    if len(sizes) != 3:
        raise ValueError(
            f"sensor_size of {name} must be (width, height, polarities), got {sensor_size}.")
    samples = _checked(samples, name)
    times = [sample["t"] for sample in samples]
    # of each different sample, in the order of the spikes of gather
    channels = {
        memory_of(t): _channels(sample, sizes, i)
        for i, (t, sample) in enumerate(zip(times, samples, strict=True))}
    starts = window_times(t_start, len(samples), "t_start")
    stops = (
        np.full(len(samples), np.inf) if t_stop is None
        else window_times(t_stop, len(samples), "t_stop"))
    spikes = gather([[t] for t in times], "samples", unit, starts, stops, options.bin_width)
    spikes = spikes._replace(channels=np.concatenate(list(channels.values())))
    if t_stop is None:
        stops = _ends(spikes, starts, options)
    return binned(
        spikes, starts, stops, _names(sizes), options, per_sample=has_own_windows(t_start, t_stop),
        image_shape=sizes[::-1])


def _checked(samples, name):
    """Return samples as a list of structured arrays with the fields of events."""
    is_single = isinstance(samples, np.ndarray) and samples.dtype.names
    samples = [] if is_single or not np.iterable(samples) else list(samples)
    fields = [getattr(getattr(sample, "dtype", None), "names", None) or () for sample in samples]
    if not samples or not all({"t", "x", "p"} <= set(names) for names in fields):
        raise TypeError(
            f"{name} expects a list of structured arrays with the fields t, x, p or t, x, y, p. "
            "Write a single sample as [events].")
    return samples


def _channels(events, sizes, i):
    """Return the channel of each event of sample i."""
    width, height, polarities = sizes
    zero = np.zeros(len(events), np.int64)
    x = events["x"].astype(np.int64)
    y = events["y"].astype(np.int64) if "y" in events.dtype.names else zero
    p = events["p"].astype(np.int64) if polarities > 1 else zero
    for field, values, size in (("x", x, width), ("y", y, height), ("p", p, polarities)):
        wrong = values[(values < 0) | (values >= size)]
        if len(wrong):
            raise ValueError(
                f"samples[{i}] has an event with {field}={wrong[0]}, but sensor_size allows 0 to "
                f"{size - 1}.")
    return (p * height + y) * width + x


def _ends(spikes, starts, options):
    """Return the stop of the step of the last event of each sample."""
    last = np.full(len(starts), -np.inf)
    np.maximum.at(last, spikes.samples, spikes.times[spikes.numbers])
    if (last < starts).any():
        raise ValueError(
            f"{options.name} found no event after t_start in sample {np.argmax(last < starts)}, so "
            "its end is unknown. Pass t_stop.")
    width = options.bin_width
    steps = steps_since(starts, last, width, spikes.rounding.max(), SIZE_LIMITS["high"])
    return starts + (steps + 1) * width


def _names(sizes):
    """Return channel names from all coordinates with more than one value, and x."""
    axes = [
        (letter, size) for letter, size in zip("pyx", sizes[::-1], strict=True)
        if size > 1 or letter == "x"]
    return grid_names(*zip(*axes, strict=True))
