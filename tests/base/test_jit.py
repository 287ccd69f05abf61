"""Compiled kernels are shared between processes and within one, and never stale."""

import collections
import enum
import gc
import os
import runpy
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import numba
import numpy as np
import pytest
from numba.core.compiler_lock import global_compiler_lock
from numba.core.errors import NumbaError

from skspike import SNNClassifier
from skspike._base import _jit, _numba, select
from skspike._base._jit import complete, fragment, kernel, no_arrays, scalar
from skspike._base._numba import COMPILER

SCRIPT = """
    import numpy as np
    import helpers
    from skspike._base._jit import complete

    def loop(values):
        for k in range(len(values)):
            values[k] = role(values[k])

    kernel = complete(loop, role=helpers.outer)
    values = np.ones(2)
    kernel(values)
    print(values[0], sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values()))
"""
HELPERS = """
    import numpy as np
    import settings
    from skspike._base._jit import scalar

    @scalar
    def inner(x):
        return 2.0 * x

    @scalar
    def outer(x):
        return inner(x) + settings.OFFSET
"""
SETTINGS = "OFFSET = 1.0"


NESTED = """
    from skspike._base._jit import kernel, scalar

    @scalar
    def twice(x):
        return 2.0 * x

    @kernel
    def inner(values):
        values[0] = twice(values[0])

    @kernel
    def outer(values):
        inner(values)
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "script.py").write_text(textwrap.dedent(SCRIPT), encoding="utf-8")

    def run(old, new):
        (tmp_path / "helpers.py").write_text(
            textwrap.dedent(HELPERS).replace(old, new), encoding="utf-8")
        (tmp_path / "settings.py").write_text(SETTINGS.replace(old, new), encoding="utf-8")
        env = {
            **os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
            "PYTHONDONTWRITEBYTECODE": "1", "NUMBA_DISABLE_JIT": "0"}
        done = subprocess.run(
            [sys.executable, "script.py"], cwd=tmp_path, env=env, capture_output=True, text=True,
            check=True)
        value, hits, misses = done.stdout.split()
        return float(value), int(hits), int(misses)

    return run


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="Without compilation, kernels have no names.")
def test_the_name_of_a_kernel_does_not_depend_on_the_order_of_calls(tmp_path):
    """A kernel gets its name in the cache when it is first called."""
    (tmp_path / "nested.py").write_text(textwrap.dedent(NESTED), encoding="utf-8")
    found = set()
    for names in (["inner", "outer"], ["outer", "inner"]):
        kernels = runpy.run_path(str(tmp_path / "nested.py"))
        for name in names:
            kernels[name](np.ones(1))
        found.add(kernels["outer"].py_func.__qualname__)
    assert len(found) == 1 and found.pop().startswith("outer_")


def test_second_process_loads_and_an_edit_recompiles(run):
    """`test_digest.py` has other edits."""
    assert run("", "") == (3.0, 0, 1)
    assert run("OFFSET = 1.0", "OFFSET = 2.0") == (4.0, 0, 1)
    assert run("", "") == (3.0, 1, 0)


@scalar
def double(x):
    return x + x


@scalar
def triple(x):
    return x + x + x


def loop(values):
    for k in range(len(values)):
        values[k] = role(values[k])  # noqa: F821


def add_constant(values):
    for k in range(len(values)):
        values[k] = values[k] + CONSTANT  # noqa: F821


@fragment
def plus_constant(x):
    return x + CONSTANT  # noqa: F821


def add_and_apply(values):
    for k in range(len(values)):
        values[k] = role(plus_constant(values[k]))  # noqa: F821


def with_factor(factor):
    @scalar
    def scaled(x):
        return factor * x

    return scaled


@pytest.mark.small
def test_placeholders_are_bound_per_copy():
    for role, factor in ((double, 2.0), (triple, 3.0)):
        values = np.ones(2)
        complete(loop, role=role)(values)
        np.testing.assert_array_equal(values, factor)
    assert complete(loop, role=double) is complete(loop, role=double)


@pytest.mark.small
@pytest.mark.parametrize(
    "one, other",
    [(1, True), (1, 1.0), (0.0, -0.0), ((1,), (1.0,)), (np.float32(1), np.float64(1))], ids=str)
def test_equal_constants_of_different_types_have_different_loops(one, other):
    assert complete(add_constant, CONSTANT=one) is complete(add_constant, CONSTANT=one)
    assert complete(add_constant, CONSTANT=one) is not complete(add_constant, CONSTANT=other)


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="compiles")
def test_loops_share_the_functions_that_they_call():
    loops = [complete(add_and_apply, CONSTANT=1.0, role=role) for role in (double, triple)]
    (one, other), (twice, thrice) = (
        [loop.py_func.__globals__[name] for loop in loops] for name in ("plus_constant", "role"))
    assert one is other and twice is not thrice
    assert not hasattr(double, "is_fragment") and float(double(2.0)) == 4.0  # callable as before


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="compiles")
def test_compiled_code_prefers_wide_vectors_unless_they_are_switched_off():
    double(2.0)
    code = double.inspect_llvm(double.signatures[0])
    assert ('"prefer-vector-width"="512"' in code) == COMPILER


needs_compiler = pytest.mark.skipif(
    numba.config.DISABLE_JIT or not COMPILER, reason="compiles with the package's compiler")


@pytest.fixture
def no_cache(monkeypatch, tmp_path):
    """Compile although another run may have done so."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))


@needs_compiler
def test_a_function_that_is_inlined_has_no_machine_code_of_its_own(no_cache):
    apply_to_all = complete(loop, role=scalar(lambda x: x + 7.0))
    values = np.ones(2)
    apply_to_all(values)
    assert values.tolist() == [8, 8]
    (own,) = apply_to_all.overloads.values()
    (inner,) = apply_to_all.py_func.__globals__["role"].overloads.values()
    found = [
        each.library.codegen._engine.is_symbol_defined(each.fndesc.llvm_func_name)
        for each in (own, inner)]
    assert found == [True, False]


@needs_compiler
def test_the_conversion_of_arguments_is_not_optimised(no_cache):
    plus = kernel(lambda x: x + 1)
    assert plus(1) == 2
    (own,) = plus.overloads.values()
    wrapper, function = (
        own.library.get_function(name).attributes
        for name in (own.fndesc.llvm_cpython_wrapper_name, own.fndesc.llvm_func_name))
    assert any(b"optnone" in each for each in wrapper)
    assert not any(b"optnone" in each for each in function)


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="compiles")
def test_a_kernel_without_reference_counts_cannot_make_arrays():
    @kernel
    @no_arrays
    def add_new(values):
        values += np.ones(len(values))

    with pytest.raises(NumbaError):
        add_new(np.ones(2))


@needs_compiler
@pytest.mark.parametrize("enabled", [True, False])
def test_no_garbage_is_collected_during_compilation(enabled, monkeypatch):
    found, lower = [], _numba._Lower.setup_function
    monkeypatch.setattr(
        _numba._Lower, "setup_function",
        lambda self, fndesc: (found.append(gc.isenabled()), lower(self, fndesc)))
    was_enabled = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        inner = scalar(lambda x: x + x)
        scalar(lambda x: inner(x) + x)(1.0)
        assert found == [False, False] and gc.isenabled() == enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()


@pytest.mark.small
def test_new_but_equal_functions_share_one_loop():
    assert complete(loop, role=with_factor(2.0)) is complete(loop, role=with_factor(2.0))
    assert complete(loop, role=with_factor(2.0)) is not complete(loop, role=with_factor(3.0))


@pytest.mark.small
def test_new_but_equal_functions_are_freed():
    first = with_factor(2.0)
    dead = weakref.ref(first)
    complete(loop, role=first)
    n_loops = len(_jit._loops)
    del first
    for _ in range(_jit.N_RECENT + 1):
        complete(loop, role=with_factor(2.0))
    gc.collect()
    assert dead() is None
    assert len(_jit._loops) == n_loops


@pytest.mark.small
def test_known_functions_are_not_hashed_again(monkeypatch):
    known = complete(loop, role=double)
    monkeypatch.setattr(_jit, "digest", None)
    assert complete(loop, role=double) is known
    with pytest.raises(TypeError):
        complete(loop, role=with_factor(2.0))


def test_a_function_that_cannot_be_hashed_is_compiled_without_the_cache(monkeypatch, caplog):
    monkeypatch.setattr(_numba, "_logged", set())
    draw = np.random.uniform  # the method of an object that has a state

    @scalar
    def noisy(x):
        return draw(x, x)

    for _ in range(2):
        compiled, values = complete(loop, role=noisy), np.ones(2)
        compiled(values)
        assert values.tolist() == [1, 1]
        assert compiled.stats.cache_path is None
    (record,) = caplog.records
    assert "loop is compiled again in every process: draw is a" in record.getMessage()


def test_a_kernel_that_cannot_be_hashed_is_compiled_without_the_cache(monkeypatch, caplog):
    monkeypatch.setattr(_numba, "_logged", set())
    draw = np.random.uniform

    @kernel
    def filled(values):
        for k in range(len(values)):
            values[k] = draw(2.0, 2.0)

    values = np.zeros(2)
    filled(values)
    assert values.tolist() == [2, 2] and filled.stats.cache_path is None
    (record,) = caplog.records
    assert "filled is compiled again in every process: draw is a" in record.getMessage()


@pytest.mark.parametrize("neuron", ["lif", "adaptive_lif"])
def test_loops_of_the_package_are_cached(neuron, monkeypatch, rng):
    monkeypatch.setattr(_jit, "_recent", collections.OrderedDict())
    SNNClassifier(neuron=neuron, hidden_layer_sizes=(2,), max_iter=1).fit(
        rng.integers(0, 2, (4, 3, 5)), [0, 1, 0, 1])
    assert len(_jit._recent) >= 2
    loops = [*_jit._loops.values(), *(compiled for compiled, _ in _jit._recent.values())]
    assert [compiled for compiled in loops if compiled.stats.cache_path is None] == []


class Level(enum.IntEnum):
    LOW = 3


class Mode(enum.Enum):
    UP = "up"
    DOWN = "down"


def test_an_int_enum_needs_its_value_next_to_other_numbers():
    @scalar
    def add_level(x):
        return x + Level.LOW.value

    values = np.ones(2)
    complete(loop, role=add_level)(values)
    assert values.tolist() == [4, 4]
    with pytest.raises(NumbaError, match=r"Cannot cast IntEnum<int64>\(Level\) to "):
        complete(add_constant, CONSTANT=Level.LOW)(values)


@pytest.mark.parametrize("mode, result", [(Mode.UP, 2), (Mode.DOWN, 0)])
def test_enums_can_be_compared(mode, result):
    @scalar
    def move(x):
        return x + 1 if mode == Mode.UP else x - 1

    values = np.ones(2)
    complete(loop, role=move)(values)
    assert values.tolist() == [result, result]


@pytest.mark.parametrize("yes", [np.float32(1.5), np.float64(0.1), np.int64(3)])
def test_select_returns_the_chosen_number_in_the_wider_type(yes):
    no, kernel = np.float32(-0.0), numba.njit(lambda condition, yes, no: select(condition, yes, no))
    wider = np.result_type(yes, no)
    for condition, chosen in ((True, yes), (False, no)):
        selected = np.asarray(kernel(condition, yes, no), wider)
        assert selected == chosen and np.signbit(selected) == np.signbit(chosen)
    assert numba.config.DISABLE_JIT or kernel.nopython_signatures[0].return_type == (
        numba.from_dtype(wider))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork processes")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_process_forked_while_a_thread_compiles_can_compile():
    holds = threading.Event()

    def hold():
        with global_compiler_lock:
            holds.set()
            time.sleep(0.2)

    thread = threading.Thread(target=hold)
    thread.start()
    holds.wait()
    process = os.fork()
    if not process:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(10)  # ends the process if it waits
        with global_compiler_lock:
            os._exit(0)
    thread.join()
    assert os.waitpid(process, 0)[1] == 0
