"""Plots of spike trains, learned networks and complexity, drawn with matplotlib.

Install matplotlib with the extra ``skspike[plot]``.
"""

from ._comparison import ComparisonDisplay
from ._complexity import ComplexityDisplay
from ._decision import DecisionDisplay
from ._early import EarlyDisplay
from ._evidence import EvidenceDisplay
from ._importance import ImportanceDisplay
from ._intrinsics import IntrinsicsDisplay
from ._loss_curve import LossCurveDisplay
from ._psth import PSTHDisplay
from ._raster import RasterDisplay
from ._sliding import GeneralizationDisplay, SlidingDisplay
from ._style import palette

__all__ = [
    "ComparisonDisplay", "ComplexityDisplay", "DecisionDisplay", "EarlyDisplay",
    "EvidenceDisplay", "GeneralizationDisplay", "ImportanceDisplay", "IntrinsicsDisplay",
    "LossCurveDisplay", "PSTHDisplay", "RasterDisplay", "SlidingDisplay", "palette"]
