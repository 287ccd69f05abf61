"""Helpers: base class of the estimators, plug-ins, callbacks, transactions, series, types."""

from ._accuracy import accuracy
from ._callbacks import CallbackSupportMixin, Progress, fit_task, one_task, with_callbacks
from ._estimator import (
    Estimator, RasterOutputMixin, available_if, choices, optional, sections, with_sections)
from ._moments import MIN_SCALE, RESOLUTION, Moments, rows_per_block, to_shape
from ._plugins import REQUIRED, PluginMixin, Registry, resolve
from ._samples import map_samples, placed
from ._series import STEP, moments, part_bounds, standardise
from ._stateful import Stateful
from ._transactions import atomic, consistent, replace_attributes, snapshot
from ._typing import (
    Array, Axes, Bounds, Dataset, Documented, Method, Normalize, Numbers, Raster, Seed)
