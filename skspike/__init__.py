"""Spiking neural networks as scikit-learn estimators."""

from ._classifier import SNNClassifier
from ._counter import SpikeCounter
from ._encoder import SpikeEncoder
from ._lzc_classifier import LZCClassifier
from ._lzc_transformer import LZCTransformer
from ._regressor import SNNRegressor
from ._rocket import SpikingRocket
from ._transformer import SNNTransformer
from ._warm_up import warm_up

__all__ = [
    "LZCClassifier", "LZCTransformer", "SNNClassifier", "SNNRegressor", "SNNTransformer", "SpikeCounter", "SpikeEncoder", "SpikingRocket",
    "warm_up",
]  # fmt: skip
__version__ = "0.1.0"
