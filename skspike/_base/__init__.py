"""Parts of all other folders: checks of input, base classes of estimators, compiled code."""

# input: arrays, samples, their weights and missing values, tables of events, numbers
from ._arrays import (
    LARGEST, MAX_VALUE, Ragged, all_finite, as_given, as_numbers, as_spikes, check_container,
    check_raster, check_real, check_size, collected, entries, is_raster, is_signed, rows_by_length,
    to_bits)
from ._event_tables import HOUR, ROUNDING, check_decisions, check_events, time_blocks
from ._missing_values import FillsMissing, Latest, check_holds, means_of
from ._moments import (
    MIN_SCALE, RESOLUTION, STEP, Moments, all_moments, rows_per_block, scales, standardise,
    to_shape)
from ._numbers import (
    DT_LIMITS, SIZE_LIMITS, STEP_LIMITS, VALUE_LIMITS, check_image, check_jobs, check_number,
    check_numbers, check_option, check_steps, checked_times, checked_weights, convert, plain_number,
    shown, similar)
from ._sample_weights import in_common_unit, scaled, weighted, without_unit
from ._samples import (
    check_dimensions, check_input, check_labels, check_panel, check_shape, is_of_tables)
from ._step_length import check_dt, check_same_dt, given_dt, remember_dt, with_dt
from ._typing import (
    Array, Axes, Bounds, Dataset, Documented, Method, Normalize, Numbers, Raster, Seed, Step)
from ._warnings import (
    warn, warn_if_encoded, warn_if_falling, warn_if_length_differs, warn_if_recording,
    warn_if_scales_differ, warn_if_short, warn_if_table, warn_of_overflow)

# isort: split
# estimators: base classes, fits, fitted attributes, streams, plug-ins
from ._estimator import (
    SKIPPED, Estimator, Prepared, RasterOutputMixin, accuracy, address_of_pages, available_if,
    choices, last_of, optional, sections, steps_of, unfrozen, with_sections)
from ._fitted_arrays import (
    FittedArray, axis_length, check_arrays, check_fits, check_image_shape, check_is_fitted,
    check_keys, check_kinds, check_step, same_objects)
from ._inner_classifier import (
    LINEAR, LINEAR_CLASSIFIERS, READERS, DecisionMixin, InnerClassifierMixin, checked_classes,
    decide, seeded, takes_columns, unseeded)
from ._plugins import REQUIRED, Registry, in_steps, resolve, same_parts
from ._stream import Stream, absent
from ._transactions import (
    CallbackSupportMixin, Progress, atomic, consistent, fit_task, one_task, replace_attributes,
    snapshot, with_callbacks)

# isort: split
# compiled code: kernels, their instructions, cache, random numbers and threads
from ._instructions import (
    LINE, clear_lowest, copy, count_ones, instruction, multiply_add, pack_bits, pack_words, pointer,
    select, set_zero, stack_array, trailing_zeros, unpack_bits)
from ._jit import complete, fragment, kernel, no_arrays, scalar
from ._noise import GOLDEN, S32, UNIT, content_keys, draw, key_words, mix, row_key, row_keys
from ._numba import Cache
from ._threads import (
    Lock, count_threads, map_rows, map_samples, map_threads, one_blas_thread, part_bounds, placed,
    sum_threads)
