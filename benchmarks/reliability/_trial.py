"""Trying mutants: each in a fork of a process that has loaded what takes long, so that a trial costs little more than its tests.

The mutated module exists in the fork's memory alone: an import hook gives it in the place of the
file, and no file is changed.
"""

import contextlib
import importlib
import importlib.machinery
import itertools
import json
import os
import resource
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
# pynapple asks numba whether to compile: later
OPTIONAL = ("neo", "elephant", "elephant.statistics", "nir", "nitime", "polars", "h5py")
# seconds of processor time, by whether loops are compiled, of which no test in use takes more than
# half
PER_TEST = {False: 20, True: 60}
WALL = 900  # seconds after which a trial has hung without computing
# bytes of address space: a mutant that asks for more gets a MemoryError and harms nobody
MEMORY = 8 << 30


class Outcome(NamedTuple):
    """How a trial has ended: "killed", "timeout" or "survived"; in how many seconds of processor time; at which test."""

    outcome: str
    seconds: float
    test: str


def prepare(tree):
    """Go to a copy of the package and its tests, so that one can work on while a run goes on, and load what no mutant touches."""
    shutil.rmtree(tree, ignore_errors=True)
    for name in ("skspike", "tests", "doc"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("_build", "api"))
    shutil.copy(ROOT / "pyproject.toml", tree)
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
            "skspike is loaded already, so that no mutant could take its place; run this in a "
            "process of its own.")


class Loader(importlib.machinery.SourceFileLoader):
    """Load a module from other bytes than its file's."""

    def __init__(self, name, path, source):
        super().__init__(name, path)
        self.source = source

    def get_code(self, fullname):
        """Return the mutated module's code."""
        return compile(self.source, self.path, "exec", dont_inherit=True)


class Finder:
    """Find one module, as a mutant."""

    def __init__(self, file, source):
        self.name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.path, self.source = str(Path.cwd() / file), source

    def find_spec(self, name, path=None, target=None):
        """Return the mutant's spec, None for every other module."""
        if name == self.name:
            loader = Loader(name, self.path, self.source)
            return importlib.util.spec_from_file_location(name, self.path, loader=loader)
        return None


class Watch:
    """A pytest plugin: writes down which test runs, gives each its time, and keeps the first that failed."""

    def __init__(self, report, seconds):
        self.report, self.seconds = report, seconds

    def pytest_runtest_logstart(self, nodeid):
        """Before each test."""
        self.report(running=nodeid)
        # whoever runs out of it ends by SIGVTALRM, compiled or not
        signal.setitimer(signal.ITIMER_VIRTUAL, self.seconds)

    def pytest_runtest_logreport(self, report):
        """After each part of a test."""
        if report.failed:
            self.report(failed=report.nodeid)


def child(finder, files, compiled, out):
    """Run the tests file by file until one fails; the last line in `out` tells how it went."""
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
    """Start a trial; returns its process and the file in which it tells how it goes."""
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
    """Return the `Outcome` of a trial that has ended."""
    text = os.pread(file.fileno(), 2000, 0)
    last = json.loads(text) if text else {"running": "start"}
    seconds = round(usage.ru_utime + usage.ru_stime, 2)
    if last.get("passed"):
        return Outcome("survived", seconds, "")
    slow = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGVTALRM, signal.SIGKILL)
    return Outcome("timeout" if slow else "killed", seconds, last.get("failed") or last["running"])


def trials(waiting, jobs):
    """Yield (name, Outcome) of each trial of `waiting`, an iterable of (name, finder, files, compiled), `jobs` at a time."""
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
    """End what is left of a trial, its own children too."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
