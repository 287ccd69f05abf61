"""Estimators whose fit consists of sums over parts of the data, such as counts."""

import functools
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.preprocessing import StandardScaler
from sklearn.utils import _safe_indexing, get_tags, indexable

from .._utils import Moments
from ..coding import Coding
from ._counter import SpikeCounter
from ._encoder import SpikeEncoder
from ._feature_sums import fitted_lzc, fitted_patches, fitted_rocket, fitted_scaler, fitted_shape
from ._linear_sums import LINEAR, check_linear, fitted_linear
from ._lzc_classifier import LZCClassifier
from ._lzc_transformer import LZCTransformer
from ._parts import Parts, checked_first, with_lengths
from ._patches import SpikingPatches
from ._rocket import SpikingRocket
from ._train_classifier import SpikeTrainClassifier

N_FEW = 10  # samples to which transformers are fitted that learn nothing from their values


def check_steps(steps: Sequence[Any]) -> None:
    """Raise unless the steps before the last one of a pipeline can be fitted in parts."""
    for step in steps:
        if type(step) in FITS:
            _check_not_missing(step)
            _check_coding(getattr(step, "coding", None))
        elif get_tags(step).requires_fit and not isinstance(step, FrozenEstimator):
            *names, last = [cls.__name__ for cls in FITS]
            raise TypeError(
                f"fit_in_parts takes pipelines of {', '.join(names)}, {last}, SNNTransformer and "
                f"transformers without a fit, got {type(step).__name__} before the last step. Fit "
                "it first, and pass it as a sklearn.frozen.FrozenEstimator.")


def _check_not_missing(step: Any) -> None:
    """Raise if an estimator fills missing values, which is no sum."""
    if getattr(step, "missing", None) is not None:
        raise ValueError(
            f"fit_in_parts needs missing=None of {type(step).__name__}, got {step.missing!r}. Fill "
            "missing values in the functions that read the parts.")


def _check_coding(coding: Any) -> None:
    """Raise if a coding has a fit that is no sum."""
    if isinstance(coding, Coding) and hasattr(coding, "fit") and not hasattr(
            coding, "_set_moments"):
        raise TypeError(
            f"fit_in_parts cannot join the fits of {type(coding).__name__} coding. Use a coding of "
            "skspike.")


def fitted_step(step: Any, data: Parts, seed: int) -> Any:
    """Return a fitted step of a pipeline before the last one."""
    if type(step) not in FITS:
        return data.first(_fitted_to_few, step)
    seeded = clone(step)
    if getattr(step, "random_state", seed) is None:
        seeded.random_state = seed
    found = FITS[type(step)](seeded, data)
    return found.set_params(**clone(step).get_params(deep=False))


def _fitted_to_few(transformer: Any, *samples: Any) -> Any:
    """Return a transformer that learns only the names and the number of features, or is frozen."""
    X, y, *_ = indexable(*samples)
    few = slice(N_FEW)
    return clone(transformer).fit(_safe_indexing(X, few), _safe_indexing(y, few))


def is_sum(model: Any) -> bool:
    """Return whether a model can be fitted by sums, as the last step of a pipeline."""
    return isinstance(model, (SpikeTrainClassifier, LZCClassifier)) or type(model) in LINEAR


def check_last(model: Any) -> None:
    """Raise unless the parameters of a model are such that its fit consists of sums."""
    if isinstance(model, LZCClassifier):
        _check_not_missing(model)
        inner = model._template()
        if type(inner) not in LINEAR:
            raise TypeError(
                "fit_in_parts needs a linear estimator of LZCClassifier, one of "
                f"{', '.join(cls.__name__ for cls in LINEAR)}, got {type(inner).__name__}.")
        check_linear(inner)
    elif not isinstance(model, SpikeTrainClassifier):
        check_linear(model)


def fitted_last(model: Any, data: Parts, classes: Any) -> Any:
    """Return a model that is fitted to all parts by sums."""
    if isinstance(model, SpikeTrainClassifier):
        return _fitted_classifier(model, data, classes)
    if isinstance(model, LZCClassifier):
        return fitted_lzc(model, data, functools.partial(fitted_linear, classes=classes))
    return fitted_linear(model, data, classes)


def _fitted_encoder(encoder: Any, data: Parts) -> Any:
    """Return an encoder that is fitted to all parts.

    Ranges are exact. Means and deviations are exact up to rounding.
    """
    begun, sizes = zip(*data.each(_begin_encoder, encoder), strict=True)
    encoder = checked_first(data, begun)
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


def _fitted_classifier(model: Any, data: Parts, classes: Any) -> Any:
    """Return a classifier of spike trains that is fitted to all parts.

    The first pass adds counts. The second scores each sample by the models without its fold. Folds
    depend on the content of samples, so one fit has the same result.
    """
    begun, counts = zip(*data.each(_count, model, classes), strict=True)
    model = with_lengths(data, begun)
    model._learn_parts(
        reduce(model._together, counts), lambda without: data.each(_scores, model, [*without]))
    return model


def _count(model: Any, classes: Any, *samples: Any) -> tuple[Any, Any]:
    """Return a classifier that knows the shape of a part, and the counts of the part."""
    found: tuple[Any, Any] = model._begun(*samples, classes=classes)
    return found


def _scores(model: Any, without: Any, *samples: Any) -> Any:
    """Return the scores of a part by models without the fold of each sample."""
    return model._scored(without, *samples)


# fits of the steps before the last one of a pipeline
FITS: dict[type, Callable[..., Any]] = {
    SpikeEncoder: _fitted_encoder, SpikingRocket: fitted_rocket, SpikingPatches: fitted_patches,
    LZCTransformer: fitted_shape, SpikeCounter: fitted_shape, StandardScaler: fitted_scaler}
