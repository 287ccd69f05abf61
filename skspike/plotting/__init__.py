"""Plots of spike trains, learned networks and complexity, drawn with matplotlib.

Install matplotlib with the extra ``skspike[plot]``.
"""

from ._comparison import ComparisonDisplay
from ._complexity import ComplexityDisplay
from ._decoding import DecisionDisplay, EarlyDisplay, GeneralizationDisplay, SlidingDisplay
from ._evidence import EvidenceDisplay
from ._importance import ImportanceDisplay
from ._learned import IntrinsicsDisplay, LossCurveDisplay
from ._raster import PSTHDisplay, RasterDisplay
from ._style import palette

__all__ = [
    "ComparisonDisplay", "ComplexityDisplay", "DecisionDisplay", "EarlyDisplay",
    "EvidenceDisplay", "GeneralizationDisplay", "ImportanceDisplay", "IntrinsicsDisplay",
    "LossCurveDisplay", "PSTHDisplay", "RasterDisplay", "SlidingDisplay", "palette"]
