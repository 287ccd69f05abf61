"""Projected gradient descent with a guarantee: every step lowers the smoothed loss.

    x+ = P(x - eta g),   G = (x - x+) / eta,   eta halved until  L(x+) <= L(x) - eta |G|**2 / 2

P projects onto the bounds. Summed over the steps, min |G|**2 <= 2 (L_0 - L*) / sum eta. It needs a
loss that is differentiable everywhere: smooth spikes, their reset not detached, all samples at
once, float64.
"""

import numpy as np

from ..simulation import HARD

WEIGHT_LIMIT = 1e3  # makes the box compact; no weight of a network that learns comes near it
SMALLEST = 1e-100  # of a step: a gradient that asks for a shorter one has run away
# a fall by less than this part of the loss is none: stationary to rounding
RESOLUTION = np.finfo(float).eps


def descend(objective, task, blocks):
    """Minimise the objective over all samples and return the attributes that `fit` shows.

    `blocks` is "joint", or "alternate" for weights and readout first and intrinsics second in every
    step.
    """
    rows = np.arange(len(task.inputs))
    box = _box(objective)
    sizes = {}
    curve, steps, norms = [objective.loss(rows)], [], []
    for k in range(task.settings.max_iter):
        task.progress.begin()
        n_steps = len(steps)
        for block in _blocks(objective, blocks):
            _, grads = objective.gradient(rows, None)
            eta, norm, loss = _step(
                objective, rows, block, grads, curve[-1], 2 * sizes.get(block, 0.5), box)
            if eta is None:
                continue
            sizes[block] = eta
            curve.append(loss)
            steps.append(eta)
            norms.append(norm)
        if task.settings.verbose:
            print(f"Iteration {k + 1}, loss = {curve[-1]:.6f}")
        if task.progress.end(objective.state) or len(steps) == n_steps:  # stationary in every block
            break
    soft = _accuracy(objective, rows)
    objective.network = objective.network.with_spikes(HARD)
    return {
        "loss_curve_": curve,
        "step_sizes_": steps,
        "pg_norm_": norms,
        "n_iter_": k + 1,
        "soft_accuracy_": soft,
        "hard_accuracy_": _accuracy(objective, rows),
    }


def _blocks(objective, blocks):
    intrinsics = tuple(objective.learned)
    if blocks == "joint" or not intrinsics:
        return [tuple(objective.parameters)]
    return [tuple(key for key in objective.parameters if key not in intrinsics), intrinsics]


def _box(objective):
    """Return the lowest and the highest value of each parameter."""
    box = dict.fromkeys(objective.parameters, (-WEIGHT_LIMIT, WEIGHT_LIMIT))
    return box | {key: objective.task.settings.neuron.free_bounds(key[1]) for key in objective.learned}


def _step(objective, rows, block, grads, loss, eta, box):
    """Find and take one step; return its size, the norm of G and the new loss, or None for all where none lowers the loss."""
    x = objective.copy()
    while eta > SMALLEST:
        trial = x | {key: np.clip(x[key] - eta * grads[key], *box[key]) for key in block}
        moved = np.sqrt(sum(((x[key] - trial[key]) ** 2).sum() for key in block))
        norm = moved / eta
        if not moved * norm / 2 > RESOLUTION * loss:
            break
        objective.restore(trial)
        new = objective.loss(rows)
        if new <= loss - moved * norm / 2:
            return eta, norm, new
        eta /= 2
    objective.restore(x)
    return None, None, loss


def _accuracy(objective, rows):
    return objective.task.target.loss.score(objective.outputs(rows), objective.task.target.y)
