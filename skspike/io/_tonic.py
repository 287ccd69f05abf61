"""tonic: events with a time, a place and a polarity.

    channel = (p height + y) width + x
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .._checks import SIZE, check_numbers, check_option
from .._utils import Array, Raster
from ._binning import UNITS, binned, check_options, documented, gather, steps_from, windows


@documented
def from_tonic(
    samples: Sequence[Array],
    *,
    sensor_size: tuple[int, int, int],
    bin_width: float,
    t_start: ArrayLike = 0.0,
    t_stop: ArrayLike | None = None,
    unit: Literal["s", "ms", "us"] = "us",
    length: Literal["pad", "cut"] | None = None,
    align: Literal["start", "stop"] = "start",
    counts: bool = False,
    return_info: bool = False,
) -> Raster:
    """Make a raster of events as tonic gives them, structured arrays with the fields t, x, p or t, x, y, p.

    An event at time t falls into the step ``floor((t - t_start) / bin_width)``: one on an edge into
    the step that begins there. Its channel is that of tonic's frames, flattened: polarity, then
    row, then column.

    Parameters
    ----------
    samples : list of structured ndarray of shape (n_events,)
        The events of each sample, such as ``[events for events, label in dataset]``.
    sensor_size : tuple of (int, int, int)
        Width, height and number of polarities, such as ``dataset.sensor_size``; with one polarity
        the field p is not read.
    bin_width : float
        Length of a step in ms.
    t_start : float or array-like of shape (n_samples,), default=0.0
        When the window begins, in ms on the clock of the events; one value, or one for each sample.
    t_stop : float or array-like of shape (n_samples,), default=None
        When it ends; by default a sample ends with the step of its last event.
    unit : {"s", "ms", "us"}, default="us"
        Unit of the field t; all else is in ms.
    <options>

    <returns>

    Raises
    ------
    TypeError
        If `samples` holds something else than structured arrays with these fields.
    ValueError
        If an event lies outside of the sensor, a sample without events has no end, or samples
        differ in length without `length`.

    <warns>

    See Also
    --------
    from_array : Frames that tonic has made of events.

    Notes
    -----
    Channels are called ``p0_y3_x7``, without the coordinates of which there is but one.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.io import from_tonic
    >>> events = np.array([(0, 0, 1), (999, 1, 1), (1000, 1, 1)], dtype=[("t", "i8"), ("x", "i2"), ("p", "i1")])
    >>> from_tonic([events], sensor_size=(2, 1, 1), bin_width=1.0, t_stop=3.0).tolist()
    [[[1, 0, 0], [1, 1, 0]]]
    """
    name = "from_tonic"
    bin_width = check_options(bin_width, length, align, counts)
    check_option(unit, "unit", tuple(UNITS))
    sizes = check_numbers(sensor_size, "sensor_size", **SIZE)
    if len(sizes) != 3:
        raise ValueError(
            f"sensor_size of {name} must be (width, height, polarities), got {sensor_size}.")
    samples = _checked(samples, name)
    channels = np.concatenate([_channels(sample, sizes, i) for i, sample in enumerate(samples)])
    spikes = gather(
        [[sample["t"]] for sample in samples], "samples", unit)._replace(channels=channels)
    starts = windows(t_start, len(samples), "t_start")
    stops = _ends(spikes, starts, bin_width, name) if t_stop is None else windows(
        t_stop, len(samples), "t_stop")
    return binned(
        spikes, starts, stops, _names(sizes), name, bin_width=bin_width, length=length, align=align,
        counts=counts, return_info=return_info, chosen=np.ndim(t_start) > 0)  # fmt: skip


def _checked(samples, name):
    """Return a list of structured arrays with the fields of events."""
    one = isinstance(samples, np.ndarray) and samples.dtype.names
    samples = [] if one or not np.iterable(samples) else list(samples)
    fields = [getattr(getattr(sample, "dtype", None), "names", None) or () for sample in samples]
    if not samples or not all({"t", "x", "p"} <= set(names) for names in fields):
        wanted = "a list of structured arrays with the fields t, x, p or t, x, y, p"
        raise TypeError(f"{name} expects {wanted}; one sample is written [events].")
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
                f"samples[{i}] has an event with {field}={wrong[0]}, outside of sensor_size, which "
                f"allows 0 to {size - 1}.")
    return (p * height + y) * width + x


def _ends(spikes, starts, bin_width, name):
    """Return when the step of the last event of each sample ends."""
    last = np.full(len(starts), -np.inf)
    np.maximum.at(last, spikes.samples, spikes.times)
    if (last < starts).any():
        raise ValueError(
            f"{name} found no event after t_start in sample {np.argmax(last < starts)}, whose end "
            "nothing tells: pass t_stop.")
    rounding = spikes.rounding.max()
    return starts + (steps_from(last, starts, bin_width, rounding, SIZE["high"]) + 1) * bin_width


def _names(sizes):
    """Return the names of the channels: the coordinates of which there is more than one."""
    letters = [
        letter
        for letter, size in zip("pyx", sizes[::-1], strict=True) if size > 1 or letter == "x"]
    shape = [size for letter, size in zip("pyx", sizes[::-1], strict=True) if letter in letters]
    return [
        "_".join(f"{letter}{k}" for letter, k in zip(letters, place, strict=True))
        for place in np.ndindex(*shape)]
