"""Compiled kernels: cached on disk, free of the GIL, and never stale.

A *scalar* is a small pure function of numbers. A *kernel* is a loop over arrays that calls scalars by name. Some kernels
leave names open, their *roles*, and are completed with the functions of one neuron model, learning rule or the like:
``complete(loop, charge=..., reset=...)`` compiles a copy of ``loop`` in which those names mean those functions.

numba's cache looks only at the file in which a kernel stands. Here the kernel's qualified name, which is part of the cache
key, carries a digest of all that the kernel reaches. So an edited scalar is a new kernel, wherever its file is.
"""

import functools
import hashlib
import types

import numba
import numpy as np
from numba.extending import is_jitted

# Division by zero follows IEEE instead of raising: an exit from the middle of a loop would keep it from being vectorised.
_OPTIONS = {"error_model": "numpy"}


def scalar(function):
    """Compile a small function into the kernels that call it: a call would cost more than what most of them do."""
    return numba.njit(forceinline=True, **_OPTIONS)(function)


def kernel(function):
    """Compile a loop over arrays whose names are all bound already."""
    return complete(function)


@functools.lru_cache(maxsize=None)
def complete(function, **roles):
    """Compile a copy of a loop in which the names in `roles` stand for the given scalars or constants."""
    scope = {**function.__globals__, **roles}
    copy = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, function.__closure__)
    copy.__module__, copy.__doc__ = function.__module__, function.__doc__
    copy.__qualname__ = f"{function.__qualname__}_{digest(copy)}"
    return numba.njit(cache=True, nogil=True, **_OPTIONS)(copy)


def digest(function):
    """Return a short hash of the code of a function and of everything that it reaches by name."""
    state = hashlib.blake2b(digest_size=8)
    seen = set()

    def add(*words):
        state.update("\x1f".join(map(str, words)).encode())

    def visit(thing):
        if is_jitted(thing):
            add("options", sorted(thing.targetoptions.items()))
            thing = thing.py_func
        if isinstance(thing, types.FunctionType):
            if id(thing) in seen:
                return
            seen.add(id(thing))
            for cell in thing.__closure__ or ():
                visit(cell.cell_contents)
            visit_code(thing.__code__, thing.__globals__)
        elif isinstance(thing, np.ndarray):
            add(thing.dtype, thing.shape, thing.tobytes().hex())
        elif isinstance(thing, (types.ModuleType, type, types.BuiltinFunctionType, np.ufunc)):
            add(getattr(thing, "__module__", ""), thing.__name__)
        else:
            add(type(thing).__name__, repr(thing))

    def visit_code(code, scope):
        add(code.co_code.hex(), code.co_names, code.co_varnames)
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                visit_code(constant, scope)
            else:
                add(type(constant).__name__, sorted(map(repr, constant)) if isinstance(constant, frozenset) else repr(constant))
        for name in code.co_names:
            if name in scope:
                add(name)
                visit(scope[name])

    add(numba.__version__, numba.config.BOUNDSCHECK)
    visit(function)
    return state.hexdigest()
