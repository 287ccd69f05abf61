"""Estimators that hold a spiking network, and the streams of fitted networks."""

from ._base import SpikingNetwork
from ._classifier import SNNClassifier
from ._regressor import SNNRegressor
from ._running import checked, layers_of, run
from ._settings import MAX_DELAY
from ._standardise import to_bits
from ._streams import ClassifierStream, RegressorStream, Stream, stream_of
from ._transformer import SNNTransformer, fitted_transformer

__all__ = [
    "MAX_DELAY", "ClassifierStream", "RegressorStream", "SNNClassifier", "SNNRegressor",
    "SNNTransformer", "SpikingNetwork", "Stream", "checked", "fitted_transformer", "layers_of",
    "run", "stream_of", "to_bits"]
