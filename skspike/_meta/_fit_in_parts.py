"""Training on parts of the data in parallel: averages of networks, and sums of counts."""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import joblib
import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing, get_tags, indexable, shuffle

from .._base import SIZE_LIMITS, SKIPPED, Array, check_jobs, check_number, shown, steps_of
from .._networks import SNNTransformer, SpikingNetwork, resolved_rule
from ..learning import SCHEDULES, SurrogateGradient
from ..trains import SpikeTrainClassifier, fitted_in_parts
from ._average import as_classifier, as_transformer, averaged
from ._statistics_of_parts import Statistics, release_moments, together
from ._workers import Parts, State, check_same, load, read_checkpoint, write_checkpoint

N_BEGUN = 512  # samples of the first mini-batch, from which the readout is chosen
N_FEW = 10  # samples to which transformers are fitted that learn nothing from their values
NOT_NEGATIVE = {**SIZE_LIMITS, "low": 0}
ModelT = TypeVar("ModelT")


def fit_in_parts(
        network: ModelT, parts: Sequence[Any], *, classes: ArrayLike | None = None,
        n_rounds: int = 10, n_parallel: int = 8, validation: Any = None,
        n_rounds_no_change: int = 3, n_retries: int = 3,
        checkpoint: str | PathLike[str] | None = None,
        callback: Callable[[int, Any], object] | None = None, n_jobs: int | None = None,
        random_state: int = 0) -> ModelT:
    """Train a model on parts of the data in parallel, on one machine or a cluster.

    The model is a network, a classifier of spike trains, or a pipeline that ends in one of them.

    For a network, a first pass checks all parts and computes the mean and deviation of the currents
    and, for a regressor, of the values. In each round, workers train copies of the network on the
    parts, by one pass of ``partial_fit``. Then the copies are averaged, and the next round begins
    with the average [1]_. Workers read the data themselves if the parts are functions. Then only
    parameters and means travel between processes.

    For a `skspike.SpikeTrainClassifier`, a first pass adds the counts of all parts. A second pass
    scores each sample by the models without its fold. The result equals one ``fit`` on the samples
    of all parts, in their order, bit for bit.

    It runs through joblib: ``with joblib.parallel_config("dask")`` selects the workers of a
    cluster. The result does not depend on the backend or on the number of workers, bit for bit.

    Parameters
    ----------
    network : SNNClassifier, SNNRegressor, SNNTransformer, SpikeTrainClassifier or Pipeline
        The model, which is cloned. A network needs ``rule="surrogate"``. `batch_size` is the number
        of samples in the mini-batches of all parts that learn at the same time. `max_iter` has no
        effect, and ``early_stopping=True`` is refused: use `validation`. A
        :class:`~sklearn.pipeline.Pipeline` ends in one of these models. Its other steps need no
        fit, such as ``FunctionTransformer``, or are fitted, in a
        :class:`~sklearn.frozen.FrozenEstimator`.
    parts : sequence
        Parts of the data: tuples ``(X, y)`` or ``(X, y, sample_weight)``, or functions without
        arguments that return one, such as ``functools.partial(read, path)``. A function is called
        in each pass: once or more before training, and once in each round. The samples of a part
        may have any order. Samples of weight 0 are left out, and each part needs others as well.
    classes : array-like of shape (n_classes,), list of these or None, default=None
        All labels that can occur, as in ``partial_fit``. Required for a classifier and for
        `skspike.SNNTransformer`, and None for regression.
    n_rounds : int, default=10
        Number of rounds, which are passes over the data. The learning rates decrease by the
        ``learning_rate_schedule`` of the rule from round to round.
    n_parallel : int, default=8
        Number of parts that learn at the same time, from the same network. More parts form groups,
        which learn one after the other. Raise it if there are more workers. The average of many
        copies is worse.
    validation : tuple or callable, default=None
        Validation data, in the form of a part. After each round, the average is scored on them, and
        the best is returned. The score of a `skspike.SNNTransformer` is that of its decoder.
    n_rounds_no_change : int, default=3
        Number of rounds without a better score on the validation data after which training stops.
    n_retries : int, default=3
        How often a round is repeated if a worker process was lost. dask and ray repeat lost parts
        themselves.
    checkpoint : str, path-like or None, default=None
        File in which the average is saved after each round, by skops. If the file exists, training
        continues from it, with the same parameters, `n_parallel`, `random_state` and data. The
        content of the data is compared, so functions may replace tuples. A larger `n_rounds` adds
        rounds. Remove the file to begin anew.
    callback : callable or None, default=None
        ``callback(n_rounds, network)`` is called after each round with the number of rounds so far
        and the average, without the other steps of a pipeline. Training stops if it returns True.
        The average of a `skspike.SNNTransformer` is an `skspike.SNNClassifier`.
    n_jobs : int or None, default=None
        Number of workers. None means 1, or the setting of ``joblib.parallel_config``.
    random_state : int, default=0
        Seed of the order of the samples, and of the network if its own is None.

    Returns
    -------
    network : estimator
        A fitted copy of `network`. It keeps its callbacks of scikit-learn
        (``set_callbacks``), but this function does not call them. Use `callback`.

    Raises
    ------
    ValueError
        If a parameter is out of range, a part does not fit the network, or the checkpoint belongs
        to a training with other data or other parameters. Errors in data begin with the name of the
        part, such as ``parts[3]``, and have the original error as their cause.
    TypeError
        If `network` or a step of it cannot be fitted in parts, or a parameter has a wrong type.
    RuntimeError
        If a function that reads a part fails, except with a ValueError, TypeError or OSError, which
        keep their type.
    ImportError
        If `checkpoint` is given and skops is not installed.

    See Also
    --------
    skspike.SNNClassifier.partial_fit : Trains on parts one after the other.

    Notes
    -----
    Mean and deviation are computed from all samples. They do not depend on `n_parallel`, nor on the
    order of the parts up to rounding, and do not change in training. A later ``partial_fit`` counts
    each sample of the parts once in them. If some parts look like spikes, such as silent
    recordings, and others do not, the first pass is repeated.

    The network begins with one mini-batch of 512 random samples of the first part, or of all if
    there are fewer. They set the scale of the weights, choose the readout, and fit an encoder, so
    they should represent the data and have samples of all classes. The average is weighted by the
    numbers of samples of positive weight, because weights already multiply the updates. Intrinsic
    parameters are averaged as they are learned: of time constants, the logarithms.

    A training that continues a checkpoint with more rounds takes the learning rates of the new
    `n_rounds` from there on. So it equals an uninterrupted training only with the schedule
    "constant".

    Mini-batches of n copies have an n-th of `batch_size`, so that each copy makes as many updates
    in a pass as one network with all samples. Updates of Adam are proportional to the square root
    of the size of mini-batches where noise prevails [2]_, so its learning rates are multiplied by
    the square root of n. Then the average moves as far in a pass as one network, with the same
    noise. Larger mini-batches are faster, so raise `batch_size` for large data. A part should hold
    many mini-batches.

    An encoder inside the network is fitted to the first part, and encodes mini-batches. To fit an
    encoder to other samples, fit it first, and put it into a ``FrozenEstimator`` before the
    network. Each pass then encodes whole parts again.

    The counts of a `skspike.SpikeTrainClassifier` are sums, and the fold of a sample depends on its
    content alone. So the result does not depend on how the samples are divided, if each label
    occurs and weights are whole numbers. With other weights, it is the same up to rounding. The
    expert "neighbours" keeps the training trains. They are gathered in the calling process and sent
    to all workers, so leave it out for large data.

    Without a network there are no rounds: `n_rounds`, `n_parallel` and `n_rounds_no_change` have no
    effect, and `validation`, `checkpoint` and `callback` must be None.

    Features with a linear model can be fitted on chunks by dask-ml, or by
    :class:`~sklearn.linear_model.SGDClassifier` and its ``partial_fit``.

    References
    ----------
    .. [1] H. B. McMahan, E. Moore, D. Ramage, S. Hampson, B. Agüera y Arcas, "Communication-
        efficient learning of deep networks from decentralized data", AISTATS 2017.
    .. [2] S. Malladi, K. Lyu, A. Panigrahi, S. Arora, "On the SDEs and scaling rules for adaptive
        gradient algorithms", NeurIPS 2022.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_order
    >>> from skspike import fit_in_parts
    >>> X, y = make_order(400, random_state=0)
    >>> parts = [(X[first : first + 75], y[first : first + 75]) for first in range(0, 300, 75)]
    >>> network = SNNClassifier(16, batch_size=16, learning_rate=0.02, random_state=0)
    >>> network = fit_in_parts(network, parts, classes=[0, 1], n_rounds=8)
    >>> round(network.score(X[300:], y[300:]), 2)
    1.0

    A classifier of spike trains has the result of one fit:

    >>> from skspike import SpikeTrainClassifier
    >>> model = fit_in_parts(SpikeTrainClassifier("pairs"), parts, classes=[0, 1])
    >>> whole = SpikeTrainClassifier("pairs").fit(X[:300], y[:300])
    >>> bool((model.decision_function(X) == whole.decision_function(X)).all())
    True
    """
    pipeline = network if isinstance(network, Pipeline) else None
    *steps, last = steps_of(network)
    steps = [step for step in steps if step not in SKIPPED]
    _check_models(steps, last)
    _check(last, parts, classes, validation=validation, checkpoint=checkpoint, callback=callback)
    training = _Training(
        parts, validation, check_number(n_retries, "n_retries", **NOT_NEGATIVE),
        check_jobs(n_jobs), last, {} if classes is None else {"classes": classes},
        check_number(n_rounds, "n_rounds", **SIZE_LIMITS),
        check_number(n_parallel, "n_parallel", **SIZE_LIMITS),
        check_number(n_rounds_no_change, "n_rounds_no_change", **SIZE_LIMITS),
        check_number(random_state, "random_state", **NOT_NEGATIVE),
        None if checkpoint is None else Path(checkpoint), callback)
    training.check_tuples()
    fitted = []
    for step in steps:
        fitted += replace(training, parts=parts[:1]).each(_fitted_to_few, step)
        training = training.after(fitted[-1])
    if isinstance(last, SpikeTrainClassifier):
        fitted.append(fitted_in_parts(last, training, classes))
    else:
        fitted.append(training.fitted())
    if pipeline is None:
        return fitted[-1]
    found, rest = clone(pipeline), iter(fitted)
    found.steps = [
        (name, step if step in SKIPPED else next(rest)) for name, step in pipeline.steps]
    return found


def _check_models(steps: list[Any], last: Any) -> None:
    """Raise unless the last step of a pipeline can learn in parts, and the others need no fit."""
    if isinstance(last, SpikingNetwork):
        rule = resolved_rule(last.rule)
        if not isinstance(rule, SurrogateGradient) or not rule.learns_chunks:
            raise ValueError(
                f"fit_in_parts needs rule='surrogate' with a solver of mini-batches, got {rule!r}.")
    elif not isinstance(last, SpikeTrainClassifier):
        raise TypeError(
            "fit_in_parts takes a network, a SpikeTrainClassifier, or a Pipeline that ends in one, "
            f"got {type(last).__name__}. For other models, see dask-ml.")
    for step in steps:
        if get_tags(step).requires_fit and not isinstance(step, FrozenEstimator):
            raise TypeError(
                "Steps before the last one must need no fit, got "
                f"{type(step).__name__}. Fit it first, and pass it as a "
                "sklearn.frozen.FrozenEstimator.")


def _check(model: Any, parts: Any, classes: Any, **of_rounds: Any) -> None:
    """Raise if an argument has the wrong type, or does not fit the model.

    `of_rounds` are options that need a network, which learns in rounds.
    """
    if not isinstance(parts, (list, tuple)) or not parts:
        raise ValueError(
            "parts must be a list of tuples (X, y), or of functions that return them, got "
            f"{shown(parts)}.")
    needed = is_classifier(model) or isinstance(model, SNNTransformer)
    if (classes is None) == needed:
        wanted = "None for regression" if classes is not None else (
            "given for classification, because a part may lack some of them")
        raise ValueError(f"classes must be {wanted}, got {shown(classes)}.")
    callback = of_rounds["callback"]
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be callable or None, got {shown(callback)}.")
    given = " and ".join(name for name, value in of_rounds.items() if value is not None)
    if given and not isinstance(model, SpikingNetwork):
        raise ValueError(
            f"{given} need a network, which learns in rounds, got {type(model).__name__}. Omit "
            f"{given}.")


def _fitted_to_few(transformer: Any, *samples: Any) -> Any:
    """Return a transformer that learns only the names and the number of features, or is frozen."""
    X, y, *_ = indexable(*samples)
    few = slice(N_FEW)
    return clone(transformer).fit(_safe_indexing(X, few), _safe_indexing(y, few))


@dataclass(frozen=True)
class _Training(Parts):
    """The parameters of the training of a network, and its stages.

    The state between two rounds is a dict: the number of rounds, the average and the losses, the
    best average and its score, the number of rounds without a better score, the weight of the
    samples, and hashes of the parameters and the data.
    """

    network: Any
    known: dict[str, Any]
    n_rounds: int
    n_parallel: int
    patience: int
    seed: int
    file: Path | None
    callback: Callable[[int, Any], object] | None

    def fitted(self) -> Any:
        """Return the fitted network. A transformer learns as a classifier."""
        if isinstance(self.network, SNNTransformer):
            trained = replace(self, network=as_classifier(self.network)).trained()
            return as_transformer(trained, self.network)
        return self.trained()

    def trained(self) -> Any:
        """Return the fitted network."""
        state = self.begun()
        while state["round"] < self.n_rounds and state["stalled"] < self.patience:
            state = self.after_round(state)
            write_checkpoint(state, self.file)
            if self.callback is not None:
                stops = self.callback(state["round"], self.finished(state["network"], state))
                if isinstance(stops, (bool, np.bool_)) and stops:
                    break
        return self.finished(state["best"] or state["network"], state)

    def begun(self) -> State:
        """Return the state of the checkpoint, or of a network after its first mini-batch."""
        network = _without_callbacks(clone(self.network))
        parameters = joblib.hash([network, self.known, self.n_parallel, self.seed])
        state = read_checkpoint(self.file, parameters, self.network)
        found = self.statistics()
        if len({one.currents is None for one in found[: len(self.parts)]}) == 2:
            # some parts look like spikes, and others have currents
            found = self.statistics(all_currents=True)
        self.check_shapes([one.shape for one in found])
        data = joblib.hash([one.digest for one in found])
        if state is not None:
            check_same(self.file, "data", state["data"], data)
            if state["round"] > self.n_rounds:
                raise ValueError(
                    f"checkpoint={str(self.file)!r} has {state['round']} rounds, more than "
                    f"n_rounds={self.n_rounds}. Raise n_rounds, or choose another file.")
            return state
        statistics = together(found[: len(self.parts)])
        start = statistics.given_to(network)
        (network,) = self.run(
            ("parts[0], first mini-batch", _begin, start, self.parts[0], self.known, self.seed))
        return {
            "network": network, "round": 0, "losses": [], "best": None, "score": -np.inf,
            "stalled": 0, "weight": statistics.currents and statistics.currents.weight,
            "parameters": parameters, "data": data}

    def statistics(self, **options: bool) -> list[Statistics]:
        """Return the statistics of each part and of the validation data."""
        options |= {"hashes": self.file is not None, **self.known}
        network = _without_callbacks(self.network)
        return self.run(*[
            (place, _statistics, network, part, options) for place, part in self.sources()])

    def after_round(self, state: State) -> State:
        """Return the state after a pass over all parts, and a score on the validation data."""
        average, loss = self.passed(state["network"], state["round"])
        state = {
            **state, "network": average, "round": state["round"] + 1,
            "losses": [*state["losses"], loss]}
        if self.validation is None:
            return state
        (score,) = self.run(("validation data", _score, average, self.validation))
        if score > state["score"]:
            return {**state, "best": average, "score": score, "stalled": 0}
        return {**state, "stalled": state["stalled"] + 1}

    def passed(self, average: Any, number: int) -> tuple[Any, float]:
        """Return the average and the mean loss after a pass over all parts, group by group."""
        n_parts = len(self.parts)
        losses, sizes = np.zeros((2, n_parts))
        groups = np.array_split(np.arange(n_parts), -(-n_parts // self.n_parallel))
        for k, group in enumerate(groups):
            done = (number + k / len(groups)) / self.n_rounds
            factor = SCHEDULES[resolved_rule(self.network.rule).learning_rate_schedule](done)
            start = _adapted(average, self.network, len(group), factor)
            copies, sizes[group] = zip(*self.run(*[
                (f"parts[{i}]", _train, start, self.parts[i], [self.seed, number, i])
                for i in group.tolist()]), strict=True)
            losses[group] = [one.loss_curve_[-1] for one in copies]
            average = averaged(average, copies, sizes[group] / sizes[group].sum())
        return average, float(sizes / sizes.sum() @ losses)

    def finished(self, current: Any, state: State) -> Any:
        """Return a copy of the user's network with all that was learned, and the losses."""
        found = clone(self.network)
        vars(found).update({**vars(current), **vars(found)})
        found.rule_ = resolved_rule(self.network.rule)  # with its own learning rate and memory
        found.loss_curve_, found.n_iter_ = list(state["losses"]), len(state["losses"])
        release_moments(found, state["weight"])
        return found


def _without_callbacks(model: Any) -> Any:
    """Return a copy of an estimator without its callbacks and those of the estimators in it.

    Workers train copies, so callbacks would miss most of the training. Checkpoints do not trust
    their types.
    """
    found = copy.copy(model)
    found.__dict__ = {
        name: _without_callbacks(value) if isinstance(value, BaseEstimator) else value
        for name, value in vars(model).items() if name != "_skl_callbacks"}
    return found


def _statistics(network: Any, part: Any, options: dict[str, Any]) -> Statistics:
    """Return the statistics of a part."""
    return Statistics.of(network, *load(part), **options)


def _shuffled(part: Any, seed: Any) -> tuple[Any, ...]:
    """Return the samples of a part in random order, without samples of weight 0."""
    samples = indexable(*load(part))
    rows: Array = np.arange(len(samples[1]))
    if len(samples) == 3:
        rows = np.flatnonzero(np.asarray(samples[2]) > 0)
    (number,) = np.random.SeedSequence(seed).generate_state(1)
    order = shuffle(rows, random_state=int(number))
    return tuple(_safe_indexing(values, order) for values in samples)


def _begin(network: Any, part: Any, known: dict[str, Any], seed: int) -> Any:
    """Return a network after one large mini-batch of the first part."""
    network.set_params(
        batch_size=N_BEGUN,
        random_state=seed if network.random_state is None else network.random_state)
    X, y, *weight = (values[:N_BEGUN] for values in _shuffled(part, [seed]))
    return network.partial_fit(X, y, sample_weight=weight[0] if weight else None, **known)


def _train(network: Any, part: Any, seed: list[int]) -> tuple[Any, int]:
    """Return a network after one pass over a part, and the number of samples learned."""
    X, y, *weight = _shuffled(part, seed)
    # with threads, all parts get the same object
    network = copy.deepcopy(network)
    return network.partial_fit(X, y, sample_weight=weight[0] if weight else None), len(y)


def _score(network: Any, part: Any) -> float:
    """Return the score of a network."""
    score = float(network.score(*load(part)))
    if math.isnan(score):
        raise ValueError("The score is nan. r2 needs two samples or more.")
    return score


def _adapted(current: Any, network: Any, n_copies: int, factor: float) -> Any:
    """Return a copy with the mini-batches and learning rates of one of several copies.

    Their average then moves as far in a pass as one network, with the same noise. `factor`
    multiplies the learning rates.
    """
    rule: Any = resolved_rule(network.rule)
    given = network.learning_rate
    learning_rate = rule.default_learning_rate if given is None else given
    batch_size = max(1, round(network.batch_size / n_copies))
    share = batch_size / network.batch_size
    # updates are proportional to the gradient, or to the gradient over its noise
    factor *= n_copies * (share if rule.solver == "sgd" else math.sqrt(share))
    rule.set_params(memory=0, intrinsic_learning_rate=rule.intrinsic_learning_rate * factor)
    return copy.copy(current).set_params(
        rule=rule, batch_size=batch_size, learning_rate=learning_rate * factor)
