"""Estimators whose fit consists of sums over parts of the data, such as counts."""

import functools
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, Protocol

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils import get_tags

from .._utils import Moments
from ..coding import Coding
from ._encoder import SpikeEncoder


class Parts(Protocol):
    """Parts of the data, which workers read."""

    def each(self, function: Callable[..., Any], *arguments: Any) -> list[Any]:
        """Return the result of a function for each part. Its samples are the last arguments."""

    def check_shapes(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """Raise unless all parts have the same shape."""


def check_steps(steps: Sequence[Any]) -> None:
    """Raise unless the steps before the last one of a pipeline can be fitted in parts."""
    for step in steps:
        if isinstance(step, SpikeEncoder):
            _check_encoder(step)
        elif get_tags(step).requires_fit and not isinstance(step, FrozenEstimator):
            raise TypeError(
                "fit_in_parts takes pipelines of a SpikeEncoder and transformers without a fit, "
                f"got {type(step).__name__} before the last step. Fit it first, and pass it as a "
                "sklearn.frozen.FrozenEstimator.")


def _check_encoder(encoder: Any) -> None:
    """Raise if an encoder has a fit that is no sum."""
    if encoder.missing is not None:
        raise ValueError(
            f"fit_in_parts needs a SpikeEncoder with missing=None, got {encoder.missing!r}. Fill "
            "missing values in the functions that read the parts.")
    coding = encoder.coding
    if isinstance(coding, Coding) and hasattr(coding, "fit") and not hasattr(
            coding, "_set_moments"):
        raise TypeError(
            f"fit_in_parts cannot join the fits of {type(coding).__name__} coding. Use a coding of "
            "skspike.")


def fitted_step(step: Any, data: Parts, seed: int) -> Any:
    """Return a fitted step of a pipeline before the last one."""
    if not isinstance(step, SpikeEncoder):
        return clone(step)
    seeded = clone(step)
    if step.random_state is None:
        seeded.random_state = seed
    encoder = _fitted_encoder(seeded, data)
    encoder.random_state = step.random_state
    return encoder


def _fitted_encoder(encoder: Any, data: Parts) -> Any:
    """Return an encoder that is fitted to all parts.

    Ranges are exact. Means and deviations are exact up to rounding.
    """
    begun, sizes = zip(*data.each(_begin_encoder, encoder), strict=True)
    encoder = _checked_first(data, begun)
    encoder._equal_length_in = all(one._equal_length_in for one in begun)
    encoder.data_min_ = np.min([one.data_min_ for one in begun], axis=0)
    encoder.data_max_ = np.max([one.data_max_ for one in begun], axis=0)
    coding = encoder.coding_
    if hasattr(coding, "_set_moments"):
        coding.lags_ = coding._lags(sum(sizes))
        found = data.each(_encoder_moments, encoder)
        coding._set_moments(
            [reduce(Moments.joined, same) for same in zip(*channel, strict=True)]
            for channel in zip(*found, strict=True))
    return encoder


def _begin_encoder(encoder: Any, X: Any, *others: Any) -> tuple[Any, int]:
    """Return an encoder with the ranges of a part, and the number of samples."""
    encoder = clone(encoder)
    X, _ = encoder._begun(X)
    return encoder, len(X)


def _encoder_moments(encoder: Any, X: Any, *others: Any) -> list[list[Moments]]:
    """Return the moments of each channel of a part."""
    found: list[list[Moments]] = encoder._moments(X)
    return found


def _checked_first(data: Parts, begun: Sequence[Any]) -> Any:
    """Return the model of the first part, or raise if the parts have different shapes."""
    data.check_shapes([(one._n_dims_in, one.n_features_in_) for one in begun])
    return begun[0]


def fitted_classifier(model: Any, data: Parts, classes: Any) -> Any:
    """Return a classifier of spike trains that is fitted to all parts.

    The first pass adds counts. The second scores each sample by the models without its fold. Folds
    depend on the content of samples, so one fit has the same result.
    """
    begun, counts = zip(*data.each(_count, model, classes), strict=True)
    model = _checked_first(data, begun)
    n_steps = {one.n_steps_in_ for one in begun}
    model.n_steps_in_ = n_steps.pop() if len(n_steps) == 1 else None
    model._equal_length_in = model.n_steps_in_ is not None and all(
        one._equal_length_in for one in begun)
    model._learn_parts(reduce(model._together, counts), functools.partial(
        data.each, _scores, model))
    return model


def _count(model: Any, classes: Any, *samples: Any) -> tuple[Any, Any]:
    """Return a classifier that knows the shape of a part, and the counts of the part."""
    found: tuple[Any, Any] = model._begun(*samples, classes=classes)
    return found


def _scores(model: Any, without: Any, *samples: Any) -> Any:
    """Return the scores of a part by models without the fold of each sample."""
    return model._scored(without, *samples)
