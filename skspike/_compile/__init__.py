"""Compiled kernels, their cache on disk, random numbers inside kernels, and threads."""

from ._instructions import (
    LINE, clear_lowest, copy, count_ones, instruction, multiply_add, pack_bits, pointer, select,
    set_zero, stack_array, trailing_zeros, unpack_bits)
from ._jit import complete, fragment, kernel, scalar
from ._noise import GOLDEN, S32, UNIT, content_keys, draw, key_words, mix, row_keys
from ._numba import Cache
from ._threads import (
    count_threads, map_rows, map_samples, map_threads, one_blas_thread, part_bounds, placed,
    sum_threads)
