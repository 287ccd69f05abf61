"""Threads for kernels that release the GIL, and the parts of the data that they compute."""

import contextlib
import functools
import itertools
import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from joblib import effective_n_jobs, parallel_config
from threadpoolctl import OpenBLASController, ThreadpoolController

from ._arrays import Ragged, rows_by_length
from ._typing import Array
from ._warnings import warn


class Lock(type(threading.RLock())):  # type: ignore[misc]
    """A lock for ``with`` that an interrupt never leaves locked.

    From Python 3.14 on, Python may handle a signal after ``with`` has taken a lock and before its
    block begins. A lock of `threading` then stays locked.
    """

    def __enter__(self) -> bool:
        try:
            return bool(self.acquire())
        except BaseException:
            with contextlib.suppress(RuntimeError):  # if this thread has not taken it
                self.release()
            raise


@functools.lru_cache(maxsize=1)
def _pool(n_threads, process):
    # One pool, because starting threads takes longer than a small batch. It starts a thread only if
    # none is idle, and ends its threads when the next pool replaces it. Threads do not survive a
    # fork, so a new process gets a new pool.
    return ThreadPoolExecutor(n_threads, thread_name_prefix="skspike")


def count_threads(n_jobs: int | None) -> int:
    """Return the number of threads for `n_jobs`.

    joblib counts processes, and warns in a process of a pool, which cannot start any.
    """
    if not multiprocessing.current_process().daemon:
        return int(effective_n_jobs(n_jobs))
    with parallel_config("threading"):
        return int(effective_n_jobs(n_jobs))


def map_threads(
        function: Callable[[Any], Any], items: Sequence[Any], n_jobs: int | None) -> list[Any]:
    """Return the results of `function` for all `items`, in order, from up to `n_jobs` threads."""
    n_threads = count_threads(n_jobs) if len(items) > 1 else 1
    if n_threads == 1:
        return [function(item) for item in items]
    results, remaining = [None] * len(items), iter(range(len(items)))

    def work():
        try:
            for k in remaining:
                results[k] = function(items[k])
        finally:  # after an error or an interrupt, the other threads stop too
            list(remaining)

    # This thread works too, so the work is done even if the other threads are busy or do not start.
    pool, helpers = _pool(n_threads - 1, os.getpid()), []
    try:
        for _ in range(min(n_threads, len(items)) - 1):
            helpers.append(pool.submit(work))
    except RuntimeError as error:
        warn(
            f"n_jobs={n_jobs} runs with fewer threads ({len(helpers) + 1}), because the system "
            f"cannot start more: {error}.", RuntimeWarning)
    work()
    for helper in helpers:
        if not helper.cancel():
            helper.result()
    return results


def sum_threads(
        function: Callable[[Any], Any], items: Sequence[Any], add: Callable[[Any, Any], None],
        n_jobs: int | None) -> Any:
    """Return the sum of the results of `function` for all `items`, from up to `n_jobs` threads.

    ``add(total, term)`` adds in place. Results are added in the order of the items, each as soon as
    all before it are added. So few are in memory at a time, and other threads go on meanwhile.
    """
    if len(items) == 1:
        return function(items[0])
    total, waiting, n_added, lock = None, {}, 0, Lock()

    def add_result(k: int) -> None:
        """Compute a result, and add the results that are next in order."""
        nonlocal total, n_added
        term = function(items[k])
        with lock:
            waiting[k] = term
            while n_added in waiting:
                term = waiting.pop(n_added)
                if n_added:
                    add(total, term)
                else:
                    total = term
                n_added += 1

    map_threads(add_result, range(len(items)), n_jobs)
    return total


def part_bounds(length: int, n_parts: int) -> list[int]:
    """Return the starts of all parts and the end, so that lengths differ by at most 1."""
    return [length * part // n_parts for part in range(n_parts + 1)]


def map_rows(
        function: Callable[[slice], Any], n_rows: int, size: int, n_jobs: int | None) -> Any:
    """Return ``function(rows)`` for all rows as one array, from groups of at most `size` rows.

    The groups have equal sizes, and their number is even, so that two threads finish together.
    """
    n_groups = -(-n_rows // max(size, 1))
    if n_groups == 1:
        return function(slice(0, n_rows))
    n_groups = min(n_groups + n_groups % 2, n_rows)
    groups = list(itertools.starmap(slice, itertools.pairwise(part_bounds(n_rows, n_groups))))
    result, lock = None, Lock()

    def fill(rows: slice) -> None:
        """Compute the rows of a group. The first group that is finished allocates the result."""
        nonlocal result
        values = function(rows)
        with lock:
            if result is None:
                result = np.empty((n_rows, *values.shape[1:]), values.dtype)
        result[rows] = values

    map_threads(fill, groups, n_jobs)
    return result


def map_samples(
        function: Callable[[Array], Array], X: Any, n_rows: Callable[[tuple[int, ...]], int],
        n_jobs: int | None = None) -> Array:
    """Return the results of a function for all samples.

    The function takes arrays of samples of equal length, and returns one result for each sample.
    ``n_rows(shape)`` is the number of samples of a shape to pass at a time.
    """
    if not isinstance(X, Ragged):
        return map_rows(lambda rows: function(X[rows]), len(X), n_rows(X.shape[1:]), n_jobs)
    parts: list[Array] = []
    for rows in rows_by_length(X.lengths):
        size = n_rows((X.shape[1], int(X.lengths[rows[0]])))
        parts += np.array_split(rows, -(-len(rows) // max(size, 1)))
    return placed(map_threads(lambda rows: function(X.stacked(rows)), parts, n_jobs), parts)


def placed(results: Sequence[Array], parts: Sequence[Array]) -> Array:
    """Return results for parts of the samples, in the order of the samples.

    They are one array, or an array of objects if their shapes differ.
    """
    n_samples = sum(map(len, parts))
    if len({result.shape[1:] for result in results}) == 1:
        found = np.empty((n_samples, *results[0].shape[1:]), results[0].dtype)
        for rows, result in zip(parts, results, strict=True):
            found[rows] = result
        return found
    each = np.empty(n_samples, object)
    for rows, result in zip(parts, results, strict=True):
        for row, one in zip(rows, result, strict=True):
            each[row] = one
    return each


_controller = functools.lru_cache(maxsize=None)(ThreadpoolController)
# From threadpoolctl 3.8 on, the thread that sets a limit of OpenBLAS must release the control over
# it before another thread can lift the limit.
_release_control = getattr(OpenBLASController, "clear_controlling_thread", lambda: None)


class _BlasLimit:
    """Limit BLAS to one thread: the first of several fits sets the limit, the last one lifts it."""

    def __init__(self):
        self.lock, self.n_fits = Lock(), 0

    def __enter__(self):
        with self.lock:
            if self.n_fits == 0:
                self.limit = _controller().limit(limits=1, user_api="blas")
                _release_control()
            self.n_fits += 1

    def __exit__(self, *error):
        with self.lock:
            self.n_fits -= 1
            if self.n_fits == 0:
                self.limit.restore_original_limits()
                _release_control()


@functools.lru_cache(maxsize=1)
def _blas_limit(process):
    return _BlasLimit()  # a new one for each process, because a lock may be held during a fork


def one_blas_thread() -> AbstractContextManager[None]:
    """Return a context that limits BLAS to one thread, so that results can be reproduced.

    The order of BLAS's sums depends on its threads, and its idle threads slow down all others. The
    context has no effect on a BLAS that threadpoolctl does not know, such as Accelerate of macOS.
    """
    return _blas_limit(os.getpid())
