"""Plots of spike trains, learned networks and complexity, drawn with matplotlib.

Install matplotlib with the extra ``skspike[plot]``.
"""

from ._complexity import ComplexityDisplay
from ._evidence import EvidenceDisplay
from ._intrinsics import IntrinsicsDisplay
from ._loss_curve import LossCurveDisplay
from ._psth import PSTHDisplay
from ._raster import RasterDisplay
from ._style import palette

__all__ = [
    "ComplexityDisplay", "EvidenceDisplay", "IntrinsicsDisplay", "LossCurveDisplay", "PSTHDisplay",
    "RasterDisplay", "palette"]
