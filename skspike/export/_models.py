"""Components of a fitted model that can be exported."""

from typing import Any, NamedTuple

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .._checks import check_step
from .._estimators import (
    LZCClassifier, LZCTransformer, SpikeCounter, SpikeEncoder, SpikeTrainClassifier, SpikingRocket)
from .._networks import (
    EarlyClassifier, SNNClassifier, SNNRegressor, SpikingNetwork, check_length_known, check_streams)
from .._utils import snapshot, unfrozen
from ..learning import Rule, Tempotron
from ._features import Linear, linear_model, unreadable
from ._trains import check_exportable

PREDICTORS = SNNClassifier, SNNRegressor
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
    linear: Linear | None = None


def components_of(model: Any) -> Components:
    """Return the components of a fitted model, or raise if one cannot be exported."""
    rest = _steps(model)
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
        return Components(encoder, network, rest[0][1], _linear_of(*rest))
    if rest:
        name, step = rest[0]
        raise ValueError(
            f"to_c cannot export the step {name!r}, {type(step).__name__}, at its place: a model "
            "is a SpikeEncoder, then a network, then LZCTransformer or SpikeCounter with a linear "
            "model, or LZCClassifier or SpikeTrainClassifier. Each may be left out. Or it is a "
            "SpikingRocket with a linear model. All of them scale their input themselves, so leave "
            "other steps out, or apply them on the device.")
    return Components(encoder, network)


def _steps(model: Any) -> list[Step]:
    """Return the names and copies of the fitted steps of a model."""
    model = unfrozen(model)
    if isinstance(model, EarlyClassifier):
        check_is_fitted(model)
        model = unfrozen(model.estimator_)
    steps = [("", model)]
    if isinstance(model, Pipeline):
        steps = [
            (name, unfrozen(step)) for name, step in model.steps
            if step not in (None, "passthrough")]
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


def _linear_of(first: Step, *others: Step) -> Linear | None:
    """Return the linear model of the features that the first step computes, or None."""
    _, reader = first
    if isinstance(reader, SpikeTrainClassifier):
        check_exportable(reader)
        return None
    reason = unreadable(reader)
    if reason is None and not others and not isinstance(reader, LZCClassifier):
        reason = "no model follows. Put a linear model after it"
    if reason is not None:
        raise ValueError(f"to_c cannot export {type(reader).__name__}: {reason}.")
    return linear_model(
        [reader.estimator_] if isinstance(reader, LZCClassifier) else [step for _, step in others])
