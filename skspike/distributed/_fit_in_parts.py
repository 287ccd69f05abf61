"""Training in rounds: parts of the data in parallel, then the average of the networks."""

import copy
import functools
import importlib
import math
import os
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import joblib
import numpy as np
from joblib.externals.loky.process_executor import BrokenProcessPool
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils import shuffle

from .._checks import SIZE, check_jobs, check_number, shown
from .._utils import optional
from ..learning import SCHEDULES, SurrogateGradient
from ..snn import ReadoutNetwork, averaged, resolved_rule

N_BEGUN = 512  # samples from which readout and delays are chosen, as in fit
NetworkT = TypeVar("NetworkT", bound=ReadoutNetwork)


def fit_in_parts(
        network: NetworkT, parts: Sequence[Any], *, classes: ArrayLike | None = None,
        n_rounds: int = 10, n_parallel: int = 8, validation: Any = None,
        n_rounds_no_change: int = 3, n_retries: int = 3,
        checkpoint: str | PathLike[str] | None = None,
        callback: Callable[[int, NetworkT], object] | None = None, n_jobs: int | None = None,
        random_state: int = 0) -> NetworkT:
    """Train a network on parts of the data in parallel, on one machine or a cluster.

    In each round, workers train copies of the network on the parts, by one pass of ``partial_fit``.
    Then the copies are averaged, and the next round begins with the average [1]_. Workers read the
    data themselves if the parts are functions. Then only the parameters of the network travel
    between processes.

    It runs through joblib: ``with joblib.parallel_config("dask")`` selects the workers of a
    cluster. The result does not depend on the backend or on the number of workers, bit for bit.

    Parameters
    ----------
    network : SNNClassifier or SNNRegressor
        The network, which is cloned, with ``rule="surrogate"``. `batch_size` is the number of
        samples in the mini-batches of all parts that learn at the same time. `max_iter` has no
        effect, and ``early_stopping=True`` is refused: use `validation`.
    parts : sequence
        Parts of the data: tuples ``(X, y)`` or ``(X, y, sample_weight)``, or functions without
        arguments that return one, such as ``functools.partial(read, path)``. The samples of a part
        may have any order.
    classes : array-like of shape (n_classes,), list of these or None, default=None
        All labels that can occur, as in ``partial_fit``. Required for a classifier, and None for a
        regressor.
    n_rounds : int, default=10
        Number of rounds, which are passes over the data. The learning rates decrease by the
        `schedule` of the network from round to round.
    n_parallel : int, default=8
        Number of parts that learn at the same time, from the same network. More parts form groups,
        which learn one after the other. Raise it if there are more workers. The average of many
        copies is worse.
    validation : tuple or callable, default=None
        Validation data, in the form of a part. After each round, the average is scored on them, and
        the best is returned.
    n_rounds_no_change : int, default=3
        Number of rounds without a better score on the validation data after which training stops.
    n_retries : int, default=3
        How often a round is repeated if a worker process was lost. dask and ray repeat lost parts
        themselves.
    checkpoint : str, path-like or None, default=None
        File in which the average is saved after each round, by skops. If the file exists, training
        continues from it. Remove it to begin anew.
    callback : callable or None, default=None
        ``callback(n_rounds, network)`` is called after each round with the number of rounds so far
        and the average. Training stops if it returns True.
    n_jobs : int or None, default=None
        Number of workers. None means 1, or the setting of ``joblib.parallel_config``.
    random_state : int, default=0
        Seed of the order of the samples, and of the network if its own is None.

    Returns
    -------
    network : SNNClassifier or SNNRegressor
        A fitted copy of `network`.

    Raises
    ------
    ValueError
        If a parameter is out of range, a part does not fit the network, or the checkpoint belongs
        to another training.
    TypeError
        If `network` has no readout, or a parameter has a wrong type.
    ImportError
        If `checkpoint` is given and skops is not installed.

    See Also
    --------
    skspike.SNNClassifier.partial_fit : Trains on parts one after the other.

    Notes
    -----
    The network begins with one mini-batch of 512 random samples of the first part, or of all if
    there are fewer. They set the scale of the weights, and choose readout and delays, so they
    should have samples of all classes. The average is weighted by the numbers of samples. Intrinsic
    parameters are averaged as they are learned: of time constants, the logarithms.

    Mini-batches of n copies have an n-th of `batch_size`, so that each copy makes as many updates
    in a pass as one network with all samples. Updates of Adam are proportional to the square root
    of the size of mini-batches where noise prevails [2]_, so its learning rates are multiplied by
    the square root of n. Then the average moves as far in a pass as one network, with the same
    noise. Larger mini-batches are faster, so raise `batch_size` for large data. A part should hold
    many mini-batches.

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
    >>> from skspike.distributed import fit_in_parts
    >>> X, y = make_order(400, random_state=0)
    >>> parts = [(X[first : first + 75], y[first : first + 75]) for first in range(0, 300, 75)]
    >>> network = SNNClassifier(16, batch_size=16, learning_rate=0.02, random_state=0)
    >>> network = fit_in_parts(network, parts, classes=[0, 1], n_rounds=8)
    >>> bool(network.score(X[300:], y[300:]) > 0.9)
    True
    """
    if not isinstance(network, ReadoutNetwork):
        raise TypeError(
            f"network must be an SNNClassifier or SNNRegressor, got {type(network).__name__}.")
    if not isinstance(rule := resolved_rule(network.rule), SurrogateGradient) or not rule.streams:
        raise ValueError(
            f"fit_in_parts needs rule='surrogate' with a solver of mini-batches, got {rule!r}.")
    if not isinstance(parts, (list, tuple)) or not parts:
        raise ValueError(
            "parts must be a list of tuples (X, y), or of functions that return them, got "
            f"{shown(parts)}.")
    for part in parts if validation is None else (*parts, validation):
        if not callable(part):
            _load(part)
    n_rounds = check_number(n_rounds, "n_rounds", **SIZE)
    n_parallel = check_number(n_parallel, "n_parallel", **SIZE)
    patience = check_number(n_rounds_no_change, "n_rounds_no_change", **SIZE)
    n_retries = check_number(n_retries, "n_retries", **{**SIZE, "low": 0})
    random_state = check_number(random_state, "random_state", **{**SIZE, "low": 0})
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be callable or None, got {shown(callback)}.")
    known = {} if classes is None else {"classes": classes}
    run = functools.partial(_run, check_jobs(n_jobs), n_retries)
    settings = joblib.hash(
        [clone(network), known, len(parts), n_rounds, n_parallel, random_state])
    file = None if checkpoint is None else Path(checkpoint)
    state = _read(file, settings)
    if state is None:
        (begun,) = run([(_begin, clone(network), parts[0], known, random_state)])
        state = {
            "network": begun, "round": 0, "losses": [], "best": None, "score": -np.inf,
            "stalled": 0}
    while state["round"] < n_rounds and state["stalled"] < patience:
        number = state["round"]
        average, loss = _round(
            run, network, state["network"], parts, n_parallel, number, n_rounds, random_state)
        state |= {"network": average, "round": number + 1, "losses": [*state["losses"], loss]}
        if validation is not None:
            (score,) = run([(_score, average, validation)])
            is_better = score > state["score"]
            state["stalled"] = 0 if is_better else state["stalled"] + 1
            if is_better:
                state |= {"best": average, "score": score}
        _write(state, file, settings)
        if callback is not None and callback(number + 1, _finished(average, network, state)):
            break
    return _finished(state["best"] or state["network"], network, state)


def _round(
        run: Callable[..., list[Any]], network: Any, average: Any, parts: Sequence[Any],
        n_parallel: int, number: int, n_rounds: int, seed: int) -> tuple[Any, float]:
    """Return the average and the mean loss after a pass over all parts, group by group."""
    losses, sizes = np.zeros((2, len(parts)))
    groups = np.array_split(np.arange(len(parts)), -(-len(parts) // n_parallel))
    for k, group in enumerate(groups):
        factor = SCHEDULES[network.schedule]((number + k / len(groups)) / n_rounds)
        start = _adapted(average, network, len(group), factor)
        copies, sizes[group] = zip(
            *run([(_train, start, parts[i], [seed, number, int(i)]) for i in group]), strict=True)
        losses[group] = [one.loss_curve_[0] for one in copies]
        average = averaged(average, copies, sizes[group] / sizes[group].sum())
    return average, float(sizes / sizes.sum() @ losses)


def _run(n_jobs: int | None, n_retries: int, jobs: list[tuple[Any, ...]]) -> list[Any]:
    """Return the results of functions and their arguments. Repeat them if a process was lost."""
    for attempt in range(n_retries + 1):
        try:
            results: list[Any] = joblib.Parallel(n_jobs)(
                joblib.delayed(function)(*arguments) for function, *arguments in jobs)
            return results
        except BrokenProcessPool:
            if attempt == n_retries:
                raise
    raise AssertionError("not reached")


def _load(part: Any) -> tuple[Any, ...]:
    """Return X, y and, if there are any, the weights of a part."""
    loaded = part() if callable(part) else part
    if not isinstance(loaded, (tuple, list)) or len(loaded) not in (2, 3):
        raise ValueError(
            "A part, and the validation data, must be a tuple (X, y) or (X, y, sample_weight), or "
            f"a function that returns one, got {type(loaded).__name__}.")
    return tuple(loaded[:2] if loaded[-1] is None else loaded)


def _shuffled(part: Any, seed: Any) -> tuple[Any, ...]:
    """Return the samples of a part in random order."""
    (number,) = np.random.SeedSequence(seed).generate_state(1)
    found: tuple[Any, ...] = tuple(shuffle(*_load(part), random_state=int(number)))
    return found


def _passed(network: Any, X: Any, y: Any, sample_weight: Any = None, **known: Any) -> Any:
    """Return the network after one pass."""
    return network.partial_fit(X, y, sample_weight=sample_weight, **known)


def _begin(network: Any, part: Any, known: dict[str, Any], seed: int) -> Any:
    """Return a network after one large mini-batch of the first part."""
    network.set_params(
        batch_size=N_BEGUN,
        random_state=seed if network.random_state is None else network.random_state)
    first = [values[:N_BEGUN] for values in _shuffled(part, [seed])]
    return _passed(network, *first, **known)


def _train(network: Any, part: Any, seed: list[int]) -> tuple[Any, int]:
    """Return a network after one pass over a part, and the number of samples."""
    samples = _shuffled(part, seed)
    # with threads, all parts get the same object
    return _passed(copy.deepcopy(network), *samples), len(samples[1])


def _score(network: Any, part: Any) -> float:
    """Return the score of a network."""
    return float(network.score(*_load(part)))


def _adapted(current: Any, network: Any, n_copies: int, factor: float) -> Any:
    """Return a copy with the mini-batches and learning rates of one of several copies.

    Their average then moves as far in a pass as one network, with the same noise. `factor`
    multiplies the learning rates.
    """
    given, rule = network.learning_rate, resolved_rule(network.rule)
    learning_rate = rule.default_learning_rate if given is None else given
    batch_size = max(1, round(network.batch_size / n_copies))
    share = batch_size / network.batch_size
    # updates are proportional to the gradient, or to the gradient over its noise
    factor *= n_copies * (share if rule.solver == "sgd" else math.sqrt(share))
    return copy.copy(current).set_params(
        batch_size=batch_size, learning_rate=learning_rate * factor,
        intrinsic_learning_rate=network.intrinsic_learning_rate * factor)


def _finished(current: Any, network: Any, state: dict[str, Any]) -> Any:
    """Return a copy with the parameters of the user's network and the losses of all rounds."""
    found = copy.copy(current).set_params(**clone(network).get_params(deep=False))
    found.loss_curve_, found.n_iter_ = list(state["losses"]), len(state["losses"])
    return found


def _read(file: Path | None, settings: str) -> dict[str, Any] | None:
    """Return the state of a checkpoint, None without one."""
    if file is None:
        return None
    with optional("skops", "skops", "checkpoint"):
        import skops.io
    if not file.parent.is_dir():
        raise ValueError(f"The folder of checkpoint={str(file)!r} does not exist. Create it first.")
    if not file.exists():
        return None
    trusted = importlib.import_module("skspike").trusted_types()
    try:
        state: dict[str, Any] = skops.io.load(file, trusted=trusted)
        found = state.pop("settings")
    except Exception as error:
        raise ValueError(
            f"checkpoint={str(file)!r} is not a checkpoint of fit_in_parts, or damaged. Remove it, "
            "or choose another file.") from error
    if found != settings:
        raise ValueError(
            f"checkpoint={str(file)!r} belongs to a training with other parameters. Remove it, or "
            "choose another file.")
    return state


def _write(state: dict[str, Any], file: Path | None, settings: str) -> None:
    """Write a checkpoint at once, so that an interruption leaves the previous one."""
    if file is None:
        return
    import skops.io

    new = file.with_name(f"{file.name}.new")
    skops.io.dump({**state, "settings": settings}, new)
    os.replace(new, file)
