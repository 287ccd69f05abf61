"""Checks of tables of events and decisions."""

import numpy as np
import pytest

from skspike._base import check_decisions, check_events

ROWS = [(1200.5, 2000.0, "wave"), (100.0, 400.0, "tap")]
COLUMNS = ["onset", "offset", "label"]
SORTED = [(100.0, 400.0, "tap"), (1200.5, 2000.0, "wave")]

pytestmark = pytest.mark.small


def frames(package):
    frame = pytest.importorskip(package).DataFrame
    columns = dict(zip(COLUMNS, zip(*ROWS, strict=True), strict=True))
    yield frame(columns)
    yield frame({**columns, "sex": ["f", "m"]})
    yield frame({
        "onset": columns["onset"], "duration": [799.5, 300.0], "label": list(columns["label"])})


def structured(names=("onset", "offset", "label"), rows=ROWS):
    return np.array(rows, [(name, float) for name in names[:-1]] + [(names[-1], "U9")])


@pytest.mark.parametrize("table", [
    ROWS, tuple(ROWS), [list(row) for row in ROWS], np.array(ROWS, dtype=object), structured(),
    structured(("onset", "duration", "label"), [(1200.5, 799.5, "wave"), (100, 300, "tap")])])
def test_a_table_of_events_is_rows_or_fields(table):
    (found,) = check_events([table])
    assert found.dtype.names == ("onset", "offset", "label")
    assert found.tolist() == SORTED


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_table_of_events_is_a_data_frame(package):
    for table in frames(package):
        assert check_events([table])[0].tolist() == SORTED


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_data_frame_without_rows_is_an_empty_table(package):
    frame = pytest.importorskip(package).DataFrame
    *_, full = frames(package)
    for empty in (frame({name: [] for name in COLUMNS}), frame(), full[:0]):
        found = check_events([empty, ROWS])
        assert [len(table) for table in found] == [0, 2]
        assert [len(table) for table in check_decisions([empty])] == [0]


def test_a_checked_table_is_a_table():
    events, found = check_events([ROWS, []]), check_decisions([[(30, 1)], [(5, 2, 1), (4, 1, 1)]])
    assert list(map(repr, check_events(events))) == list(map(repr, events))
    assert list(map(repr, check_decisions(found))) == list(map(repr, found))


def test_decisions_have_an_estimated_onset_or_none():
    without, with_onset = check_decisions([[(30, "b"), (7.5, "a")], [(5, 2.5, "b")]])
    assert without["time"].tolist() == [7.5, 30] and without["label"].tolist() == ["a", "b"]
    assert np.isnan(without["onset"]).all()
    assert with_onset.tolist() == [(5, 2.5, "b")]


def test_a_recording_without_events_has_an_empty_table():
    pandas = pytest.importorskip("pandas")
    empty = [], np.empty((0, 3)), pandas.DataFrame(), structured(rows=[])
    found = check_events([*empty, ROWS])
    assert [len(table) for table in found] == [0, 0, 0, 0, 2]
    assert {table.dtype for table in found} == {found[-1].dtype}
    assert check_events([[]])[0].dtype["label"] == int


@pytest.mark.parametrize("labels, expected, dtype", [
    ([2, 1], [2, 1], int), ([2.0, 1.0], [2, 1], int), ([0.5, 1], [0.5, 1], float),
    ([np.int8(3), True], [3, 1], int), ([True, np.False_], [True, False], bool),
    (["b", np.str_("aa")], ["b", "aa"], "<U2")])
def test_labels_are_text_or_numbers(labels, expected, dtype):
    found = check_events([[(k, k + 1, label)] for k, label in enumerate(labels)])
    assert [table["label"].item() for table in found] == expected
    assert {table.dtype["label"] for table in found} == {np.dtype(dtype)}


def test_an_event_may_end_in_the_last_step_whose_time_is_rounded():
    (found,) = check_events([[(0, 0.1 + 0.2, 1), (0.4, 0.7, 2)]], ends=[0.7], shortest=0.3)
    assert len(found) == 2
    check_events([[(0, 0.1 + 0.2, 1)]], ends=[0.3])
    check_events([[(0.4, 0.7, 1)]], shortest=0.7 - 0.4 + 1e-16)


BAD_TABLES = {
    "a list with one table of .* got DataFrame": "frame",
    "a list with one table of .* got str": "abc",
    r"a list with one table of .* got \(1200.5, 2000.0, 'wave'\) as entry 0": ROWS,
    "a list with one table of .* got 5 as entry 1": [[], 5],
    r"onset of events\[0\] expects real numbers, got text": [np.array(ROWS)],
    r"events\[0\] must have labels .* got None in row 1": [[(0, 1, 2), (0, 1, None)]],
    r"events\[0\] must have labels .* got 'a' in row 0": [[(0, 1, "a"), (0, 1, 2)]],
    r"events\[1\] must have labels .* got nan in row 0": [[], [(0, 1, np.nan)]],
    "labels of one type, got text and numbers": [[(0, 1, 2)], [(0, 1, "a")]],
}
BAD_VALUES = {
    "one table of .* got 0 tables for at least 1 recordings": [],
    r"events\[0\] must have rows \(onset, offset, label\), got \(1, 2\) in row 0": [[(1, 2)]],
    r"events\[1\] must have the columns onset, offset, label, got start, offset, label": [
        [], structured(("start", "offset", "label"))],
    r"events\[0\] must have finite times in ms, got offset nan in row 1": [
        [(0, 1, 1), (0, np.nan, 1)]],
    r"events\[0\]: an onset must not be negative. Got onset -1, offset 1, label 'a'": [
        [(0, 1, "b"), (-1, 1, "a")]],
    r"events\[1\]: an offset must not be before its onset. Got onset 2.5, offset 1, label 0": [
        [], [(2.5, 1, 0)]],
}


@pytest.mark.parametrize("message", BAD_TABLES)
def test_other_objects_are_refused(message):
    events = BAD_TABLES[message]
    if isinstance(events, str) and events == "frame":
        events = pytest.importorskip("pandas").DataFrame(ROWS, columns=COLUMNS)
    with pytest.raises(TypeError, match=message):
        check_events(events)


@pytest.mark.parametrize("message", BAD_VALUES)
def test_impossible_events_are_refused(message):
    with pytest.raises(ValueError, match=message):
        check_events(BAD_VALUES[message])


@pytest.mark.parametrize("limits, message", [
    ({"n_recordings": 2}, "got 1 tables for 2 recordings. .* has an empty table"),
    ({"ends": [19]}, "must end before its recording does, at 19 ms. .* Got onset 9, offset 19.5"),
    ({"shortest": 20}, "at least one step, 20 ms. .* multiply seconds by 1000. Got onset 0,"),
    ({"overlapping": False}, "must not begin before the previous one ends. .* Got onset 9,")])
def test_limits_of_events_are_checked(limits, message):
    events = [[(9, 19.5, 1), (0, 10, 1)]]
    check_events(events)
    with pytest.raises(ValueError, match=message):
        check_events(events, **limits)


def test_an_event_that_lies_in_a_longer_one_overlaps_with_it_after_a_third_one():
    with pytest.raises(ValueError, match="Got onset 50, offset 60"):
        check_events([[(0, 100, 1), (50, 60, 1)]], overlapping=False)
    check_events([[(0, 50, 1), (50, 60, 1)]], overlapping=False)


@pytest.mark.parametrize("error, found, message", [
    (TypeError, [(1, 2)], r"found must be a list with one table of \(time, onset, label\)"),
    (ValueError, [[(1,)]], r"found\[0\] must have rows \(time, onset, label\), got \(1,\)"),
    (ValueError, [[(1, "a"), (1, 2, "a")]], r"got \(1, 'a'\) in row 0"),
    (ValueError, [[(np.inf, "a")]], r"finite times in ms, got time inf in row 0"),
    (ValueError, [structured()], "must have the columns time, onset, label, got onset, offset")])
def test_impossible_decisions_are_refused(error, found, message):
    with pytest.raises(error, match=message):
        check_decisions(found)
