"""Versions and settings for bug reports."""

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

DEVELOPERS = {"test", "docs", "dev", "brian2", "emulator"}  # extras for developers


def show_versions() -> None:
    """Print the versions of Python and of all packages, the machine, and the compiler settings.

    Paste the output into a bug report.

    See Also
    --------
    warm_up : Compile before the first fit.

    Examples
    --------
    >>> import skspike
    >>> skspike.show_versions()  # doctest: +SKIP
    """
    print("\n\n".join(_section(title, facts) for title, facts in versions().items()))


def versions():
    """Return the sections of `show_versions`: title to a dict of name to value."""
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
    """Return the names of the required packages, and a dict of optional package to extra."""
    try:
        lines = importlib.metadata.requires("skspike") or ()
    except importlib.metadata.PackageNotFoundError:  # not installed, but run from a folder
        lines = ()
    required, optional = [], {}
    for line in lines:
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
    """Return the settings of numba and the folder of its cache."""
    config = numba.config
    return {
        "compiled": not config.DISABLE_JIT,
        "bounds checks": bool(config.BOUNDSCHECK),
        "processor": config.CPU_NAME or llvmlite.binding.get_host_cpu_name(),
        "threads of numba": f"{config.NUMBA_NUM_THREADS}, layer {config.THREADING_LAYER}",
        "folder of compiled code": _cache_folder(),
    }


def _cache_folder():
    """Return the folder for compiled code, found in the same way as for kernels, or the error."""
    try:
        return os.path.abspath(Cache(_cache_folder).cache_path)
    except (RuntimeError, OSError) as error:
        return f"none, so each process compiles again: {error}"
