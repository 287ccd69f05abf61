"""Events from annotations of MNE, intervals of pynapple and tables."""

from types import SimpleNamespace

import numpy as np
import pytest

from skspike.io import events_from_mne, events_from_pynapple, events_from_table

ROWS = [
    {"recording": "b", "onset": 1.1, "offset": 1.35, "label": "tap"},
    {"recording": "a", "onset": 3.0, "offset": 3.5, "label": "wave"},
    {"recording": "b", "onset": 0.2, "offset": 0.7, "label": "wave"}]
IN_MS = [[(3000, 3500, "wave")], [(200, 700, "wave"), (1100, 1350, "tap")], []]


def annotated(onset, duration, description, **fields):
    """Return an object with the attributes of mne.Annotations."""
    return SimpleNamespace(
        onset=np.array(onset, float), duration=np.array(duration, float),
        description=np.array(description, str), **fields)


MARKED = annotated([12.25, 13.1, 14.0, 15.0], [0.5, 0.2, 1, 0], ["a", "Bad_blink", "b", "EDGE x"])
MARKED_IN_MS = [(2250, 2750, "a"), (4000, 5000, "b")]


# -- MNE


@pytest.mark.small
def test_onsets_of_a_recording_are_relative_to_its_first_sample():
    raw = SimpleNamespace(annotations=MARKED, first_time=10.0)
    alone = annotated(MARKED.onset - 10, MARKED.duration, MARKED.description)
    for given in (raw, [raw], alone, [alone]):
        assert [table.tolist() for table in events_from_mne(given)] == [MARKED_IN_MS]
    empty = SimpleNamespace(annotations=annotated([], [], []), first_time=3.0)
    assert [table.tolist() for table in events_from_mne([raw, empty])] == [MARKED_IN_MS, []]


@pytest.mark.parametrize("meas_date", [None, 1e9])
@pytest.mark.parametrize("first_samp", [0, 1000])
def test_annotations_of_mne_are_where_mne_has_them(meas_date, first_samp):
    mne = pytest.importorskip("mne", reason="mne is not installed")
    info = mne.create_info(1, 100.0)
    raw = mne.io.RawArray(np.zeros((1, 2000)), info, first_samp=first_samp, verbose=False)
    raw.set_meas_date(meas_date)
    raw.set_annotations(mne.Annotations([2.25, 3.1, 4, 19.9], [0.5, 0.2, 1, 5], [
        "a", "bad blink", "b", "c"]), emit_warning=False)
    (table,) = events_from_mne(raw)
    assert table.tolist() == [*MARKED_IN_MS, (19900, 20000, "c")]  # MNE cuts the last one
    samples, codes = mne.events_from_annotations(raw, verbose=False)
    assert ((samples[:, 0] - raw.first_samp) * 10).tolist() == table["onset"].tolist()
    assert events_from_mne(raw.copy().crop(2, 10))[0]["onset"].tolist() == [250, 2000]
    assert events_from_mne(mne.Annotations(2.25, 0.5, "a"))[0].tolist() == MARKED_IN_MS[:1]


@pytest.mark.small
def test_what_has_no_annotations_is_refused():
    for given in (None, [np.zeros(3)], "raw.fif", SimpleNamespace(annotations=MARKED)):
        with pytest.raises(TypeError, match="expects mne.io.Raw, mne.Annotations, or a list of"):
            events_from_mne(given)
    with pytest.raises(ValueError, match=r"recordings\[0\]: an onset must not be negative"):
        events_from_mne(SimpleNamespace(annotations=MARKED, first_time=12.5))


# -- pynapple


@pytest.fixture
def pynapple():
    return pytest.importorskip("pynapple", reason="pynapple is not installed")


def test_intervals_belong_to_the_sessions_in_which_they_lie(pynapple):
    sessions = pynapple.IntervalSet([10.0, 20.0, 40.0], [15.0, 30.0, 50.0])
    events = pynapple.IntervalSet(
        [1.0, 9.5, 12.0, 14.8, 35.0], [2.0, 10.2, 12.25, 20.1, 36.0],
        metadata={"kind": ["x", "a", "b", "c", "x"]})
    # the second interval begins before a session, the fourth spans the gap
    expected = [[(0, 200, "a"), (2000, 2250, "b"), (4800, 5000, "c")], [(0, 100, "c")], []]
    found = events_from_pynapple(events, sessions, label="kind")
    assert [table.tolist() for table in found] == expected
    same = events_from_pynapple(events, sessions, label="ripple")
    assert [[(*row[:2], "ripple") for row in table] for table in expected] == [
        table.tolist() for table in same]
    assert events_from_pynapple(events, sessions, label=3)[0]["label"].tolist() == [3] * 3


def test_what_is_no_interval_set_is_refused(pynapple):
    sessions = pynapple.IntervalSet([0.0], [1.0])
    with pytest.raises(TypeError, match="expects intervals in an IntervalSet, got ndarray"):
        events_from_pynapple(np.zeros((1, 2)), sessions, label="a")
    with pytest.raises(TypeError, match="expects sessions in an IntervalSet, got Ts"):
        events_from_pynapple(sessions, pynapple.Ts([0.1, 0.9]), label="a")


# -- tables


@pytest.mark.parametrize("form", ["dicts", "text", "structured", "pandas", "polars"])
def test_a_table_of_all_recordings_is_split(form):
    table = ROWS
    if form == "text":
        table = [{name: str(value) for name, value in row.items()} for row in ROWS]
    elif form == "structured":
        table = np.array([tuple(row.values()) for row in ROWS], [
            ("recording", "U1"), ("onset", float), ("offset", float), ("label", "U4")])
    elif form != "dicts":
        table = pytest.importorskip(form).DataFrame(ROWS)
    events = events_from_table(table, ["a", "b", "c"], unit="s")
    assert [found.tolist() for found in events] == IN_MS


@pytest.mark.small
def test_columns_have_other_names():
    table = [
        {"file": row["recording"], "event_onset": 1000 * row["onset"],
         "event_label": row["label"], "duration": 1000 * (row["offset"] - row["onset"])}
        for row in ROWS]
    events = events_from_table(table, ["a", "b", "c"], columns={"recording": "file"})
    assert [found.tolist() for found in events] == IN_MS
    (table,) = events_from_table(
        [{"start": 1, "end": 2, "label": "x"}], columns={"onset": "start", "offset": "end"})
    assert table.tolist() == [(1, 2, "x")]


@pytest.mark.small
@pytest.mark.parametrize("unit, scale", [("s", 1000), ("ms", 1), ("us", 0.001)])
def test_times_have_a_unit(unit, scale):
    (table,) = events_from_table([{"onset": 2, "duration": 3, "label": 0}], unit=unit)
    assert table.tolist() == [(2 * scale, 5 * scale, 0)]


@pytest.mark.small
def test_a_single_recording_needs_no_name():
    (table,) = events_from_table(ROWS[:1], unit="s")
    assert table.tolist() == IN_MS[1][1:]
    assert [len(table) for table in events_from_table([])] == [0]
    assert [len(table) for table in events_from_table([], ["a", "b"])] == [0, 0]


@pytest.mark.small
@pytest.mark.parametrize("error, table, options, message", [
    (TypeError, [(1, 2, "a")], {}, "a data frame, a structured array or a list of dict, got list"),
    (TypeError, None, {}, "got NoneType"),
    (ValueError, [{"onset": 1, "label": 2}], {}, "columns onset, .* got onset, label. Pass"),
    (ValueError, ROWS, {}, r"several recordings. .* recordings=\['a', 'b'\]"),
    (ValueError, ROWS, {"recordings": ["a"]}, "an event of the recording 'b', which is not in rec"),
    (ValueError, [{"onset": 1, "offset": 2, "label": 0}], {"recordings": ["a"]},
     "needs the column recording"),
    (ValueError, ROWS, {"recordings": ["a", "b", "a"]},
     r"recordings must be different, got \['a', 'b', 'a'\]"),
    (ValueError, ROWS[:1], {"unit": "h"}, "unit must be one of 's', 'ms', 'us', got 'h'"),
    (ValueError, ROWS, {"columns": {"begin": "onset"}}, "a key of columns must be one of 'onset'"),
    (TypeError, [{**ROWS[0], "onset": "soon"}], {}, "onset of table expects real numbers"),
    (ValueError, [{**ROWS[0], "onset": None}], {}, "must have finite times in ms, got onset nan"),
    (ValueError, [{**ROWS[0], "offset": 0}], {}, "an offset must not be before its onset")])
def test_a_table_that_is_no_table_of_events_is_refused(error, table, options, message):
    with pytest.raises(error, match=message):
        events_from_table(table, **options)
