"""Scores of a network on held-out data, for early stopping."""

from __future__ import annotations

import inspect
import math
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import check_scoring, get_scorer_names
from sklearn.utils import _safe_indexing, indexable

from .._base import Array, shown, similar
from ..learning import State, Target
from ._training_samples import Given


def scorer_of(network: Any) -> Any:
    """Return the scorer of the parameter `early_stopping`, "loss" for a bool, or raise."""
    given, predicts = network.early_stopping, hasattr(network, "predict")
    if isinstance(given, (bool, np.bool_)):
        return "loss"
    if callable(given) or (predicts and isinstance(given, str) and given in get_scorer_names()):
        try:
            return check_scoring(network, given)
        except ValueError as error:  # for a metric, which takes no estimator
            raise ValueError(f"early_stopping must be a scorer. {error}") from error
    wanted = "True, False, a callable or a name out of sklearn.metrics.get_scorer_names()"
    if not predicts:
        wanted = f"True, False or a callable, because {type(network).__name__} does not predict"
    raise ValueError(
        f"early_stopping must be {wanted}, got {shown(given)}.{similar(given, get_scorer_names())}")


def score_of(
        fitted_at: Callable[[State], Any], given: Given, target: Target,
        scorer: Callable[..., Any]) -> Callable[[State, Array], float]:
    """Return the score of a state on some rows of the target."""
    X, y = indexable(given.X, given.y)  # not all formats of sparse matrices have rows
    given = given._replace(X=X, y=y)
    return lambda state, rows: score_rows(
        scorer, fitted_at(state), given, target.samples[rows], target.sample_weight[rows])


def score_rows(
        scorer: Callable[..., Any], fitted: Any, given: Given, samples: Array,
        weight: Array) -> float:
    """Return the score of a fitted network on some rows, or raise unless it is a finite number.

    Parameters
    ----------
    scorer : callable
        ``scorer(estimator, X, y)``. It gets weights if it takes ``sample_weight``. Otherwise it
        gets a sample as often as an epoch presents it.
    fitted : estimator
        The network.
    given : Given
        The data as the user passed them, with rows that can be indexed.
    samples, weight : ndarray of shape (n_rows,)
        Number of the sample in each row, and the weight of the row. The rows of a sample follow
        each other.
    """
    first = np.flatnonzero(np.diff(samples, prepend=-1))
    total = np.add.reduceat(weight, first)
    weights = {}
    if (total == total[0]).all():
        samples = samples[first]
    elif takes_weights(scorer):
        samples, weights = samples[first], {"sample_weight": total}
    rows = given.rows[samples]
    try:
        score = scorer(
            fitted, _safe_indexing(given.X, rows), _safe_indexing(given.y, rows), **weights)
    except (TypeError, ValueError) as error:
        raise ValueError(f"early_stopping cannot score the held-out data: {error}") from error
    if not isinstance(score, numbers.Real) or not math.isfinite(score):
        raise ValueError(
            f"The scorer of early_stopping must return a finite number, got {shown(score)}.")
    return float(score)


def takes_weights(scorer: Any) -> bool:
    """Return whether a scorer, or the metric of a scorer of scikit-learn, takes weights."""
    try:
        parameters = inspect.signature(getattr(scorer, "_score_func", scorer)).parameters
    except (TypeError, ValueError):  # a function that does not show its parameters
        return False
    return "sample_weight" in parameters
