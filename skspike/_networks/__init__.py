"""Estimators that hold a spiking network, and the streams of fitted networks."""

from ._average import as_classifier, as_transformer, averaged
from ._base import SpikingNetwork
from ._choices import suggest
from ._classifier import SNNClassifier
from ._decoding import DecodingNetwork
from ._early import EarlyClassifier, stopping_of
from ._fitted import check_channels, checked, layers_of, run
from ._from_mlp import from_mlp
from ._input import MAX_DEVIATIONS
from ._labels import class_sizes
from ._parameters import ADAPTATION_LIMITS
from ._regressor import SNNRegressor
from ._rehearsal import Memory
from ._settings import MAX_DELAY, check_length_known, check_streams, resolved_rule, settings_of
from ._statistics import Statistics, release_moments, together
from ._streams import online_readout, stream_of
from ._transformer import SNNTransformer, fitted_transformer

__all__ = [
    "ADAPTATION_LIMITS", "MAX_DELAY", "MAX_DEVIATIONS", "DecodingNetwork",
    "EarlyClassifier", "Memory", "SNNClassifier",
    "SNNRegressor", "SNNTransformer", "SpikingNetwork", "Statistics", "as_classifier",
    "as_transformer", "averaged", "check_channels", "check_length_known", "check_streams",
    "checked", "class_sizes", "fitted_transformer", "from_mlp", "layers_of", "online_readout",
    "release_moments", "resolved_rule", "run", "settings_of", "stopping_of", "stream_of",
    "suggest", "together"]
