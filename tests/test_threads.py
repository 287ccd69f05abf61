"""Threads, and the limit on those of BLAS."""

import pytest
from threadpoolctl import ThreadpoolController

from skspike._threads import map_threads, one_blas_thread


def blas_threads():
    return {pool["num_threads"] for pool in ThreadpoolController().select(user_api="blas").info()}


@pytest.mark.parametrize("n_jobs", [None, 1, 2, -1])
def test_results_keep_their_order(n_jobs):
    assert map_threads(lambda k: k * k, range(20), n_jobs) == [k * k for k in range(20)]


def test_blas_is_limited_meanwhile_and_free_again():
    before = blas_threads()
    with one_blas_thread():
        assert blas_threads() == {1}
    assert blas_threads() == before


def test_limit_is_lifted_after_an_error():
    before = blas_threads()
    with pytest.raises(KeyError), one_blas_thread():
        raise KeyError
    assert blas_threads() == before
