"""Conversion of annotations of MNE, intervals of pynapple and tables to events in ms."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._base import Array, as_numbers, check_events, check_option, shown
from ._binning import MS_PER_UNIT, Unit

IGNORED = "bad", "edge"  # descriptions of MNE that mark unusable data and borders
COLUMNS = "onset", "offset", "duration", "label", "recording"
DIGITS = 6  # of a time in ms, so that decimal seconds become decimal ms


def events_from_mne(recordings: Any) -> list[Array]:
    """Convert annotations of MNE to events.

    Annotations whose description begins with "bad" or "edge", in any case, are left out. MNE marks
    unusable data, and the borders of concatenated recordings, by these words.

    Parameters
    ----------
    recordings : mne.io.Raw, mne.Annotations, or list of these
        Recordings with annotations, or annotations alone, whose onsets must then be relative to the
        first sample of the recording.

    Returns
    -------
    events : list of ndarray of shape (n_events,)
        A structured array for each recording, with the fields onset and offset, in ms from the
        first sample, and label, the description. Sorted by onset.

    Raises
    ------
    TypeError
        If an object has no annotations.
    ValueError
        If there is no recording, or an annotation begins before its recording.

    See Also
    --------
    events_from_table : Convert tables.
    skspike.metrics.event_scores : Score decisions about events.

    Examples
    --------
    >>> import mne  # doctest: +SKIP
    >>> from skspike.io import events_from_mne
    >>> annotations = mne.Annotations([1.5, 4.0], [0.5, 0.2], ["blink", "BAD"])  # doctest: +SKIP
    >>> events_from_mne(annotations)[0].tolist()  # doctest: +SKIP
    [(1500.0, 2000.0, 'blink')]
    """
    tables = []
    for recording in _listed(recordings):
        annotations, start = (recording.annotations, recording.first_time) if hasattr(
            recording, "first_time") else (recording, 0.0)
        if not hasattr(annotations, "description"):
            raise TypeError(
                "events_from_mne expects mne.io.Raw, mne.Annotations, or a list of them, got "
                f"{type(recording).__name__}.")
        onset = np.asarray(annotations.onset) - start
        columns = _in_ms(onset), _in_ms(onset + annotations.duration), annotations.description
        tables.append([
            row for row in zip(*columns, strict=True)
            if not str(row[2]).lower().startswith(IGNORED)])
    return check_events(tables, "recordings")


def events_from_pynapple(
        intervals: Any, sessions: Any, *, label: str | int) -> list[Array]:
    """Convert intervals of pynapple to events of sessions.

    Parameters
    ----------
    intervals : pynapple.IntervalSet
        Events.
    sessions : pynapple.IntervalSet
        Start and end of each recording, as in `from_pynapple`. An interval that reaches beyond a
        session is cut. Intervals outside all sessions are ignored.
    label : str or int
        Name of the metadata column of `intervals` with the labels. If there is no such column, it
        is the label of all events.

    Returns
    -------
    events : list of ndarray of shape (n_events,)
        A structured array for each session, with the fields onset and offset, in ms from the start
        of the session, and label. Sorted by onset.

    Raises
    ------
    TypeError
        If `intervals` or `sessions` is not an interval set.
    ValueError
        If there is no session.

    See Also
    --------
    from_pynapple : Convert units to a raster for each session.
    events_from_table : Convert tables.

    Examples
    --------
    >>> import pynapple
    >>> from skspike.io import events_from_pynapple
    >>> ripples = pynapple.IntervalSet([1.5, 12.0], [1.6, 12.125])  # in seconds
    >>> sessions = pynapple.IntervalSet([0.0, 10.0], [5.0, 20.0])
    >>> [table.tolist() for table in events_from_pynapple(ripples, sessions, label="ripple")]
    [[(1500.0, 1600.0, 'ripple')], [(2000.0, 2125.0, 'ripple')]]
    """
    for name, given in (("intervals", intervals), ("sessions", sessions)):
        if not hasattr(given, "end") or hasattr(given, "t"):
            raise TypeError(
                f"events_from_pynapple expects {name} in an IntervalSet, got "
                f"{type(given).__name__}.")
    has_labels = label in getattr(intervals, "metadata_columns", ())
    labels = list(intervals[label]) if has_labels else [label] * len(intervals.start)
    tables = []
    for start, end in zip(sessions.start, sessions.end, strict=True):
        onset, offset = (np.clip(times, start, end) for times in (intervals.start, intervals.end))
        columns = _in_ms(onset - start), _in_ms(offset - start), labels
        tables.append([row for row in zip(*columns, strict=True) if row[0] < row[1]])
    return check_events(tables, "sessions")


def events_from_table(
        table: Any, recordings: Sequence[Any] | None = None, *, unit: Unit = "ms",
        columns: Mapping[str, str] | None = None) -> list[Array]:
    """Convert a table of all recordings to events of each recording.

    Parameters
    ----------
    table : DataFrame, structured array or list of dict
        A row for each event, with the columns onset, offset (or duration) and label, and with the
        column recording if there are several. Names may begin with ``event_``, as in dcase_util.
        Times may be text, as ``csv.DictReader`` returns them.
    recordings : sequence, default=None
        Entries of the column recording, such as names of files, in the order of the recordings. A
        recording without a row has no events. None means that there is a single recording.
    unit : {"s", "ms", "us"}, default="ms"
        Unit of the times in the table.
    columns : dict of str to str, default=None
        Names of columns that differ, such as ``{"onset": "start", "recording": "file"}``.

    Returns
    -------
    events : list of ndarray of shape (n_events,)
        A structured array for each recording, with the fields onset, offset, both in ms, and label.
        Sorted by onset.

    Raises
    ------
    TypeError
        If the table has no named columns, or times are not numbers.
    ValueError
        If a column is missing, a time is not finite, an onset is negative or after its offset, or
        a row belongs to another recording, or `recordings` has an entry twice.

    See Also
    --------
    events_from_mne : Convert annotations of MNE.
    events_from_pynapple : Convert intervals of pynapple.
    skspike.metrics.event_scores : Score decisions about events.

    Examples
    --------
    >>> import csv
    >>> from skspike.io import events_from_table
    >>> file = ["file,onset,duration,label", "b.wav,1.5,0.25,door", "a.wav,3,0.5,voice"]
    >>> table = list(csv.DictReader(file))
    >>> events = events_from_table(
    ...     table, ["a.wav", "b.wav"], unit="s", columns={"recording": "file"})
    >>> [table.tolist() for table in events]
    [[(3000.0, 3500.0, 'voice')], [(1500.0, 1750.0, 'door')]]
    """
    check_option(unit, "unit", tuple(MS_PER_UNIT))
    found = _named(table, columns or {})
    times = {
        name: as_numbers(np.array(list(found[name]), object), f"{name} of table")
        for name in ("onset", "offset", "duration") if name in found}
    if "onset" not in times or len(times) < 2 or "label" not in found:
        raise ValueError(
            "table must have the columns onset, offset or duration, and label, got "
            f"{', '.join(found) or 'none'}. Pass columns, such as "
            "columns={'onset': 'start', 'offset': 'stop'}.")
    times.setdefault("offset", times["onset"] + times.get("duration", 0))
    scale = MS_PER_UNIT[unit]
    rows = list(zip(
        _in_ms(times["onset"], scale), _in_ms(times["offset"], scale), found["label"], strict=True))
    return check_events(_by_recording(rows, found.get("recording"), recordings), "table")


def _listed(recordings):
    """Return a list of the recordings, or of a single one."""
    single = hasattr(recordings, "first_time") or hasattr(recordings, "description")
    return list(recordings) if isinstance(recordings, Sequence) and not single else [recordings]


def _in_ms(times, scale=1000.0):
    return np.round(np.asarray(times, float) * scale, DIGITS)


def _named(table, columns):
    """Return the columns of a table by their names, without "event_" in front."""
    for name in columns:
        check_option(name, "a key of columns", COLUMNS)
    if isinstance(table, list) and all(isinstance(row, Mapping) for row in table):
        names = list(table[0]) if table else COLUMNS
        table = {name: [row.get(name) for row in table] for name in names}
    elif hasattr(table, "columns"):
        names = list(table.columns)
    elif isinstance(table, np.ndarray) and table.dtype.names:
        names = table.dtype.names
    else:
        raise TypeError(
            "events_from_table expects a data frame, a structured array or a list of dict, got "
            f"{type(table).__name__}.")
    renamed = {theirs: ours for ours, theirs in columns.items()}
    return {
        renamed.get(name, str(name).removeprefix("event_")): table[name] for name in names}


def _by_recording(rows, owners, recordings):
    """Return the rows of each recording."""
    if recordings is None:
        if owners is not None and len(set(owners)) > 1:
            raise ValueError(
                "table has events of several recordings. Pass the entries of its column recording "
                f"in the order of the recordings: recordings={shown(sorted(set(owners)))}.")
        return [rows]
    if owners is None:
        raise ValueError(
            "table needs the column recording to find the events of several recordings. Pass "
            "columns={'recording': ...} if it has another name.")
    recordings = list(recordings)
    parts = {name: [] for name in recordings}
    if len(parts) < len(recordings):
        raise ValueError(f"recordings must be different, got {shown(recordings)}.")
    for row, owner in zip(rows, owners, strict=True):
        if owner not in parts:
            raise ValueError(
                f"table has an event of the recording {shown(owner)}, which is not in recordings. "
                "Add it, or leave the row out.")
        parts[owner].append(row)
    return list(parts.values())
