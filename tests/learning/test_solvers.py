"""Solvers against the equations of their papers, and continued from a stored state."""

import copy

import numpy as np
import pytest

from skspike.learning._solvers import SGD, SOLVERS, Adam, Parameters

pytestmark = pytest.mark.small
RATES = {"a": 0.1, "b": 0.02}


def problem(rng):
    """Return parameters, and the gradients of five updates."""
    parameters, *steps = [{"a": rng.normal(size=(2, 3)), "b": rng.normal(size=4)} for _ in range(6)]
    return parameters, steps


def test_adam_follows_kingma_and_ba(rng):
    parameters, steps = problem(rng)
    expected = {key: p.copy() for key, p in parameters.items()}
    solver = Adam(parameters, RATES, decay=(0.8, 0.95), epsilon=1e-2)
    m, v = ({key: 0.0 * p for key, p in parameters.items()} for _ in range(2))
    for t, grads in enumerate(steps, 1):
        solver.step(grads)
        for key, g in grads.items():
            m[key] = 0.8 * m[key] + 0.2 * g
            v[key] = 0.95 * v[key] + 0.05 * g * g
            expected[key] -= RATES[key] * (m[key] / (1 - 0.8**t)) / (
                np.sqrt(v[key] / (1 - 0.95**t)) + 1e-2)
            np.testing.assert_allclose(parameters[key], expected[key], rtol=1e-12)


def test_sgd_has_momentum_as_in_sutskever(rng):
    parameters, steps = problem(rng)
    expected = {key: p.copy() for key, p in parameters.items()}
    solver = SGD(parameters, RATES, momentum=0.7)
    velocity = {key: 0.0 * p for key, p in parameters.items()}
    for grads in steps:
        solver.step(grads)
        for key, g in grads.items():
            velocity[key] = 0.7 * velocity[key] - RATES[key] * g
            expected[key] += velocity[key]
            np.testing.assert_allclose(parameters[key], expected[key], rtol=1e-12)


@pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS)
def test_a_solver_that_recalls_a_memory_continues_without_a_difference(solver, rng):
    parameters, steps = problem(rng)
    alone = solver(parameters, RATES)
    for grads in steps[:3]:
        alone.step(grads)
    moved = {key: p.copy() for key, p in parameters.items()}
    memory, other = alone.memory(), solver(moved, RATES)
    before = copy.deepcopy(memory)
    assert set(memory) == set(solver.gathered) and not any(
        isinstance(value, dict) for value in memory.values())
    for grads in steps[3:]:
        alone.step(grads)
    other.recall(memory)
    for grads in steps[3:]:
        other.step(grads)
    for key in parameters:
        np.testing.assert_array_equal(parameters[key], moved[key])
    # the memory is unchanged, and a third solver can continue from it
    third = solver(moved, RATES)
    third.recall(memory)
    np.testing.assert_equal(third.memory(), memory)
    third.step(steps[0])
    third.recall(before)
    np.testing.assert_equal(third.memory(), memory)


@pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS)
def test_gradients_of_any_dtype_and_layout_update_parameters_in_one_buffer(solver, rng):
    arrays = {"a": rng.normal(size=(2, 3)).astype(np.float32), "b": rng.normal(size=4)}
    grads = {"a": np.asfortranarray(rng.normal(size=(2, 3))), "b": rng.normal(size=8)[::2]}
    one, other = Parameters(arrays), Parameters(arrays)
    solver(one, RATES).step(grads)
    solver(other, RATES).step(Parameters({
        "a": grads["a"].astype(np.float32, "C"), "b": grads["b"]}))
    for key, start in arrays.items():
        np.testing.assert_allclose(one[key], other[key], rtol=1e-6)
        assert not np.array_equal(one[key], start)


def test_defaults_follow_the_papers():
    one = {"a": np.zeros(1)}
    assert (Adam(one, RATES).decay, Adam(one, RATES).epsilon, SGD(one, RATES).momentum) == (
        (0.9, 0.999), 1e-8, 0.9)
