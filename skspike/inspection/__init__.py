"""Explanations, comparisons, costs and controls of models, and their figures.

Figures need matplotlib: install the extra ``skspike[plot]``."""

from ._comparison import Comparison, ComparisonDisplay, compare_values
from ._complexity_display import ComplexityDisplay
from ._costs import c_instructions, c_size, latency
from ._decoding_displays import DecisionDisplay, EarlyDisplay, GeneralizationDisplay, SlidingDisplay
from ._event_displays import DetectionDisplay, EventDisplay
from ._evidence_display import EvidenceDisplay
from ._explain import explain
from ._importance import Importance as Importance, ImportanceDisplay, channel_importance
from ._learning_displays import IntrinsicsDisplay, LossCurveDisplay
from ._operations import SynapticOperations, energy, synaptic_operations
from ._raster_displays import PSTHDisplay, RasterDisplay
from ._style import palette
from ._surrogates import jitter_spikes, shuffle_trials, swap_times, timing_scores

__all__ = [
    "Comparison", "ComparisonDisplay", "ComplexityDisplay", "DecisionDisplay", "DetectionDisplay",
    "EarlyDisplay", "EventDisplay", "EvidenceDisplay", "GeneralizationDisplay", "ImportanceDisplay",
    "IntrinsicsDisplay", "LossCurveDisplay", "PSTHDisplay", "RasterDisplay", "SlidingDisplay",
    "SynapticOperations", "c_instructions", "c_size", "channel_importance", "compare_values",
    "energy", "explain", "jitter_spikes", "latency", "palette", "shuffle_trials", "swap_times",
    "synaptic_operations", "timing_scores"]
