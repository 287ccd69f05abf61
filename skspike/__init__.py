"""Spiking neural networks as scikit-learn estimators."""

import importlib
import pkgutil

from ._base import Stream, time_blocks
from ._installation import show_versions, warm_up
from ._meta import (
    EarlyClassifier, EventDetector, RejectingClassifier, SlidingDecoder, adapt, adaptation_scores,
    fit_in_parts)
from ._networks import (
    SNNClassifier, SNNRegressor, SNNTransformer, SpikingPatches, SpikingRocket, from_mlp, stream_of,
    suggest)
from ._persistence import trusted_types
from .coding import SpikeEncoder
from .complexity import LZCClassifier, LZCTransformer
from .simulation import Convolution
from .trains import SpikeCounter, SpikeTrainClassifier

__all__ = [
    "Convolution", "EarlyClassifier", "EventDetector", "LZCClassifier", "LZCTransformer",
    "RejectingClassifier", "SNNClassifier", "SNNRegressor", "SNNTransformer", "SlidingDecoder",
    "SpikeCounter", "SpikeEncoder", "SpikeTrainClassifier", "SpikingPatches", "SpikingRocket",
    "Stream", "adapt", "adaptation_scores", "fit_in_parts", "from_mlp", "show_versions",
    "stream_of", "suggest", "time_blocks", "trusted_types", "warm_up"]
__version__ = "0.2.0"


def _parts():
    """Return the names of the public modules of the package."""
    return [
        module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]


def __getattr__(name):
    """Import a public module, such as ``skspike.datasets``, when it is used for the first time."""
    if not name.startswith("_") and name in _parts():
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*__all__, *_parts(), "__version__"])
