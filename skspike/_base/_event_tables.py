"""Tables of events and decisions, one for each recording with times in ms, and blocks of time."""

import math
import numbers
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._arrays import as_numbers, check_container
from ._numbers import SIZE_LIMITS, check_number, shown
from ._step_length import check_dt
from ._typing import Array, Step

EVENT = "onset", "offset", "label"
DECISION = "time", "onset", "label"
HOUR = 3_600_000.0  # ms
ROUNDING = 1e-9  # relative error of a time


def check_events(
        events: Any, name: str = "events", *, n_recordings: int | None = None,
        ends: ArrayLike | None = None, shortest: float = 0.0,
        overlapping: bool = True) -> list[Array]:
    """Return the events of each recording as an array with the fields of `EVENT`, or raise.

    A table is a list or an array of rows (onset, offset, label), or a structured array or a data
    frame with these columns, or with "duration" instead of "offset". The result is sorted by onset,
    and all its tables have labels of one type. `ends` are the ends of the recordings in ms, and
    `shortest` is the least duration, one step. Events may overlap if `overlapping`.
    """
    found = [
        np.sort(table, order="onset")
        for table in _checked(events, name, EVENT, n_recordings)]
    limits = np.broadcast_to(np.inf if ends is None else ends, len(found))
    for k, (table, end) in enumerate(zip(found, limits, strict=True)):
        place, duration = f"{name}[{k}]", table["offset"] - table["onset"]
        _refuse(table, table["onset"] < 0, place, "an onset must not be negative")
        _refuse(table, duration < 0, place, "an offset must not be before its onset")
        _refuse(
            table, duration < shortest * (1 - ROUNDING), place,
            f"an event must last at least one step, {shortest:g} ms. Times are in ms: multiply "
            "seconds by 1000")
        _refuse(
            table, table["offset"] > end * (1 + ROUNDING), place,
            f"an event must end before its recording does, at {end:g} ms. Check its times, which "
            f"are in ms, and dt{f', which is {shortest:g} ms' if shortest else ''}")
        if not overlapping:
            latest = np.maximum.accumulate(table["offset"])
            _refuse(
                table[1:], table["onset"][1:] < latest[:-1], place,
                "an event must not begin before the previous one ends. Shorten one, or merge them")
    return found


def check_decisions(
        found: Any, name: str = "found", *, n_recordings: int | None = None) -> list[Array]:
    """Return the decisions of each recording as an array with the fields of `DECISION`, or raise.

    A table is a list or an array of rows (time, label) or (time, onset, label), or a structured
    array or a data frame with these columns. An onset that is not given is NaN. The result is
    sorted by time, and all its tables have labels of one type.
    """
    return [
        np.sort(table, order="time")
        for table in _checked(found, name, DECISION, n_recordings)]


def _checked(tables, name, fields, n_recordings):
    """Return a list of tables as structured arrays with labels of one type."""
    form = f"one table of ({', '.join(fields)}) for each recording"
    if _is_frame(tables) or not isinstance(tables, (list, tuple, np.ndarray)):
        raise TypeError(
            f"{name} must be a list with {form}, got {type(tables).__name__}. For one recording, "
            "pass a list with one table.")
    for k, table in enumerate(tables):
        if not _is_table(table):
            raise TypeError(
                f"{name} must be a list with {form}, got {shown(table)} as entry {k}. For one "
                "recording, pass a list with one table.")
    if n_recordings not in (None, len(tables)) or not len(tables):
        raise ValueError(
            f"{name} must have {form}, got {len(tables)} tables for {n_recordings or 'at least 1'} "
            "recordings. A recording without events has an empty table.")
    columns = [_columns(table, f"{name}[{k}]", fields) for k, table in enumerate(tables)]
    types = [table["label"].dtype for table in columns if len(table["label"])] or [np.dtype(int)]
    if len({label.kind == "U" for label in types}) > 1:
        raise TypeError(f"{name} must have labels of one type, got text and numbers.")
    row = [*((field, float) for field in fields[:-1]), ("label", np.result_type(*types))]
    found = [np.zeros(len(table["label"]), row) for table in columns]
    for array, table in zip(found, columns, strict=True):
        for field in fields if len(array) else ():
            array[field] = table[field]
    return found


def _is_frame(table):
    """Return whether a table is a data frame of pandas or polars."""
    return hasattr(table, "columns")


def _is_table(table):
    """Return whether the entries of an object are rows."""
    if _is_frame(table):
        return True
    if not isinstance(table, (list, tuple, np.ndarray)):
        return False
    return all(isinstance(row, (list, tuple, np.ndarray, np.void)) for row in table)


def _columns(table, name, fields):
    """Return the columns of a table as a dict of arrays of equal length."""
    names = list(table.columns) if _is_frame(table) else (
        table.dtype.names if isinstance(table, np.ndarray) else None)
    if not len(table):  # an empty data frame may have columns of any type, or none
        table, names = [], None
    columns = _of_rows(table, name, fields) if names is None else {
        field: table[field] for field in names if field in (*fields, "duration")}
    found = {
        field: as_numbers(column, f"{field} of {name}").astype(float)
        for field, column in columns.items() if field != "label"}
    for field, values in found.items():
        missing = ~np.isfinite(values)
        if missing.any() and (fields, field) != (DECISION, "onset"):
            row = int(np.argmax(missing))
            raise ValueError(
                f"{name} must have finite times in ms, got {field} {values[row]} in row {row}.")
    if fields == EVENT and {"onset", "duration"} <= found.keys():
        found.setdefault("offset", found["onset"] + found["duration"])
    if fields == DECISION and "time" in found:
        found.setdefault("onset", np.full(len(found["time"]), np.nan))
    if not {*fields[:-1]} <= found.keys() or "label" not in columns:
        raise ValueError(
            f"{name} must have the columns {', '.join(fields)}, got "
            f"{', '.join(map(str, names))}. Convert other tables with "
            "skspike.io.events_from_table(table, columns=..., unit='s').")
    return found | {"label": _labels(columns["label"], name)}


def _of_rows(table, name, fields):
    """Return the columns of rows. All rows of a table of decisions may be without an onset."""
    rows = list(map(tuple, table))
    if fields == DECISION and {len(row) for row in rows} == {2}:
        fields = "time", "label"
    for k, row in enumerate(rows):
        if len(row) != len(fields):
            raise ValueError(
                f"{name} must have rows ({', '.join(fields)}), got {shown(row)} in row {k}.")
    return {field: [row[k] for row in rows] for k, field in enumerate(fields)}


def _labels(column, name):
    """Return labels as an array of text, of bool or of numbers. Whole numbers are integers."""
    values = [value.item() if isinstance(value, np.generic) else value for value in column]
    for kind in (str, bool):
        if values and all(isinstance(value, kind) for value in values):
            return np.array(values)
    for row, value in enumerate(values):
        if not isinstance(value, numbers.Real) or not np.isfinite(value):
            raise TypeError(
                f"{name} must have labels that are all text or all finite numbers, got "
                f"{shown(value)} in row {row}.")
    labels = np.array(values, float)
    return labels.astype(int) if (labels == np.round(labels)).all() else labels


def _refuse(table, wrong, name, rule):
    """Raise if an event is wrong, and show the first one."""
    if wrong.any():
        onset, offset, label = table[int(np.argmax(wrong))].item()
        raise ValueError(
            f"{name}: {rule}. Got onset {onset:g}, offset {offset:g}, label {shown(label)}.")


def time_blocks(
        X: Any, y: Any = None, *, events: Any = None, n_blocks: int = 5, gap: float = 2000.0,
        dt: Step = 1.0) -> tuple[list[Array], list[Array]]:
    """Cut recordings into blocks of time with gaps between them, for cross-validation.

    Neighbouring steps of a recording are alike, so a model that is trained on one and tested on the
    other looks too good. With a single recording, or very few, train on some blocks of time and
    test on others. If there are more, hold out whole recordings instead. That needs no blocks.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_channels, n_steps), or list
        Recordings. A list has arrays (n_channels, n_steps) of any length. For a single recording,
        pass a list with one array.
    y : array-like of shape (n_samples, ..., n_steps), or list, default=None
        Target at each step: for each recording, an array (n_steps,) or (n_outputs, n_steps). Labels
        (n_steps,) may be text, and None or -1 in steps without a label.
    events : list of array-like of shape (n_events, 3), structured array or DataFrame, default=None
        Instead of `y`, the events of each recording, with rows (onset, offset, label) in ms, as
        in `skspike.metrics.event_scores`.
    n_blocks : int, default=5
        Number of blocks of each recording.
    gap : float, default=2000.0
        Time between neighbouring blocks in ms, at least 0, which belongs to no block. It should be
        longer than the memory of the model (delays and time constants) and the longest event.
    dt : float or RasterInfo, default=1.0
        Length of a step in ms.

    Returns
    -------
    X_blocks : list of ndarray of shape (n_channels, n_block_steps)
        Blocks in the order of time, recording by recording. They are views of the recordings.
    target_blocks : list of ndarray
        The target of each block: its part of `y`, or a structured array of its events with the
        fields onset, offset and label, whose times are relative to the start of the block.

    Raises
    ------
    ValueError
        If a recording is too short for its blocks, `X`, `y` or `events` have other shapes or
        lengths, or not exactly one of `y` and `events` is given.
    TypeError
        If recordings are not numbers, targets are neither numbers nor labels, or `events` is a
        single table.

    See Also
    --------
    skspike.metrics.step_r2 : Score values at each step.
    skspike.metrics.event_scores : Score decisions about events.

    Notes
    -----
    No event is cut. A block whose border lies within an event ends before it, or begins after it,
    and the event is in no block. Neither are events in the gaps.

    Examples
    --------
    A second of 2 channels in steps of 10 ms:

    >>> import numpy as np
    >>> from skspike import time_blocks
    >>> x, y = np.zeros((2, 100)), np.arange(100)
    >>> X, Y = time_blocks([x], [y], n_blocks=2, gap=100, dt=10)
    >>> [block.shape for block in X]
    [(2, 45), (2, 45)]
    >>> [(int(block[0]), int(block[-1])) for block in Y]
    [(0, 44), (55, 99)]
    >>> events = [[(100, 200, "a"), (430, 520, "b"), (700, 850, "a")]]
    >>> X, Y = time_blocks([x], events=events, n_blocks=2, gap=100, dt=10)
    >>> [block.shape for block in X], [block.tolist() for block in Y]
    ([(2, 43), (2, 45)], [[(100.0, 200.0, 'a')], [(150.0, 300.0, 'a')]])
    """
    n_blocks = check_number(n_blocks, "n_blocks", **SIZE_LIMITS)
    dt = check_dt(dt)
    gap = math.ceil(check_number(gap, "gap", low=0) / dt * (1 - ROUNDING))
    if (y is None) == (events is None):
        raise ValueError("time_blocks needs either y or events. Pass one of them.")
    recordings = _recordings(X)
    lengths = [x.shape[1] for x in recordings]
    targets = _targets(y, lengths) if events is None else check_events(
        events, n_recordings=len(lengths), ends=np.array(lengths) * dt)
    X_blocks, target_blocks = [], []
    for k, (x, target) in enumerate(zip(recordings, targets, strict=True)):
        for start, stop in _bounds(x.shape[1], n_blocks, gap, f"recording {k}"):
            if events is None:
                block = target[..., start:stop]
            else:
                start, stop, block = _without_cut(target, start, stop, dt, f"recording {k}")
            X_blocks.append(x[:, start:stop])
            target_blocks.append(block)
    return X_blocks, target_blocks


def _recordings(X):
    """Return recordings as arrays, or raise unless they have channels and steps."""
    if not np.iterable(X):
        raise TypeError(f"X must be a list of recordings (n_channels, n_steps), got {shown(X)}.")
    recordings = [as_numbers(x, f"X[{k}]") for k, x in enumerate(X)]
    for k, x in enumerate(recordings):
        if x.ndim != 2:
            raise ValueError(
                f"X must have recordings (n_channels, n_steps), got shape {x.shape} in recording "
                f"{k}. For a single recording, pass a list with one array.")
    return recordings


def _targets(y, lengths):
    """Return targets as arrays, or raise unless each has one entry per step."""
    targets = [_target(target, f"y[{k}]") for k, target in enumerate(y)]
    found = [target.shape[-1] if target.ndim else 0 for target in targets]
    if found != lengths:
        raise ValueError(
            f"y must have a target at each step of each recording, got {found} steps for "
            f"recordings of {lengths} steps.")
    return targets


def _target(target, name):
    """Return a target as an array. Labels of steps may be text, or None if not known."""
    check_container(target, name)
    # a list of text and -1 would become text
    labels = np.asarray(target, None if hasattr(target, "dtype") else object)
    is_text = labels.ndim == 1 and labels.dtype.kind in "OU" and any(
        label is None or isinstance(label, str) for label in labels)
    return labels if is_text else as_numbers(target, name)


def _bounds(n_steps, n_blocks, gap, name):
    """Return the first step and the end of each block."""
    n_inside = n_steps - gap * (n_blocks - 1)
    if n_inside < n_blocks:
        raise ValueError(
            f"{name} has {n_steps} steps, too few for {n_blocks} blocks and gaps of {gap} steps. "
            "Lower n_blocks or gap.")
    edges = [k * n_inside // n_blocks for k in range(n_blocks + 1)]
    return [(edges[k] + k * gap, edges[k + 1] + k * gap) for k in range(n_blocks)]


def _without_cut(events, start, stop, dt, name):
    """Return a block that is shortened until it cuts no event, and the events inside."""
    first = np.floor(events["onset"] / dt * (1 + ROUNDING))
    last = np.ceil(events["offset"] / dt * (1 - ROUNDING))
    while (cut := (first < stop) & (stop < last)).any():
        stop = int(first[cut].min())
    while (cut := (first < start) & (start < last)).any():
        start = int(last[cut].max())
    if start >= stop:
        raise ValueError(f"{name} has a block that lies within events. Lower n_blocks or gap.")
    inside = events[(first >= start) & (first < stop) & (last <= stop)].copy()
    for field in ("onset", "offset"):
        inside[field] = np.maximum(inside[field] - start * dt, 0)
    return start, stop, inside
