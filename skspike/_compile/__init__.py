"""Compiled kernels, their cache on disk, random numbers inside kernels, and threads."""

from ._cache import Cache
from ._jit import complete, kernel, part, scalar
from ._noise import GOLDEN, S32, draw, mix, row_keys
from ._threads import map_threads, one_blas_thread

__all__ = [
    "GOLDEN", "S32", "Cache", "complete", "draw", "kernel", "map_threads", "mix", "one_blas_thread",
    "part", "row_keys", "scalar"]
