"""Compiled kernels: cached between processes, and never stale."""

import os
import subprocess
import sys
import textwrap

import numba
import pytest

from skspike._jit import complete, digest, scalar

SCRIPT = """
    import numpy as np
    import helpers
    from skspike._jit import complete

    def loop(values):
        for k in range(len(values)):
            values[k] = role(values[k])

    kernel = complete(loop, role=helpers.outer)
    values = np.ones(2)
    kernel(values)
    print(values[0], sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values()))
"""
HELPERS = """
    from skspike._jit import scalar

    FACTOR = 2.0

    @scalar
    def inner(x):
        return FACTOR * x

    @scalar
    def outer(x):
        return inner(x) + 1.0
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "script.py").write_text(textwrap.dedent(SCRIPT))

    def run(helpers):
        (tmp_path / "helpers.py").write_text(textwrap.dedent(helpers))
        env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1", "NUMBA_DISABLE_JIT": "0"}
        done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
        value, hits, misses = done.stdout.split()
        return float(value), int(hits), int(misses)

    return run


def test_second_process_loads_and_an_edited_callee_recompiles(run):
    assert run(HELPERS) == (3.0, 0, 1)
    assert run(HELPERS) == (3.0, 1, 0)
    assert run(HELPERS.replace("FACTOR = 2.0", "FACTOR = 5.0")) == (6.0, 0, 1)
    assert run(HELPERS.replace("+ 1.0", "- 1.0")) == (1.0, 0, 1)
    assert run(HELPERS) == (3.0, 1, 0)


@scalar
def double(x):
    return x + x


@scalar
def treble(x):
    return x + x + x


def loop(values):
    for k in range(len(values)):
        values[k] = role(values[k])  # noqa: F821


def with_factor(factor):
    @scalar
    def scaled(x):
        return factor * x

    return scaled


@pytest.mark.small
def test_roles_are_bound_per_copy():
    one, other = [1.0], [1.0]
    python = numba.config.DISABLE_JIT
    for function, values in ((complete(loop, role=double), one), (complete(loop, role=treble), other)):
        (function if python else function.py_func)(values)
    assert (one, other) == ([2.0], [3.0])
    assert complete(loop, role=double) is complete(loop, role=double)


@pytest.mark.small
def test_digest_sees_code_closures_and_globals():
    assert digest(double) == digest(double)
    assert digest(double) != digest(treble)
    assert digest(with_factor(2.0)) == digest(with_factor(2.0))
    assert digest(with_factor(2.0)) != digest(with_factor(3.0))
    assert digest(with_factor(2)) != digest(with_factor(2.0))
