"""Long recordings with events or a target at each step."""

import numpy as np
import pytest

from skspike._base import check_events
from skspike.datasets import make_gestures, make_reach
from skspike.datasets._recordings import reaches, wander

pytestmark = pytest.mark.small
SIGMAS = 4.5  # a normal deviate exceeds this once in 150,000
MAKERS = {"make_gestures": make_gestures, "make_reach": make_reach}


def flat(made):
    """Return the arrays of a data set."""
    X, y = made
    return [X, *y]


def same(made, other):
    return all(map(np.array_equal, flat(made), flat(other)))


@pytest.mark.parametrize("name", MAKERS)
def test_a_seed_fixes_the_recordings(name):
    make = MAKERS[name]
    made = make(2, 3, 2000, random_state=3)
    assert same(made, make(2, 3, 2000, random_state=3))
    assert same(made, make(2, 3, 2000, random_state=np.random.RandomState(3)))
    assert not same(made, make(2, 3, 2000, random_state=4))
    # the first recordings do not depend on their number
    more = make(3, 3, 2000, random_state=3)
    assert same(made, tuple(part[:2] for part in more))


@pytest.mark.parametrize(("name", "bad"), [
    ("make_gestures", {
        "n_kinds": 0, "every": 1999, "distractors": 1.1, "variety": 0.6, "noise": -1, "dt": 0.0}),
    ("make_reach", {"n_recordings": 0, "n_channels": 0, "n_steps": -1, "rate": 20.0, "lag": -1})])
def test_impossible_parameters_are_named(name, bad):
    for parameter, value in bad.items():
        with pytest.raises(ValueError, match=f"^{parameter} must be"):
            MAKERS[name](**{parameter: value})


# -- gestures


def test_gestures_are_events_with_pauses_between_them():
    X, events = make_gestures(4, 2, 20000, every=2500.0, random_state=0)
    assert X.shape == (4, 2, 20000) and X.dtype == np.float32 and np.isfinite(X).all()
    for table, checked in zip(events, check_events(events, ends=20000 * 20.0), strict=True):
        assert np.array_equal(table, checked) and len(table) > 20
        assert set(table["label"]) == {0, 1, 2}
        assert (table["onset"][1:] - table["offset"][:-1] >= 290).all()  # 300 ms, rounded to steps
        assert (table["onset"] % 20 == 0).all() and (table["offset"] % 20 == 0).all()


def test_movements_have_the_stated_rate_and_durations():
    dt, n_steps = 5.0, 400_000
    _, (table,) = make_gestures(
        1, 1, n_steps, every=3000.0, distractors=0.0, variety=0.3, dt=dt, random_state=1)
    intervals = np.diff(table["onset"])
    assert abs(intervals.mean() - 3000) < SIGMAS * intervals.std() / len(intervals)**0.5
    logs = np.log(table["offset"] - table["onset"])
    for kind in range(3):
        own = logs[table["label"] == kind]
        assert np.log(700) < np.median(own) + 0.1 and np.median(own) - 0.1 < np.log(1400)
        assert own.std() == pytest.approx(0.3, rel=SIGMAS / (2 * len(own))**0.5)
    share = len(make_gestures(
        1, 1, n_steps, every=3000.0, distractors=0.8, dt=dt, random_state=1)[1][0]) / len(table)
    assert share == pytest.approx(0.2, abs=SIGMAS * (0.16 / len(table))**0.5)


def test_a_distractor_is_a_gesture_backward():
    gestures, (table,) = make_gestures(1, 4, 5000, distractors=0.0, random_state=0)
    backward, (none,) = make_gestures(1, 4, 5000, distractors=1.0, random_state=0)
    assert len(table) > 10 and len(none) == 0
    difference = (gestures - backward)[0]
    for onset, offset in zip(table["onset"], table["offset"], strict=True):
        part = difference[:, int(onset / 20) : int(offset / 20)]
        assert abs(part).max() > 0.1
        assert part == pytest.approx(-part[:, ::-1], abs=1e-5)
        part[:] = 0
    assert not difference.any()


def test_gestures_of_a_kind_are_alike_and_of_unit_size():
    X, (table,) = make_gestures(1, 3, 100_000, variety=0.0, every=2000.0, random_state=0)
    for kind in range(3):
        parts = np.array([
            X[0, :, int(onset / 20) : int(offset / 20)] for onset, offset, label in table.tolist()
            if label == kind])
        power = (parts.mean(axis=0) ** 2).mean()
        assert len(parts) > 50 and power == pytest.approx(1, abs=0.1)


def test_drift_and_noise_have_their_deviation_and_time_constant():
    dt = 5.0
    x = wander(np.random.RandomState(0), 400_000, dt, 100.0, 0.4)
    n_independent = len(x) * dt / 200
    assert x.std() == pytest.approx(0.4, rel=SIGMAS / n_independent**0.5)
    for lag in (1, 5, 20):
        correlation = np.corrcoef(x[lag:], x[:-lag])[0, 1]
        assert correlation == pytest.approx(
            np.exp(-lag * dt / 100), abs=SIGMAS / n_independent**0.5)
    starts = [wander(np.random.RandomState(k), 1, dt, 100.0, 0.4)[0] for k in range(2000)]
    assert np.std(starts) == pytest.approx(0.4, rel=SIGMAS / 4000**0.5)


# -- reaches


def test_an_arm_reaches_along_lines_with_minimum_jerk_and_rests():
    dt = 1.0
    velocity = reaches(np.random.RandomState(0), int(60000 / dt), dt)
    moves = velocity.any(axis=0)
    edges = np.flatnonzero(np.diff(moves.astype(int))) + 1
    starts, stops = edges[0::2], edges[1::2]
    n = min(len(starts), len(stops))
    position = np.cumsum(velocity, axis=1) * dt / 1000
    assert n > 30 and abs(position).max() <= 0.1 + 1e-3
    rests = (starts[1:n] - stops[: n - 1]) * dt
    assert rests.min() >= 100 - dt and rests.max() <= 600 + dt
    for start, stop in zip(starts[:n], stops[:n], strict=True):
        part, duration = velocity[:, start:stop], (stop - start) * dt
        distance, speed = np.linalg.norm(part.sum(axis=1)) * dt / 1000, np.linalg.norm(part, axis=0)
        assert duration == pytest.approx(250 + 2200 * distance, abs=2 * dt)
        assert speed.max() == pytest.approx(1.875 * distance / (duration / 1000), rel=0.01)
        assert np.linalg.matrix_rank(part, tol=1e-9) == 1


def test_spikes_precede_the_movement_and_rest_at_the_stated_rate():
    X, y = make_reach(1, 60, 60000, lag=0.0, random_state=0)
    assert X.shape == (1, 60, 60000) and y.shape == (1, 2, 60000)
    assert X.dtype == np.uint8 and X.max() == 1
    rest = X[0][:, ~y[0].any(axis=0)].mean(axis=1) * 200  # Hz
    assert rest.mean() == pytest.approx(8, rel=0.15) and 3 < rest.min() and rest.max() < 13
    later, _ = make_reach(1, 60, 60000, lag=300.0, random_state=0)
    delays = np.arange(-120, 440, 40)
    for raster, earliest, latest in ((X, 0, 0), (later, 0, 300)):
        best = [
            delays[np.argmax([fit(train, y[0], round(delay / 5)) for delay in delays])]
            for train in raster[0][:12]]
        assert min(best) >= earliest - 60 and max(best) <= latest + 60
        assert max(best) - min(best) > (latest - earliest) / 2


def fit(train, velocity, shift):
    """Return how well smoothed spikes follow from the velocity some steps later."""
    kernel = np.ones(10) / 10
    now = np.convolve(train, kernel, "same")[1000:-1000]
    then = velocity[:, 1000 + shift : velocity.shape[1] - 1000 + shift]
    columns = np.vstack([np.ones(len(now)), then, np.hypot(*then)]).T
    return -np.linalg.lstsq(columns, now, rcond=None)[1][0]


@pytest.mark.parametrize("dt", [1e-9, 1e9])
def test_extreme_steps_are_allowed(dt):
    X, events = make_gestures(2, 3, 50, dt=dt, random_state=0)
    assert np.isfinite(X).all() and len(events) == 2
    X, y = make_reach(2, 3, 50, rate=0.0, dt=dt, random_state=0)
    assert not X.any() and np.isfinite(y).all()
