"""Fitted estimators that process their input step by step."""

from ._networks import stream_of
from ._utils import Stream

__all__ = ["Stream", "stream_of"]
