"""Estimators that hold a spiking network, and the streams of fitted networks."""

from ._base import SpikingNetwork
from ._classifier import SNNClassifier
from ._labels import class_sizes
from ._regressor import SNNRegressor
from ._running import checked, layers_of, run
from ._settings import MAX_DELAY
from ._standardise import MAX_DEVIATIONS, to_bits
from ._streams import ClassifierStream, RegressorStream, Stream, stream_of
from ._transformer import SNNTransformer, fitted_transformer

__all__ = [
    "MAX_DELAY", "MAX_DEVIATIONS", "ClassifierStream", "RegressorStream", "SNNClassifier",
    "SNNRegressor", "SNNTransformer", "SpikingNetwork", "Stream", "checked", "class_sizes",
    "fitted_transformer", "layers_of", "run", "stream_of", "to_bits"]
