"""Blocks of time of long recordings."""

import numpy as np
import pytest

from skspike import time_blocks
from skspike._base import check_events

pytestmark = pytest.mark.small


def numbered(n_steps, n_channels=2):
    """Return a recording whose values are the numbers of the steps."""
    return np.tile(np.arange(n_steps), (n_channels, 1))


@pytest.mark.parametrize(("n_steps", "n_blocks", "gap"), [
    (40, 1, 0), (101, 2, 30), (101, 5, 0), (500, 5, 35)])
def test_blocks_are_equal_parts_with_gaps_between_them(n_steps, n_blocks, gap):
    x = numbered(n_steps)
    X, y = time_blocks([x], [x[0]], n_blocks=n_blocks, gap=gap, dt=10)
    assert len(X) == len(y) == n_blocks
    assert X[0][0, 0] == 0 and X[-1][0, -1] == n_steps - 1
    for block, target in zip(X, y, strict=True):
        assert (block == target).all()
        assert (np.diff(target) == 1).all()
    between = [after[0] - before[-1] - 1 for before, after in zip(y[:-1], y[1:], strict=True)]
    assert between == [-(-gap // 10)] * (n_blocks - 1)
    assert max(map(len, y)) - min(map(len, y)) <= 1


def test_recordings_are_cut_one_after_the_other():
    first, second = numbered(50), 100 + numbered(20)
    targets = [np.stack([x[0], -x[1]]) for x in (first, second)]
    X, y = time_blocks([first, second], targets, n_blocks=2, gap=4)
    assert [block[0, 0] for block in X] == [0, 27, 100, 112]
    assert [target.tolist() for target in y] == [[*map(list, (x[0], -x[1]))] for x in X]
    assert all(np.shares_memory(block, first) for block in X[:2])
    array, _ = time_blocks(np.stack([first, first]), targets[:1] * 2, n_blocks=2, gap=4)
    assert [block.tolist() for block in array] == [block.tolist() for block in X[:2]] * 2


@pytest.mark.parametrize("labels", [
    np.array(["rest", "move"] * 20), np.array(["rest", None] * 20, object), ["rest", -1] * 20,
    ["rest", None] * 20, [None] * 40])
def test_labels_of_steps_may_be_text(labels):
    X, y = time_blocks([numbered(40)], [labels], n_blocks=2, gap=4)
    assert [target.tolist() for target in y] == [list(labels[:18]), list(labels[22:])]
    assert all(len(x[0]) == len(target) for x, target in zip(X, y, strict=True))


@pytest.mark.parametrize("dt", [1.0, 0.1, 7.3])
def test_every_event_is_whole_and_at_its_place_or_in_no_block(rng, dt):
    n_steps, n_lost = 400, 0
    for _ in range(50):
        first, n_blocks = np.sort(rng.integers(0, 370, 9)), int(rng.integers(1, 5))
        last = first + rng.integers(0, 30, 9)
        events = [[*zip(first * dt, last * dt, range(9), strict=True)]]
        X, blocks = time_blocks(
            [numbered(n_steps)], events=events, n_blocks=n_blocks, gap=20 * dt, dt=dt)
        check_events(blocks, ends=[x.shape[1] * dt for x in X])
        found = [
            (round(onset / dt) + x[0, 0], round(offset / dt) + x[0, 0], label)
            for x, table in zip(X, blocks, strict=True) for onset, offset, label in table.tolist()]
        rows = [*zip(first, last, range(9), strict=True)]
        assert found == sorted(row for row in rows if row in found)
        n_lost += 9 - len(found)
        # no step of a lost event is in a block, unless the event reaches into a gap
        assert n_blocks > 1 or len(found) == 9
        for x in X:
            start, stop = x[0, 0], x[0, -1] + 1
            assert not ((first < start) & (last > start) | (first < stop) & (last > stop)).any()
    assert 0 < n_lost < 50 * 4


def test_an_event_in_a_longer_one_moves_the_border_again():
    events = [[(40, 47, "a"), (45, 52, "b"), (80, 90, "a")]]
    X, blocks = time_blocks([numbered(100)], events=events, n_blocks=2, gap=0)
    assert [(x[0, 0], x[0, -1]) for x in X] == [(0, 39), (52, 99)]
    assert [table.tolist() for table in blocks] == [[], [(28, 38, "a")]]


def test_a_block_within_an_event_is_refused():
    with pytest.raises(ValueError, match="recording 0 has a block that lies within events"):
        time_blocks([numbered(100)], events=[[(0, 100, "a")]], n_blocks=2, gap=0)


x = numbered(20)


@pytest.mark.parametrize("error, arguments, message", [
    (ValueError, {"X": [x]}, "either y or events"),
    (ValueError, {"X": [x], "y": [x], "events": [[]]}, "either y or events"),
    (ValueError, {"X": x, "y": x}, r"got shape \(20,\) in recording 0. For a single recording,"),
    (TypeError, {"X": None, "y": x}, "X must be a list of recordings .* got None"),
    (TypeError, {"X": [[["a"]]], "y": x}, r"X\[0\] expects real numbers, got text"),
    (ValueError, {"X": [x], "y": [x[:, 1:]]}, r"got \[19\] steps for recordings of \[20\] steps"),
    (ValueError, {"X": [x], "y": [x, x]}, r"got \[20, 20\] steps for recordings of \[20\] steps"),
    (TypeError, {"X": [x], "y": ["a"]}, r"y\[0\] expects real numbers, got text"),
    (TypeError, {"X": [x], "y": [[["a"] * 20]]}, r"y\[0\] expects real numbers, got text"),
    (ValueError, {"X": [x], "y": [["a"] * 19]}, r"got \[19\] steps for recordings of \[20\] steps"),
    (ValueError, {"X": [x], "y": [3]}, r"got \[0\] steps for recordings of \[20\] steps"),
    (ValueError, {"X": [x], "events": [[], []]}, "got 2 tables for 1 recordings"),
    (ValueError, {"X": [x], "events": [[(1, 21, 0)]]}, "must end before its recording does"),
    (ValueError, {"X": [x], "y": [x], "gap": 4}, "20 steps, too few for 5 blocks and gaps of 4 st"),
    (ValueError, {"X": [x], "y": [x], "gap": -1}, "gap must be"),
    (ValueError, {"X": [x], "y": [x], "n_blocks": 0}, "n_blocks must be"),
    (ValueError, {"X": [x], "y": [x], "dt": 0}, "dt must be")])
def test_what_cannot_be_cut_is_refused(error, arguments, message):
    with pytest.raises(error, match=message):
        time_blocks(**arguments)
