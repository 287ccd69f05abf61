"""Helpers: base class of the estimators, plug-ins, callbacks, transactions, series, types."""

from ._estimator import (
    Estimator, Prepared, RasterOutputMixin, accuracy, address_of_pages, available_if, choices,
    last_of, optional, sections, steps_of, unfrozen, with_sections)
from ._fits import (
    CallbackSupportMixin, Progress, atomic, consistent, fit_task, one_task, replace_attributes,
    snapshot, with_callbacks)
from ._moments import (
    MIN_SCALE, RESOLUTION, STEP, Moments, all_moments, rows_per_block, scales, standardise,
    to_shape)
from ._plugins import REQUIRED, Registry, resolve, same_parts
from ._stream import Stream, absent
from ._typing import (
    Array, Axes, Bounds, Dataset, Documented, Method, Normalize, Numbers, Raster, Seed, Step)
