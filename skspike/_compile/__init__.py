"""Compiled kernels, their cache on disk, random numbers inside kernels, and threads."""

from ._cache import Cache
from ._instructions import (
    LINE, clear_lowest, copy, count_ones, intrinsic_for, multiply_add, pack_bits, pointer, select,
    set_zero, stack_array, trailing_zeros, unpack_bits)
from ._jit import complete, kernel, part, scalar
from ._noise import GOLDEN, S32, content_keys, draw, mix, row_keys
from ._switches import POOL
from ._threads import map_rows, map_threads, one_blas_thread, sum_threads

__all__ = [
    "Cache", "GOLDEN", "LINE", "POOL", "S32", "clear_lowest", "complete", "content_keys", "copy",
    "count_ones", "draw", "intrinsic_for", "kernel", "map_rows", "map_threads", "mix",
    "multiply_add", "one_blas_thread", "pack_bits", "part", "pointer", "row_keys", "scalar",
    "select", "set_zero", "stack_array", "sum_threads", "trailing_zeros", "unpack_bits"]
