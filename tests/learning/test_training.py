"""Training by mini-batches, on a problem of one number: which samples are seen when, at which rates, and which state is kept."""

from types import SimpleNamespace

import numpy as np
import pytest
from tasks import partial_task

from skspike.learning._objective import Objective
from skspike.learning._training import minimise, one_pass, split

pytestmark = pytest.mark.small


class Rows(list):
    """As many rows as are asked for, the first of them with a number of its own."""

    first_row = 100


def task_of(n, **more):
    """What an estimator hands on, with some numbers of its own."""
    progress = SimpleNamespace(begin=lambda: None, end=lambda state: False)
    usual = {
        "inputs": Rows(range(n)), "max_iter": 4, "batch_size": n, "tol": 0.0,
        "n_iter_no_change": 99, "verbose": False}
    usual |= {
        "early_stopping": False, "start": None, "rng": np.random.RandomState(0),
        "progress": progress}
    usual |= {
        "y": np.arange(n) % 2, "sample_weight": np.ones(n), "n_classes": 2,
        "validation_fraction": 0.25}
    return partial_task(**{**usual, **more})


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
    """A solver that goes from number to number, whatever the gradients."""

    def __init__(self, objective, values):
        self.objective, self.values, self.used = objective, list(values), []

    def step(self, grads):
        self.used.append(self.rates["p"])
        self.objective.parameters["p"][0] = self.values.pop(0)


def run(values, data=(0.0,) * 4, **more):
    """Train along a script, and return the objective, the solver and the attributes."""
    objective = Distance(data)
    solver = Script(objective, values)
    return objective, solver, minimise(objective, solver, task_of(len(data), **more))


def test_every_epoch_sees_each_sample_once_in_an_order_of_its_own():
    objective, _, found = run(np.zeros(12), range(7), batch_size=3)
    # two to compare, one to restore
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


def test_without_validation_the_exact_losses_of_the_best_epoch_and_of_the_last_state_decide():
    for values, expected in (
            ([3, 1, 2, 5], 2), ([3, 1, 5, 2], 2), ([3, 1, 2, 0], 0), ([3, 2, 1, 0.5], 0.5)):
        assert run(values)[0].parameters["p"][0] == expected, values


def test_with_early_stopping_the_state_of_lowest_validation_loss_is_kept():
    objective, _, found = run([3, 1, 2, 5], (0.0,) * 8, early_stopping=True)
    assert objective.parameters["p"][0] == 1
    assert found[
        "validation_curve_"] == [4.5, 0.5, 2, 12.5] and found["loss_curve_"] == [8, 4.5, 0.5, 2]
    assert all(len(rows) == 6 for _, rows in objective.seen)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_who_goes_on_from_a_state_never_ends_above_it(early_stopping):
    assert run([5, 6, 7, 8], (0.0,) * 8, early_stopping=early_stopping, start="a fit")[
        0].parameters["p"][0] == 4
    assert run([5, 3, 7, 8], (0.0,) * 8, early_stopping=early_stopping, start="a fit")[
        0].parameters["p"][0] in (3, 4)


@pytest.mark.parametrize(
    ("values", "tol", "n_iter"),
    [([4] * 9, 0.0, 4), ([4, 4, 2, 2, 2, 2, 2, 2, 2], 0.1, 7), ([4, 3.99, 3.98, 3.97] * 3, 0.1, 4)])
def test_training_stops_after_epochs_that_do_not_lower_the_loss_by_tol(values, tol, n_iter):
    assert run(values, max_iter=9, n_iter_no_change=3, tol=tol)[2]["n_iter_"] == n_iter


def test_a_callback_may_stop_training_and_sees_each_state():
    states = []
    progress = SimpleNamespace(
        begin=lambda: None, end=lambda state: states.append(state()) or len(states) == 2)
    assert run([3, 2, 1, 0], progress=progress)[2]["n_iter_"] == 2 and states == ["state", "state"]


def test_a_loss_that_is_no_number_is_an_error_with_the_way_out():
    with pytest.raises(
            ValueError,
            match="The loss became nan in epoch 2; lower learning_rate or intrinsic_learning_rate"):
        run([np.nan, 1, 1, 1])


def test_losses_are_printed_where_that_is_asked_for(capsys):
    run([3, 1, 2, 5], verbose=True)
    assert capsys.readouterr().out.splitlines()[:2] == [
        "Iteration 1, loss = 8.000000", "Iteration 2, loss = 4.500000"]
    run([3, 1, 2, 5], (0.0,) * 8, verbose=True, early_stopping=True)
    assert capsys.readouterr().out.splitlines()[
        0] == "Iteration 1, loss = 8.000000, validation loss = 4.500000"


def test_a_single_pass_sees_the_data_in_their_order_and_counts_all_samples_so_far():
    objective, counted = Distance(range(7)), []
    solver = Script(objective, [4.0] * 3)
    solver.rates = objective.rates
    objective.moved = lambda: counted.append(objective.n_samples)
    found = one_pass(objective, solver, task_of(7, batch_size=3))
    assert objective.seen == [(0, [0, 1, 2]), (0, [3, 4, 5]), (0, [6])] and counted == [
        103, 106, 107] and solver.used == [0.5] * 3
    assert found["n_iter_"] == 1
    np.testing.assert_allclose(found["loss_curve_"], [objective.loss(np.arange(7))])


def test_what_is_held_out_is_a_part_of_each_class():
    rows, none = split(task_of(16), False)
    assert rows.tolist() == list(range(16)) and none is None
    train, valid = split(task_of(16), True)
    assert sorted([*train, *valid]) == list(range(16)) and np.bincount(
        np.arange(16)[valid] % 2).tolist() == [2, 2]
    assert len(split(task_of(16, n_classes=0, y=np.arange(16.0)), True)[1]) == 4
    with pytest.raises(
            ValueError,
            match="early_stopping=True cannot hold out validation_fraction=0.25 of the data"):
        split(task_of(3, y=np.arange(3)), True)


def test_a_gradient_whose_square_overflows_moves_nothing():
    class Steep(Distance):
        def gradient(self, rows, epoch):
            return self.loss(rows), {"p": np.array([1e200])}

    objective = Steep([0.0] * 4)
    with pytest.warns(UserWarning, match="overflowed"):
        minimise(objective, Script(objective, []), task_of(4))
    assert objective.parameters["p"] == 4.0


def test_what_is_held_out_weighs_something():
    few = (np.arange(16) < 1).astype(float)  # one of sixteen: either part has none
    with pytest.raises(ValueError, match="leaves a part of no weight; raise validation_fraction"):
        split(task_of(16, early_stopping=True, sample_weight=few), True)
