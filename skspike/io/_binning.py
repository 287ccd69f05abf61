"""Spikes to bins, exactly.

    step of a spike = floor((t - start) / bin_width)

A spike on an edge belongs to the step that begins there. Decimal times and widths are no binary
numbers, so a spike on an edge may be read a last digit before it: what is as close to an edge as
rounding explains lies on it.
"""

from typing import NamedTuple

import numpy as np

from .._checks import DT, SIZE, as_numbers, check_container, check_number, check_option, shown
from .._utils import with_sections
from ._info import RasterInfo, with_info

# bins; elephant's tolerance, far above the rounding of float64 and far below what recordings
# resolve
CLOSE = 1e-8
EPS = np.finfo(float).eps
UNITS = {"s": 1000.0, "ms": 1.0, "us": 0.001}  # in ms

OPTIONS = """
length : {"pad", "cut"} or None, default=None
    What becomes of samples of unequal lengths, or of no whole number of steps: filled with silence up to the longest, cut to the
    shortest, or refused.
align : {"start", "stop"}, default="start"
    Which end of the samples keeps its place where they are padded or cut.
counts : bool, default=False
    Whether to keep the number of spikes in a bin, as graded spikes for networks, in place of 1.
return_info : bool, default=False
    Whether to return the names of the channels, times and the numbers of lost spikes too.
"""
RETURNS = """
Returns
-------
raster : ndarray of shape (n_samples, n_channels, n_steps), uint8 or float32
    1 where a channel spikes; with `counts` how often.
info : RasterInfo
    Only with `return_info`.
"""
WARNS = """
Warns
-----
UserWarning
    If more than 1 % of the spikes are lost, to bins that hold one already or outside of the window of their sample. What lies outside
    of windows given one by one, which are there to cut out, is counted in `RasterInfo` alone, unless it is all.
"""
documented = with_sections(options=OPTIONS.rstrip(), returns=RETURNS.rstrip(), warns=WARNS.rstrip())


class Spikes(NamedTuple):
    """Spikes one after the other: time in ms, sample, channel, and how far off the time may be by its rounding, in ms."""

    times: np.ndarray
    samples: np.ndarray
    channels: np.ndarray
    rounding: np.ndarray | float = 0.0


def gather(trains, name, unit="ms"):
    """Return the spikes of samples x channels of arrays of times."""
    arrays = [
        _as_times(train, name, i, j, unit) for i, sample in enumerate(trains)
        for j, train in enumerate(sample)]
    where = np.repeat(np.arange(len(arrays)), [len(times) for times in arrays])
    samples, channels = np.divmod(where, len(trains[0]))
    with np.errstate(over="ignore"):  # what is then infinite is refused
        times = np.concatenate(arrays).astype(float) * UNITS[unit]
    infinite = np.flatnonzero(~np.isfinite(times))
    if len(infinite):
        k = infinite[0]
        raise ValueError(
            f"{name}[{samples[k]}][{channels[k]}] must hold finite times, got {times[k]}.")
    narrow = [
        np.finfo(a.dtype).eps if a.dtype.kind == "f" and a.dtype.itemsize < 8 else 0.0
        for a in arrays]
    return Spikes(times, samples, channels, np.abs(times) * np.array(narrow)[where])


def _as_times(train, name, i, j, unit):
    """Return the times of one channel as an array."""
    # which as_numbers returns as it is, but not as fast
    if type(train) is not np.ndarray or train.dtype != np.float64:
        train = as_numbers(_in_unit(train, unit), f"{name}[{i}][{j}]")
    if train.ndim != 1:
        raise ValueError(
            f"{name}[{i}][{j}] must hold the spike times of one channel, a 1-D array, got shape "
            f"{train.shape}.")
    return train


def _in_unit(values, unit):
    """Return the numbers of quantities, an array or a list of them, in a unit: numpy reads those of their own. Others stay as they are."""
    if hasattr(values, "rescale"):
        scaled = values.rescale(unit).magnitude
        # which tells how far off they may be
        return scaled.astype(values.dtype, copy=False) if values.dtype.kind == "f" else scaled
    if isinstance(values, (list, tuple)) and any(
            hasattr(kind, "rescale") for kind in set(map(type, values))):
        return [_in_unit(value, unit) for value in values]
    return values


def check_samples(samples, name, what):
    """Return samples as lists of channels, as many in each."""
    samples = [list(sample) for sample in samples]
    numbers = sorted({len(sample) for sample in samples})
    if len(numbers) != 1 or numbers == [0]:
        wanted = f"one sample or more, all with the same number of {what}"
        raise ValueError(
            f"{name} needs {wanted}, got {len(samples)} samples with "
            f"{', '.join(map(str, numbers)) or 'none'}.")
    return samples


def windows(values, n_samples, name):
    """Return times in ms, one for each sample, of a number, of a quantity with a unit or of one for each."""
    values = _in_unit(values, "ms")
    check_container(values, name)
    times = as_numbers(values, name).astype(float)
    if times.shape not in ((), (n_samples,)) or not np.isfinite(times).all():
        raise ValueError(
            f"{name} must be a finite number of ms or one for each of the {n_samples} samples, got "
            f"{shown(values)}.")
    return np.broadcast_to(times, n_samples)


def steps_from(times, start, bin_width, rounding, n_steps):
    """Return the step of each time, -1 before `start` and `n_steps` for all behind the last."""
    position = (times - start) / bin_width
    close = np.maximum(CLOSE, (rounding + 4 * EPS * (np.abs(times) + np.abs(start))) / bin_width)
    nearest = np.rint(position)
    step = np.where(np.abs(position - nearest) <= close, nearest, np.floor(position))
    return np.clip(step, -1, n_steps).astype(np.int64)


def length_in_steps(starts, stops, bin_width, length, rounding, name):
    """Return the number of steps that all samples get: their own, or by `length` that of the shortest or of the longest."""
    if (stops <= starts).any():
        i = np.argmax(stops <= starts)
        raise ValueError(
            f"{name} needs windows that end after they begin, got {starts[i]:g} to {stops[i]:g} ms "
            f"in sample {i}.")
    exact = (stops - starts) / bin_width
    nearest = np.rint(exact)
    whole = np.abs(exact - nearest) <= np.maximum(
        CLOSE, (rounding + 4 * EPS * (np.abs(starts) + np.abs(stops))) / bin_width)
    low, high = (np.where(whole, nearest, part(exact)) for part in (np.floor, np.ceil))
    if length is None and not (whole.all() and (nearest == nearest[0]).all()):
        found = sorted(set((stops - starts).round(9).tolist()))
        some = ", ".join(f"{span:.10g}" for span in found[:5]) + (
            f", ... up to {found[-1]:.10g}" if len(found) > 5 else "")
        raise ValueError(
            f"{name} needs samples of one length that is a whole number of bins of {bin_width:.10g} "
            f"ms, got lengths of {some} ms: "
            "pass length='pad' to fill all up to the longest, length='cut' to cut all to the "
            "shortest, or other windows, which are in ms "
            "whatever the unit of the spikes.")
    if length == "cut" and low.min() < 1:
        shortest = f"the shortest sample has {(stops - starts).min():g} ms"
        raise ValueError(
            f"{name} cannot cut to a bin of {bin_width:g} ms, {shortest}: take shorter bins, "
            "length='pad' or other windows.")
    n_steps = low.min() if length == "cut" else high.max()
    return check_number(int(n_steps), f"the number of steps of {name}", **SIZE)


def check_options(bin_width, length, align, counts):
    """Raise unless the options that all conversions share are allowed; return the width of a bin."""
    check_option(length, "length", (None, "pad", "cut"))
    check_option(align, "align", ("start", "stop"))
    check_option(counts, "counts", (False, True))
    return check_number(bin_width, "bin_width", **DT)


def binned(
        spikes, starts, stops, names, name, *, bin_width, length, align, counts, return_info,
        chosen=False, rounding=0.0):
    """Return the raster of spikes whose samples run from `starts` to `stops`, in ms; all that counts a spike or loses it is here."""
    n_steps = length_in_steps(starts, stops, bin_width, length, rounding, name)
    first = starts if align == "start" else stops - n_steps * bin_width
    times, samples, channels = spikes[:3]
    off = rounding + spikes.rounding
    if np.max(off, initial=0.0) > bin_width / 2:
        exact = f"exact to {np.max(off):.2g} ms only, too coarse for bins of {bin_width:g} ms"
        raise ValueError(f"{name} got times that are {exact}: pass float64, or take longer bins.")
    step = steps_from(times, first[samples], bin_width, off, n_steps)
    begun = steps_from(times, starts[samples], bin_width, off, n_steps) >= 0
    inside = begun & (
        steps_from(times, stops[samples], bin_width, off, 1) < 0) & (step >= 0) & (step < n_steps)
    raster = np.zeros((len(starts), len(names), n_steps), np.float32 if counts else np.uint8)
    place = np.ravel_multi_index((samples[inside], channels[inside], step[inside]), raster.shape)
    if counts:
        np.add.at(raster.reshape(-1), place, np.float32(1))
    else:
        raster.reshape(-1)[place] = 1
    clipped = 0 if counts else len(place) - int(np.count_nonzero(raster))
    info = RasterInfo(names, bin_width, first.copy(), len(times), clipped, len(times) - len(place))
    return with_info(
        raster, info, name, return_info, chosen, _spans(times, starts, stops) if len(times) else "")


def _spans(times, starts, stops):
    """Return when spikes and windows are, in words that help to find a wrong unit."""
    spikes, windows = (
        f"{low:.4g} to {high:.4g} ms"
        for low, high in ((times.min(), times.max()), (starts.min(), stops.max())))
    units = "bin_width and windows are in ms, and plain times as their unit says, such as unit='s'"
    return f" Spikes lie at {spikes}, windows at {windows}: {units}."
