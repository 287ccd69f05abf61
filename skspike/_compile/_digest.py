"""A hash of all that a compiled function depends on, so that code kept from an earlier run is never stale.

From a function the walk goes to what its bytecode names: globals and what stands in its closure and
defaults, the attributes that it reads of modules, other functions, arrays and containers with all
their entries. What belongs to Python, numpy or numba goes by its name and their versions. What the
walk cannot see into is refused by name.
"""

import builtins
import dis
import enum
import hashlib
import operator
import sys
import types

import llvmlite
import numba
import numpy as np
from numba.core.typing.templates import builtin_registry
from numba.extending import is_jitted

# packages whose versions are hashed
VERSIONED = {"builtins", "math", "cmath", "_operator", "operator", "numpy", "numba", "llvmlite"}
ATOMS = {type(None), type(...), bool, int, float, complex, str, bytes}  # their `repr` tells all


class Unhashable(TypeError):
    """Something of which nothing tells whether it has changed."""


def digest(function):
    """Return a short hash of the code of a function and of everything that it reaches; raise `Unhashable` where that is hidden."""
    walk = _Walk()
    walk.add(
        sys.version, np.__version__, numba.__version__, llvmlite.__version__,
        numba.config.BOUNDSCHECK)
    walk.visit(function, function.__qualname__)
    return walk.state.hexdigest()


class _Walk:
    def __init__(self):
        self.state = hashlib.blake2b(digest_size=8)
        self.seen = {}  # holds what it has seen: an id may be given again to what comes after

    def add(self, *words):
        """Hash a record of str, bytes and numbers."""
        self.state.update(repr(words).encode())

    def visit(self, thing, name, attributes=()):
        """Hash anything; of a module, the given attributes."""
        kind = type(thing)
        if versioned := _versioned_name(thing):
            self.add("versioned", versioned)
        elif kind in ATOMS:
            self.add(kind.__name__, repr(thing))
        elif isinstance(thing, (np.dtype, numba.types.Type)):
            self.add(kind.__name__, repr(thing))
        elif isinstance(thing, (range, slice)):
            self.visit((kind, thing.start, thing.stop, thing.step), name)
        elif isinstance(thing, enum.Enum):
            self.add("member", thing.name)
            self.visit(kind, name)
        else:
            for types_of_a_kind, method in self.kinds.items():
                if isinstance(thing, types_of_a_kind):
                    return method(self, thing, name, attributes)
            self.visit_defined(thing, name)

    def visit_array(self, array, name, attributes):
        """An array or a number of numpy, whole, with its order in memory."""
        if array.dtype.hasobject:
            raise Unhashable(f"{name} holds Python objects")
        layout = np.asarray(array).flags
        self.add(
            type(array).__name__, repr(array.dtype), array.shape, layout.c_contiguous,
            layout.f_contiguous, array.tobytes())

    def visit_items(self, container, name, attributes):
        """A container of any kind, with its order where it has one; of a namedtuple also its class."""
        items = list(container.items() if isinstance(container, dict) else container)
        if isinstance(container, (set, frozenset)):  # their order changes from process to process
            items.sort(key=lambda item: (type(item).__name__, repr(item)))
        self.add("items", len(items))
        self.visit(type(container), f"the class of {name}")
        for k, item in enumerate(items):
            self.visit(item, f"{name}[{k}]", attributes)

    def visit_module(self, module, name, attributes):
        """A module: those of its attributes that are read."""
        if self.add_first(module, attributes):
            for attribute in attributes:
                if hasattr(module, attribute):
                    self.add(attribute)
                    self.visit(getattr(module, attribute), f"{name}.{attribute}", attributes)

    def visit_class(self, cls, name, attributes):
        """A class of constants or records; others are refused."""
        self.add("class", cls.__module__, cls.__qualname__)
        if issubclass(cls, enum.Enum):
            values = {key: member.value for key, member in cls.__members__.items()}
        elif issubclass(cls, tuple) and hasattr(cls, "_fields"):
            values = {"fields": cls._fields, "defaults": cls._field_defaults}
        else:
            raise Unhashable(f"{name} is the class {cls.__module__}.{cls.__qualname__}")
        self.visit(values, name)

    def visit_defined(self, thing, name):
        """What is made of Python functions by numba."""
        if is_jitted(thing):
            self.add("options", repr(sorted(thing.targetoptions.items())))
            self.visit(thing.py_func, name)
        elif hasattr(thing, "_defn"):  # an intrinsic: a function that writes machine code
            self.add("intrinsic", thing._prefer_literal)
            self.visit(thing._defn, name)
        else:
            raise Unhashable(f"{name} is a {type(thing).__module__}.{type(thing).__qualname__}")

    def visit_function(self, function, name, attributes):
        """A function: its code, and all that it reaches by name, closure or default."""
        if not self.add_first(function):
            return
        codes = list(_nested(function.__code__))
        attributes = tuple(dict.fromkeys(word for code in codes for word in code.co_names))
        for code in codes:
            self.visit_code(code, function.__globals__, attributes)
        for word, cell in zip(
                function.__code__.co_freevars, function.__closure__ or (), strict=True):
            if cell == types.CellType():
                raise Unhashable(f"{word} is not defined yet")
            self.visit(cell.cell_contents, word, attributes)
        self.visit(
            (function.__defaults__, function.__kwdefaults__), f"a default of {name}", attributes)
        for value, meaning in builtin_registry.globals:
            if value is function:  # what `numba.extending.overload` says that it means
                for template in meaning.templates:
                    self.visit(getattr(template, "_overload_func", template), name)

    def visit_code(self, code, scope, attributes):
        """Add bytecode, what it names, and what stands behind these names."""
        self.add(
            code.co_code, code.co_exceptiontable, code.co_flags, code.co_argcount,
            code.co_kwonlyargcount)
        self.add(code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
        self.visit(
            [constant for constant in code.co_consts if not isinstance(constant, types.CodeType)],
            code.co_name)
        for name, opcode in dict.fromkeys(
                (step.argval, step.opname) for step in dis.get_instructions(code)):
            if opcode == "LOAD_GLOBAL" and name in scope:
                self.visit(scope[name], name, attributes)
            elif opcode == "LOAD_GLOBAL" and not hasattr(builtins, name):
                raise Unhashable(f"{name} is not defined yet")
            elif opcode == "IMPORT_NAME" and not _is_versioned(name):
                raise Unhashable(f"{name} is imported inside {code.co_name}")

    def add_first(self, thing, *more):
        """Hash whether, and when, the same was seen before; return whether it was not."""
        number = len(self.seen)
        first, _ = self.seen.setdefault((id(thing), *more), (number, thing))
        self.add(type(thing).__name__, first)
        return first == number

    kinds = {
        (np.ndarray, np.generic): visit_array,
        (tuple, list, dict, set, frozenset): visit_items,
        types.ModuleType: visit_module,
        type: visit_class,
        types.FunctionType: visit_function,
    }


def _nested(code):
    """Yield a code object and those of the functions and comprehensions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _nested(constant)


def _versioned_name(thing):
    """Return the full name of a module, class or function of one of the VERSIONED packages; of all else nothing."""
    if isinstance(thing, types.ModuleType):
        return thing.__name__ if _is_versioned(thing.__name__) else None
    module = "numpy" if isinstance(thing, np.ufunc) else getattr(thing, "__module__", None)
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None)
    if not (isinstance(module, str) and isinstance(name, str) and _is_versioned(module)):
        return None
    try:
        found = operator.attrgetter(name)(sys.modules[module])
    except (AttributeError, KeyError):
        return None
    return f"{module}.{name}" if found is thing else None


def _is_versioned(module):
    return module.partition(".")[0] in VERSIONED
