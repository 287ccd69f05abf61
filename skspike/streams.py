"""Fitted encoders and networks that process their input step by step."""

from .rasters import EncoderStream
from .snn import ClassifierStream, RegressorStream, Stream, stream_of

__all__ = ["ClassifierStream", "EncoderStream", "RegressorStream", "Stream", "stream_of"]
