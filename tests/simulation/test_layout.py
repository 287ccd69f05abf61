"""Memory that is used again."""

import runpy
import sysconfig
import threading

import numpy as np
import pytest

from skspike._compile import _switches
from skspike.simulation import _layout, scratch

pytestmark = pytest.mark.small


@pytest.fixture(autouse=True)
def empty_pool(monkeypatch):
    monkeypatch.setattr(_layout, "_pool", _layout._Pool())
    monkeypatch.setattr(_layout, "MIN_BYTES", 65)
    monkeypatch.setattr(_layout, "POOL", True)


def address(array):
    return array.__array_interface__["data"][0]


def test_memory_is_used_again_when_no_array_refers_to_it():
    one = scratch((3, 5), np.float32)
    assert (one.shape, one.dtype, address(one) % _layout.LINE) == ((3, 5), np.float32, 0)
    view, place = one[1:], address(one)
    del one
    other = scratch((3, 5), np.float32)
    assert address(other) != place  # the view is in use
    del view
    assert address(scratch((15,), np.float32)) == place
    assert address(scratch((16,), np.float32)) not in (place, address(other))


def test_without_the_pool_all_memory_is_new(monkeypatch):
    monkeypatch.setattr(_layout, "POOL", False)
    scratch((8,), float)
    assert not _layout._pool.buffers


@pytest.mark.parametrize("is_free_threaded", [0, 1])
def test_free_threaded_python_has_no_pool(monkeypatch, is_free_threaded):
    monkeypatch.delenv("SKSPIKE_POOL", raising=False)
    monkeypatch.setattr(sysconfig, "get_config_var", {"Py_GIL_DISABLED": is_free_threaded}.get)
    assert runpy.run_path(_switches.__file__)["POOL"] == (not is_free_threaded)


def test_each_thread_has_memory_of_its_own():
    place, found = address(scratch((8,), float)), []
    kept = scratch((8,), float)
    thread = threading.Thread(target=lambda: found.append(scratch((8,), float)))
    thread.start()
    thread.join()
    assert address(kept) == place != address(found[0])


def test_a_pool_keeps_few_buffers_of_limited_size():
    kept = [scratch((8,), np.uint8) for _ in range(20)]
    assert len(_layout._pool.buffers) == _layout.N_BUFFERS
    assert len({address(array) for array in kept}) == 20
    del kept
    scratch((_layout.MAX_BYTES + 1,), np.uint8)
    assert len(_layout._pool.buffers) == _layout.N_BUFFERS
    scratch((1000,), np.uint8)  # replaces a buffer that is too small
    assert max(map(len, _layout._pool.buffers)) == 1000 + _layout.LINE
    assert len(_layout._pool.buffers) == _layout.N_BUFFERS


def test_small_arrays_share_a_block_until_it_is_full(monkeypatch):
    monkeypatch.setattr(_layout, "MIN_BYTES", 2**16)
    monkeypatch.setattr(_layout, "BLOCK", 1024)
    monkeypatch.setattr(_layout, "_pool", _layout._Pool())
    kept = [scratch((3, 5), np.float32) for _ in range(100)]
    for k, array in enumerate(kept):
        array[...] = k
    assert all((array == k).all() for k, array in enumerate(kept))  # none overlap
    assert not any(address(array) % _layout.LINE for array in kept)
    blocks = {id(block) for block in _layout._pool.blocks}
    assert len(blocks) == 2
    del kept, array
    for _ in range(100):
        scratch((3, 5), np.float32)
    # the blocks are used again
    assert {id(block) for block in _layout._pool.blocks} == blocks
