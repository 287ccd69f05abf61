"""Scores of events in recordings, and of a target at each step."""

from ._events import event_scores, matched as matched
from ._steps import (
    UNKNOWN as UNKNOWN, as_labels as as_labels, known_classes as known_classes, step_accuracy,
    step_r2)

__all__ = ["event_scores", "step_accuracy", "step_r2"]
