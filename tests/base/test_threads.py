"""Threads, and the limit on the threads of BLAS."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from skspike import SNNTransformer
from skspike._base import _threads
from skspike._base._threads import (
    _release_control, count_threads, map_rows, map_threads, one_blas_thread, sum_threads)


def blas_threads():
    return {pool["num_threads"] for pool in ThreadpoolController().select(user_api="blas").info()}


needs_known_blas = pytest.mark.skipif(
    not blas_threads(),
    reason="threadpoolctl knows no BLAS here and cannot limit its threads, such as Accelerate")


@pytest.fixture(autouse=True)
def two_blas_threads():
    """Give BLAS two threads, even on one core, so that there is a limit to lift."""
    limit = ThreadpoolController().limit(limits=2, user_api="blas")
    _release_control()
    yield
    limit.restore_original_limits()
    _release_control()


@pytest.mark.parametrize("n_jobs", [None, 1, 2, -1])
def test_results_keep_their_order(n_jobs):
    assert map_threads(lambda k: k * k, range(20), n_jobs) == [k * k for k in range(20)]


@pytest.mark.filterwarnings("error")
def test_processes_of_a_pool_use_threads_and_do_not_warn(monkeypatch):
    monkeypatch.setattr(multiprocessing.process, "_current_process", Mock(daemon=True))
    assert [count_threads(n_jobs) for n_jobs in (None, 1, 2)] == [1, 1, 2]
    barrier = threading.Barrier(2, timeout=60)  # passed by two threads only
    map_threads(lambda k: barrier.wait(), range(2), 2)


@pytest.mark.parametrize("n_jobs", [None, 1, 2, 8])
def test_results_are_added_in_their_order(n_jobs, rng):
    delays = rng.permutation(20) / 5000

    def function(k):
        time.sleep(delays[k])
        return [k]

    assert sum_threads(function, range(20), list.extend, n_jobs) == list(range(20))


def test_one_thread_adds_a_result_before_it_computes_the_next():
    calls = []

    def function(k):
        calls.append(k)
        return []

    sum_threads(function, range(3), lambda total, part: calls.append("add"), 1)
    assert calls == [0, 1, "add", 2, "add"]


@pytest.mark.parametrize(("size", "n_jobs"), [(0, None), (4, 2), (5, 2), (11, None), (100, 2)])
def test_rows_are_computed_in_groups_of_a_limited_size(size, n_jobs):
    sizes = []

    def function(rows):
        sizes.append(rows.stop - rows.start)
        return np.arange(rows.start, rows.stop)[:, np.newaxis] * [1.0, 2.0]

    found = map_rows(function, 11, size, n_jobs)
    np.testing.assert_array_equal(found, np.arange(11)[:, np.newaxis] * [1.0, 2.0])
    assert found.dtype == float and 1 <= min(sizes) and max(sizes) <= max(size, 1)
    assert max(sizes) - min(sizes) <= 1 and (len(sizes) % 2 == 0 or len(sizes) in (1, 11))


@needs_known_blas
def test_blas_is_limited_meanwhile_and_free_again():
    with one_blas_thread():
        assert blas_threads() == {1}
    assert blas_threads() == {2}


@needs_known_blas
@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt])
def test_limit_is_lifted_after_an_error(error):
    with pytest.raises(error), one_blas_thread():
        raise error
    assert blas_threads() == {2}


@needs_known_blas
@pytest.mark.parametrize("first_out", [0, 1])
def test_limit_holds_until_the_last_of_two_threads_has_left(first_out):
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        blocks = [(thread, one_blas_thread()) for thread in (one, other)]
        for thread, block in blocks:
            thread.submit(block.__enter__).result()
        assert blas_threads() == {1}
        for (thread, block), left in ((blocks[first_out], {1}), (blocks[1 - first_out], {2})):
            thread.submit(block.__exit__).result()
            assert blas_threads() == left


def is_locked(lock):
    """Return whether another thread must wait for a lock."""
    found = []

    def attempt():
        if lock.acquire(blocking=False):
            lock.release()
        else:
            found.append(lock)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return bool(found)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs the timers of POSIX")
def test_signals_do_not_leave_the_limit_locked(monkeypatch, rng):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    # threadpoolctl has a lock of its own, which Python 3.14 can leave locked
    limiter = SimpleNamespace(restore_original_limits=lambda: None)
    controller = SimpleNamespace(limit=lambda **limits: limiter)
    monkeypatch.setattr(_threads, "_controller", lambda: controller)
    monkeypatch.setattr(_threads, "_release_control", lambda: None)
    limit = _threads._BlasLimit()
    monkeypatch.setattr(_threads, "_blas_limit", lambda process: limit)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for delay in rng.uniform(1e-6, 1e-3, 300):
            with contextlib.suppress(KeyboardInterrupt):
                signal.setitimer(signal.ITIMER_REAL, delay)
                while True:
                    with one_blas_thread():
                        pass
            assert not is_locked(limit.lock)
    finally:
        signal.signal(signal.SIGALRM, before)


def own_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("skspike")]


def test_any_number_of_calls_leaves_at_most_n_jobs_threads():
    X = (np.random.default_rng(0).random((40, 4, 100)) < 0.1).astype(np.uint8)
    network = SNNTransformer(8, rule=None, random_state=0).fit(X)
    for n_jobs in range(2, 33):
        for n_pieces in (2, 3, n_jobs, 50):
            map_threads(lambda k: time.sleep(1e-4), range(n_pieces), n_jobs)
        network.set_params(n_jobs=n_jobs).transform(X)
    deadline = time.monotonic() + 600  # replaced pools end their threads in the background
    while len(own_threads()) >= 32 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(own_threads()) < 32


def test_calls_may_be_nested_and_concurrent():
    def rows(n):
        return map_threads(lambda k: map_threads(lambda m: k * m, range(n), 3), range(n), 3)

    expected = [[k * m for m in range(6)] for k in range(6)]
    with ThreadPoolExecutor(8) as callers:
        assert list(callers.map(rows, [6] * 40, timeout=3600)) == [expected] * 40


@pytest.mark.parametrize("wrong", [0, 30])
def test_an_error_reaches_the_caller_and_stops_the_other_threads(wrong):
    done = []

    def work(k):
        time.sleep(1e-3)
        if k == wrong:
            raise KeyError(k)
        done.append(k)

    with pytest.raises(KeyError, match=str(wrong)):
        map_threads(work, range(1000), 4)
    assert len(done) < 100
    assert map_threads(lambda k: k, range(9), 4) == list(range(9))


@pytest.mark.parametrize("n_available", [0, 2])
def test_a_call_goes_on_with_the_threads_that_the_system_starts(n_available, monkeypatch):
    start, started = threading.Thread.start, []

    def limited(self):
        if len(started) == n_available:
            raise RuntimeError("can't start new thread")
        start(self)
        started.append(self)

    _threads._pool.cache_clear()
    monkeypatch.setattr(threading.Thread, "start", limited)
    with pytest.warns(
            RuntimeWarning,
            match=rf"n_jobs=5 runs with fewer threads \({n_available + 1}\), because the system "
            "cannot start more: can't start new thread"):
        assert map_threads(lambda k: time.sleep(0.01) or k, range(7), 5) == list(range(7))
    assert len(started) == n_available


FORK = """
    import os
    import signal
    import sys
    import threading
    import numpy as np
    from skspike import SNNTransformer

    X = (np.random.default_rng(0).random((90, 10, 10000)) < 0.01).astype(np.uint8)
    network = SNNTransformer(16, rule=None, n_jobs=2, random_state=0).fit(X)
    expected = network.transform(X)
    assert any(thread.name.startswith("skspike") for thread in threading.enumerate())
    child = os.fork()
    if child == 0:
        signal.alarm(3600)  # instead of waiting forever
        os._exit(0 if np.array_equal(network.fit(X).transform(X), expected) else 1)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_threads_work_in_a_forked_process():
    """The threads of the parent do not exist in the child, which must not wait for them."""
    subprocess.run([sys.executable, "-c", textwrap.dedent(FORK)], check=True)
