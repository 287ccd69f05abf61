"""The cache of compiled code never stops a call, and broken files are replaced."""

import os
import pickle
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core import caching

from skspike._base import _jit, _numba
from skspike._base._jit import kernel, scalar

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
    """Return the folder of an empty cache for the kernels of this process."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(_numba, "_logged", {"compiling"})
    return tmp_path


@pytest.fixture
def run(monkeypatch, folder):
    """Return a function that runs a kernel as a new process and returns whether it was cached."""

    def run(function=add, dtype=float):
        monkeypatch.setattr(_jit, "_loops", {})
        compiled, values = kernel(function), np.ones(2, dtype)
        compiled(values)
        assert values.tolist() == ([2, 2] if function is add else [0, 0])
        return sum(compiled.stats.cache_hits.values()) == 1

    return run


@scalar
def printed(value):
    print("value", value)
    return value


def print_all(values):
    for k in range(len(values)):
        values[k] = printed(values[k]) - 1


def test_functions_that_are_inlined_print_before_and_after_the_cache(run, capsys):
    """Printing needs the environment of the function."""
    assert [run(print_all), run(print_all)] == [False, True]
    assert capsys.readouterr().out.split() == ["value", "1.0"] * 4


def files(folder, ending):
    return set(folder.rglob(f"*.{ending}"))


def broken(content, original):
    """Return wrong content for a file."""
    n = len(original) // 8
    return {
        "empty": b"",
        "truncated": original[: 4 * n],
        "zeros": original[:n] + bytes(n) + original[2 * n :],
        "text": b"text\n",
        "foreign": pickle.dumps(numba.__version__) + pickle.dumps(["foreign"]),
    }[content]


def test_compilation_is_logged_once(run, monkeypatch, caplog):
    monkeypatch.setattr(_numba, "_logged", set())
    assert [run(), run(subtract), run()] == [False, False, True]
    (record,) = caplog.records
    assert record.name == "skspike" and "skspike.warm_up()" in record.getMessage()


def test_the_time_of_each_compilation_is_logged_as_information(run, caplog):
    with caplog.at_level("INFO", "skspike"):
        run()
    (record,) = caplog.records
    assert record.levelname == "INFO" and record.getMessage().startswith("Compiled add in ")


@pytest.mark.parametrize("place", ["NUMBA_CACHE_DIR", "package"])
def test_code_in_a_folder_without_write_access_is_used(place, run, folder, caplog, monkeypatch):
    """As in an image of a container, whose build has run `warm_up`."""
    def refuse(dir):
        raise PermissionError(dir)

    if place == "package":
        monkeypatch.setattr(numba.config, "CACHE_DIR", "")
        monkeypatch.setattr(_numba._InTree, "get_cache_path", lambda self: str(folder))
    assert [run(), run()] == [False, True]
    monkeypatch.setattr(caching.tempfile, "TemporaryFile", refuse)
    assert run()
    assert not run(subtract)  # has no code there
    (record,) = caplog.records
    assert "Compiled code cannot be written" in record.getMessage()


@pytest.mark.parametrize("ending", ["nbi", "nbc"], ids=["index", "data"])
@pytest.mark.parametrize("content", ["empty", "truncated", "zeros", "text", "foreign"])
def test_a_broken_file_is_logged_once_and_replaced(content, ending, run, folder, caplog):
    assert [run(), run()] == [False, True]
    (path,) = files(folder, ending)
    path.write_bytes(broken(content, path.read_bytes()))
    assert [run(), run()] == [False, True]
    (record,) = caplog.records
    assert str(path).startswith(record.getMessage().split("such as ")[1].split(".*")[0])


@pytest.mark.parametrize(
    "other", [{"function": subtract}, {"dtype": np.float32}], ids=["function", "signature"])
def test_code_of_another_kernel_is_not_run(other, run, folder, caplog):
    run()
    (mine,) = files(folder, "nbc")
    run(**other)
    (theirs,) = files(folder, "nbc") - {mine}
    shutil.copyfile(theirs, mine)  # may happen if two processes compile at the same time
    assert [run(), run()] == [False, True]
    assert "it holds" in caplog.text


def test_a_cache_without_space_is_logged_once_for_all_kernels(run, caplog):
    resource = pytest.importorskip("resource", reason="only POSIX systems limit the size of files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # as on a full disk: files can be created but not filled
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        assert [run(), run(), run(subtract)] == [False, False, False]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    (record,) = caplog.records
    assert "NUMBA_CACHE_DIR" in record.getMessage()
    assert [run(), run()] == [False, True]


LARGE = np.ones(2**21)  # numba puts its address into the code


def add_large(values):
    values += LARGE[0]


add_large_too = kernel(add_large)


def call(values):
    add_large_too(values)


@pytest.mark.parametrize("function", [add_large, call], ids=["itself", "in another"])
def test_code_with_addresses_is_not_cached_which_is_logged(function, folder, caplog):
    """In pytest, warnings are errors."""
    values = np.zeros(2)
    kernel(function)(values)
    assert values.tolist() == [1, 1]
    (record,) = caplog.records
    assert "dynamic globals" in record.getMessage()


def blocked(copy):
    """Put files at the paths of the cache folders."""
    for path in [copy, *copy.rglob("*/")]:
        (path / "__pycache__").touch()
    return []


def read_only(copy):
    """Mount the package read-only."""
    path = shlex.quote(str(copy))
    return mounting(f"mount --bind {path} {path} && mount -o remount,bind,ro {path}")


def full(copy):
    """Put the cache on a file system without free space."""
    cache = copy.parent / "cache"
    cache.mkdir()
    path, filler, log = (
        shlex.quote(str(each)) for each in (cache, cache / "filler", copy.parent / "log"))
    return mounting(  # fill it only if it is mounted, because it would fill the disk
        f"mount -t tmpfs -o size=64k none {path} && (cat /dev/zero > {filler} 2> {log}; true)")


def mounting(command):
    """Return the start of a command that runs with its own mounts, or skip the test."""
    try:
        subprocess.run(
            ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/tmp"],
            capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"tests cannot mount file systems here: {error}")
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", f'{command} && exec "$0" "$@"']


@pytest.mark.exhaustive  # starts processes with mounted file systems
@pytest.mark.parametrize("place", [blocked, read_only, full])
def test_the_package_works_without_a_cache_and_logs_it_once(place, tmp_path):
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
    assert done.stderr.count("Compiled code cannot be written") == 1, done.stderr


def test_without_a_cache_folder_a_function_works_and_the_reason_is_logged(monkeypatch, caplog):
    def nowhere(function):
        raise OSError("no room")

    monkeypatch.setattr(_numba, "_logged", set())
    monkeypatch.setattr(_numba, "Cache", nowhere)
    compiled = numba.njit(lambda x: x + 1)
    assert _numba.cached(compiled) is compiled and compiled(1) == 2
    (record,) = caplog.records
    assert "NUMBA_CACHE_DIR" in record.getMessage() and "no room" in record.getMessage()
