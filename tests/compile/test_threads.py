"""Threads, and the limit on those of BLAS."""

import os
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from threadpoolctl import ThreadpoolController

from skspike._compile._threads import _done, map_threads, one_blas_thread


def blas_threads():
    return {pool["num_threads"] for pool in ThreadpoolController().select(user_api="blas").info()}


@pytest.fixture(autouse=True)
def two_blas_threads():
    """More than one thread, on a machine of one core too: else there is no limit to lift."""
    limit = ThreadpoolController().limit(limits=2, user_api="blas")
    _done()
    yield
    limit.restore_original_limits()
    _done()


@pytest.mark.parametrize("n_jobs", [None, 1, 2, -1])
def test_results_keep_their_order(n_jobs):
    assert map_threads(lambda k: k * k, range(20), n_jobs) == [k * k for k in range(20)]


def test_blas_is_limited_meanwhile_and_free_again():
    with one_blas_thread():
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_limit_is_lifted_after_an_error():
    with pytest.raises(KeyError), one_blas_thread():
        raise KeyError
    assert blas_threads() == {2}


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


def test_many_threads_leave_blas_as_it_was():
    def work(k):
        with pytest.raises(KeyError), one_blas_thread():
            assert blas_threads() == {1}
            raise KeyError

    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(work, range(200)))) == 200
    assert blas_threads() == {2}


def test_without_a_thread_to_be_had_one_does_the_work_and_says_so(monkeypatch):
    start, n_started = threading.Thread.start, []

    def refusing(self):
        n_started.append(self)
        if len(n_started) > 2:
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refusing)
    with pytest.warns(
            RuntimeWarning,
            match="n_jobs=5 goes on with one thread, for the system gives no more: can't start new "
                "thread"):
        assert map_threads(lambda k: (k, threading.current_thread()), range(7), 5) == [
            (k, threading.current_thread()) for k in range(7)]
    assert len(n_started) == 3 and not any(thread.is_alive() for thread in n_started)


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
    assert sum(thread.name.startswith("skspike") for thread in threading.enumerate()) == 2
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # instead of waiting forever
        os._exit(0 if np.array_equal(network.fit(X).transform(X), expected) else 1)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_threads_work_in_a_forked_process():
    """The threads of the parent do not exist in the child, which would wait for them forever."""
    subprocess.run([sys.executable, "-c", textwrap.dedent(FORK)], check=True)
