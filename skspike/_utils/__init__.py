"""Helpers of the estimators: base class, plug-ins, callbacks, transactions, types, and more."""

from ._callbacks import CallbackSupportMixin, Progress, fit_task, one_task, with_callbacks
from ._estimator import (
    Estimator, RasterOutputMixin, available_if, choices, optional, sections,
    with_sections)
from ._parts import part_bounds
from ._plugins import REQUIRED, PluginMixin, Registry, resolve
from ._standardise import moments, standardise
from ._transactions import as_now, atomic, consistent, replace_attributes
from ._typing import (
    Array,
    Axes,
    Bounds,
    Dataset,
    Documented,
    Method,
    Normalize,
    Numbers,
    Raster,
    Seed,
)  # fmt: skip

__all__ = [
    "REQUIRED", "Array", "Axes", "Bounds", "CallbackSupportMixin", "Dataset", "Documented",
    "Estimator", "Method", "Normalize", "Numbers", "PluginMixin", "Progress", "Raster",
    "RasterOutputMixin", "Registry", "Seed", "as_now", "atomic", "available_if", "choices",
    "consistent", "fit_task", "moments", "one_task", "optional", "part_bounds",
    "replace_attributes", "resolve", "sections", "standardise", "with_callbacks", "with_sections",
]  # fmt: skip
