"""Threads over kernels that release the GIL."""

import functools
import os
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from operator import itemgetter
from typing import Any

from joblib import effective_n_jobs
from threadpoolctl import OpenBLASController, ThreadpoolController

from .._checks import warn


@functools.lru_cache(maxsize=None)
def _pool(n_threads, process):
    # kept, for a pool costs more to start than a small batch takes; not across a fork, which leaves
    # the threads behind
    pool, begin = ThreadPoolExecutor(n_threads, thread_name_prefix="skspike"), threading.Event()
    try:
        for _ in range(n_threads):
            # none is idle, so that each starts a thread: all are there, or there is an error before
            # any work
            pool.submit(begin.wait)
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
        warn(
            f"n_jobs={n_jobs} goes on with one thread, for the system gives no more: {error}.",
            RuntimeWarning)
        return [function(item) for item in items]
    return list(pool.map(function, items))


_controller = functools.lru_cache(maxsize=None)(ThreadpoolController)
# From threadpoolctl 3.8 on, the thread that limits OpenBLAS alone may change the limit, until it
# says that it is done.
_done = getattr(OpenBLASController, "clear_controlling_thread", lambda: None)


class _BlasLimit:
    """A limit for the whole process under which any number of blocks may be at once: the first in sets it, the last out lifts it.

    An interrupt between two lines may leave a block inside, a limit that is lifted already, or the
    lock in the hands of its thread: of its own blocks a thread forgets those whose frames have
    ended, the first in sets the limit in any case, and a thread first lets go of the lock.
    """

    def __init__(self):
        self.lock, self.inside, self.limit = threading.RLock(), set(), None

    def enter(self, block):
        """Take note of a block, which is a thread and a frame, and set the limit if it is the first."""
        with _let_go(self.lock):
            self.inside -= _ended(self.inside)
            if not self.inside:
                # of two the older knows what there was before; in one line, for whoever sets a
                # limit must remember it
                self.limit = next(
                    filter(None, (self.limit, _controller().limit(limits=1, user_api="blas"))))
                _done()
            self.inside.add(block)

    def leave(self, block):
        """Forget a block, and lift the limit if it was the last."""
        with _let_go(self.lock):
            self.inside -= _ended(self.inside) | {block}
            if not self.inside and self.limit is not None:
                self.limit.restore_original_limits()
                self.limit = None
                _done()


def _let_go(lock):
    """Return a lock that this thread does not hold."""
    while lock._is_owned():  # as threading.Condition asks
        lock.release()
    return lock


def _ended(blocks):
    """Return the blocks of this thread whose frames have ended."""
    thread = threading.get_ident()
    running = {*map(id, map(itemgetter(0), traceback.walk_stack(sys._getframe())))}
    return {
        (owner, number) for owner, number in blocks if owner == thread and number not in running}


class _Block:
    def __init__(self, limit):
        self.limit, self.name = limit, None

    def __enter__(self):
        self.name = threading.get_ident(), id(sys._getframe(1))
        self.limit.enter(self.name)

    def __exit__(self, *error):
        self.limit.leave(self.name)


# by process: a fork takes along a lock that may be held, but not the thread that would release it
_limits: dict[int, Any] = {}


def one_blas_thread():
    """Keep BLAS to one thread in a with block, one of a frame: its own threads would fight those of `map_threads`, and order its sums."""
    return _Block(_limits.setdefault(os.getpid(), _BlasLimit()))
