"""Conversion of events of tonic, with a time, a position and a polarity, to rasters.

    channel = (p height + y) width + x
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .._checks import SIZE_LIMITS, check_numbers, check_option
from .._utils import Array, Raster
from ._binning import (
    MS_PER_UNIT, Align, Length, Unit, binned, check_options, gather, grid_names, has_own_windows,
    memory_of, steps_since, window_times, with_binning_options)


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
