"""Compilation ahead of time, and versions and settings for bug reports."""

import importlib.metadata
import os
import platform
import re
import sys
import time
from pathlib import Path

import joblib
import llvmlite.binding
import numba
import numpy as np
from threadpoolctl import threadpool_info

from ._base import Cache
from ._networks import SNNClassifier
from .coding import SpikeEncoder
from .complexity import LZCClassifier
from .learning import Rule
from .neurons import Neuron
from .trains import SpikeTrainClassifier

DEVELOPERS = {"test", "docs", "dev", "brian2", "emulator"}  # extras for developers


def warm_up(neuron: str | Neuron = "lif", rule: str | Rule | None = "surrogate") -> None:
    """Compile the functions for a typical first fit, and store them on disk for later processes.

    These are the functions for encoding, for networks with spikes and with currents, for
    complexity, and for models of spike trains. With other settings, such as recurrent layers or a
    `Convolution`, the first fit may compile a few more. Call it once if compilation must not delay
    the first fit by seconds, for example when you build a container image or before you measure
    times.

    Parameters
    ----------
    neuron : str or Neuron, default="lif"
        Neuron model, as in `SNNClassifier`.
    rule : str, Rule or None, default="surrogate"
        Learning rule, as in `SNNClassifier`.

    Raises
    ------
    ValueError
        If the neuron or the rule is unknown.

    See Also
    --------
    show_versions : Print the folder of compiled code.

    Examples
    --------
    >>> import skspike
    >>> skspike.warm_up()
    """
    X, y = np.linspace(0, 1, 24).reshape(6, 4), np.arange(6) % 2
    raster = SpikeEncoder(n_steps=40, random_state=0).fit_transform(X)
    for inputs in (raster, X):
        SNNClassifier(2, neuron=neuron, rule=rule, max_iter=1, n_steps=40, random_state=0).fit(
            inputs, y).predict(inputs)
    LZCClassifier(with_counts=True).fit(raster, y).predict(raster)
    SpikeTrainClassifier().fit(raster, y).predict(raster)


def fill_cache(neurons):
    """Run `warm_up` for neurons. Print the time of each, and the folder and size of the cache."""
    print(f"Compiling networks of {', '.join(neurons)}, complexity and models of spike trains.")
    for name in neurons:
        begin = time.perf_counter()
        warm_up(name)
        print(f"{name}: {time.perf_counter() - begin:.1f} s", flush=True)
    if not Cache.folders:
        print(f"Nothing was stored. Folder of compiled code: {_cache_folder()}")
        return
    sizes = [
        file.stat().st_size for folder in Cache.folders for file in Path(folder).glob("*.nb[ci]")]
    print(f"{sum(sizes) / 1e6:.1f} MB of compiled code in {os.path.commonpath(Cache.folders)}")


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
    for k, (title, facts) in enumerate(versions().items()):
        print("\n" * (k > 0) + f"{title}:")
        for name, value in facts.items():
            print(f"{name:>{max(map(len, facts)) + 4}}: {value}")


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
        "Compilation": {
            "compiled": not numba.config.DISABLE_JIT,
            "bounds checks": bool(numba.config.BOUNDSCHECK),
            "processor": numba.config.CPU_NAME or llvmlite.binding.get_host_cpu_name(),
            "threads of numba":
                f"{numba.config.NUMBA_NUM_THREADS}, layer {numba.config.THREADING_LAYER}",
            "folder of compiled code": _cache_folder()},
        "Threads": {
            "cores": joblib.cpu_count(),
            **{
                f"{pool['user_api']}, {pool['internal_api']}": pool["num_threads"]
                for pool in threadpool_info()}}}


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


def _cache_folder():
    """Return the folder for compiled code, found in the same way as for kernels, or the error."""
    try:
        return os.path.abspath(Cache(_cache_folder).cache_path)
    except (RuntimeError, OSError) as error:
        return f"none, so each process compiles again: {error}"
