"""Estimators that turn data into rasters, and rasters and series into features."""

from ._counter import SpikeCounter
from ._delayed_neurons import NeuronGroup
from ._encoder import SpikeEncoder
from ._inner_classifier import READERS, InnerClassifierMixin, seeded, unseeded
from ._lzc import LZCClassifier, LZCTransformer, features_of
from ._novelty import Typical, Usual, moments_of
from ._patch_neurons import PatchLayer
from ._patches import SpikingPatches
from ._raster_features import as_raster
# `name as name` exports a name to the package that the reference does not document.
from ._rocket import MAX_DEVIATION as MAX_DEVIATION, MIN_AMPLITUDE as MIN_AMPLITUDE, SpikingRocket
from ._sliding import SlidingDecoder, folds
from ._train_classifier import SpikeTrainClassifier
from ._train_models import fitted_in_parts, weighted_experts

__all__ = [
    "READERS", "InnerClassifierMixin", "LZCClassifier", "LZCTransformer", "NeuronGroup",
    "PatchLayer", "SlidingDecoder", "SpikeCounter", "SpikeEncoder", "SpikeTrainClassifier",
    "SpikingPatches", "SpikingRocket", "Typical", "Usual", "as_raster", "features_of",
    "fitted_in_parts", "folds", "moments_of", "seeded", "unseeded", "weighted_experts"]
