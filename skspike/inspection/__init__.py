"""Explanations, importance of channels, comparisons of settings, and controls of spike times."""

from ._comparison import Comparison, compare_values
from ._explain import explain
from ._importance import Importance as Importance, channel_importance
from ._surrogates import jitter_spikes, shuffle_trials, swap_times, timing_scores

__all__ = [
    "Comparison", "channel_importance", "compare_values", "explain", "jitter_spikes",
    "shuffle_trials", "swap_times", "timing_scores"]
