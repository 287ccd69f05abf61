"""The cache of compiled code: no trouble with it stops a call, and what is broken is replaced."""

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from skspike._compile import _cache, _jit
from skspike._compile._jit import kernel

PACKAGE = Path(_jit.__file__).parents[1]
SCRIPT = """
import numpy as np
from skspike.coding import Poisson

print(Poisson(max_rate=1000.0).encode(np.ones((2, 3)), 4, 1.0, 0).sum())
"""


def add(values):
    values += 1


def subtract(values):
    values -= 1


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A fresh cache, for kernels that are compiled in this process."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(_cache, "_told", {"compiling"})
    return tmp_path


@pytest.fixture
def run(monkeypatch, folder):
    """Return a function that runs a kernel as a new process would, and returns whether the cache had it."""

    def run(function=add, dtype=float):
        monkeypatch.setattr(_jit, "_loops", {})
        compiled, values = kernel(function), np.ones(2, dtype)
        compiled(values)
        assert values.tolist() == ([2, 2] if function is add else [0, 0])
        return sum(compiled.stats.cache_hits.values()) == 1

    return run


def files(folder, ending):
    return set(folder.rglob(f"*.{ending}"))


def broken(content, whole):
    """Return what may stand in a file instead of its whole content."""
    n = len(whole) // 8
    return {
        "empty": b"",
        "truncated": whole[: 4 * n],
        "zeros": whole[:n] + bytes(n) + whole[2 * n :],
        "text": b"text\n",
        "foreign": pickle.dumps(numba.__version__) + pickle.dumps(["foreign"]),
    }[content]


def test_what_compiles_says_so_once(run, monkeypatch, caplog):
    monkeypatch.setattr(_cache, "_told", set())
    assert [run(), run(subtract), run()] == [False, False, True]
    (record,) = caplog.records
    assert record.name == "skspike" and "skspike.warm_up()" in record.getMessage()


@pytest.mark.parametrize("ending", ["nbi", "nbc"], ids=["index", "data"])
@pytest.mark.parametrize("content", ["empty", "truncated", "zeros", "text", "foreign"])
def test_broken_file_is_named_once_and_replaced(content, ending, run, folder, caplog):
    assert [run(), run()] == [False, True]
    (path,) = files(folder, ending)
    path.write_bytes(broken(content, path.read_bytes()))
    assert [run(), run()] == [False, True]
    (record,) = caplog.records
    assert str(path).startswith(record.getMessage().split("such as ")[1].split(".*")[0])


@pytest.mark.parametrize(
    "other", [{"function": subtract}, {"dtype": np.float32}], ids=["function", "signature"])
def test_code_of_another_is_not_run(other, run, folder, caplog):
    run()
    (mine,) = files(folder, "nbc")
    run(**other)
    (theirs,) = files(folder, "nbc") - {mine}
    shutil.copyfile(theirs, mine)  # two processes that compile at the same time may do this
    assert [run(), run()] == [False, True]
    assert "it holds" in caplog.text


def test_unwritable_cache_is_told_once_for_all_kernels(run, caplog):
    resource = pytest.importorskip("resource", reason="only POSIX systems limit the size of files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # as on a full disk: files can be made and not filled
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        assert [run(), run(), run(subtract)] == [False, False, False]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    (record,) = caplog.records
    assert "NUMBA_CACHE_DIR" in record.getMessage()
    assert [run(), run()] == [False, True]


def blocked(copy):
    """Files stand where the folders of the cache would."""
    for path in [copy, *copy.rglob("*/")]:
        (path / "__pycache__").touch()
    return []


def read_only(copy):
    """The package lies on a file system that is mounted to be read only."""
    return mounting(f"mount --bind {copy} {copy} && mount -o remount,bind,ro {copy}")


def full(copy):
    """The cache lies on a file system without room."""
    cache = copy.parent / "cache"
    cache.mkdir()
    return mounting(
        f"mount -t tmpfs -o size=64k none {cache}; cat /dev/zero > {cache}/filler 2> "
        f"{cache.parent}/log; true")


def mounting(command):
    """Return how to start a process that sees a mount of its own; skip where that is not allowed."""
    try:
        subprocess.run(
            ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/tmp"],
            capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"this system lets no test mount a file system: {error}")
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", f'{command} && exec "$0" "$@"']


@pytest.mark.parametrize("place", [blocked, read_only, full])
def test_package_works_without_a_cache_and_says_so_once(place, tmp_path):
    copy = tmp_path / "skspike"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    nowhere = {
        "HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null",
        "NUMBA_CACHE_DIR": str(tmp_path / "cache") if place is full else ""}
    env = {
        **os.environ, **nowhere, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1",
        "NUMBA_DISABLE_JIT": "0"}
    command = [*place(copy), sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "24"), done.stderr
    assert done.stderr.count("Compiled code cannot be kept") == 1, done.stderr


def test_a_function_for_which_there_is_no_place_stays_as_it_is_and_says_why(monkeypatch, caplog):
    def nowhere(function):
        raise OSError("no room")

    monkeypatch.setattr(_cache, "_told", set())
    monkeypatch.setattr(_cache, "Cache", nowhere)
    compiled = numba.njit(lambda x: x + 1)
    assert _cache.cached(compiled) is compiled and compiled(1) == 2
    (record,) = caplog.records
    assert "NUMBA_CACHE_DIR" in record.getMessage() and "no room" in record.getMessage()
