"""Hash of everything that a compiled function depends on, so that outdated code is never used.

The walk starts at a function and follows the names in its bytecode: globals, closures, defaults,
the attributes of modules, other functions, arrays, and containers with all their items. Objects of
Python, numpy and numba are hashed by name and version. An object whose content is hidden raises
`Unhashable` with its name.
"""

import builtins
import dis
import enum
import functools
import hashlib
import operator
import sys
import types

import llvmlite
import numba
import numpy as np
from numba.core.typing.templates import builtin_registry
from numba.extending import is_jitted

from ._numba import COMPILER

# packages that are hashed by name and version
VERSIONED = {"builtins", "math", "cmath", "_operator", "operator", "numpy", "numba", "llvmlite"}
# types whose values are hashed by their `repr`
ATOMS = {type(None), type(...), bool, int, float, complex, str, bytes}


LOAD_GLOBAL, IMPORT_NAME = dis.opmap["LOAD_GLOBAL"], dis.opmap["IMPORT_NAME"]


class Unhashable(TypeError):
    """Raised for an object whose content cannot be hashed."""


def digest(function):
    """Return a short hash of a function and all that it reaches, or raise `Unhashable`."""
    walk = _Walk()
    walk.add(
        sys.version, np.__version__, numba.__version__, llvmlite.__version__,
        numba.config.BOUNDSCHECK, COMPILER)
    walk.visit(function, function.__qualname__)
    return walk.state.hexdigest()


class _Walk:
    def __init__(self):
        self.state = hashlib.blake2b(digest_size=8)
        self.seen = {}  # keeps the objects alive, because Python reuses the ids of dead objects

    def add(self, *words):
        """Hash strings, bytes and numbers."""
        self.state.update(repr(words).encode())

    def visit(self, obj, name, attributes=()):
        """Hash an object. For a module, hash only the given attributes."""
        kind = type(obj)
        if versioned := _versioned_name(obj):
            self.add("versioned", versioned)
        elif kind in ATOMS or isinstance(obj, (np.dtype, numba.types.Type)):
            self.add(kind.__name__, repr(obj))
        elif isinstance(obj, (range, slice)):
            self.visit((kind, obj.start, obj.stop, obj.step), name)
        elif isinstance(obj, enum.Enum):
            self.add("member", obj.name)
            self.visit(kind, name)
        else:
            for types_of_a_kind, method in self.kinds.items():
                if isinstance(obj, types_of_a_kind):
                    return method(self, obj, name, attributes)
            self.visit_defined(obj, name)

    def visit_array(self, array, name, attributes):
        """Hash an array or a number of numpy, with its memory layout."""
        if array.dtype.hasobject:
            raise Unhashable(f"{name} holds Python objects")
        layout = np.asarray(array).flags
        self.add(
            type(array).__name__, repr(array.dtype), array.shape, layout.c_contiguous,
            layout.f_contiguous, array.tobytes())

    def visit_items(self, container, name, attributes):
        """Hash the class and the items of a container, sorted if it is a set."""
        items = list(container.items() if isinstance(container, dict) else container)
        if isinstance(container, (set, frozenset)):  # their order differs between processes
            items.sort(key=lambda item: (type(item).__name__, repr(item)))
        self.add("items", len(items))
        self.visit(type(container), f"the class of {name}")
        for k, item in enumerate(items):
            self.visit(item, f"{name}[{k}]", attributes)

    def visit_module(self, module, name, attributes):
        """Hash the attributes that may be read from a module."""
        if self.add_first(module, attributes):
            for attribute in attributes:
                if hasattr(module, attribute):
                    self.add(attribute)
                    self.visit(getattr(module, attribute), f"{name}.{attribute}", attributes)

    def visit_class(self, cls, name, attributes):
        """Hash an enum or a named tuple, and raise for other classes."""
        self.add("class", cls.__module__, cls.__qualname__)
        if issubclass(cls, enum.Enum):
            values = {key: member.value for key, member in cls.__members__.items()}
        elif issubclass(cls, tuple) and hasattr(cls, "_fields"):
            values = {"fields": cls._fields, "defaults": cls._field_defaults}
        else:
            raise Unhashable(f"{name} is the class {cls.__module__}.{cls.__qualname__}")
        self.visit(values, name)

    def visit_defined(self, obj, name):
        """Hash an object that numba made from a Python function."""
        if is_jitted(obj):
            self.add("options", repr(sorted(obj.targetoptions.items())))
            self.visit(obj.py_func, name)
        elif hasattr(obj, "_defn"):  # an intrinsic: a function that generates machine code
            self.add("intrinsic", obj._prefer_literal)
            self.visit(obj._defn, name)
        else:
            raise Unhashable(f"{name} is a {type(obj).__module__}.{type(obj).__qualname__}")

    def visit_function(self, function, name, attributes):
        """Hash the code of a function, its closure, its defaults and the names that it reads."""
        if not self.add_first(function):
            return
        codes = list(_nested(function.__code__))
        attributes = tuple(dict.fromkeys(used for code in codes for used in code.co_names))
        for code in codes:
            self.visit_code(code, function.__globals__, attributes)
        for variable, cell in zip(
                function.__code__.co_freevars, function.__closure__ or (), strict=True):
            if cell == types.CellType():
                raise Unhashable(f"{variable} is not defined yet")
            self.visit(cell.cell_contents, variable, attributes)
        self.visit(
            (function.__defaults__, function.__kwdefaults__), f"a default of {name}", attributes)
        for implementation in _overloads(function):
            self.visit(implementation, name)

    def visit_code(self, code, scope, attributes):
        """Hash bytecode, the names in it, and the objects of these names."""
        self.add(
            code.co_code, code.co_exceptiontable, code.co_flags, code.co_argcount,
            code.co_kwonlyargcount)
        self.add(code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
        self.visit(
            [constant for constant in code.co_consts if not isinstance(constant, types.CodeType)],
            code.co_name)
        for name, is_import in names_in(code):
            if is_import:
                if not _is_versioned(name):
                    raise Unhashable(f"{name} is imported inside {code.co_name}")
            elif name in scope:
                self.visit(scope[name], name, attributes)
            elif not hasattr(builtins, name):
                raise Unhashable(f"{name} is not defined yet")

    def add_first(self, obj, *more):
        """Hash the number of an object in order of discovery, and return whether it is new."""
        number = len(self.seen)
        first, _ = self.seen.setdefault((id(obj), *more), (number, obj))
        self.add(type(obj).__name__, first)
        return first == number

    kinds = {
        (np.ndarray, np.generic): visit_array,
        (tuple, list, dict, set, frozenset): visit_items,
        types.ModuleType: visit_module,
        type: visit_class,
        types.FunctionType: visit_function,
    }


def _nested(code):
    """Yield a code object and the code of the functions and comprehensions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _nested(constant)


@functools.lru_cache(maxsize=None)
def names_in(code):
    """Return the global names that bytecode reads, and those that it imports, in their order.

    Each is a pair of the name and whether it is imported. `dis.get_instructions` takes a third of
    the time of ``import skspike``, because it also describes all arguments.
    """
    found, high = {}, 0
    for operation, low in zip(code.co_code[::2], code.co_code[1::2], strict=True):
        argument = high | low
        high = argument << 8 if operation == dis.EXTENDED_ARG else 0
        if operation == LOAD_GLOBAL:  # the lowest bit says whether the function is called
            found[code.co_names[argument >> 1], False] = None
        elif operation == IMPORT_NAME:
            found[code.co_names[argument], True] = None
    return tuple(found)


def _overloads(function):
    """Yield the implementations of a function by `numba.extending.overload`."""
    for value, meaning in builtin_registry.globals:
        if value is function:
            for template in meaning.templates:
                yield getattr(template, "_overload_func", template)


def _versioned_name(obj):
    """Return the full name of an object from one of the VERSIONED packages, or None."""
    if isinstance(obj, types.ModuleType):
        return obj.__name__ if _is_versioned(obj.__name__) else None
    module = "numpy" if isinstance(obj, np.ufunc) else getattr(obj, "__module__", None)
    name = getattr(obj, "__qualname__", None) or getattr(obj, "__name__", None)
    if not (isinstance(module, str) and isinstance(name, str) and _is_versioned(module)):
        return None
    try:
        found = operator.attrgetter(name)(sys.modules[module])
    except (AttributeError, KeyError):
        return None
    return f"{module}.{name}" if found is obj else None


def _is_versioned(module):
    return module.partition(".")[0] in VERSIONED
