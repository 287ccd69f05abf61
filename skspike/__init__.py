"""Spiking neural networks as scikit-learn estimators."""

import importlib
import pkgutil

from ._classifier import SNNClassifier
from ._counter import SpikeCounter
from ._encoder import SpikeEncoder
from ._lzc_classifier import LZCClassifier
from ._lzc_transformer import LZCTransformer
from ._persistence import trusted_types
from ._regressor import SNNRegressor
from ._rocket import SpikingRocket
from ._show_versions import show_versions
from ._transformer import SNNTransformer
from ._union import RasterUnion
from ._warm_up import warm_up

__all__ = [
    "LZCClassifier", "LZCTransformer", "RasterUnion", "SNNClassifier", "SNNRegressor", "SNNTransformer", "SpikeCounter", "SpikeEncoder",
    "SpikingRocket", "show_versions", "trusted_types", "warm_up",
]  # fmt: skip
__version__ = "0.1.0"


def _parts():
    """Return the names of the public modules in this folder."""
    return [found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_")]


def __getattr__(name):
    """Import a part of the package where it is first asked for, as in ``skspike.datasets``: what is not used costs no time."""
    if not name.startswith("_") and name in _parts():
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*__all__, *_parts(), "__version__"])
