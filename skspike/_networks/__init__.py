"""Estimators that hold spiking neurons: networks, random neurons and patches."""

from ._base import SpikingNetwork, checked_samples, suggest
from ._choices import MOST_STEPS
from ._classifier import SNNClassifier
from ._decoding import DecodingNetwork
from ._delayed_neurons import NeuronGroup
from ._documentation import ADAPTATION_LIMITS
from ._fitted_network import check_channels, checked, layers_of, run
from ._from_mlp import from_mlp
from ._input import MAX_DEVIATIONS, rounded
from ._patch_neurons import PatchLayer
from ._patches import SpikingPatches
from ._recordings import leaky_sums, refuse_steps
from ._regressor import SNNRegressor
from ._rehearsal import Memory
from ._rocket import MIN_AMPLITUDE, SpikingRocket
from ._running_input import FLOOR, MAX_DEVIATION, PRIOR
from ._settings import (
    MAX_DELAY, N_STEPS, check_length_known, check_streams, resolved_rule, settings_of)
from ._streams import online_readout, stream_of
from ._targets import OneColumn, class_sizes
from ._transformer import SNNTransformer, fitted_transformer

__all__ = [
    "ADAPTATION_LIMITS", "DecodingNetwork", "FLOOR", "MAX_DELAY", "MAX_DEVIATION", "MAX_DEVIATIONS",
    "MIN_AMPLITUDE", "MOST_STEPS", "Memory", "N_STEPS", "NeuronGroup", "OneColumn", "PRIOR",
    "PatchLayer", "SNNClassifier", "SNNRegressor", "SNNTransformer", "SpikingNetwork",
    "SpikingPatches", "SpikingRocket", "check_channels", "check_length_known", "check_streams",
    "checked", "checked_samples", "class_sizes", "fitted_transformer", "from_mlp", "layers_of",
    "leaky_sums", "online_readout", "refuse_steps", "resolved_rule", "rounded", "run",
    "settings_of", "stream_of", "suggest"]
