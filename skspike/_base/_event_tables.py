"""Tables of events and of decisions: one for each recording, with times in ms, in checked form."""

import numbers
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._arrays import Array, as_numbers
from ._numbers import shown

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
