"""Use models after their fit: adapt them to new users, and reject samples that are unusual."""

from ._adapt import adapt
from ._rejecting import RejectingClassifier
from ._scores import AdaptationScores, adaptation_scores

__all__ = ["AdaptationScores", "RejectingClassifier", "adapt", "adaptation_scores"]
