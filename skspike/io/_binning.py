"""Exact assignment of spike times to bins, and the information about a converted raster.

    step of a spike = floor((t - start) / bin_width)

A spike on an edge belongs to the step that begins there. Decimal times are rounded to binary
numbers, which may move a spike from an edge to just before it. So times within the rounding error
of an edge count as on the edge.
"""

from typing import Literal, NamedTuple

import numpy as np

from .._base import (
    DT_LIMITS, SIZE_LIMITS, as_numbers, check_container, check_number, check_option, sections,
    shown, warn, with_sections)

MAX_LOST = 0.01  # fraction of lost spikes above which a conversion warns
# bins. The tolerance of elephant: above the rounding of float64, below the resolution of recordings
EDGE_TOLERANCE = 1e-8
EPS = np.finfo(float).eps
MS_PER_UNIT = {"s": 1000.0, "ms": 1.0, "us": 0.001}
Unit = Literal["s", "ms", "us"]
Length = Literal["pad", "cut", "keep"] | None
Align = Literal["start", "stop"]


class RasterInfo(NamedTuple):
    """Names, times and lost spikes of a raster, returned with ``return_info=True``.

    Parameters
    ----------
    channel_names : ndarray of str objects of shape (n_channels,)
        Names of the channels. ``x0``, ``x1``, ... if the source has no names. Pass them to
        ``get_feature_names_out`` of a fitted estimator or pipeline to name its features.
    bin_width : float or None
        Length of a step in ms. None if the source does not contain it. Functions and displays of
        rasters also take the `RasterInfo` itself as `dt`.
    t_start : ndarray of shape (n_samples,) or None
        Start of the first step of each sample, in ms on the clock of the source. None if the source
        does not contain it.
    n_spikes : int
        Number of spikes in the given samples. A spike of a recording that is given for several
        samples, with a window for each, counts once.
    n_clipped : int
        Number of spikes lost because their bin already holds a spike, in all of their windows. 0
        with ``counts=True``.
    n_outside : int
        Number of spikes lost because they are in no window of their samples.
    image_shape : tuple of (int, int, int) or None, default=None
        Number of polarities or colours, rows and columns of a sensor, if its channels are in this
        order. Estimators that use neighbouring pixels have a parameter of the same name. None if
        the channels are not pixels.

    See Also
    --------
    from_spike_times : Convert spike times, one of the functions that return this information.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike import SpikeCounter
    >>> from skspike.io import from_spike_times
    >>> raster, info = from_spike_times(
    ...     [[[0.2, 0.9], [1.5]]], bin_width=0.5, t_start=0, t_stop=2, return_info=True)
    >>> info.n_spikes, info.n_clipped, info.n_outside
    (3, 0, 0)
    >>> SpikeCounter().fit(raster).get_feature_names_out(info.channel_names).tolist()
    ['count_x0', 'count_x1']
    """

    channel_names: np.ndarray
    bin_width: float | None
    t_start: np.ndarray | None
    n_spikes: int
    n_clipped: int
    n_outside: int
    image_shape: tuple[int, ...] | None = None


def default_names(n_channels):
    """Return names for unnamed channels, in the style of scikit-learn's feature names."""
    return [f"x{k}" for k in range(n_channels)]


def grid_names(letters, sizes):
    """Return names for the channels of a grid, such as ``y3_x7``, with one letter per axis."""
    return ["_".join(map("{}{}".format, letters, place)) for place in np.ndindex(*sizes)]


def check_names(names, n_channels, name):
    """Return one name for each channel, as a list of str."""
    names = default_names(n_channels) if names is None else list(map(str, names))
    if len(names) != n_channels:
        raise ValueError(
            f"{name} needs channel_names for each of the {n_channels} channels, got {len(names)}.")
    return names


def with_info(raster, info, name, return_info, per_sample=False, spans=""):
    """Return a raster, and its information if requested. Warn about lost spikes.

    Spikes outside windows given for each sample (`per_sample`) are left out on purpose, unless all
    spikes are outside. If most spikes are lost, the unit may be wrong. Then the warning contains
    `spans`, the ranges of spikes and windows.
    """
    lost = info.n_clipped
    reasons = []
    if info.n_clipped:
        reasons.append(
            f"{info.n_clipped} in bins that held one already (take shorter bins, or keep them with "
            "counts=True)")
    if info.n_outside and (not per_sample or info.n_outside == info.n_spikes):
        reasons.append(f"{info.n_outside} outside the window")
        lost += info.n_outside
    if lost > MAX_LOST * info.n_spikes:
        warn(
            f"{name} lost {lost} of {info.n_spikes} spikes: {', '.join(reasons)}."
            + (spans if lost > info.n_spikes / 2 else ""))
    if not return_info:
        return raster
    names = np.array(list(map(str, info.channel_names)), dtype=object)
    return raster, info._replace(channel_names=names)


class Options(NamedTuple):
    """Checked options of a conversion, with the name of the function for its messages."""

    name: str
    bin_width: float
    length: str | None
    align: str
    counts: bool
    return_info: bool


def check_options(name, bin_width, length, align, counts, return_info):
    """Return the options that the conversions share, checked.

    Parameters
    ----------
    length : {"pad", "cut", "keep"} or None, default=None
        Treatment of samples that differ in length or do not last a whole number of steps. "pad"
        fills them with silence up to the longest, "cut" cuts them to the shortest, "keep" keeps the
        length of each, rounded up to whole steps. None raises an error.
    align : {"start", "stop"}, default="start"
        The end of the samples that stays in place if they are padded or cut.
    counts : bool, default=False
        Whether to keep the number of spikes in each bin, as graded spikes for networks, instead of
        1.
    return_info : bool, default=False
        Whether to return channel names, times and the numbers of lost spikes.
    """
    check_option(length, "length", (None, "pad", "cut", "keep"))
    check_option(align, "align", ("start", "stop"))
    check_option(counts, "counts", (False, True))
    bin_width = check_number(bin_width, "bin_width", **DT_LIMITS)
    return Options(name, bin_width, length, align, counts, return_info)


class Spikes(NamedTuple):
    """Different spikes, and the spikes of each sample.

    `times` in ms, `channels` and `rounding`, the rounding error of the times in ms, hold each
    different spike once. `numbers` and `samples` have an entry for each spike of each sample: its
    position in `times`, and its sample. A spike of several samples has several entries.
    """

    times: np.ndarray
    channels: np.ndarray
    numbers: np.ndarray
    samples: np.ndarray
    rounding: np.ndarray | float = 0.0

    def count(self, numbers):
        """Return the number of different spikes with these numbers."""
        chosen = np.zeros(len(self.times), bool)
        chosen[numbers] = True
        return int(np.count_nonzero(chosen))


def gather(trains, name, unit, starts, stops, bin_width):
    """Return the spikes of samples x channels of arrays of times.

    A train that is given for several samples is converted once. Samples contain the spikes of their
    windows, and of the step before, because rounding may move a spike to the start of a window.
    """
    arrays, uses = [], {}  # different trains, and the samples of each
    for i, sample in enumerate(trains):
        for j, train in enumerate(sample):
            used = uses.setdefault((j, memory_of(train)), [])
            if not used:
                arrays.append(_as_times(train, f"{name}[{i}][{j}]", unit))
            used.append(i)
    lengths = np.array([len(times) for times in arrays])
    index = np.repeat(np.arange(len(arrays)), lengths)
    channels, samples = np.array([(j, used[0]) for (j, _), used in uses.items()])[index].T
    with np.errstate(over="ignore"):  # infinite times are refused below
        times = np.concatenate(arrays).astype(float) * MS_PER_UNIT[unit]
    infinite = ~np.isfinite(times)
    if infinite.any():
        k = np.argmax(infinite)
        raise ValueError(
            f"{name}[{samples[k]}][{channels[k]}] must hold finite times, got {times[k]}.")
    rounding = np.abs(times) * np.array([_eps(array.dtype) for array in arrays])[index]

    starts = starts - bin_width
    # first samples of all trains at once, because most trains have a single sample
    numbers = np.flatnonzero((times >= starts[samples]) & (times < stops[samples]))
    found = [(numbers, samples[numbers])]
    ends = np.cumsum(lengths)
    for (_, *used), begin, end in zip(uses.values(), ends - lengths, ends, strict=True):
        if used:
            inside, window = _in_windows(times[begin:end], starts[used], stops[used])
            found.append((begin + inside, np.array(used)[window]))
    numbers, samples = map(np.concatenate, zip(*found, strict=True))
    return Spikes(times, channels, numbers, samples, rounding)


def _in_windows(times, starts, stops):
    """Return the indices of the times in each window, window after window, and their windows."""
    order = np.argsort(times, kind="stable")
    low, high = np.searchsorted(times, [starts, stops], sorter=order)
    n_times = np.maximum(high - low, 0)
    windows = np.repeat(np.arange(len(starts)), n_times)
    # rank of the first time of each window, minus its position in the result
    offset = low - (np.cumsum(n_times) - n_times)
    return order[np.arange(len(windows)) + offset[windows]], windows


def _eps(dtype):
    """Return the relative rounding error of times in types narrower than float64, otherwise 0."""
    return np.finfo(dtype).eps if dtype.kind == "f" and dtype.itemsize < 8 else 0.0


def memory_of(train):
    """Return a key for a train: the place of an array in memory, or the id of another object."""
    if not isinstance(train, np.ndarray) or isinstance(train, np.ma.MaskedArray):
        return id(train)
    place = train.__array_interface__["data"][0], train.strides, train.shape, train.dtype.str
    return *place, str(getattr(train, "dimensionality", ""))


def _as_times(train, name, unit):
    """Return the times of one channel as an array."""
    if type(train) is not np.ndarray or train.dtype != np.float64:  # skip checks, for speed
        train = as_numbers(_in_unit(train, unit), name)
    if train.ndim != 1:
        raise ValueError(
            f"{name} must be a 1-D array, the spike times of one channel, got shape {train.shape}.")
    return train


def _in_unit(values, unit):
    """Convert quantities with a unit to plain numbers in `unit`. Return other values unchanged.

    numpy would read the numbers of a quantity in its own unit.
    """
    if hasattr(values, "rescale"):
        scaled = values.rescale(unit).magnitude
        # keep a narrow type, because it determines the rounding error
        return scaled.astype(values.dtype, copy=False) if values.dtype.kind == "f" else scaled
    if isinstance(values, (list, tuple)) and any(
            hasattr(kind, "rescale") for kind in set(map(type, values))):
        return [_in_unit(value, unit) for value in values]
    return values


def in_ms(things, attribute):
    """Return an attribute of several objects in ms. It has a unit."""
    return np.array([_in_unit(getattr(thing, attribute), "ms") for thing in things], float)


def check_samples(samples, name, kind):
    """Return samples as lists of channels. Raise unless all have the same number of them."""
    samples = [list(sample) for sample in samples]
    numbers = sorted({len(sample) for sample in samples})
    if len(numbers) != 1 or numbers == [0]:
        raise ValueError(
            f"{name} needs at least one sample, and the same number of {kind} in each, got "
            f"{len(samples)} samples with {', '.join(map(str, numbers)) or 'no'} {kind}.")
    return samples


def window_times(values, n_samples, name):
    """Return the starts or stops of windows in ms, one per sample, from one value or several."""
    values = _in_unit(values, "ms")
    check_container(values, name)
    times = as_numbers(values, name).astype(float)
    if times.shape not in ((), (n_samples,)) or not np.isfinite(times).all():
        raise ValueError(
            f"{name} must be a finite number of ms, or one for each of the {n_samples} samples, "
            f"got {shown(values)}.")
    return np.broadcast_to(times, n_samples)


def has_own_windows(t_start, t_stop):
    """Return whether each sample has its own window, so that spikes outside are expected."""
    return np.ndim(t_start) > 0 or np.ndim(t_stop) > 0


def _in_bins(times, start, bin_width, rounding):
    """Return the time since `start` in bins, and whether it is a whole number up to rounding."""
    bins = (times - start) / bin_width
    error = (rounding + 4 * EPS * (np.abs(times) + np.abs(start))) / bin_width
    nearest = np.rint(bins)
    is_whole = np.abs(bins - nearest) <= np.maximum(EDGE_TOLERANCE, error)
    return np.where(is_whole, nearest, bins), is_whole


def steps_since(start, times, bin_width, rounding, n_steps):
    """Return the step of each time, -1 before `start` and `n_steps` after the last step."""
    bins, _ = _in_bins(times, start, bin_width, rounding)
    return np.clip(np.floor(bins), -1, n_steps).astype(np.int64)


def _listed(lengths):
    """Return the first five of the ascending lengths as text, and the last one."""
    words = [f"{length:.10g}" for length in lengths]
    return ", ".join(words[:5] + [f"... up to {words[-1]}"] * (len(words) > 5))


def _n_steps(starts, stops, options, rounding):
    """Return the number of steps of each sample, as given, padded or cut."""
    name, bin_width, length, *_ = options
    spans = stops - starts
    if (spans <= 0).any():
        i = np.argmax(spans <= 0)
        raise ValueError(
            f"{name} needs windows that end after they begin, got {starts[i]:g} to {stops[i]:g} ms "
            f"in sample {i}.")
    bins, is_whole = _in_bins(stops, starts, bin_width, rounding)
    if length is None and not (is_whole.all() and (bins == bins[0]).all()):
        raise ValueError(
            f"{name} needs samples of one length, a whole number of bins of {bin_width:.10g} ms, "
            f"got lengths of {_listed(np.unique(spans.round(9)))} ms. Pass length='pad' to pad "
            "all samples to the longest, length='cut' to cut all to the shortest, length='keep' "
            "to keep them as they are, or other windows. Windows are in ms for any unit of the "
            "spikes.")
    n_steps = np.floor(bins).min() if length == "cut" else np.ceil(bins).max()
    if length == "cut" and n_steps < 1:
        raise ValueError(
            f"{name} cannot cut to a bin of {bin_width:g} ms, because the shortest sample lasts "
            f"{spans.min():g} ms. Take shorter bins, length='pad' or other windows.")
    check_number(int(n_steps), f"the number of steps of {name}", **SIZE_LIMITS)
    each = np.ceil(bins) if length == "keep" else np.full(len(bins), n_steps)
    return each.astype(np.int64)


def binned(
        spikes, starts, stops, channel_names, options, *, per_sample=False, ignore_outside=False,
        rounding=0.0, image_shape=None):
    """Return the raster of spikes in windows from `starts` to `stops`, in ms.

    `rounding` is the rounding error of all times in ms, added to the error of each spike. With
    `ignore_outside`, spikes outside all windows are not counted.

    Returns
    -------
    raster : ndarray of shape (n_samples, n_channels, n_steps), uint8 or float32
        1 in each bin with a spike, or the number of spikes with `counts`. Rasters of unequal
        length, with ``length="keep"``, are an object array (n_samples,) of arrays (n_channels,
        n_steps).
    info : RasterInfo
        Names, times and lost spikes. Only with `return_info`.

    Warns
    -----
    UserWarning
        If more than 1 % of the spikes are lost, because they share a bin or are outside the window
        of their sample. Spikes outside windows given for each sample are only counted in
        `RasterInfo`, unless all spikes are outside.
    """
    name, bin_width, _, align, counts, return_info = options
    n_steps = _n_steps(starts, stops, options, rounding)
    begin = starts if align == "start" else stops - n_steps * bin_width
    times, channels, numbers, samples, error = spikes
    spans = _spans(times, starts, stops)
    rounding = np.broadcast_to(rounding + error, len(times))
    if np.max(rounding, initial=0.0) > bin_width / 2:
        raise ValueError(
            f"{name} got times that are exact to {np.max(rounding):.2g} ms only, too coarse for "
            f"bins of {bin_width:g} ms. Pass float64, or take longer bins.")

    times, rounding = times[numbers], rounding[numbers]
    # keep spikes inside the raster and inside the window of their sample
    step, after_start, after_stop = (
        steps_since(edges[samples], times, bin_width, rounding, n_steps[samples])
        for edges in (begin, starts, stops))
    in_window = (after_start >= 0) & (after_stop < 0)
    n_spikes = spikes.count(numbers[in_window]) if ignore_outside else len(channels)
    inside = in_window & (0 <= step) & (step < n_steps[samples])
    numbers, samples, step = numbers[inside], samples[inside], step[inside]
    # the rasters, one after the other
    n_channels = len(channel_names)
    ends = n_channels * np.cumsum(n_steps)
    raster = np.zeros(ends[-1], np.float32 if counts else np.uint8)
    first = (ends - n_channels * n_steps)[samples]
    place = first + channels[numbers] * n_steps[samples] + step
    if counts:
        np.add.at(raster, place, np.float32(1))
        kept = numbers
    else:
        raster[place] = 1
        kept = numbers[np.unique(place, return_index=True)[1]]  # the first of each bin
    n_inside = spikes.count(numbers)
    info = RasterInfo(
        channel_names, bin_width, begin.copy(), n_spikes, n_inside - spikes.count(kept),
        n_spikes - n_inside, image_shape)
    if (n_steps == n_steps[0]).all():
        rasters = raster.reshape(len(starts), n_channels, n_steps[0])
    else:
        rasters = np.empty(len(starts), object)
        for k, part in enumerate(np.split(raster, ends[:-1])):
            rasters[k] = part.reshape(n_channels, -1)
    return with_info(rasters, info, name, return_info, per_sample, spans)


def _spans(times, starts, stops):
    """Return the ranges of spikes and windows as text, which shows a wrong unit."""
    if not len(times):
        return ""
    return (
        f" Spikes are at {times.min():.4g} to {times.max():.4g} ms, windows at {starts.min():.4g} "
        f"to {stops.max():.4g} ms. bin_width and windows are in ms, and the unit of plain spike "
        "times is the parameter unit, such as unit='s'.")


with_binning_options = with_sections(**sections(check_options), **sections(binned))
