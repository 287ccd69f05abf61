"""Mini-batch training of a single number: order of samples, rates, and the state that is kept."""

from types import SimpleNamespace

import numpy as np
import pytest

from skspike.learning import CrossEntropy, Target
from skspike.learning._training import Objective, minimise, one_pass, split

pytestmark = pytest.mark.small


class Rows(list):
    """Input rows of a later chunk."""

    first_row = 100


def task_of(n, start=None, progress=None, target=None, score=None, **settings):
    """Return a task with n samples."""
    usual = {
        "max_iter": 4, "batch_size": n, "tol": 0.0, "n_iter_no_change": 99, "verbose": False,
        "early_stopping": False, "validation_fraction": 0.25, "learning_rate_schedule": "cosine"}
    return SimpleNamespace(
        inputs=Rows(range(n)),
        target=target or Target(np.arange(n) % 2, np.ones(n), CrossEntropy(2)),
        settings=SimpleNamespace(**{**usual, **settings}), rng=np.random.RandomState(0),
        start=start, score=score,
        progress=progress or SimpleNamespace(
            begin=lambda: None, end=lambda state, attributes: False))


class Distance(Objective):
    """Half the mean squared distance of a number from data."""

    def __init__(self, data, start=4.0):
        self.data = np.array(data, float)
        self.parameters = {"p": np.array([start])}
        self.rates = {"p": 0.5}
        self.seen, self.moves = [], 0

    def loss(self, rows):
        return 0.5 * ((self.parameters["p"] - self.data[rows]) ** 2).mean()

    def gradient(self, rows, epoch):
        self.seen.append((epoch, rows.tolist()))
        return self.loss(rows), {"p": self.parameters["p"] - self.data[rows].mean()}

    def moved(self):
        self.moves += 1

    def state(self):
        return "state"


class Script:
    """A solver that sets the parameter to given values."""

    def __init__(self, objective, values):
        self.objective, self.values, self.used = objective, list(values), []

    def step(self, grads):
        self.used.append(self.rates["p"])
        self.objective.parameters["p"][0] = self.values.pop(0)


def run(values, data=(0.0,) * 4, **more):
    """Train along these values, and return the objective, the solver and the attributes."""
    objective = Distance(data)
    solver = Script(objective, values)
    return objective, solver, minimise(objective, solver, task_of(len(data), **more))


def test_every_epoch_uses_each_sample_once_in_a_new_order():
    objective, _, found = run(np.zeros(12), range(7), batch_size=3)
    # twelve updates, two comparisons and one restore
    assert [len(rows) for _, rows in objective.seen] == [3, 3, 1] * 4 and objective.moves == 12 + 3
    epochs = [sum((rows for epoch, rows in objective.seen if epoch == k), []) for k in range(4)]
    assert [sorted(rows) for rows in epochs] == [list(range(7))] * 4 and len(
        set(map(tuple, epochs))) == 4
    assert found["n_iter_"] == 4


def test_the_loss_of_an_epoch_is_the_mean_over_its_samples():
    objective, _, found = run(np.full(12, 4.0), range(7), batch_size=3)
    np.testing.assert_allclose(found["loss_curve_"], [objective.loss(np.arange(7))] * 4)


def test_rates_fall_along_half_a_cosine():
    _, solver, _ = run(np.zeros(10), max_iter=5, batch_size=2)
    np.testing.assert_allclose(
        solver.used, np.repeat([0.5 * np.cos(np.pi * k / 10) ** 2 for k in range(5)], 2))


def test_the_constant_schedule_keeps_the_rates():
    _, solver, _ = run(np.zeros(10), max_iter=5, batch_size=2, learning_rate_schedule="constant")
    assert solver.used == [0.5] * 10


def test_one_cycle_raises_the_rates_from_a_25th_for_30_percent_of_the_epochs_then_lowers_them():
    _, solver, _ = run(np.zeros(20), max_iter=10, batch_size=2, learning_rate_schedule="one_cycle")
    rising = [0.04 + 0.96 * np.sin(np.pi * k / 6) ** 2 for k in range(3)]
    falling = [np.cos(np.pi * k / 14) ** 2 for k in range(7)]
    np.testing.assert_allclose(solver.used, 0.5 * np.repeat([*rising, *falling], 2), rtol=1e-12)


def test_without_validation_the_lower_loss_of_the_best_epoch_and_the_last_state_is_kept():
    for values, expected in (
            ([3, 1, 2, 5], 2), ([3, 1, 5, 2], 2), ([3, 1, 2, 0], 0), ([3, 2, 1, 0.5], 0.5)):
        assert run(values)[0].parameters["p"][0] == expected, values


def test_with_early_stopping_the_state_of_lowest_validation_loss_is_kept():
    objective, _, found = run([3, 1, 2, 5], (0.0,) * 8, early_stopping=True)
    assert objective.parameters["p"][0] == 1
    assert found[
        "validation_curve_"] == [4.5, 0.5, 2, 12.5] and found["loss_curve_"] == [8, 4.5, 0.5, 2]
    assert all(len(rows) == 6 for _, rows in objective.seen)


def scored(values, scores, **more):
    """Train along these values with these scores. Also return the arguments of the scores."""
    calls, left = [], list(scores)

    def score(*given):
        calls.append(given)
        return left.pop(0)

    return *run(values, (0.0,) * 8, early_stopping=True, score=score, **more), calls


def test_with_a_score_the_state_of_highest_score_on_the_validation_part_is_kept():
    objective, _, found, calls = scored([3, 1, 2, 5], [0.1, 0.2, 0.4, 0.3])
    assert objective.parameters["p"][0] == 2 and "validation_curve_" not in found
    assert found["validation_scores_"] == [0.1, 0.2, 0.4, 0.3] and found["loss_curve_"] == [
        8, 4.5, 0.5, 2]
    trained = set(objective.seen[0][1])
    for state, rows in calls:
        assert state == "state" and trained.isdisjoint(rows) and len(trained) + len(rows) == 8


def test_the_first_of_equal_scores_is_kept():
    assert scored([3, 1, 2, 5], [0.1, 0.4, 0.4, 0.4])[0].parameters["p"][0] == 1


@pytest.mark.parametrize(("tol", "n_iter"), [(0.0, 7), (0.15, 4)])
def test_training_stops_after_epochs_that_do_not_raise_the_score_by_tol(tol, n_iter):
    scores = [0.1, 0.2, 0.2, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]
    found = scored([4] * 9, scores, max_iter=9, n_iter_no_change=3, tol=tol)[2]
    assert found["n_iter_"] == n_iter


def test_a_warm_start_never_ends_below_its_first_score():
    assert scored([5, 6], [0.5, 0.4, 0.3], start="a fit", max_iter=2)[0].parameters["p"][0] == 4
    assert scored([5, 6], [0.5, 0.6, 0.3], start="a fit", max_iter=2)[0].parameters["p"][0] == 5


def test_a_state_may_use_the_training_part_for_scores_and_all_rows_for_callbacks():
    asked = []
    task = task_of(
        8, early_stopping=True, score=lambda state, rows: 0.0, max_iter=1,
        progress=SimpleNamespace(begin=lambda: None, end=lambda state, attributes: state() is None))
    objective = Distance((0.0,) * 8)
    solver = Script(objective, [3])
    minimise(objective, solver, task, None, lambda rows: asked.append(rows.tolist()))
    seen = objective.seen[0][1]
    assert [sorted(rows) for rows in asked] == [sorted(seen), list(range(8))]


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_warm_start_never_ends_above_its_first_state(early_stopping):
    assert run([5, 6, 7, 8], (0.0,) * 8, early_stopping=early_stopping, start="a fit")[
        0].parameters["p"][0] == 4
    assert run([5, 3, 7, 8], (0.0,) * 8, early_stopping=early_stopping, start="a fit")[
        0].parameters["p"][0] in (3, 4)


@pytest.mark.parametrize(
    ("values", "tol", "n_iter"),
    [([4] * 9, 0.0, 4), ([4, 4, 2, 2, 2, 2, 2, 2, 2], 0.1, 7), ([4, 3.99, 3.98, 3.97] * 3, 0.1, 4)])
def test_training_stops_after_epochs_that_do_not_lower_the_loss_by_tol(values, tol, n_iter):
    assert run(values, max_iter=9, n_iter_no_change=3, tol=tol)[2]["n_iter_"] == n_iter


def test_a_loss_that_is_not_finite_raises():
    with pytest.raises(
            ValueError,
            match="The loss became nan in epoch 2. Lower learning_rate or intrinsic_learning_rate"):
        run([np.nan, 1, 1, 1])


def test_verbose_prints_losses(capsys):
    run([3, 1, 2, 5], verbose=True)
    assert capsys.readouterr().out.splitlines()[:2] == [
        "Iteration 1, loss = 8.000000", "Iteration 2, loss = 4.500000"]
    run([3, 1, 2, 5], (0.0,) * 8, verbose=True, early_stopping=True)
    assert capsys.readouterr().out.splitlines()[
        0] == "Iteration 1, loss = 8.000000, validation loss = 4.500000"
    scored([3, 1, 2, 5], [0.1, 0.2, 0.4, 0.3], verbose=True)
    assert capsys.readouterr().out.splitlines()[
        0] == "Iteration 1, loss = 8.000000, validation score = 0.100000"


def test_a_single_pass_uses_the_samples_in_order_and_counts_all_samples_so_far():
    objective, counted = Distance(range(7)), []
    solver = Script(objective, [4.0] * 3)
    solver.rates = objective.rates
    objective.moved = lambda: counted.append(objective.n_samples)
    found = one_pass(objective, solver, task_of(7, batch_size=3))
    assert objective.seen == [(0, [0, 1, 2]), (0, [3, 4, 5]), (0, [6])] and counted == [
        103, 106, 107] and solver.used == [0.5] * 3
    assert found["n_iter_"] == 1
    np.testing.assert_allclose(found["loss_curve_"], [objective.loss(np.arange(7))])


def test_the_validation_part_is_stratified_by_class():
    rows, none = split(task_of(16), False)
    assert rows.tolist() == list(range(16)) and none is None
    train, valid = split(task_of(16), True)
    assert sorted([*train, *valid]) == list(range(16)) and np.bincount(
        np.arange(16)[valid] % 2).tolist() == [2, 2]
    assert len(split(task_of(16, target=Target(np.arange(16.0))), True)[1]) == 4
    with pytest.raises(
            ValueError,
            match="early_stopping=True cannot hold out validation_fraction=0.25 of the data"):
        split(task_of(3, target=Target(np.arange(3), loss=CrossEntropy(3))), True)


def test_all_rows_of_a_sample_are_in_one_part():
    samples = np.repeat(np.arange(16), 1 + np.arange(16) % 3)
    y = (np.arange(16) % 2)[samples]
    target = Target(y, np.ones(len(y)), CrossEntropy(2), samples)
    parts = split(task_of(len(y), target=target), True)
    assert sorted(np.concatenate(parts)) == [*range(len(y))]
    held = np.unique(samples[parts[1]])
    assert not set(samples[parts[0]]) & set(held) and np.bincount(held % 2).tolist() == [2, 2]
    # the order of the samples is the order without repetitions, and their rows are adjacent
    alone = split(task_of(16), True)
    for rows, order in zip(parts, alone, strict=True):
        assert samples[rows].tolist() == [k for k in order for _ in range(1 + k % 3)]
    assert split(task_of(len(y), target=target), False)[0].tolist() == [*range(len(y))]


def test_a_gradient_whose_square_overflows_is_ignored():
    class Steep(Distance):
        def gradient(self, rows, epoch):
            return self.loss(rows), {"p": np.array([1e200])}

    objective = Steep([0.0] * 4)
    with pytest.warns(UserWarning, match="overflowed"):
        minimise(objective, Script(objective, []), task_of(4))
    assert objective.parameters["p"] == 4.0


def test_each_part_needs_a_sample_weight_above_0():
    weight = (np.arange(16) < 1).astype(float)  # one of sixteen, so one part has none
    target = Target(np.arange(16) % 2, weight, CrossEntropy(2))
    with pytest.raises(ValueError, match="all samples have weight 0. Raise validation_fraction"):
        split(task_of(16, target=target, early_stopping=True), True)
    # one sample of each part suffices
    train, valid = split(task_of(16), True)
    weight = np.isin(np.arange(16), [train[0], valid[0]]).astype(float)
    target = Target(np.arange(16) % 2, weight, CrossEntropy(2))
    again = split(task_of(16, target=target, early_stopping=True), True)
    assert again[0].tolist() == train.tolist() and again[1].tolist() == valid.tolist()
