"""Everything that a fit of a network learns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

from .._estimators import SpikeEncoder
from .._utils import Array, Prepared, replace_attributes
from ..augmentation import Augmentation
from ..learning import Centring, LinearDecoder, Result, Rule, Settings, State
from ..neurons import Neuron
from ..readouts import Readout
from ..simulation import Convolution


class LearnedAttributes:
    """Attributes that a fit sets, in addition to labels, scales of values and those of the rule."""

    # input
    n_features_in_: int
    _n_dims_in: int
    _equal_length_in: bool
    missing_: str | None = None
    missing_mean_: Array | None = None
    scales_samples_: bool = False  # whether each series is scaled by itself
    encoder_: SpikeEncoder | None
    # `fit_in_parts` sets the moments before the first fit
    input_mean_: Array | None = None
    input_scale_: Array | None = None
    _weight_seen: float = 0.0  # of the moments of currents, 0 if learning does not change them
    _n_seen: int
    takes_currents_: bool
    _timing: tuple[bool, bool] | None = None  # of the samples, None if unknown
    # time
    n_steps_: int
    _shortest: int  # number of steps of the shortest sample in fit
    dt_: float
    delay_steps_: tuple[int, ...]
    # network
    neuron_: Neuron
    image_shape_: tuple[int, int, int] | None = None
    convolutions_: tuple[Convolution, ...] = ()
    weights_: list[Array]
    recurrent_weights_: list[Array | None]
    biases_: list[Array | None]
    _centring: Centring | None = None  # of the input, for which the first layer is learned
    intrinsics_: dict[str, list[Array]]
    # decoder
    readout_: Readout | None
    _decoder: LinearDecoder | None
    # learning
    rule_: Rule
    learn_intrinsic_: tuple[str, ...]
    augment_: Augmentation | None
    dropout_: float
    alpha_: float
    _memory: Any  # state of the rule, which a later fit continues
    _rule_attributes: tuple[str, ...] = ()  # names of further attributes that the rule returned


NAMES = tuple(LearnedAttributes.__annotations__)


class Learned(LearnedAttributes):
    """Record of all learned attributes. Each must be given.

    Parameters
    ----------
    **values : dict
        Values of the attributes.
    """

    def __init__(self, **values: Any):
        if values.keys() != set(NAMES):
            raise TypeError(f"Missing or unknown: {sorted(values.keys() ^ set(NAMES))}.")
        vars(self).update(values)

    @classmethod
    def of(cls, fitted: LearnedAttributes) -> Self:
        """Return the record of a fitted network."""
        return cls(**{name: getattr(fitted, name) for name in NAMES})

    @classmethod
    def at(
            cls, state: State, settings: Settings, of_input: dict[str, Any],
            attributes: tuple[str, ...] = ()) -> Self:
        """Return the record of a network in a state of learning."""
        layers, names = state.layers, [item.name for item in settings.neuron.active()]
        return cls(
            **of_input, dt_=settings.dt, delay_steps_=settings.delays, neuron_=settings.neuron,
            image_shape_=settings.image_shape,
            convolutions_=tuple(
                layer for layer in settings.hidden_layer_sizes if isinstance(layer, Convolution)),
            weights_=[layer.weights for layer in layers],
            recurrent_weights_=[layer.recurrent for layer in layers],
            biases_=[layer.bias for layer in layers], _centring=state.centring,
            intrinsics_={name: [layer.intrinsics[name] for layer in layers] for name in names},
            readout_=state.readout, _decoder=state.decoder, rule_=settings.rule,
            learn_intrinsic_=settings.learn_intrinsic, augment_=settings.augment,
            dropout_=settings.dropout, alpha_=settings.alpha, _memory=state.memory,
            _rule_attributes=attributes)

    def replaced(self, **values: Any) -> Self:
        """Return a record with other values of some attributes."""
        return type(self)(**{**vars(self), **values})

    def publish(self, network: Any) -> None:
        """Set the attributes of a network, which prepares for its next prediction anew."""
        vars(network).update(vars(self), _prepared=Prepared())


def publish(
        network: Any, result: Result, settings: Settings, of_input: dict[str, Any]) -> Any:
    """Set all fitted attributes of a network to the result of a rule, and return it."""
    settings = replace(settings, neuron=result.neuron)
    before = network._rule_attributes
    Learned.at(result.state, settings, of_input, tuple(result.attributes)).publish(network)
    replace_attributes(network, before, result.attributes)
    return network
