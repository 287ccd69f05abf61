"""Checks of arrays and parameters, and warnings about likely mistakes."""

from ._arrays import (
    LARGEST, MAX_VALUE, Ragged, all_finite, as_given, as_numbers, as_spikes, check_container,
    check_raster, check_real, check_size, collected, entries, is_raster, is_signed, rows_by_length,
    to_bits)
from ._fitted import (
    FittedArray, axis_length, check_arrays, check_fits, check_image_shape, check_is_fitted,
    check_keys, check_kinds, check_step, same_objects)
from ._input import check_dimensions, check_input, check_labels, check_shape, is_of_tables
from ._missing import FillsMissing, Latest, check_holds, means_of
from ._parameters import (
    DT_LIMITS, SIZE_LIMITS, STEP_LIMITS, VALUE_LIMITS, check_dt, check_image, check_jobs,
    check_number, check_numbers, check_option, check_steps, checked_times, convert, plain_number,
    shown)
from ._warnings import (
    warn, warn_if_encoded, warn_if_falling, warn_if_length_differs, warn_if_scales_differ,
    warn_if_table, warn_of_overflow)
from ._weights import in_common_unit, scaled, weighted, without_unit
