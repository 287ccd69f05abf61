"""Projected gradient descent: its guarantee, and settings in which it cannot hold."""

from types import SimpleNamespace

import numpy as np
import pytest

from skspike import SNNClassifier, SNNRegressor
from skspike.datasets import make_order, make_telegraph
from skspike.learning import SurrogateGradient
from skspike.learning._projected_descent import descend
from skspike.learning._training import Objective
from skspike.neurons import LIF

TASKS = {
    "order": lambda seed: make_order(24, 6, 50, width=12.0, gap=4.0, random_state=seed),
    "telegraph": lambda seed: make_telegraph(24, 6, 50, random_state=seed),
}


def descended(task, neuron, seed, **settings):
    """Fit by descent, and check the guarantee at every step. Return the losses and the model."""
    rule = SurrogateGradient("sigmoid", solver="descent", blocks=settings.pop("blocks", "joint"))
    # with windows the loss of some tasks is already 0
    settings |= {"readout": "count", "random_state": seed}
    model = SNNClassifier(4, neuron=neuron, rule=rule, **settings).fit(*TASKS[task](seed))
    losses, steps, norms = (
        np.array(getattr(model, name)) for name in ("loss_curve_", "step_sizes_", "pg_norm_"))
    assert len(losses) == len(steps) + 1
    assert np.all(np.diff(losses) < 0)
    assert np.all(losses[1:] <= losses[:-1] - steps * norms**2 / 2)
    assert np.min(norms**2) <= 2 * losses[0] / steps.sum()
    assert 0 <= model.soft_accuracy_ <= 1 and 0 <= model.hard_accuracy_ <= 1
    return losses, model


@pytest.mark.parametrize(
    ("neuron", "task", "blocks"), [("lif", "order", "joint"), ("lif", "telegraph", "alternate")])
def test_every_step_lowers_the_loss_and_the_gradient_bound_holds(neuron, task, blocks):
    losses, _ = descended(task, neuron, 0, blocks=blocks, max_iter=12)
    # the steps of a steep neuron are short, and end at the resolution of the loss
    assert len(losses) > 5


def test_a_membrane_that_is_not_steep_learns_in_many_steps():
    losses, model = descended("order", "lif", 0, max_iter=200)
    assert len(losses) > 190 and losses[-1] < 0.9 * losses[0] and model.soft_accuracy_ >= 0.5


def test_learning_intrinsics_lowers_the_loss_of_fixed_ones():
    X, y = TASKS["order"](0)
    rule = SurrogateGradient(solver="descent")
    model = SNNClassifier(
        4, rule=rule, learn_intrinsic=False, warm_start=True, max_iter=30, random_state=0).fit(X, y)
    fixed = model.loss_curve_[-1]
    model.set_params(learn_intrinsic=True).fit(X, y)
    assert np.isclose(model.loss_curve_[0], fixed, rtol=1e-5)  # weights are stored in float32
    assert model.loss_curve_[-1] < fixed


def test_hard_spikes_are_refused():
    X, y = TASKS["order"](0)
    with pytest.raises(ValueError, match="gradient of hard spikes is zero almost everywhere"):
        SNNClassifier(4, rule=SurrogateGradient(solver="descent", spikes="hard")).fit(X, y)
    with pytest.raises(ValueError, match="refractory=0"):
        SNNClassifier(
            4, neuron=LIF(refractory=2.0), rule=SurrogateGradient(solver="descent")).fit(X, y)


def test_a_fit_with_another_solver_removes_attributes():
    X, y = TASKS["order"](0)
    model = SNNClassifier(
        4, rule=SurrogateGradient(solver="descent"), max_iter=2, random_state=0).fit(X, y)
    assert hasattr(model, "step_sizes_")
    model.set_params(rule="surrogate").fit(X, y)
    assert not hasattr(model, "step_sizes_")


class Bowl(Objective):
    """A quadratic loss of two weights and an intrinsic with bounds [0, 2] and minimum at 5."""

    def __init__(self, max_iter):
        self.parameters = {"w": np.array([3.0, -2.0]), (0, "tau"): np.array([1.0])}
        self.intrinsics = {(0, "tau"): self.parameters[0, "tau"]}
        self.network = SimpleNamespace(with_spikes=lambda spikes: SimpleNamespace(spikes=spikes))
        progress = SimpleNamespace(begin=lambda: None, end=lambda state, attributes: False)
        score = SimpleNamespace(score=lambda outputs, y: outputs)
        neuron = SimpleNamespace(free_bounds=lambda name: (0.0, 2.0))
        settings = SimpleNamespace(neuron=neuron, max_iter=max_iter, verbose=False)
        self.task = SimpleNamespace(
            target=SimpleNamespace(loss=score, y=None), settings=settings, inputs=range(5),
            progress=progress)
        self.points, self.n_losses = [], 0

    def loss(self, rows):
        self.n_losses += 1
        assert rows.tolist() == list(range(5))
        (a, b), (tau,) = self.parameters.values()
        return 0.5 * a * a + 5 * b * b + 0.5 * (tau - 5) ** 2

    def gradient(self, rows, epoch):
        (a, b), (tau,) = self.parameters.values()
        self.points.append(tuple(float(x) for x in (a, b, tau)))
        return self.loss(rows), {"w": np.array([a, 10 * b]), (0, "tau"): np.array([tau - 5])}

    def outputs(self, rows):
        return float(hasattr(self.network, "spikes"))  # 1 with hard spikes

    def moved(self):
        pass

    state = None


@pytest.mark.small
@pytest.mark.parametrize("blocks", ["joint", "alternate"])
def test_descent_ends_in_the_minimum_within_the_bounds(blocks):
    bowl = Bowl(200)
    found = descend(bowl, bowl.task, blocks)
    losses, steps, norms = (
        np.array(found[name]) for name in ("loss_curve_", "step_sizes_", "pg_norm_"))
    assert len(losses) == len(steps) + 1 and losses[0] == 0.5 * 9 + 5 * 4 + 0.5 * 16
    assert np.all(losses[1:] <= losses[:-1] - steps * norms**2 / 2)
    np.testing.assert_allclose(bowl.parameters["w"], 0, atol=1e-5)
    assert bowl.parameters[0, "tau"] == 2.0 and 4.5 <= losses[-1] < 4.5 + 1e-9
    assert found["n_iter_"] < 200  # ends when no step lowers the loss
    assert (found["soft_accuracy_"], found["hard_accuracy_"]) == (0.0, 1.0)


@pytest.mark.small
def test_a_step_is_halved_until_the_guarantee_holds_and_the_next_starts_with_its_double():
    bowl = Bowl(2)
    steps = descend(bowl, bowl.task, "joint")["step_sizes_"]
    first = {"w": np.array([3.0, -2.0]), (0, "tau"): np.array([1.0])}
    n_losses = 1
    for eta, start in zip(steps, (1.0, 2 * steps[0]), strict=True):
        n_losses += 2  # with the gradient, and after the step
        while not falls(first, start):
            start, n_losses = start / 2, n_losses + 1
        assert eta == start
        first = moved(first, eta)
    assert bowl.n_losses == n_losses


@pytest.mark.small
@pytest.mark.parametrize(("start", "size"), [(3.0, 1.0), (0.0, 1e60)])
def test_descent_ends_where_no_step_lowers_the_loss(start, size):
    class Uphill(Bowl):
        def gradient(self, rows, epoch):
            return self.loss(rows), {
                key: np.full_like(value, -size) for key, value in self.parameters.items()}

    hill = Uphill(200)
    hill.parameters["w"][:] = start
    before = {key: value.copy() for key, value in hill.parameters.items()}
    found = descend(hill, hill.task, "joint")
    assert len(found["loss_curve_"]) == 1 and len(found["step_sizes_"]) == 0
    assert all(np.array_equal(value, before[key]) for key, value in hill.parameters.items())


def moved(x, eta):
    """Return the parameters after a step."""
    w = x["w"] - eta * np.array([1, 10]) * x["w"]
    tau = np.clip(x[0, "tau"] - eta * (x[0, "tau"] - 5), 0, 2)
    return {"w": w, (0, "tau"): tau}


def falls(x, eta):
    """Return whether a step lowers the loss as guaranteed."""
    y = moved(x, eta)
    loss = [
        0.5 * p["w"][0] ** 2 + 5 * p["w"][1] ** 2 + 0.5 * (p[0, "tau"][0] - 5) ** 2 for p in (x, y)]
    return loss[1] <= loss[0] - sum(((x[key] - y[key]) ** 2).sum() for key in x) / eta / 2


@pytest.mark.small
def test_blocks_alternate_and_use_the_values_of_each_other():
    bowl = Bowl(1)
    found = descend(bowl, bowl.task, "alternate")
    (first, second), tau = bowl.points, bowl.parameters[0, "tau"]
    assert first == (3.0, -2.0, 1.0) and second[:2] != first[:2] and second[2] == 1.0 != tau
    assert len(found["step_sizes_"]) == 2 and found["n_iter_"] == 1


def test_weights_for_tiny_inputs_start_inside_the_bounds(rng):
    X, y = rng.normal(size=(60, 4)) * 1e-6, np.arange(60) % 2
    network = SNNClassifier(
        8, rule=SurrogateGradient(solver="descent"), standardize=False, max_iter=5, random_state=0)
    network.fit(X, y)
    assert abs(network.weights_[0]).max() > 1e3
    assert network.n_iter_ == 5 and network.loss_curve_[-1] < network.loss_curve_[0]


@pytest.mark.parametrize("y", [0.0, 3.0])
def test_a_single_sample_has_an_accuracy(y):
    X = np.zeros((1, 1, 1), np.uint8)
    model = SNNRegressor(
        5, rule=SurrogateGradient(solver="descent"), max_iter=3, random_state=0).fit(X, [y])
    assert model.soft_accuracy_ in (0, 1) and model.hard_accuracy_ in (0, 1)
    assert model.predict(X)[0] == y
