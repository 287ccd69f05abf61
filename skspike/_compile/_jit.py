"""Compiled kernels: cached on disk, free of the GIL, and never stale.

A *scalar* is a small pure function of numbers. A *kernel* is a loop over arrays that calls scalars
by name. Some kernels leave names open, their *roles*, and are completed with the functions of one
neuron model, learning rule or the like: ``complete(loop, charge=..., reset=...)`` compiles a copy
of ``loop`` in which those names mean those functions.

numba's cache looks only at the file in which a kernel stands. Here the kernel's qualified name,
which is part of the cache key, carries a digest of all that the kernel reaches. So an edited scalar
is a new kernel, wherever its file is.
"""

import collections
import types
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.extending import lower_cast

from ._cache import cached, tell
from ._digest import Unhashable, digest

# Division by zero follows IEEE instead of raising: an exit from the middle of a loop would keep it
# from being vectorised.
_OPTIONS: dict[str, Any] = {"error_model": "numpy"}

_KEPT = 64
# By identity of functions and roles, the last _KEPT: hashing at each call would take too long.
_recent: collections.OrderedDict[tuple, tuple] = collections.OrderedDict()
# By digest, all: numba never gives the memory of machine code back, so what has been dropped would
# come on top.
_loops: dict[tuple, Any] = {}


@lower_cast(numba.types.IntEnumMember, numba.types.Float)
@lower_cast(numba.types.IntEnumMember, numba.types.Complex)
def _cast_enum(context, builder, from_type, to_type, value):
    """Let an IntEnum stand beside a float, as it may beside an integer: numba types both, and lacks this cast."""
    return context.cast(builder, value, from_type.dtype, to_type)


def scalar(function: Callable[..., Any]) -> Any:
    """Compile a small function into the kernels that call it: a call would cost more than what most of them do.

    Parameters
    ----------
    function : callable
        Takes numbers and returns a number or a tuple of them: no arrays, no loop over time.

    Returns
    -------
    function : callable
        The same, compiled when it is first called.

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


def kernel(function):
    """Compile a loop over arrays whose names are all bound already."""
    return _completed(function, {})


def part(function):
    """Mark a piece of a loop: it leaves roles open as the loop does, and is completed with it."""
    function.is_part = True
    return function


def complete(function, **roles):
    """Compile a copy of a loop in which the names in `roles` stand for the given scalars or constants.

    Equal functions and constants give the same copy, also where they are new objects. So build
    functions with constants of their own rarely: each is another copy, for the life of the process.
    """
    key = (function, *roles, *map(_identity, roles.values()))
    try:
        _recent.move_to_end(key)
        return _recent[key][0]
    except KeyError:  # new, or just dropped by another thread
        loop = _completed(function, roles)
    _recent[key] = loop, roles  # while the roles are held, their ids are not given to others
    if len(_recent) > _KEPT:
        _recent.popitem(last=False)
    return loop


def _identity(role):
    return (type(role), repr(role)) if isinstance(role, (int, float, np.generic)) else id(role)


def _completed(function, roles):
    copy = _bound(function, roles)
    try:
        copy.__qualname__ += f"_{digest(copy)}"
    except Unhashable as reason:
        tell(
            str(reason),
            "%s is compiled anew in every process: %s, which cannot be checked for changes.",
            copy.__qualname__, reason)
        return _compiled(copy)
    key = copy.__module__, copy.__qualname__
    if key not in _loops:
        _loops.setdefault(key, cached(_compiled(copy)))
    return _loops[key]


def _bound(function, roles):
    """Return a copy of a function, and of the parts that it calls, in which the names in `roles` have their meaning."""
    scope = {**function.__globals__, **roles}
    for name in function.__code__.co_names:
        if getattr(scope.get(name), "is_part", False):
            scope[name] = scalar(_bound(scope[name], roles))
    copy = types.FunctionType(
        function.__code__, scope, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__module__ = function.__module__
    copy.__doc__ = function.__doc__
    copy.__qualname__ = function.__qualname__
    return copy


def _compiled(function):
    return numba.njit(nogil=True, **_OPTIONS)(function)
