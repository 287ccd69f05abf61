"""Compiled kernels: cached on disk, run without the GIL, and compiled again after changes.

A *scalar* is a small pure function of numbers. A *kernel* is a loop over arrays that calls scalars
by name. Some kernels use undefined names, *placeholders*, and are completed with the functions of
one neuron model or learning rule: ``complete(loop, charge=..., reset=...)`` compiles a copy of
``loop`` that calls these functions by these names.

numba's cache looks for changes only in the file of a kernel. Here the qualified name of the kernel,
which is part of the cache key, contains a digest of everything that the kernel reaches. So a kernel
is compiled again after an edit of a scalar in any file.
"""

import collections
import os
import types
import weakref
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.core.caching import NullCache
from numba.core.compiler_lock import global_compiler_lock
from numba.extending import is_jitted

from ._digest import Unhashable, digest, names_in
from ._numba import COMPILER, Compiler, cached, log_once

# Division by zero follows IEEE and does not raise, because a loop with an exit in the middle is not
# vectorised.
# Nothing calls it from C, so it needs no wrapper for that.
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "no_cfunc_wrapper": True}
if COMPILER:
    _OPTIONS["pipeline_class"] = Compiler
# The wrapper for calls from Python takes a fifth of the time to compile.
_INLINED = {**_OPTIONS, "forceinline": True, "no_cpython_wrapper": True}

# A process that is forked while another thread compiles would wait for this thread forever.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=global_compiler_lock.acquire, after_in_parent=global_compiler_lock.release,
        after_in_child=global_compiler_lock.release)

N_RECENT = 64
# the last N_RECENT loops, by the identity of their bindings: hashing in each call is slow
_recent: collections.OrderedDict[tuple, tuple] = collections.OrderedDict()
# all loops, by digest: numba never frees machine code, so compiling again would take more memory
_loops: dict[tuple, Any] = {}
_inlined_functions: dict[str, Any] = {}
_twins: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def scalar(function: Callable[..., Any]) -> Any:
    """Compile a small function so that kernels inline it, which saves the cost of a call.

    Parameters
    ----------
    function : callable
        Takes numbers and returns a number or a tuple of them: no arrays, no loop over time.

    Returns
    -------
    function : callable
        The same function, compiled when it is first called.

    See Also
    --------
    Neuron : Its ``kernels`` are such functions.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.neurons import scalar
    >>> @scalar
    ... def decayed(v, a, x):
    ...     return a * v + x
    >>> float(decayed(np.float32(2), np.float32(0.5), np.float32(1)))
    2.0
    """
    return numba.njit(forceinline=True, **_OPTIONS)(function)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a loop over arrays that has no placeholders."""
    if numba.config.DISABLE_JIT:
        return _completed(function, {})
    compiled = _compiled(_copied(function, dict(function.__globals__), function.__closure__))
    compiled._cache = _Deferred(compiled)
    return compiled


class _Deferred(NullCache):
    """The cache of a kernel that has not been called yet.

    It binds names and computes the digest when the kernel is first compiled or loaded. Doing so for
    all kernels took half of the time of ``import skspike``.
    """

    def __init__(self, compiled):
        self.compiled = compiled

    def load_overload(self, sig, target_context):
        """Return the cached code for a signature, or None.

        numba calls this method before all others. From then on, the kernel uses its own cache.
        """
        return self.complete().load_overload(sig, target_context)

    def complete(self):
        """Bind names, give the kernel its cache, and return it."""
        compiled, function = self.compiled, self.compiled.py_func
        with global_compiler_lock:
            if compiled._cache is self:
                _bind(function.__globals__, function, {})
                compiled._cache = NullCache()
                if _named(function):
                    cached(compiled)
        return compiled._cache


def fragment(function: Any) -> Any:
    """Mark a function with placeholders as a fragment of loops, which is completed with them."""
    function.is_fragment = True
    return function


def no_arrays(function: Any) -> Any:
    """Mark a loop or a kernel that makes no arrays, and calls no function that returns one.

    It needs no reference counts. Without them, it takes less time to compile and to call.
    """
    function.makes_no_arrays = True
    return function


def complete(function: Callable[..., Any], **bindings: Any) -> Any:
    """Compile a copy of a loop with its placeholders bound to scalars or constants.

    Equal functions and constants give the same copy, even if they are new objects. Each different
    constant compiles another copy, which stays in memory until the process ends. So pass numbers
    that vary between fits as arguments instead.
    """
    key = (function, *bindings, *map(_identity, bindings.values()))
    try:
        _recent.move_to_end(key)
        return _recent[key][0]
    except KeyError:  # new, or just removed by another thread
        loop = _completed(function, bindings)
    _recent[key] = loop, bindings  # keeps them alive, because Python reuses old ids
    if len(_recent) > N_RECENT:
        _recent.popitem(last=False)
    return loop


def _identity(value):
    """Return what distinguishes a binding from others: a number and its type, or an object."""
    number = isinstance(value, (int, float, np.generic))
    return (type(value), repr(value)) if number else id(value)


def _completed(function, bindings):
    """Return the compiled copy of a loop, the same one for equal bindings."""
    copy = _bound(function, bindings)
    if not _named(copy):
        return _compiled(copy)
    key = copy.__module__, copy.__qualname__
    if key not in _loops:
        _loops.setdefault(key, cached(_compiled(copy)))
    return _loops[key]


def _named(function):
    """Add the digest to the name of a function. Return whether it has one."""
    try:
        function.__qualname__ += f"_{digest(function)}"
    except Unhashable as reason:
        log_once(
            str(reason),
            "%s is compiled again in every process: %s, which cannot be checked for changes.",
            function.__qualname__, reason)
        return False
    return True


def _bound(function, bindings):
    """Return a copy of a function with placeholders bound, also in the functions that it calls."""
    scope = {**function.__globals__, **bindings}
    _bind(scope, function, bindings)
    closure = function.__closure__ and tuple(
        cell if cell == types.CellType() else  # not defined yet
        types.CellType(_called(cell.cell_contents, bindings)) for cell in function.__closure__)
    return _copied(function, scope, closure)


def _bind(scope, function, bindings):
    """Replace the functions that a function reads by those that it calls when it is compiled."""
    # names of attributes do not count: `np.arctan` is not the kernel `arctan`
    for name in {name for name, is_import in names_in(function.__code__) if not is_import}:
        if name in scope:
            scope[name] = _called(scope[name], bindings)


def _called(value, bindings):
    """Return a value, or of a function the copy that a compiled function calls."""
    if getattr(value, "is_fragment", False):
        return _inlined(_bound(value, bindings))
    if is_jitted(value) and value.targetoptions.get("forceinline"):
        if value not in _twins:  # without wrappers, and with the globals of the first call
            _twins[value] = _inlined(_bound(value.py_func, {}))
        return _twins[value]
    if is_jitted(value) and isinstance(value._cache, _Deferred):
        value._cache.complete()  # so that the digest does not depend on earlier calls
    return value


def _copied(function, scope, closure=None):
    """Return a copy of a function with other globals and another closure."""
    copy = types.FunctionType(
        function.__code__, scope, function.__name__, function.__defaults__, closure)
    for name in ("__kwdefaults__", "__module__", "__doc__", "__qualname__"):
        setattr(copy, name, getattr(function, name))
    copy.__dict__.update(function.__dict__)
    return copy


def _inlined(function):
    """Compile a function for use inside loops only: once for all loops, and without wrappers."""
    compiled = numba.njit(**_INLINED)(function)
    try:
        return _inlined_functions.setdefault(digest(function), compiled)
    except Unhashable:
        return compiled


def _compiled(function):
    """Compile a loop, which runs without the GIL."""
    has_references = not getattr(function, "makes_no_arrays", False)
    return numba.njit(nogil=True, _nrt=has_references, **_OPTIONS)(function)
