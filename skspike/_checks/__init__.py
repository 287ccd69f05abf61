"""Checks of arrays and parameters, and warnings about likely mistakes."""

from ._arrays import as_numbers, check_container, check_foreign, check_real, is_raster, ragged
from ._validation import (
    DT,
    LARGEST,
    SIZE,
    as_spikes,
    check_dimensions,
    check_input,
    check_jobs,
    check_number,
    check_numbers,
    check_option,
    check_raster,
    check_shape,
    convert,
    shown,
)  # fmt: skip
from ._warnings import (
    warn,
    warn_if_encoded,
    warn_if_falling,
    warn_if_scales_differ,
    warn_if_table,
    warn_of_overflow,
)  # fmt: skip

__all__ = [
    "DT", "LARGEST", "SIZE", "as_numbers", "as_spikes", "check_container", "check_dimensions",
    "check_foreign", "check_input", "check_jobs", "check_number", "check_numbers", "check_option",
    "check_raster", "check_real", "check_shape", "convert", "is_raster", "ragged", "shown", "warn",
    "warn_if_encoded", "warn_if_falling", "warn_if_scales_differ", "warn_if_table",
    "warn_of_overflow",
]  # fmt: skip
