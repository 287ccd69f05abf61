"""Components of a fitted model that can be exported."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from .._base import (
    LINEAR_CLASSIFIERS, SKIPPED, check_step, is_of_tables, last_of, snapshot, unfrozen)
from .._meta import EarlyClassifier, EventDetector, RejectingClassifier, Rejection
from .._networks import (
    SNNClassifier, SNNRegressor, SpikingNetwork, SpikingRocket, check_length_known, check_streams)
from ..coding import SpikeEncoder
from ..complexity import LZ76, LZ78, LZCClassifier, LZCTransformer
from ..learning import Rule, Tempotron
from ..trains import SpikeCounter, SpikeTrainClassifier, weighted_experts
from ._readers import EXPERTS, LinearModel

PREDICTORS = SNNClassifier, SNNRegressor
LINEAR = (*LINEAR_CLASSIFIERS, LinearRegression, Ridge, RidgeCV)
READERS = LZCClassifier, LZCTransformer, SpikeCounter, SpikeTrainClassifier
Step = tuple[str, Any]  # of a pipeline: name and estimator


class Components(NamedTuple):
    """Components of a model. Any of them may be None.

    The encoder and the network return spikes. `reader` computes features, from spikes or, if it is
    a SpikingRocket, from the series. `linear` is a linear model of the features. If `reader` is a
    SpikeTrainClassifier, there is none.
    """

    encoder: Any = None
    network: Any = None
    reader: Any = None
    linear: LinearModel | None = None


def components_of(model: Any) -> Components:
    """Return the components of a fitted model, or raise if one cannot be exported."""
    model, _ = without_rejection(model)
    rest = _fitted_steps(model)
    encoder = network = None
    if isinstance(rest[0][1], SpikeEncoder):
        _, encoder = rest.pop(0)
    if rest and isinstance(rest[0][1], SpikingNetwork):
        _, network = rest.pop(0)
        encoder = _encoder_of(network, encoder)
    predicts = isinstance(network, PREDICTORS)
    is_first = encoder is network is None
    if rest and not predicts and isinstance(
            rest[0][1], (*READERS, SpikingRocket) if is_first else READERS):
        linear = None if isinstance(model, EarlyClassifier) else _linear_of(*rest)
        return Components(encoder, network, rest[0][1], linear)
    if rest:
        name, step = rest[0]
        raise ValueError(
            f"to_c cannot export the step {name!r}, {type(step).__name__}, at its place: a model "
            "is a SpikeEncoder, then a network, then LZCTransformer or SpikeCounter with a linear "
            "model, or LZCClassifier or SpikeTrainClassifier. Each may be left out. Or it is a "
            "SpikingRocket with a linear model. All of them scale their input themselves, so leave "
            "other steps out, or apply them on the device.")
    return Components(encoder, network)


def without_detector(model: Any) -> tuple[Any, EventDetector | None]:
    """Return a model without an EventDetector around it, and the detector or None."""
    model = unfrozen(model)
    if not isinstance(model, EventDetector):
        return model, None
    check_is_fitted(model)
    inner = unfrozen(model.estimator_)
    if not getattr(last_of(inner), "_each_step", False):
        raise TypeError(
            "to_c exports an EventDetector of an SNNClassifier with readout='leaky', got one of "
            f"{type(inner).__name__}.")
    return inner, model


def without_rejection(model: Any) -> tuple[Any, Rejection | None]:
    """Return a model without a RejectingClassifier, and how this rejects samples, or raise."""
    model = unfrozen(model)
    if not isinstance(model, RejectingClassifier):
        return model, None
    check_is_fitted(model)
    early = unfrozen(model.estimator_)
    if not isinstance(early, EarlyClassifier):
        raise TypeError(
            "to_c exports a RejectingClassifier of an EarlyClassifier only, because it needs whole "
            f"samples otherwise. Got one of {type(early).__name__}. Export its estimator_, which "
            "rejects nothing.")
    return early, None if model.unknown_ is None else Rejection.of(model)


def _fitted_steps(model: Any) -> list[Step]:
    """Return the names and copies of the fitted steps of a model."""
    if isinstance(model, EarlyClassifier):
        check_is_fitted(model)
        model = unfrozen(model.estimator_)
    if hasattr(model, "models"):
        raise ValueError(
            "to_c cannot export several models that decide together. Fit EarlyClassifier on one of "
            "them.")
    steps = [(name, unfrozen(step)) for name, step in _steps_of(model)]
    if any(isinstance(step, EarlyClassifier) for _, step in steps):
        raise ValueError(
            "to_c exports no Pipeline with an EarlyClassifier. Put the other steps inside: "
            "EarlyClassifier(make_pipeline(SpikeEncoder(), SNNClassifier())).")
    if not any(isinstance(step, (SpikingNetwork, SpikingRocket, *READERS)) for _, step in steps):
        raise TypeError(
            "to_c expects a fitted SNNClassifier, SNNRegressor, SNNTransformer, LZCClassifier, "
            "SpikeTrainClassifier or EarlyClassifier, or a Pipeline with one of them or a "
            "SpikingRocket, got "
            f"{type(steps[-1][1]).__name__}.")
    for _, step in steps:
        check_is_fitted(step)
        check_step(step)
    return [(name, snapshot(step)) for name, step in steps]


def _steps_of(model: Any) -> list[Step]:
    """Return the names and steps of a pipeline that do something, or the model alone."""
    if not isinstance(model, Pipeline):
        return [("", model)]
    return [(name, step) for name, step in model.steps if step not in SKIPPED]


def _encoder_of(network: Any, encoder: SpikeEncoder | None) -> SpikeEncoder | None:
    """Return the encoder of a network that may follow another encoder, or raise."""
    check_streams(network, network.rule_)
    _check_rule(network.rule_)
    if isinstance(network, PREDICTORS):
        check_length_known(network)
    if encoder is not None and network.encoder_ is not None:
        raise ValueError(
            "to_c cannot export a network with an encoder after another SpikeEncoder. Leave one "
            "of them out.")
    return encoder or network.encoder_


def _check_rule(rule: Rule) -> None:
    """Raise if a rule of a user runs networks in another way than the code does."""
    base = Tempotron if isinstance(rule, Tempotron) else Rule
    for name in ("run", "respond", "stepper"):
        if getattr(type(rule), name) is not getattr(base, name):
            raise ValueError(
                f"to_c cannot export a network of {type(rule).__name__}, because it overrides "
                f"`{name}`. Use rule='surrogate', 'tempotron' or None, or a rule that inherits "
                f"`{name}` from {base.__name__}.")


def _linear_of(first: Step, *others: Step) -> LinearModel | None:
    """Return the linear model of the features that the first step computes, or None."""
    _, reader = first
    if isinstance(reader, SpikeTrainClassifier):
        _check_exportable(reader)
        return None
    reason = _unreadable(reader)
    if reason is None and not others and not isinstance(reader, LZCClassifier):
        reason = "no model follows. Put a linear model after it"
    if reason is not None:
        raise ValueError(f"to_c cannot export {type(reader).__name__}: {reason}.")
    models = [reader.estimator_] if isinstance(reader, LZCClassifier) else [
        step for _, step in others]
    return _linear_model([step for model in models for _, step in _steps_of(model)])


def _check_exportable(model: SpikeTrainClassifier) -> None:
    """Raise if an expert with a weight above 0 has no C code."""
    if is_of_tables(model):
        raise ValueError(
            "to_c cannot export a SpikeTrainClassifier of 2-D input, because a series is binarised "
            "at its median. Fit it on rasters (3-D).")
    others = [
        expert.name for expert, _, weights in weighted_experts(model)
        if type(expert) not in EXPERTS and weights.any()]
    if others:
        names = ", ".join(repr(cls.name) for cls in EXPERTS)
        raise ValueError(
            f"to_c cannot export the experts {others}. Fit SpikeTrainClassifier with some of "
            f"{names}.")


def _unreadable(reader: Any) -> str | None:
    """Return why the features of an estimator have no C code, and an alternative, or None."""
    if isinstance(reader, SpikingRocket):
        return None if reader.streaming_ or reader.n_steps_in_ is not None else (
            "it was fitted on series of unequal length. Fit it on series of equal length")
    if is_of_tables(reader):
        return "it was fitted on 2-D input. Fit it on rasters, such as the output of a network"
    if reader.n_steps_in_ is None:
        return "it was fitted on trains of unequal length. Fit it on trains of equal length"
    if isinstance(reader, SpikeCounter):
        return None
    if not isinstance(reader.measure_, (LZ76, LZ78)):
        return f"{type(reader.measure_).__name__} has no C code. Use measure='lz76' or 'lz78'"
    if reader.channels_ == "joint":
        return "words of all channels together have no C code. Use channels='each' or 'mean'"
    if reader.normalize_ == "entropy":
        return "the entropy needs a logarithm of each rate. Use normalize=True or False"
    if len(reader.dictionaries_) > 1:
        return "its labels have several columns. Fit it on one column, or with relative=False"
    return None


def _linear_model(steps: list[Any]) -> LinearModel:
    """Return a fitted linear model after at most one scaler, or raise."""
    *scalers, model = steps
    if not isinstance(model, LINEAR) or len(scalers) > 1 or not all(
            isinstance(scaler, StandardScaler) for scaler in scalers):
        names = ", ".join(type(step).__name__ for step in steps)
        known = ", ".join(cls.__name__ for cls in LINEAR)
        raise ValueError(
            f"to_c cannot export {names} of features: use a linear model, optionally after a "
            f"StandardScaler. Known are {known}.")
    binarizer = getattr(model, "_label_binarizer", None)  # of ridge classifiers
    if binarizer is not None and binarizer.y_type_.startswith("multilabel"):
        raise ValueError(
            f"to_c cannot export {type(model).__name__} of labels in several columns. Fit it on "
            "one column of labels.")
    return _scaled(model, scalers)


def _scaled(model: Any, scalers: Sequence[StandardScaler]) -> LinearModel:
    """Return a linear model of the features before they are scaled."""
    coef = model.coef_.toarray() if issparse(model.coef_) else model.coef_
    coef, intercept = np.atleast_2d(coef).T, np.atleast_1d(model.intercept_)
    intercept = np.broadcast_to(intercept, coef.shape[1:])
    is_classifier = isinstance(model, LINEAR_CLASSIFIERS)
    if is_classifier and coef.shape[1] == 1:  # the score of the first of two classes is 0
        coef, intercept = np.hstack([0 * coef, coef]), np.append(0.0, intercept)
    for scaler in scalers:  # scale_ and mean_ may exist without being used
        if scaler.with_std:
            coef = coef / scaler.scale_[:, None]
        if scaler.with_mean:
            intercept = intercept - scaler.mean_ @ coef
    if is_classifier and coef.shape[1] > 2:  # what all classes share would only cost digits
        coef = coef - coef.mean(axis=1, keepdims=True)
        intercept = intercept - intercept.mean()
    return LinearModel(coef, intercept, is_classifier)
