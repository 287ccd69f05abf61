"""What a report of a problem needs to say about where it happened."""

import importlib.metadata
import os
import platform
import re
import sys

import joblib
import llvmlite.binding
import numba
from threadpoolctl import threadpool_info

from ._compile import Cache

DEVELOPERS = {"test", "docs", "dev", "brian2"}  # extras that no user needs


def show_versions() -> None:
    """Print versions of Python, the dependencies and the optional packages, the machine, and how compiled code runs and is kept.

    Paste what it prints into a report of a problem.

    See Also
    --------
    warm_up : Compiles before the first fit.

    Examples
    --------
    >>> import skspike
    >>> skspike.show_versions()  # doctest: +SKIP
    """
    print("\n\n".join(_section(title, facts) for title, facts in versions().items()))


def versions():
    """Return title to facts, name to value, of all that `show_versions` prints."""
    required, optional = _requirements()
    return {
        "System": {
            "python": sys.version.replace("\n", " "), "executable": sys.executable,
            "machine": platform.platform()},
        "Dependencies": {name: _version(name) for name in ("skspike", *required)},
        "Optional packages": {
            f"{name} (extra {extra})": _version(name) for name, extra in optional.items()},
        "Compilation": _compilation(),
        "Threads": {
            "cores": joblib.cpu_count(),
            **{
                f"{pool['user_api']}, {pool['internal_api']}": pool["num_threads"]
                for pool in threadpool_info()}}}


def _section(title, facts):
    width = max(map(len, facts), default=0)
    return "\n".join(
        [f"{title}:", *(f"{name:>{width + 4}}: {value}" for name, value in facts.items())])


def _requirements():
    """Return the names of the packages that are required, and name to extra of those that are not, as the installed metadata say."""
    try:
        found = importlib.metadata.requires("skspike") or ()
    except importlib.metadata.PackageNotFoundError:  # run from a folder, not installed
        found = ()
    required, optional = [], {}
    for line in found:
        name, extra = re.match(r"[\w.-]+", line)[0], re.search(r"extra == ['\"]([\w-]+)", line)
        if extra is None:
            required.append(name)
        elif extra[1] not in DEVELOPERS:
            optional[name] = extra[1]
    return required, optional


def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _compilation():
    """Return how numba compiles, for which processor, its threads, and where it keeps the code; skspike's own threads are `n_jobs`."""
    config = numba.config
    return {
        "compiled": not config.DISABLE_JIT,
        "bounds checks": bool(config.BOUNDSCHECK),
        "processor": config.CPU_NAME or llvmlite.binding.get_host_cpu_name(),
        "threads of numba": f"{config.NUMBA_NUM_THREADS}, layer {config.THREADING_LAYER}",
        "code is kept in": _cache_folder(),
    }


def _cache_folder():
    """Return the folder in which the code of this package is kept, or why there is none; the same is asked where a kernel is compiled."""
    try:
        return os.path.abspath(Cache(_cache_folder).cache_path)
    except (RuntimeError, OSError) as error:
        return f"nowhere, each process compiles anew: {error}"
