"""Fitted networks that process their input step by step."""

from .snn import ClassifierStream, RegressorStream, Stream

__all__ = ["ClassifierStream", "RegressorStream", "Stream"]
