"""Scores of decisions about events.

    right    the label of the event, and onset <= time <= offset + tolerance
             (with a collar: |estimated onset - onset| <= collar)

Each event and each decision is in one pair at most, and as many pairs as possible are right.
"""

import bisect
import collections
import math
import operator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._base import (
    HOUR, ROUNDING, Array, check_decisions, check_events, check_number, check_numbers)


class EventScores(NamedTuple):
    """Scores of decisions, as `event_scores` documents them."""

    f1: float
    precision: float
    recall: float
    false_alarms_per_hour: float
    latency_from_onset: float
    latency_from_offset: float
    n_events: int
    n_found: int
    n_right: int
    labels: Array
    confusion: Array


def event_scores(
        events: Any, found: Any, *, tolerance: float = 500.0, duration: ArrayLike | None = None,
        onset_collar: float | None = None) -> EventScores:
    """Score decisions about events in recordings.

    A decision is right if it has the label of an event and is made from the onset of the event
    until `tolerance` after its offset. Each event and each decision counts once, so a second
    decision about an event is a false alarm. If decisions can be matched with events in several
    ways, the number of right decisions is the largest possible.

    Parameters
    ----------
    events : list of array-like of shape (n_events, 3), structured array or DataFrame
        One table for each recording, with rows (onset, offset, label) and times in ms. Labels are
        text or numbers. A table with named columns may have "duration" instead of "offset". The
        table of a recording without events is empty.
    found : list of array-like of shape (n_found, 2) or (n_found, 3), structured array or DataFrame
        One table for each recording, with rows (time, label) or (time, onset, label): the time of
        the decision, and the onset that it estimates.
    tolerance : float, default=500.0
        Time after the offset, in ms, at least 0, in which a decision is still right. Increase it if
        annotations end early, or if late decisions are of use. Ignored with `onset_collar`.
    duration : float or array-like of shape (n_recordings,), default=None
        Length of all recordings together, or of each one, in ms. It is only needed for the false
        alarms per hour.
    onset_collar : float, default=None
        Largest distance of the estimated onset from the onset in ms, at least 0. If it is given,
        this distance alone makes a decision with the label of the event right, as in event-based
        scores of sed_eval without offsets [1]_.

    Returns
    -------
    scores : named tuple
        Named tuple with the fields:

        f1 : float
            Harmonic mean of precision and recall. NaN without events and decisions.
        precision : float
            Share of decisions that are right. NaN without decisions.
        recall : float
            Share of events that are found. NaN without events.
        false_alarms_per_hour : float
            Decisions that are not right, per hour of `duration`. NaN without `duration`.
        latency_from_onset, latency_from_offset : float
            Median time from the onset, and from the offset, to the right decision, in ms. Negative
            from the offset if it is made before the event ends. NaN if no decision is right.
        n_events, n_found, n_right : int
            Numbers of events, of decisions, and of right decisions.
        labels : ndarray of shape (n_labels,)
            Sorted labels of events and decisions.
        confusion : ndarray of shape (n_labels + 1, n_labels + 1), dtype int
            Number of events of a label (row) with decisions for a label (column). The last row
            counts decisions without an event, and the last column counts events without a decision.
            Events and decisions that are in no right pair are paired regardless of labels.

    Raises
    ------
    ValueError
        If a table has other columns, a time is not finite, an onset is negative or after its
        offset, or `events` and `found` have different numbers of tables. If `onset_collar` is given
        and a decision has no onset.
    TypeError
        If `events` or `found` is a single table, or labels are partly text and partly numbers.

    See Also
    --------
    step_accuracy : Score a class at each step.
    skspike.EventDetector : Find events in recordings.

    References
    ----------
    .. [1] A. Mesaros, T. Heittola, T. Virtanen, "Metrics for polyphonic sound event detection",
        Applied Sciences 6 (6), 2016.

    Examples
    --------
    >>> from skspike.metrics import event_scores
    >>> events = [[(1000, 1800, "wave"), (5000, 5600, "tap")]]
    >>> found = [[(1700, "wave"), (2100, "wave"), (5400, "wave")]]
    >>> scores = event_scores(events, found, duration=60_000)
    >>> scores.n_right, scores.recall, scores.false_alarms_per_hour
    (1, 0.5, 120.0)
    >>> scores.latency_from_onset
    700.0
    >>> scores.labels.tolist(), scores.confusion.tolist()  # the tap was taken for a wave
    (['tap', 'wave'], [[0, 1, 0], [0, 1, 0], [0, 1, 0]])
    """
    tolerance = check_number(tolerance, "tolerance", low=0)
    onset_collar = check_number(onset_collar, "onset_collar", low=0, none=True)
    true = check_events(events)
    decided = check_decisions(found, n_recordings=len(true))
    hours = _hours(duration, len(true))
    if onset_collar is not None and any(np.isnan(table["onset"]).any() for table in decided):
        raise ValueError(
            "onset_collar needs estimated onsets: found must have rows (time, onset, label).")
    labels = _labels(true, decided)
    confusion = np.zeros((len(labels) + 1, len(labels) + 1), int)
    from_onset, from_offset = [], []
    for one, other in zip(true, decided, strict=True):
        pairs = matched(one, other, tolerance, onset_collar)
        confusion += _confusion(one, other, labels, pairs, tolerance, onset_collar)
        time, event = other["time"][pairs[:, 1]], one[pairs[:, 0]]
        from_onset += (time - event["onset"]).tolist()
        from_offset += (time - event["offset"]).tolist()
    n_events, n_found, n_right = sum(map(len, true)), sum(map(len, decided)), len(from_onset)
    return EventScores(
        f1=_share(2 * n_right, n_events + n_found), precision=_share(n_right, n_found),
        recall=_share(n_right, n_events), false_alarms_per_hour=_share(n_found - n_right, hours),
        latency_from_onset=_median(from_onset), latency_from_offset=_median(from_offset),
        n_events=n_events, n_found=n_found, n_right=n_right, labels=labels, confusion=confusion)


def matched(
        events: Array, found: Array, tolerance: float, onset_collar: float | None = None,
        any_label: bool = False) -> Array:
    """Return the indices of events and of right decisions about them, shape (n_right, 2).

    Both are checked tables of one recording. With `any_label`, labels may differ. In the order in
    which their times end, events take their earliest decision that is left. No other choice gives
    more pairs.
    """
    start, stop, times = events["onset"], events["offset"] + tolerance, found["time"]
    if onset_collar is not None:
        start, stop = start - onset_collar, start + onset_collar
        times = found["onset"]
    stop = stop * (1 + ROUNDING)
    labels, names = ([None] * len(table) if any_label else table["label"].tolist() for table in (
        events, found))
    left, pairs = collections.defaultdict(list), []
    for j in np.argsort(times, kind="stable").tolist():
        left[names[j]].append((times[j], j))
    for i in np.argsort(stop, kind="stable").tolist():
        free = left[labels[i]]
        place = bisect.bisect_left(free, start[i], key=operator.itemgetter(0))
        if place < len(free) and free[place][0] <= stop[i]:
            pairs.append((i, free.pop(place)[1]))
    return np.array(pairs, int).reshape(-1, 2)


def _labels(true, decided):
    """Return the sorted labels, or raise if those of events and decisions have other types."""
    given = [table["label"] for table in [*true, *decided] if len(table)]
    if len({labels.dtype.kind == "U" for labels in given}) > 1:
        raise TypeError(
            "events and found must have labels of one type, got text in one and numbers in the "
            "other.")
    return np.unique(np.concatenate(given)) if given else np.array([])


def _confusion(events, found, labels, pairs, tolerance, onset_collar):
    """Return the numbers of pairs, and of events and decisions without a partner, by label."""
    # pair the others regardless of labels
    rest = [
        np.setdiff1d(np.arange(len(table)), pairs[:, k]) for k, table in enumerate((events, found))]
    wrong = matched(events[rest[0]], found[rest[1]], tolerance, onset_collar, any_label=True)
    pairs = np.concatenate([pairs, np.stack([rest[0][wrong[:, 0]], rest[1][wrong[:, 1]]], axis=1)])
    row, column = (np.searchsorted(labels, table["label"]) for table in (events, found))
    confusion = np.zeros((len(labels) + 1, len(labels) + 1), int)
    np.add.at(confusion, (row[pairs[:, 0]], column[pairs[:, 1]]), 1)
    np.add.at(confusion[:, -1], np.delete(row, pairs[:, 0]), 1)
    np.add.at(confusion[-1], np.delete(column, pairs[:, 1]), 1)
    return confusion


def _hours(duration, n_recordings):
    """Return the length of all recordings in hours, or NaN if it is not given."""
    if duration is None:
        return math.nan
    if not np.iterable(duration):
        return check_number(duration, "duration", above=0) / HOUR
    lengths = check_numbers(duration, "duration", above=0)
    if len(lengths) != n_recordings:
        raise ValueError(
            f"duration must be one number, or one for each of {n_recordings} recordings, got "
            f"{len(lengths)} numbers.")
    return sum(lengths) / HOUR


def _share(part, whole):
    return part / whole if whole else math.nan


def _median(values):
    return float(np.median(values)) if len(values) else math.nan
