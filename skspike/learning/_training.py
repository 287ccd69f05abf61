"""Mini-batch training of any objective; the best state seen is the one kept."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from .._checks import warn_of_overflow
from .._utils import Array
from ._objective import Objective
from ._task import State, Task


def minimise(
    objective: Objective,
    solver: Any,
    task: Task,
    parts: tuple[Array, Array | None] | None = None,
    so_far: Callable[[], State] | None = None,
) -> dict[str, Any]:
    """Train by mini-batches, restore the best state, and return the attributes that `fit` shows.

    The learning rates fall to zero along half a cosine over `max_iter` epochs.

    With early stopping, "best" is by the loss on a validation part, measured after each epoch.
    Without, it is by the training loss: that of an epoch picks a candidate, and the exact losses of
    candidate, last state and (for a warm start) first state decide. So a fit that starts from a
    solution never ends above it.

    Parameters
    ----------
    objective : Objective
        What is to be lowered; it ends in the best state.
    solver : SGD or Adam
        Moves the parameters of the objective.
    task : Task
        Says for how long, in what batches, and when to stop.
    parts : (ndarray, ndarray or None) or None, default=None
        Rows of the training and the validation part, where they are drawn already (see `split`).
    so_far : callable or None, default=None
        Returns the state for callbacks, where it is not just the objective's.

    Returns
    -------
    attributes : dict
        ``loss_curve_`` and ``n_iter_``, and with a validation part ``validation_curve_``.

    Raises
    ------
    ValueError
        If the loss is no longer finite.

    See Also
    --------
    Objective : An example of a rule that calls it.
    split : The two parts.

    Examples
    --------
    Surrogate gradients call it, and the network shows what it returns:

    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNClassifier(4, readout="count", early_stopping=True, max_iter=5, random_state=0).fit(X, y)
    >>> network.n_iter_ == len(network.loss_curve_) == len(network.validation_curve_)
    True
    """
    train, valid = parts or split(task, task.settings.early_stopping)
    best, best_loss = objective.copy(), np.inf
    if valid is not None and task.start is not None:
        best_loss = objective.loss(valid)
    curve, valid_curve, stalled = [], [], 0
    candidates = [best] if task.start is not None else []
    last_is_best = False
    for epoch in range(task.settings.max_iter):
        task.progress.begin()
        # A cosine decay (Loshchilov & Hutter 2017): spike counts jump, and a constant rate keeps
        # the last states apart.
        decay = 0.5 + 0.5 * np.cos(np.pi * epoch / task.settings.max_iter)
        solver.rates = {key: rate * decay for key, rate in objective.rates.items()}
        curve.append(_run_epoch(objective, solver, task.rng.permutation(train), epoch, task))
        score = curve[-1]
        if valid is not None:
            score = objective.loss(valid)
            valid_curve.append(score)
        if task.settings.verbose:
            suffix = "" if valid is None else f", validation loss = {score:.6f}"
            print(f"Iteration {epoch + 1}, loss = {curve[-1]:.6f}{suffix}")
        if not np.isfinite(score):
            raise ValueError(
                f"The loss became {score} in epoch {epoch + 1}; lower learning_rate or "
                "intrinsic_learning_rate.")
        stalled = 0 if score < best_loss - task.settings.tol else stalled + 1
        last_is_best = score < best_loss
        if last_is_best:
            best, best_loss = objective.copy(), score
        if task.progress.end(so_far or objective.state) or stalled >= task.settings.n_iter_no_change:
            break
    if valid is None:
        best = _exact_best(
            objective, [*candidates, best] + ([] if last_is_best else [objective.copy()]), train)
    objective.restore(best)
    attributes = {"loss_curve_": curve, "n_iter_": len(curve)}
    return attributes if valid is None else {**attributes, "validation_curve_": valid_curve}


def one_pass(objective, solver, task):
    """See each sample once, in the order of the data, at constant rates; return the attributes that `fit` shows."""
    rows, total = np.arange(len(task.inputs)), 0.0
    task.progress.begin()
    for k in range(0, len(rows), task.settings.batch_size):
        batch = rows[k : k + task.settings.batch_size]
        objective.n_samples = task.inputs.first_row + batch[-1] + 1  # those seen so far
        total += _step(objective, solver, batch, 0)
    task.progress.end(objective.state)
    return {"loss_curve_": [total / len(rows)], "n_iter_": 1}


def split(task: Task, hold_out: bool) -> tuple[Array, Array | None]:
    """Return the rows of the training part and, if asked for, those of the validation part.

    Parameters
    ----------
    task : Task
        Its ``validation_fraction`` says how much is held out; classes keep their shares.
    hold_out : bool
        Whether to hold out anything.

    Returns
    -------
    train : ndarray of shape (n_rows,)
        Numbers of samples to learn from.
    valid : ndarray of shape (n_held,) or None
        Those held out.

    Raises
    ------
    ValueError
        If the data are too few to be divided.

    See Also
    --------
    minimise : Calls it, unless it gets the parts.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Reservoir, split
    >>> class Careful(Reservoir):
    ...     name = "careful"
    ...     def learn(self, task):
    ...         train, valid = split(task, hold_out=True)
    ...         print(len(train), len(valid))
    ...         return super().learn(task)
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNClassifier(4, rule=Careful(), readout="count", validation_fraction=0.25, random_state=0).fit(X, y)
    15 5
    """
    rows = np.arange(len(task.inputs))
    if not hold_out:
        return rows, None
    try:
        stratify = task.target.y if task.target.n_classes else None
        parts = train_test_split(
            rows, test_size=task.settings.validation_fraction, stratify=stratify, random_state=task.rng)
    except ValueError as error:
        fraction = task.settings.validation_fraction
        raise ValueError(
            f"early_stopping=True cannot hold out validation_fraction={fraction} of the data. "
            f"{error}") from error
    if task.settings.early_stopping and task.target.sample_weight is not None and not all(
            task.target.sample_weight[part].any() for part in parts):
        way = "raise validation_fraction, or leave the classes of weight 0 out of the data"
        raise ValueError(
            f"early_stopping=True with validation_fraction={task.settings.validation_fraction} leaves a "
            f"part of no weight; {way}.")
    return parts


def _run_epoch(objective, solver, order, epoch, task):
    total = 0.0
    for k in range(0, len(order), task.settings.batch_size):
        total += _step(objective, solver, order[k : k + task.settings.batch_size], epoch)
    return total / len(order)


def _step(objective, solver, batch, epoch):
    """Take one step, unless its gradient overflows, and return the loss before it, summed over the batch."""
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is looked for here
        loss, grads = objective.gradient(batch, epoch)
    # squares are finite too
    if all(
            np.abs(grad).max(initial=0.0) < np.sqrt(np.finfo(grad.dtype).max)
            for grad in grads.values()):
        solver.step(grads)
        objective.moved()
    elif np.isfinite(loss):  # otherwise it is an error
        warn_of_overflow()
    return loss * len(batch)


def _exact_best(objective, candidates, rows):
    if len(candidates) == 1:
        return candidates[0]
    losses = []
    for parameters in candidates:
        objective.restore(parameters)
        losses.append(objective.loss(rows))
    return candidates[int(np.nanargmin(losses))]
