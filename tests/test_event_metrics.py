"""Scores of events and decisions."""

import math

import numpy as np
import pytest

from skspike.metrics import event_scores

pytestmark = pytest.mark.small

EVENTS = [[(1000, 1800, "wave"), (5000, 5600, "tap")], [(200, 900, "tap")]]


def literally_right(event, decision, tolerance, collar=None):
    """Return whether a decision is right, as the definition states."""
    (onset, offset, label), (time, estimate, name) = event, decision
    if collar is not None:
        return label == name and abs(estimate - onset) <= collar
    return label == name and onset <= time <= offset + tolerance


def largest_number_of_pairs(events, found, right):
    """Try all ways to give each event one of the decisions or none."""
    if not events:
        return 0
    first, *rest = events
    best = largest_number_of_pairs(rest, found, right)
    for j, decision in enumerate(found):
        if right(first, decision):
            best = max(best, 1 + largest_number_of_pairs(rest, found[:j] + found[j + 1:], right))
    return best


@pytest.mark.parametrize("collar", [None, 3])
@pytest.mark.parametrize("n_labels", [1, 2])
def test_no_other_matching_has_more_right_decisions(rng, n_labels, collar):
    harder = 0
    for _ in range(300):
        n_events, n_found, tolerance = rng.integers([7, 7, 5])
        onsets, labels = rng.integers(0, 20, n_events), rng.integers(n_labels, size=n_events)
        events = [*zip(onsets, onsets + rng.integers(0, 12, n_events), labels, strict=True)]
        times, labels = rng.integers(0, 36, n_found), rng.integers(n_labels, size=n_found)
        found = [*zip(times, rng.integers(0, 24, n_found), labels, strict=True)]

        def right(event, decision):
            return literally_right(event, decision, tolerance, collar)

        scores = event_scores([events], [found], tolerance=tolerance, onset_collar=collar)
        assert scores.n_right == largest_number_of_pairs(events, found, right)
        assert scores.n_right == np.trace(scores.confusion[:-1, :-1])
        # in these tables, it is too simple to take the first event that fits
        left = list(events)
        for decision in sorted(found):
            fitting = [event for event in left if right(event, decision)]
            if fitting:
                left.remove(fitting[0])
        harder += len(events) - len(left) < scores.n_right
    assert harder > 0


def test_a_decision_is_right_from_the_onset_until_the_tolerance_after_the_offset():
    for time, n_right in ((999, 0), (1000, 1), (2300, 1), (2301, 0)):
        assert event_scores([EVENTS[0][:1]], [[(time, "wave")]]).n_right == n_right
    assert event_scores([EVENTS[0][:1]], [[(1801, "wave")]], tolerance=0).n_right == 0
    assert event_scores([EVENTS[0][:1]], [[(1500, "tap")]]).n_right == 0


def test_the_last_moment_of_the_tolerance_may_be_rounded():
    assert 3 * 0.1 > 0.3
    assert event_scores([[(0.1, 0.3, "a")]], [[(3 * 0.1, "a")]], tolerance=0).n_right == 1
    assert event_scores([[(0.1, 0.3, "a")]], [[(0.30001, "a")]], tolerance=0).n_right == 0


def test_a_second_report_of_an_event_is_a_false_alarm():
    scores = event_scores([EVENTS[0][:1]], [[(1500, "wave"), (1700, "wave")]], duration=36e5)
    assert (scores.n_right, scores.precision, scores.false_alarms_per_hour) == (1, 0.5, 1)
    assert scores.latency_from_onset == 500  # the first one is right


def test_events_of_another_recording_do_not_count():
    scores = event_scores(EVENTS, [[], [(1500, "wave"), (500, "tap")]])
    assert (scores.n_events, scores.n_found, scores.n_right) == (3, 2, 1)
    assert scores.confusion.tolist() == [[1, 0, 1], [0, 0, 1], [0, 1, 0]]


def test_scores_are_shares_rates_and_medians():
    found = [[(1600, "wave"), (2100, "wave"), (5700, "tap")], [(300, "wave"), (9000, "tap")]]
    scores = event_scores(EVENTS, found, duration=[20 * 60_000, 10 * 60_000])
    assert (scores.precision, scores.recall) == (2 / 5, 2 / 3)
    assert scores.f1 == pytest.approx(2 / (1 / scores.precision + 1 / scores.recall), rel=1e-12)
    assert scores.false_alarms_per_hour == 3 / 0.5
    assert scores.latency_from_onset == np.median([600, 700])
    assert scores.latency_from_offset == np.median([-200, 100])
    # the tap of the second recording was found as a wave, and two decisions are about nothing
    assert scores.labels.tolist() == ["tap", "wave"]
    assert scores.confusion.tolist() == [[1, 1, 0], [0, 1, 0], [1, 1, 0]]
    assert event_scores(EVENTS, found, duration=1.8e6).false_alarms_per_hour == 6


def test_the_collar_compares_onsets_as_sed_eval_does():
    # reference and estimated list of events, t_collar=0.2, evaluate_offset=False: the first two
    # estimates are within 200 ms of the onset, the third has another label, the last is late
    events = [[
        (0, 2000, "speech"), (3000, 5000, "speech"), (6000, 7000, "car"), (8000, 8100, "car")]]
    found = [[
        (2500, 200, "speech"), (9999, 2800, "speech"), (6100, 6000, "speech"), (8201, 8201, "car")]]
    scores = event_scores(events, found, onset_collar=200)
    assert (scores.n_right, scores.n_found - scores.n_right) == (2, 2)
    assert (scores.precision, scores.recall, scores.f1) == (0.5, 0.5, 0.5)
    assert scores.confusion.tolist() == [[0, 1, 1], [0, 2, 0], [1, 0, 0]]
    assert scores.latency_from_onset == np.median([2500, 6999])  # from the decisions


def test_undefined_scores_are_nan():
    nothing = event_scores([[]], [[]], duration=1000)
    assert all(math.isnan(value) for value in (
        nothing.f1, nothing.precision, nothing.recall, nothing.latency_from_onset,
        nothing.latency_from_offset))
    assert nothing.false_alarms_per_hour == 0
    assert nothing.confusion.tolist() == [[0]]
    missed, alarm = event_scores(EVENTS, [[], []]), event_scores([[]], [[(1, "tap")]])
    assert (missed.f1, missed.recall, alarm.f1, alarm.precision) == (0, 0, 0, 0)
    assert math.isnan(missed.precision) and math.isnan(alarm.recall)
    assert math.isnan(alarm.false_alarms_per_hour)


def test_confusion_counts_every_event_and_every_decision(rng):
    for _ in range(50):
        events, found = ([
            [(*row, int(rng.integers(4))) for row in np.sort(rng.integers(0, 300, (n, 2)), axis=1)]
            for n in rng.integers(0, 9, 3)] for _ in range(2))
        scores = event_scores(events, found, tolerance=20)
        matrix, labels = scores.confusion, scores.labels.tolist()
        true, decided = (
            [row[2] for table in tables for row in table] for tables in (events, found))
        assert matrix[:-1].sum(axis=1).tolist() == [true.count(label) for label in labels]
        assert matrix[:, :-1].sum(axis=0).tolist() == [decided.count(label) for label in labels]
        assert matrix[-1, -1] == 0 and matrix.min() >= 0
        order = rng.permutation(3)
        again = event_scores(
            [events[k] for k in order], [found[k][::-1] for k in order], tolerance=20)
        assert np.array_equal(again.confusion, matrix)


@pytest.mark.parametrize("events, found, options, error, message", [
    (EVENTS, [[]], {}, ValueError, "found must have one table of .* got 1 tables for 2 recordings"),
    (EVENTS, [[(1, 1)], []], {}, TypeError, "events and found must have labels of one type"),
    (EVENTS[0], [[]], {}, TypeError, "events must be a list with one table of"),
    (EVENTS, [[], []], {"tolerance": -1}, ValueError, "tolerance must be a finite number and >= 0"),
    (EVENTS, [[], []], {"duration": 0}, ValueError, "duration must be a finite number and > 0"),
    (EVENTS, [[], []], {"duration": [9, 0]}, ValueError, r"duration\[1\] must be .* > 0"),
    (EVENTS, [[], []], {"duration": [1]}, ValueError, "each of 2 recordings, got 1 numbers"),
    (EVENTS, [[], []], {"onset_collar": "a"}, TypeError, "onset_collar must be a finite number"),
    (EVENTS, [[(1, "tap")], []], {"onset_collar": 9}, ValueError, "needs estimated onsets")])
def test_bad_input_is_refused(events, found, options, error, message):
    with pytest.raises(error, match=message):
        event_scores(events, found, **options)
