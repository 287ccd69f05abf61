"""Fitted networks that take their input one step at a time."""

from .snn import ClassifierStream, RegressorStream, Stream

__all__ = ["ClassifierStream", "RegressorStream", "Stream"]
