"""Use models after their fit: adapt them to new users, and reject samples that are unusual."""

from ._adapt import adapt, adaptation_scores
from ._rejecting import RejectingClassifier

__all__ = ["RejectingClassifier", "adapt", "adaptation_scores"]
