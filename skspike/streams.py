"""Fitted encoders and networks that process their input step by step."""

from ._estimators import EncoderStream, SpikeTrainStream
from ._networks import ClassifierStream, EarlyStream, RegressorStream, Stream, stream_of

__all__ = [
    "ClassifierStream", "EarlyStream", "EncoderStream", "RegressorStream", "SpikeTrainStream",
    "Stream", "stream_of"]
