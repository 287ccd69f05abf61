"""Parts of a fitted model that can be exported."""

from typing import Any, NamedTuple

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .._utils import snapshot
from ..rasters import LZCClassifier, LZCTransformer, SpikeCounter, SpikeEncoder, SpikingRocket
from ..snn import SNNClassifier, SNNRegressor, SpikingNetwork
from ._features import linear_model, unreadable

READERS = LZCClassifier, LZCTransformer, SpikeCounter


class Parts(NamedTuple):
    """Parts of a model. Any of them may be None.

    The encoder and the network return spikes. `reader` computes features, from spikes or, if it is
    a SpikingRocket, from the series. `linear` are the coefficients and intercepts of a linear model
    of the features, and whether it is a classifier.
    """

    encoder: Any = None
    network: Any = None
    reader: Any = None
    linear: Any = None


def parts_of(model):
    """Return the parts of a fitted model, or raise if one cannot be exported."""
    steps = [("", model)]
    if isinstance(model, Pipeline):
        steps = [(name, step) for name, step in model.steps if step not in (None, "passthrough")]
    if not any(isinstance(step, (SpikingNetwork, SpikingRocket, *READERS)) for _, step in steps):
        raise TypeError(
            "to_c expects a fitted SNNClassifier, SNNRegressor, SNNTransformer or LZCClassifier, "
            "or a Pipeline with one of them or a SpikingRocket, got "
            f"{type(steps[-1][1]).__name__}.")
    for _, step in steps:
        check_is_fitted(step)
        if isinstance(step, (SpikeEncoder, SpikingRocket)):
            step._check_fitted()
    steps = [(name, snapshot(step)) for name, step in steps]
    parts, rest = Parts(), list(steps)
    if isinstance(rest[0][1], SpikingRocket):
        return _with_reader(parts, rest)
    if isinstance(rest[0][1], SpikeEncoder):
        parts = parts._replace(encoder=rest.pop(0)[1])
    if isinstance(rest[0][1], SpikingNetwork):
        parts = _with_network(parts, rest.pop(0)[1])
    if rest and isinstance(rest[0][1], READERS) and not isinstance(
            parts.network, (SNNClassifier, SNNRegressor)):
        return _with_reader(parts, rest)
    if rest or parts.network is None:
        name, step = rest[0]
        raise ValueError(
            f"to_c cannot export the step {name!r}, {type(step).__name__}, at its place: a model "
            "is a SpikeEncoder, then a network, then LZCTransformer or SpikeCounter with a linear "
            "model, or LZCClassifier. Each may be left out. Or it is a SpikingRocket with a linear "
            "model. All of them scale their input themselves, so leave other steps out, or apply "
            "them on the device.")
    return parts


def _with_network(parts, network):
    network.stream(encoded=True)  # raises if the network needs whole samples
    if parts.encoder is not None and network.encoder_ is not None:
        raise ValueError(
            "to_c cannot export a network with an encoder after another SpikeEncoder. Leave one "
            "of them out.")
    encoder = network.encoder_ if parts.encoder is None else parts.encoder
    return parts._replace(network=network, encoder=encoder)


def _with_reader(parts, rest):
    (name, reader), *others = rest
    reason = unreadable(reader)
    if reason is None and not others and not isinstance(reader, LZCClassifier):
        reason = "no model follows. Put a linear model after it"
    if reason is not None:
        raise ValueError(f"to_c cannot export {type(reader).__name__}: {reason}.")
    steps = [reader.estimator_] if isinstance(reader, LZCClassifier) else [
        step for _, step in others]
    return parts._replace(reader=reader, linear=linear_model(steps))
