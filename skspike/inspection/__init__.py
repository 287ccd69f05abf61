"""Explanations of fitted models: evidence of single inputs, and importance of channels."""

from ._explain import Explanation, explain
from ._importance import Importance, channel_importance

__all__ = ["Explanation", "Importance", "channel_importance", "explain"]
