"""Explanations of fitted models, importance of channels, and controls of spike times."""

from ._explain import Explanation, explain
from ._importance import Importance, channel_importance
from ._surrogates import TimingScores, jitter_spikes, shuffle_trials, swap_times, timing_scores

__all__ = [
    "Explanation", "Importance", "TimingScores", "channel_importance", "explain", "jitter_spikes",
    "shuffle_trials", "swap_times", "timing_scores"]
