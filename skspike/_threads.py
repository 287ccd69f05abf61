"""Threads over kernels that release the GIL."""

import functools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from joblib import effective_n_jobs
from threadpoolctl import OpenBLASController, ThreadpoolController

from ._mistakes import warn


@functools.lru_cache(maxsize=None)
def _pool(n_threads, process):
    # kept, for a pool costs more to start than a small batch takes; not across a fork, which leaves the threads behind
    pool, begin = ThreadPoolExecutor(n_threads, thread_name_prefix="skspike"), threading.Event()
    try:
        for _ in range(n_threads):
            pool.submit(begin.wait)  # none is idle, so that each starts a thread: all are there, or there is an error before any work
    except RuntimeError:
        begin.set()
        pool.shutdown()
        raise
    begin.set()
    return pool


def map_threads(function, items, n_jobs):
    """Return the results of `function` over `items` in their order, from up to `n_jobs` threads."""
    n_threads = min(effective_n_jobs(n_jobs), len(items)) if len(items) > 1 else 1
    if n_threads == 1:
        return [function(item) for item in items]
    try:
        pool = _pool(n_threads, os.getpid())
    except RuntimeError as error:
        warn(f"n_jobs={n_jobs} goes on with one thread, for the system gives no more: {error}.", RuntimeWarning)
        return [function(item) for item in items]
    return list(pool.map(function, items))


_controller = functools.lru_cache(maxsize=None)(ThreadpoolController)
# From threadpoolctl 3.8 on, the thread that limits OpenBLAS alone may change the limit, until it says that it is done.
_done = getattr(OpenBLASController, "clear_controlling_thread", lambda: None)


class _OneBlasThread:
    """A limit for the whole process under which any number of threads may be at once: the first in sets it, the last out lifts it."""

    def __init__(self):
        self.lock, self.n_inside, self.limit = threading.Lock(), 0, None

    def __enter__(self):
        with self.lock:
            if self.n_inside == 0:
                self.limit = _controller().limit(limits=1, user_api="blas")
                _done()
            self.n_inside += 1

    def __exit__(self, *error):
        with self.lock:
            self.n_inside -= 1
            if self.n_inside == 0:
                self.limit.restore_original_limits()
                _done()


_limits: dict[int, Any] = {}  # by process: a fork takes along a lock that may be held, but not the thread that would release it


def one_blas_thread():
    """Keep BLAS to one thread in a with block: its own threads would fight those of `map_threads`, and set the order of its sums."""
    return _limits.setdefault(os.getpid(), _OneBlasThread())
