"""Trials of mutants, each in a fork of a process that has loaded slow imports.

So a trial takes little more time than its tests. The mutated module exists in the memory of the
fork only: an import hook returns it instead of the file, and no file is changed.
"""

import contextlib
import importlib
import importlib.machinery
import itertools
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    *("numba", "pytest", "pandas", "matplotlib.pyplot"),
    *("scipy.optimize", "scipy.sparse", "scipy.special", "scipy.stats", "scipy.interpolate"),
    *(
        "sklearn.linear_model", "sklearn.model_selection", "sklearn.pipeline", "sklearn.ensemble",
        "sklearn.svm", "sklearn.datasets"),
    *("sklearn.utils.estimator_checks", "sklearn.neural_network", "sklearn.discriminant_analysis"))
# pynapple is missing because it reads the configuration of numba when it is imported
OPTIONAL = ("neo", "elephant", "elephant.statistics", "nir", "nitime", "polars", "h5py")
# limit of processor time per test in seconds, without and with compilation: at least twice the time
# of the slowest test
PER_TEST = {False: 20, True: 60}
WALL = 900  # limit of wall time in seconds, for trials that wait forever
# bytes of address space: a mutant that needs more gets a MemoryError
MEMORY = 8 << 30


class Outcome(NamedTuple):
    """Outcome ("killed", "timeout" or "survived"), processor seconds, and the failed test."""

    outcome: str
    seconds: float
    test: str


def prepare(tree):
    """Change to a copy of the package and its tests, and import modules that no mutant changes.

    With a copy, the project can be edited during a run.
    """
    shutil.rmtree(tree, ignore_errors=True)
    for name in ("skspike", "tests", "doc"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("_build", "api"))
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tree)
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    os.environ["PYTHONPATH"] = str(tree)
    os.environ |= {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "SCIPY_ARRAY_API": "1", "MPLBACKEND": "Agg",
        "OPENBLAS_NUM_THREADS": "1"}
    for name in HEAVY:
        importlib.import_module(name)
    for name in OPTIONAL:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if "skspike" in sys.modules:
        raise RuntimeError(
            "skspike is already imported, so mutants cannot replace its modules. Run this in a new "
            "process.")


class Loader(importlib.machinery.SourceFileLoader):
    """Load a module from other bytes than its file."""

    def __init__(self, name, path, source):
        super().__init__(name, path)
        self.source = source

    def get_code(self, fullname):
        """Return the code of the mutated module."""
        return compile(self.source, self.path, "exec", dont_inherit=True)


class Finder:
    """Find one module, and load it as a mutant."""

    def __init__(self, file, source):
        self.name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.path, self.source = str(Path.cwd() / file), source

    def find_spec(self, name, path=None, target=None):
        """Return the spec of the mutant, or None for other modules."""
        if name == self.name:
            loader = Loader(name, self.path, self.source)
            return importlib.util.spec_from_file_location(name, self.path, loader=loader)
        return None


class Watch:
    """A pytest plug-in that reports the running test and the first failed test.

    It limits the processor time of each test.
    """

    def __init__(self, report, seconds):
        self.report, self.seconds = report, seconds

    def pytest_runtest_logstart(self, nodeid):
        """Report the start of a test, and start its timer."""
        self.report(running=nodeid)
        # at the limit, SIGVTALRM ends the process, also in compiled code
        signal.setitimer(signal.ITIMER_VIRTUAL, self.seconds)

    def pytest_runtest_logreport(self, report):
        """Report a failure."""
        if report.failed:
            self.report(failed=report.nodeid)


def child(finder, files, compiled, out):
    """Run test files until a test fails. The last line in `out` contains the result."""
    import resource  # Windows has no such module, and tests import this file there

    import numba
    import pytest

    numba.config.DISABLE_JIT = int(not compiled)
    os.environ["NUMBA_DISABLE_JIT"] = str(int(not compiled))
    numba.config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"] = str(Path.cwd().with_name("compiled"))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.dont_write_bytecode = finder is not None
    sys.meta_path[:0] = [finder] if finder else []

    def report(**words):
        os.pwrite(out, json.dumps(words).ljust(2000).encode()[:2000], 0)

    for file, options in files:
        report(running=file)
        signal.setitimer(signal.ITIMER_VIRTUAL, PER_TEST[compiled])
        watch = Watch(report, PER_TEST[compiled])
        code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *options, file], plugins=[watch])
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            last = json.loads(os.pread(out, 2000, 0))
            return report(failed=last.get("failed", file))
    return report(passed=True)


def fork(finder, files, compiled):
    """Start a trial, and return its process and the file that receives its result."""
    file = tempfile.TemporaryFile()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            os.setpgid(0, 0)
            log = os.open(
                os.environ.get("MUTANTS_LOG", os.devnull), os.O_WRONLY | os.O_CREAT | os.O_APPEND,
                0o644)
            os.dup2(log, 1), os.dup2(log, 2)
            child(finder, files, compiled, file.fileno())
        os._exit(0)
    return pid, file


def outcome(status, usage, file):
    """Return the `Outcome` of a finished trial."""
    text = os.pread(file.fileno(), 2000, 0)
    last = json.loads(text) if text else {"running": "start"}
    seconds = round(usage.ru_utime + usage.ru_stime, 2)
    if last.get("passed"):
        return Outcome("survived", seconds, "")
    slow = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGVTALRM, signal.SIGKILL)
    return Outcome("timeout" if slow else "killed", seconds, last.get("failed") or last["running"])


def trials(waiting, jobs):
    """Yield (name, Outcome) of each trial.

    `waiting` is an iterable of (name, finder, files, compiled). `jobs` trials run at the same time.
    """
    waiting, running = iter(waiting), {}
    try:
        while True:
            for name, *how in itertools.islice(waiting, jobs - len(running)):
                pid, file = fork(*how)
                running[pid] = name, file, time.monotonic()
            if not running:
                return
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                for late in [
                        pid
                        for pid, (_, _, start) in running.items()
                        if time.monotonic() - start > WALL]:
                    os.killpg(late, signal.SIGKILL)
                time.sleep(0.05)
            elif pid in running:
                name, file, _ = running.pop(pid)
                stop(pid)
                with file:
                    yield name, outcome(status, usage, file)
    finally:
        for pid in running:
            stop(pid)


def stop(pid):
    """End the remaining processes of a trial."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
