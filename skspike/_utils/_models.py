"""The estimators inside a pipeline, a search or a FrozenEstimator."""

from typing import Any

from sklearn.frozen import FrozenEstimator


def steps_of(model: Any) -> list[Any]:
    """Return the steps of a pipeline, or the model alone."""
    return [step for _, step in getattr(model, "steps", [("", model)])]


def last_of(model: Any) -> Any:
    """Return the last step of a pipeline, or the model that a fitted search has chosen."""
    while hasattr(model, "steps") or hasattr(model, "best_estimator_"):
        model = model.steps[-1][1] if hasattr(model, "steps") else model.best_estimator_
    return model


def unfrozen(model: Any) -> Any:
    """Return an estimator, without a FrozenEstimator around it."""
    return unfrozen(model.estimator) if isinstance(model, FrozenEstimator) else model
