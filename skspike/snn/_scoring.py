"""Scores of a network on held-out data, for early stopping."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from typing import Any

from sklearn.metrics import check_scoring, get_scorer_names
from sklearn.utils import _safe_indexing

from .._checks import shown
from .._utils import Array


def check_scorer(network: Any, scoring: Any) -> Any:
    """Return "loss", or the scorer for the parameter `scoring` of a network, or raise."""
    predicts, is_name = hasattr(network, "predict"), isinstance(scoring, str)
    if is_name and scoring == "loss":
        return scoring
    known = scoring is None or (is_name and scoring in get_scorer_names())
    if callable(scoring) or (predicts and known):
        try:
            return check_scoring(network, scoring)
        except ValueError as error:  # for a metric, which takes no estimator
            raise ValueError(f"scoring must be a scorer. {error}") from error
    wanted = "'loss', None, a callable or a name out of sklearn.metrics.get_scorer_names()"
    if not predicts:
        wanted = f"'loss' or a callable, because {type(network).__name__} does not predict"
    raise ValueError(f"scoring must be {wanted}, got {shown(scoring)}.")


def score_rows(scorer: Callable[..., Any], fitted: Any, X: Any, y: Any, rows: Array) -> float:
    """Return the score of a fitted network on some rows, or raise unless it is a finite number."""
    try:
        score = scorer(fitted, _safe_indexing(X, rows), _safe_indexing(y, rows))
    except (TypeError, ValueError) as error:
        raise ValueError(f"scoring failed on the held-out data: {error}") from error
    if not isinstance(score, numbers.Real) or not math.isfinite(score):
        raise ValueError(f"scoring must return a finite number, got {shown(score)}.")
    return float(score)
