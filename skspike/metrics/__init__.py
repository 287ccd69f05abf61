"""Scores of events in recordings, and of a target at each step."""

from ._events import event_scores, joined as joined, right_pairs as right_pairs
from ._steps import step_accuracy, step_r2

__all__ = ["event_scores", "step_accuracy", "step_r2"]
