"""Objectives, and their training by mini-batches."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from .._base import Array, sum_threads, warn_of_overflow
from ..simulation import Events, Network, chunks, groups
from ._solvers import Solver, all_small
from ._task import State, Task

WARM_UP, FIRST = 0.3, 0.04  # of "one_cycle": share of the epochs, and the first factor


class Sums:
    """Loss and gradients of a network, summed over the samples of a chunk.

    Parameters
    ----------
    network : Network
        The network. ``loss`` starts at 0, and ``layers`` as ``network.zero_gradient()``.
    """

    def __init__(self, network: Network):
        self.loss, self.layers = 0.0, network.zero_gradient()


class Objective:
    """Base of the objectives, which `minimise` minimises.

    An objective has the attributes ``task``, ``network``, ``parameters`` (arrays by name, which a
    solver updates in place) and ``rates`` (learning rates by the same names). It defines the
    methods below, except for `parts`, `zero`, `merge`, `gradient`, `copy` and `restore`.

    See Also
    --------
    minimise : Minimises it.
    DecoderObjective : The loss of a decoder, through all layers.

    Examples
    --------
    A rule that learns only the frequency of each class. It does not need the gradients of the
    network, so it overrides `gradient` instead of `add` and `collect`:

    >>> import numpy as np
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import (
    ...     SGD, Objective, Result, Rule, initial_state, minimise, with_decoder)
    >>> class Frequencies(Objective):
    ...     def __init__(self, task):
    ...         self.task, self.start = task, with_decoder(task, initial_state(task))
    ...         self.parameters = {"intercept": np.zeros(task.target.n_outputs)}
    ...         self.rates = {"intercept": task.settings.learning_rate}
    ...     def gradient(self, rows, epoch):
    ...         outputs = np.tile(self.parameters["intercept"], (len(rows), 1))
    ...         target, weight = self.task.target, np.ones(len(rows))
    ...         loss, doutputs = target.loss.gradient(outputs, target.y[rows], weight)
    ...         return loss / len(rows), {"intercept": doutputs.mean(axis=0)}
    ...     def loss(self, rows):
    ...         return self.gradient(rows, None)[0]
    ...     def moved(self):
    ...         pass
    ...     def state(self):
    ...         decoder = self.start.decoder
    ...         decoder = decoder._replace(coef=0 * decoder.coef, **self.parameters)
    ...         return self.start._replace(decoder=decoder)
    >>> class Prior(Rule):
    ...     name, default_learning_rate = "prior", 0.1
    ...     supports = "readout",
    ...     def learn(self, task):
    ...         objective = Frequencies(task)
    ...         solver = SGD(objective.parameters, objective.rates)
    ...         attributes = minimise(objective, solver, task)
    ...         return Result(objective.state(), task.settings.neuron, attributes)
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> y = np.repeat([0, 1], [4, 16])
    >>> network = SNNClassifier(4, rule=Prior(), readout="count", max_iter=100, random_state=0)
    >>> network.fit(X, y).predict_proba(X[:1]).round(1)
    array([[0.2, 0.8]])
    """

    task: Task
    network: Network
    parameters: dict[Any, Array]
    rates: dict[Any, float]

    def parts(self, rows: Array) -> list[list[Array]]:
        """Return rows in parts, which depend on shapes alone.

        Parameters
        ----------
        rows : ndarray of shape (n_samples,)
            Indices of the samples.

        Returns
        -------
        chunks : list of list of ndarray
            A chunk is worth a thread. It is a list of groups, whose simulation fits into the cache.
        """
        network, lengths_of = self.network, self.task.inputs.lengths_of
        return [
            groups(network, chunk, lengths_of(chunk))
            for chunk in chunks(network, rows, lengths_of(rows))]

    def zero(self, number: int) -> Any:
        """Return sums of zero, to which `add` adds.

        Parameters
        ----------
        number : int
            Number of the chunk of samples. Chunks are summed at the same time in several threads.

        Returns
        -------
        sums : object
            An object with the attributes ``loss``, the summed loss, and ``layers``, the return
            value of ``network.zero_gradient()``.
        """
        return Sums(self.network)

    def add(self, sums: Any, events: Events, rows: Array) -> None:
        """Add the loss and the gradients of some samples to sums.

        Parameters
        ----------
        sums : object
            The return value of `zero`, changed in place.
        events : Events
            Input of the samples.
        rows : ndarray of shape (n_samples,)
            Indices of the samples.
        """
        raise NotImplementedError

    def merge(self, sums: Any, others: Any) -> None:
        """Add the sums of another chunk.

        Parameters
        ----------
        sums : object
            The sums of some chunks, changed in place.
        others : object
            The sums of the next chunk.
        """
        sums.loss += others.loss
        self.network.merge(sums.layers, others.layers)

    def collect(self, sums: Any, n_samples: int) -> dict[Any, Array]:
        """Return the gradients of the mean loss with respect to all parameters.

        Parameters
        ----------
        sums : object
            The sums over all samples.
        n_samples : int
            Number of samples.

        Returns
        -------
        grads : dict of ndarray
            Gradients by the names of the parameters.
        """
        raise NotImplementedError

    def gradient(self, rows: Array, epoch: int | None) -> tuple[float, dict[Any, Array]]:
        """Return the mean loss over some samples and its gradients, independent of `n_jobs`.

        Parameters
        ----------
        rows : ndarray of shape (n_samples,)
            Indices of the samples.
        epoch : int or None
            Number of the epoch. Each epoch draws new noise, of the encoder and of dropout. None
            draws no new noise.

        Returns
        -------
        loss : float
            Mean loss over the samples.
        grads : dict of ndarray
            Its gradients, by the names of the parameters. The next call may overwrite the arrays.
        """
        task, parts = self.task, self.parts(rows)

        def summed(number: int) -> Any:
            sums = self.zero(number)
            for part in parts[number]:
                self.add(sums, task.inputs.batch(part, epoch), part)
            return sums

        # chunks are summed in their order
        sums = sum_threads(summed, range(len(parts)), self.merge, task.settings.n_jobs)
        return sums.loss / len(rows), self.collect(sums, len(rows))

    def loss(self, rows: Array) -> float:
        """Return the mean loss over some samples, without new noise.

        Parameters
        ----------
        rows : ndarray of shape (n_samples,)
            Indices of the samples.

        Returns
        -------
        loss : float
            Mean loss over the samples.
        """
        raise NotImplementedError

    def moved(self) -> None:
        """Clip the parameters to their bounds, and use their new values from now on."""
        raise NotImplementedError

    def state(self) -> State:
        """Return the learned network.

        Returns
        -------
        state : State
            The network. It may share arrays with the parameters.
        """
        raise NotImplementedError

    def copy(self) -> dict[Any, Array]:
        """Return copies of the parameters.

        Returns
        -------
        parameters : dict of ndarray
            Arrays by name, for `restore`.
        """
        return {key: p.copy() for key, p in self.parameters.items()}

    def restore(self, parameters: dict[Any, Array]) -> None:
        """Set the parameters to earlier values.

        Parameters
        ----------
        parameters : dict of ndarray
            The return value of `copy`.
        """
        for key, p in self.parameters.items():
            p[...] = parameters[key]
        self.moved()


def cosine(done: float) -> Any:
    """Return a factor that falls from 1 to 0 along half a cosine (Loshchilov & Hutter 2017)."""
    return 0.5 + 0.5 * np.cos(np.pi * done)


def constant(done: float) -> Any:
    """Return 1."""
    return 1.0


def one_cycle(done: float) -> Any:
    """Return a factor that rises from 0.04 to 1, then falls to 0 (Smith & Topin 2019)."""
    if done < WARM_UP:
        return 1 + (FIRST - 1) * cosine(done / WARM_UP)
    return cosine((done - WARM_UP) / (1 - WARM_UP))


SCHEDULES = {"cosine": cosine, "constant": constant, "one_cycle": one_cycle}


def minimise(
        objective: Objective, solver: Solver, task: Task,
        parts: tuple[Array, Array | None] | None = None,
        so_far: Callable[[Array], State] | None = None) -> dict[str, Any]:
    """Train by mini-batches, restore the best state, and return attributes of the estimator.

    The learning rates follow ``settings.learning_rate_schedule`` over `max_iter` epochs.

    With early stopping, the best state has the lowest loss on the validation part after an epoch,
    or the highest score if the task has one. Without, the mean loss during each epoch selects a
    candidate. The losses of the candidate, of the last state and, in a warm start, of the first
    state are then computed over all samples, and the state of lowest loss is kept. So the loss
    never ends above its value at the start of a warm start.

    Parameters
    ----------
    objective : Objective
        The objective, which ends in the best state.
    solver : Solver
        Updates the parameters of the objective.
    task : Task
        Data and settings.
    parts : (ndarray, ndarray or None) or None, default=None
        Rows of the training and the validation part. None holds out
        ``validation_fraction`` of the samples if ``early_stopping`` is set.
    so_far : callable or None, default=None
        Returns the state that callbacks and scores see, given the rows to which a decoder of the
        trained network may be fitted. None means the state of the objective.

    Returns
    -------
    attributes : dict
        ``loss_curve_`` and ``n_iter_``, and with a validation part ``validation_curve_``, or
        ``validation_scores_`` if the task has a score.

    Raises
    ------
    ValueError
        If the loss or the score is not finite.

    See Also
    --------
    Objective : The example trains a rule with it.
    DecoderObjective : The objective of gradient rules.

    Examples
    --------
    Surrogate gradients train with it, and the estimator has the attributes that it returns:

    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNClassifier(
    ...     4, readout="count", early_stopping=True, max_iter=5, random_state=0).fit(X, y)
    >>> network.n_iter_, len(network.loss_curve_), len(network.validation_curve_)
    (5, 5, 5)
    """
    settings, rows = task.settings, np.arange(len(task.inputs))
    train, valid = parts or split(task, settings.early_stopping)
    state = so_far or (lambda rows: objective.state())
    schedule = SCHEDULES[settings.learning_rate_schedule]
    course = _Course(objective, task, valid, lambda: state(train))
    for epoch in range(settings.max_iter):
        task.progress.begin()
        factor = schedule(epoch / settings.max_iter)
        solver.rates = {key: rate * factor for key, rate in objective.rates.items()}
        course.add(_run_epoch(objective, solver, task, task.rng.permutation(train), epoch))
        stops = task.progress.end(lambda: state(rows), course.attributes)
        if stops or course.n_stalled >= settings.n_iter_no_change:
            break
    objective.restore(course.lowest(train) if valid is None else course.best)
    return course.attributes()


class _Course:
    """The losses of the epochs, and the best state so far.

    The mean loss during an epoch decides. With a validation part, `valid`, it is the loss on this
    part after an epoch, or the score of ``state()`` if the task has a score.
    """

    def __init__(
            self, objective: Objective, task: Task, valid: Array | None,
            state: Callable[[], State]):
        self.objective, self.task, self.valid, self.state = objective, task, valid, state
        self.curve, self.valid_curve = list[float](), list[float]()
        self.start = self.best = objective.copy()
        self.best_loss, self.n_stalled, self.last_is_best = np.inf, 0, False
        if valid is not None and task.start is not None:
            self.best_loss, _, _ = self._validate(valid)

    def _validate(self, valid: Array) -> tuple[float, float, str]:
        """Return a number that should fall, the loss or score, and its name."""
        if self.task.score is None:
            loss = self.objective.loss(valid)
            return loss, loss, "loss"
        score = self.task.score(self.state(), valid)
        return -score, score, "score"

    def add(self, loss: float) -> None:
        """Add the mean loss during an epoch. Keep the state if it is the best so far."""
        epoch, settings, suffix = len(self.curve), self.task.settings, ""
        self.curve.append(_finite(loss, epoch))
        if self.valid is not None:
            loss, value, word = self._validate(self.valid)
            self.valid_curve.append(_finite(value, epoch))
            suffix = f", validation {word} = {value:.6f}"
        if settings.verbose:
            print(f"Iteration {epoch + 1}, loss = {self.curve[-1]:.6f}{suffix}")
        self.n_stalled = 0 if loss < self.best_loss - settings.tol else self.n_stalled + 1
        self.last_is_best = loss < self.best_loss
        if self.last_is_best:
            self.best, self.best_loss = self.objective.copy(), loss

    def attributes(self) -> dict[str, Any]:
        """Return the attributes of the estimator so far."""
        found = {"loss_curve_": [*self.curve], "n_iter_": len(self.curve)}
        name = "validation_curve_" if self.task.score is None else "validation_scores_"
        return found if self.valid is None else {**found, name: [*self.valid_curve]}

    def lowest(self, rows: Array) -> dict[Any, Array]:
        """Return the parameters of lowest loss: of the best epoch, the last, or a warm start."""
        candidates = [self.start] if self.task.start is not None else []
        candidates += [self.best] if self.last_is_best else [self.best, self.objective.copy()]
        if len(candidates) == 1:
            return self.best
        losses = []
        for parameters in candidates:
            self.objective.restore(parameters)
            losses.append(self.objective.loss(rows))
        return candidates[int(np.nanargmin(losses))]


def one_pass(objective: Any, solver: Solver, task: Task) -> dict[str, Any]:
    """Train once on each sample, in order, at constant rates. Return attributes as `minimise`."""
    rows = np.arange(len(task.inputs))
    task.progress.begin()
    loss = _run_epoch(objective, solver, task, rows, 0, seen=task.inputs.first_row)
    attributes = {"loss_curve_": [loss], "n_iter_": 1}
    task.progress.end(objective.state, lambda: attributes)
    return attributes


def split(task: Task, hold_out: bool) -> tuple[Array, Array | None]:
    """Return the rows of the training part and, if required, of the validation part.

    ``validation_fraction`` of the samples are held out, stratified by class if there is one class
    per sample. All rows of a sample are in the same part. Raise if there are too few samples.
    """
    if not hold_out:
        return np.arange(len(task.inputs)), None
    settings, target, first = task.settings, task.target, first_rows(task)
    fraction = settings.validation_fraction
    try:
        train, valid = train_test_split(
            np.arange(len(first)), test_size=fraction,
            stratify=target.y[first] if target.n_classes else None, random_state=task.rng)
    except ValueError as error:
        raise ValueError(
            f"early_stopping=True cannot hold out validation_fraction={fraction} of the data. "
            f"{error}") from error
    n_rows = np.diff(first, append=len(task.inputs))
    train, valid = (_ranges(first[part], n_rows[part]) for part in (train, valid))
    if settings.early_stopping and target.sample_weight is not None and not all(
            target.sample_weight[part].any() for part in (train, valid)):
        raise ValueError(
            f"early_stopping=True with validation_fraction={fraction} gives a part in which all "
            "samples have weight 0. Raise validation_fraction, or remove classes of weight 0.")
    return train, valid


def can_hold_out(task: Task, fraction: float) -> bool:
    """Return whether a fraction of the samples, and the others, can contain all classes."""
    target, first = task.target, first_rows(task)
    if not target.n_classes:
        return True
    n_held = np.ceil(fraction * len(first))
    return bool(np.bincount(target.y[first]).min() >= 2 and n_held >= target.n_classes)


def first_rows(task: Task) -> Array:
    """Return the first row of each sample."""
    samples = task.target.samples
    samples = np.arange(len(task.inputs)) if samples is None else samples
    return np.flatnonzero(np.diff(samples, prepend=-1))


def _ranges(starts: Array, sizes: Array) -> Array:
    """Return the numbers of ranges, one range after the other."""
    before = np.cumsum(sizes) - sizes
    return np.repeat(starts - before, sizes) + np.arange(sizes.sum())


def _finite(loss: float, epoch: int) -> float:
    """Return a loss or score, or raise if it is not finite."""
    if not np.isfinite(loss):
        raise ValueError(
            f"The loss became {loss} in epoch {epoch + 1}. Lower learning_rate or "
            "intrinsic_learning_rate.")
    return loss


def _run_epoch(
        objective: Any, solver: Solver, task: Task, order: Array, epoch: int,
        seen: int | None = None) -> float:
    """Train on mini-batches of the rows in an order, and return the mean loss.

    `seen` is the number of samples before the first row, if the data come in chunks: the objective
    then averages its penalties over all samples so far.
    """
    total, batch_size = 0.0, task.settings.batch_size
    with np.errstate(over="ignore", invalid="ignore"):  # gradients are checked
        for k in range(0, len(order), batch_size):
            batch = order[k : k + batch_size]
            if seen is not None:
                objective.n_samples = seen + batch[-1] + 1
            loss, grads = objective.gradient(batch, epoch)
            if all_small(grads):
                solver.step(grads)
                objective.moved()
            elif np.isfinite(loss):  # otherwise it is an error
                warn_of_overflow()
            total += loss * len(batch)
    return total / len(order)
