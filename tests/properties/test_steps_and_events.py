"""Events and targets at each step: scores, blocks of time, networks, and adaptation."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from strategies import answers, asked, estimators, fitted, labels, names_in, rasters, reals, same
from test_detectors import tables

from skspike import SNNClassifier, SNNRegressor, adapt, adaptation_scores, time_blocks
from skspike.metrics import event_scores, step_accuracy, step_r2
from skspike.neurons import NEURONS
from skspike.simulation import Leaky

# `asked` checks the warnings of first calls, and later calls repeat them.
pytestmark = pytest.mark.filterwarnings("ignore")
N_STEPS = 60
LENGTHS = st.lists(st.integers(1, 30), min_size=1, max_size=3)


@st.composite
def decisions(draw, n_recordings):
    """Draw decisions about events of recordings, (time, onset, label)."""
    time = st.integers(0, N_STEPS)
    return [
        draw(st.lists(st.tuples(time, time, st.sampled_from(["a", "b", "c"])), max_size=6))
        for _ in range(n_recordings)]


@given(
    data=st.data(), n=st.integers(1, 3), tolerance=st.floats(0, 40),
    collar=st.none() | st.floats(0, 40))
def test_each_event_and_each_decision_is_counted_once(data, n, tolerance, collar):
    events, found = data.draw(tables(n, N_STEPS)), data.draw(decisions(n))
    options = {"tolerance": tolerance, "onset_collar": collar, "duration": 60.0}
    scores = event_scores(events, found, **options)
    assert scores.n_right <= min(scores.n_events, scores.n_found)
    assert scores.confusion[:-1].sum() == scores.n_events
    assert scores.confusion[:, :-1].sum() == scores.n_found
    assert np.trace(scores.confusion) == scores.n_right
    assert scores.false_alarms_per_hour == pytest.approx(
        60_000 * (scores.n_found - scores.n_right))
    again = event_scores(
        *([rows[::-1] for rows in each[::-1]] for each in (events, found)), **options)
    assert again.n_right == scores.n_right
    more = event_scores(events, found, **options | {"tolerance": tolerance + 1})
    assert more.n_right >= scores.n_right


@given(data=st.data(), lengths=LENGTHS, balanced=st.booleans())
def test_the_accuracy_of_steps_is_a_share_that_does_not_depend_on_their_order(
        data, lengths, balanced):
    steps = st.sampled_from([-1, 0, 1, 2])
    true, found = (
        [np.array(data.draw(st.lists(steps, min_size=n, max_size=n))) for n in lengths]
        for _ in range(2))
    score = asked(lambda: step_accuracy(true, found, balanced=balanced), "y_true")
    assume(score is not None)
    assert 0 <= score <= 1 == step_accuracy(true, true, balanced=balanced)
    whole = [np.concatenate(each)[::-1] for each in (true, found)]
    assert step_accuracy(whole[:1], whole[1:], balanced=balanced) == pytest.approx(score)


@given(data=st.data(), lengths=LENGTHS, n=st.integers(1, 2))
def test_the_r2_of_steps_is_at_most_one_and_ignores_unknown_values(data, lengths, n):
    true, found = (
        [data.draw(reals((n, n), (k, k), extreme=False)) for k in lengths] for _ in range(2))
    known = [data.draw(rasters((1, 1), (n, n), (k, k)))[0] for k in lengths]
    gaps = [np.where(at, y, np.nan) for at, y in zip(known, true, strict=True)]
    score = asked(lambda: step_r2(gaps, found), "y_true", "y_pred")
    assume(score is not None)
    assert score <= 1 == step_r2(gaps, true)
    other = [np.where(at, y, 7.0) for at, y in zip(known, found, strict=True)]
    assert step_r2(gaps, other) == score


@given(
    data=st.data(), lengths=LENGTHS, n_blocks=st.integers(1, 4), gap=st.integers(0, 9),
    dt=st.sampled_from([0.1, 1.0, 7.0]))
def test_blocks_of_time_keep_their_gaps_and_the_events_inside_of_them(
        data, lengths, n_blocks, gap, dt):
    X = [np.arange(n)[np.newaxis] for n in lengths]
    events = [
        [(on * dt, off * dt, label) for on, off, label in data.draw(tables(1, n))[0]
         if on < off <= n]
        for n in lengths]
    options = {"n_blocks": n_blocks, "gap": gap * dt, "dt": dt}
    found = asked(lambda: time_blocks(X, events=events, **options), "n_blocks")
    assume(found is not None)
    blocks, targets = found
    assert len(blocks) == len(targets) == n_blocks * len(X)
    for k in range(len(X)):
        rows = slice(k * n_blocks, (k + 1) * n_blocks)
        assert all(two[0, 0] - one[0, -1] > gap for one, two in pairwise(blocks[rows]))
        for block, table in zip(blocks[rows], targets[rows], strict=True):
            whole = [
                (on - block[0, 0], off - block[0, 0]) for on, off in (
                    (round(on / dt), round(off / dt)) for on, off, _ in events[k])
                if block[0, 0] <= on and off <= block[0, -1] + 1]
            inside = [(round(row["onset"] / dt), round(row["offset"] / dt)) for row in table]
            assert sorted(inside) == sorted(whole)


@pytest.mark.parametrize("cls", [SNNClassifier, SNNRegressor])
@given(
    data=st.data(), neuron=st.sampled_from(sorted(NEURONS)),
    rule=st.sampled_from([None, "surrogate"]), recurrent=st.booleans(),
    taus=st.sampled_from([(1.0,), (5.0, 40.0)]),
    ends=st.lists(st.integers(1, 29), max_size=3))
def test_any_targets_at_each_step_are_learned_and_streamed_or_refused_by_name(
        cls, data, neuron, rule, recurrent, taus, ends):
    lengths = data.draw(st.lists(st.integers(2, 30), min_size=2, max_size=4))
    X = [data.draw(rasters((1, 1), (2, 2), (n, n)))[0] for n in lengths]
    target = st.sampled_from([-1, 0, 1, 2])
    y = [
        np.array(data.draw(st.lists(target, min_size=n, max_size=n))) if cls is SNNClassifier
        else data.draw(reals((2, 2), (n, n), extreme=False)) for n in lengths]
    model = fitted(
        cls(4, neuron=neuron, rule=rule, recurrent=recurrent, readout=Leaky(taus), max_iter=1,
            random_state=0), X, y)
    assume(model is not None)
    method = model.decision_function if cls is SNNClassifier else model.predict
    found = method(X)
    assert all(
        values.shape[-1] == n and np.isfinite(values).all()
        for values, n in zip(found, lengths, strict=True))
    stream = model.stream()
    bounds = [0, *sorted({end for end in ends if end < lengths[0]}), lengths[0]]
    for start, end in pairwise(bounds):
        saved, stream = stream.state, model.stream()
        stream.state = saved
        stream.step(X[0][:, start:end])
    last = stream.decision_function() if cls is SNNClassifier else stream.predict()
    np.testing.assert_array_equal(last, found[0][..., -1])


@pytest.mark.parametrize("cls", [SNNClassifier, SNNRegressor])
@given(data=st.data(), penalty=st.none() | st.floats(1e-6, 1e6), n=st.integers(1, 3))
def test_any_network_adapts_as_a_copy_or_says_why_not(cls, data, penalty, n):
    X = data.draw(rasters(n_samples=(3, 6), n_steps=(2, 20)))
    estimator = data.draw(estimators(cls, most=2, encoder=None))
    y = data.draw(labels(estimator, len(X)))
    model = fitted(estimator, X, y)
    assume(model is not None)
    before = answers(model, X)
    adapted = asked(
        lambda: adapt(model, X[:n], y[:n], penalty=penalty), *names_in(model), "adapt")
    assume(adapted is not None)
    assert same(answers(model, X), before)
    assert all(
        values.dtype.kind not in "f" or np.isfinite(values).all()
        for values in answers(adapted, X).values())


@given(
    data=st.data(), X=rasters(n_samples=(4, 12), n_steps=(2, 12)), n_samples=st.integers(1, 2),
    n_splits=st.integers(2, 3))
def test_scores_of_adaptation_are_shares_for_each_user_or_refused_by_name(
        data, X, n_samples, n_splits):
    users = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(X), max_size=len(X))))
    model = SNNClassifier(3, rule=None, random_state=0)
    scores = asked(
        lambda: adaptation_scores(
            model, X, np.arange(len(X)) % 2, users, penalties=(0.1, 1.0), n_samples=n_samples,
            n_splits=n_splits, random_state=0),
        "n_splits", "n_samples", "groups", "SNNClassifier", "user", "class")
    assume(scores is not None)
    n_users = len(np.unique(users))
    assert scores.before.shape == (n_users,) and scores.after.shape == (2, n_users)
    assert all((0 <= part).all() and (part <= 1).all() for part in (scores.before, scores.after))
