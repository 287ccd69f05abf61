"""Estimators around others: early, rejecting, sliding, adapted, trained in parts."""

from ._adapt import adapt, adaptation_scores
from ._average import as_classifier, as_transformer, averaged
from ._early import EarlyClassifier, Joined as Joined, checks_of
from ._event_decisions import LIMIT
from ._events import EventDetector, decisions_of, filtered as filtered, found_in
from ._fit_in_parts import fit_in_parts
from ._rejecting import RejectingClassifier, Rejection as Rejection
from ._sliding import SlidingDecoder, folds
from ._statistics_of_parts import Statistics, release_moments, together

__all__ = [
    "EarlyClassifier", "EventDetector", "LIMIT", "RejectingClassifier", "SlidingDecoder",
    "Statistics", "adapt", "adaptation_scores", "as_classifier", "as_transformer", "averaged",
    "checks_of", "decisions_of", "fit_in_parts", "folds", "found_in", "release_moments", "together"]
