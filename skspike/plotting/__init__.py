"""Pictures of spike trains, learned networks and complexity; they need matplotlib, the extra ``skspike[plot]``."""

from ._complexity import ComplexityDisplay
from ._intrinsics import IntrinsicsDisplay
from ._loss_curve import LossCurveDisplay
from ._palette import palette
from ._psth import PSTHDisplay
from ._raster import RasterDisplay

__all__ = [
    "ComplexityDisplay", "IntrinsicsDisplay", "LossCurveDisplay", "PSTHDisplay", "RasterDisplay",
    "palette"]
