"""Projected gradient descent with backtracking: every step lowers the loss.

    x+ = P(x - eta g),   G = (x - x+) / eta,   eta halved until  L(x+) <= L(x) - eta |G|**2 / 2

P projects onto the bounds. Summed over the steps, min |G|**2 <= 2 (L_0 - L*) / sum eta. The loss
must be differentiable everywhere: smooth spikes, gradients through the reset, all samples at once,
float64.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from .._base import Array
from ..simulation import HARD
from ._decoder_objective import DecoderObjective
from ._task import Task

# bound of the weights, in units of the largest initial weight if above 1: far above trained
# weights, it makes the set compact
WEIGHT_LIMIT = 1e3
MIN_STEP = 1e-100  # a gradient that needs a smaller step has diverged
# smallest relative decrease of the loss: below, a point is stationary up to rounding
RESOLUTION = np.finfo(float).eps


def descend(objective: DecoderObjective, task: Task, blocks: str) -> dict[str, Any]:
    """Minimise the objective over all samples, and return the attributes of the estimator.

    `blocks` is "joint", or "alternate" for weights and decoder first and intrinsics second in every
    iteration.
    """
    settings, rows = task.settings, np.arange(len(task.inputs))
    box, groups = _box(objective), _groups(objective, blocks)
    etas = [0.5] * len(groups)
    curve, steps, norms = [objective.loss(rows)], list[float](), list[float]()

    def attributes() -> dict[str, Any]:
        return {
            "loss_curve_": [*curve], "step_sizes_": [*steps], "pg_norm_": [*norms],
            "n_iter_": k + 1}

    for k in range(settings.max_iter):
        task.progress.begin()
        n_steps = len(steps)
        for i, names in enumerate(groups):
            _, grads = objective.gradient(rows, None)
            eta, norm, loss = _line_search(
                objective, rows, names, grads, curve[-1], 2 * etas[i], box)
            if eta is None:
                continue
            etas[i] = eta
            curve.append(loss)
            steps.append(eta)
            norms.append(norm)
        if settings.verbose:
            print(f"Iteration {k + 1}, loss = {curve[-1]:.6f}")
        # stop at a point that is stationary in every block
        if task.progress.end(objective.state, attributes) or len(steps) == n_steps:
            break
    smooth_score = _score(objective, rows)
    objective.network = objective.network.with_spikes(HARD)
    return {
        **attributes(), "soft_accuracy_": smooth_score,
        "hard_accuracy_": _score(objective, rows)}


def _groups(objective: DecoderObjective, blocks: str) -> list[tuple[Any, ...]]:
    """Return the names of the parameters that move together."""
    intrinsics = tuple(objective.intrinsics)
    if blocks == "joint" or not intrinsics:
        return [tuple(objective.parameters)]
    return [tuple(key for key in objective.parameters if key not in intrinsics), intrinsics]


def _box(objective: DecoderObjective) -> dict[Any, Any]:
    """Return the bounds of each parameter."""
    neuron = objective.task.settings.neuron
    return {
        key: neuron.free_bounds(key[1]) if key in objective.intrinsics else
        WEIGHT_LIMIT * np.abs(values).max(initial=1.0) * np.array([-1, 1])
        for key, values in objective.parameters.items()}


def _line_search(
        objective: DecoderObjective, rows: Array, names: Iterable[Any], grads: dict[Any, Array],
        loss: float, eta: float, box: dict[Any, Any]) -> tuple[Any, Any, float]:
    """Take one step. Return its size, the norm of G and the new loss, or None if no step lowers it.

    `eta` is the first size to try.
    """
    x = objective.copy()
    while eta > MIN_STEP:
        trial = x | {key: np.clip(x[key] - eta * grads[key], *box[key]) for key in names}
        length = np.sqrt(sum(((x[key] - trial[key]) ** 2).sum() for key in names))
        norm = length / eta
        if not length * norm / 2 > RESOLUTION * loss:
            break
        objective.restore(trial)
        new = objective.loss(rows)
        if new <= loss - length * norm / 2:
            return eta, norm, new
        eta /= 2
    objective.restore(x)
    return None, None, loss


def _score(objective: DecoderObjective, rows: Array) -> float:
    target = objective.task.target
    return float(target.loss.score(objective.outputs(rows), target.y))
