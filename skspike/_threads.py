"""Threads over kernels that release the GIL."""

import functools
import os
from concurrent.futures import ThreadPoolExecutor

from joblib import effective_n_jobs
from threadpoolctl import ThreadpoolController


@functools.lru_cache(maxsize=None)
def _pool(n_threads, process):
    # kept, for a pool costs more to start than a small batch takes; not across a fork, which leaves the threads behind
    return ThreadPoolExecutor(n_threads, thread_name_prefix="skspike")


def map_threads(function, items, n_jobs):
    """Return the results of `function` over `items` in their order, from up to `n_jobs` threads."""
    n_threads = min(effective_n_jobs(n_jobs), len(items)) if len(items) > 1 else 1
    if n_threads == 1:
        return [function(item) for item in items]
    return list(_pool(n_threads, os.getpid()).map(function, items))


_controller = functools.lru_cache(maxsize=None)(ThreadpoolController)


def one_blas_thread():
    """Keep BLAS to one thread in a with block: its own threads would fight those of `map_threads`, and set the order of its sums."""
    return _controller().limit(limits=1, user_api="blas")
